"""What a customer is owed without asking: schemes with dated rates, each with its source.

Examples of how such schemes are kept as data, not legal advice: check the source before relying on one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from attrs import frozen

from supportkit.cases import money
from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue, nearest_name
from supportkit.recovery.statutory_dates import local_date, working_days_after

__all__ = ["SCHEMES", "Entitlement", "Scheme", "entitlement"]

_CENT = Decimal("0.01")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@frozen
class Entitlement:
    """What is owed, for how many days where the scheme counts days, and why."""

    amount: Decimal
    currency: str
    days: int | None = None
    reasons: tuple[str, ...] = ()


@frozen
class Scheme:
    """A scheme of automatic compensation: the rates from each date on, how they are applied, the source."""

    currency: str
    rates: Mapping[date, Mapping[str, str]]
    owed: Callable[..., tuple[Decimal, int | None, str]]
    source: str

    def rate(self, on: date) -> tuple[date, Mapping[str, Decimal]]:
        """Return the rates in force on a date, and since when; raises InvalidValue before the first ones."""
        since = max((start for start in self.rates if start <= on), default=None)
        if since is None:
            raise InvalidValue(f"on={on}: there are no rates before {min(self.rates)} ({self.source})")
        return since, {name: Decimal(value) for name, value in self.rates[since].items()}

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that the scheme takes."""
        return tuple(inspect.signature(self.owed).parameters)[1:]


def entitlement(scheme: str, *, on: date, **facts: Any) -> Entitlement:
    """Return what a scheme owes for an event, by the rates in force `on` a date; nothing is an amount of 0.

    Facts by scheme: ``gb.ofcom.missed_appointment(notice)`` (how long before; None when nobody came),
    ``gb.ofcom.delayed_start(promised, started)``, ``gb.ofcom.delayed_repair(reported, repaired,
    count_day_of_repair=False, holidays=())``, ``nl.telecom.outage(lasted, monthly_fee= or prepaid=True,
    disaster=False)``, ``nl.power.outage(lasted)``. Dates are local; a datetime stands for its own local date;
    durations are timedeltas or text.
    Raises InvalidValue for an unknown scheme, a missing or unknown fact, and dates before the first rates.

    >>> entitlement("gb.ofcom.missed_appointment", on=date(2024, 5, 2), notice=None).amount
    Decimal('30.49')
    >>> found = entitlement("nl.power.outage", on=date(2026, 7, 1), lasted=timedelta(hours=13))
    >>> found.amount, found.currency
    (Decimal('75.00'), 'EUR')
    """
    found = SCHEMES.get(scheme)
    if found is None:
        near = nearest_name(scheme, SCHEMES)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(SCHEMES)}"
        raise InvalidValue(f"there is no scheme {scheme!r}; {hint}")
    since, rates = found.rate(local_date(on, name="on"))
    try:
        bound = inspect.signature(found.owed).bind(rates, **facts)
    except TypeError as error:
        message = f"{scheme}: {error}; its facts are {', '.join(found.facts)}"
        raise InvalidValue(message) from None
    amount, days, reason = found.owed(*bound.args, **bound.kwargs)
    told = (reason, f"rates since {since} ({found.source})")
    return Entitlement(amount.quantize(_CENT, ROUND_HALF_UP), found.currency, days, told)


_Rates = Mapping[str, Decimal]
_Owed = tuple[Decimal, int | None, str]


def _missed_appointment(rates: _Rates, notice: timedelta | None) -> _Owed:
    before = None if notice is None else _duration(notice, "notice")
    if before is not None and before >= _DAY:
        return Decimal(), None, f"cancelled {_hours(before)} before: 24 hours are notice enough"
    what = "nobody came" if before is None else f"cancelled {_hours(before)} before, less than 24"
    return rates["appointment"], None, what


def _delayed_start(rates: _Rates, promised: date, started: date) -> _Owed:
    first, last = local_date(promised, name="promised"), local_date(started, name="started")
    days = max((last - first).days, 0)
    return rates["start"] * days, days, f"promised for {first}, started on {last}"


