"""What a newcomer types first: the demo, a check of a policy, an explanation."""

import re
import sqlite3
from collections import Counter

import pytest
from click.testing import CliRunner

from supportkit.cli import commands, main
from supportkit.cli import main as main_module
from supportkit.cli.commands import supportkit
from supportkit.cli.week_data import load_week
from supportkit.cli.week_demo import week_desk
from supportkit.cli.week_figures import count
from supportkit.policy import check


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """The whole demo, run once: what it printed, and its database."""
    database = tmp_path_factory.mktemp("demo") / "week.sqlite"
    result = CliRunner().invoke(supportkit, ["demo", "--database", str(database)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output, database


def test_the_demo_tells_counts_and_explains_a_week(week):
    output, database = week
    for words in ("Monday 23 March", "Sunday 29 March", "Targets", "Promises", "Queues", "Escalations",
                  "Why this priority?", "Why this person?", "Why due then?", str(database)):  # fmt: skip
        assert words in output


def test_the_demo_run_again_goes_on_where_it_was(week):
    _, database = week
    desk = week_desk(load_week(), database)
    before = [event.to_json() for case in desk.cases() for event in desk.history(case.id)]
    again = CliRunner().invoke(supportkit, ["demo", "--database", str(database)], env={"COLUMNS": "200"})
    assert again.exit_code == 0
    desk = week_desk(load_week(), database)
    assert [event.to_json() for case in desk.cases() for event in desk.history(case.id)] == before


def test_the_figures_of_the_week_agree_with_a_plain_recount(week):
    _, database = week
    desk = week_desk(load_week(), database)
    logs = [desk.history(case.id) for case in desk.cases()]
    kinds = Counter(event.kind for log in logs for event in log)
    figures = count(logs)
    assert figures.cases == len(logs)
    assert sum(figures.verdicts.values()) == kinds["target.met"] + kinds["target.breached"]
    assert (figures.promises["kept"], figures.promises["broken"]) == (
        kinds["promise.kept"],
        kinds["promise.broken"],
    )
    assert figures.promises["open"] == kinds["promise.made"] - sum(
        kinds[f"promise.{end}"] for end in ("kept", "broken", "superseded")
    )
    assert sum(figures.escalations.values()) == sum(
        len(e.payload.targets) for log in logs for e in log if e.kind == "escalation.fired"
    )
    assert figures.fast_lane == sum(
        e.payload.fast_lane for log in logs for e in log if e.kind == "routing.queued"
    )
    assert figures.acknowledged == kinds["ack.sent"]
    assert sum(figures.silent.values()) == kinds["ack.suppressed"]


def test_nothing_of_the_week_is_lost(week):
    _, database = week
    data = load_week()
    desk = week_desk(data, database)
    heard = sum(event.kind == "contact.received" for case in desk.cases() for event in desk.history(case.id))
    with desk._reader() as reader:
        apart = [
            e for e in reader.events("desk:week") if e.kind in {"contact.received", "contact.quarantined"}
        ]
    # The mail that was delivered twice is there twice, once as seen before.
    assert heard + len(apart) == sum(step.do == "receive" for step in data.steps)


def test_every_decision_of_the_demo_comes_out_again_unless_the_log_is_forged(week, tmp_path):
    _, database = week
    honest = CliRunner().invoke(supportkit, ["audit", str(database)])
    assert honest.exit_code == 0
    assert re.fullmatch(r"\d{3,} decisions of 119 cases come out as recorded\n", honest.output)
    forged = tmp_path / "forged.sqlite"
    with sqlite3.connect(database) as source, sqlite3.connect(forged) as target:
        source.backup(target)
        target.execute(
            """UPDATE sk_event SET data = replace(data, '"queue":"', '"queue":"not-')
            WHERE kind = 'routing.queued'"""
        )
    found = CliRunner().invoke(supportkit, ["audit", str(forged)])
    assert found.exit_code == 1
    assert "route was {'queue': 'not-" in found.output
    assert "decisions came out otherwise" in found.output


def test_a_case_of_the_demo_is_explained_from_its_database(week):
    _, database = week
    case = next(iter(week_desk(load_week(), database).cases())).id
    result = CliRunner().invoke(supportkit, ["explain", str(database), case])
    assert result.exit_code == 0
    assert "Why this priority" in result.output
    missing = CliRunner().invoke(supportkit, ["explain", str(database), "case-nowhere"])
    assert missing.exit_code == 1
    assert "has no case 'case-nowhere'" in missing.output


def test_the_policy_of_the_demo_keeps_its_own_examples():
    assert check(load_week().policy) == []


def test_check_lists_every_fault_with_its_place(tmp_path):
    file = tmp_path / "support.yaml"
    file.write_text("supportkit: 1\nclassify:\n  - {when: contact.txt == 'x', kind: y}\nslaa: {}\n")
    result = CliRunner().invoke(supportkit, ["check", str(file)])
    assert result.exit_code == 1
    assert f"{file}:3:12 classify[0].when: there is no field 'contact.txt'" in result.output
    assert "did you mean 'sla'?" in result.output


def test_check_runs_the_examples(tmp_path):
    file = tmp_path / "support.yaml"
    text = "priority: {levels: {high: 20, normal: 0}, factors: [{open_case: 25}]}\nexamples:\n"
    file.write_text(text + "  - {given: {customer: {open_cases: 1}}, expect: {priority: high}}\n")
    assert CliRunner().invoke(supportkit, ["check", str(file)]).exit_code == 0
    file.write_text(text + "  - {given: {customer: {open_cases: 1}}, expect: {priority: normal}}\n")
    wrong = CliRunner().invoke(supportkit, ["check", str(file)])
    assert wrong.exit_code == 1
    assert "priority is 'high', expected 'normal'" in wrong.output


def test_a_missing_extra_is_named_with_its_install_line(monkeypatch, capsys):
    monkeypatch.setattr(commands, "missing_extras", lambda *_: ["sql", "phone"])
    result = CliRunner().invoke(supportkit, ["demo"])
    assert "pip install 'supportkit[sql,phone]'" in result.output
    monkeypatch.setitem(main.__globals__, "missing_extras", lambda *_: ["cli"])
    with pytest.raises(SystemExit):
        main_module()
    assert "pip install 'supportkit[cli]'" in capsys.readouterr().err
