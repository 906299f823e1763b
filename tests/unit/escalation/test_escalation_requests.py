"""What people ask of an escalation: acknowledge, snooze, move it, put a manager on; and what is refused."""

import pytest

from supportkit.escalation import EscalationPolicy

# -- acknowledging ------------------------------------------------------------------------------------


def test_an_acknowledgement_stops_firing(opened):
    ladder = opened()
    ladder.event(3, "escalation.acked", by="ann")
    assert (ladder.status(), ladder.state.plans["ladder"].acked_by, ladder.next) == ("acked", "ann", None)
    assert ladder.tick(1000) == []


def test_an_acknowledgement_before_the_first_level_stops_it_too(opened):
    ladder = opened({"ladder": {"levels": [{"to": "ann", "after": "9 minutes"}], "ack_timeout": "1 hour"}})
    ladder.event(3, "escalation.acked", by="ann")
    assert ladder.tick(9) == []
    assert ladder.tick(63) == [(1, "ann")]


def test_an_acknowledgement_that_times_out_fires_the_same_level_again_and_waits_anew(opened):
    ladder = opened(ack_timeout="1 hour")
    ladder.tick(10)
    ladder.event(12, "escalation.acked", by="bob")
    assert ladder.next == 72
    assert ladder.tick(72) == [(2, "bob")]
    assert (ladder.status(), ladder.state.plans["ladder"].acked_by, ladder.next) == ("triggered", None, 92)
    assert ladder.tick(92) == [(3, "cid")]


def test_the_one_who_acknowledged_may_be_told_first_and_only_once(opened):
    ladder = opened(ack_timeout="1 hour", tell_acker="true")
    ladder.event(1, "escalation.acked", by="zoe")
    assert ladder.tick(61) == [(1, "zoe", "ann")]
    ladder.event(62, "escalation.acked", by="ann")
    assert ladder.tick(122) == [(1, "ann")]


def test_a_timed_out_level_without_a_wait_takes_the_next_one_with_it(opened):
    levels = [{"to": "ann", "wait": "5 minutes"}, {"to": "bob", "wait": "0 minutes"}, {"to": "cid"}]
    ladder = opened({"ladder": {"levels": levels, "ack_timeout": "1 hour"}})
    ladder.event(1, "escalation.requested")
    ladder.event(1, "escalation.acked", by="bob")
    assert ladder.tick(61) == [(2, "bob"), (3, "cid")]


@pytest.mark.parametrize(
    ("on_unack", "fires", "then"), (("restart", [(1, "ann")], 22), ("resume", [(3, "cid")], 42))
)
def test_who_gives_an_acknowledgement_back_starts_it_again_as_declared(opened, on_unack, fires, then):
    ladder = opened(on_unack=on_unack)
    ladder.tick(10)
    ladder.event(11, "escalation.acked", by="bob")
    assert ladder.event(12, "escalation.unacked", by="bob") == fires
    assert ladder.next == then


def test_resuming_at_the_last_level_tells_that_level_again(opened):
    ladder = opened(on_unack="resume")
    ladder.tick(100)
    ladder.event(101, "escalation.acked", by="cid")
    assert ladder.event(102, "escalation.unacked") == [(3, "cid")]


def test_giving_back_what_nobody_has_is_refused(opened):
    ladder = opened()
    assert ladder.event(1, "escalation.unacked") == []
    assert ladder.faults == [("not_acked", "escalation.unacked")]


@pytest.mark.parametrize("kind", ("acked", "unacked", "snoozed", "requested", "reassigned", "deescalated"))
def test_a_request_without_anything_at_work_is_refused_and_never_raised(play, kind):
    nothing = play()
    assert nothing.event(0, f"escalation.{kind}", reason="so") == []
    assert nothing.faults == [("not_running", f"escalation.{kind}")]


def test_a_request_that_names_an_unknown_plan_is_refused(opened):
    ladder = opened()
    ladder.event(1, "escalation.acked", plan="lader")
    assert ladder.faults == [("unknown_plan", "lader")]
    assert ladder.status() == "triggered"


