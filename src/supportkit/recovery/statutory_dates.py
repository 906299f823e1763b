"""By which date the law wants an answer: rules as data, each with its source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal

from attrs import frozen

from supportkit.errors import InvalidValue, nearest_name

__all__ = ["STATUTORY_RULES", "StatutoryRule", "statutory_date", "working_days_after"]


@frozen
class StatutoryRule:
    """A time that the law gives: so many `units` from the day after receipt on, and what must be said then.

    `letter` is the communication that is due, `content` what it must hold. An example of how such rules are
    kept as data, not legal advice: check the source before relying on it.
    """

    count: int
    unit: Literal["business_days", "weeks"]
    letter: str
    content: tuple[str, ...]
    source: str


_OMBUDSMAN = "that the customer may go to the Financial Ombudsman Service, and its address"
_FINAL = (
    "accepted or rejected, and why",
    "what is offered",
    _OMBUDSMAN,
    "by when: six months",
    "its leaflet",
)

STATUTORY_RULES = {
    "gb.disp.summary_resolution": StatutoryRule(
        3, "business_days", "summary resolution communication",
        ("that there was a complaint and that it counts as resolved", _OMBUDSMAN, "where to read about it"),
        "FCA Handbook DISP 1.5.4R, in force since 2016-06-30",
    ),
    "gb.disp.final_response": StatutoryRule(
        8, "weeks", "final response", _FINAL, "FCA Handbook DISP 1.6.2R",
    ),
    "gb.disp.final_response.payment": StatutoryRule(
        15, "business_days", "final response, or a holding reply where it is beyond our control", _FINAL,
        "FCA Handbook DISP 1.6.2AR, in force since 2018-01-13",
    ),
    "gb.disp.final_response.payment_exceptional": StatutoryRule(
        35, "business_days", "final response after a holding reply within 15 business days", _FINAL,
        "FCA Handbook DISP 1.6.2AR, in force since 2018-01-13",
    ),
}  # fmt: skip
"""The rules that ship, by name."""


def statutory_date(rule: str, received: date, *, holidays: Iterable[date] = ()) -> date:
    """Return the last date on which the rule is kept, counted from the day after receipt.

    Business days are Monday to Friday without `holidays`. A datetime stands for its own local date. Raises
    InvalidValue for a rule that there is not.

    >>> statutory_date("gb.disp.summary_resolution", date(2026, 7, 2))  # a Thursday
    datetime.date(2026, 7, 7)
    >>> statutory_date("gb.disp.final_response", date(2026, 7, 2))
    datetime.date(2026, 8, 27)
    """
    found = STATUTORY_RULES.get(rule)
    if found is None:
        near = nearest_name(rule, STATUTORY_RULES)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(STATUTORY_RULES)}"
        raise InvalidValue(f"there is no statutory rule {rule!r}; {hint}")
    start = local_date(received, name="received")
    if found.unit == "weeks":
        return start + timedelta(weeks=found.count)
    return working_days_after(start, found.count, holidays=holidays)


def local_date(value: date, *, name: str) -> date:
    """Return a date; a datetime stands for its own local date. Raises InvalidValue for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise InvalidValue(f"{name}={value!r} is no date; give a datetime.date")
    return value


def working_days_after(start: date, count: int, *, holidays: Iterable[date] = ()) -> date:
    """Return the `count`-th date after `start` that is a Monday to Friday and no holiday.

    >>> working_days_after(date(2026, 7, 3), 1, holidays=[date(2026, 7, 6)])
    datetime.date(2026, 7, 7)
    """
    closed = {local_date(day, name="holidays") for day in holidays}
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in closed
    return day
