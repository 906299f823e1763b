"""Every command that must be refused, in which state, with which code; and that nothing was written."""

from datetime import timedelta

import pytest

from office import make_office
from supportkit import Desk, Policy
from supportkit.errors import CommandRefused, InvalidValue

HOUR = timedelta(hours=1)


@pytest.fixture
def office():
    made = make_office()
    made.desk.set_presence("ann", "available")
    return made


def owned(office):
    """A case that ann has."""
    return office.writes().case_id


def unowned(office):
    """A case that waits for somebody."""
    office.desk.set_presence("ann", "offline")
    return office.writes().case_id


def resolved(office):
    case_id = owned(office)
    office.desk.resolve(case_id, by="ann", outcome="solved", code="done")
    return case_id


def closed(office):
    case_id = owned(office)
    office.desk.close(case_id, by="ann", outcome="solved", code="done")
    return case_id


def on_hold(office):
    case_id = owned(office)
    office.desk.hold(case_id, by="ann")
    return case_id


def ann_excluded(office):
    case_id = owned(office)
    office.desk.exclude_handler(case_id, "ann", by="boss", reason="shouted at")
    return case_id


def escalated(office):
    case_id = owned(office)
    office.desk.request_manager(case_id, reason="now")
    return case_id


def unknown(_):
    return "case-nowhere"


def states(message, *, doing):
    """One row for each state in which nothing may be done any more."""
    return [
        (state, doing, "not_open", f"it is {state.__name__}, so it cannot be {message}; reopen it first")
        for state in (resolved, closed)
    ]


TABLE = (
    (unknown, lambda desk, case: desk.note(case, "x", by="ann"), "unknown_case", "desk 'default' has no case 'case-nowhere'; desk.cases() lists them"),
    (unknown, lambda desk, case: desk.case(case), "unknown_case", "desk 'default' has no case 'case-nowhere'"),
    (unknown, lambda desk, case: desk.history(case), "unknown_case", "desk 'default' has no case 'case-nowhere'"),
    (unknown, lambda desk, case: desk.plan(case, now=desk._worker.present(None)), "unknown_case", "desk 'default' has no case 'case-nowhere'"),
    (owned, lambda desk, case: desk.set_presence("eve", "available"), "unknown_agent", "there is no agent 'eve'; known are ann, bob"),
    # -- who answers
    *states("assigned", doing=lambda desk, case: desk.assign(case, by="ann", agent="bob")),
    (owned, lambda desk, case: desk.assign(case, by="ann"), "nobody", "it always has an owner; name an agent or a team"),
    (owned, lambda desk, case: desk.assign(case, by="ann", agent="eve"), "unknown_agent", "there is no agent 'eve'; known are ann, bob"),
    (ann_excluded, lambda desk, case: desk.assign(case, by="bob", agent="ann"), "excluded", "agent 'ann' must not handle it any more; choose another"),
    *states("taken", doing=lambda desk, case: desk.take(case, by="bob")),
    (owned, lambda desk, case: desk.take(case, by="ann"), "already_yours", "agent 'ann' has it already"),
    (owned, lambda desk, case: desk.take(case, by="eve"), "unknown_agent", "there is no agent 'eve'; known are ann, bob"),
    (ann_excluded, lambda desk, case: desk.take(case, by="ann"), "excluded", "agent 'ann' must not handle it any more"),
    (ann_excluded, lambda desk, case: desk.reply(case, "Hi", by="ann"), "excluded", "agent 'ann' must not handle it any more"),
    *states("released", doing=lambda desk, case: desk.release(case, by="ann")),
    (unowned, lambda desk, case: desk.release(case, by="ann"), "no_owner", "no agent has it, so there is nothing to release"),
    *states("handed off", doing=lambda desk, case: desk.hand_off(case, by="ann", agent="bob", reason="x")),
    (owned, lambda desk, case: desk.hand_off(case, by="ann", agent="bob", reason=""), "no_reason", "a hand-off needs a reason, so that the next person knows why"),
    (owned, lambda desk, case: desk.hand_off(case, by="ann", reason="x"), "nobody", "it always has an owner; name an agent or a team"),
    (owned, lambda desk, case: desk.hand_off(case, by="ann", agent="eve", reason="x"), "unknown_agent", "there is no agent 'eve'"),
    (ann_excluded, lambda desk, case: desk.hand_off(case, by="bob", agent="ann", reason="x"), "excluded", "agent 'ann' must not handle it any more"),
    (owned, lambda desk, case: desk.exclude_handler(case, "ann", by="boss", reason=""), "no_reason", "excluding a handler needs a reason on record"),
    # -- where it stands
    *states("put on hold", doing=lambda desk, case: desk.hold(case, by="ann")),
    (owned, lambda desk, case: desk.hold(case, by="ann", status="open"), "not_a_hold", "'open' is no waiting status; use waiting_customer or waiting_third_party"),
    (owned, lambda desk, case: desk.resume(case, by="ann"), "not_on_hold", "it is open, not on hold"),
    (resolved, lambda desk, case: desk.resume(case, by="ann"), "not_on_hold", "it is resolved, not on hold"),
    *states("resolved", doing=lambda desk, case: desk.resolve(case, by="ann", outcome="x", code="y")),
    (owned, lambda desk, case: desk.close(case, by="ann"), "no_outcome", "closing needs an outcome and a reason code; without a solution set the next action instead"),
    (owned, lambda desk, case: desk.close(case, by="ann", outcome="solved"), "no_outcome", "closing needs a reason code; without a solution"),
    (owned, lambda desk, case: desk.close(case, by="ann", code="done"), "no_outcome", "closing needs an outcome; without a solution"),
    (closed, lambda desk, case: desk.close(case, by="ann", outcome="solved", code="done"), "not_open", "it is closed already"),
    (owned, lambda desk, case: desk.reopen(case, by="ann"), "not_resolved", "it is open; only a resolved or closed case is reopened"),
    (on_hold, lambda desk, case: desk.reopen(case, by="ann"), "not_resolved", "it is waiting_customer; only a resolved or closed case is reopened"),
    # -- what is ahead
    *states("planned", doing=lambda desk, case: desk.set_next_action(case, "call", by="ann", due=desk._worker.present(None))),
    (owned, lambda desk, case: desk.set_next_action(case, "call", by="ann", due=None), "incomplete", "a next action needs a date and an owner"),
    *states("promised anything", doing=lambda desk, case: desk.promise(case, by="ann", due=desk._worker.present(None) + HOUR)),
    (owned, lambda desk, case: desk.promise(case, by="ann", what="cake", due=desk._worker.present(None) + HOUR), "unknown_promise", "what='cake' is neither 'reply' nor 'callback'"),
    (owned, lambda desk, case: desk.promise(case, by="ann", due=desk._worker.present(None)), "no_due", "a promise needs a time ahead; give due=, or a target that is still running"),
    *states("put through to a manager", doing=lambda desk, case: desk.request_manager(case, reason="now")),
    (owned, lambda desk, case: desk.request_manager(case, refused=True), "no_reason", "refusing a manager needs a reason on record"),
    (escalated, lambda desk, case: desk.ack(case, by="ann", plan="mangaer"), "unknown_plan", "no escalation 'mangaer' began; there are manager"),
    (owned, lambda desk, case: desk.unack(case, by="ann", plan="manager"), "unknown_plan", "no escalation 'manager' began; there are none"),
    (owned, lambda desk, case: desk.snooze(case, by="ann", plan="x"), "unknown_plan", "no escalation 'x' began"),
    (owned, lambda desk, case: desk.escalate(case, by="ann", plan="x"), "unknown_plan", "no escalation 'x' began"),
    (owned, lambda desk, case: desk.ack(case, by="ann"), "nothing_to_do", "no escalation is exhausted or snoozed or triggered here"),
    (owned, lambda desk, case: desk.snooze(case, by="ann"), "nothing_to_do", "no escalation is acked or armed or triggered here"),
    (owned, lambda desk, case: desk.escalate(case, by="ann"), "nothing_to_do", "no escalation is"),
    (escalated, lambda desk, case: desk.unack(case, by="ann", plan="manager"), "nothing_to_do", "no escalation is acked here"),
)  # fmt: skip


