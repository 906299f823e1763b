"""Business dates counted: dates that have hours and are no holiday."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import accumulate

from supportkit.calendars._wall import WallHours

__all__ = ["BusinessDates"]


class BusinessDates:
    """The business dates of some hours in one zone, by ordinal; a date the zone left out is none.

    Whole weeks are multiplied and the dates off the weekly pattern are summed once, so that the cost
    does not grow with the span.
    """

    __slots__ = ("_changes", "_in_week", "_odd")

    def __init__(self, hours: WallHours, missing: AbstractSet[int]) -> None:
        week = [bool(pairs) for pairs in hours.weekly]
        self._in_week = list(accumulate(week, initial=0))
        dated = sorted({*hours.special, *hours.holidays, *missing})
        counts = [
            bool(hours.hours(day)) and day not in hours.holidays and day not in missing for day in dated
        ]
        changes = [count - week[(day - 1) % 7] for day, count in zip(dated, counts, strict=True)]
        self._odd = dated
        self._changes = list(accumulate(changes, initial=0))

    def before(self, day: int) -> int:
        """Return how many business dates lie before a date."""
        weeks, rest = divmod(day - 1, 7)
        return weeks * self._in_week[7] + self._in_week[rest] + self._changes[bisect_left(self._odd, day)]

    def at(self, index: int) -> int | None:
        """Return the business date with `index` others before it; None when there is none."""
        days = range(1, date.max.toordinal() + 1)
        found = bisect_left(days, index + 1, key=lambda day: self.before(day + 1))
        return days[found] if index >= 0 and found < len(days) else None
