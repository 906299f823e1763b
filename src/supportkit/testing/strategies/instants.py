"""Instants and the zones they are told in."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from supportkit.calendars import zone
from supportkit.cases import utc

__all__ = ["EARLIEST", "LATEST", "instants", "zones"]

EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
LATEST = datetime(2028, 1, 1, tzinfo=UTC)
_ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Asia/Kathmandu",  # a quarter of an hour beside its neighbours
    "Australia/Lord_Howe",  # its clocks move by half an hour
    "Africa/Casablanca",  # its clocks move twice more, around Ramadan
    "America/Santiago",  # its clocks move at midnight
    "Antarctica/Troll",  # its clocks move by two hours
)


def zones() -> st.SearchStrategy[str]:
    """Names of time zones, odd ones among them; they shrink towards ``UTC``."""
    return st.sampled_from(_ZONES)


def instants(
    *,
    earliest: datetime = EARLIEST,
    latest: datetime = LATEST,
    zones: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[datetime]:
    """Instants from `earliest` to `latest`, both inclusive and aware; they shrink towards `earliest`.

    They are in UTC, or in one of `zones`. Raises NaiveDatetime for a bound without a zone.
    """
    low, high = utc(earliest, name="earliest"), utc(latest, name="latest")
    bounds = (low.replace(tzinfo=None), high.replace(tzinfo=None))
    moments = st.datetimes(*bounds, timezones=st.just(UTC))
    if zones is None:
        return moments
    return st.builds(lambda at, name: at.astimezone(zone(name)), moments, zones)
