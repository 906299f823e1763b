"""The hours of a calendar in its zone: wall time turned into instants, by membership or by the ends.

By membership an instant is open exactly when the wall time it has in the zone is: where the offset is
constant, wall intervals are moved by it, so that a gap shortens and a repeated hour lengthens what it falls
into. By the ends an interval lasts from the instant of its start to that of its end.
Instants are microseconds since the year 1 began in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, date
from typing import Literal

from attrs import field, frozen

from supportkit.calendars._intervals import minus, moved, union, within
from supportkit.calendars._text import DAY, Pairs
from supportkit.calendars._wall import Tile, WallHours
from supportkit.calendars._year import Table, compiled
from supportkit.calendars._zones import MARGIN, Stretches, missing_dates, offsets, year_length

__all__ = ["Ends", "ZonedHours", "joined", "year_of"]

Ends = Literal["membership", "fold0", "span"]


@frozen(eq=False)
class ZonedHours:
    """Hours on local dates, in a zone, less closures."""

    hours: WallHours
    zone: str
    closed: Sequence[tuple[int, int]]
    ends: Ends = "membership"
    opening_years: tuple[int, int] = field(init=False)
    last_change_year: int = field(init=False)
    _alike: dict[object, Table] = field(init=False, factory=dict)

    @opening_years.default
    def _years_of_openings(self) -> tuple[int, int]:
        reach = self.hours.opening_dates()
        if reach is None:
            return MINYEAR, MAXYEAR
        return max(_year(reach[0]) - 1, MINYEAR), min(_year(reach[1]) + 1, MAXYEAR)

    @last_change_year.default
    def _year_of_last_change(self) -> int:
        last = self.hours.last_change_date()
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
        return joined(self._with_closures(low, high))

    def _shared(self, key: object, first: int, stretches: Stretches) -> Table:
        if key not in self._alike:
            self._alike[key] = compiled(self._open_in(first, stretches))
        return self._alike[key]

    def _open_in(self, first: int, stretches: Stretches) -> list[tuple[int, int]]:
        """Return the open intervals of a year that begins with the date `first`, closures left aside."""
        if self.ends == "membership":
            return _members(stretches, lambda day: self.hours.open_on(first + day))
        if not stretches:
            return []
        worked = self._by_ends(first, stretches, self.hours.shifts)
        resting = self._by_ends(first, stretches, self.hours.breaks_from)
        shut = _members(stretches, lambda day: self.hours.shut_on(first + day))
        return minus(minus(worked, resting), shut)

    def _by_ends(
        self, first: int, stretches: Stretches, pairs: Callable[[int], Pairs]
    ) -> list[tuple[int, int]]:
        """Return wall intervals of a year's dates from the instant of each start to that of its end."""
        missing = missing_dates(self.zone)
        read = first_reading if self.ends == "fold0" else last_reading
        found = [
            (first_reading(stretches, day * DAY + start), read(stretches, day * DAY + end))
            for day in range(-4, 371)  # nothing that begins on other dates reaches the year and its margins
            if first + day not in missing
            for start, end in pairs(first + day)
        ]
        return union(within(found, stretches[0][0], stretches[-1][1]))

    def _with_closures(self, low: int, high: int) -> list[Tile]:
        closed = within(self.closed, low, high)
        tiles: list[Tile] = [(start, end, "closure", None) for start, end in closed]
        for number in range(year_of(low), year_of(high) + 1):
            zero = (date(number, 1, 1).toordinal() - 1) * DAY
            part = max(low - zero, 0), min(high - zero, year_length(number))
            own = self._wall_tiles if self.ends == "membership" else self._ended_tiles
            for start, end, reason, name in own(number, *part):
                pieces = minus([(start + zero, end + zero)], closed)
                tiles += [(left, right, reason, name) for left, right in pieces]
        return sorted(tiles, key=lambda tile: tile[0])

    def _wall_tiles(
        self, number: int, low: int, high: int, of: Callable[[int], list[Tile]] | None = None
    ) -> Iterator[Tile]:
        """Yield the part of a year's dates that lies in [low, high), each cut into tiles."""
        first = date(number, 1, 1).toordinal()
        for start, end, offset in offsets(self.zone, number):
            part_low, part_high = max(start, low), min(end, high)
            for day in _days(part_low, part_high, offset):
                at = day * DAY - offset
                for left, right, reason, name in (of or self.hours.tiles)(first + day):
                    if at + left < part_high and at + right > part_low:
                        yield max(at + left, part_low), min(at + right, part_high), reason, name

    def _ended_tiles(self, number: int, low: int, high: int) -> Iterator[Tile]:
        """Yield what `_wall_tiles` yields where not wall times but the instants of ends decide."""
        first, stretches = date(number, 1, 1).toordinal(), offsets(self.zone, number)
        worked = within(self._open_in(first, stretches), low, high)
        resting = within(minus(self._by_ends(first, stretches, self.hours.breaks_from), worked), low, high)
        yield from ((start, end, "open", None) for start, end in worked)
        for start, end, reason, name in self._wall_tiles(number, low, high, self.hours.closed_tiles):
            shut = minus([(start, end)], worked)
            rest = [] if reason == "holiday" else [p for s, e in resting for p in within(shut, s, e)]
            yield from ((left, right, "break", None) for left, right in rest)
            yield from ((left, right, reason, name) for left, right in minus(shut, rest))


def joined(tiles: Iterable[Tile]) -> Iterator[Tile]:
    """Join neighbours of one kind."""
    last: Tile | None = None
    for tile in tiles:
        if last and last[2:] == tile[2:]:
            last = (last[0], *tile[1:])
            continue
        if last:
            yield last
        last = tile
    if last:
        yield last


def first_reading(stretches: Stretches, wall: int) -> int:
    """Return the instant of a wall time: of a repeated one the first, in a gap moved forward by its size."""
    before = stretches[0][2]
    for start, end, offset in stretches:
        if wall - offset < end:
            return wall - (offset if wall - offset >= start else before)
        before = offset
    return wall - before


def last_reading(stretches: Stretches, wall: int) -> int:
    """Return the instant of a wall time: of a repeated one the last, in a gap moved forward by its size."""
    for start, _, offset in reversed(stretches):
        if wall - offset >= start:
            return wall - offset
    return wall - stretches[0][2]


def _members(
    stretches: Stretches, intervals: Callable[[int], Sequence[tuple[int, int]]]
) -> list[tuple[int, int]]:
    """Return the instants whose wall time lies in the intervals of its day, counted from the year's first."""
    pieces = []
    for low, high, offset in stretches:
        for day in _days(low, high, offset):
            at = day * DAY - offset
            pieces += [(max(at + start, low), min(at + end, high)) for start, end in intervals(day)]
    return union(pieces)


def _days(low: int, high: int, offset: int) -> range:
    """Return the local days that [low, high) touches, counted from the first of its year."""
    return range((low + offset) // DAY, -(-(high + offset) // DAY) if low < high else (low + offset) // DAY)


def year_of(micros: int) -> int:
    """Return the year of an instant in UTC, kept within the years 1 to 9999."""
    return _year(micros // DAY + 1)


def _year(day: int) -> int:
    return date.fromordinal(min(max(day, 1), date.max.toordinal())).year
