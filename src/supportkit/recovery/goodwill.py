"""Goodwill: more than the fix, for who complains, and not for who does nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from supportkit.canonical import duration_text
from supportkit.cases import money, utc
from supportkit.errors import InvalidValue
from supportkit.recovery.authority import not_negative
from supportkit.recovery.given import GivenRemedy

__all__ = ["GoodwillDecision", "GoodwillRule"]


def _at_least_one(rule: Any, attribute: Any, value: Any) -> None:  # noqa: ARG001 - attrs' shape
    if value is not None and (type(value) is not int or value < 1):
        raise InvalidValue(f"{attribute.name}={value!r} is no number of gifts; give 1 or more")


def _some_time(rule: Any, attribute: Any, value: Any) -> None:  # noqa: ARG001 - attrs' shape
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise InvalidValue(f"{attribute.name}={value!r} is no window; give a timedelta above zero")


@frozen
class GoodwillDecision:
    """Whether goodwill may be given, with the count and the value given in the window before, and why not."""

    allowed: bool
    count: int = 0
    value: Decimal = field(default=Decimal())
    reasons: tuple[str, ...] = ()


@frozen(kw_only=True)
class GoodwillRule:
    """How much goodwill one customer gets within a window: so many times (`count`), worth so much (`value`).

    `remedy` of the catalogue is proposed for each complaint that may have it. None is no bound.
    """

    window: timedelta = field(default=timedelta(days=30), validator=_some_time)
    count: int | None = field(default=None, validator=_at_least_one)
    value: Decimal | None = field(default=None)
    remedy: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.value is not None:
            object.__setattr__(self, "value", not_negative(self.value, name="the value of goodwill"))

    def decide(
        self, amount: Decimal | int | str, *, given: Iterable[GivenRemedy], now: datetime
    ) -> GoodwillDecision:
        """Decide whether goodwill of an amount may be given on top of what was, all in one currency.

        Counted is goodwill given in the half-open window ``(now - window, now]``; what the law owed is none.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
        >>> rule = GoodwillRule(window=timedelta(days=30), count=2)
        >>> gifts = [GivenRemedy(at=noon - timedelta(days=d), case="1", counts_as="goodwill") for d in (3, 9)]
        >>> rule.decide(10, given=gifts, now=noon).reasons
        ('2 times within P30D already, 2 at most',)
        """
        moment = utc(now)
        before = [one for one in given if _counts(one) and moment - self.window < one.at <= moment]
        value = sum((one.amount for one in before), Decimal())
        reasons = tuple(self._against(len(before), value, money(amount)))
        return GoodwillDecision(not reasons, len(before), value, reasons)

    def _against(self, count: int, value: Decimal, amount: Decimal) -> Iterable[str]:
        within = f"within {duration_text(self.window)}"
        if self.count is not None and count + 1 > self.count:
            yield f"{count} times {within} already, {self.count} at most"
        if self.value is not None and value + amount > self.value:
            yield f"{value + amount} {within} would be above {self.value}"


def _counts(one: GivenRemedy) -> bool:
    return one.counts_as == "goodwill" and one.discretionary
