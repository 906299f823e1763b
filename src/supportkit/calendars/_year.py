"""Open time compiled: one table of sorted integers per year, with running totals."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate, chain

from attrs import frozen

from supportkit.calendars._text import DAY
from supportkit.calendars._zones import MARGIN, year_length

__all__ = ["MARGIN", "Table", "Year", "compiled", "placed"]


@frozen(eq=False)
class Table:
    """The open time of a year, with a margin of two days on each side.

    So the table of the year written in a local time holds its instant, whatever its zone. Instants
    count in microseconds from the UTC year's beginning. Years alike share one table.
    """

    bounds: list[int]
    """Openings and closings in turn: an instant is open where an odd number of them has passed."""
    base: list[int]
    """The open time up to an instant x, by the number of bounds passed: base, or base + x when open."""
    worked: list[int]
    """The open time up to each closing."""
    shift: list[int]
    """Each closing less the open time up to it."""


@frozen(eq=False)
class Year:
    """A table in its place among the years; the table's lists are at hand for speed.

    `before` and `upto` are the open time from a fixed origin to the table's start and end, `zero` is
    the beginning of the UTC year in microseconds since year 1 began.
    """

    number: int
    table: Table
    before: int
    upto: int
    origin: datetime
    zero: int
    length: int
    bounds: list[int]
    base: list[int]
    worked: list[int]
    shift: list[int]

    @property
    def turn(self) -> int:
        """The open time from this table's start to that of the next year's table."""
        end = self.length - MARGIN
        passed = bisect_right(self.bounds, end)
        return self.base[passed] + (end if passed & 1 else 0)


def placed(number: int, table: Table, before: int) -> Year:
    """Put a table in its place."""
    origin = datetime(number, 1, 1, tzinfo=UTC)
    return Year(
        number=number,
        table=table,
        before=before,
        upto=before + table.base[-1],
        origin=origin,
        zero=(origin.toordinal() - 1) * DAY,
        length=year_length(number),
        bounds=table.bounds,
        base=table.base,
        worked=table.worked,
        shift=table.shift,
    )


def compiled(intervals: Sequence[tuple[int, int]]) -> Table:
    """Build the table of sorted, disjoint intervals."""
    worked = list(accumulate(end - start for start, end in intervals))
    shift = [end - done for (_, end), done in zip(intervals, worked, strict=True)]
    base = [0]
    for gone, late in zip(worked, shift, strict=True):
        base += [-late, gone]
    return Table(list(chain.from_iterable(intervals)), base, worked, shift)
