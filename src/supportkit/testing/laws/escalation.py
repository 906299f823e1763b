"""Laws of escalation: who asks for a manager gets one, what is over is left alone, looking tells nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from attrs import frozen

from supportkit.cases import MICROSECOND, Deadline, Event, Log, fold
from supportkit.escalation import MANAGER_REQUESTED, EscalationState, Plan, Step, events_of
from supportkit.policy import Policy
from supportkit.sla import SlaState
from supportkit.testing.laws.law import Counterexample, Law, told
from supportkit.testing.strategies.histories import histories

__all__ = ["LAWS"]


def _stepped(policy: Policy, log: Log) -> EscalationState | None:
    state: EscalationState | None = None
    for event in log:
        state = policy.escalation.step(state, event, now=event.at, facts={}).state
    return state


def _asked_for_a_manager(policy: Policy, log: Log) -> tuple[Step, Log]:
    now = log.events[-1].at
    asked = Event.of("escalation.manager_requested", at=now, actor="customer")
    return policy.escalation.step(_stepped(policy, log), asked, now=now, facts={}), log.extended([asked])


def _put_through(policy: Policy, log: Log) -> Counterexample | bool:
    if not fold(log).is_open:
        return False
    step, asked = _asked_for_a_manager(policy, log)
    if step.firings and all(firing.fired_at == firing.due_at for firing in step.firings):
        return True
    return Counterexample("who asks for a manager is not put through at once", lines=told(asked))


def _left_alone(policy: Policy, log: Log) -> Counterexample | bool:
    if fold(log).is_open:
        return False
    state = _stepped(policy, log)
    change = (
        None if state is None else policy.escalation.step(state, None, now=log.events[-1].at).next_change_at
    )
    if change is None:
        return True
    return Counterexample(f"something is still due at {change}", lines=told(log))


# -- looking --------------------------------------------------------------------------------------


@frozen
class _Look:
    """One step of an escalation through a history: before, what happened, when, what was owed, the step."""

    before: EscalationState | None
    event: Event | None
    now: datetime
    deadlines: tuple[Deadline, ...]
    step: Step

    def again(self, policy: Policy, event: Event | None = None, *, now: datetime | None = None) -> Step:
        """Take one more step from where this one led."""
        return policy.escalation.step(
            self.step.state, event, now=now or self.now, facts={}, deadlines=self.deadlines
        )


def _own(policy: Policy) -> list[Plan]:
    """Return the plans that something in the life of a case begins."""
    plans = policy.escalation.plans.values()
    return [plan for plan in plans if plan.counts is None and plan.starts != MANAGER_REQUESTED]


def _looks(policy: Policy, log: Log) -> Iterator[_Look]:
    """Play a history through targets and escalations: timers before each event, and afterwards by themselves.

    What begins a plan and did not occur, occurs at the end, as long as the case is open.
    """
    sla, state = policy.sla.start({}), None
    kinds = {plan.starts: None for plan in _own(policy)} if fold(log).is_open else {}
    last = log.events[-1].at
    begins = [Event.of(kind, at=last, actor="desk") for kind in kinds if kind not in log.kinds]
    for event in [*log, *begins]:
        for look in _timers(policy, state, sla, until=event.at - MICROSECOND):
            yield look
            state = look.step.state
        sla = policy.sla.apply(sla, event, facts={})
        owed = policy.sla.deadlines(sla, now=event.at)
        step = policy.escalation.step(state, event, now=event.at, facts={}, deadlines=owed)
        yield _Look(state, event, event.at, owed, step)
        state = step.state
    yield from _timers(policy, state, sla, until=last + timedelta(days=7))


def _timers(
    policy: Policy, state: EscalationState | None, sla: SlaState, *, until: datetime
) -> Iterator[_Look]:
    for _ in range(_TIMERS if state is not None and state.last_at is not None else 0):
        assert state is not None
        assert state.last_at is not None
        owed = policy.sla.deadlines(sla, now=state.last_at)
        due = policy.escalation.step(state, None, now=state.last_at, facts={}, deadlines=owed).next_change_at
        if due is None or due > until:
            return
        now = max(due, state.last_at)
        step = policy.escalation.step(state, None, now=now, facts={}, deadlines=owed)
        yield _Look(state, None, now, owed, step)
        state = step.state


def _looking_tells_nobody(policy: Policy, log: Log) -> Counterexample | bool:
    fired = False
    for look in _looks(policy, log):
        fired = fired or bool(look.step.firings)
        soon = look.step.next_change_at
        early = look.now if soon is None else max(look.now, soon - MICROSECOND)
        looked = look if look.event is None else None
        if looked is not None and looked.again(policy).firings:
            return Counterexample(f"a second look at {look.now} tells somebody again", lines=told(log))
        if (soon is None or early < soon) and look.again(policy, now=early).firings:
            return Counterexample(
                f"a look at {early}, before anything is due, tells somebody", lines=told(log)
            )
    return fired


def _raises_nothing_itself(policy: Policy, log: Log) -> Counterexample | bool:
    fired = False
    for look in _looks(policy, log):
        own = [*events_of(look.before, look.step, now=look.now)] if look.step.firings else []
        for name, value in look.step.changes.items() if own else ():
            if name == "case.priority":
                own.append(_raised(look.now, value))
        fired = fired or bool(own)
        for event in own:
            if look.again(policy, event).firings:
                return Counterexample(
                    f"what it did at {look.now} ({event.kind}) raises it again", lines=told(log)
                )
    return fired


def _raised(at: datetime, priority: str) -> Event:
    return Event.of("priority.decided", at=at, priority=priority, caused_by="escalation.fired", actor="desk")


def _keeps_quiet(policy: Policy, log: Log) -> Counterexample | bool:
    looked = False
    for look in _looks(policy, log):
        for firing in look.step.firings if look.event is None else ():
            quiet = policy.escalation.plans[firing.plan].quiet
            looked = looked or quiet is not None
            if quiet is not None and quiet.hours.holds(look.now):
                return Counterexample(f"{firing.explain()}, in quiet hours", lines=told(log))
    return looked


_TIMERS = 20
_NOBODY_TOLD = "no level told anybody in what was drawn"
_WAY_OUT = "give a plan a level that comes without a condition"
LAWS = (
    Law(
        "who_asks_for_a_manager_is_put_through",
        "A customer who asks for a manager on an open case is put through at once.",
        source="R59",
        cases=histories,
        judge=_put_through,
    ),
    Law(
        "nothing_escalates_when_it_is_over",
        "A case that is resolved, closed or merged fires nothing any more.",
        source="R57",
        cases=histories,
        judge=_left_alone,
    ),
    Law(
        "looking_again_tells_nobody",
        "Evaluating twice, or before anything is due, tells nobody.",
        source="R80",
        cases=histories,
        judge=_looking_tells_nobody,
        applies=lambda policy: bool(_own(policy)),
        premise=_NOBODY_TOLD,
        way_out=_WAY_OUT,
    ),
    Law(
        "what_an_escalation_does_raises_nothing",
        "What an escalation records and changes itself never makes it fire again.",
        source="R57",
        cases=histories,
        judge=_raises_nothing_itself,
        applies=lambda policy: bool(_own(policy)),
        premise=_NOBODY_TOLD,
        way_out=_WAY_OUT,
    ),
    Law(
        "quiet_hours_are_kept",
        "In the quiet hours of a plan nothing fires by itself, as long as nothing is urgent.",
        source="R80",
        cases=histories,
        judge=_keeps_quiet,
        applies=lambda policy: any(plan.quiet is not None for plan in _own(policy)),
        premise="no plan with quiet hours told anybody in what was drawn",
        way_out=_WAY_OUT,
    ),
)
