"""What all calendars can do, whether they have hours of their own or are made of others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from supportkit import canonical
from supportkit.calendars._dates import BusinessDates, DatePattern
from supportkit.calendars._year import Year
from supportkit.calendars._zones import local_instant, missing_dates, zone, zone_key
from supportkit.calendars.open_time import OpenTime
from supportkit.calendars.span import Ledger, Line
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime

if TYPE_CHECKING:
    from supportkit.calendars.combined import CombinedCalendar

__all__ = ["Calendar"]


@frozen(eq=False, repr=False)
class Calendar(OpenTime):
    """Arithmetic on open time, business dates, the ledger, and the operators ``|``, ``&`` and ``-``.

    `BusinessCalendar` has hours of its own, the operators make a `CombinedCalendar`. Calendars with the
    same content are equal, have the same `version` and can be pickled.
    """

    _years: dict[int, Year] = field(init=False, factory=dict)
    _lock: Lock = field(init=False, factory=Lock)
    _dates: dict[str, BusinessDates] = field(init=False, factory=dict)

    @property
    @abstractmethod
    def zones(self) -> tuple[str, ...]:
        """The keys of the zones its hours are told in, each once."""

    @property
    @abstractmethod
    def dates(self) -> DatePattern:
        """Which local dates are business dates."""

    @abstractmethod
    def day(self, ordinal: int) -> tuple[datetime, datetime]:
        """Return when the hours of a business date first open and last close, breaks and closures aside."""

    @abstractmethod
    def on_holiday(self, t: datetime) -> str | None:
        """Return the name of the holiday that the local date of `t` is, or None."""

    @abstractmethod
    def on_break(self, t: datetime) -> bool:
        """Return whether the wall time of `t` lies in a break, whatever the hours around it."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the content as plain text values, as a policy document holds them."""

    # -- local dates ------------------------------------------------------------------------------

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
        times are those of `zone`, by default the calendar's; a calendar made of several zones needs
        one. Raises NoOpenTime, InvalidValue.
        """
        info = self._info(zone)
        local = in_zone("start", start, info)
        day = local.toordinal()
        if n or end_of_day:
            day = self._step(info, day, n, start)
        if end_of_day:
            return self._last_closing(day).astimezone(start.tzinfo)
        reached = local_instant(info, day, wall_micros(local)) if n else start
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

        Instants stand for their date in `zone`, by default the calendar's; a calendar made of several
        zones needs one. Raises InvalidValue.
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
        opening, closing = self.day(day)
        found = self.previous_open(closing)
        return found if found > opening and self.between(opening, found) else closing

    def _business_dates(self, info: ZoneInfo) -> BusinessDates:
        if info.key not in self._dates:
            self._dates[info.key] = BusinessDates(self.dates, missing_dates(info.key))
        return self._dates[info.key]

    def _info(self, given: str | ZoneInfo | None) -> ZoneInfo:
        if given is not None:
            return zone(zone_key(given))
        if len(self.zones) == 1:
            return zone(self.zones[0])
        raise InvalidValue(
            f"zone: this calendar is made of {' and '.join(self.zones)}, whose dates differ; give zone="
        )

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
            for start, end, reason, name in self.source.tiles(low, high)
        )

    # -- algebra ----------------------------------------------------------------------------------

    def __or__(self, other: Calendar) -> CombinedCalendar:
        return self._joined("union", other)

    def __and__(self, other: Calendar) -> CombinedCalendar:
        return self._joined("intersection", other)

    def __sub__(self, other: Calendar) -> CombinedCalendar:
        return self._joined("difference", other)

    def _joined(self, how: Any, other: object) -> CombinedCalendar:
        from supportkit.calendars.combined import CombinedCalendar  # noqa: PLC0415 - it is a Calendar itself

        return CombinedCalendar(how, self, other) if isinstance(other, Calendar) else NotImplemented

    # -- content ----------------------------------------------------------------------------------

    @cached_property
    def version(self) -> str:
        """The digest of the content: equal calendars have equal versions on every machine."""
        return canonical.digest(self.to_dict())

    @classmethod
    @abstractmethod
    def from_dict(cls, mapping: Any) -> Calendar:
        """Read what `to_dict` gives."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}.from_dict({self.to_dict()!r})"

    def __eq__(self, other: object) -> bool:
        return self.version == other.version if isinstance(other, Calendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.version)

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Calendar], tuple[dict[str, Any]]]:
        return type(self).from_dict, (self.to_dict(),)


def in_zone(name: str, t: datetime, info: ZoneInfo) -> datetime:
    """Return an instant in a zone; raises NaiveDatetime, and InvalidValue beyond the years 1 to 9999."""
    if t.utcoffset() is None:
        raise NaiveDatetime.of(name, t)
    try:
        return t.astimezone(info)
    except OverflowError:
        raise InvalidValue(f"{name}={t!r} lies outside the years 1 to 9999 in {info.key}") from None


def wall_micros(local: datetime) -> int:
    """Return the wall time of a local datetime in microseconds after midnight."""
    return ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000 + local.microsecond


def _ordinal(name: str, value: date | datetime, info: ZoneInfo) -> int:
    return (in_zone(name, value, info) if isinstance(value, datetime) else value).toordinal()
