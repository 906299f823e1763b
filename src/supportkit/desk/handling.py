"""What agents (and customers, by phone) do with a case: each command as the events it records.

Every function gets a draft that has been settled up to now, and refuses with CommandRefused before it
records anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from attrs import evolve

from supportkit.canonical import decode, from_plain
from supportkit.cases import check_status
from supportkit.desk import commands
from supportkit.desk.case_file import CaseFile, told_by_plugins
from supportkit.desk.contacts.asking import answered_before, needed_names
from supportkit.desk.draft import Draft
from supportkit.desk.masking import masked
from supportkit.desk.recovery.collisions import note_collision
from supportkit.desk.recovery.preconditions import check_settling
from supportkit.desk.recovery.replies import findings_of
from supportkit.desk.routing.awaiting import expect
from supportkit.desk.routing.turns import moved
from supportkit.escalation import RUNNING
from supportkit.ports import DeliveryChange, Outbound
from supportkit.recovery import hand_off

__all__ = [
    "HANDLERS",
    "Handler",
    "back_in_line",
    "check_agent",
    "exclude",
    "finish",
    "give_to",
    "open_only",
    "record_delivery",
]

Handler = Callable[[Draft, Any], None]


def open_only(draft: Draft, doing: str) -> None:
    """Raise CommandRefused for a case that is over."""
    if draft.case.status == "merged":
        raise draft.refuse("merged", f"it was merged into {draft.case.merged_into}; go on there")
    if not draft.case.is_open:
        raise draft.refuse("not_open", f"it is {draft.case.status}, so it cannot be {doing}; reopen it first")


def _reply(draft: Draft, command: commands.Reply) -> None:
    if draft.case.status == "merged":
        raise draft.refuse("merged", f"it was merged into {draft.case.merged_into}; reply there")
    agent = (
        (command.actor or "").removeprefix("agent:") if (command.actor or "").startswith("agent:") else None
    )
    check_agent(draft, agent)
    findings = findings_of(draft, command)
    note_collision(draft, command)
    body = (
        None
        if command.text is None
        else draft.store_text(
            command.text, about=f"reply/{draft.ref}/{draft.case.seq}", party=_addressee(draft)
        )
    )
    outbound = _send_reply(draft, command)
    draft.record(
        "contact.replied", actor=command.actor, audience="customer", automated=command.automated,
        visibility=command.visibility, channel=(draft.facts.get("contact") or {}).get("channel"), body=body,
        outbound=outbound.dedupe if outbound else None, reason=command.reason, findings=findings,
        incident_message=command.incident_message,
    )  # fmt: skip
    if agent and draft.case.owner is None and draft.case.is_open:
        give_to(draft, agent, draft.case.team, cause="reply", actor=command.actor)
    elif draft.line.waiting and draft.line.fast and draft.case.owner is not None:
        draft.leave_line()


def _send_reply(draft: Draft, command: commands.Reply) -> Outbound | None:
    """Send the text the way the customer came, when there is such a way; a spoken reply is only recorded."""
    if command.text is None:
        return None
    return write_back(draft, command.text, kind="reply", visibility=command.visibility)


def write_back(draft: Draft, text: str, *, subject: str | None = None, **said: Any) -> Outbound | None:
    """Write to the customer of a case the way they came; None, and nothing is sent, without such a way.

    Without a `subject` it is theirs; the mark that leads an answer back to the case stands in any.
    """
    channel = draft.reply_channel()
    contact = _latest_contact(draft)
    if channel is None or contact is None:
        return None
    address = contact["reply_to"].get(channel.kind, contact["reply_to"]["other"])
    if address is None:
        return None
    theirs = (contact.get("subject") or "Your message").removeprefix("Re: ")
    own, token = contact.get("subject") or "", draft.reference or ""
    subject = own if subject is None and token and token in own else f"{subject or f'Re: {theirs}'} {token}"
    references = (contact["message_id"],) if contact.get("message_id") else ()
    return draft.send(
        to=address, channel=channel.name, subject=subject.rstrip(), text=text, about=draft.next_id,
        in_reply_to=contact.get("message_id"), references=references, party=_addressee(draft), **said,
    )  # fmt: skip


def _latest_contact(draft: Draft) -> Mapping[str, Any] | None:
    body = draft.situation.bodies.get(draft.contact or "")
    return None if body is None else decode(body.data)


def _addressee(draft: Draft) -> str | None:
    """Return the party of whoever wrote last; cases of two customers may have been merged."""
    body = draft.situation.bodies.get(draft.contact or "")
    return None if body is None else body.party


def _note(draft: Draft, command: commands.Note) -> None:
    body = draft.store_text(command.text, about=f"note/{draft.ref}/{draft.case.seq}")
    draft.record("contact.noted", actor=command.actor, audience="internal", body=body)


def _classify(draft: Draft, command: commands.Classify) -> None:
    names = ("kind", "category", "product", "impact", "urgency", "tags")
    said = {name: value for name in names if (value := getattr(command, name))}
    if command.priority is not None:
        draft.policy.check_priority(command.priority)
    if said:
        draft.record("case.classified", actor=command.actor, reason=command.reason, **said)
    if command.priority is not None and (command.reason or command.priority != draft.case.priority):
        draft.record(
            "priority.decided", actor=command.actor, priority=command.priority, previous=draft.case.priority,
            override={"priority": command.priority, "reason": command.reason}, reason=command.reason,
            sort_key=moved(draft.policy, draft.case, command.priority, now=draft.now),
        )  # fmt: skip


def _assign(draft: Draft, command: commands.Assign | commands.HandOff) -> None:
    open_only(draft, "assigned")
    if command.agent is None and command.team is None:
        raise draft.refuse("nobody", "it always has an owner; name an agent or a team")
    check_agent(draft, command.agent)
    if command.agent is None:
        draft.free_owner()
        draft.line = evolve(draft.line, queue=command.team, fast=False, affinity=())
        back_in_line(draft, command.team, cause="assigned", actor=command.actor, reason=command.reason)
        return
    if not _sits_there(draft, command.agent, command.team):
        team = command.team or draft.case.team
        give_to(draft, command.agent, team, "assigned", command.actor, command.reason)


def _sits_there(draft: Draft, agent: str, team: str | None) -> bool:
    """Whether the agent has the case in hand already, for this team: then nothing changes."""
    case, seats = draft.case, draft.situation.seats
    seated = any((seat.case, seat.role, seat.agent) == (draft.ref, "handler", agent) for seat in seats)
    return seated and case.owner == agent and team in {None, case.team}


def check_agent(draft: Draft, agent: str | None) -> None:
    """Raise CommandRefused for an agent who is excluded or unknown."""
    if agent is None:
        return
    if agent in draft.case.excluded:
        raise draft.refuse("excluded", f"agent {agent!r} must not handle it any more; choose another")
    known = [a.id for a in draft.situation.agents]
    if known and agent not in known:
        raise draft.refuse(
            "unknown_agent", f"there is no agent {agent!r}; known are {', '.join(sorted(known))}"
        )


def give_to(
    draft: Draft, agent: str, team: str | None, cause: str, actor: str | None, reason: str | None = None
) -> None:
    """Put an agent in charge, whatever else was going on."""
    previous = {"agent": draft.case.owner, "team": draft.case.team}
    draft.seat_owner(agent)
    draft.leave_line()
    draft.record(
        "case.assigned", agent=agent, team=team, previous=previous, cause=cause, actor=actor, reason=reason
    )


def back_in_line(
    draft: Draft, team: str | None, *, cause: str, actor: str | None, reason: str | None, again: bool = False
) -> None:
    """Put a team in charge and begin a new wait, or the same one `again`; the age is kept in any case."""
    previous = {"agent": draft.case.owner, "team": draft.case.team}
    draft.record("case.assigned", team=team, previous=previous, cause=cause, actor=actor, reason=reason)
    if not draft.situation.routed:
        return
    wait = draft.line.resumed if again else draft.line.begun
    draft.line = wait(queue=draft.line.queue or team, since=draft.now)
    draft.look_for_somebody = True
    draft.record(
        "routing.queued", actor="desk", queue=draft.line.queue, skills=dict(draft.line.skills),
        sort_key=draft.case.sort_key, affinity=draft.line.affinity, when_nobody=draft.line.when_nobody,
        expected=expect(draft), reason=cause,
    )  # fmt: skip


def _take(draft: Draft, command: commands.Take) -> None:
    open_only(draft, "taken")
    check_agent(draft, command.agent)
    if draft.case.owner == command.agent:
        raise draft.refuse("already_yours", f"agent {command.agent!r} has it already")
    give_to(
        draft,
        command.agent,
        draft.case.team,
        "taken",
        command.actor or f"agent:{command.agent}",
        command.reason,
    )


def _release(draft: Draft, command: commands.Release) -> None:
    open_only(draft, "released")
    if draft.case.owner is None:
        raise draft.refuse("no_owner", "no agent has it, so there is nothing to release")
    if draft.case.team is None:
        raise draft.refuse("nobody", "it has no team to go back to; hand it off to an agent or a team")
    draft.free_owner()
    back_in_line(draft, draft.case.team, cause="released", actor=command.actor, reason=command.reason)


def _hand_off(draft: Draft, command: commands.HandOff) -> None:
    open_only(draft, "handed off")
    if not command.reason:
        raise draft.refuse("no_reason", "a hand-off needs a reason, so that the next person knows why")
    if command.agent is None and command.team is None:
        raise draft.refuse("nobody", "it always has an owner; name an agent or a team")
    check_agent(draft, command.agent)
    receiver = f"agent:{command.agent}" if command.agent else f"team:{command.team}"
    others = [row for row in draft.situation.rows if row.ref != draft.ref]
    customer = draft.situation.customer
    before = answered_before(draft.policy, others, customer, draft.case)
    packet = hand_off(
        draft.situation.log, case=draft.case, receiver=receiver, why=command.reason,
        known={**dict.fromkeys(before, True), **told_by_plugins(draft.facts)},
        needed=needed_names(draft.policy, draft.file(), now=draft.now),
        # What is recorded names nobody; `Desk.packet` gives the whole of it to whoever reads it.
        customer=None if customer is None else evolve(customer, name=None, points=()),
        earlier=[CaseFile.from_bytes(row.snapshot).case for row in others],
    )  # fmt: skip
    draft.record(
        "case.handed_off", actor=command.actor, agent=command.agent, team=command.team, reason=command.reason,
        packet=from_plain(packet.to_plain()),
    )  # fmt: skip
    _assign(draft, command)


def _hold(draft: Draft, command: commands.Hold) -> None:
    open_only(draft, "put on hold")
    status = check_status(command.status)
    if not status.startswith("waiting_"):
        raise draft.refuse(
            "not_a_hold", f"{status!r} is no waiting status; use waiting_customer or waiting_third_party"
        )
    _change_status(draft, status, command, until=command.until)


def _resume(draft: Draft, command: commands.Resume) -> None:
    if not draft.case.status.startswith("waiting_"):
        raise draft.refuse("not_on_hold", f"it is {draft.case.status}, not on hold")
    _change_status(draft, "open", command)


def _change_status(draft: Draft, to: str, command: commands.Command, **said: Any) -> None:
    draft.record(
        "case.status_changed",
        to=to,
        previous=draft.case.status,
        actor=command.actor,
        reason=command.reason,
        **said,
    )


def _resolve(draft: Draft, command: commands.Resolve) -> None:
    open_only(draft, "resolved")
    _check_code(draft, "resolve", command.code)
    check_settling(draft)
    owner = draft.case.owner
    draft.record(
        "case.resolved",
        actor=command.actor,
        outcome=command.outcome,
        code=command.code,
        article=command.article,
        reason=command.reason,
    )
    finish(draft, owner)


def _close(draft: Draft, command: commands.Close) -> None:
    if draft.case.status in {"closed", "merged"}:
        raise draft.refuse("not_open", f"it is {draft.case.status} already")
    outcome, code = command.outcome or draft.case.outcome, command.code or draft.case.code
    if not outcome or not code:
        lacking = " and ".join(
            n for n, value in (("an outcome", outcome), ("a reason code", code)) if not value
        )
        raise draft.refuse(
            "no_outcome", f"closing needs {lacking}; without a solution set the next action instead"
        )
    _check_code(draft, "close", command.code)
    check_settling(draft)
    owner = draft.case.owner
    draft.record("case.closed", actor=command.actor, outcome=outcome, code=code, reason=command.reason)
    finish(draft, owner)


def _check_code(draft: Draft, step: str, code: str | None) -> None:
    """Raise CommandRefused for a reason code that the policy does not know, or none where one is needed."""
    closing = draft.policy.closing
    if (fault := closing.fault(code)) is not None:
        raise draft.refuse("unknown_code", fault)
    if step in closing.required and code is None and draft.case.code is None:
        raise draft.refuse("no_code", f"to {step} it needs a reason code; say why it had come up with code=")


def finish(draft: Draft, owner: str | None) -> None:
    """End the work on a case that is over now: its places are free, and it waits for nobody."""
    draft.free_owner()
    if draft.line.waiting:
        draft.record("routing.cancelled", queue=draft.line.queue, actor="desk")
    elif owner is not None:
        draft.record("routing.completed", agent=owner, actor="desk")
    draft.leave_line()


def _reopen(draft: Draft, command: commands.Reopen) -> None:
    if draft.case.status not in {"resolved", "closed"}:
        raise draft.refuse(
            "not_resolved", f"it is {draft.case.status}; only a resolved or closed case is reopened"
        )
    draft.record("case.reopened", actor=command.actor, cause="command", reason=command.reason)
    draft.line = evolve(draft.line, affinity=((draft.case.owner,),) if draft.case.owner else ())
    back_in_line(
        draft, draft.case.team or draft.line.queue or "general", cause="reopened", actor="desk", reason=None
    )


def _set_next_action(draft: Draft, command: commands.SetNextAction) -> None:
    open_only(draft, "planned")
    if command.due is None or not (command.owner or draft.case.owner or draft.case.team):
        raise draft.refuse("incomplete", "a next action needs a date and an owner")
    wanted = None if command.wanted is None else draft.store_text(command.wanted, about=f"wanted/{draft.ref}")
    draft.record(
        "case.next_action_set", actor=command.actor, what=command.what, due=command.due, wanted=wanted,
        owner=command.owner or draft.case.owner or draft.case.team,
    )  # fmt: skip


def _promise(draft: Draft, command: commands.Promise) -> None:
    open_only(draft, "promised anything")
    if command.what not in {"reply", "callback"}:
        raise draft.refuse("unknown_promise", f"what={command.what!r} is neither 'reply' nor 'callback'")
    owed = draft.owed()
    due = command.due or (owed.due if owed else None)
    if due is None or due <= draft.now:
        raise draft.refuse(
            "no_due", "a promise needs a time ahead; give due=, or a target that is still running"
        )
    draft.record(
        "promise.made", actor=command.actor, what=command.what, due=due, audience="customer",
        id=draft.promise_id(),
        calendar=owed.calendar if owed and command.due is None else None, zone=draft.policy.home_zone,
    )  # fmt: skip


def _request_manager(draft: Draft, command: commands.RequestManager) -> None:
    open_only(draft, "put through to a manager")
    if command.refused and not command.reason:
        raise draft.refuse("no_reason", "refusing a manager needs a reason on record")
    draft.record(
        "escalation.manager_requested", actor=command.actor or "customer", by=command.actor or "customer",
        refused=command.refused, reason=command.reason,
    )  # fmt: skip


def _on_escalation(kind: str, *names: str, needs: Collection[str]) -> Handler:
    """Make the handler of a command that only records an event; some plan must have a status it `needs`."""

    def handle(draft: Draft, command: Any) -> None:
        plans = draft.escalation.plans if draft.escalation is not None else {}
        fitting = [name for name, plan in plans.items() if plan.status in needs]
        if command.plan is not None and command.plan not in plans:
            raise draft.refuse(
                "unknown_plan",
                f"no escalation {command.plan!r} began; there are {', '.join(sorted(plans)) or 'none'}",
            )
        if not fitting or command.plan not in {None, *fitting}:
            raise draft.refuse("nothing_to_do", f"no escalation is {' or '.join(sorted(needs))} here")
        said = {name: getattr(command, name) for name in names}
        draft.record(
            kind, actor=command.actor, by=command.actor, plan=command.plan, reason=command.reason, **said
        )

    return handle


def exclude(draft: Draft, command: commands.ExcludeHandler) -> None:
    """Keep an agent away from the case; if they have it, or were asked, somebody else is looked for."""
    if not command.reason:
        raise draft.refuse("no_reason", "excluding a handler needs a reason on record")
    draft.record("case.handler_excluded", actor=command.actor, agent=command.agent, reason=command.reason)
    if draft.line.offering.agent == command.agent:
        draft.end_offer("routing.rescinded", how="rescinded", reason="excluded")
        draft.look_for_somebody = True
    if draft.case.owner == command.agent and draft.case.is_open:
        draft.free_owner()
        draft.line = evolve(draft.line, affinity=())
        back_in_line(draft, draft.case.team or "general", cause="excluded", actor="desk", reason=None)


def _fault(draft: Draft, command: commands.RecordFault) -> None:
    draft.record(
        "case.fault", actor=command.actor, code=command.code, detail=command.detail, given=command.given
    )


def record_delivery(draft: Draft, command: commands.RecordDelivery) -> None:
    """Record a provider's word on a message in its case, or in the desk's own stream when it has none.

    The provider's id for it stays in the outbox: some are made from the recipient's number.
    """
    message = command.message
    said: dict[str, Any] = {
        "outbound": message.dedupe, "state": command.state, "channel_name": message.channel,
        # Once it was erased nobody can tell whom the reason names.
        "reason": masked(command.reason, [message.to]) if message.to else None, "actor": "desk",
    }  # fmt: skip
    if draft.exists:
        draft.record("delivery.updated", **said)
    else:
        draft.record_elsewhere(f"desk:{draft.situation.desk}", "delivery.updated", **said)
    draft.deliveries.append(DeliveryChange(message.number, command.state, command.reason))


HANDLERS: dict[type[commands.Command], Handler] = {
    commands.Reply: _reply,
    commands.Note: _note,
    commands.Classify: _classify,
    commands.Assign: _assign,
    commands.Take: _take,
    commands.Release: _release,
    commands.HandOff: _hand_off,
    commands.Hold: _hold,
    commands.Resume: _resume,
    commands.Resolve: _resolve,
    commands.Close: _close,
    commands.Reopen: _reopen,
    commands.SetNextAction: _set_next_action,
    commands.Promise: _promise,
    commands.RequestManager: _request_manager,
    commands.Acknowledge: _on_escalation("escalation.acked", needs={"triggered", "snoozed", "exhausted"}),
    commands.Unacknowledge: _on_escalation("escalation.unacked", needs={"acked"}),
    commands.Snooze: _on_escalation("escalation.snoozed", "until", needs={"armed", "triggered", "acked"}),
    commands.Escalate: _on_escalation("escalation.requested", needs=RUNNING),
    commands.ExcludeHandler: exclude,
    commands.RecordFault: _fault,
}
