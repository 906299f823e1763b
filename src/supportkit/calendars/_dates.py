"""Business dates: which local dates have hours and are no holiday, and how many of them there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from itertools import accumulate
from typing import Self

from attrs import frozen

__all__ = ["BusinessDates", "DatePattern"]


@frozen(eq=False)
class DatePattern:
    """Which dates are business dates: by weekday from Monday on, and by ordinal those off that pattern."""

    week: tuple[bool, ...]
    dated: Mapping[int, bool]

    def holds(self, day: int) -> bool:
        """Return whether a date is a business date."""
        return self.dated.get(day, self.week[(day - 1) % 7])

    def combined(self, other: Self, join: Callable[[bool, bool], bool]) -> DatePattern:
        """Return the dates for which `join` says so of this and the other pattern."""
        week = tuple(join(*pair) for pair in zip(self.week, other.week, strict=True))
        dated = {day: join(self.holds(day), other.holds(day)) for day in {*self.dated, *other.dated}}
        return DatePattern(week, dated)


class BusinessDates:
    """The business dates of a pattern in one zone, by ordinal; a date the zone left out is none.

    Whole weeks are multiplied and the dates off the weekly pattern are summed once, so that the cost
    does not grow with the span.
    """

    __slots__ = ("_changes", "_in_week", "_odd")

    def __init__(self, pattern: DatePattern, missing: AbstractSet[int]) -> None:
        self._in_week = list(accumulate(pattern.week, initial=0))
        self._odd = sorted({*pattern.dated, *missing})
        changes = [
            (day not in missing and pattern.holds(day)) - pattern.week[(day - 1) % 7] for day in self._odd
        ]
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
