"""Who has it: everybody must say so, reminders, activity that begins a wait anew, last words, kept plans."""

import pytest

from supportkit.canonical import dumps, loads
from supportkit.escalation import EscalationPolicy, EscalationState

BOTH = {
    "levels": [
        {"to": ["ann", "bob"], "wait": "30 minutes", "ack": "each"},
        {"to": "boss", "wait": "30 minutes"},
    ]
}


def test_where_everybody_must_acknowledge_the_others_are_told_again(opened):
    ladder = opened({"ladder": BOTH})
    ladder.event(5, "escalation.acked", by="bob")
    assert ladder.status() == "triggered"
    assert ladder.run(70) == [(30, 1, "ann"), (60, 1, "ann")]
    ladder.event(71, "escalation.acked", by="ann")
    assert (ladder.status(), ladder.next) == ("acked", None)


def test_where_nobody_acknowledges_the_next_level_comes(opened):
    assert opened({"ladder": BOTH}).run(40) == [(30, 2, "boss")]


def test_somebody_who_was_not_asked_does_not_count(opened):
    ladder = opened({"ladder": BOTH})
    ladder.event(5, "escalation.acked", by="zoe")
    assert ladder.faults == [("not_asked", "zoe")]
    assert ladder.run(40) == [(30, 2, "boss")]


def test_an_acknowledgement_without_a_name_is_one_for_all(opened):
    ladder = opened({"ladder": BOTH})
    ladder.event(5, "escalation.acked")
    assert ladder.status() == "acked"


def test_at_a_higher_level_everybody_is_asked_anew(opened):
    levels = [
        {"to": "ann", "wait": "1 hour", "ack": "each"},
        {"to": ["ann", "bob"], "wait": "1 hour", "ack": "each"},
    ]
    ladder = opened({"ladder": {"levels": levels}})
    ladder.event(1, "escalation.acked", by="ann")
    assert ladder.event(2, "escalation.requested") == [(2, "ann", "bob")]
    ladder.event(3, "escalation.acked", by="bob")
    assert ladder.run(70) == [(62, 2, "ann")]


def test_who_has_it_is_reminded_once_and_keeps_it(opened):
    ladder = opened(acked_reminder="1 hour")
    ladder.event(5, "escalation.acked", by="bob")
    assert ladder.run(1000) == [(65, 1, "ann")]
    assert ladder.status() == "acked"


def test_an_acknowledgement_that_ran_out_needs_no_reminder(opened):
    ladder = opened(acked_reminder="1 hour", ack_timeout="2 hours")
    ladder.event(5, "escalation.acked", by="bob")
    assert ladder.tick(500) == [(1, "ann")]
    assert ladder.status() == "triggered"
    assert ladder.tick(500) == []


def test_a_reminder_comes_before_the_time_runs_out(opened):
    ladder = opened(acked_reminder="1 hour", ack_timeout="2 hours")
    ladder.event(5, "escalation.acked", by="bob")
    assert ladder.run(126) == [(65, 1, "ann"), (125, 1, "ann")]


@pytest.mark.parametrize(
    ("kind", "said", "due"),
    (
        ("contact.noted", {}, 17),
        ("contact.replied", {}, 17),
        ("contact.replied", {"automated": True}, 10),
        ("case.assigned", {"agent": "x", "actor": "desk"}, 10),
        ("contact.noted", {"caused_by": "escalation.fired"}, 10),
        ("target.warned", {}, 10),
    ),
)
def test_activity_begins_the_wait_anew(opened, kind, said, due):
    ladder = opened(activity_defers=True)
    ladder.event(7, kind, **said)
    assert ladder.next == due


def test_only_the_named_kinds_may_count_as_activity(opened):
    ladder = opened(activity_defers=["contact.replied"])
    ladder.event(5, "contact.noted")
    assert ladder.next == 10
    ladder.event(7, "contact.replied")
    assert ladder.next == 17


def test_activity_puts_off_the_end_of_an_acknowledgement_and_the_reminder(opened):
    ladder = opened(activity_defers=True, ack_timeout="2 hours", acked_reminder="1 hour")
    ladder.event(5, "escalation.acked", by="bob")
    ladder.event(15, "contact.noted")
    assert ladder.run(200) == [(75, 1, "ann"), (135, 1, "ann"), (145, 2, "bob"), (165, 3, "cid")]


