"""A routing decision: who gets it or why nobody does, with everything that led there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.canonical import to_plain

__all__ = ["Pick", "RoutingDecision", "RoutingExplanation"]

_FIRST = 8
_FULL = frozenset({"capacity", "blend"})


@frozen
class RoutingExplanation:
    """The reasons of a decision, one line each; `excluded` names the barrier of every agent left out."""

    lines: tuple[str, ...]
    excluded: Mapping[str, str] = field(factory=dict)

    def __str__(self) -> str:
        return "\n".join(self.lines)


@frozen(kw_only=True)
class RoutingDecision:
    """Where an item goes.

    `outcome` is offer (to `agent`), wait, or callback (nobody who could take it is logged in). `queue` is
    where it waits, `step` the step of relaxation (0 without steps; as many as there are once all are spent),
    `dropped` the skills dropped, in that order. `ranking` are the ids of all who may have it, the best
    first. `reasons` are codes: ``route:0`` or ``no_route``, ``decided_by:<rank>``, ``only_candidate``,
    ``void:<attribute>``, ``exhausted`` (all who could take it refused), ``steps_spent`` (no step is left),
    ``nobody_logged_in``. `excluded` pairs each agent left out with the first barrier it met, `funnel` counts
    them, of `considered` agents in all. `missing` names facts that a route before lacked, `provisional` says
    it could have fitted, `errors` lists routes that met facts of a wrong kind.
    `next_change_at` is the next instant at which time alone can change the decision.
    """

    outcome: str
    agent: str | None = None
    queue: str | None = None
    step: int = 0
    dropped: tuple[str, ...] = ()
    ranking: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    next_change_at: datetime | None = None
    route: int | None = None
    considered: int = 0
    funnel: Mapping[str, int] = field(factory=dict)
    missing: tuple[str, ...] = ()
    provisional: bool = False
    errors: tuple[str, ...] = ()
    policy_version: str | None = None
    excluded: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def when_free(self) -> tuple[str, ...]:
        """Who could have it as soon as they have room: what is in their hands is all that stands between."""
        return tuple(agent for agent, barrier in self.excluded if barrier in _FULL)

    def explain(self) -> RoutingExplanation:
        """Return the reasons in words, with the barrier of every agent that was left out."""
        whom = f" to {self.agent}" if self.agent else ""
        lines = [f"{self.outcome}{whom}: {', '.join(self.reasons) or 'no reasons'}"]
        if self.step or self.dropped:
            dropped = f", without {', '.join(self.dropped)}" if self.dropped else ""
            lines.append(f"  step {self.step}{dropped}")
        lines.append(f"  {len(self.ranking)} of {self.considered} agents fit")
        lines += [f"  {count} left out by {barrier}" for barrier, count in self.funnel.items()]
        lines += [f"  {agent}: {barrier}" for agent, barrier in self.excluded]
        if self.missing:
            lines.append(f"  provisional, a route could fit with: {', '.join(self.missing)}")
        if self.agent is None and self.when_free:
            lines.append(f"  could go to {', '.join(self.when_free)} as soon as there is room")
        if self.next_change_at is not None:
            lines.append(f"  looks different from {self.next_change_at.isoformat()} on")
        return RoutingExplanation(tuple(lines), dict(self.excluded))

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals, kept small: of the ranking the first eight."""
        return {
            "outcome": self.outcome,
            "agent": self.agent,
            "queue": self.queue,
            "step": self.step,
            "dropped": list(self.dropped),
            "ranking": list(self.ranking[:_FIRST]),
            "fitting": len(self.ranking),
            "reasons": list(self.reasons),
            "next_change_at": to_plain(self.next_change_at),
            "route": self.route,
            "considered": self.considered,
            "funnel": dict(self.funnel),
            "missing": list(self.missing),
            "provisional": self.provisional,
            "errors": list(self.errors),
            "policy_version": self.policy_version,
        }


@frozen
class Pick:
    """What a freed agent takes next: an item's id or None, why, and when time alone can change that.

    `reasons` are codes: ``only_candidate`` or ``decided_by:`` queue_number, sort_key, points, age or id;
    without an item ``nothing_waits``, or ``nothing_fits`` and ``<barrier>:<count>`` for each barrier met.
    """

    item: str | None
    reasons: tuple[str, ...] = ()
    next_change_at: datetime | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals."""
        return {
            "item": self.item,
            "reasons": list(self.reasons),
            "next_change_at": to_plain(self.next_change_at),
        }
