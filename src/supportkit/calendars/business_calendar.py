"""The business calendar: when somebody works, and arithmetic on that time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

from attrs import Attribute, field, frozen

from supportkit import canonical
from supportkit.calendars import _reading as reading
from supportkit.calendars._dates import DatePattern
from supportkit.calendars._text import DAYS, Pairs, parse_hours
from supportkit.calendars._wall import WallHours
from supportkit.calendars._zoned import Ends, ZonedHours
from supportkit.calendars._zones import local_instant, zone, zone_key
from supportkit.calendars.calendar import Calendar, in_zone, wall_micros
from supportkit.errors import InvalidValue, nearest_name

__all__ = ["ALWAYS", "BusinessCalendar"]

_KEYS = (
    "zone",
    "weekly",
    "special",
    "holidays",
    "weekly_breaks",
    "breaks",
    "closures",
    "holiday_mode",
    "ends",
)


def _holiday_mode(_: object, attribute: Attribute[str], value: str) -> None:
    if value not in {"clip", "start_day"}:
        raise InvalidValue(f'{attribute.name}: {value!r} is no holiday mode; choose "clip" or "start_day"')


def _ends(_: object, attribute: Attribute[str], value: str) -> None:
    if value not in get_args(Ends):
        choices = '"membership", "fold0" or "span"'
        raise InvalidValue(f"{attribute.name}: {value!r} is no reading of ends; choose {choices}")


def _week(hours: reading.WeeklyHours) -> tuple[Pairs, ...]:
    return tuple(parse_hours(hours.get(day, ())) for day in DAYS)


def _dated(hours: reading.DatedHours) -> dict[int, Pairs]:
    return {day.toordinal(): parse_hours(pairs) for day, pairs in hours.items()}


@frozen(eq=False, repr=False)
class BusinessCalendar(Calendar):
    """Weekly hours in a zone, with special dates, holidays, breaks and closures.

    ``weekly`` maps days (``"mon"``, ``"mon-thu"``, ``"fri-mon"``, ``"mon, wed"``) to intervals, ``special``
    maps dates to the intervals that replace that date's hours (none closes it), ``weekly_breaks`` and
    ``breaks`` are taken out by weekday and by date, and ``closures`` are pairs of instants. ``holidays`` are
    dates or names by date; a list may mix dates with what stands for dates:

    - the code of a country or a part of it (``"GB-ENG"``; extra ``holidays``): its public holidays;
    - ``{"ical": ...}``, the path or the text of an iCalendar feed (extra ``holidays``): its whole-day events;
    - a recurrence rule of RFC 5545: ``"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"``, or with its beginning
      ``"DTSTART:20260107 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"``; ``BYEASTER`` counts from Easter Sunday.

    They become the dates of the years 1970 to 2099 when the calendar is made. Rules may stand for dates in
    ``special`` and ``breaks`` too; there and among holidays, what is said of a date itself wins.

    Intervals are pairs of times or texts like ``"08:00-18:00"``; the start is open, the end is closed;
    ``"24:00"`` may be an end; an end before its start lies on the next date and belongs to the date it
    starts on; an end equal to its start is empty; overlapping intervals are a union.

    Closures win over holidays, holidays over breaks, breaks over special hours, these over weekly
    ones. A holiday closes the local date as a whole (``holiday_mode="clip"``), or drops the shifts that
    start on it, with their part after midnight (``"start_day"``).

    With ``ends="membership"`` an instant is open exactly when its wall time in the zone is: a gap in local
    time shortens what it falls into, a repeated hour lengthens it. The other readings place the ends of
    each interval and count all between them: ``"fold0"`` as `resolve_local` does (in a gap moved forward by
    its size, of a repeated time the first), ``"span"`` likewise, but of a repeated end the last. A date that
    the zone left out has no hours in any of them.

    Calendars with the same content are equal and can be pickled. Raises InvalidValue, NaiveDatetime
    (closures), UnknownZone, and PluginError for what needs the extra.

    >>> from datetime import UTC, datetime, timedelta
    >>> office = BusinessCalendar("Europe/London", weekly={"mon-fri": [("09:00", "17:00")]})
    >>> print(office.add(datetime(2024, 5, 10, 15, tzinfo=UTC), timedelta(hours=2)))
    2024-05-13 09:00:00+00:00
    >>> print(office.between(datetime(2024, 5, 10, 15, tzinfo=UTC), datetime(2024, 5, 13, 9, tzinfo=UTC)))
    2:00:00
    """

    zone: str = field(converter=zone_key)
    weekly: reading.WeeklyHours = field(kw_only=True, converter=reading.read_weekly)
    special: reading.DatedHours = field(kw_only=True, factory=dict, converter=reading.read_special)
    holidays: reading.Holidays = field(kw_only=True, default=(), converter=reading.read_holidays)
    weekly_breaks: reading.WeeklyHours = field(
        kw_only=True,
        factory=dict,
        converter=reading.read_weekly_breaks,
    )
    breaks: reading.DatedHours = field(kw_only=True, factory=dict, converter=reading.read_breaks)
    closures: tuple[reading.ClosureRow, ...] = field(
        kw_only=True,
        default=(),
        converter=reading.read_closures,
    )
    holiday_mode: Literal["clip", "start_day"] = field(kw_only=True, default="clip", validator=_holiday_mode)
    ends: Ends = field(kw_only=True, default="membership", validator=_ends)
    source: ZonedHours = field(init=False)
    """The hours in their zone, from which years are compiled."""

    @source.default
    def _zoned_hours(self) -> ZonedHours:
        hours = WallHours(
            weekly=_week(self.weekly),
            special=_dated(self.special),
            holidays={day.toordinal(): name for day, name in self.holidays.items()},
            weekly_breaks=_week(self.weekly_breaks),
            breaks=_dated(self.breaks),
            start_day=self.holiday_mode == "start_day",
        )
        return ZonedHours(hours, self.zone, reading.closure_micros(self.closures), self.ends)

    # -- local dates ------------------------------------------------------------------------------

    @property
    def zones(self) -> tuple[str, ...]:
        """The key of its zone."""
        return (self.zone,)

    @property
    def dates(self) -> DatePattern:
        """The dates that have hours and are no holiday."""
        hours = self.source.hours
        dated = {day: bool(hours.hours(day)) and day not in hours.holidays for day in hours.named_dates}
        return DatePattern(tuple(map(bool, hours.weekly)), dated)

    def day(self, ordinal: int) -> tuple[datetime, datetime]:
        """Return when the hours of a date open and close; of a repeated closing the second counts."""
        info, pairs = zone(self.zone), self.source.hours.hours(ordinal)
        opening, closing = pairs[0][0], max(end for _, end in pairs)
        ends = (local_instant(info, ordinal, closing, fold=fold).astimezone(UTC) for fold in (0, 1))
        return local_instant(info, ordinal, opening).astimezone(UTC), max(ends)

    def on_holiday(self, t: datetime) -> str | None:
        """Return the name of the holiday that the local date of `t` is, or None."""
        return self.source.hours.holidays.get(self._wall(t)[0])

    def on_break(self, t: datetime) -> bool:
        """Return whether the wall time of `t` lies in a break, whatever the hours around it."""
        day, wall = self._wall(t)
        return any(start <= wall < end for start, end in self.source.hours.breaks_on(day))

    def _wall(self, t: datetime) -> tuple[int, int]:
        local = in_zone("t", t, zone(self.zone))
        return local.toordinal(), wall_micros(local)

    # -- content ----------------------------------------------------------------------------------

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> Self:
        """Read a calendar from plain values as a policy document holds them, all scalars as text.

        Keys are the arguments of the class; `zone` and `weekly` are needed. Raises InvalidValue.

        >>> office = BusinessCalendar.from_dict({"zone": "Asia/Tokyo", "weekly": {"mon-fri": "08:00-18:00"}})
        >>> office.to_dict()["weekly"]["fri"]
        ['08:00-18:00']
        """
        if not isinstance(mapping, Mapping):
            raise InvalidValue(f"calendar: {mapping!r} is no mapping; write at least zone and weekly")
        for key in mapping:
            if key not in _KEYS:
                nearest = nearest_name(str(key), _KEYS)
                hint = f"did you mean {nearest!r}?" if nearest else f"known are {', '.join(_KEYS)}"
                raise InvalidValue(f"calendar: unknown key {key!r}; {hint}")
        for key, example in (("zone", '"Europe/London"'), ("weekly", '{"mon-fri": "08:00-18:00"}')):
            if key not in mapping:
                raise InvalidValue(f"calendar: {key!r} is missing; write for example {key}: {example}")
        return cls(**mapping)

    def to_dict(self) -> dict[str, Any]:
        """Return the content as plain text values; `from_dict` reads them into an equal calendar."""
        plain: dict[str, Any] = {"zone": self.zone, "weekly": _plain(self.weekly)}
        named = any(name != "holiday" for name in self.holidays.values())
        dates = {day.isoformat(): name for day, name in self.holidays.items()}
        parts = {
            "special": _plain(self.special),
            "holidays": dates if named else list(dates),
            "weekly_breaks": _plain(self.weekly_breaks),
            "breaks": _plain(self.breaks),
            "closures": [[canonical.instant_text(at) for at in closure] for closure in self.closures],
        }
        plain |= {key: value for key, value in parts.items() if value}
        plain |= {} if self.holiday_mode == "clip" else {"holiday_mode": self.holiday_mode}
        return plain | ({} if self.ends == "membership" else {"ends": self.ends})


def _plain(hours: Mapping[Any, tuple[str, ...]]) -> dict[str, list[str]]:
    return {str(day): list(pairs) for day, pairs in hours.items()}


ALWAYS = BusinessCalendar("UTC", weekly={"mon-sun": [("00:00", "24:00")]})
"""Open at every instant."""
