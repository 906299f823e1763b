"""A priority that was decided, with everything that led to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.canonical import to_plain
from supportkit.priority.adjustments import Adjustment
from supportkit.priority.factor import Contribution
from supportkit.priority.points import Points, plain_points

__all__ = ["PriorityDecision", "PriorityExplanation"]


@frozen
class PriorityExplanation:
    """The reasons of a decision, one line each; ``str()`` joins them."""

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


@frozen(kw_only=True)
class PriorityDecision:
    """How urgent, and why.

    `score` is the exact sum of the `contributions`; `by_score` the level it reaches, `priority` the level
    after `override`, `floors` and `caps`. `missing` names the facts that were lacking, `provisional` says
    that they could have changed the decision. `errors` names factors, lines and instants that met facts of
    a wrong kind, or facts that could not be read; `faults` says of lines and instants what they met.
    `sort_key` is the place in the waiting line, an integer of microseconds that fits 64 bits; smaller
    goes first; `next_change_at` is when ageing by steps moves it, None when waiting never does.
    """

    priority: str
    score: Points
    contributions: tuple[Contribution, ...]
    provisional: bool
    missing: tuple[str, ...]
    sort_key: int
    by_score: str
    override: Adjustment | None = None
    floors: tuple[Adjustment, ...] = ()
    caps: tuple[Adjustment, ...] = ()
    errors: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default=(), eq=False)
    policy_version: str | None = field(default=None)
    next_change_at: datetime | None = None

    def explain(self) -> PriorityExplanation:
        """Return the reasons in words: each contribution with its evidence, then what changed the level."""
        lines = [f"priority {self.priority}: {plain_points(self.score)} points reach {self.by_score}"]
        lines += [f"  {contribution}" for contribution in self.contributions]
        lines += [f"  {line}" for line in self.floors + self.caps]
        if self.override is not None:
            lines.append(f"  {self.override}")
        lines += [f"  in error and passed over: {fault}" for fault in self.faults]
        if self.missing:
            what = "provisional, could change with" if self.provisional else "not known, without effect on it"
            lines.append(f"  {what}: {', '.join(self.missing)}")
        return PriorityExplanation(tuple(lines))

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals; equal decisions give equal canonical JSON."""
        return {
            "priority": self.priority,
            "score": to_plain(self.score),
            "by_score": self.by_score,
            "contributions": [contribution.to_plain() for contribution in self.contributions],
            "provisional": self.provisional,
            "missing": list(self.missing),
            "sort_key": self.sort_key,
            "override": self.override.to_plain() if self.override else None,
            "floors": [line.to_plain() for line in self.floors],
            "caps": [line.to_plain() for line in self.caps],
            "errors": list(self.errors),
            "policy_version": self.policy_version,
        }
