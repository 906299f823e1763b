"""What the page for support managers shows is what the command line says."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from supportkit import Policy
from supportkit.cli.commands import supportkit

MANAGER = (Path(__file__).parents[2] / "docs" / "guides" / "support-manager.md").read_text("utf-8")
FILE, MORE, QUOTED = re.findall(r"^```yaml\n(.*?)^```$", MANAGER, re.MULTILINE | re.DOTALL)
MISTAKES = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `+(.+?)`+ \|$", MANAGER, re.MULTILINE)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def checked(text):
    """What ``supportkit check`` returns and says of a file."""
    Path("support.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(supportkit, ["check", "support.yaml"])
    return done.exit_code, done.output


def test_the_file_is_fine_and_its_example_comes_out():
    code, said = checked(FILE)
    assert (code, re.sub(r"version \w+", "version ...", said)) == (
        0,
        "support.yaml: fine, version ..., 1 examples as expected\n",
    )


def test_one_number_moves_what_the_page_says():
    code, said = checked(FILE + MORE)
    assert code == 1
    assert f"$ supportkit check support.yaml\n{said}```" in MANAGER
    assert checked((FILE + MORE).replace("outage: 40", "outage: 20"))[0] == 0


def test_a_rule_in_quotes_means_the_same():
    quoted = FILE[: FILE.index("classify:")] + QUOTED + FILE[FILE.index("keywords:") :]
    versions = []
    for text in (FILE, quoted):
        assert checked(text)[0] == 0
        versions.append(Policy.load("support.yaml").version)
    assert versions[0] == versions[1]


@pytest.mark.parametrize(("right", "wrong", "says"), MISTAKES)
def test_a_mistake_is_told_as_the_page_says(right, wrong, says):
    assert right in FILE
    code, said = checked(FILE.replace(right, wrong, 1))
    assert code == 1
    assert says in said


def test_the_page_shows_the_usual_mistakes():
    assert len(MISTAKES) == 10
