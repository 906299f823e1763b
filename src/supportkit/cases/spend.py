"""What a customer spent within a window, to the cent, or honestly unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from attrs import frozen

from supportkit.cases.customers import Purchase, currency_code, money
from supportkit.cases.instants import utc
from supportkit.errors import InvalidValue

__all__ = ["Unknown", "spend"]

# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    **dict.fromkeys(
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF").split(),
        0,
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    "CLF": 4,
    "UYW": 4,
}


@frozen
class Unknown:
    """A value that cannot be known; `missing` names what was lacking."""

    missing: tuple[str, ...]


def spend(
    purchases: Iterable[Purchase] | None,
    *,
    now: datetime,
    days: int | None,
    currency: str,
    rates: Mapping[str, Decimal],
) -> Decimal | Unknown:
    """Sum purchases minus refunds in the half-open window ``(now - days * 24 h, now]``.

    `days` None means all until `now`. Each amount is converted exactly with ``rates[its currency]``
    (units of `currency` for one of it), the sum is rounded once, half-even, to the minor unit. A rate
    that is needed and missing, or `purchases` None, gives Unknown instead of a wrong figure. Raises
    InvalidValue for a rate that is not above 0 or no exact number, and for a window that is not.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> bought = [Purchase(noon - timedelta(days=3), "20", "EUR"), Purchase(noon, "-4.5", "EUR")]
    >>> spend(bought, now=noon, days=30, currency="GBP", rates={"EUR": Decimal("0.85")})
    Decimal('13.18')
    """
    if purchases is None:
        return Unknown(("purchases",))
    until, currency = utc(now), currency_code(currency)
    since = None if days is None else _before(until, days)
    counted = [p for p in purchases if p.at <= until and (since is None or p.at > since)]
    missing = sorted({p.currency for p in counted} - {currency} - set(rates))
    if missing:
        return Unknown(tuple(f"rate {code}/{currency}" for code in missing))
    exact = {code: _rate(code, rates[code]) for code in {p.currency for p in counted} - {currency}}
    with localcontext() as context:
        context.prec = 60
        total = sum(
            (p.amount if p.currency == currency else p.amount * exact[p.currency] for p in counted), Decimal()
        )
        # Adding nothing takes the sign off a zero.
        return total.quantize(Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2)), ROUND_HALF_EVEN) + 0


def _before(until: datetime, days: int) -> datetime:
    if type(days) is not int or days < 0:
        raise InvalidValue(f"days={days!r} is no number of days; give 0 or more, or None for all time")
    try:
        return until - timedelta(days=days)
    except OverflowError:
        raise InvalidValue(
            f"days={days!r} reaches back before all calendars; give None for all time"
        ) from None


def _rate(code: str, rate: Any) -> Decimal:
    value = money(rate)
    if value > 0:
        return value
    raise InvalidValue(f"rates[{code!r}]={rate!r} is not above 0; give units of the target currency for one")