def test_an_acknowledgement_reaches_the_named_plan_or_all_of_them(play):
    two = play({"a": {"levels": [{"to": "ann"}]}, "b": {"levels": [{"to": "bob"}]}})
    two.event(0, "case.opened")
    two.event(1, "escalation.acked", plan="b", by="x")
    assert (two.status("a"), two.status("b")) == ("triggered", "acked")
    two.event(2, "escalation.acked", by="y")
    assert (two.status("a"), two.status("b")) == ("acked", "acked")


# -- snoozing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on_wake", "fires"), (("same_level", [(2, "bob")]), ("restart", [(1, "ann")])))
def test_a_snooze_holds_until_its_time_and_wakes_as_declared(opened, on_wake, fires):
    ladder = opened(on_wake=on_wake)
    ladder.tick(10)
    ladder.event(11, "escalation.snoozed", by="bob", until=ladder.time(60))
    assert (ladder.status(), ladder.next, ladder.tick(59)) == ("snoozed", 60, [])
    assert ladder.tick(60) == fires
    assert ladder.next == 60 + (20 if on_wake == "same_level" else 10)


def test_a_snooze_without_an_end_holds_until_somebody_wakes_it(opened):
    ladder = opened()
    ladder.event(1, "escalation.snoozed")
    assert (ladder.next, ladder.tick(9999)) == (None, [])
    assert ladder.event(10000, "escalation.woke") == [(1, "ann")]


def test_waking_what_does_not_sleep_is_nothing(opened):
    ladder = opened()
    assert ladder.event(1, "escalation.woke") == []
    assert ladder.faults == []


def test_a_snooze_before_the_first_level_keeps_its_time(opened):
    ladder = opened({"ladder": {"levels": [{"to": "ann", "after": "60 minutes"}]}})
    ladder.event(1, "escalation.snoozed", until=ladder.time(10))
    assert ladder.tick(10) == []
    assert (ladder.status(), ladder.next) == ("armed", 60)
    ladder.event(11, "escalation.snoozed", until=ladder.time(90))
    assert ladder.tick(90) == [(1, "ann")]


def test_an_acknowledgement_by_another_ends_a_snooze_and_one_by_the_sleeper_does_not(opened):
    ladder = opened()
    ladder.event(1, "escalation.snoozed", by="bob")
    ladder.event(2, "escalation.acked", by="bob")
    assert ladder.status() == "snoozed"
    ladder.event(3, "escalation.acked", by="eve")
    assert ladder.status() == "acked"


def test_a_snooze_overrides_the_acknowledgement_timeout(opened):
    ladder = opened(ack_timeout="5 minutes")
    ladder.event(1, "escalation.acked", by="ann")
    ladder.event(2, "escalation.snoozed", by="ann", until=ladder.time(60))
    assert ladder.tick(30) == []
    assert ladder.tick(60) == [(1, "ann")]


# -- the next level, now ------------------------------------------------------------------------------


def test_a_request_fires_the_next_level_now_even_when_acknowledged(opened):
    ladder = opened()
    ladder.event(1, "escalation.acked", by="ann")
    assert ladder.event(2, "escalation.requested", by="eve", reason="no news") == [(2, "bob")]
    assert (ladder.status(), ladder.next) == ("triggered", 22)


def test_a_request_wraps_after_the_last_level(opened):
    ladder = opened()
    ladder.tick(100)
    assert ladder.event(101, "escalation.requested") == [(1, "ann")]


def test_a_request_passes_over_levels_whose_condition_is_false(opened):
    levels = [
        {"to": "ann", "wait": "9 minutes"},
        {"to": "bob", "wait": "9 minutes", "when": "case.public"},
        {"to": "cid"},
    ]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.event(1, "escalation.requested", facts={"case": {"public": False}}) == [(3, "cid")]


