"""The clockwork of one step: whose turn it is, what is late, who is told.

A machine is owned by one call and never seen outside. What an event means is told in `_hearing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.escalation._targets import resolved
from supportkit.escalation.plans import Level, Plan, Target
from supportkit.escalation.state import ENDED, RUNNING, EscalationState, PlanState
from supportkit.escalation.steps import Directory, Firing, StepFault
from supportkit.rules import Expression, Truth

__all__ = ["Machine", "ticks"]

_REPLAY_LIMIT = 1000


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
        directory: Directory | None,
        planning: bool = False,
    ) -> None:
        self.plans, self.now, self.facts, self.calendars = plans, now, facts, calendars
        self.directory, self.planning = directory, planning
        self.status, self.maintenance, self.attached_to = (
            state.case_status,
            state.maintenance,
            state.attached_to,
        )
        self.firings: list[Firing] = []
        self.faults: list[StepFault] = []
        self.edited: list[str] = []
        self.book = {name: self._edited(plans[name], at) for name, at in state.plans.items() if name in plans}

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
        after = EscalationState(
            plans=self.book,
            case_status=self.status,
            maintenance=self.maintenance,
            attached_to=self.attached_to,
            last_at=before.last_at,
        )
        return evolve(after, last_at=self.now) if happened or after != before else before

    # -- timers -----------------------------------------------------------------------------------

    def ring(self) -> None:
        """Let every timer ring that is due; in maintenance it is held instead."""
        for name, at in list(self.book.items()):
            if at.due is None or at.due > self.now or not ticks(self.plans[name], at, self.status):
                continue
            if self.maintenance:
                self.book[name] = evolve(at, status="suppressed", held=at.status)
            else:
                self.book[name] = self.rung(self.plans[name], at, at.due)

    def rung(self, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return what becomes of a plan whose timer rings."""
        if at.status == "snoozed":
            return self.woken(plan, at, due)
        if at.status == "acked":
            first = (at.acked_by,) if plan.tell_acker and at.acked_by else ()
            return self.again(plan, at, due, first=first)
        if plan.catch_up == "replay":
            return self._replay(plan, at, due)
        if plan.catch_up == "collapse":
            return self._collapse(plan, at, due)
        return self.advanced(plan, at, due, since=self.now)

    def _replay(self, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Fire all missed levels in order, the waits chained from due to due."""
        if plan.place_after(at.level, at.round) is None:
            return _exhausted(at)
        for _ in range(_REPLAY_LIMIT):
            at = self.advanced(plan, at, due, since=due)
            if at.due is None or at.due > self.now or plan.place_after(at.level, at.round) is None:
                break
            due = at.due
        else:
            self.fault("replay_cut", plan.name)
        return at if at.due is None else self._waiting(plan, at)

    def _collapse(self, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Fire only the highest level that was reached within the pass; name those that were passed."""
        place = plan.place_after(at.level, at.round)
        if place is None:
            return _exhausted(at)
        level, lap = place
        reached = [(level, due)]
        while level < len(plan.levels) and (wait := plan.levels[level - 1].wait) is not None:
            if (due := due + wait) > self.now:
                break
            level += 1
            reached.append((level, due))
        passed = [(n, when) for n, when in reached if when < reached[-1][1]]
        top, due = reached[len(passed)]
        told = len(self.firings)
        skipped = tuple(n for n, _ in passed)
        after = self.advanced(
            plan, evolve(at, level=top - 1, round=lap), due, since=self.now, skipped=skipped
        )
        if len(self.firings) > told:
            return after
        return self._next_best(plan, after, passed)

    def _next_best(self, plan: Plan, at: PlanState, passed: list[tuple[int, datetime]]) -> PlanState:
        """Fire the highest of the passed levels that can, when those above could not."""
        for index in range(len(passed) - 1, -1, -1):
            level, due = passed[index]
            if self.tried(plan, level, due, skipped=tuple(n for n, _ in passed[:index])) == "fired":
                return self._waiting(plan, evolve(at, status="triggered"))
        return at

    # -- turns ------------------------------------------------------------------------------------

    def begun(self, plan: Plan, due: datetime, *, since: datetime) -> PlanState:
        """Return a plan at its beginning: level 1 fires now unless it waits or is held."""
        at = PlanState(id=plan.id, due=due)
        if not plan.levels or self.attached_to is not None:
            return evolve(at, status="idle", due=None)
        if plan.delay:
            at = evolve(at, due=since + plan.delay)
        if self.maintenance:
            return evolve(at, status="suppressed", held="armed")
        if plan.delay or self.status in plan.hold_while:
            return at
        return self.advanced(plan, at, due, since=self.now)

    def advanced(
        self, plan: Plan, at: PlanState, due: datetime, *, since: datetime, skipped: tuple[int, ...] = ()
    ) -> PlanState:
        """Give the next level its turn, and those behind it that wait for nothing.

        Nobody to tell on a level with `skip_if_empty` passes the turn on at once. One round of turns is
        the end: a ladder without anybody is exhausted.
        """
        for _ in plan.levels:
            place = plan.place_after(at.level, at.round)
            if place is None:
                break
            level, lap = place
            at = evolve(at, level=level, round=lap, level_id=plan.levels[level - 1].id)
            outcome = self.tried(plan, level, due, skipped=skipped)
            if outcome == "empty":
                skipped = (*skipped, level)
                continue
            skipped = ()
            at = self._waiting(plan, at, since=since)
            if at.due != since:
                return at
        return _exhausted(at)

    def again(self, plan: Plan, at: PlanState, due: datetime, *, first: tuple[str, ...] = ()) -> PlanState:
        """Fire the present level again (or the nearest below that can) and wait anew."""
        if at.level == 0:
            return self.advanced(plan, evolve(at, acked_by=None), due, since=self.now)
        for level in range(at.level, 0, -1):
            if self.tried(plan, level, due, first=first) == "fired":
                break
        at = self._waiting(plan, at)
        return self.advanced(plan, at, self.now, since=self.now) if at.due == self.now else at

    def woken(self, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return what becomes of a snoozed plan at its waking."""
        if plan.on_wake == "restart":
            return self.begun(plan, due, since=self.now)
        if at.level == 0 and at.pending is not None and at.pending > self.now:
            return evolve(at, status="armed", due=at.pending, pending=None, snoozed_by=None)
        return self.again(plan, at, due)

    def put_to(self, plan: Plan, at: PlanState, level: int, due: datetime) -> PlanState:
        """Fire a level because somebody asked for it, whatever its condition; then its wait runs."""
        self.tried(plan, level, due, forced=True)
        return self.stood_at(plan, at, level)

    def stood_at(self, plan: Plan, at: PlanState, level: int) -> PlanState:
        """Put a plan to a level without telling anybody; that level's wait begins anew."""
        moved = evolve(at, level=level, level_id=plan.levels[level - 1].id)
        return self.held(self._waiting(plan, moved))

    def held(self, at: PlanState) -> PlanState:
        """Return the plan, suppressed while there is maintenance."""
        return evolve(at, status="suppressed", held=at.status) if self.maintenance else at

    def _waiting(self, plan: Plan, at: PlanState, *, since: datetime | None = None) -> PlanState:
        level = plan.levels[at.level - 1]
        if level.wait_guessed:
            self.fault("wait_not_configured", f"{plan.name}.{level.id}")
        due = None if level.wait is None else (since or self.now) + level.wait
        return PlanState(
            id=at.id, status="triggered", level=at.level, level_id=at.level_id, round=at.round, due=due
        )

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
    ) -> str:
        """Fire a level if it can: "fired", "silent" (its condition does not hold) or "empty" (skip it)."""
        level = plan.levels[number - 1]
        if level.broken:
            self.fault("step_not_configured", f"{plan.name}.{level.id}")
            return "silent"
        if not forced and not self.holds(plan, level):
            return "silent"
        targets = self.targets(plan, level)
        if not targets and level.skip_if_empty and not forced:
            return "empty"
        self.told(plan, number, (*first, *targets), due, skipped=skipped, kind=level.kind, changes=level.then)
        return "fired"

    def told(self, plan: Plan, level: int, targets: Iterable[str], due: datetime, **more: Any) -> None:
        """Record a firing."""
        whom = tuple(dict.fromkeys(targets))
        self.firings.append(Firing(plan.name, level, whom, min(due, self.now), self.now, **more))

    def targets(self, plan: Plan, level: Level) -> tuple[str, ...]:
        """Return whom a level tells at this instant; a plan of the future names them as written."""
        if self.planning:
            return tuple(str(target) for target in level.to)
        return self.reached(level.to, key=f"{plan.name}.{level.id}")

    def reached(self, targets: Iterable[Target], *, key: str) -> tuple[str, ...]:
        """Return the ids behind targets at this instant."""
        return resolved(targets, key=key, now=self.now, directory=self.directory, faults=self.faults)

    def holds(self, plan: Plan, level: Level) -> bool:
        """Return whether the level's condition is true; the unknown is reported and does not fire."""
        if level.when is None or self.planning:
            return True
        truth = level.when.evaluate(self.facts, now=self.now, calendars=self.calendars)
        if truth in {Truth.UNKNOWN, Truth.ERROR}:
            self.fault(f"condition_{truth.value}", f"{plan.name}.{level.id}")
        return truth is Truth.TRUE

    def counted(self, condition: Expression) -> bool:
        """Return whether a counter has reached its number; an unknown one has not."""
        return condition.evaluate(self.facts, now=self.now, calendars=self.calendars) is Truth.TRUE

    # -- edits while running ----------------------------------------------------------------------

    def _edited(self, plan: Plan, at: PlanState) -> PlanState:
        """Match a remembered plan with the document of today.

        Another plan under this name begins anew. A level is found again by its id; when the present one
        is gone, the level that now stands in its place is due at once (beyond the end: level 1).
        """
        if at.status in {"idle", "done"} or plan.counts is not None:
            return evolve(at, id=plan.id)
        if not plan.levels:
            return PlanState(id=plan.id, status="idle")
        if at.id != plan.id:
            fresh = evolve(at, id=plan.id, level=0, level_id=None, round=1)
            return self._due_now(fresh, {"armed", "triggered", "exhausted"})
        position = plan.position(at.level_id)
        if at.level_id is None or position == at.level:
            return at
        if position is not None:
            return evolve(at, level=position)
        before = at.level - 1 if at.level <= len(plan.levels) else 0
        return self._due_now(evolve(at, level=before, level_id=None), {"armed", "triggered"})

    def _due_now(self, at: PlanState, firing: set[str]) -> PlanState:
        if at.status in firing:
            self.edited.append(at.id)
            return evolve(at, status="triggered" if at.level else "armed", due=self.now)
        return evolve(at, due=self.now) if at.status == "suppressed" else at


def ticks(plan: Plan, at: PlanState, status: str) -> bool:
    """Return whether a timer runs: neither in maintenance nor while the case's status holds the firing."""
    return at.status != "suppressed" and status not in plan.hold_while


def _exhausted(at: PlanState) -> PlanState:
    return PlanState(id=at.id, status="exhausted", level=at.level, level_id=at.level_id, round=at.round)
