"""Laws of routing: every way ends at a person, or at a call back to one."""

from __future__ import annotations

from supportkit.policy import Policy
from supportkit.routing import Item
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.laws.outcome import Facts, Outcome, asked_at, changed
from supportkit.testing.strategies.facts import facts

__all__ = ["LAWS"]


def _leads_to_a_person(policy: Policy, known: Facts) -> Counterexample | bool:
    """Ask for the route as the desk does, and for what happens while nobody is logged in."""
    now = asked_at(known)
    outcome = Outcome.of(policy, known)
    labels = {f"case.{name}": value for name, value in outcome.labels.items()}
    full = changed(known, {**labels, "case.priority": outcome.priority.priority})
    route = policy.route(full, now=now)
    if not route.queue:
        return Counterexample(
            "the route names no queue, so nobody serves it", ((known, {"queue": "general"}),), fails=True
        )
    nobody = policy.routing.decide(Item("case", created_at=now, facts=full), (), now=now, route=route).outcome
    if nobody == route.when_nobody:
        return True
    found = f"while nobody is there the outcome is {nobody}, the route says {route.when_nobody}"
    return Counterexample(found, ((known, {"queue": route.queue, "when_nobody": route.when_nobody}),))


LAWS = (
    Law(
        "every_route_ends_at_a_person",
        "Every matter gets a queue, and it is settled what happens while nobody is there.",
        source="R44",
        cases=facts,
        judge=_leads_to_a_person,
    ),
)
