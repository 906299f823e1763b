"""Why this priority, why this person, why due then: computed anew from what the log recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.cases import Event, Log
from supportkit.policy import Policy

__all__ = ["Explanation", "explain_case", "recompute_priority"]


@frozen
class Explanation:
    """The three answers as text, for people; `str()` gives all of them."""

    case_id: str
    priority: str
    person: str
    due: str

    def __str__(self) -> str:
        parts = (
            ("Why this priority", self.priority),
            ("Why this person", self.person),
            ("Why due then", self.due),
        )
        return "\n\n".join(f"{title}\n{text}" for title, text in parts)


def explain_case(policy: Policy, log: Log, *, now: datetime) -> Explanation:
    """Explain a case from its log; `now` is the moment for which the clocks are read."""
    return Explanation(log.case_id, _priority(policy, log), _person(log), _due(policy, log, now))


def recompute_priority(policy: Policy, event: Event) -> Any:
    """Decide a recorded priority again, from the facts that its event holds; None when a person set it."""
    said: Any = event.payload
    if said.facts is None:
        return None
    return policy.priority.decide(policy.reading.recorded(said.facts), now=event.at)


def _last(log: Log, kind: str, **having: Any) -> Event | None:
    found = (
        event
        for event in reversed(log.events)
        if event.kind == kind and all(getattr(event.payload, name) is not None for name in having)
    )
    return next(found, None)


def _priority(policy: Policy, log: Log) -> str:
    event = _last(log, "priority.decided")
    if event is None:
        return "no priority was decided"
    decision = recompute_priority(policy, event)
    if decision is None:
        said: Any = event.payload
        return f"{said.priority}, set by {event.actor or 'somebody'}: {event.reason or 'no reason given'}"
    return str(decision.explain())


def _person(log: Log) -> str:
    event = _last(log, "case.assigned", agent=True) or _last(log, "case.assigned")
    if event is None:
        return "nobody is in charge yet"
    said: Any = event.payload
    who = said.agent or f"team {said.team}"
    lines = [f"{who} ({said.cause or 'assigned'}{', ' + event.reason if event.reason else ''})"]
    decision = said.decision or {}
    lines += [f"  {reason}" for reason in decision.get("reasons", ())]
    return "\n".join(lines)


def _due(policy: Policy, log: Log, now: datetime) -> str:
    report = policy.sla.evaluate(log, facts=policy.reading.recorded(_facts(log)), now=now)
    clocks = [clock for clock in report.clocks if clock.state != "idle"]
    return "\n\n".join(str(clock.explain()) for clock in clocks) or "no target applies"


def _facts(log: Log) -> Any:
    event = _last(log, "contact.received", facts=True)
    return {} if event is None else event.payload.facts  # type: ignore[attr-defined]
