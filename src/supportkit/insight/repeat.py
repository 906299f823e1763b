"""Whether care pays: what customers bought after their case was solved, by how it ended for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest

from attrs import frozen

from supportkit.cases import Event, Purchase, Unknown, spend, utc
from supportkit.errors import InvalidValue
from supportkit.insight.figures import Ratio
from supportkit.insight.made_good import made_good
from supportkit.insight.reading import records
from supportkit.insight.record import Record

__all__ = ["OUTCOMES", "Repeat", "repeat_purchases"]

Bought = list[Purchase] | None
OUTCOMES = ("recovered", "not_recovered", "unknown", "no_complaint")
"""How a case may have ended for its customer: complaints by whether they were made good, and the rest."""


@frozen(kw_only=True)
class Repeat:
    """Of the cases that ended like this: those after which their customer bought again, and for how much.

    `value` is purchases minus refunds; Unknown when a rate of exchange is missing. `unknown` counts cases
    whose customer's purchases nobody knows: they are in no figure.
    """

    outcome: str
    bought: Ratio
    value: Decimal | Unknown
    unknown: int = 0


def repeat_purchases(
    logs: Iterable[Iterable[Event]],
    purchases: Mapping[str, Iterable[Purchase] | None],
    *,
    within: timedelta,
    now: datetime,
    currency: str,
    rates: Mapping[str, Decimal] | None = None,
    satisfied: int = 4,
) -> tuple[Repeat, ...]:
    """Return, for each of OUTCOMES, how many solved cases were followed by a purchase `within` a time.

    Only cases solved at least that long before `now` count: others may still be followed by one. A purchase
    in ``(solution, solution + within]`` counts for the latest solution before it, so none counts twice.
    `purchases` are those of each customer by id; refunds are negative and are no purchase of their own.
    Raises InvalidValue for a time that is not above 0.

    >>> from datetime import UTC
    >>> from supportkit.cases import Log
    >>> day = datetime(2026, 7, 1, tzinfo=UTC)
    >>> log = Log("17").opened(at=day, customer="jo").resolved(at=day)
    >>> bought = {"jo": [Purchase(day + timedelta(days=3), "20", "EUR")]}
    >>> month, now = timedelta(days=30), day + timedelta(days=31)
    >>> repeat_purchases([log], bought, within=month, now=now, currency="EUR")[-1]
    Repeat(outcome='no_complaint', bought=Ratio(count=1, of=1), value=Decimal('20.00'), unknown=0)
    """
    if within <= timedelta(0):
        raise InvalidValue(f"within={within} is not above 0; give the time after a solution that counts")
    solved: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
    for record in records(logs, until=utc(now)):
        solution = record.solution
        if solution is not None and record.case.customer is not None:
            outcome = _outcome(record, satisfied)
            solved[record.case.customer].append((solution.at, record.case.id, outcome))
    parts: dict[str, list[Bought]] = {outcome: [] for outcome in OUTCOMES}
    for customer, cases in solved.items():
        _follow(sorted(cases), purchases.get(customer), within, utc(now), parts)
    return tuple(_repeat(outcome, found, now, currency, rates or {}) for outcome, found in parts.items())


def _outcome(record: Record, satisfied: int) -> str:
    if record.complained_at is None:
        return "no_complaint"
    verdict = made_good(record, satisfied=satisfied)
    return "unknown" if verdict is None else "recovered" if verdict else "not_recovered"


def _follow(
    cases: list[tuple[datetime, str, str]],
    purchases: Iterable[Purchase] | None,
    within: timedelta,
    now: datetime,
    parts: Mapping[str, list[Bought]],
) -> None:
    """Give each purchase of a customer to the latest solution before it."""
    known = None if purchases is None else tuple(purchases)
    for (at, _, outcome), later in zip_longest(cases, cases[1:]):
        last = at + within if later is None else min(at + within, later[0])
        if at + within <= now:
            parts[outcome].append(None if known is None else [each for each in known if at < each.at <= last])


def _repeat(
    outcome: str, found: list[Bought], now: datetime, currency: str, rates: Mapping[str, Decimal]
) -> Repeat:
    known = [each for each in found if each is not None]
    bought = sum(any(purchase.amount > 0 for purchase in each) for each in known)
    value = spend(
        [purchase for each in known for purchase in each], now=now, days=None, currency=currency, rates=rates
    )
    return Repeat(
        outcome=outcome, bought=Ratio(bought, len(known)), value=value, unknown=len(found) - len(known)
    )