def test_a_request_can_begin_a_plan_of_its_own(play):
    asked = play(
        {
            "asked": {
                "starts": "escalation.requested",
                "levels": [{"to": "ann", "wait": "9 minutes"}, {"to": "bob"}],
            }
        }
    )
    assert asked.event(0, "escalation.requested") == [(1, "ann")]
    assert asked.event(1, "escalation.requested") == [(2, "bob")]
    asked.event(2, "case.resolved")
    assert asked.event(3, "case.reopened") == []


def test_down_again_tells_nobody_and_waits_anew(opened):
    ladder = opened()
    ladder.tick(100)
    assert ladder.event(101, "escalation.deescalated", to=1, by="cid", reason="ann is back") == []
    assert (ladder.state.plans["ladder"].level, ladder.next) == (1, 111)
    assert ladder.tick(111) == [(2, "bob")]


@pytest.mark.parametrize(
    ("said", "fault"),
    (
        ({"to": 1}, ("reason_required", "escalation.deescalated")),
        ({"to": 3, "reason": "so"}, ("no_such_level", "ladder.3")),
        ({"to": 0, "reason": "so"}, ("no_such_level", "ladder.0")),
    ),
)
def test_going_down_needs_a_reason_and_a_lower_level(opened, said, fault):
    ladder = opened()
    ladder.tick(10)
    before = ladder.state.plans
    ladder.event(11, "escalation.deescalated", **said)
    assert ladder.faults == [fault]
    assert ladder.state.plans == before


def test_reassigning_to_a_person_leaves_the_plan(opened):
    ladder = opened()
    assert ladder.event(3, "escalation.reassigned", to="eve") == [(0, "eve")]
    assert (ladder.status(), ladder.next) == ("assigned", None)
    assert ladder.tick(1000) == []
    ladder.event(1001, "escalation.acked", by="eve")
    assert (ladder.status(), ladder.state.plans["ladder"].acked_by) == ("assigned", "eve")


def test_reassigning_to_a_level_jumps_there(opened):
    ladder = opened()
    assert ladder.event(3, "escalation.reassigned", level=3) == [(3, "cid")]
    assert ladder.event(4, "escalation.reassigned", level=9) == []
    assert ladder.faults == [("no_such_level", "ladder.9")]


# -- maintenance --------------------------------------------------------------------------------------


def test_in_maintenance_nothing_fires_and_what_fell_due_fires_once_at_its_end(opened):
    ladder = opened()
    ladder.event(5, "escalation.maintenance", on=True)
    assert (ladder.status(), ladder.next, ladder.tick(500)) == ("suppressed", None, [])
    assert ladder.event(501, "escalation.maintenance", on=False) == [(2, "bob")]
    assert (ladder.step.firings[0].skipped, ladder.next) == ((), 521)


def test_what_did_not_fall_due_in_maintenance_keeps_its_time(opened):
    ladder = opened()
    ladder.event(2, "escalation.maintenance", on=True)
    assert ladder.event(4, "escalation.maintenance", on=False) == []
    assert (ladder.status(), ladder.next) == ("triggered", 10)


def test_a_case_that_opens_in_maintenance_fires_at_its_end(play):
    ladder = play()
    ladder.event(0, "escalation.maintenance", on=True)
    assert ladder.event(1, "case.opened") == []
    assert ladder.event(9, "escalation.maintenance", on=False) == [(1, "ann")]


def test_an_acknowledgement_in_maintenance_stops_what_was_held(opened):
    ladder = opened()
    ladder.event(2, "escalation.maintenance", on=True)
    ladder.event(3, "escalation.acked", by="ann")
    assert ladder.event(99, "escalation.maintenance", on=False) == []
    assert ladder.status() == "acked"


def test_an_acknowledgement_that_times_out_in_maintenance_comes_back_at_its_end(opened):
    ladder = opened(ack_timeout="5 minutes")
    ladder.event(1, "escalation.acked", by="ann")
    ladder.event(2, "escalation.maintenance", on=True)
    assert (ladder.tick(20), ladder.status()) == ([], "suppressed")
    assert ladder.event(30, "escalation.maintenance", on=False) == [(1, "ann")]