def test_activity_puts_off_the_first_level_and_the_wait_of_a_chain(play):
    ladder = play({"ladder": {"activity_defers": True, "levels": [{"to": "ann", "after": "9 minutes"}]}})
    ladder.event(0, "case.opened")
    ladder.event(5, "contact.noted")
    assert ladder.next == 14
    steps = [{"do": "wait", "for": "5 minutes"}, {"do": "notify", "to": "ann"}]
    chain = play({"chain": {"mode": "chain", "activity_defers": True, "steps": steps}})
    chain.event(0, "case.opened")
    chain.event(3, "contact.noted")
    assert chain.next == 8


# -- the end of a plan --------------------------------------------------------------------------------


def test_after_the_last_wait_somebody_may_have_the_last_word(opened):
    ladder = opened(**{"finally": {"to": ["chief", "schedule:night"]}})
    assert ladder.run(100) == [(10, 2, "bob"), (30, 3, "cid"), (60, 4, "chief")]
    assert ladder.status() == "exhausted"
    assert ladder.faults == [("nobody_on_call", "schedule:night")]


def test_after_the_last_wait_the_case_may_be_closed(opened):
    ladder = opened(**{"finally": "close"})
    ladder.run(60)
    assert (ladder.step.changes, ladder.status()) == ({"case.status": "closed"}, "exhausted")


# -- a plan that is kept ------------------------------------------------------------------------------

KEPT = {
    "edits": "snapshot",
    "levels": [{"to": "ann", "wait": "10 minutes"}, {"to": "bob", "when": "case.public"}],
}


def changed(ladder, document):
    ladder.state = EscalationState.from_plain(loads(dumps(ladder.state.to_plain())))
    ladder.policy = EscalationPolicy.from_dict(document)
    return ladder


@pytest.mark.parametrize("document", ({"ladder": {"levels": [{"to": "new"}]}}, {"other": {"levels": []}}, {}))
def test_a_case_may_go_on_by_the_plan_it_began_with(opened, document):
    ladder = changed(opened({"ladder": KEPT}), document)
    assert ladder.next == 10
    assert ladder.tick(10, {"case": {"public": True}}) == [(2, "bob")]


def test_a_plan_that_is_kept_hears_what_the_policy_of_today_does_not(opened):
    steps = [
        {"do": "threshold", "of": "contact.received", "more_than": 0, "within": "1 hour"},
        {"do": "notify", "to": "ann"},
    ]
    ladder = changed(opened({"storm": {"mode": "chain", "edits": "snapshot", "steps": steps}}), {})
    assert ladder.event(1, "contact.received") == [(2, "ann")]
    assert ladder.policy.reads_deadlines(ladder.state)


def test_reopened_it_begins_by_the_plan_of_today(opened):
    ladder = changed(opened({"ladder": KEPT}), {"ladder": {"levels": [{"to": "new"}]}})
    ladder.event(5, "case.resolved")
    assert ladder.event(6, "case.reopened") == [(1, "new")]
    assert ladder.state.plans["ladder"].snapshot is None


def test_an_adopted_plan_of_another_id_takes_a_kept_one_away(opened):
    ladder = changed(opened({"ladder": KEPT}), {"ladder": {"id": "v2", "levels": [{"to": "new"}]}})
    assert ladder.event(5, "desk.policy_adopted", policy="v2") == [(1, "new")]


def test_durations_conditions_and_calendars_of_a_kept_plan_are_kept(opened):
    from datetime import timedelta

    from supportkit.calendars import BusinessCalendar
    from supportkit.rules import parse

    office = BusinessCalendar("UTC", weekly={"mon-fri": "08:00-18:00"})
    when = parse("case.public and case.transfers > 3")
    levels = [{"over": timedelta(minutes=9), "to": "ann", "when": when}]
    plan = {"mode": "age", "edits": "snapshot", "calendar": office, "levels": levels}
    ladder = changed(opened({"old": plan}), {})
    assert ladder.run(20, {"case": {"public": True, "transfers": 4}}) == [(9, 1, "ann")]
