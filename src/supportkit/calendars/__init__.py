"""Business time: weekly hours, holidays, breaks and closures in a zone, and arithmetic on them.

- `BusinessCalendar`: add, subtract, between, next_open, spans, add_days, count_days, explain, ...
- `ALWAYS`: the calendar that never closes
- `OpenTime`: the arithmetic alone, for annotations
- `Span`, `Line`, `Ledger`: open stretches, and the account of why time counted or not
- `resolve_local`: the instant of a wall time, gaps and repeated hours defined
- `zone`, `zone_data_version`: time zones from the `tzdata` package
- `parse_days`, `parse_hours`, `parse_time`: the texts of a policy document
"""

from __future__ import annotations

from supportkit.calendars._text import parse_days, parse_hours, parse_time
from supportkit.calendars._zones import resolve_local, zone, zone_data_version
from supportkit.calendars.calendar import ALWAYS, BusinessCalendar
from supportkit.calendars.open_time import OpenTime
from supportkit.calendars.span import Ledger, Line, Span

__all__ = [
    "ALWAYS",
    "BusinessCalendar",
    "Ledger",
    "Line",
    "OpenTime",
    "Span",
    "parse_days",
    "parse_hours",
    "parse_time",
    "resolve_local",
    "zone",
    "zone_data_version",
]