def test_waking_and_giving_back_wait_for_the_end_of_maintenance(opened):
    ladder = opened(on_unack="resume")
    ladder.event(1, "escalation.maintenance", on=True)
    ladder.event(2, "escalation.snoozed")
    assert (ladder.event(3, "escalation.woke"), ladder.status()) == ([], "suppressed")
    ladder.event(4, "escalation.acked", by="ann")
    assert (ladder.event(5, "escalation.unacked"), ladder.status()) == ([], "suppressed")
    assert ladder.event(6, "escalation.maintenance", on=False) == [(2, "bob")]


def test_a_request_is_refused_in_maintenance(opened):
    ladder = opened()
    ladder.event(1, "escalation.maintenance", on=True)
    assert ladder.event(2, "escalation.requested") == []
    assert ladder.faults == [("maintenance", "escalation.requested")]


def test_the_end_of_maintenance_respects_a_held_status(opened):
    ladder = opened(hold_while=["waiting_customer"])
    ladder.event(1, "escalation.maintenance", on=True)
    ladder.event(2, "case.status_changed", to="waiting_customer")
    assert ladder.event(20, "escalation.maintenance", on=False) == []
    ladder.event(21, "case.status_changed", to="open")
    assert ladder.tick(21) == [(2, "bob")]


# -- following another case ---------------------------------------------------------------------------


def test_a_case_that_follows_another_does_not_escalate_until_it_is_detached(opened):
    ladder = opened()
    ladder.event(1, "escalation.attached", to="99")
    assert (ladder.status(), ladder.tick(500)) == ("idle", [])
    assert ladder.event(501, "escalation.attached", to=None) == [(1, "ann")]


def test_a_plan_that_would_begin_while_attached_stays_idle(play):
    ladder = play()
    ladder.event(0, "escalation.attached", to="99")
    assert ladder.event(1, "case.opened") == []
    assert ladder.status() == "idle"


# -- the customer asks for a manager ------------------------------------------------------------------

UPWARDS = {
    "ladder": {
        "levels": [
            {"to": "ann", "wait": "10 minutes"},
            {"to": "bob", "wait": "10 minutes"},
            {"to": "boss", "kind": "hierarchical", "wait": "10 minutes"},
        ]
    }
}


@pytest.mark.parametrize("document", ({}, {"late": {"starts": "promise.broken", "levels": [{"to": "ann"}]}}))
def test_without_a_word_in_the_policy_a_manager_is_told_at_once(play, document):
    desk = play(document or {"none": {"levels": []}})
    desk.event(0, "case.opened")
    assert desk.event(1, "escalation.manager_requested") == [(1, "manager")]
    assert desk.step.firings[0].plan == "manager"
    assert desk.event(2, "escalation.manager_requested") == [(1, "manager")]


def test_asking_for_a_manager_skips_to_the_next_hierarchical_level(opened):
    ladder = opened(UPWARDS)
    assert ladder.event(1, "escalation.manager_requested") == [(3, "boss")]
    assert ladder.next == 11
    assert ladder.event(2, "escalation.manager_requested") == [(3, "boss")]


def test_without_a_hierarchical_level_it_is_the_next_one_and_wraps(opened):
    ladder = opened()
    asked = [ladder.event(minute, "escalation.manager_requested") for minute in (1, 2, 3)]
    assert asked == [[(2, "bob")], [(3, "cid")], [(1, "ann")]]


@pytest.mark.parametrize(
    "before",
    (
        ("escalation.acked", {"by": "ann"}),
        ("escalation.snoozed", {}),
        ("escalation.maintenance", {"on": True}),
        ("case.status_changed", {"to": "waiting_customer"}),
        ("escalation.reassigned", {"to": "eve"}),
        ("contact.replied", {}),
    ),
)
def test_nothing_stands_between_the_customer_and_the_manager(opened, before):
    document = {"ladder": {**UPWARDS["ladder"], "hold_while": ["waiting_customer"]}}
    ladder = opened(document)
    ladder.event(1, before[0], **before[1])
    assert ladder.event(2, "escalation.manager_requested") == [(3, "boss")]


