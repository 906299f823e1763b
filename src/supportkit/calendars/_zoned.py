"""The hours of a calendar in its zone: wall time turned into instants, by membership.

An instant is open exactly when the wall time it has in the zone is: where the offset is constant, wall
intervals are moved by it, so that a gap shortens and a repeated hour lengthens what it falls into.
Instants are microseconds since the year 1 began in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, date

from attrs import field, frozen

from supportkit.calendars._intervals import minus, moved, union, within
from supportkit.calendars._text import DAY
from supportkit.calendars._wall import Tile, WallHours
from supportkit.calendars._year import Table, compiled
from supportkit.calendars._zones import MARGIN, Stretches, offsets, year_length

__all__ = ["ZonedHours", "year_of"]


@frozen(eq=False)
class ZonedHours:
    """Hours on local dates, in a zone, less closures."""

    hours: WallHours
    zone: str
    closed: Sequence[tuple[int, int]]
    opening_years: tuple[int, int] = field(init=False)
    """The first and the last year that can have open time."""
    last_closing_year: int = field(init=False)
    """The last year in which a closing can lie."""
    _alike: dict[object, Table] = field(init=False, factory=dict)

    @opening_years.default
    def _years_of_openings(self) -> tuple[int, int]:
        reach = self.hours.opening_dates()
        if reach is None:
            return MINYEAR, MAXYEAR
        return max(_year(reach[0]) - 1, MINYEAR), min(_year(reach[1]) + 1, MAXYEAR)

    @last_closing_year.default
    def _year_of_last_closing(self) -> int:
        last = self.hours.last_closing_date()
        if last is None:
            return MAXYEAR
        return min(max(_year(last) + 1, year_of(self.closed[-1][1]) if self.closed else MINYEAR), MAXYEAR)

    def table(self, number: int) -> Table:
        """Compile a year; years alike (same weekdays, same offsets, nothing dated) share one table."""
        first, length = date(number, 1, 1).toordinal(), year_length(number)
        zero = (first - 1) * DAY
        closed = moved(within(self.closed, zero - MARGIN, zero + length + MARGIN), -zero)
        stretches = offsets(self.zone, number)
        if closed == [(-MARGIN, length + MARGIN)]:
            return self._shared("closed", first, ())
        if not closed and not self.hours.is_odd(first - 3, first + 369):
            return self._shared(((first - 1) % 7, stretches), first, stretches)
        return compiled(minus(self._open_in(first, stretches), closed))

    def tiles(self, low: int, high: int) -> Iterator[Tile]:
        """Yield [low, high) cut into (start, end, reason, name), neighbours of one kind joined."""
        last: Tile | None = None
        for tile in self._with_closures(low, high):
            if last and last[2:] == tile[2:]:
                last = (last[0], *tile[1:])
                continue
            if last:
                yield last
            last = tile
        if last:
            yield last

    def _shared(self, key: object, first: int, stretches: Stretches) -> Table:
        if key not in self._alike:
            self._alike[key] = compiled(self._open_in(first, stretches))
        return self._alike[key]

    def _open_in(self, first: int, stretches: Stretches) -> list[tuple[int, int]]:
        """Return the open intervals of a year that begins with the date `first`, closures left aside."""
        pieces = []
        for low, high, offset in stretches:
            for day in _days(low, high, offset):
                at = day * DAY - offset
                pieces += [
                    (max(at + start, low), min(at + end, high))
                    for start, end in self.hours.open_on(first + day)
                ]
        return union(pieces)

    def _with_closures(self, low: int, high: int) -> list[Tile]:
        closed = within(self.closed, low, high)
        tiles: list[Tile] = [(start, end, "closure", None) for start, end in closed]
        for start, end, reason, name in self._wall_tiles(low, high):
            tiles += [(left, right, reason, name) for left, right in minus([(start, end)], closed)]
        return sorted(tiles)

    def _wall_tiles(self, low: int, high: int) -> Iterator[Tile]:
        for number in range(year_of(low), year_of(high) + 1):
            first = date(number, 1, 1).toordinal()
            zero = (first - 1) * DAY
            year_low, year_high = max(low - zero, 0), min(high - zero, year_length(number))
            for start, end, offset in offsets(self.zone, number):
                part_low, part_high = max(start, year_low), min(end, year_high)
                for day in _days(part_low, part_high, offset):
                    at = day * DAY - offset
                    for left, right, reason, name in self.hours.tiles(first + day):
                        if at + left < part_high and at + right > part_low:
                            span = max(at + left, part_low), min(at + right, part_high)
                            yield (span[0] + zero, span[1] + zero, reason, name)


def _days(low: int, high: int, offset: int) -> range:
    """Return the local days that [low, high) touches, counted from the first of its year."""
    return range((low + offset) // DAY, -(-(high + offset) // DAY) if low < high else (low + offset) // DAY)


def year_of(micros: int) -> int:
    """Return the year of an instant in UTC, kept within the years 1 to 9999."""
    return _year(micros // DAY + 1)


def _year(day: int) -> int:
    return date.fromordinal(min(max(day, 1), date.max.toordinal())).year
