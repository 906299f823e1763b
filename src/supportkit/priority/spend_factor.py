"""Points for what a customer spent: bounded, and nothing for nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from supportkit.cases import Unknown
from supportkit.errors import InvalidValue
from supportkit.priority.factor import Contribution, fact_at
from supportkit.priority.points import Points, exact
from supportkit.priority.spend_tier import Tiers

__all__ = ["SPEND_FIELDS", "SpendFactor"]

SPEND_FIELDS: Mapping[timedelta | None, str] = {
    timedelta(days=30): "customer.spend_30d",
    timedelta(days=90): "customer.spend_90d",
    timedelta(days=365): "customer.spend_365d",
    None: "customer.lifetime_spend",
}


@frozen(init=False)
class SpendFactor:
    """Adds the points of the highest spend tier reached; unknown spend adds and subtracts nothing.

    `tiers` maps minimums (inclusive, in `currency`) to points and never falls. `window` is 30, 90 or 365
    days, or None for all time; the facts hold the sums, or an `Unknown` that names what was lacking (a rate
    of exchange, for example). `currency` says what the minimums mean: the
    facts must be in it too. Raises InvalidValue for another window.

    >>> from datetime import UTC, datetime
    >>> factor = SpendFactor({500: 5, 2000: 10}, window=timedelta(days=365), currency="GBP")
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> factor.contribute({"customer": {"spend_365d": 500}}, now=noon).points
    5
    >>> factor.contribute({"customer": {}}, now=noon).missing
    ('customer.spend_365d',)
    """

    tiers: Tiers
    window: timedelta | None
    currency: str | None
    reads: tuple[str, ...]
    name: str

    def __init__(
        self,
        tiers: Mapping[Any, Any],
        *,
        window: timedelta | None = timedelta(days=365),
        currency: str | None = None,
    ) -> None:
        if window not in SPEND_FIELDS:
            raise InvalidValue(
                f"window={window!r} is no window of spend; choose 30, 90 or 365 days, or all time"
            )
        self.__attrs_init__(
            tiers=Tiers.of(tiers, name="spend"),
            window=window,
            currency=currency,
            reads=(SPEND_FIELDS[window],),
            name="spend",
        )

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return 0, self.tiers.most

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of the tier reached."""
        path = self.reads[0]
        amount = fact_at(facts, path)
        if amount is None or isinstance(amount, Unknown):
            if not self.tiers.most:
                return Contribution(0, {}, (), self.name)
            lacking = amount.missing if isinstance(amount, Unknown) else ()
            return Contribution(0, {}, (path, *lacking), self.name, possible=(0, self.tiers.most))
        spent = exact(amount, name=path)
        minimum, points = self.tiers.reached(spent)
        evidence: dict[str, Any] = (
            {"spent": spent, "reached": minimum} if minimum is not None else {"spent": spent}
        )
        if self.currency is not None:
            evidence["currency"] = self.currency
        return Contribution(points, evidence, (), self.name)
