"""The business calendar: when somebody works, and arithmetic on that time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from attrs import Attribute, field, frozen

from supportkit import canonical
from supportkit.calendars import _reading as reading
from supportkit.calendars._dates import BusinessDates
from supportkit.calendars._text import DAYS, Pairs, parse_hours
from supportkit.calendars._wall import WallHours
from supportkit.calendars._year import Year
from supportkit.calendars._zoned import ZonedHours
from supportkit.calendars._zones import local_instant, missing_dates, zone, zone_key
from supportkit.calendars.open_time import OpenTime
from supportkit.calendars.span import Ledger, Line
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime, nearest_name

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
    if value in {"fold0", "span"}:
        raise InvalidValue(
            f'{attribute.name}: {value!r} is not built yet; leave it out or write "membership"'
        )
    if value != "membership":
        raise InvalidValue(f'{attribute.name}: {value!r} is no reading of ends; choose "membership"')


def _week(hours: reading.WeeklyHours) -> tuple[Pairs, ...]:
    return tuple(parse_hours(hours.get(day, ())) for day in DAYS)


def _dated(hours: reading.DatedHours) -> dict[int, Pairs]:
    return {day.toordinal(): parse_hours(pairs) for day, pairs in hours.items()}


@frozen(eq=False, repr=False)
class BusinessCalendar(OpenTime):
    """Weekly hours in a zone, with special dates, holidays, breaks and closures.

    ``weekly`` maps days (``"mon"``, ``"mon-thu"``, ``"fri-mon"``, ``"mon, wed"``) to intervals, ``special``
    maps dates to the intervals that replace that date's hours (none closes it), ``weekly_breaks`` and
    ``breaks`` are taken out by weekday and by date, and ``closures`` are pairs of instants. ``holidays`` are
    dates, names by date, or the code of a country or a part of it (``"GB-ENG"``; extra ``holidays``), which
    stands for its public holidays from 1970 to 2099; a list may mix codes and dates.

    Intervals are pairs of times or texts like ``"08:00-18:00"``; the start is open, the end is closed;
    ``"24:00"`` may be an end; an end before its start lies on the next date and belongs to the date it
    starts on; an end equal to its start is empty; overlapping intervals are a union.

    Closures win over holidays, holidays over breaks, breaks over special hours, these over weekly
    ones. A holiday closes the local date as a whole (``holiday_mode="clip"``), or drops the shifts that
    start on it, with their part after midnight (``"start_day"``).

    An instant is open exactly when its wall time in the zone is: a gap in local time shortens what
    it falls into, a repeated hour lengthens it. Calendars with the same content are equal and can be
    pickled. Raises InvalidValue, NaiveDatetime (closures), UnknownZone, and PluginError for a code without
    the extra.

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
    ends: Literal["membership", "fold0", "span"] = field(kw_only=True, default="membership", validator=_ends)
    _source: ZonedHours = field(init=False)
    _years: dict[int, Year] = field(init=False, factory=dict)
    _lock: Lock = field(init=False, factory=Lock)
    _dates: dict[str, BusinessDates] = field(init=False, factory=dict)

    @_source.default
    def _zoned_hours(self) -> ZonedHours:
        hours = WallHours(
            weekly=_week(self.weekly),
            special=_dated(self.special),
            holidays={day.toordinal(): name for day, name in self.holidays.items()},
            weekly_breaks=_week(self.weekly_breaks),
            breaks=_dated(self.breaks),
            start_day=self.holiday_mode == "start_day",
        )
        return ZonedHours(hours, self.zone, reading.closure_micros(self.closures))

    # -- local dates ------------------------------------------------------------------------------

    def on_holiday(self, t: datetime) -> str | None:
        """Return the name of the holiday that the local date of `t` is, or None."""
        return self._source.hours.holidays.get(self._wall(t)[0])

    def on_break(self, t: datetime) -> bool:
        """Return whether the wall time of `t` lies in a break, whatever the hours around it."""
        day, wall = self._wall(t)
        return any(start <= wall < end for start, end in self._source.hours.breaks_on(day))

    def add_days(
        self,
        start: datetime,
        n: int,
        *,
        end_of_day: bool = False,
        zone: str | ZoneInfo | None = None,
    ) -> datetime:
        """Step `n` business dates from the date of `start`, keep the wall time, then roll to open time.

        Business dates have hours and are no holiday. It rolls to `next_open` for n >= 0, to
        `previous_open` below. With `end_of_day` the result is the last closing of the date reached
        (for n = 0 the first business date from the given one on), without a roll. Dates and wall
        times are those of `zone`, by default the calendar's. Raises NoOpenTime.
        """
        info = self._info(zone)
        local = _in_zone("start", start, info)
        day = local.toordinal()
        if n or end_of_day:
            day = self._step(info, day, n, start)
        if end_of_day:
            return self._last_closing(day).astimezone(start.tzinfo)
        reached = local_instant(info, day, _wall_micros(local)) if n else start
        rolled = self.next_open(reached) if n >= 0 else self.previous_open(reached)
        return rolled.astimezone(start.tzinfo)

    def count_days(
        self,
        a: date | datetime,
        b: date | datetime,
        *,
        inclusive: bool = False,
        zone: str | ZoneInfo | None = None,
    ) -> int:
        """Count the business dates in [a, b), with `inclusive` in [a, b]; negative when `b` is before `a`.

        Instants stand for their date in `zone`, by default the calendar's.
        """
        info = self._info(zone)
        first, last = _ordinal("a", a, info), _ordinal("b", b, info)
        sign = 1 if first <= last else -1
        first, last = min(first, last), max(first, last) + inclusive
        dates = self._business_dates(info)
        return sign * (dates.before(last) - dates.before(first))

    def _step(self, info: ZoneInfo, day: int, n: int, asked: datetime) -> int:
        dates = self._business_dates(info)
        reached = dates.at(dates.before(day + 1) + n - 1 if n > 0 else dates.before(day) + n)
        if reached is None:
            raise NoOpenTime(f"there are no {n} business days from {asked.isoformat()} on in this calendar")
        return reached

    def _last_closing(self, day: int) -> datetime:
        hours = self._source.hours
        opening, closing = hours.hours(day)[0][0], max(end for _, end in hours.hours(day))
        info = zone(self.zone)
        # The later reading: in a repeated hour the second pass, in a gap the one behind it.
        end = max((local_instant(info, day, closing, fold=fold) for fold in (0, 1)), key=datetime.timestamp)
        found = self.previous_open(end)
        return found if self.between(local_instant(info, day, opening), found) else end

    def _business_dates(self, info: ZoneInfo) -> BusinessDates:
        if info.key not in self._dates:
            self._dates[info.key] = BusinessDates(self._source.hours, missing_dates(info.key))
        return self._dates[info.key]

    def _info(self, given: str | ZoneInfo | None) -> ZoneInfo:
        return zone(self.zone if given is None else zone_key(given))

    def _wall(self, t: datetime) -> tuple[int, int]:
        local = _in_zone("t", t, zone(self.zone))
        return local.toordinal(), _wall_micros(local)

    # -- why --------------------------------------------------------------------------------------

    def explain(self, a: datetime, b: datetime) -> Ledger:
        """Return [a, b) as lines that say what is open and why the rest is not.

        In closed time the strongest reason is given: closure, holiday, break, special, hours. The
        lines that count sum to `between`. Raises InvalidValue when `b` is before `a`.
        """
        low, high = self._micros("a", a), self._micros("b", b)
        if high < low:
            raise InvalidValue(f"explain: {b.isoformat()} is before {a.isoformat()}; give the earlier first")
        return Ledger(
            Line(self._at(start, a), self._at(end, a), reason == "open", reason, name)
            for start, end, reason, name in self._source.tiles(low, high)
        )

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
        return plain | ({} if self.holiday_mode == "clip" else {"holiday_mode": self.holiday_mode})

    @cached_property
    def version(self) -> str:
        """The digest of the content: equal calendars have equal versions on every machine."""
        return canonical.digest(self.to_dict())

    def __repr__(self) -> str:
        return f"BusinessCalendar.from_dict({self.to_dict()!r})"

    def __eq__(self, other: object) -> bool:
        return self.version == other.version if isinstance(other, BusinessCalendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.version)

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], BusinessCalendar], tuple[dict[str, Any]]]:
        return BusinessCalendar.from_dict, (self.to_dict(),)


def _plain(hours: Mapping[Any, tuple[str, ...]]) -> dict[str, list[str]]:
    return {str(day): list(pairs) for day, pairs in hours.items()}


def _in_zone(name: str, t: datetime, info: ZoneInfo) -> datetime:
    if t.utcoffset() is None:
        raise NaiveDatetime.of(name, t)
    try:
        return t.astimezone(info)
    except OverflowError:
        raise InvalidValue(f"{name}={t!r} lies outside the years 1 to 9999 in {info.key}") from None


def _wall_micros(local: datetime) -> int:
    return ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond


def _ordinal(name: str, value: date | datetime, info: ZoneInfo) -> int:
    return (_in_zone(name, value, info) if isinstance(value, datetime) else value).toordinal()


ALWAYS = BusinessCalendar("UTC", weekly={"mon-sun": [("00:00", "24:00")]})
"""Open at every instant."""
