"""A manager asks the database of a desk how the service was."""

import pytest
from click.testing import CliRunner

from office import make_office
from supportkit.cli.commands import supportkit
from supportkit.storage import SqliteStore


@pytest.fixture
def database(tmp_path):
    office = make_office(SqliteStore(tmp_path / "desk.db"))
    case_id = office.writes("jo").case_id
    office.clock.pass_(minutes=30)
    office.desk.reply(case_id, "Done.", by="bob")
    office.desk.resolve(case_id, by="bob")
    office.writes("big")
    return str(tmp_path / "desk.db")


def asked(*arguments):
    result = CliRunner().invoke(supportkit, ["measures", *arguments])
    return result.exit_code, result.output


def test_the_table_of_measures_is_printed(database):
    code, output = asked(database, "--desk", "default")
    lines = {line.split()[0]: line for line in output.splitlines()}
    assert (code, output.splitlines()[0]) == (0, "2 cases")
    assert "100.0 %" in lines["promises_kept"]
    assert " 30 min " in lines["first_answer"]


def test_a_period_is_given_in_days(database):
    assert asked(database, "--desk", "default", "--until", "2026-01-01")[1].startswith("0 cases")
    later = asked(database, "--desk", "default", "--since", "2026-01-13")[1]
    assert "first_answer" in later
    assert "30 min" not in later


@pytest.mark.parametrize(
    ("arguments", "says"),
    (
        (["--desk", "week"], "the store has no desk 'week'"),
        (
            ["--desk", "default", "--since", "2026-02-01", "--until", "2026-01-01"],
            "a period ends after it begins",
        ),
        (["--since", "soon"], "does not match the format"),
    ),
)
def test_what_cannot_be_meant_is_said(database, arguments, says):
    code, output = asked(database, *arguments)
    assert code != 0
    assert says in output