def everything(desk):
    with desk._reader() as reader:
        return (
            {stream: reader.events(stream) for stream in reader.streams()},
            tuple(reader.cases()),
            tuple(reader.agents()),
            tuple(reader.seats()),
            tuple(reader.outbox()),
        )


@pytest.mark.parametrize(("state", "command", "code", "message"), TABLE)
def test_a_refused_command_says_why_and_writes_nothing(office, state, command, code, message):
    case_id = state(office)
    office.clock.pass_(minutes=1)
    before = everything(office.desk)
    with pytest.raises(CommandRefused) as refused:
        command(office.desk, case_id)
    assert refused.value.code == code
    assert message in str(refused.value)
    assert everything(office.desk) == before


@pytest.mark.parametrize(
    ("command", "message"),
    (
        (lambda desk, case: desk.hold(case, by="ann", status="on_hold"), "status='on_hold' is none of"),
        (
            lambda desk, case: desk.classify(case, by="ann", priority="hgih"),
            "priority='hgih' is none of urgent, high, normal",
        ),
        (lambda desk, case: desk.snooze(case, by="ann", until="tomorrow"), "until='tomorrow' is no datetime"),
    ),
)
def test_a_value_that_can_never_be_right_is_refused_and_writes_nothing(office, command, message):
    case_id = owned(office)
    before = everything(office.desk)
    with pytest.raises(InvalidValue, match=message):
        command(office.desk, case_id)
    assert everything(office.desk) == before


def test_a_key_used_for_another_command_is_refused(office):
    case_id = owned(office)
    office.desk.note(case_id, "x", by="ann", key="k")
    before = everything(office.desk)
    with pytest.raises(
        CommandRefused, match="the key 'k' of 'command' was used for something else"
    ) as refused:
        office.desk.note(case_id, "y", by="ann", key="k")
    assert refused.value.code == "key_reused"
    assert everything(office.desk) == before


def test_an_agent_nobody_knows_is_told_that_there_are_none():
    with pytest.raises(CommandRefused, match="there is no agent 'ann'; known are none"):
        Desk(Policy.from_dict({})).set_presence("ann", "available")


def test_a_settled_past_is_kept_out_too_when_the_command_is_refused(office):
    """What fell due before a refused command is not written with it; the next tick finds it."""
    case_id = office.writes(text="I complain").case_id
    office.clock.pass_(hours=2)
    with pytest.raises(CommandRefused):
        office.desk.close(case_id, by="ann")
    assert "promise.broken" not in office.kinds(case_id)
    office.desk.tick()
    assert "promise.broken" in office.kinds(case_id)
