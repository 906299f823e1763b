"""The ladder by the clock: levels, waits, passes, late evaluations, conditions, targets."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Event
from supportkit.errors import NaiveDatetime
from supportkit.escalation import EscalationPolicy, Firing

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


def at(minute):
    return NINE + timedelta(minutes=minute)


# -- by the clock -------------------------------------------------------------------------------------


def test_level_one_fires_at_the_opening_itself_and_without_an_armed_state(play):
    ladder = play()
    assert ladder.event(0, "case.opened") == [(1, "ann")]
    assert ladder.status() == "triggered"
    assert ladder.next == 10
    assert ladder.step.firings == (Firing("ladder", 1, ("ann",), at(0), at(0), ()),)


def test_a_delayed_first_level_is_armed_until_its_time(play):
    ladder = play({"ladder": {"levels": [{"to": "ann", "after": "5 minutes"}]}})
    assert ladder.event(0, "case.opened") == []
    assert (ladder.status(), ladder.next) == ("armed", 5)
    assert ladder.tick(4) == []
    assert ladder.tick(5) == [(1, "ann")]


def test_each_level_fires_when_now_reaches_its_due_time_and_not_before(opened):
    ladder = opened()
    assert ladder.tick(9.999) == []
    assert ladder.tick(10) == [(2, "bob")]
    assert ladder.next == 30
    assert ladder.tick(30) == [(3, "cid")]


def test_the_wait_of_a_level_starts_when_it_actually_fired(opened):
    ladder = opened()
    assert ladder.tick(14) == [(2, "bob")]
    assert ladder.step.firings[0].due_at == at(10)
    assert ladder.step.firings[0].fired_at == at(14)
    assert ladder.next == 34


def test_after_means_the_same_as_wait_on_the_level_before(play):
    plan = {
        "levels": [{"after": "0 minutes", "to": "team_lead"}, {"after": "30 minutes", "to": "duty_manager"}]
    }
    promise = play({"broken_promise": {"starts": "promise.broken", **plan}})
    assert promise.event(0, "case.opened") == []
    assert promise.event(60, "promise.broken") == [(1, "team_lead")]
    assert promise.next == 90
    assert promise.tick(90) == [(2, "duty_manager")]


def test_after_the_last_wait_the_plan_is_exhausted(opened):
    ladder = opened()
    ladder.tick(10)
    ladder.tick(30)
    assert ladder.tick(60) == []
    assert (ladder.status(), ladder.next) == ("exhausted", None)


def test_a_last_level_without_a_wait_is_exhausted_five_minutes_later(opened):
    ladder = opened({"ladder": {"levels": [{"to": "ann"}]}})
    assert (ladder.status(), ladder.next) == ("triggered", 5)
    ladder.tick(5)
    assert ladder.status() == "exhausted"
    assert ladder.faults == []


def test_repeat_gives_that_many_further_passes(opened):
    ladder = opened({"ladder": {"levels": [{"to": "ann", "wait": "1 minute"}], "repeat": 2}})
    assert [ladder.tick(minute) for minute in (1, 2, 3, 4)] == [[(1, "ann")], [(1, "ann")], [], []]
    assert ladder.status() == "exhausted"


def test_repeat_minus_one_never_ends(opened):
    ladder = opened({"ladder": {"levels": [{"to": "ann", "wait": "1 minute"}], "repeat": -1}})
    assert all(ladder.tick(minute) == [(1, "ann")] for minute in range(1, 40))


def test_a_level_that_waits_for_nothing_takes_the_next_one_with_it(opened):
    levels = [{"to": "ann", "wait": "0 minutes"}, {"to": "bob", "wait": "5 minutes"}, {"to": "cid"}]
    ladder = opened({"ladder": {"levels": levels}})
    assert [firing.level for firing in ladder.step.firings] == [1, 2]
    assert ladder.tick(5) == [(3, "cid")]


def test_a_plan_without_levels_is_idle(opened):
    nobody = opened({"ladder": {"levels": []}})
    assert (nobody.status(), nobody.next) == ("idle", None)


# -- late and repeated evaluations --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("catch_up", "first", "skipped", "then"),
    (
        ("collapse", [(3, "cid")], (2,), 130),
        ("one_step", [(2, "bob")], (), 120),
        ("replay", [(2, "bob"), (3, "cid")], (), 130),
    ),
)
def test_a_late_evaluation_catches_up_as_declared(opened, catch_up, first, skipped, then):
    ladder = opened(catch_up=catch_up)
    assert ladder.tick(100) == first
    assert ladder.step.firings[-1].skipped == skipped
    assert {firing.fired_at for firing in ladder.step.firings} == {at(100)}
    assert ladder.next == then


def test_a_replay_dates_what_was_missed_by_chained_waits(opened):
    ladder = opened(catch_up="replay")
    ladder.tick(100)
    assert [firing.due_at for firing in ladder.step.firings] == [at(10), at(30)]


def test_a_replay_repeats_missed_passes_too(opened):
    ladder = opened(
        {"ladder": {"levels": [{"to": "ann", "wait": "10 minutes"}], "repeat": 5, "catch_up": "replay"}}
    )
    assert ladder.tick(35) == [(1, "ann")] * 3
    assert ladder.next == 45


def test_a_replay_without_end_is_cut_and_says_so(opened):
    ladder = opened(
        {"ladder": {"levels": [{"to": "ann", "wait": "1 second"}], "repeat": -1, "catch_up": "replay"}}
    )
    assert len(ladder.tick(60)) == 1000
    assert ladder.faults == [("replay_cut", "ladder")]
    assert ladder.next > 60


@pytest.mark.parametrize("catch_up", ("collapse", "replay"))
def test_a_very_late_evaluation_of_the_last_wait_only_ends_the_plan(opened, catch_up):
    ladder = opened(catch_up=catch_up)
    ladder.tick(100)
    assert ladder.tick(1000) == []
    assert ladder.status() == "exhausted"


def test_collapse_stays_within_the_pass(opened):
    ladder = opened(repeat=3)
    assert ladder.tick(500) == [(3, "cid")]
    assert ladder.state.plans["ladder"].round == 1


def test_levels_due_at_the_same_instant_are_not_skipped_for_each_other(opened):
    levels = [
        {"to": "ann", "wait": "5 minutes"},
        {"to": "bob", "wait": "0 minutes"},
        {"to": "cid", "wait": "9 minutes"},
    ]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.tick(6) == [(2, "bob"), (3, "cid")]


def test_evaluating_again_at_the_same_instant_changes_nothing(opened):
    ladder = opened()
    ladder.tick(10)
    before = ladder.state
    assert ladder.tick(10) == []
    assert ladder.state == before


def test_an_earlier_evaluation_is_a_no_op(opened):
    ladder = opened()
    ladder.tick(10)
    before = ladder.state
    assert ladder.tick(3) == []
    assert ladder.state == before
    assert ladder.faults == []


def test_an_event_from_before_the_last_step_is_reported_and_not_applied(opened):
    ladder = opened()
    ladder.tick(10)
    assert ladder.event(3, "escalation.requested") == []
    assert ladder.faults == [("earlier_now", "escalation.requested")]


def test_an_event_counts_from_its_own_instant_even_when_now_lags_behind(opened):
    ladder = opened()
    ladder.tick(10)
    assert ladder.event(10, "escalation.requested", now=9) == [(3, "cid")]


def test_an_event_lets_no_timer_ring(opened):
    ladder = opened()
    assert ladder.event(15, "contact.replied") == []
    assert ladder.next == 10
    assert ladder.tick(15) == [(2, "bob")]


def test_a_naive_now_is_refused():
    with pytest.raises(NaiveDatetime):
        EscalationPolicy.from_dict({}).step(None, None, now=datetime(2026, 7, 1))


def test_nothing_at_all_stays_nothing(play):
    assert play().tick(5) == []
    assert EscalationPolicy.from_dict({}).plan(None, now=NINE) == ()


# -- the end of the case ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    (
        ("case.resolved", {}),
        ("case.closed", {}),
        ("case.merged", {"into": "9"}),
        ("case.status_changed", {"to": "closed"}),
    ),
)
def test_a_case_that_is_over_never_fires(opened, kind, said):
    ladder = opened()
    ladder.event(5, kind, **said)
    assert (ladder.status(), ladder.next) == ("done", None)
    assert ladder.tick(1000) == []
    assert ladder.event(1001, "escalation.requested") == []
    assert ladder.faults == [("case_ended", "escalation.requested")]


def test_a_plan_does_not_begin_on_a_case_that_is_over(play):
    promise = play({"late": {"starts": "promise.broken", "levels": [{"to": "ann"}]}})
    promise.event(0, "case.closed")
    assert promise.event(1, "promise.broken") == []


@pytest.mark.parametrize(("kind", "said"), (("case.reopened", {}), ("case.status_changed", {"to": "open"})))
def test_reopening_begins_again_at_level_one_with_fresh_passes(opened, kind, said):
    ladder = opened(repeat=1)
    ladder.tick(10)
    ladder.event(12, "case.resolved")
    assert ladder.event(50, kind, **said) == [(1, "ann")]
    assert (ladder.next, ladder.state.plans["ladder"].round) == (60, 1)


def test_a_merged_case_is_never_reopened(opened):
    ladder = opened()
    ladder.event(1, "case.merged", into="9")
    assert ladder.event(2, "case.reopened") == []
    assert ladder.status() == "done"


def test_a_case_that_another_came_into_goes_on(opened):
    ladder = opened()
    before = ladder.next
    ladder.event(1, "case.merged", of="9")
    assert (ladder.status(), ladder.next) == ("triggered", before)


def test_a_case_opens_only_once(opened):
    ladder = opened()
    assert ladder.event(1, "case.opened") == []
    ladder.tick(100)
    ladder.tick(200)
    assert (ladder.status(), ladder.event(201, "case.opened")) == ("exhausted", [])


def test_a_plan_at_work_is_not_begun_again_but_an_exhausted_one_is(play):
    promise = play({"late": {"starts": "promise.broken", "levels": [{"to": "ann"}]}})
    assert promise.event(0, "promise.broken") == [(1, "ann")]
    assert promise.event(1, "promise.broken") == []
    promise.tick(6)
    assert promise.event(7, "promise.broken") == [(1, "ann")]


@pytest.mark.parametrize("kind", ("case.opened", "case.reopened", "promise.broken", "escalation.requested"))
def test_what_the_escalation_caused_itself_begins_nothing(play, kind):
    plan = {"ladder": {"starts": kind, "levels": [{"to": "ann"}]}}
    assert play(plan).event(0, kind, caused_by="escalation.fired") == []
    assert play(plan).event(0, kind) == [(1, "ann")]


def test_what_the_escalation_caused_itself_reopens_nothing(opened):
    ladder = opened()
    ladder.event(1, "case.resolved")
    assert ladder.event(2, "case.reopened", caused_by="escalation.fired") == []
    assert ladder.status() == "done"


def test_what_the_escalation_caused_itself_can_still_end_the_case(opened):
    ladder = opened()
    ladder.event(1, "case.closed", caused_by="escalation.fired")
    assert ladder.status() == "done"


# -- held while the status says so --------------------------------------------------------------------


def test_a_held_status_holds_only_the_firing_while_the_clock_runs_on(opened):
    ladder = opened(hold_while=["waiting_customer"])
    ladder.event(2, "case.status_changed", to="waiting_customer")
    assert (ladder.tick(15), ladder.next) == ([], None)
    ladder.event(20, "case.status_changed", to="open")
    assert ladder.next == 10
    assert ladder.tick(20) == [(2, "bob")]


def test_a_plan_that_begins_while_held_is_armed_and_fires_when_let_go(play):
    ladder = play(hold_while="new")
    assert ladder.event(0, "case.opened") == []
    assert ladder.status() == "armed"
    ladder.event(3, "case.assigned", agent="eve")
    assert ladder.tick(3) == [(1, "ann")]


# -- conditions, changes, targets ---------------------------------------------------------------------


CONDITIONAL = {
    "ladder": {
        "levels": [
            {"to": "ann", "wait": "10 minutes"},
            {"to": "bob", "wait": "20 minutes", "when": "case.priority == 'urgent'"},
            {"to": "cid", "wait": "30 minutes"},
        ]
    }
}


def test_a_level_whose_condition_is_false_is_consumed_in_silence(opened):
    ladder = opened(CONDITIONAL)
    assert ladder.tick(10, {"case": {"priority": "low"}}) == []
    assert (ladder.next, ladder.faults) == (30, [])
    assert ladder.tick(30, {"case": {"priority": "urgent"}}) == [(3, "cid")]


def test_a_level_whose_condition_is_true_fires(opened):
    ladder = opened(CONDITIONAL)
    assert ladder.tick(10, {"case": {"priority": "urgent"}}) == [(2, "bob")]


def test_a_condition_that_cannot_be_known_does_not_fire_and_is_reported(opened):
    ladder = opened(CONDITIONAL)
    assert ladder.tick(10, {}) == []
    assert ladder.faults == [("condition_unknown", "ladder.2")]


def test_a_condition_in_error_does_not_fire_and_is_reported(opened):
    levels = [{"to": "ann", "wait": "1 minute"}, {"to": "bob", "when": "case.contacts > 3"}]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.tick(1, {"case": {"contacts": "many"}}) == []
    assert ladder.faults == [("condition_error", "ladder.2")]


def test_collapse_fires_the_highest_level_whose_condition_holds(opened):
    levels = [
        {"to": "ann", "wait": "10 minutes"},
        {"to": "bob", "wait": "10 minutes"},
        {"to": "cid", "when": "case.public"},
    ]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.tick(60, {"case": {"public": False}}) == [(2, "bob")]
    assert ladder.tick(60, {"case": {"public": True}}) == []


def test_collapse_looks_further_down_until_a_condition_holds(opened):
    never = {"when": "case.public", "wait": "1 minute"}
    levels = [{"to": n, "wait": "1 minute"} for n in ("ann", "bob")] + [
        {"to": n, **never} for n in ("cid", "dan")
    ]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.tick(60, {"case": {"public": False}}) == [(2, "bob")]
    assert ladder.step.firings[0].skipped == ()


def test_when_nobody_can_be_told_any_more_the_acknowledged_level_comes_back_one_lower(opened):
    ladder = opened({"ladder": {**CONDITIONAL["ladder"], "ack_timeout": "1 hour"}})
    ladder.tick(10, {"case": {"priority": "urgent"}})
    ladder.event(11, "escalation.acked", by="bob")
    assert ladder.tick(71, {"case": {"priority": "low"}}) == [(1, "ann")]
    never = opened({"ladder": {"levels": [{"to": "ann", "when": "case.public"}], "ack_timeout": "1 hour"}})
    never.event(1, "escalation.acked", by="bob")
    assert never.tick(61, {"case": {"public": False}}) == []


def test_what_a_level_sets_is_handed_to_the_host(opened):
    levels = [{"to": "ann", "kind": "functional", "then": {"case.priority": "4"}}]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.step.changes == {"case.priority": "4"}
    assert ladder.step.firings[0].kind == "functional"


class Directory:
    def __init__(self, *, on_call=(), gone=(), last=None):
        self._on_call, self._gone, self._last, self.asked = on_call, gone, last, []

    def on_call(self, schedule, t):
        self.asked.append((schedule, t))
        return self._on_call

    def is_active(self, id):
        return id not in self._gone

    def last_served(self, key):
        self.asked.append(key)
        return self._last


def one_level(to, **more):
    return {"ladder": {"levels": [{"to": to, **more}]}}


def test_a_target_is_told_once_and_in_order(opened):
    ladder = opened(one_level(["bob", "team:net", "ann", "bob"]))
    assert ladder.step.firings[0].targets == ("bob", "team:net", "ann")


def test_a_schedule_is_asked_at_the_instant_of_firing(play):
    directory = Directory(on_call=("eve", "bob"))
    ladder = play(one_level(["bob", "schedule:night"], after="5 minutes"), directory=directory)
    ladder.event(0, "case.opened")
    assert directory.asked == []
    assert ladder.tick(7) == [(1, "bob", "eve")]
    assert directory.asked == [("night", at(7))]


def test_an_inactive_target_is_dropped_with_a_fault(opened):
    ladder = opened(one_level(["bob", "ann"]), directory=Directory(gone={"bob"}))
    assert ladder.step.firings[0].targets == ("ann",)
    assert ladder.faults == [("target_inactive", "bob")]


def test_a_team_is_an_address_and_never_inactive(opened):
    ladder = opened(one_level("team:net"), directory=Directory(gone={"team:net"}))
    assert ladder.step.firings[0].targets == ("team:net",)


@pytest.mark.parametrize("directory", (None, Directory()))
def test_nobody_on_call_is_a_firing_that_tells_nobody_and_a_fault(opened, directory):
    ladder = opened(one_level("schedule:night"), directory=directory)
    assert ladder.step.firings[0].targets == ()
    assert ladder.faults == [("nobody_on_call", "schedule:night")]
    assert ladder.status() == "triggered"


@pytest.mark.parametrize(
    ("last", "gone", "served"),
    ((None, (), "ann"), ("ann", (), "bob"), ("cid", (), "ann"), ("zoe", (), "ann"), ("ann", ("bob",), "cid")),
)
def test_one_of_several_takes_turns_in_sorted_order(opened, last, gone, served):
    directory = Directory(last=last, gone=gone)
    ladder = opened(one_level({"one_of": ["cid", "ann", "bob"]}), directory=directory)
    assert ladder.step.firings[0].targets == (served,)
    assert directory.asked == ["ladder.1"]


def test_an_empty_level_may_be_skipped_at_once(opened):
    levels = [{"to": "schedule:night", "wait": "9 minutes", "skip_if_empty": True}, {"to": "ann"}]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.step.firings == (Firing("ladder", 2, ("ann",), at(0), at(0), (1,)),)


def test_a_ladder_without_anybody_is_exhausted_however_often_it_repeats(opened):
    levels = [{"to": "schedule:a", "wait": "1 minute", "skip_if_empty": True}] * 2
    ladder = opened({"ladder": {"levels": levels, "repeat": -1}})
    assert (ladder.step.firings, ladder.status()) == ((), "exhausted")


def test_a_late_ladder_falls_back_to_the_highest_passed_level_that_reaches_somebody(opened):
    levels = [
        {"to": "ann", "wait": "1 minute"},
        {"to": "bob", "wait": "1 minute"},
        {"to": "schedule:night", "skip_if_empty": True},
    ]
    ladder = opened({"ladder": {"levels": levels}})
    assert ladder.tick(30) == [(2, "bob")]
    assert ladder.status() == "triggered"


# -- counters -----------------------------------------------------------------------------------------


def test_the_third_transfer_tells_the_supervisor_once(play):
    counter = play(
        {"transfers": {"mode": "counter", "of": "case.transfers", "at_least": 3, "to": "supervisor"}}
    )
    told = [
        counter.event(n, "case.assigned", agent="a", facts={"case": {"transfers": n}}) for n in (1, 2, 3, 4)
    ]
    assert told == [[], [], [(1, "supervisor")], []]
    assert counter.next is None
    counter.event(5, "case.resolved")
    assert counter.event(6, "case.reopened", facts={"case": {"transfers": 4}}) == []


def test_a_counter_hears_neither_unknown_numbers_nor_the_escalation_itself(play):
    counter = play(
        {"transfers": {"mode": "counter", "of": "case.transfers", "at_least": 1, "to": "supervisor"}}
    )
    assert counter.event(0, "case.opened") == []
    assert (
        counter.event(1, "case.assigned", facts={"case": {"transfers": 2}}, caused_by="escalation.fired")
        == []
    )
    assert counter.tick(2, {"case": {"transfers": 2}}) == [(1, "supervisor")]


# -- what will fire -----------------------------------------------------------------------------------


def test_the_plan_lists_what_will_fire_and_when(opened):
    ladder = opened(CONDITIONAL)
    plan = ladder.policy.plan(ladder.state, now=at(1))
    assert [(f.level, f.targets, f.due_at, f.fired_at) for f in plan] == [
        (2, ("bob",), at(10), at(10)),
        (3, ("cid",), at(30), at(30)),
    ]


def test_the_plan_names_targets_as_written_and_keeps_declared_catch_up(opened):
    levels = [{"to": "ann", "wait": "9 minutes"}, {"to": ["schedule:night", {"one_of": ["b", "a"]}]}]
    ladder = opened({"ladder": {"levels": levels}})
    plan = ladder.policy.plan(ladder.state, now=at(20))
    assert [(f.targets, f.due_at, f.fired_at) for f in plan] == [
        (("schedule:night", "one of b, a"), at(9), at(20))
    ]


def test_a_plan_without_end_is_shown_up_to_a_hundred_firings(opened):
    ladder = opened({"ladder": {"levels": [{"to": "ann", "wait": "1 minute"}], "repeat": -1}})
    assert len(ladder.policy.plan(ladder.state, now=at(0))) == 100


def test_the_conditions_of_a_policy_may_name_calendars(play):
    from supportkit.calendars import ALWAYS

    when = "age(case.opened_at, 'always') >= duration('PT5M')"
    ladder = play(
        {"ladder": {"levels": [{"to": "ann", "after": "9 minutes", "when": when}]}},
        reading={"calendars": {"always": ALWAYS}},
    )
    ladder.event(0, "case.opened")
    assert ladder.tick(9, {"case": {"opened_at": at(0)}}) == [(1, "ann")]


def test_two_plans_fire_in_the_order_in_which_they_were_due(play):
    document = {
        "late": {"levels": [{"to": "ann", "after": "9 minutes"}]},
        "early": {"levels": [{"to": "bob", "after": "5 minutes"}]},
    }
    both = play(document)
    both.event(0, "case.opened")
    both.tick(20)
    assert [firing.plan for firing in both.step.firings] == ["early", "late"]


def test_an_event_may_be_stepped_without_any_plan():
    policy = EscalationPolicy.from_dict({})
    step = policy.step(None, Event.of("case.opened", at=NINE), now=NINE)
    assert (step.firings, step.faults, step.next_change_at) == ((), (), None)
