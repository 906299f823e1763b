"""Churn risk: a fact made of what a customer bought, and a factor that lets it count."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from supportkit.cases import Customer
from supportkit.errors import InvalidValue
from supportkit.priority import Contribution, fact_at
from supportkit.rules import Field

CHURN_RISK = Field("x.supportkit_example.churn_risk", "decimal", nullable=True, min=0, max=1)
"""The distribution's name is written with an underscore, so that conditions need no quotes."""

_CERTAIN_AFTER = 730


def churn_risk(customer: Customer | None, *, now: datetime) -> Decimal | None:
    """Return how likely a customer is to leave, 0 to 1, by the days since the last purchase; None: unknown.

    >>> churn_risk(None, now=datetime(2026, 7, 1)) is None
    True
    """
    bought = customer.purchases if customer is not None else None
    instants = [purchase.at for purchase in bought or () if purchase.amount > 0 and purchase.at <= now]
    if not instants:
        return None
    days = (now - max(instants)).days
    return (Decimal(min(days, _CERTAIN_AFTER)) / _CERTAIN_AFTER).quantize(Decimal("0.01"))


@frozen
class ChurnFactor:
    """Adds up to `points`, in proportion to the risk."""

    points: int
    name: str = "churn"
    reads: tuple[str, ...] = (CHURN_RISK.path,)

    @classmethod
    def build(cls, given: Any) -> ChurnFactor:
        """Read ``churn: 20`` from a policy document."""
        try:
            return cls(int(given))
        except (TypeError, ValueError):
            raise InvalidValue(f"churn: {given!r} is no number of points; write it like 20") from None

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the shape of all factors
        """Return the points; unknown risk adds nothing and says so."""
        risk = fact_at(facts, CHURN_RISK.path)
        if risk is None:
            return Contribution(0, missing=self.reads)
        return Contribution(int(self.points * risk), {"risk": risk})
