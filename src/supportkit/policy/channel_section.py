"""The section ``channels``: how long a channel may be silent before somebody should look at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import frozen

from supportkit.calendars import Calendar
from supportkit.cases.durations import read_duration
from supportkit.policy.section import Reading

__all__ = ["Watched", "read_channels"]

LONGEST = timedelta(days=30)


@frozen
class Watched:
    """A channel on which nothing coming in for `silent_after` of open time is a fault."""

    silent_after: timedelta
    calendar: str = "always"


def read_channels(reading: Reading, section: Any, calendars: Mapping[str, Calendar]) -> Mapping[str, Watched]:
    """Read ``channels``, by the names of the desk's channels."""
    found = {}
    for name, value in reading.mapping(section, "channels").items():
        path = f"channels.{name}"
        said = reading.mapping(value, path, ("silent_after", "calendar"))
        after = _after(reading, said, path)
        calendar = reading.text(said.get("calendar", "always"), f"{path}.calendar")
        if calendar not in calendars:
            known = f"known are {', '.join(calendars)}"
            reading.fault("unknown_calendar", f"{path}.calendar", f"there is no calendar {calendar!r}", known)
        elif after is not None:
            found[name] = Watched(after, calendar)
    return found


def _after(reading: Reading, said: Mapping[str, Any], path: str) -> timedelta | None:
    if "silent_after" not in said:
        reading.fault(
            "missing_key", f"{path}.silent_after", "this line says no time", "write `silent_after: 4 hours`"
        )
        return None
    after = reading.build(f"{path}.silent_after", lambda: read_duration(said["silent_after"]))
    if after is not None and not timedelta(0) < after <= LONGEST:
        hint = "write something between a minute and 30 days"
        reading.fault(
            "bad_value", f"{path}.silent_after", f"{said['silent_after']!r} is too short or long", hint
        )
        return None
    return after
