"""What becomes of an escalation's step at a desk: notices, other hands, other facts of the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve

from supportkit.cases import Event
from supportkit.desk.routing.turns import moved
from supportkit.escalation import MANAGER_REQUESTED, Firing, Step

if TYPE_CHECKING:
    from supportkit.desk.draft import Draft

__all__ = ["AT_ONCE", "CAUSE", "carry_out", "tell"]

AT_ONCE = "at_once"
"""The mark of a notice that no throttle holds back and no bundle takes in."""
CAUSE = "escalation.fired"
_CLASSES = ("kind", "category", "product", "impact", "urgency", "tags")


def tell(draft: Draft, fired: Event, *, cause: Event | None) -> None:
    """Write to everybody whom a level tells; who asks for a manager never waits behind other notices."""
    said: Any = fired.payload
    urgency = draft.case.priority or "no priority"
    text = f"Case {draft.ref} needs you: {said.plan}, level {said.level} ({urgency})."
    data: dict[str, Any] = {"plan": said.plan, "level": said.level}
    if cause is not None and cause.kind == MANAGER_REQUESTED:
        data[AT_ONCE] = True
    for target in said.targets:
        draft.send(to=target, text=text, kind="escalation", audience="internal", about=fired.id, data=data)


def carry_out(draft: Draft, step: Step, *, at: datetime) -> None:
    """Do what a step asks of the desk.

    1. Whose turn it was among several is remembered.
    2. A functional level gives the case into the hands of the first whom it tells.
    3. Facts that levels set are set: priority, labels, hands, status. None of it escalates again.
    """
    draft.cause = CAUSE
    for firing in step.firings:
        draft.counted += draft.recipients.told(draft.policy, firing)
        if firing.kind == "functional" and firing.targets and firing.level:
            _hand_over(draft, firing)
    if step.changes:
        _set(draft, step.changes, at)
    draft.cause = None


def _hand_over(draft: Draft, firing: Firing) -> None:
    """Give the case to the team or the agent that a functional level names first."""
    first = firing.targets[0]
    team = first.removeprefix("team:") if first.startswith("team:") else None
    _give(draft, agent=None if team else first, team=team)


def _give(draft: Draft, *, agent: str | None, team: str | None) -> None:
    from supportkit.desk.handling import back_in_line, give_to  # noqa: PLC0415 - it builds on drafts itself

    if not draft.case.is_open or agent in draft.case.excluded:
        return
    if agent is not None and agent != draft.case.owner:
        give_to(draft, agent, team or draft.case.team, "escalation", "desk")
    elif agent is None and team is not None and (team != draft.case.team or draft.case.owner is not None):
        draft.free_owner()
        draft.line = evolve(draft.line, queue=team, fast=False, affinity=())
        back_in_line(draft, team, cause="escalation", actor="desk", reason=None)


def _set(draft: Draft, changes: Mapping[str, Any], at: datetime) -> None:
    said = {name.removeprefix("case."): value for name, value in changes.items()}
    labels = {name: said[name] for name in _CLASSES if name in said}
    if labels:
        draft.record("case.classified", at=at, actor="desk", **labels)
    if "priority" in said:
        draft.record(
            "priority.decided", at=at, priority=said["priority"], previous=draft.case.priority, actor="desk",
            sort_key=moved(draft.policy, draft.case, said["priority"], now=at),
        )  # fmt: skip
    if "owner" in said or "team" in said:
        _give(draft, agent=said.get("owner"), team=said.get("team"))
    if "status" in said:
        _settle(draft, said["status"], at)


def _settle(draft: Draft, status: str, at: datetime) -> None:
    """End the case, as the last word of a plan asks."""
    from supportkit.desk.handling import finish  # noqa: PLC0415 - it builds on drafts itself

    if not draft.case.is_open:
        return
    owner = draft.case.owner
    draft.record(
        f"case.{status}", at=at, actor="desk", outcome=draft.case.outcome or "no_answer",
        code=draft.case.code or "escalation_ended",
    )  # fmt: skip
    finish(draft, owner)
