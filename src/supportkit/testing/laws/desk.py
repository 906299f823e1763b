"""Laws of a desk that decides by the policy: its promises, its escalations, its record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

from supportkit.canonical import encode, from_plain
from supportkit.cases import MICROSECOND, Contact, Customer, Event, Log
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers, Desk
from supportkit.escalation import Plan
from supportkit.policy import Policy
from supportkit.testing.laws.law import Counterexample, Law, told
from supportkit.testing.strategies.contacts import contacts
from supportkit.testing.strategies.customers import customers

__all__ = ["LAWS"]

_ANSWERS = ("first_response", "next_response", "customer_waiting")


@frozen
class Visit:
    """Somebody, known or not, who is in touch with a new desk that decides by the policy."""

    contact: Contact
    customer: Customer

    def received(self, policy: Policy) -> tuple[Desk, Log]:
        """Take the contact in; return the desk and the history of the case."""
        channel = MemoryChannel("way_in", kind=self.contact.channel)
        known = Customers([self.customer])
        desk = Desk(
            policy, channels=[channel], customers=known, agents=Agents(()), clock=lambda: self.contact.at
        )
        case_id = desk.receive("way_in", self.contact).contacts[0].case_id
        return desk, Log("none") if case_id is None else desk.history(case_id)


def _visits(policy: Policy) -> st.SearchStrategy[Visit]:
    def of(contact: Contact, customer: Customer) -> Visit:
        points = tuple(dict.fromkeys((*contact.points, *customer.points)))
        return Visit(contact, Customer(customer.id, points, plan=customer.plan, purchases=customer.purchases))

    return st.builds(of, contacts(about=policy), customers(about=policy))


# -- promises ---------------------------------------------------------------------------------------------


def _promised(log: Log) -> Event | None:
    """The promise that an acknowledgement made."""
    said: list[tuple[Event, Any]] = [(event, event.payload) for event in log]
    sent = {payload.promise for event, payload in said if event.kind == "ack.sent"}
    made = (event for event, payload in said if event.kind == "promise.made" and payload.id in sent)
    return next(made, None)


def _owed_is_promised(policy: Policy, visit: Visit) -> Counterexample | bool:
    _, log = visit.received(policy)
    promise = _promised(log)
    if promise is None:
        return False
    said: Any = promise.payload
    report = policy.sla.evaluate(log, facts=_recorded(policy, log), now=promise.at)
    dues = [
        report[name].due for name in policy.sla.metrics if (policy.sla.metrics[name].like or name) in _ANSWERS
    ]
    owed = min((due for due in dues if due is not None), default=None)
    if owed == said.due:
        return True
    return Counterexample(f"promised for {said.due}, owed by {owed}", lines=told(log))


def _recorded(policy: Policy, log: Log) -> Any:
    received: Any = next(event.payload for event in log if event.kind == "contact.received")
    return policy.reading.recorded(received.facts)


def _escalating(policy: Policy) -> list[Plan]:
    """The plans that begin when a promise is broken, whatever the case is like."""
    return [
        plan
        for plan in policy.escalation.plans.values()
        if plan.starts == "promise.broken"
        and plan.levels
        and plan.levels[0].when is None
        and not plan.levels[0].skip_if_empty
        and plan.hold_while.isdisjoint({"new", "open"})
    ]


def _silence_is_raised(policy: Policy, visit: Visit) -> Counterexample | bool:
    desk, log = visit.received(policy)
    promise = _promised(log)
    if promise is None:
        return False
    said: Any = promise.payload
    wait = min((plan.delay for plan in _escalating(policy)), default=timedelta(0))
    desk.tick(now=said.due + wait + MICROSECOND)
    after = desk.history(log.case_id)
    kinds = after.kinds[len(log) :]
    if "promise.broken" in kinds and "escalation.fired" in kinds[kinds.index("promise.broken") :]:
        return True
    found = (
        "nobody answered in time, and nobody was told"
        if "promise.broken" in kinds
        else "the promise is not broken"
    )
    return Counterexample(found, lines=told(after))


# -- the record -------------------------------------------------------------------------------------------


def _comes_out_again(policy: Policy, visit: Visit) -> Counterexample | bool:
    _, log = visit.received(policy)
    for what, recorded, again in _decided_again(policy, log):
        if encode(recorded) != encode(again):
            found = f"{what} was recorded as {recorded}, from the recorded facts it is {again}"
            return Counterexample(found, lines=told(log))
    return len(log) > 0


def _decided_again(policy: Policy, log: Log) -> Iterator[tuple[str, Any, Any]]:
    for event in log:
        said: Any = event.payload
        known = policy.reading.recorded(getattr(said, "facts", None) or {})
        if event.kind == "priority.decided":
            decision = from_plain(policy.priority.decide(known, now=event.at).to_plain())
            decision.pop("policy_version")
            recorded = {name: getattr(said, name, said.extra.get(name)) for name in decision}
            yield "the priority", recorded, decision
        elif event.kind == "case.classified":
            labels = policy.classify(known, now=event.at) or {}
            yield (
                "what it is",
                [said.kind, said.category, said.rule],
                [labels.get(n) for n in ("kind", "category", "rule")],
            )
        elif event.kind == "routing.queued":
            yield "the queue", said.queue, policy.route(known, now=event.at).queue or "general"


def _answers(policy: Policy) -> bool:
    return any(meter.targets for meter in policy.sla.meters if (meter.metric.like or meter.name) in _ANSWERS)


_NO_PROMISE = "no acknowledgement ever promised anything: no answer is owed to what was drawn"
LAWS = (
    Law(
        "an_acknowledgement_promises_what_is_owed",
        "The time that an acknowledgement promises is the time by which an answer is owed.",
        source="R40",
        cases=_visits,
        judge=_owed_is_promised,
        applies=_answers,
        premise=_NO_PROMISE,
        way_out="end first_response with a line without `when`",
    ),
    Law(
        "a_broken_promise_escalates",
        "A promised time that passes in silence breaks the promise, and somebody is told.",
        source="R4, R42",
        cases=_visits,
        judge=_silence_is_raised,
        applies=lambda policy: _answers(policy) and bool(_escalating(policy)),
        premise=_NO_PROMISE,
        way_out="end first_response with a line without `when`",
    ),
    Law(
        "recorded_decisions_come_out_again",
        "Decided again from the facts that its event recorded, every decision is the recorded one.",
        source="R19",
        cases=_visits,
        judge=_comes_out_again,
    ),
)