def test_after_a_manager_in_maintenance_the_rest_is_held_again(opened):
    ladder = opened(UPWARDS)
    ladder.event(1, "escalation.maintenance", on=True)
    ladder.event(2, "escalation.manager_requested")
    assert (ladder.status(), ladder.next) == ("suppressed", None)


def test_a_condition_does_not_refuse_the_manager_but_a_fitting_level_goes_first(opened):
    levels = [
        {"to": "ann", "wait": "9 minutes"},
        {"to": "legal", "kind": "hierarchical", "when": "case.category == 'legal'", "wait": "9 minutes"},
        {"to": "boss", "kind": "hierarchical"},
    ]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.event(1, "escalation.manager_requested", facts={"case": {"category": "bill"}}) == [
        (3, "boss")
    ]
    only = opened({"ladder": {"levels": levels[:2]}})
    assert only.event(1, "escalation.manager_requested", facts={"case": {"category": "bill"}}) == [(1, "ann")]
    none = opened({"ladder": {"levels": levels[1:2]}})
    assert none.event(1, "escalation.manager_requested", facts={"case": {"category": "bill"}}) == [
        (1, "legal")
    ]


def test_a_manager_who_is_away_does_not_end_the_request(opened):
    class Away:
        def is_active(self, id):
            return id != "boss"

    ladder = opened(UPWARDS, directory=Away())
    assert ladder.event(1, "escalation.manager_requested") == [(2, "bob")]
    assert ladder.faults == [("target_inactive", "boss")]


def test_a_fault_is_told_once_however_often_somebody_is_looked_for(opened):
    class Away:
        def is_active(self, id):
            return id != "boss"

    levels = [{"to": "ann", "wait": "9 minutes"}, {"to": ["boss", "deputy"], "kind": "hierarchical"}]
    ladder = opened({"ladder": {"levels": levels}}, directory=Away())
    assert ladder.event(1, "escalation.manager_requested") == [(2, "deputy")]
    assert ladder.faults == [("target_inactive", "boss")]


def test_a_refusal_needs_a_reason_on_record(opened):
    ladder = opened(UPWARDS)
    assert ladder.event(1, "escalation.manager_requested", refused=True, reason="abuse") == []
    assert ladder.faults == []
    assert ladder.event(2, "escalation.manager_requested", refused=True) == [(3, "boss")]
    assert ladder.faults == [("reason_required", "escalation.manager_requested")]


def test_a_plan_made_for_managers_takes_the_request(opened):
    own = {"boss_line": {"starts": "escalation.manager_requested", "levels": [{"to": "boss"}]}}
    both = opened({**UPWARDS, **own})
    assert both.event(1, "escalation.manager_requested") == [(1, "boss")]
    assert both.step.firings[0].plan == "boss_line"
    assert "manager" not in both.policy.plans


def test_a_named_plan_takes_the_request_and_an_unknown_one_does_not_lose_it(opened):
    two = opened({"other": {"levels": [{"to": "zoe"}]}, **UPWARDS})
    assert two.event(1, "escalation.manager_requested", plan="other") == [(1, "zoe")]
    assert two.event(2, "escalation.manager_requested", plan="nobody") == [(3, "boss")]
    assert two.faults == [("unknown_plan", "nobody")]


def test_a_plan_called_manager_takes_the_request_when_nothing_else_is_at_work(play):
    desk = play({"manager": {"starts": "promise.broken", "levels": [{"to": "chief"}]}})
    assert desk.event(0, "escalation.manager_requested") == [(1, "chief")]


def test_a_manager_is_not_asked_for_again_by_reopening(play):
    desk = play({"none": {"levels": []}})
    desk.event(0, "escalation.manager_requested")
    desk.event(1, "case.resolved")
    assert desk.event(2, "case.reopened") == []


