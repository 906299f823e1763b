"""Chains of typed steps: tell, wait, wait for hours, count events, repeat, resolve."""

import pytest

NOTIFY, WAIT = {"do": "notify", "to": "ann"}, {"do": "wait", "for": "5 minutes"}
THEN = {"do": "notify", "to": "bob"}
MORNING = {"do": "window", "from": "10:00", "to": "12:00"}  # an hour after the opening
BUSY = {"do": "threshold", "of": "contact.received", "more_than": 2, "within": "10 minutes"}
AGAIN = {"do": "repeat", "times": 1}


@pytest.fixture
def chain(play):
    def make(*steps, **options):
        made = play({"chain": {"mode": "chain", "steps": list(steps), **options}})
        made.event(0, "case.opened")
        made.first = [(firing.level, *firing.targets) for firing in made.step.firings]
        return made

    return make


def test_steps_follow_each_other_and_a_wait_holds_them(chain):
    plan = chain(NOTIFY, THEN, WAIT, NOTIFY)
    assert plan.first == [(1, "ann"), (2, "bob")]
    assert (plan.status("chain"), plan.next) == ("triggered", 5)
    assert plan.run(60) == [(5, 4, "ann")]
    assert (plan.status("chain"), plan.next) == ("exhausted", None)


def test_before_anybody_was_told_a_chain_is_armed(chain):
    plan = chain(WAIT, NOTIFY)
    assert (plan.first, plan.status("chain"), plan.next) == ([], "armed", 5)


@pytest.mark.parametrize(
    ("catch_up", "fired", "then"),
    (
        ("collapse", [(5, "bob")], 105),
        ("one_step", [(3, "ann")], 105),
        ("replay", [(3, "ann"), (5, "bob")], None),
    ),
)
def test_a_late_evaluation_catches_up_as_declared(chain, catch_up, fired, then):
    plan = chain(NOTIFY, WAIT, NOTIFY, WAIT, THEN, WAIT, catch_up=catch_up)
    assert plan.tick(100) == fired
    assert plan.step.firings[-1].skipped == ((3,) if catch_up == "collapse" else ())
    assert plan.next == then


def test_a_window_lets_the_chain_go_on_in_its_hours_only(chain):
    plan = chain(NOTIFY, MORNING, THEN)
    assert plan.run(1000) == [(60, 3, "bob")]


def test_in_its_hours_a_window_holds_nothing(play):
    plan = play({"chain": {"mode": "chain", "steps": [MORNING, NOTIFY]}})
    assert plan.event(179, "case.opened") == [(2, "ann")]
    late = play({"chain": {"mode": "chain", "steps": [MORNING, NOTIFY]}})
    assert late.event(180, "case.opened") == []
    assert late.next == 60 + 24 * 60


def test_a_window_that_never_opens_is_told_and_holds_for_ever(chain):
    plan = chain({**MORNING, "to": "10:00"}, NOTIFY)
    assert plan.faults == [("window_never_opens", "chain.1")]
    assert (plan.status("chain"), plan.next) == ("armed", None)


def test_a_threshold_holds_until_more_than_so_many_events_came_in_its_time(chain):
    plan = chain(BUSY, NOTIFY)
    assert (plan.status("chain"), plan.next) == ("armed", None)
    told = [plan.event(minute, "contact.received") for minute in (1, 2, 12, 12.5)]
    assert told == [[], [], [], []]  # the third comes within ten minutes of the second only
    assert plan.event(13, "contact.noted") == []
    assert plan.event(14, "contact.received") == [(2, "ann")]


def test_both_ends_of_the_time_count(chain):
    plan = chain(BUSY, NOTIFY)
    assert [plan.event(minute, "contact.received") for minute in (1, 5, 11)] == [[], [], [(2, "ann")]]


def test_events_from_before_the_threshold_count_too(chain):
    plan = chain(WAIT, BUSY, NOTIFY)
    for minute in (1, 2, 3):
        plan.event(minute, "contact.received")
    assert plan.run(60) == [(5, 3, "ann")]


def test_the_event_that_begins_a_chain_counts(play):
    steps = [{**BUSY, "more_than": 0}, NOTIFY]
    plan = play({"chain": {"mode": "chain", "starts": "contact.received", "steps": steps}})
    assert plan.event(0, "contact.received") == [(2, "ann")]


def test_what_the_escalation_caused_counts_nothing(chain):
    plan = chain({**BUSY, "more_than": 0}, NOTIFY)
    assert plan.event(1, "contact.received", caused_by="escalation.fired") == []


def test_in_quiet_hours_a_threshold_that_is_passed_waits_for_their_end(chain):
    plan = chain({**BUSY, "more_than": 0}, NOTIFY, quiet_hours={"from": "09:00", "to": "10:00"})
    assert plan.event(5, "contact.received") == []
    assert plan.run(100) == [(60, 2, "ann")]


