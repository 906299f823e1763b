"""The clock of a priority that rises: one step up every so often, until it cannot rise any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve

from supportkit.calendars import ALWAYS
from supportkit.cases import Event
from supportkit.errors import NoOpenTime
from supportkit.escalation._machine import Machine, moved
from supportkit.escalation._targets import fact_of
from supportkit.escalation.plans import Plan
from supportkit.escalation.state import PlanState

__all__ = ["Raises"]

_RAISES_LIMIT = 1000


class Raises:
    """How such a plan begins, rings and catches up; `level` counts the raises, `since` is the last one."""

    @staticmethod
    def begun(m: Machine, plan: Plan, at: PlanState, due: datetime, *, since: datetime) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return a plan at its beginning: the first raise comes after a whole wait."""
        return evolve(at, since=since, due=_next(plan, since))

    @staticmethod
    def rung(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Raise the priority as often as it was due, as far as it can rise."""
        dues = list(_dues(m, plan, due))
        standing = _standing(m, plan, at)
        if standing is None:
            m.fault("priority_unknown", plan.name)
            return evolve(at, since=m.now, due=_next(plan, m.now))
        room = len(plan.order) - 1 - standing
        if room == 0:
            return m.exhausted(plan, at, due)
        replaying, to_the_top = plan.catch_up == "replay", len(dues) > room
        dues = dues[:room]
        for number, when in enumerate(dues, 1):
            if replaying or number == len(dues):
                passed = () if replaying else tuple(range(at.level + 1, at.level + number))
                _raise(m, plan, at.level + number, standing + number, when, passed)
        since = dues[-1] if replaying and not to_the_top else m.now
        return moved(at, status="triggered", level=at.level + len(dues), since=since, due=_next(plan, since))

    @staticmethod
    def resumed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Raise the priority now."""
        return Raises.rung(m, plan, moved(at, status="triggered" if at.level else "armed"), due)

    @staticmethod
    def timed_out(
        m: Machine,
        plan: Plan,
        at: PlanState,
        due: datetime,  # noqa: ARG004 - as the other clocks
        *,
        first: tuple[str, ...],  # noqa: ARG004 - as the other clocks
    ) -> PlanState:
        """Return what becomes of an acknowledgement that ran out: the wait begins anew."""
        return Raises.stood_at(m, plan, at, at.level)

    @staticmethod
    def woken(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return what becomes of a snoozed plan at its waking: a raise that fell due comes now."""
        back = moved(at, status="triggered" if at.level else "armed", due=at.pending)
        return (
            Raises.rung(m, plan, back, at.pending) if at.pending is not None and at.pending <= m.now else back
        )

    @staticmethod
    def stood_at(m: Machine, plan: Plan, at: PlanState, level: int) -> PlanState:
        """Begin the wait anew after that many raises."""
        status = "triggered" if level else "armed"
        return moved(at, status=status, level=level, since=m.now, due=_next(plan, m.now))

    @staticmethod
    def heard(m: Machine, plan: Plan, at: PlanState, event: Event) -> PlanState:
        """Begin anew when somebody set the priority of a case that could rise no more."""
        if event.kind != "priority.decided" or at.status != "exhausted":
            return at
        return evolve(Raises.stood_at(m, plan, at, at.level), status="armed")

    @staticmethod
    def synced(m: Machine, plan: Plan, at: PlanState) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return the same: raises depend on nothing but the one before."""
        return at


def _next(plan: Plan, since: datetime) -> datetime | None:
    try:
        return (plan.calendar or ALWAYS).add(since, plan.every)
    except NoOpenTime:
        return None


def _dues(m: Machine, plan: Plan, due: datetime | None) -> Iterator[datetime]:
    for _ in range(1 if plan.catch_up == "one_step" else _RAISES_LIMIT):
        if due is None or due > m.now:
            return
        yield due
        due = _next(plan, due)


def _standing(m: Machine, plan: Plan, at: PlanState) -> int | None:
    """Return where the case's priority stands in the order; a plan of the future begins at the lowest."""
    if m.planning:
        return min(at.level, len(plan.order) - 1)
    priority = fact_of(m.facts, "case.priority")
    return plan.order.index(str(priority)) if str(priority) in plan.order else None


def _raise(m: Machine, plan: Plan, number: int, to: int, due: datetime, passed: tuple[int, ...]) -> None:
    level = plan.levels[min(number, len(plan.levels)) - 1]
    targets = m.named(level.to, key=f"{plan.name}.{level.id}")
    m.told(plan, number, targets, due, skipped=passed, changes={"case.priority": plan.order[to]})
