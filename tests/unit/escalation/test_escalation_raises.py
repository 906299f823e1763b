"""A priority that rises one step every so often."""

import pytest

RAISES = {"mode": "priority_ladder", "every": "1 hour", "order": ["low", "normal", "high", "urgent"]}


def standing(priority):
    return {"case": {"priority": priority}}


@pytest.fixture
def rising(play):
    def make(**options):
        made = play({"up": {**RAISES, **options}})
        made.event(0, "case.opened")
        return made

    return make


def test_the_priority_rises_one_step_after_each_wait(rising):
    plan = rising()
    assert (plan.status("up"), plan.next) == ("armed", 60)
    assert plan.tick(60, standing("low")) == [(1,)]
    assert plan.step.changes == {"case.priority": "normal"}
    assert plan.tick(120, standing("normal")) == [(2,)]
    assert plan.step.changes == {"case.priority": "high"}
    assert plan.status("up") == "triggered"


def test_at_the_top_it_ends(rising):
    plan = rising()
    assert plan.tick(60, standing("urgent")) == []
    assert (plan.status("up"), plan.next, plan.step.changes) == ("exhausted", None, {})


def test_who_lowers_a_priority_that_had_risen_to_the_top_begins_the_wait_anew(rising):
    plan = rising()
    plan.tick(60, standing("urgent"))
    plan.event(70, "priority.decided", priority="low", caused_by="escalation.fired")
    assert plan.next is None
    plan.event(80, "priority.decided", priority="low")
    assert plan.next == 140
    assert plan.tick(140, standing("low")) == [(1,)]


@pytest.mark.parametrize(
    ("catch_up", "fired", "skipped", "to", "then"),
    (
        ("collapse", [(2, "lead")], (1,), "high", 210),
        ("one_step", [(1, "lead")], (), "normal", 210),
        ("replay", [(1, "lead"), (2, "lead")], (), "high", 180),
    ),
)
def test_a_late_evaluation_catches_up_as_declared(rising, catch_up, fired, skipped, to, then):
    plan = rising(catch_up=catch_up, to="lead")
    assert plan.tick(150, standing("low")) == fired
    assert (plan.step.firings[-1].skipped, plan.step.changes["case.priority"], plan.next) == (
        skipped,
        to,
        then,
    )


def test_a_very_late_evaluation_rises_no_higher_than_the_top(rising):
    plan = rising()
    assert plan.tick(10_000, standing("high")) == [(1,)]
    assert plan.step.changes == {"case.priority": "urgent"}


@pytest.mark.parametrize("facts", (None, {}, standing("unheard of")))
def test_a_priority_that_is_not_in_the_order_is_told_and_waits_on(rising, facts):
    plan = rising()
    assert plan.tick(60, facts) == []
    assert (plan.faults, plan.next) == ([("priority_unknown", "up")], 120)


def test_a_request_raises_now(rising):
    plan = rising()
    assert plan.event(10, "escalation.requested", facts=standing("low")) == [(1,)]
    assert (plan.step.changes, plan.next) == ({"case.priority": "normal"}, 70)


def test_somebody_who_has_it_stops_the_rise_until_it_is_given_back(rising):
    plan = rising(ack_timeout="5 hours")
    plan.event(10, "escalation.acked", by="ann")
    assert plan.tick(100, standing("low")) == []
    assert plan.run(310) == []
    assert plan.next == 370
    plan.event(320, "escalation.acked", by="ann")
    assert plan.event(330, "escalation.unacked", facts=standing("low")) == [(1,)]


def test_snoozed_the_rise_is_put_off(rising):
    plan = rising()
    plan.event(10, "escalation.snoozed", until=plan.time(30))
    plan.tick(30)
    assert plan.next == 60
    plan.event(40, "escalation.snoozed", until=plan.time(90))
    assert plan.tick(90, standing("low")) == [(1,)]


def test_nobody_asks_a_rising_priority_for_a_manager(rising):
    plan = rising()
    assert plan.event(10, "escalation.manager_requested") == [(1, "manager")]


def test_the_plan_lists_every_raise(rising):
    plan = rising()
    assert [firing.level for firing in plan.policy.plan(plan.state, now=plan.time(0))] == [1, 2, 3]


def test_going_back_waits_anew_and_lowers_nothing(rising):
    plan = rising()
    plan.tick(60, standing("low"))
    plan.tick(120, standing("normal"))
    assert plan.event(130, "escalation.deescalated", to=1, reason="calm now") == []
    assert (plan.state.plans["up"].level, plan.next, plan.step.changes) == (1, 190, {})


def test_priorities_may_be_numbers(rising):
    plan = rising(order=[4, 3, 2, 1])
    assert plan.tick(60, standing(3)) == [(1,)]
    assert plan.step.changes == {"case.priority": "2"}
