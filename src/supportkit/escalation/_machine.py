"""What one step knows and gives: the plans of a case, whether they may fire now, who is told.

A machine is owned by one call and never seen outside. What an event means is told in `_hearing`, whose turn
it is in the clocks: `_ladder`, `_chain`, `_clocked` and `_raises`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.cases import Deadline, Event
from supportkit.errors import NoOpenTime
from supportkit.escalation._targets import resolved
from supportkit.escalation.plans import Level, Plan, Target
from supportkit.escalation.state import ENDED, RUNNING, EscalationState, PlanState
from supportkit.escalation.steps import Directory, Firing, StepFault
from supportkit.rules import Expression, Truth

__all__ = ["Machine", "moved"]


class Machine:
    """The state of all plans while one step is taken, and what the step has given so far."""

    def __init__(
        self,
        plans: Mapping[str, Plan],
        state: EscalationState,
        *,
        now: datetime,
        facts: Any,
        calendars: Mapping[str, Any],
        deadlines: Iterable[Deadline] = (),
        directory: Directory | None = None,
        planning: bool = False,
        kept: Callable[[PlanState, Plan | None], Plan | None] | None = None,
    ) -> None:
        self.current, self.plans = plans, dict(plans)
        self.now, self.facts, self.calendars = now, facts, calendars
        self.deadlines = tuple(deadlines)
        self.directory, self.planning = directory, planning
        self.status, self.maintenance = state.case_status, state.maintenance
        self.attached_to = state.attached_to
        self.firings: list[Firing] = []
        self.faults: list[StepFault] = []
        self.changes: dict[str, Any] = {}
        self.event: Event | None = None
        self.edited: list[str] = []
        if kept is not None and any(at.snapshot is not None for at in state.plans.values()):
            own = {name: kept(at, plans.get(name)) for name, at in state.plans.items() if at.snapshot}
            self.plans |= {name: plan for name, plan in own.items() if plan is not None}
        self.book = {name: at for name, at in state.plans.items() if name in self.plans}

    # -- what the rest of the package reads -------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether the case is resolved, closed or merged: then nothing fires."""
        return self.status in ENDED

    def running(self) -> list[Plan]:
        """Return the plans that are at work, in the order of the document."""
        return [
            p for name, p in self.plans.items() if name in self.book and self.book[name].status in RUNNING
        ]

    def fault(self, code: str, subject: str) -> None:
        """Report something that could not be done."""
        self.faults.append(StepFault(code, subject))

    def state(self, before: EscalationState, *, happened: bool) -> EscalationState:
        """Return the frozen state; without anything new it is the one from before."""
        same = not happened and before == self._state(before.last_at)
        return before if same else self._state(self.now)

    def _state(self, at: datetime | None) -> EscalationState:
        return EscalationState(
            plans=self.book, case_status=self.status, maintenance=self.maintenance,
            attached_to=self.attached_to, last_at=at,
        )  # fmt: skip

    # -- whether a plan may fire ------------------------------------------------------------------

    def may_fire(self, plan: Plan) -> bool:
        """Return whether what this plan does by itself may happen now."""
        if self.maintenance or self.status in plan.hold_while:
            return False
        return self.opens(plan, self.now) == self.now

    def opens(self, plan: Plan, t: datetime) -> datetime | None:
        """Return the first instant from `t` on at which the plan neither keeps quiet nor is closed."""
        if plan.quiet is None and plan.notify_in is None:
            return t
        quiet = None if plan.quiet is None or self._loud(plan.quiet.unless) else plan.quiet.hours
        for _ in range(_LOOKS_AHEAD):
            at: datetime | None = t
            if quiet is not None and quiet.holds(t):
                at = quiet.ends(t)
            if plan.notify_in is not None and at is not None:
                at = _next_open(plan.notify_in, at)
            if at is None or at == t:
                return at
            t = at
        return None

    def released(self, plan: Plan, due: datetime) -> datetime:
        """Return when something due was let go: at the end of the quiet hours that held it, by now at last.

        Who was kept waiting by quiet hours is late by no fault of the clock, so nothing is skipped for it.
        """
        if plan.quiet is None or due >= self.now or not plan.quiet.hours.holds(due):
            return due
        return min(plan.quiet.hours.ends(due) or self.now, self.now)

    def _loud(self, unless: Expression | None) -> bool:
        if unless is None or self.facts is None:
            return False
        return unless.evaluate(self.facts, now=self.now, calendars=self.calendars) is Truth.TRUE

    def rings_at(self, plan: Plan, at: PlanState) -> datetime | None:
        """Return when the plan's next timer can ring; in the past when it only waits for an evaluation."""
        timer = at.timer
        if timer is None or at.status == "suppressed" or self.status in plan.hold_while:
            return None
        if timer > self.now:
            return self.opens(plan, timer)
        opens = self.opens(plan, self.now)
        return timer if opens == self.now else opens

    def held(self, at: PlanState) -> PlanState:
        """Return the plan, suppressed while there is maintenance."""
        return evolve(at, status="suppressed", held=at.status) if self.maintenance else at

    # -- one level --------------------------------------------------------------------------------

    def tried(
        self,
        plan: Plan,
        number: int,
        due: datetime,
        *,
        skipped: tuple[int, ...] = (),
        first: tuple[str, ...] = (),
        forced: bool = False,
        only: tuple[str, ...] | None = None,
    ) -> str:
        """Fire a level if it can: "fired", "silent" (its condition does not hold) or "empty" (skip it).

        `only` tells these people instead of all; `forced` asks for no condition.
        """
        level = plan.levels[number - 1]
        if level.broken:
            self.fault("step_not_configured", f"{plan.name}.{level.id}")
            return "silent"
        if not forced and not self.holds(plan, level):
            return "silent"
        if not forced and level.window is not None and not level.window.holds(self.now):
            return "silent"
        targets = self.targets(plan, level) if only is None else only
        if not targets and level.skip_if_empty and not forced:
            return "empty"
        self.told(plan, number, (*first, *targets), due, skipped=skipped, kind=level.kind, changes=level.then)
        return "fired"

    def told(self, plan: Plan, level: int, targets: Iterable[str], due: datetime, **more: Any) -> None:
        """Record a firing."""
        whom = tuple(dict.fromkeys(targets))
        firing = Firing(plan.name, level, whom, min(due, self.now), self.now, **more)
        self.firings.append(firing)
        self.changes.update(firing.changes)

    def just_told(self, plan: Plan, level: int) -> tuple[str, ...]:
        """Return whom this step told by a level, as far as it fired."""
        fired = (each for each in reversed(self.firings) if (each.plan, each.level) == (plan.name, level))
        return next((each.targets for each in fired), ())

    def targets(self, plan: Plan, level: Level) -> tuple[str, ...]:
        """Return whom a level tells at this instant; a plan of the future names them as written."""
        return self.named(level.to, key=f"{plan.name}.{level.id}")

    def named(self, targets: Iterable[Target], *, key: str) -> tuple[str, ...]:
        """Return the ids behind targets at this instant, or in a plan of the future their names."""
        if self.planning:
            return tuple(str(target) for target in targets)
        return self.reached(targets, key=key)

    def reached(self, targets: Iterable[Target], *, key: str) -> tuple[str, ...]:
        """Return the ids behind targets at this instant."""
        return resolved(
            targets, key=key, now=self.now, facts=self.facts, directory=self.directory, faults=self.faults
        )

    def holds(self, plan: Plan, level: Level) -> bool:
        """Return whether the level's condition is true; the unknown is reported and does not fire."""
        if level.when is None or self.planning:
            return True
        truth = self.truth(level.when)
        if truth in {Truth.UNKNOWN, Truth.ERROR}:
            self.fault(f"condition_{truth.value}", f"{plan.name}.{level.id}")
        return truth is Truth.TRUE

    def truth(self, condition: Expression) -> Truth:
        """Return whether a condition holds of the facts, as far as they are known."""
        facts = {} if self.facts is None else self.facts
        return condition.evaluate(facts, now=self.now, calendars=self.calendars)

    # -- the end of a plan ------------------------------------------------------------------------

    def exhausted(self, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return a plan that has come to its end: who comes last is told, or the case is closed."""
        if plan.last_to is not None:
            key = f"{plan.name}.finally"
            self.told(plan, len(plan.levels) + 1, self.named(plan.last_to, key=key), due)
        if plan.closes:
            self.changes["case.status"] = "closed"
        return moved(at, status="exhausted")


def moved(at: PlanState, **to: Any) -> PlanState:
    """Return a state that stands where `at` stood, everything temporary forgotten."""
    fresh: dict[str, Any] = {
        "due": None, "acked_by": None, "snoozed_by": None, "held": None, "pending": None, "reminds_at": None,
        "lacking": (),
    }  # fmt: skip
    return evolve(at, **{**fresh, **to})


def _next_open(calendar: Any, t: datetime) -> datetime | None:
    try:
        opens: datetime = calendar.next_open(t)
    except NoOpenTime:
        return None
    return opens


_LOOKS_AHEAD = 400
"""Quiet hours and open hours may take turns for as long as a year before both let something through."""
