"""The escalation policy: a pure function from (state, event, now) to a new state and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from supportkit.canonical import encode
from supportkit.cases import Deadline, Event, utc
from supportkit.errors import PolicyError
from supportkit.escalation._clocks import begun, follow_edits, ring, sync
from supportkit.escalation._document import read_plan, read_plans
from supportkit.escalation._hearing import ACTIVITY, HEARD, hear
from supportkit.escalation._machine import Machine
from supportkit.escalation._reading import Reading
from supportkit.escalation.plans import MANAGER, MANAGER_REQUESTED, OneOf, Plan
from supportkit.escalation.state import EscalationState, PlanState
from supportkit.escalation.steps import Directory, Firing, Step, StepFault
from supportkit.rules import Truth

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
    _reading: Reading = field(factory=lambda: Reading([]), eq=False, repr=False, alias="reading")
    _heard: frozenset[str] | None = field(init=False, eq=False, repr=False)
    _kept: dict[bytes, Plan | None] = field(init=False, factory=dict, eq=False, repr=False)
    _takers: dict[str, list[tuple[str, int, tuple[str, ...]]]] = field(init=False, eq=False, repr=False)
    _turns: dict[str, tuple[str, ...]] = field(init=False, eq=False, repr=False)
    _metrics: bool = field(init=False, eq=False, repr=False)

    @_takers.default
    def _who_takes_turns(self) -> dict[str, list[tuple[str, int, tuple[str, ...]]]]:
        found = {name: list(_takers(plan)) for name, plan in self.plans.items()}
        return {name: takers for name, takers in found.items() if takers}

    @_turns.default
    def _turns_by_key(self) -> dict[str, tuple[str, ...]]:
        return {key: ids for takers in self._takers.values() for key, _, ids in takers}

    @_metrics.default
    def _has_metrics(self) -> bool:
        return any(plan.metric is not None for plan in self.plans.values())

    @_heard.default
    def _kinds_that_matter(self) -> frozenset[str] | None:
        """Return the kinds of events that can do anything here; None where some plan listens to all."""
        plans = self.plans.values()
        if any(_listens_to_all(plan) for plan in plans):
            return None
        heard = {kind for plan in plans for kind in (plan.starts, *plan.activity, *_counted(plan))}
        own = ACTIVITY if any(plan.mode == "age" for plan in plans) else frozenset()
        decided = {"priority.decided"} if any(plan.mode == "priority_ladder" for plan in plans) else set()
        return HEARD | heard | own | decided

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
        calendars = dict(calendars or {})
        reading = Reading([], strict=strict, schema=schema, keywords=keywords, calendars=calendars)
        plans = read_plans(reading, document)
        if reading.faults:
            raise PolicyError(reading.faults)
        if MANAGER.name not in plans and all(plan.starts != MANAGER_REQUESTED for plan in plans.values()):
            plans[MANAGER.name] = MANAGER
        return cls(plans, calendars, reading)

    def hears(self, kind: str, state: EscalationState | None = None) -> bool:
        """Return whether an event of this kind can do anything here; no other needs facts.

        A case that goes on by a plan of its own (`state`) hears everything.
        """
        return self._heard is None or kind in self._heard or _has_its_own(state)

    def reads_deadlines(self, state: EscalationState | None = None) -> bool:
        """Return whether some plan counts around deadlines; otherwise steps need not be told of any."""
        return self._metrics or _has_its_own(state)

    @property
    def turns(self) -> Mapping[str, tuple[str, ...]]:
        """For every level that tells one of several in turn its key (``plan.level``) and their ids.

        A host that stores who was told gets the key with `served`, and `Directory.last_served` asks for it.
        """
        return self._turns

    def served(self, firing: Firing) -> dict[str, str]:
        """Return whose turn it was in a firing, by the key under which `Directory.last_served` asks.

        >>> plan = {"levels": [{"to": {"one_of": ["bob", "ann"]}, "wait": "1 hour"}]}
        >>> policy = EscalationPolicy.from_dict({"silence": plan})
        >>> nine = datetime.fromisoformat("2026-07-01T09:00:00+00:00")
        >>> step = policy.step(None, Event.of("case.opened", at=nine), now=nine)
        >>> policy.served(step.firings[0])
        {'silence.1': 'ann'}
        """
        found = {}
        for key, number, ids in self._takers.get(firing.plan, ()):
            told = next((whom for whom in firing.targets if whom in ids), None)
            if number == firing.level and told is not None:
                found[key] = told
        return found

    def step(
        self,
        state: EscalationState | None,
        event: Event | None,
        *,
        now: datetime,
        facts: Any = None,
        deadlines: Iterable[Deadline] = (),
        directory: Directory | None = None,
    ) -> Step:
        """Take one step: with an event what it calls for, without one every timer due at or before `now`.

        `state` None is nothing yet. An evaluation earlier than the last thing that happened is a no-op; an
        event counts from its own instant on. A refused request is a fault of the step. `facts` are what
        conditions read (a nested mapping, or what `bind` returns), `deadlines` what is owed by when (as the
        SLA engine tells it; the same in every step), `directory` says who is on call. Raises NaiveDatetime
        for `now` without zone.
        """
        before = state or EscalationState()
        moment = utc(now) if event is None else max(utc(now), event.at)
        if before.last_at is not None and moment < before.last_at:
            faults = () if event is None else (StepFault("earlier_now", event.kind),)
            return Step(before, (), self._change_of(before, before.last_at, facts, deadlines), {}, faults)
        if event is not None and not self.hears(event.kind, before):
            after = EscalationState(
                plans=before.plans,
                case_status=before.case_status,
                maintenance=before.maintenance,
                attached_to=before.attached_to,
                last_at=moment,
            )  # fmt: skip - evolving costs several times as much, and most events end here
            return Step(after, (), self._change_of(after, moment, facts, deadlines), cause=event.kind)
        machine = self._machine(before, moment, facts, deadlines, directory)
        if event is None:
            sync(machine)
            ring(machine)
        else:
            hear(machine, event)
        if event is None or not (event.caused_by or "").startswith("escalation."):
            self._count(machine)
        sync(machine)
        return self._taken(machine, before, event)

    def plan(
        self,
        state: EscalationState | None,
        *,
        now: datetime,
        deadlines: Iterable[Deadline] = (),
        facts: Any = None,
    ) -> tuple[Firing, ...]:
        """Return what will fire and when, if nobody does anything and the condition of every level holds.

        Each firing is dated when it would happen, the first ones not before `now`; its targets are as
        written. A plan that repeats without end is shown up to a hundred firings. `facts` say which entry
        fits, and whether quiet hours hold; without them they do.
        """
        firings: list[Firing] = []
        moment, deadlines = utc(now), tuple(deadlines)
        for _ in range(2 * _PLAN_LIMIT):  # a step without a firing only changes a status
            if state is None or len(firings) >= _PLAN_LIMIT:
                break
            machine = self._machine(
                state, max(moment, state.last_at or moment), facts, deadlines, planning=True
            )
            sync(machine)
            ring(machine)
            sync(machine)
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
        deadlines: Iterable[Deadline],
        directory: Directory | None = None,
        *,
        planning: bool = False,
    ) -> Machine:
        machine = Machine(
            self.plans,
            state,
            now=now,
            facts=facts,
            calendars=self.calendars,
            deadlines=deadlines,
            directory=directory,
            planning=planning,
            kept=self._kept_plan,
        )
        follow_edits(machine)
        return machine

    def _kept_plan(self, at: PlanState, plan: Plan | None) -> Plan | None:
        """Return the plan that a case keeps, read from what it remembers; an own one is known already."""
        if plan is not None and at.snapshot == plan.source:
            return plan
        key = encode(at.snapshot)
        if key not in self._kept:
            name = at.id if plan is None else plan.name
            self._kept[key] = read_plan(
                evolve(self._reading, faults=[], strict=False), name, at.snapshot, name
            )
        return self._kept[key]

    def _count(self, machine: Machine) -> None:
        """Begin the counters that have reached their number; each fires once in the life of a case."""
        for name, plan in self.plans.items():
            if plan.counts is None or name in machine.book or machine.ended:
                continue
            if machine.truth(plan.counts) is Truth.TRUE:
                machine.book[name] = begun(machine, plan, machine.now, since=machine.now)

    def _taken(self, machine: Machine, before: EscalationState, event: Event | None) -> Step:
        state = machine.state(before, happened=event is not None or bool(machine.firings))
        return Step(
            state,
            tuple(sorted(machine.firings, key=lambda firing: firing.due_at)),
            self._next_change_at(machine, state),
            machine.changes,
            tuple(dict.fromkeys(machine.faults)),
            cause=None if event is None else event.kind,
        )

    def _change_of(
        self, state: EscalationState, now: datetime, facts: Any, deadlines: Iterable[Deadline]
    ) -> datetime | None:
        return self._next_change_at(self._machine(state, now, facts, deadlines), state)

    def _next_change_at(self, machine: Machine, state: EscalationState) -> datetime | None:
        """Return the next instant at which a timer can do anything."""
        dues = (
            machine.rings_at(machine.plans[name], at)
            for name, at in state.plans.items()
            if name in machine.plans
        )
        return min((due for due in dues if due is not None), default=None)


def _has_its_own(state: EscalationState | None) -> bool:
    return state is not None and any(at.snapshot is not None for at in state.plans.values())


def _takers(plan: Plan) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield the key, the number and the ids of every level that tells one of several in turn."""
    lists = [entry.levels for entry in plan.entries] or [plan.levels]
    told = [(level.id, n, level.to) for levels in lists for n, level in enumerate(levels, 1)]
    told += [("finally", len(plan.levels) + 1, plan.last_to or ())]
    for name, number, to in told:
        ids = tuple(one for target in to if isinstance(target, OneOf) for one in target.ids)
        if ids:
            yield f"{plan.name}.{name}", number, tuple(sorted(set(ids)))


def _listens_to_all(plan: Plan) -> bool:
    """Return whether any event may change when this plan fires: through facts or through deadlines."""
    by_facts = plan.counts is not None or any(entry.when is not None for entry in plan.entries)
    loud = plan.quiet is not None and plan.quiet.unless is not None
    return by_facts or loud or plan.mode == "deadline"


def _counted(plan: Plan) -> tuple[str, ...]:
    return tuple(level.threshold.of for level in plan.levels if level.threshold is not None)
