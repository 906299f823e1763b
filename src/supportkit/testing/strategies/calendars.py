"""Calendars with rules that load, calendars made of them, and the instants at which clocks change."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from supportkit.calendars import BusinessCalendar, Calendar, CombinedCalendar, zone
from supportkit.calendars._zones import offsets, zone_keys
from supportkit.cases import utc
from supportkit.testing.strategies.instants import EARLIEST, LATEST, instants
from supportkit.testing.strategies.instants import zones as names

__all__ = ["calendars", "clock_changes", "combined_calendars", "every_zone", "weeks"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


def _pairs(ends: list[int]) -> list[tuple[str, str]]:
    times = [_clock(end) for end in sorted(ends)]
    return list(zip(times[::2], times[1::2], strict=False))


def _hours() -> st.SearchStrategy[list[tuple[str, str]]]:
    """One or two intervals of a day that is open, or a night shift."""
    days = st.lists(st.integers(0, 96), min_size=2, max_size=4, unique=True).map(_pairs)
    return st.just([("08:00", "18:00")]) | days | st.just([("22:00", "06:00")])


def weeks() -> st.SearchStrategy[dict[str, list[tuple[str, str]]]]:
    """Weekly hours with at least one open day; they shrink towards Monday from eight to six."""
    return st.dictionaries(st.sampled_from(_DAYS), _hours(), min_size=1)


def calendars(
    *,
    zones: st.SearchStrategy[str] | None = None,
    earliest: datetime = EARLIEST,
    latest: datetime = LATEST,
) -> st.SearchStrategy[BusinessCalendar]:
    """Calendars that open every week; their exceptions (holidays, breaks, ...) lie in `earliest` to `latest`.

    They shrink towards one weekday from eight to six in UTC without exceptions.

    >>> from datetime import UTC, datetime
    >>> from hypothesis import given
    >>> @given(calendars())
    ... def nothing_passes_in_no_time(calendar):
    ...     now = datetime(2026, 7, 1, tzinfo=UTC)
    ...     assert not calendar.between(now, now)
    >>> nothing_passes_in_no_time()
    """
    dates = st.dates(utc(earliest).date(), utc(latest).date())
    moments = instants(earliest=earliest, latest=latest)
    dated: st.SearchStrategy[Mapping[date, Any]] = st.dictionaries(dates, _hours(), max_size=2)
    closures = st.lists(st.tuples(moments, moments).map(sorted), max_size=1)
    return st.builds(
        BusinessCalendar,
        names() if zones is None else zones,
        weekly=weeks(),
        special=dated,
        holidays=st.dictionaries(dates, st.sampled_from(["New Year's Day", "Boxing Day"]), max_size=3),
        weekly_breaks=st.dictionaries(st.sampled_from(_DAYS), st.just([("12:00", "13:00")]), max_size=1),
        breaks=dated,
        closures=closures,
        holiday_mode=st.sampled_from(["clip", "start_day"]),
        ends=st.sampled_from(["membership", "fold0", "span"]),
    )


def combined_calendars(
    parts: st.SearchStrategy[Calendar] | None = None,
) -> st.SearchStrategy[CombinedCalendar]:
    """Two calendars joined by ``|``, ``&`` or ``-``, drawn from `parts`; such ones may never open.

    They shrink towards a union.
    """
    each = calendars() if parts is None else parts
    joins = st.sampled_from((operator.or_, operator.and_, operator.sub))
    return st.builds(lambda join, left, right: join(left, right), joins, each, each)


def every_zone() -> st.SearchStrategy[str]:
    """Names of all time zones there are; they shrink towards ``UTC``."""
    return st.just("UTC") | st.sampled_from(sorted(zone_keys()))


def clock_changes(
    *, zones: st.SearchStrategy[str] | None = None, first: int = 1900, last: int = 2100
) -> st.SearchStrategy[datetime]:
    """Instants at which the clocks of a zone change, in that zone, in the years `first` to `last`.

    Where none changes in the year drawn, it is the year's beginning in UTC. `zones` are by default all.
    """
    years = st.integers(first, last)
    return st.tuples(every_zone() if zones is None else zones, years).flatmap(
        lambda drawn: st.sampled_from(_changes(*drawn))
    )


@cache
def _changes(key: str, year: int) -> tuple[datetime, ...]:
    start = datetime(year, 1, 1, tzinfo=UTC)
    within = [at for at, _, _ in offsets(key, year)[1:]] or [0]
    return tuple((start + timedelta(microseconds=at)).astimezone(zone(key)) for at in within)
