"""What agents answer to an offer, and what becomes of offers and work when they leave."""

from __future__ import annotations

from attrs import evolve

from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.desk.handling import Handler, back_in_line, give_to, open_only
from supportkit.errors import CommandRefused
from supportkit.routing.capacity import spare

__all__ = ["ANSWERS"]


def _accept(draft: Draft, command: commands.Accept) -> None:
    """Put the agent in charge; saying it again changes nothing, and who comes too late is told why."""
    agent, offering = command.agent, draft.line.offering
    if draft.case.is_open and draft.case.owner == agent and offering.id is None:
        return
    if offering.agent != agent or offering.until is None:
        raise _too_late(draft, agent)
    if offering.until <= draft.now:
        raise draft.refuse("expired", f"agent {agent!r} was asked until {offering.until:%H:%M:%S}")
    team = draft.case.team or draft.line.queue
    give_to(draft, agent, team, "accepted", command.actor, command.reason)


def _too_late(draft: Draft, agent: str) -> CommandRefused:
    """Say why an agent without an open offer cannot accept: the first reason that holds."""
    offering = draft.line.offering
    how = offering.ended.get(agent)
    if how == "expired":
        return draft.refuse("expired", f"the offer to agent {agent!r} was not answered in time")
    if how == "rescinded":
        return draft.refuse("rescinded", f"the offer to agent {agent!r} was taken back")
    if not draft.case.is_open:
        return draft.refuse("canceled", f"it is {draft.case.status}, so nobody is asked any more")
    if offering.agent is not None:
        return draft.refuse("already_offered", f"agent {offering.agent!r} is asked at present")
    found = next((one for one in draft.situation.agents if one.id == agent), None)
    if found is None or found.presence not in draft.policy.routing.pools:
        said = "unknown" if found is None else found.presence
        return draft.refuse("presence", f"agent {agent!r} is {said}; set_presence() first")
    if how == "declined":
        return draft.refuse("refused_before", f"agent {agent!r} declined it in this wait")
    if spare(found, draft.place_channel, None, count_parked=False) < 1:
        return draft.refuse("capacity", f"agent {agent!r} has no free place")
    return draft.refuse("no_offer", f"agent {agent!r} was not asked; take() takes it without an offer")


def _decline(draft: Draft, command: commands.Decline) -> None:
    """Look for somebody else; the case keeps its age and its place, and this agent is not asked again."""
    agent, offering = command.agent, draft.line.offering
    if offering.ended.get(agent) == "declined":
        return
    if offering.agent != agent or offering.until is None:
        raise _too_late(draft, agent)
    if offering.until <= draft.now:
        raise draft.refuse("expired", f"agent {agent!r} was asked until {offering.until:%H:%M:%S}")
    draft.end_offer(
        "routing.declined", how="declined", actor=command.actor or f"agent:{agent}", reason=command.reason
    )
    draft.look_for_somebody = True


def _complete(draft: Draft, command: commands.Complete) -> None:
    """Free the owner's place and leave the case with them; without a place in hand nothing changes."""
    open_only(draft, "completed")
    if draft.case.owner != command.agent:
        raise draft.refuse(
            "not_yours", f"agent {command.agent!r} does not have it, {draft.case.owner!r} does"
        )
    if any((seat.case, seat.role) == (draft.ref, "handler") for seat in draft.situation.seats):
        draft.free("handler")
        draft.record("routing.completed", agent=command.agent, actor=command.actor, reason=command.reason)


def _withdraw(draft: Draft, command: commands.Withdraw) -> None:
    """Take back from an agent who is still away; whoever came back meanwhile keeps everything."""
    if any(one.id == command.agent and one.presence != "offline" for one in draft.situation.agents):
        return
    if draft.line.offering.agent == command.agent:
        draft.end_offer("routing.rescinded", how="rescinded", reason="left")
        draft.look_for_somebody = True
    if _had(draft, command):
        draft.free_owner()
        draft.line = evolve(draft.line, affinity=())
        team = draft.case.team or draft.line.queue or "general"
        back_in_line(draft, team, cause="left", actor="desk", reason=command.reason, again=True)
    # Nothing is looked for on behalf of who left, and their time of leaving stays.
    draft.agents = [change for change in draft.agents if change.ref != command.agent]


def _had(draft: Draft, command: commands.Withdraw) -> bool:
    """Whether the agent has the case since before they left: a place given to them later stays theirs."""
    case, before = draft.case, command.had_before
    seated = any((seat.role, seat.agent) == ("handler", command.agent) for seat in draft.situation.seats)
    if before is None or not seated or case.owner != command.agent or not case.is_open:
        return False
    return case.assigned_at is None or case.assigned_at <= before


ANSWERS: dict[type[commands.Command], Handler] = {
    commands.Accept: _accept,
    commands.Decline: _decline,
    commands.Complete: _complete,
    commands.Withdraw: _withdraw,
}