def test_a_chain_repeats_as_often_as_it_says(chain):
    plan = chain(NOTIFY, WAIT, {"do": "repeat", "times": 2})
    assert plan.run(60) == [(5, 1, "ann"), (10, 1, "ann")]
    assert (plan.status("chain"), plan.state.plans["chain"].round) == ("exhausted", 3)


def test_a_chain_without_end_is_cut_in_a_replay_and_says_so(chain):
    plan = chain(NOTIFY, {"do": "wait", "for": "1 second"}, {"do": "repeat", "times": -1}, catch_up="replay")
    plan.tick(3600)
    assert plan.faults == [("replay_cut", "chain")]
    assert plan.next > 3600


def test_a_chain_may_resolve_the_case(chain):
    plan = chain(NOTIFY, WAIT, {"do": "resolve"}, THEN)
    assert plan.tick(5) == []
    assert (plan.step.changes, plan.status("chain"), plan.next) == ({"case.status": "resolved"}, "done", None)
    plan.event(5, "case.resolved", caused_by="escalation.fired")
    assert plan.tick(100) == []


def test_acknowledged_a_chain_rests_and_begins_anew_when_it_is_given_back(chain):
    plan = chain(NOTIFY, WAIT, THEN)
    plan.event(1, "escalation.acked", by="ann")
    assert plan.tick(100) == []
    assert plan.event(101, "escalation.unacked") == [(1, "ann")]
    assert plan.run(200) == [(106, 3, "bob")]


def test_given_back_it_may_go_on_with_the_step_that_waits(chain):
    plan = chain(NOTIFY, WAIT, THEN, on_unack="resume")
    plan.event(1, "escalation.acked", by="ann")
    assert plan.event(2, "escalation.unacked") == [(3, "bob")]


def test_an_acknowledgement_that_runs_out_tells_who_was_told_last(chain):
    plan = chain(NOTIFY, WAIT, THEN, ack_timeout="10 minutes")
    plan.event(1, "escalation.acked", by="ann")
    assert plan.run(20) == [(11, 1, "ann"), (16, 3, "bob")]


def test_snoozed_a_chain_rests_and_wakes_where_it_was(chain):
    plan = chain(WAIT, NOTIFY, WAIT, THEN)
    plan.event(1, "escalation.snoozed", until=plan.time(3))
    plan.tick(3)
    assert (plan.status("chain"), plan.run(6)) == ("armed", [(5, 2, "ann")])
    plan.event(7, "escalation.snoozed", until=plan.time(20))
    assert plan.run(60) == [(20, 2, "ann"), (25, 4, "bob")]


def test_a_request_jumps_to_the_next_step_that_tells_somebody_and_wraps(chain):
    plan = chain(NOTIFY, WAIT, THEN, WAIT)
    assert plan.event(1, "escalation.requested") == [(3, "bob")]
    assert plan.next == 6
    assert plan.event(2, "escalation.requested") == [(1, "ann")]
    assert plan.next == 7


def test_a_condition_keeps_a_step_silent_and_a_late_one_falls_back(chain):
    plan = chain(WAIT, NOTIFY, WAIT, {**THEN, "when": "case.public"})
    assert plan.tick(60, {"case": {"public": False}}) == [(2, "ann")]


def test_after_an_edit_the_step_that_stands_there_has_its_turn(chain, play):
    plan = chain({"id": "a", **WAIT}, {"id": "b", **NOTIFY}, {"id": "c", **WAIT}, {"id": "d", **THEN})
    plan.tick(5)
    steps = [{"id": "a", **WAIT}, {"id": "b", **NOTIFY}, {"id": "d", **THEN}]
    plan.policy = play({"chain": {"mode": "chain", "steps": steps}}).policy
    assert plan.tick(6) == [(3, "bob")]


def test_what_fell_due_in_maintenance_happens_once_at_its_end(chain):
    plan = chain(NOTIFY, WAIT, THEN)
    plan.event(1, "escalation.maintenance", on=True)
    assert plan.tick(50) == []
    assert plan.event(60, "escalation.maintenance", on=False) == [(3, "bob")]


def test_a_lenient_reading_turns_broken_steps_into_faults_of_their_turn(play):
    steps = [{"do": "notify"}, {"do": "dance"}, {"do": "wait"}, NOTIFY]
    plan = play({"chain": {"mode": "chain", "steps": steps}}, reading={"strict": False})
    assert plan.event(0, "case.opened") == []
    assert plan.faults == [
        ("step_not_configured", "chain.1"), ("step_not_configured", "chain.2"), ("wait_not_configured", "chain.3"),
    ]  # fmt: skip
    assert plan.run(60) == [(5, 4, "ann")]


def test_the_plan_lists_the_steps_that_tell_somebody(chain):
    plan = chain(NOTIFY, WAIT, THEN, WAIT, AGAIN)
    listed = plan.policy.plan(plan.state, now=plan.time(0))
    assert [firing.level for firing in listed] == [3, 1, 3]
