"""Laws of escalation: whoever asks for a manager gets one, and what is over is left alone."""

from __future__ import annotations

from supportkit.cases import Event, Log, fold
from supportkit.escalation import EscalationState, Step
from supportkit.policy import Policy
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
)
