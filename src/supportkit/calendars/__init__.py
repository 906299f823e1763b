"""Business time: weekly hours, holidays, breaks and closures in a zone, and arithmetic on them.

- `BusinessCalendar`: add, subtract, between, next_open, spans, add_days, count_days, explain, ...
- `ALWAYS`: the calendar that never closes
- `Batch`: the same answers for whole arrays of instants (extra ``batch``)
- `Calendar`: what all calendars can do, for annotations; `OpenTime`: the arithmetic alone
- `CombinedCalendar`: what ``a | b``, ``a & b`` and ``a - b`` make
- `read_calendar`: a calendar of any kind from plain values
- `Rotation`: who is on call, handed over by the clock on the wall
- `Span`, `Line`, `Ledger`: open stretches, and the account of why time counted or not
- `resolve_local`: the instant of a wall time, gaps and repeated hours defined
- `zone`, `zone_data_version`: time zones from the `tzdata` package
- `parse_days`, `parse_hours`, `parse_time`: the texts of a policy document
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from supportkit.calendars._text import parse_days, parse_hours, parse_time
from supportkit.calendars._zones import resolve_local, zone, zone_data_version
from supportkit.calendars.business_calendar import ALWAYS, BusinessCalendar
from supportkit.calendars.calendar import Calendar
from supportkit.calendars.combined import CombinedCalendar, read_calendar
from supportkit.calendars.open_time import OpenTime
from supportkit.calendars.rotation import Rotation
from supportkit.calendars.span import Ledger, Line, Span
from supportkit.errors import missing_extra

if TYPE_CHECKING:
    from supportkit.calendars.batch import Batch

__all__ = [
    "ALWAYS",
    "Batch",
    "BusinessCalendar",
    "Calendar",
    "CombinedCalendar",
    "Ledger",
    "Line",
    "OpenTime",
    "Rotation",
    "Span",
    "parse_days",
    "parse_hours",
    "parse_time",
    "read_calendar",
    "resolve_local",
    "zone",
    "zone_data_version",
]


def __getattr__(name: str) -> Any:
    if name != "Batch":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    try:
        return import_module("supportkit.calendars.batch").Batch
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "numpy":
            raise
        raise missing_extra("batch", what=name) from error
