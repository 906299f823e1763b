"""Business calendars with rules that load."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from supportkit.calendars import BusinessCalendar
from supportkit.cases import utc
from supportkit.testing.strategies.instants import EARLIEST, LATEST, instants
from supportkit.testing.strategies.instants import zones as names

__all__ = ["calendars", "weeks"]

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
    )
