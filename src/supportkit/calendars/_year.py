"""Open time compiled: one table of sorted integers per year, with running totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, chain

from attrs import frozen

__all__ = ["Table", "Year", "compiled"]


@frozen(eq=False)
class Table:
    """The open time of a year, from two days before its first instant in UTC to two days after its last.

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
    """A table in its place: `before` is the open time from a fixed origin to the table's start."""

    number: int
    origin: datetime
    zero: int
    length: int
    before: int
    bounds: list[int]
    base: list[int]
    worked: list[int]
    shift: list[int]
    upto: int
    """The open time from the fixed origin to the table's end."""


def compiled(intervals: Sequence[tuple[int, int]]) -> Table:
    """Build the table of sorted, disjoint intervals."""
    worked = list(accumulate(end - start for start, end in intervals))
    shift = [end - done for (_, end), done in zip(intervals, worked, strict=True)]
    base = [0]
    for (start, _), done, gone in zip(intervals, [0, *worked], worked):
        base += [done - start, gone]
    return Table(list(chain.from_iterable(intervals)), base, worked, shift)
