"""Tiers: which step of a scale an amount reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen

from supportkit.cases import Unknown
from supportkit.errors import InvalidValue
from supportkit.priority.points import Points, exact

__all__ = ["Tiers", "spend_tier"]


def spend_tier(
    amount: Decimal | float | Unknown | None, tiers: Sequence[tuple[str, Any]]
) -> str | Unknown | None:
    """Return the name of the first tier whose minimum is reached, None below all of them.

    `tiers` are (name, minimum) in order, minimum inclusive: list the highest first. An unknown amount
    gives the same Unknown back; None is unknown too. Raises InvalidValue for what is no number.

    >>> spend_tier(Decimal("2000.00"), [("gold", 2000), ("silver", 500)])
    'gold'
    """
    if isinstance(amount, Unknown):
        return amount
    if amount is None:
        return Unknown(("amount",))
    spent = exact(amount, name="amount")
    for name, minimum in tiers:
        if spent >= exact(minimum, name=f"tier {name}"):
            return name
    return None


@frozen
class Tiers:
    """Points for reaching a minimum: the highest minimum reached counts, below all of them nothing.

    Higher minimums never give fewer points, and none gives negative ones, so that more is never worse.
    """

    steps: tuple[tuple[Points, Points], ...]

    @classmethod
    def of(cls, tiers: Mapping[Any, Any], *, name: str) -> Tiers:
        """Build them from {minimum: points} in any order; raises InvalidValue when points fall."""
        steps = sorted(
            (exact(minimum, name=f"{name} minimum"), exact(points, name=f"{name} points"))
            for minimum, points in tiers.items()
        )
        before: Points = 0
        for minimum, points in steps:
            if points < before:
                raise InvalidValue(
                    f"{name}: {points} points from {minimum} on are fewer than the {before} below it; "
                    "more must never be worth less",
                )
            before = points
        return cls(tuple(reversed(steps)))

    @property
    def most(self) -> Points:
        """The points of the highest minimum, 0 without any."""
        return self.steps[0][1] if self.steps else 0

    def reached(self, amount: Points) -> tuple[Points | None, Points]:
        """Return the minimum reached (None below all) and its points."""
        for minimum, points in self.steps:
            if amount >= minimum:
                return minimum, points
        return None, 0
