"""What clocks take along when priority, policy or team change, when a case is reopened or another comes in."""

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


WAITING = BASE.agent_reply(at=at(5)).status("waiting_customer", at=at(10)).status("open", at=at(20))
ASKED = WAITING.customer_message(at=at(30))
KEPT = [("running", "pending", 30, 10, 70)]
CAME_IN = {"of": "2", "opened_at": at(-60), "waiting_since": at(15)}
DAYS = Target("1 business day", OFFICE)


@pytest.mark.parametrize(
    ("log", "metric", "rule", "said", "expected"),
    (
        # from the opening on: the other's opening counts, what is not known changes nothing
        (WAITING, "resolution", "keep", CAME_IN, KEPT),
        (WAITING, "resolution", "restart", CAME_IN, [("cancelled", "pending", 25, 10, None), ("running", "pending", 5, 0, 95)]),
        (WAITING, "resolution", "retroactive", CAME_IN, [("running", "breached", 90, 10, 0)]),
        (WAITING, "resolution", "retroactive without pauses", CAME_IN, [("running", "breached", 100, 0, 0)]),
        (WAITING, "resolution", "retroactive", {"of": "2", "opened_at": at(-20)}, [("running", "pending", 50, 10, 50)]),
        (WAITING, "resolution", "retroactive", {"of": "2", "opened_at": at(3)}, KEPT),
        (WAITING, "resolution", "retroactive without pauses", {"of": "2", "opened_at": at(3)}, [("running", "pending", 40, 0, 60)]),
        (WAITING, "resolution", "retroactive without pauses", {"of": "2", "waiting_since": at(-60)}, KEPT),
        (BASE.status("waiting_customer", at=at(30)), "resolution", "retroactive without pauses", CAME_IN, [("paused", "breached", 95, 5, None)]),
        # a message-started clock looks at how long the other customer waits
        (ASKED, "next_response", "keep", CAME_IN, [("running", "pending", 10, 0, 90)]),
        (ASKED, "next_response", "retroactive", CAME_IN, [("running", "pending", 25, 0, 75)]),
        (ASKED, "customer_waiting", "retroactive", CAME_IN, [("stopped", "met", 5, 0, 60), ("running", "pending", 25, 0, 75)]),
        (ASKED, "next_response", "retroactive", {"of": "2", "opened_at": at(-60)}, [("running", "pending", 10, 0, 90)]),
        (ASKED, "callback", "retroactive", CAME_IN, []),
        # and begins when nobody waited here, but not before a first answer if it follows one
        (WAITING, "next_response", "keep", CAME_IN, []),
        (WAITING, "next_response", "restart", CAME_IN, []),
        (WAITING, "next_response", "retroactive", CAME_IN, [("running", "pending", 25, 0, 75)]),
        (WAITING, "next_response", "retroactive", {"of": "2", "waiting_since": at(300)}, [("running", "pending", 5, 0, 95)]),
        (BASE, "next_response", "retroactive", CAME_IN, []),
        (WAITING.status("waiting_customer", at=at(34)), "next_response", "retroactive", CAME_IN, [("paused", "pending", 20, 5, None)]),
        # what is over stays; a customer who waits after solving is heard at the reopening
        (WAITING.resolved(at=at(32)), "resolution", "retroactive", CAME_IN, [("stopped", "met", 22, 10, 70)]),
        (WAITING.resolved(at=at(32)), "next_response", "retroactive", CAME_IN, []),
        # a merge that says both, or neither, ends this case
        (WAITING, "resolution", "retroactive", {**CAME_IN, "into": "3"}, [("cancelled", "pending", 25, 10, None)]),
        (WAITING, "resolution", "retroactive", {}, [("cancelled", "pending", 25, 10, None)]),
    ),
)  # fmt: skip
def test_a_case_that_came_in_brings_along_what_the_rule_says(log, metric, rule, said, expected):
    merged = log.add("case.merged", at=at(35), **said)
    assert clocks(merged, 40, USUAL, metric=metric, carry={"merge": rule}) == expected


def test_a_customer_who_came_in_after_solving_is_owed_an_answer_at_the_reopening():
    log = WAITING.resolved(at=at(20)).add("case.merged", at=at(35), **CAME_IN).reopened(at=at(50))
    rule = {"merge": "retroactive"}
    assert clocks(log, 55, USUAL, metric="next_response", carry=rule) == [("running", "pending", 5, 35, 110)]


def test_a_case_that_comes_in_at_the_very_opening_is_counted_from_its_own():
    log = BASE.add("case.merged", at=NINE, **CAME_IN)
    assert clocks(log, 5, LONGER, USUAL, carry={"merge": "retroactive"}) == [
        ("running", "breached", 65, 0, 0)
    ]
    assert clocks(log, 5, LONGER, USUAL, carry={"merge": "restart"}) == [("running", "pending", 5, 0, 60)]


def test_business_days_count_from_the_earlier_opening():
    log = BASE.add(
        "case.merged", at=at(5), of="2", opened_at=NINE - timedelta(days=3, hours=-2)
    )  # Friday, 11:00
    due = timedelta(hours=2) / MINUTE
    assert clocks(log, 10, DAYS, carry={"merge": "retroactive"}) == [("running", "pending", 420, 0, due)]


def test_an_attached_clock_and_one_that_comes_once_begin_no_earlier():
    rule = {"merge": "retroactive"}
    log = BASE.priority("urgent", at=at(10)).add("case.merged", at=at(20), **CAME_IN)
    assert clocks(log, 25, URGENT, start="attached", carry=rule) == [("running", "pending", 15, 0, 30)]
    once = {"metric": "greeting", "like": "customer_waiting", "cycle": "once", "carry": rule}
    assert clocks(ASKED.add("case.merged", at=at(35), **CAME_IN), 40, USUAL, **once) == [
        ("stopped", "met", 5, 0, 60)
    ]


def test_a_warning_that_was_reached_stays_when_less_has_passed_in_the_calendar_of_now():
    targets = [
        Target("60 minutes", OFFICE, when='case.kind == "complaint"', warn="50%"),
        Target("60 minutes", "always", warn="50%"),
    ]
    policy = SlaPolicy({"resolution": Metric(targets, carry={"merge": "retroactive"})})
    log = BASE.add("case.classified", at=at(10), kind="complaint")
    log = log.add("case.merged", at=at(85), of="2", opened_at=at(-10))
    before, after = (policy.evaluate(log, now=at(minutes)).resolution for minutes in (84, 85))
    assert (before.elapsed, before.warned) == (34 * MINUTE, ("50%",))
    assert (after.elapsed, after.warned) == (25 * MINUTE, ("50%",))


def test_a_warning_that_was_reached_before_a_merge_is_reached_once():
    policy = SlaPolicy(
        {
            "resolution": Metric(
                [Target("60 minutes", "always", warn=["50%", "75%"])], carry={"merge": "retroactive"}
            )
        }
    )
    log, said = BASE.add("case.merged", at=at(35), of="2", opened_at=at(-30)), []
    state = policy.start({})
    for event in log:
        state = policy.apply(state, event)
        for now in (event.at, at(34)):
            for told in policy.events(state, now=now):
                state = policy.apply(state, told)
                said.append((told.kind, (told.at - NINE) / MINUTE))
    assert said == [
        ("target.set", 0), ("target.warned", 30), ("target.moved", 35), ("target.warned", 35), ("target.breached", 35)
    ]  # fmt: skip


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
