"""Levels at offsets from the start: conditions, passes, late evaluations."""

import pytest

OFFSETS = {
    "mode": "offset",
    "levels": [
        {"after": "0 minutes", "to": "ann"},
        {"after": "5 minutes", "to": "bob"},
        {"after": "10 minutes", "to": "cid", "if": "not_closed"},
    ],
}
AGAIN = {"repeat": {"after": "10 minutes", "times": 1}}


@pytest.fixture
def offset(play):
    def make(**options):
        made = play({"offset": {**OFFSETS, **options}})
        made.event(0, "case.opened")
        return made

    return make


def test_every_level_fires_at_its_own_offset_from_the_start(offset):
    plan = offset()
    assert [firing.targets for firing in plan.step.firings] == [("ann",)]
    assert plan.next == 5
    assert plan.run(1000) == [(5, 2, "bob"), (10, 3, "cid")]
    assert (plan.status("offset"), plan.next) == ("triggered", None)


def test_levels_need_no_order_in_the_document(play):
    levels = [{"after": "9 minutes", "to": "late"}, {"to": "first", "after": "0 minutes"}]
    plan = play({"offset": {"mode": "offset", "levels": levels}})
    assert plan.event(0, "case.opened") == [(2, "first")]
    assert plan.run(60) == [(9, 1, "late")]


def test_who_has_it_is_not_told_but_levels_until_closing_are(offset):
    plan = offset()
    plan.event(3, "escalation.acked", by="ann")
    assert plan.status("offset") == "acked"
    assert plan.run(60) == [(10, 3, "cid")]
    assert plan.status("offset") == "acked"


def test_a_level_that_passed_while_somebody_had_it_does_not_come_later(offset):
    plan = offset()
    plan.event(3, "escalation.acked", by="ann")
    assert plan.tick(6) == []
    plan.event(7, "escalation.unacked")
    assert plan.run(60) == [(10, 3, "cid")]


def test_a_pass_begins_again_its_pause_after_the_last_level(offset):
    plan = offset(**AGAIN)
    fired = plan.run(1000)
    assert fired == [(5, 2, "bob"), (10, 3, "cid"), (20, 1, "ann"), (25, 2, "bob"), (30, 3, "cid")]
    assert (plan.status("offset"), plan.state.plans["offset"].round) == ("exhausted", 2)


@pytest.mark.parametrize(("revert", "told"), ((False, ["cid", "cid"]), (True, ["cid", "ann", "bob", "cid"])))
def test_a_new_pass_may_take_the_acknowledgement_back(offset, revert, told):
    plan = offset(repeat={**AGAIN["repeat"], "revert_ack": revert})
    plan.event(3, "escalation.acked", by="ann")
    assert [target for _, _, target in plan.run(1000)] == told


def test_a_plan_that_comes_to_its_end_may_close_the_case(offset):
    plan = offset(**AGAIN, **{"finally": "close"})
    plan.run(39)
    assert plan.step.changes == {}
    plan.tick(40)
    assert (plan.step.changes, plan.status("offset")) == ({"case.status": "closed"}, "exhausted")


def test_without_a_pass_to_come_the_end_is_the_last_level_itself(offset):
    plan = offset(**{"finally": {"to": "chief"}})
    assert plan.run(60) == [(5, 2, "bob"), (10, 3, "cid"), (10, 4, "chief")]
    assert plan.status("offset") == "exhausted"


@pytest.mark.parametrize(
    ("catch_up", "fired", "skipped"),
    (
        ("collapse", [(3, "cid")], (2,)),
        ("one_step", [(2, "bob")], ()),
        ("replay", [(2, "bob"), (3, "cid")], ()),
    ),
)
def test_a_late_evaluation_catches_up_as_declared(offset, catch_up, fired, skipped):
    plan = offset(catch_up=catch_up)
    assert plan.tick(100) == fired
    assert plan.step.firings[-1].skipped == skipped


def test_one_step_is_one_level_for_each_evaluation_however_often_one_instant_is_evaluated(offset):
    plan = offset(catch_up="one_step")
    assert plan.tick(100) == [(2, "bob")]
    assert plan.tick(100) == []
    assert plan.tick(101) == [(3, "cid")]


def test_late_passes_collapse_into_the_last_level_that_was_reached(offset):
    plan = offset(repeat={"after": "10 minutes", "times": 3})
    assert plan.tick(47) == [(2, "bob")]
    assert plan.step.firings[0].skipped == (3, 1)
    assert (plan.next, plan.state.plans["offset"].round) == (50, 3)


def test_a_pass_without_end_is_cut_in_a_replay_and_says_so(play):
    levels = [{"after": "0 minutes", "to": "ann"}]
    again = {"after": "1 second", "times": -1}
    plan = play({"offset": {"mode": "offset", "catch_up": "replay", "levels": levels, "repeat": again}})
    plan.event(0, "case.opened")
    assert len(plan.tick(60)) == 1000
    assert plan.faults == [("replay_cut", "offset")]


def test_a_condition_lets_the_next_lower_level_speak_for_a_late_one(play):
    levels = [{"after": "5 minutes", "to": "bob"}, {"after": "9 minutes", "to": "cid", "when": "case.public"}]
    plan = play({"offset": {"mode": "offset", "levels": levels}})
    plan.event(0, "case.opened")
    assert plan.tick(60, {"case": {"public": False}}) == [(1, "bob")]


def test_snoozed_is_put_off_and_what_fell_due_comes_at_the_waking(offset):
    plan = offset()
    plan.event(1, "escalation.snoozed", until=plan.time(30))
    assert plan.next == 30
    assert plan.tick(30) == [(3, "cid")]
    assert plan.step.firings[0].skipped == (2,)


def test_waking_may_begin_the_offsets_anew(offset):
    plan = offset(on_wake="restart")
    plan.event(1, "escalation.snoozed", until=plan.time(30))
    assert plan.run(60) == [(30, 1, "ann"), (35, 2, "bob"), (40, 3, "cid")]


def test_what_fell_due_in_maintenance_fires_once_at_its_end(offset):
    plan = offset()
    plan.event(1, "escalation.maintenance", on=True)
    assert plan.tick(60) == []
    assert plan.event(61, "escalation.maintenance", on=False) == [(3, "cid")]


def test_a_request_brings_the_next_level_and_the_others_keep_their_instants(offset):
    plan = offset()
    assert plan.event(1, "escalation.requested") == [(2, "bob")]
    assert plan.run(60) == [(10, 3, "cid")]


def test_an_acknowledgement_that_runs_out_tells_the_present_level_and_the_acker_first(offset):
    plan = offset(ack_timeout="30 minutes", tell_acker=True)
    assert plan.run(10) == [(5, 2, "bob"), (10, 3, "cid")]
    plan.event(11, "escalation.acked", by="eve")
    assert plan.run(60) == [(41, 3, "eve", "cid")]
    assert plan.status("offset") == "triggered"


def test_reopening_begins_the_offsets_anew(offset):
    plan = offset()
    plan.event(1, "case.resolved")
    assert plan.event(100, "case.reopened") == [(1, "ann")]
    assert plan.run(200) == [(105, 2, "bob"), (110, 3, "cid")]


def test_a_level_that_was_added_takes_its_turn_and_one_that_is_gone_has_none(offset, play):
    plan = offset()
    levels = [OFFSETS["levels"][0], {"id": "new", "after": "7 minutes", "to": "dan"}]
    plan.policy = play({"offset": {"mode": "offset", "levels": levels}}).policy
    assert plan.run(60) == [(7, 2, "dan")]
