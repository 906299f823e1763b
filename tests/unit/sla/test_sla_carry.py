"""What clocks take along when priority, policy or team change and when a case is reopened."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import Log
from supportkit.sla import Metric, SlaPolicy, SlaState, Target

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "10:00-18:00"})
URGENT = Target("20 minutes", "always", when='case.priority == "urgent"')
LONGER = Target("100 minutes", "always", when='case.priority == "urgent"')
INSIDE = Target("60 minutes", OFFICE, when='case.priority == "urgent"')
USUAL = Target("60 minutes", "always")
BASE = Log("1").opened(at=NINE)
PAUSED = (
    BASE.status("waiting_customer", at=NINE + 10 * MINUTE)
    .status("open", at=NINE + 40 * MINUTE)
    .priority("urgent", at=NINE + 50 * MINUTE)
)


def at(minutes):
    return NINE + minutes * MINUTE


def clocks(log, now, *targets, metric="resolution", **options):
    """(state, verdict, elapsed, paused, due) in minutes of each cycle; step by step and all at once agree."""
    policy = SlaPolicy({metric: Metric(targets or (URGENT, USUAL), pause=["waiting_customer"], **options)})
    whole = policy.evaluate(log, facts={}, now=at(now))
    state = policy.start({})
    for event in log:
        state = SlaState.from_plain(policy.apply(state, event).to_plain())
    part = policy.report(state, now=at(now))
    assert part[metric] == whole[metric]
    assert all(clock.explain().counted == clock.elapsed for clock in whole.clocks)
    return [brief(clock) for clock in whole.clocks]


def brief(clock):
    due = None if clock.due is None else (clock.due - NINE) / MINUTE
    return clock.state, clock.verdict, clock.elapsed / MINUTE, clock.paused / MINUTE, due


@pytest.mark.parametrize(
    ("rule", "targets", "expected"),
    (
        ("keep", (LONGER, USUAL), [("running", "pending", 30, 30, 130)]),
        ("restart", (LONGER, USUAL), [("cancelled", "pending", 20, 30, None), ("running", "pending", 10, 0, 150)]),
        ("retroactive with pauses", (LONGER, USUAL), [("running", "pending", 30, 30, 130)]),
        ("retroactive", (LONGER, USUAL), [("running", "pending", 30, 30, 130)]),
        ("retroactive_without_pauses", (LONGER, USUAL), [("running", "pending", 60, 0, 100)]),
        # a shorter target may be over at once when the pauses are not taken along
        ("retroactive without pauses", (URGENT, USUAL), [("running", "breached", 60, 0, 20)]),
        # another calendar measures the past anew: it opens at ten
        ("keep", (INSIDE, USUAL), [("running", "pending", 20, 30, 100)]),
        ("retroactive", (INSIDE, USUAL), [("running", "pending", 0, 0, 120)]),
        ("restart", (INSIDE, USUAL), [("cancelled", "pending", 20, 30, None), ("running", "pending", 0, 0, 120)]),
    ),
)  # fmt: skip
def test_a_new_priority_takes_along_what_the_rule_says(rule, targets, expected):
    assert clocks(PAUSED, 60, *targets, carry={"priority": rule}) == expected


def test_a_rule_acts_only_when_the_target_changes():
    log = BASE.priority("high", at=at(10)).priority("urgent", at=at(20)).priority("urgent", at=at(30))
    expected = [("cancelled", "pending", 20, 0, None), ("running", "pending", 15, 0, 40)]
    assert clocks(log, 35, carry={"priority": "restart"}) == expected


def test_a_first_priority_decided_with_the_opening_begins_nothing_anew():
    log = BASE.priority("urgent", at=NINE).assigned(at=NINE, team="a").assigned(at=NINE, team="b")
    rules = dict.fromkeys(("priority", "reassignment"), "restart")
    assert clocks(log, 5, carry=rules) == [("running", "pending", 5, 0, 20)]


def test_a_cycle_that_is_over_time_is_breached_when_it_is_begun_anew():
    log = BASE.priority("urgent", at=at(70))
    expected = [("stopped", "breached", 70, 0, 60), ("running", "pending", 5, 0, 90)]
    assert clocks(log, 75, carry={"priority": "restart"}) == expected


def test_a_paused_clock_stays_paused_when_it_is_measured_again():
    log = BASE.status("waiting_customer", at=at(10)).priority("urgent", at=at(30))
    found = clocks(log, 50, LONGER, USUAL, carry={"priority": "retroactive_without_pauses"})
    assert found == [("paused", "pending", 30, 20, None)]


def test_a_class_that_changes_the_target_is_no_occasion_of_carrying_over():
    complaint = Target("20 minutes", "always", when='case.kind == "complaint"')
    log = BASE.add("case.classified", at=at(10), kind="complaint")
    rules = dict.fromkeys(("priority", "policy", "reassignment"), "restart")
    assert clocks(log, 15, complaint, USUAL, carry=rules) == [("running", "pending", 15, 0, 20)]


SOLVED = BASE.status("waiting_customer", at=at(5)).status("open", at=at(10)).resolved(at=at(20))


@pytest.mark.parametrize(
    ("rule", "expected"),
    (
        ("keep", [("running", "pending", 20, 35, 95)]),
        ("retroactive_with_pauses", [("running", "pending", 20, 35, 95)]),
        ("retroactive_without_pauses", [("running", "pending", 55, 0, 60)]),
        ("restart", [("stopped", "met", 15, 5, 65), ("running", "pending", 5, 0, 110)]),
    ),
)
def test_a_reopened_case_takes_along_what_the_rule_says(rule, expected):
    assert clocks(SOLVED.reopened(at=at(50)), 55, USUAL, carry={"reopen": rule}) == expected


TEAMS = BASE.assigned(at=at(5), team="a").status("waiting_customer", at=at(10)).status("open", at=at(20))


@pytest.mark.parametrize(
    ("metric", "rule", "expected"),
    (
        ("resolution", "keep", [("running", "pending", 30, 10, 70)]),
        ("resolution", "restart", [("cancelled", "pending", 20, 10, None), ("running", "pending", 10, 0, 90)]),
        ("resolution", "retroactive_without_pauses", [("running", "pending", 40, 0, 60)]),
        ("ownership", "restart", [("stopped", "met", 15, 10, 75), ("running", "pending", 10, 0, 90)]),
        ("ownership", "keep", [("running", "pending", 25, 10, 75)]),
        ("ownership", "retroactive_without_pauses", [("running", "pending", 35, 0, 65)]),
    ),
)  # fmt: skip
def test_another_team_takes_over_what_the_rule_says(metric, rule, expected):
    log = TEAMS.assigned(at=at(25), team="a", agent="ann").assigned(at=at(30), team="b")
    assert clocks(log, 40, USUAL, metric=metric, carry={"reassignment": rule}) == expected


def test_measuring_again_after_a_long_history_needs_every_span():
    log = BASE
    for minutes in range(1, 81, 2):
        log = log.status("waiting_customer", at=at(minutes)).status("open", at=at(minutes + 1))
    log = log.priority("urgent", at=at(90))
    rule = {"priority": "retroactive_with_pauses"}
    assert clocks(log, 95, INSIDE, USUAL, carry=rule) == [("running", "pending", 25, 10, 130)]


def test_a_customer_sla_beside_the_agreements_of_two_teams():
    policy = SlaPolicy(
        {
            "resolution": [Target("8 hours", "always")],
            "team_a": Metric([Target("60 minutes", "always", when='case.team == "a"')], like="ownership"),
            "team_b": Metric([Target("60 minutes", OFFICE, when='case.team == "b"')], like="ownership"),
        }
    )
    log = BASE.assigned(at=at(10), team="a").assigned(at=at(40), team="b")
    report = policy.evaluate(log, facts={}, now=at(60))
    told = [(c.metric, c.cycle, c.state, c.elapsed / MINUTE) for c in report.clocks]
    assert told == [
        ("resolution", 1, "running", 60),
        ("team_a", 1, "stopped", 30),
        ("team_b", 2, "running", 0),
    ]
    assert report.team_b.due == at(120)  # the office opens at ten