# -- a policy that changes while cases run ------------------------------------------------------------


def edited(ladder, document):
    ladder.policy = EscalationPolicy.from_dict({"ladder": document})
    return ladder


def test_another_plan_fires_its_first_level_now(opened):
    ladder = edited(opened(id="a"), {"id": "b", "levels": [{"to": "new"}]})
    assert ladder.event(5, "desk.policy_adopted", policy="b") == [(1, "new")]
    assert ladder.next == 10


def test_another_plan_fires_its_first_level_at_the_next_evaluation_when_nobody_said_so(opened):
    ladder = edited(opened(id="a"), {"id": "b", "levels": [{"to": "new"}]})
    assert ladder.event(5, "contact.replied") == []
    assert ladder.tick(5) == [(1, "new")]


def test_an_edit_of_the_same_plan_fires_nothing(opened):
    ladder = edited(opened(), {"levels": [{"to": "ann", "wait": "1 hour"}, {"to": "new"}]})
    assert ladder.event(5, "desk.policy_adopted", policy="ladder") == []
    assert ladder.tick(10) == [(2, "new")]


NAMED = [{"id": name, "to": name, "wait": "10 minutes"} for name in ("x", "y", "z")]


def test_a_level_is_found_again_by_its_id(opened):
    ladder = opened({"ladder": {"levels": NAMED}})
    ladder.tick(10)
    edited(ladder, {"levels": [NAMED[1], NAMED[2], NAMED[0]]})
    assert ladder.tick(11) == []
    assert ladder.state.plans["ladder"].level == 1
    assert ladder.tick(20) == [(2, "z")]


@pytest.mark.parametrize(
    ("left", "fires"),
    (([NAMED[0], NAMED[2]], [(2, "z")]), ([NAMED[0]], [(1, "x")]), ([NAMED[2]], [(1, "z")])),
)
def test_when_the_present_level_is_gone_what_stands_there_fires(opened, left, fires):
    ladder = opened({"ladder": {"levels": NAMED}})
    ladder.tick(10)
    edited(ladder, {"levels": left})
    assert ladder.event(12, "desk.policy_adopted") == fires


def test_in_maintenance_a_changed_plan_waits_for_its_end(opened):
    ladder = opened(id="a")
    ladder.event(1, "escalation.maintenance", on=True)
    edited(ladder, {"id": "b", "levels": [{"to": "new"}]})
    assert ladder.event(2, "desk.policy_adopted", policy="b") == []
    assert ladder.event(3, "escalation.maintenance", on=False) == [(1, "new")]


def test_an_acknowledged_plan_stays_acknowledged_when_it_is_replaced(opened):
    ladder = opened(id="a")
    ladder.event(1, "escalation.acked", by="ann")
    edited(ladder, {"id": "b", "levels": [{"to": "new"}]})
    assert ladder.event(2, "desk.policy_adopted", policy="b") == []
    assert ladder.status() == "acked"


def test_a_plan_that_is_gone_is_forgotten_with_its_timers(opened):
    ladder = opened()
    ladder.policy = EscalationPolicy.from_dict({})
    assert ladder.tick(1000) == []
    assert ladder.state.plans == {}


def test_a_plan_that_lost_its_levels_is_idle(opened):
    ladder = edited(opened(), {"levels": []})
    assert ladder.tick(1000) == []
    assert ladder.status() == "idle"


def test_a_case_can_be_moved_to_another_plan_of_the_policy(play):
    two = play({"a": {"levels": [{"to": "ann"}]}, "b": {"starts": "x.test.never", "levels": [{"to": "bob"}]}})
    two.event(0, "case.opened")
    assert two.event(1, "desk.policy_adopted", policy="b") == [(1, "bob")]
    assert set(two.state.plans) == {"b"}
    assert two.event(2, "desk.policy_adopted", policy="c") == []
    assert two.faults == [("unknown_plan", "c")]
