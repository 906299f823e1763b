"""Hours of a day in a zone: when a level may fire, and when a plan keeps quiet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from attrs import field, frozen

from supportkit.calendars import BusinessCalendar, parse_days, parse_hours, zone
from supportkit.errors import InvalidValue, NoOpenTime
from supportkit.rules import Expression

__all__ = ["Hours", "QuietHours"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: Any) -> tuple[int, ...]:
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, Iterable) or not all(isinstance(text, str) for text in texts):
        raise InvalidValue(f'days: {value!r} are no days; write "mon-fri" or [sat, sun]')
    return tuple(sorted({day for text in texts for day in parse_days(text, name="days")}))


@frozen(slots=False)
class Hours:
    """The hours from `start` to `end` by the clock on the wall in `zone`, on some `days` of the week.

    The end is exclusive. An end before its start lies on the next date, and the whole stretch belongs to the
    day it begins on; an end equal to its start leaves nothing. Days are numbers from Monday, 0. A change of
    clocks shortens or lengthens the stretch. Raises InvalidValue, UnknownZone.

    >>> from datetime import UTC
    >>> night = Hours("22:00", "07:00", days="mon-fri", zone="Europe/London")
    >>> friday = datetime(2026, 7, 3, 23, tzinfo=UTC)
    >>> night.holds(friday), night.ends(friday).isoformat()
    (True, '2026-07-04T06:00:00+00:00')
    """

    start: str
    end: str
    days: tuple[int, ...] = field(default="mon-sun", converter=_days)
    zone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        parse_hours(f"{self.start}-{self.end}", name="from and to")
        zone(self.zone)

    @cached_property
    def _calendar(self) -> BusinessCalendar:
        return BusinessCalendar(
            self.zone, weekly={_DAYS[day]: f"{self.start}-{self.end}" for day in self.days}
        )

    def holds(self, t: datetime) -> bool:
        """Return whether `t` lies in these hours."""
        return self._calendar.is_open(t)

    def opens(self, t: datetime) -> datetime | None:
        """Return `t` itself if it lies in these hours, else when they begin next; None when they never do."""
        try:
            return self._calendar.next_open(t)
        except NoOpenTime:
            return None

    def ends(self, t: datetime) -> datetime | None:
        """Return when the hours end that `t` lies in (or the next ones); None when they never do."""
        try:
            return self._calendar.next_close(t)
        except NoOpenTime:
            return None


@frozen
class QuietHours:
    """Hours in which a plan fires nothing by itself, `unless` a condition holds."""

    hours: Hours
    unless: Expression | None = None
