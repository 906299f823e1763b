"""The hours of a calendar on local dates, without any zone: which part of which date is open, and why not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from attrs import field, frozen

from supportkit.calendars._intervals import Intervals, minus, moved, union, within
from supportkit.calendars._text import DAY, Pairs
from supportkit.calendars.span import Reason

__all__ = ["Tile", "WallHours"]

Tile = tuple[int, int, Reason, str | None]


@frozen(eq=False)
class WallHours:
    """Hours by local date. Dates are proleptic ordinals, times microseconds after midnight.

    Precedence: holidays over breaks over special hours over weekly hours.
    """

    weekly: tuple[Pairs, ...]
    special: Mapping[int, Pairs]
    holidays: Mapping[int, str]
    weekly_breaks: tuple[Pairs, ...]
    breaks: Mapping[int, Pairs]
    start_day: bool
    _odd: tuple[int, ...] = field(init=False)
    _regular: tuple[Intervals, ...] = field(init=False)

    @_odd.default
    def _dates_off_the_weekly_pattern(self) -> tuple[int, ...]:
        dated = {*self.special, *self.holidays, *self.breaks}
        return tuple(sorted(dated | {day + 1 for day in dated}))

    @_regular.default
    def _weekly_pattern(self) -> tuple[Intervals, ...]:
        return tuple(self._opening(day) for day in range(-20, -13))  # no date has these ordinals

    @property
    def named_dates(self) -> AbstractSet[int]:
        """The dates that have special hours or are holidays."""
        return {*self.special, *self.holidays}

    def hours(self, day: int) -> Pairs:
        """Return the hours that start on a date, holidays and breaks left aside."""
        return self.special[day] if day in self.special else self.weekly[(day - 1) % 7]

    def breaks_on(self, day: int) -> list[tuple[int, int]]:
        """Return the breaks that lie on a date."""
        return _laid_on(self.breaks_from(day), self.breaks_from(day - 1))

    def open_on(self, day: int) -> Intervals:
        """Return when a date is open, as intervals within its 24 hours of wall time."""
        return self._opening(day) if self.is_odd(day, day) else self._regular[(day - 1) % 7]

    def is_odd(self, first: int, last: int) -> bool:
        """Return whether any of the dates first..last is off the weekly pattern."""
        at = bisect_left(self._odd, first)
        return at < len(self._odd) and self._odd[at] <= last

    def opening_dates(self) -> tuple[int, int] | None:
        """Return the first and the last date that can be open; None when there is no first or last."""
        if any(self._regular):
            return None
        return (self._odd[0], self._odd[-1]) if self._odd else (date.max.toordinal(), 1)

    def last_change_date(self) -> int | None:
        """Return the last date on which open and closed can change; None when there is no last."""
        if any(self._regular) and any(list(pattern) != [(0, DAY)] for pattern in self._regular):
            return None
        return self._odd[-1] if self._odd else 0

    def tiles(self, day: int) -> list[Tile]:
        """Return a date cut into (start, end, reason, name): ``open``, or the strongest reason why not."""
        tiles = self.closed_tiles(day, self.breaks_on(day))
        for start, end in self.open_on(day):
            tiles = _painted(tiles, (start, end, "open", None))
        return tiles

    def closed_tiles(self, day: int, breaks: Intervals = ()) -> list[Tile]:
        """Return a date as if nothing were open, cut by reason: holiday over the given breaks over hours."""
        tiles: list[Tile] = [(0, DAY, "special" if day in self.special else "hours", None)]
        for start, end in breaks:
            tiles = _painted(tiles, (start, end, "break", None))
        for start, end, name in self._holiday_on(day):
            tiles = _painted(tiles, (start, end, "holiday", name))
        return tiles

    def _opening(self, day: int) -> Intervals:
        return minus(
            minus(_laid_on(self.shifts(day), self.shifts(day - 1)), self.breaks_on(day)), self.shut_on(day)
        )

    def shifts(self, day: int) -> Pairs:
        """Return the hours that start on a date and are worked there."""
        return () if self.start_day and day in self.holidays else self.hours(day)

    def breaks_from(self, day: int) -> Pairs:
        """Return the breaks that start on a date."""
        return self.weekly_breaks[(day - 1) % 7] + self.breaks.get(day, ())

    def shut_on(self, day: int) -> Pairs:
        """Return what a holiday closes of a date, whatever began before it: all or nothing."""
        return ((0, DAY),) if day in self.holidays and not self.start_day else ()

    def _holiday_on(self, day: int) -> list[tuple[int, int, str]]:
        found = []
        if self.start_day and day - 1 in self.holidays:
            tails = within(moved(self.hours(day - 1), -DAY), 0, DAY)
            found += [(start, end, self.holidays[day - 1]) for start, end in tails]
        if day in self.holidays:
            found.append((0, DAY, self.holidays[day]))
        return found


def _laid_on(own: Pairs, previous: Pairs) -> list[tuple[int, int]]:
    """Return what falls on a date: of its own intervals, and what runs over from the date before."""
    return union([*within(own, 0, DAY), *within(moved(previous, -DAY), 0, DAY)])


def _painted(tiles: list[Tile], over: Tile) -> list[Tile]:
    """Lay one tile over others."""
    low, high = over[:2]
    left = [(start, min(end, low), reason, name) for start, end, reason, name in tiles if start < low]
    right = [(max(start, high), end, reason, name) for start, end, reason, name in tiles if end > high]
    return [*left, over, *right]
