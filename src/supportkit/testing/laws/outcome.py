"""All that a policy decides about a case that opens with some facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.cases import Log
from supportkit.policy import Policy
from supportkit.priority import PriorityDecision
from supportkit.routing import Item, RoutingDecision
from supportkit.sla import Clock
from supportkit.testing.strategies.facts import MORNING

__all__ = ["Facts", "Outcome", "asked_at", "changed", "urgency"]

Facts = Mapping[str, Any]
_LABELS = ("kind", "category", "product", "impact", "urgency")


def asked_at(facts: Facts) -> datetime:
    """The instant at which an example with these facts is asked: the opening, else a working morning."""
    at: datetime = facts.get("case", {}).get("opened_at") or MORNING
    return at


def changed(facts: Facts, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with other values at dotted paths of two parts; None takes a fact away."""
    nested = {group: dict(values) for group, values in facts.items()}
    for path, value in changes.items():
        group, _, name = path.partition(".")
        nested.setdefault(group, {}).pop(name, None)
        if value is not None:
            nested[group][name] = value
    return nested


def urgency(policy: Policy, facts: Facts, *, now: datetime) -> tuple[dict[str, Any], PriorityDecision]:
    """Decide what it is and how urgent; return the facts of the case with its labels, and the priority."""
    labels = policy.classify(facts, now=now) or {}
    case = {**{name: labels.get(name) for name in _LABELS}, **facts.get("case", {})}
    return case, policy.priority.decide({**facts, "case": case}, now=now)


@frozen
class Outcome:
    """What it is, how urgent, by when, where to: decided in the desk's order, as policy examples are."""

    labels: Mapping[str, Any]
    priority: PriorityDecision
    clocks: tuple[Clock, ...]
    routing: RoutingDecision

    @classmethod
    def of(cls, policy: Policy, facts: Facts, *, now: datetime | None = None) -> Outcome:
        """Decide; labels that the facts give already stay as they are given."""
        at = asked_at(facts) if now is None else now
        case, decision = urgency(policy, facts, now=at)
        known = {**facts, "case": {"priority": decision.priority, **case}}
        report = policy.sla.evaluate(Log("case").opened(at=at), facts=known, now=at)
        found = policy.routing.decide(Item("case", created_at=at, facts=known), (), now=at)
        return cls({name: case[name] for name in _LABELS}, decision, report.clocks, found)
