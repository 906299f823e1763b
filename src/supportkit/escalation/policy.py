"""The escalation policy: a pure function from (state, event, now) to a new state and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases import Deadline, Event, utc
from supportkit.errors import PolicyError
from supportkit.escalation._document import Reading
from supportkit.escalation._hearing import HEARD, hear
from supportkit.escalation._machine import Machine, ticks
from supportkit.escalation.plans import MANAGER, MANAGER_REQUESTED, Plan
from supportkit.escalation.state import EscalationState
from supportkit.escalation.steps import Directory, Firing, Step, StepFault

__all__ = ["EscalationPolicy"]

_PLAN_LIMIT = 100


@frozen
class EscalationPolicy:
    """All plans of a desk, by name.

    A policy without a word on managers has one plan more: ``manager``, which puts a customer through who
    asks for one. `calendars` are those that conditions name.
    """

    plans: Mapping[str, Plan]
    calendars: Mapping[str, Any] = field(factory=dict)
    _heard: frozenset[str] | None = field(init=False, eq=False, repr=False)

    @_heard.default
    def _kinds_that_matter(self) -> frozenset[str] | None:
        """Return the kinds of events that can do anything here; None where counters listen to all."""
        if any(plan.counts is not None for plan in self.plans.values()):
            return None
        return HEARD | {plan.starts for plan in self.plans.values()}

    @classmethod
    def from_dict(
        cls,
        document: Mapping[str, Any],
        *,
        calendars: Mapping[str, Any] | None = None,
        strict: bool = True,
        schema: Any = None,
        keywords: Mapping[str, Any] | None = None,
    ) -> EscalationPolicy:
        """Read ``{name: plan}``; durations as text or timedelta, conditions as text or JSON.

        Conditions are checked against `schema` and may name `keywords` when these are given. Raises
        PolicyError with all faults together. With `strict` False a broken level is no such fault: it is
        reported when its turn comes, and a missing wait runs as five minutes.

        >>> from datetime import UTC, timedelta
        >>> policy = EscalationPolicy.from_dict({"silence": {"levels": [
        ...     {"to": "team_lead", "wait": "30 minutes"}, {"to": "duty_manager", "kind": "hierarchical"}]}})
        >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
        >>> step = policy.step(None, Event.of("case.opened", at=nine), now=nine)
        >>> step.firings[0].targets, step.next_change_at - nine
        (('team_lead',), datetime.timedelta(seconds=1800))
        >>> later = policy.step(step.state, None, now=step.next_change_at)
        >>> later.firings[0].targets, later.state.plans["silence"].status
        (('duty_manager',), 'triggered')
        """
        reading = Reading([], strict=strict, schema=schema, keywords=keywords)
        plans = reading.plans(document)
        if reading.faults:
            raise PolicyError(reading.faults)
        if MANAGER.name not in plans and all(plan.starts != MANAGER_REQUESTED for plan in plans.values()):
            plans[MANAGER.name] = MANAGER
        return cls(plans, dict(calendars or {}))

    def hears(self, kind: str) -> bool:
        """Return whether an event of this kind can do anything here; no other needs facts."""
        return self._heard is None or kind in self._heard

    def step(
        self,
        state: EscalationState | None,
        event: Event | None,
        *,
        now: datetime,
        facts: Any = None,
        deadlines: Iterable[Deadline] = (),  # noqa: ARG002 - pinned; plans around deadlines are refused at load
        directory: Directory | None = None,
    ) -> Step:
        """Take one step: with an event what it calls for, without one every timer due at or before `now`.

        `state` None is nothing yet. An evaluation earlier than the last thing that happened is a no-op; an
        event counts from its own instant on. A refused request is a fault of the step. `facts` are what
        conditions read (a nested mapping, or what `bind` returns). Raises NaiveDatetime for `now` without
        zone.
        """
        before = state or EscalationState()
        moment = utc(now) if event is None else max(utc(now), event.at)
        if before.last_at is not None and moment < before.last_at:
            faults = () if event is None else (StepFault("earlier_now", event.kind),)
            return Step(before, (), self._next_change_at(before), {}, faults)
        if event is not None and not self.hears(event.kind):
            after = EscalationState(
                plans=before.plans,
                case_status=before.case_status,
                maintenance=before.maintenance,
                attached_to=before.attached_to,
                last_at=moment,
            )  # fmt: skip - evolving costs several times as much, and most events end here
            return Step(after, (), self._next_change_at(after), cause=event.kind)
        machine = self._machine(before, moment, facts, directory)
        if event is None:
            machine.ring()
        else:
            hear(machine, event)
        if event is None or not (event.caused_by or "").startswith("escalation."):
            self._count(machine)
        return self._taken(machine, before, event)

    def plan(
        self,
        state: EscalationState | None,
        *,
        now: datetime,
        deadlines: Iterable[Deadline] = (),  # noqa: ARG002 - pinned; plans around deadlines are refused at load
    ) -> tuple[Firing, ...]:
        """Return what will fire and when, if nobody does anything and every condition holds.

        Each firing is dated when it would happen, the first ones not before `now`; its targets are as
        written. A plan that repeats without end is shown up to a hundred firings.
        """
        firings: list[Firing] = []
        moment = utc(now)
        for _ in range(2 * _PLAN_LIMIT):  # a step without a firing only changes a status
            if state is None or len(firings) >= _PLAN_LIMIT:
                break
            machine = self._machine(state, max(moment, state.last_at or moment), None, None, planning=True)
            machine.ring()
            step = self._taken(machine, state, None)
            firings += step.firings
            state = step.state
            if step.next_change_at is None:
                break
            moment = max(step.next_change_at, moment)
        return tuple(firings[:_PLAN_LIMIT])

    def _machine(
        self,
        state: EscalationState,
        now: datetime,
        facts: Any,
        directory: Directory | None,
        *,
        planning: bool = False,
    ) -> Machine:
        return Machine(
            self.plans,
            state,
            now=now,
            facts={} if facts is None else facts,
            calendars=self.calendars,
            directory=directory,
            planning=planning,
        )

    def _count(self, machine: Machine) -> None:
        """Begin the counters that have reached their number; each fires once in the life of a case."""
        for name, plan in self.plans.items():
            if (
                plan.counts is not None
                and name not in machine.book
                and not machine.ended
                and machine.counted(plan.counts)
            ):
                machine.book[name] = machine.begun(plan, machine.now, since=machine.now)

    def _taken(self, machine: Machine, before: EscalationState, event: Event | None) -> Step:
        state = machine.state(before, happened=event is not None or bool(machine.firings))
        changes: dict[str, Any] = {}
        for firing in machine.firings:
            changes.update(firing.changes)
        return Step(
            state,
            tuple(sorted(machine.firings, key=lambda firing: firing.due_at)),
            self._next_change_at(state),
            changes,
            tuple(dict.fromkeys(machine.faults)),
            cause=None if event is None else event.kind,
        )

    def _next_change_at(self, state: EscalationState) -> datetime | None:
        """Return the next instant at which a timer can do anything."""
        dues = (
            at.due
            for name, at in state.plans.items()
            if at.due is not None and name in self.plans and ticks(self.plans[name], at, state.case_status)
        )
        return min(dues, default=None)
