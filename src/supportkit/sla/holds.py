"""Time on hold within a call: the customer waits, whatever the status of the case says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from supportkit.cases import utc
from supportkit.sla.cycle import Calendars, Cycle, Mark

__all__ = ["Spans", "begun_on_hold", "counting_holds", "joined"]

Spans: TypeAlias = tuple[tuple[datetime, datetime], ...]


def joined(holds: Iterable[Iterable[datetime]], *, until: datetime) -> Spans:
    """Return holds in order of time, none within another, none after `until`, none empty.

    >>> from datetime import UTC
    >>> at = [datetime(2026, 7, 1, 9, minute, tzinfo=UTC) for minute in range(10)]
    >>> found = joined([(at[7], at[9]), (at[1], at[3]), (at[2], at[4])], until=at[8])
    >>> [(start.minute, end.minute) for start, end in found]
    [(1, 4), (7, 8)]
    """
    spans: list[tuple[datetime, datetime]] = []
    for start, end in sorted((utc(start), min(utc(end), until)) for start, end in holds):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        elif start < end:
            spans.append((start, end))
    return tuple(spans)


def begun_on_hold(cycle: Cycle, spans: Spans) -> Cycle:
    """Return a cycle that has just begun as one that began with the first hold, without a target yet."""
    last, marks = cycle.last, []
    for start, end in spans:
        marks += [Mark(start, "run", why="hold"), Mark(end, "stand", why="before")]
    kept = marks[:-1] if marks[-1].at == last.at else marks
    first = Mark(last.at, last.mode, why=last.why)
    return Cycle(cycle.number, marks[0].at, (*kept, first), recorded=cycle.recorded)


def counting_holds(cycle: Cycle, spans: Spans, calendars: Calendars) -> Cycle:
    """Return a cycle that counts holds since it stands; one that runs counts them anyway."""
    stands = cycle.last
    if stands.mode != "stand":
        return cycle
    for start, end in ((max(start, stands.at), end) for start, end in spans):
        if start < end:
            cycle = cycle.marked(start, "run", calendars, why="hold")
            cycle = cycle.marked(end, "stand", calendars, why=stands.why)
    return cycle
