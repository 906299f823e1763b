"""The decision of a desk: policy, situation, command and instant in, everything to be written out."""

from __future__ import annotations

from datetime import datetime

from supportkit.cases import PRESENCES, utc
from supportkit.desk import commands
from supportkit.desk.contacts.receiving import case_ref, receive
from supportkit.desk.draft import Draft
from supportkit.desk.escalation.requests import ESCALATIONS
from supportkit.desk.handling import HANDLERS, record_delivery
from supportkit.desk.learning.feedback import SURVEYS
from supportkit.desk.learning.telling import DESK_HANDLERS
from supportkit.desk.merging.cases import merge_cases
from supportkit.desk.merging.people import ABOUT_PEOPLE, decide_about_people
from supportkit.desk.recovery.complaints import INCIDENTS, RECOVERY
from supportkit.desk.routing.answering import ANSWERS
from supportkit.desk.routing.calling_back import CALLBACKS
from supportkit.desk.routing.efforts import comings
from supportkit.desk.routing.matching import match_case
from supportkit.errors import CommandRefused
from supportkit.policy import Policy
from supportkit.ports import AgentChange, Commit, Situation

__all__ = ["PRESENCES", "decide"]

_ABOUT_THE_DESK = {**DESK_HANDLERS, **INCIDENTS}
_IN_A_CASE = {**HANDLERS, **ANSWERS, **SURVEYS, **CALLBACKS, **RECOVERY, **ESCALATIONS}


def decide(policy: Policy, situation: Situation, command: commands.Command, *, now: datetime) -> Commit:
    """Decide a command, purely: the same arguments give the same commit, on every machine.

    The case is first settled strictly up to `now` (whatever fell due before happens before), then the
    command's own events are recorded at `now`, then what they cause. Raises CommandRefused, with a code and
    nothing changed, when the command cannot be done; NaiveDatetime for `now` without a zone.
    """
    now = utc(now)
    if isinstance(command, commands.SetPresence):
        return _set_presence(policy, situation, command, now=now)
    if isinstance(command, commands.Merge):
        return merge_cases(policy, situation, command, now=now)
    if type(command) in ABOUT_PEOPLE:
        return decide_about_people(policy, situation, command, now=now)
    if (handle := _ABOUT_THE_DESK.get(type(command))) is not None:
        return handle(_settled(policy, situation, now=now), command)
    new = case_ref(situation.desk, command.contact) if isinstance(command, commands.Receive) else None
    draft = Draft(policy, situation, now=now, ref=new)
    if isinstance(command, commands.Advance):
        draft.advance(draft.now)
        return draft.commit(outcome={"case": draft.ref})
    draft.settle()
    if isinstance(command, commands.Receive):
        return receive(policy, situation, command, draft=draft)
    if isinstance(command, commands.RecordDelivery):
        record_delivery(draft, command)
        draft.advance(draft.now)
        return draft.commit(outcome={"case": command.message.case})
    if situation.row is None:
        raise CommandRefused("no_case", f"there is no case for {type(command).__name__}")
    if isinstance(command, commands.Match):
        return match_case(policy, situation, command, draft=draft)
    before = len(draft.events)
    _IN_A_CASE[type(command)](draft, command)
    first = draft.events[before].id if len(draft.events) > before else None
    draft.advance(draft.now)
    return draft.commit(outcome={"case": draft.ref, "event": first})


def _settled(policy: Policy, situation: Situation, *, now: datetime) -> Draft:
    draft = Draft(policy, situation, now=now)
    draft.settle()
    return draft


def _set_presence(
    policy: Policy, situation: Situation, command: commands.SetPresence, *, now: datetime
) -> Commit:
    """Record that an agent came, went or is busy; who comes is looked for work."""
    known = {agent.id: agent for agent in situation.agents}
    agent = known.get(command.agent)
    if agent is None:
        raise CommandRefused(
            "unknown_agent",
            f"there is no agent {command.agent!r}; known are {', '.join(sorted(known)) or 'none'}",
        )
    presences = dict.fromkeys((*PRESENCES, *policy.routing.pools))
    if command.presence not in presences:
        message = f"presence={command.presence!r} is none of {', '.join(presences)}"
        raise CommandRefused("unknown_presence", message)
    draft = Draft(policy, situation, now=now)
    if command.presence == agent.presence:
        return draft.commit(outcome={"agent": command.agent, "event": None})
    event = draft.record_elsewhere(
        f"agent:{command.agent}", "agent.presence_changed", actor=command.actor or f"agent:{command.agent}",
        presence=command.presence, previous=agent.presence, reason=command.reason,
    )  # fmt: skip
    pools = policy.routing.pools
    came = command.presence in pools
    # What they were asked is taken back, and their work after a grace time, in transactions of their own.
    leaves = policy.routing.offers is not None and command.presence == "offline" and not came
    draft.agents.append(
        AgentChange(
            ref=command.agent,
            presence=command.presence,
            idle_since=now if leaves or (came and agent.presence not in pools) else None,
            match_at=now if came or leaves else None,
            clear_match=not came and not leaves,
        )
    )
    draft.counted += comings(policy, command.agent, before=agent.presence, after=command.presence, now=now)
    # A step that waited for them may be skipped now, so that others come sooner.
    draft.look_along = not came and policy.routing.relaxation.skips
    return draft.commit(outcome={"agent": command.agent, "event": event.id})
