"""The events that record a step, for whoever keeps a log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from supportkit.cases import Event, utc
from supportkit.escalation.state import EscalationState, PlanState
from supportkit.escalation.steps import Firing, Step

__all__ = ["events_of"]

_CAUSE = "escalation.fired"


def events_of(before: EscalationState | None, step: Step, *, now: datetime) -> tuple[Event, ...]:
    """Return what a step did as events: woke, fired, armed, suppressed, exhausted.

    What only repeats the event of the step is left out. They are dated `now`, carry
    ``caused_by="escalation.fired"`` and change nothing when they are stepped again.
    """
    at = utc(now)
    earlier = {} if before is None else dict(before.plans)
    said: list[Event] = [*_woken(earlier, step, at), *(_fired(firing, at) for firing in step.firings)]
    for name, plan in step.state.plans.items():
        said += _changed(name, earlier.get(name), plan, at)
    refused = (fault.subject for fault in step.faults if fault.code == "maintenance")
    said += [
        _event("suppressed", at, plan=plan if plan in earlier else None, reason="maintenance")
        for plan in refused
    ]
    return tuple(said)


def _event(name: str, at: datetime, **said: Any) -> Event:
    return Event.of(f"escalation.{name}", at=at, caused_by=_CAUSE, actor="desk", **said)


def _woken(earlier: dict[str, PlanState], step: Step, at: datetime) -> Iterator[Event]:
    if step.cause is not None:
        return
    for name, plan in earlier.items():
        after = step.state.plans.get(name)
        if plan.status == "snoozed" and after is not None and after.status not in {"snoozed", "suppressed"}:
            yield _event("woke", at, plan=name, level=plan.level)


def _fired(firing: Firing, at: datetime) -> Event:
    return _event(
        "fired",
        at,
        plan=firing.plan,
        level=firing.level,
        targets=firing.targets,
        due_at=firing.due_at,
        fired_at=firing.fired_at,
        skipped=firing.skipped,
        changes=firing.changes or None,
    )


def _changed(name: str, before: PlanState | None, after: PlanState, at: datetime) -> Iterator[Event]:
    was = None if before is None else (before.status, before.due)
    waits = after.status == "armed" and after.due is not None
    if waits and was != ("armed", after.due):
        yield _event("armed", at, plan=name, level=after.level + 1, due_at=after.due)
    elif after.status in {"suppressed", "exhausted"} and (was is None or was[0] != after.status):
        reason = "maintenance" if after.status == "suppressed" else None
        yield _event(after.status, at, plan=name, level=after.level, reason=reason)
