"""Moving an escalation by hand, as the events it records: down again, to somebody, held for a while."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from supportkit.desk.commands import Command
from supportkit.desk.draft import Draft
from supportkit.desk.handling import Handler, open_only
from supportkit.escalation import RUNNING

__all__ = ["ESCALATIONS", "Deescalate", "ReassignEscalation", "SetMaintenance"]


@frozen(kw_only=True)
class Deescalate(Command):
    """Bring an escalation down to a lower level: nobody is told, and that level's wait begins anew."""

    plan: str | None = None
    to: int | None = None


@frozen(kw_only=True)
class ReassignEscalation(Command):
    """Take an escalation out of its plan and give it to somebody, or put it to another level."""

    plan: str | None = None
    to: str | None = None
    level: int | None = None


@frozen(kw_only=True)
class SetMaintenance(Command):
    """Known trouble begins or ends: nothing fires while it is on."""

    on: bool = True


def _deescalate(draft: Draft, command: Deescalate) -> None:
    open_only(draft, "escalated")
    if not command.reason:
        raise draft.refuse("no_reason", "going down needs a reason on record")
    plan, at = _at_work(draft, command.plan)
    to = at.level - 1 if command.to is None else command.to
    if not 1 <= to < at.level:
        raise draft.refuse("no_such_level", f"escalation {plan!r} is at level {at.level}, not above {to}")
    draft.record(
        "escalation.deescalated",
        actor=command.actor,
        by=command.actor,
        plan=plan,
        to=to,
        reason=command.reason,
    )


def _reassign(draft: Draft, command: ReassignEscalation) -> None:
    open_only(draft, "escalated")
    if (command.to is None) == (command.level is None):
        raise draft.refuse("nobody", "name who gets it (to=) or the level it goes to (level=)")
    plan, _ = _at_work(draft, command.plan)
    tells = draft.policy.escalation.plans[plan].tells
    if command.level is not None and command.level not in tells:
        known = ", ".join(map(str, tells)) or "none"
        raise draft.refuse(
            "no_such_level", f"escalation {plan!r} has no level {command.level}; it has {known}"
        )
    draft.record(
        "escalation.reassigned", actor=command.actor, plan=plan, to=command.to, level=command.level,
        reason=command.reason,
    )  # fmt: skip


def _at_work(draft: Draft, name: str | None) -> tuple[str, Any]:
    """Return the plan at work that a command means, and where it stands; raises CommandRefused."""
    plans = draft.escalation.plans if draft.escalation is not None else {}
    if name is not None and name not in plans:
        known = ", ".join(sorted(plans)) or "none"
        raise draft.refuse("unknown_plan", f"no escalation {name!r} began; there are {known}")
    order = draft.policy.escalation.plans
    at_work = [each for each in order if each in plans and plans[each].status in RUNNING]
    found = next((each for each in at_work if name in {None, each}), None)
    if found is None:
        raise draft.refuse("nothing_to_do", "no escalation is at work here")
    return found, plans[found]


def _maintenance(draft: Draft, command: SetMaintenance) -> None:
    was = draft.escalation is not None and draft.escalation.maintenance
    if was != command.on:
        draft.record("escalation.maintenance", actor=command.actor, on=command.on, reason=command.reason)


ESCALATIONS: dict[type[Command], Handler] = {
    Deescalate: _deescalate,
    ReassignEscalation: _reassign,
    SetMaintenance: _maintenance,
}