def _delayed_repair(
    rates: _Rates,
    reported: date,
    repaired: date,
    count_day_of_repair: bool = False,
    holidays: Iterable[date] = (),
) -> _Owed:
    told, done = local_date(reported, name="reported"), local_date(repaired, name="repaired")
    allowed = working_days_after(told, 2, holidays=holidays)
    days = max((done - allowed).days - (not count_day_of_repair), 0)
    return rates["repair"] * days, days, f"two full working days ended with {allowed}, repaired on {done}"


def _telecom_outage(
    rates: _Rates,
    lasted: timedelta,
    monthly_fee: Decimal | int | str | None = None,
    prepaid: bool = False,
    disaster: bool = False,
) -> _Owed:
    if (monthly_fee is None) != bool(prepaid):
        raise InvalidValue("nl.telecom.outage: give either monthly_fee= or prepaid=True")
    if disaster:
        return Decimal(), 0, "disasters are excepted"
    lasted = _duration(lasted, "lasted")
    if lasted <= 12 * _HOUR:
        return Decimal(), 0, f"{_hours(lasted)} are not over 12"
    days = _started(lasted, _DAY)
    if monthly_fee is None:
        return rates["prepaid"] * days, days, f"{_hours(lasted)} without service, prepaid"
    fee = money(monthly_fee)
    if fee < 0:
        raise InvalidValue(f"monthly_fee={fee} is below zero")
    return fee * days / rates["parts"], days, f"{_hours(lasted)} without service of {fee} a month"


def _power_outage(rates: _Rates, lasted: timedelta) -> _Owed:
    lasted = _duration(lasted, "lasted")
    if lasted < 4 * _HOUR:
        return Decimal(), None, f"{_hours(lasted)} are under 4"
    further = _started(lasted - 8 * _HOUR, 4 * _HOUR) if lasted > 8 * _HOUR else 0
    return rates["first"] + rates["further"] * further, None, f"{_hours(lasted)} without power"


def _started(lasted: timedelta, unit: timedelta) -> int:
    """Count the units of time that have begun: a little more than one are two."""
    return -(-lasted // unit)


def _duration(value: Any, name: str) -> timedelta:
    try:
        return read_duration(value)
    except InvalidValue:
        message = f"{name}={value!r} is no duration; give a timedelta of 0 or more, or text like '30 hours'"
        raise InvalidValue(message) from None


def _hours(value: timedelta) -> str:
    return f"{value / _HOUR:g} hours"


def _ofcom(owed: Callable[..., _Owed], key: str) -> Scheme:
    rates = {since: {key: row[key]} for since, row in _OFCOM.items()}
    return Scheme("GBP", rates, owed, "Ofcom, automatic compensation scheme, rates of each April")


# Raised each April by the consumer prices of the October before; none was announced for 2020. Those of 2021
# and 2025 were not checked against the page of the regulator.
_OFCOM = {
    date(2019, 4, 1): {"repair": "8.00", "appointment": "25.00", "start": "5.00"},
    date(2021, 4, 1): {"repair": "8.06", "appointment": "25.18", "start": "5.04"},
    date(2022, 4, 1): {"repair": "8.40", "appointment": "26.24", "start": "5.25"},
    date(2023, 4, 1): {"repair": "9.33", "appointment": "29.15", "start": "5.83"},
    date(2024, 4, 1): {"repair": "9.76", "appointment": "30.49", "start": "6.10"},
    date(2025, 4, 1): {"repair": "9.98", "appointment": "31.19", "start": "6.24"},
    date(2026, 4, 1): {"repair": "10.34", "appointment": "32.31", "start": "6.46"},
}

SCHEMES = {
    "gb.ofcom.missed_appointment": _ofcom(_missed_appointment, "appointment"),
    "gb.ofcom.delayed_start": _ofcom(_delayed_start, "start"),
    "gb.ofcom.delayed_repair": _ofcom(_delayed_repair, "repair"),
    "nl.telecom.outage": Scheme(
        "EUR",
        {date(2017, 7, 1): {"parts": "30", "prepaid": "0.50"}},
        _telecom_outage,
        "Telecommunicatiewet art. 7.1a, in force since 2017-07-01",
    ),
    "nl.power.outage": Scheme(
        "EUR",
        {date(2011, 4, 1): {"first": "35.00", "further": "20.00"}},
        _power_outage,
        "Netcode elektriciteit, compensation for connections up to 3x25 A (ACM)",
    ),
}
"""The schemes that ship, by name."""
