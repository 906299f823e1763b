"""The page of requirements has all of them, and every test it names exists."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "requirements.md"
ROW = re.compile(r"^\| (R\d+) \| (.+?) \| (.+?) \| (.*?) ?\| (.+?) \|$", re.MULTILINE)
ROWS = {id_: (shown, status) for id_, _, _, shown, status in ROW.findall(PAGE.read_text("utf-8"))}
NAMED = sorted({name for shown, _ in ROWS.values() for name in re.findall(r"`([^`]+)`", shown)})


def test_every_requirement_has_one_row_in_order():
    assert list(ROWS) == [f"R{number}" for number in range(1, 103)]


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_exists(named):
    file, _, test = named.partition("::")
    assert re.search(rf"^(?:    )?def {re.escape(test)}\(", (TESTS / file).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("requirement", ROWS)
def test_a_status_is_one_of_four_and_what_is_done_is_shown(requirement):
    shown, status = ROWS[requirement]
    assert status.partition(":")[0] in {"done", "part", "later", "non-goal"}
    assert shown or status.partition(":")[0] != "done"


def test_what_is_no_software_stays_a_non_goal():
    assert [id_ for id_, (_, status) in ROWS.items() if status == "non-goal"] == ["R88"]
