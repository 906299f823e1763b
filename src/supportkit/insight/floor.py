"""The floor of service: the worst wait of each segment beside what we hold ourselves to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from attrs import frozen

from supportkit.cases import Event, utc
from supportkit.insight.reading import records
from supportkit.insight.segments import By, segmented
from supportkit.insight.terms import Terms

__all__ = ["Floor", "service_floor"]


@frozen(kw_only=True)
class Floor:
    """The waits of a segment: how many, the worst and whose it was, the benchmark (None: there is none).

    `below` says that the worst wait is longer than the benchmark.
    """

    segment: str
    waits: int
    worst: timedelta
    case: str
    benchmark: timedelta | None = None

    @property
    def below(self) -> bool:
        """Whether the service fell below its floor."""
        return self.benchmark is not None and self.worst > self.benchmark


def service_floor(
    logs: Iterable[Iterable[Event]],
    *,
    by: By,
    benchmark: timedelta | Mapping[str, timedelta],
    now: datetime,
    since: datetime | None = None,
) -> tuple[Floor, ...]:
    """Return each segment's worst wait for a person that ended in [since, now), or still goes on at `now`.

    `by` makes the segments: a name of what a case says (``channel``, ``priority``, ``kind``, ...), the
    segment of each customer by id, or a function of the case; what has none is ``unknown``. `benchmark` is
    one for all or one by segment, ``other`` being that of the rest. Segments below their benchmark come
    first, then by name. Raises InvalidValue, with the nearest one, for a name that a case does not have.

    >>> from datetime import UTC
    >>> from supportkit.cases import Log
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> waiting = Log("17").opened(at=nine, channel="phone")
    >>> now = nine + timedelta(hours=2)
    >>> (floor,) = service_floor([waiting], by="channel", benchmark=timedelta(hours=1), now=now)
    >>> floor.segment, floor.worst == timedelta(hours=2), floor.below
    ('phone', True, True)
    """
    segment, terms = segmented(by), Terms(since=since, until=now)
    waits: dict[str, list[tuple[timedelta, str]]] = defaultdict(list)
    for record in records(logs, until=terms.until):
        case = record.case
        for wait in record.waits:
            if wait.until is None or terms.covers(wait.until):
                waits[segment(case)].append(((wait.until or utc(now)) - wait.since, case.id))
    floors = [_floor(name, found, benchmark) for name, found in waits.items()]
    return tuple(sorted(floors, key=lambda floor: (not floor.below, floor.segment)))


def _floor(
    segment: str, found: list[tuple[timedelta, str]], benchmark: timedelta | Mapping[str, timedelta]
) -> Floor:
    worst, case = max(found)
    held = benchmark.get(segment, benchmark.get("other")) if isinstance(benchmark, Mapping) else benchmark
    return Floor(segment=segment, waits=len(found), worst=worst, case=case, benchmark=held)
