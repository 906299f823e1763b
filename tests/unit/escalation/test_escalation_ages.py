"""Levels by the age of a case: what it is counted from, which entry fits."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import Event
from supportkit.escalation import EscalationPolicy

LEVELS = [{"over": "10 minutes", "to": "ann"}, {"over": "30 minutes", "to": "bob"}]


@pytest.fixture
def aged(play):
    def make(**options):
        made = play(
            {"age": {"mode": "age", **({} if "entries" in options else {"levels": LEVELS}), **options}}
        )
        made.event(0, "case.opened")
        return made

    return make


def test_a_level_fires_when_the_case_is_old_enough(aged):
    plan = aged()
    assert (plan.status("age"), plan.next) == ("armed", 10)
    plan.event(5, "contact.noted")
    assert plan.run(1000) == [(10, 1, "ann"), (30, 2, "bob")]


def test_counted_from_the_last_change_every_change_begins_the_age_anew(aged):
    plan = aged(basis="last_modified")
    plan.event(5, "contact.noted")
    assert plan.run(20) == [(15, 1, "ann")]
    plan.event(20, "contact.replied")
    assert plan.status("age") == "armed"
    assert plan.run(1000) == [(30, 1, "ann"), (50, 2, "bob")]


@pytest.mark.parametrize(
    ("kind", "said"),
    (
        ("contact.replied", {"automated": True}),
        ("target.warned", {}),
        ("case.classified", {"actor": "desk"}),
        ("case.assigned", {"agent": "x", "caused_by": "escalation.fired"}),
        ("delivery.updated", {}),
    ),
)
def test_what_happens_by_itself_is_no_change(aged, kind, said):
    plan = aged(basis="last_modified")
    plan.event(5, kind, **said)
    assert plan.next == 10


def test_counted_until_the_first_change_nothing_fires_after_it(aged):
    plan = aged(basis="created_until_modified")
    assert plan.run(10) == [(10, 1, "ann")]
    plan.event(12, "contact.noted")
    assert (plan.status("age"), plan.next) == ("done", None)
    plan.event(20, "case.resolved")
    assert plan.event(21, "case.reopened") == []
    assert plan.next is None


def test_what_comes_with_the_opening_is_no_change_yet(aged):
    plan = aged(basis="created_until_modified")
    plan.event(0, "contact.received")
    assert plan.run(60) == [(10, 1, "ann"), (30, 2, "bob")]


def test_a_late_evaluation_collapses(aged):
    plan = aged()
    assert plan.tick(60) == [(2, "bob")]
    assert plan.step.firings[0].skipped == (1,)


ENTRIES = [
    {"when": "case.priority == 'high'", "levels": [{"over": "5 minutes", "to": "boss"}]},
    {"when": "case.priority == 'low'", "levels": [{"over": "50 minutes", "to": "clerk"}]},
]


def with_priority(priority):
    return {"case": {"priority": priority}}


@pytest.mark.parametrize(
    ("priority", "fired"), (("high", [(5, 1, "boss")]), ("low", [(50, 1, "clerk")]), ("normal", []))
)
def test_the_first_entry_that_fits_decides(play, priority, fired):
    plan = play({"age": {"mode": "age", "entries": ENTRIES}})
    plan.event(0, "case.opened", facts=with_priority(priority))
    assert plan.run(1000, with_priority(priority)) == fired


def test_another_entry_takes_over_when_the_facts_change_and_nothing_fires_twice(play):
    plan = play({"age": {"mode": "age", "entries": ENTRIES}})
    plan.event(0, "case.opened", facts=with_priority("low"))
    plan.event(20, "priority.decided", facts=with_priority("high"))
    assert plan.tick(20, with_priority("high")) == [(1, "boss")]
    plan.event(21, "priority.decided", facts=with_priority("low"))
    assert plan.run(100, with_priority("low")) == [(50, 1, "clerk")]
    plan.event(101, "priority.decided", facts=with_priority("high"))
    assert plan.tick(101, with_priority("high")) == []


def test_an_entry_without_a_condition_fits_the_rest(play):
    entries = [*ENTRIES, {"levels": [{"over": "7 minutes", "to": "team"}]}]
    plan = play({"age": {"mode": "age", "entries": entries}})
    plan.event(0, "case.opened", facts=with_priority("normal"))
    assert plan.run(1000, with_priority("normal")) == [(7, 1, "team")]


def test_a_case_that_no_entry_fits_has_nobody_to_request(play):
    plan = play({"age": {"mode": "age", "entries": ENTRIES}})
    plan.event(0, "case.opened", facts=with_priority("normal"))
    assert plan.event(1, "escalation.requested", facts=with_priority("normal")) == []
    assert plan.faults == [("no_such_level", "age")]


def test_ages_are_counted_in_working_time():
    office = BusinessCalendar("UTC", weekly={"mon-fri": "08:00-18:00"})
    plan = {
        "mode": "age",
        "basis": "last_modified",
        "calendar": "office",
        "levels": [{"over": "8 hours", "to": "lead"}],
    }
    policy = EscalationPolicy.from_dict({"idle": plan}, calendars={"office": office})
    friday = datetime(2026, 7, 3, 15, tzinfo=UTC)
    step = policy.step(None, Event.of("case.opened", at=friday), now=friday)
    assert step.next_change_at == datetime(2026, 7, 6, 13, tzinfo=UTC)
    noted = Event.of("contact.noted", at=friday + timedelta(hours=1))
    assert policy.step(step.state, noted, now=noted.at).next_change_at == datetime(2026, 7, 6, 14, tzinfo=UTC)


def test_without_open_time_ahead_nothing_is_ever_due():
    never = BusinessCalendar("UTC", weekly={})
    policy = EscalationPolicy.from_dict(
        {"age": {"mode": "age", "calendar": "never", "levels": LEVELS},
         "up": {"mode": "priority_ladder", "calendar": "never", "every": "1 day", "order": ["a", "b"]}},
        calendars={"never": never},
    )  # fmt: skip
    opened = Event.of("case.opened", at=datetime(2026, 7, 3, tzinfo=UTC))
    assert policy.step(None, opened, now=opened.at).next_change_at is None


def test_ages_may_come_to_an_end_and_begin_anew_with_a_change(aged):
    plan = aged(basis="last_modified", **{"finally": {"to": "chief"}})
    assert plan.run(60) == [(10, 1, "ann"), (30, 2, "bob"), (30, 3, "chief")]
    assert plan.status("age") == "exhausted"
    plan.event(61, "contact.noted")
    assert plan.next == 71
