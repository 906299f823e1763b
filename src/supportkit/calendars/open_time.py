"""Arithmetic on open time: what all calendars can do, wherever their hours come from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NoReturn, Protocol

from supportkit.calendars._wall import Tile
from supportkit.calendars._year import MARGIN, Table, Year, placed
from supportkit.calendars._zoned import year_of
from supportkit.calendars.span import Span
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime

__all__ = ["Hours", "OpenTime"]

_MICROSECOND = timedelta(microseconds=1)
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
_FIRST, _LAST = 0, (_END - _BEGINNING) // _MICROSECOND


class Hours(Protocol):
    """Where open time comes from: compiled year by year, and told tile by tile."""

    @property
    def opening_years(self) -> tuple[int, int]:
        """The first and the last year that can have open time."""

    @property
    def last_change_year(self) -> int:
        """The last year in which open and closed can change."""

    def table(self, number: int) -> Table:
        """Compile a year."""

    def tiles(self, low: int, high: int) -> Iterator[Tile]:
        """Yield [low, high) cut into (start, end, reason, name), in microseconds since the year 1 began."""


class OpenTime:
    """Arithmetic on a set of open instants, exact to the microsecond.

    Instants are aware datetimes of any zone (a naive one raises NaiveDatetime); results carry the
    `tzinfo` of the instant given first. The open set is compiled year by year when first needed, and
    the cost of an operation does not grow with the span. An answer beyond the years 1 to 9999 is
    *no open time*.
    """

    __slots__ = ()

    _years: dict[int, Year]
    _lock: Lock
    source: Hours

    # -- instants and amounts ---------------------------------------------------------------------

    def add(self, start: datetime, worked: timedelta) -> datetime:
        """Return the earliest instant by which `worked` open time has passed since `start`.

        An exact fit ends at closing time. Zero is `next_open`, a negative amount is `subtract`.
        Raises NoOpenTime when there is not that much open time ahead.
        """
        amount = (worked.days * 86_400 + worked.seconds) * 1_000_000 + worked.microseconds
        if amount <= 0:
            return self.subtract(start, -worked) if amount else self.next_open(start)
        year = self._years.get(start.year) or self._year(start.year)
        try:
            since = start - year.origin
        except TypeError:
            _refuse(start=start)
        at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        passed = bisect_right(year.bounds, at)
        target = year.before + year.base[passed] + amount + (at if passed & 1 else 0)
        if target > year.upto:
            year = self._year_reaching(target, year, start)
        done = target - year.before
        at = done + year.shift[bisect_left(year.worked, done)]
        try:
            return (year.origin + timedelta(0, 0, at)).astimezone(start.tzinfo)
        except OverflowError:
            raise _none("after", start) from None

    def subtract(self, start: datetime, worked: timedelta) -> datetime:
        """Return the latest instant from which `worked` open time passes until `start`.

        The mirror image of `add`: an exact fit begins at opening time. Zero is `previous_open`, a
        negative amount is `add`. Raises NoOpenTime when there is not that much open time behind.
        """
        amount = worked // _MICROSECOND
        if amount <= 0:
            return self.add(start, -worked) if amount else self.previous_open(start)
        year, at, passed = self._place("start", start)
        target = year.before + year.base[passed] - amount + (at if passed & 1 else 0)
        while target < year.before:
            year = self._next_year(year, -1, start)
        done = target - year.before
        return self._instant(year, done + year.shift[bisect_right(year.worked, done)], start)

    def between(self, a: datetime, b: datetime) -> timedelta:
        """Return the open time from `a` to `b`; negative when `b` is before `a`."""
        years = self._years
        try:
            year = years.get(a.year) or self._year(a.year)
            since = a - year.origin
            at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
            passed = bisect_right(year.bounds, at)
            before = year.before + year.base[passed] + (at if passed & 1 else 0)
            year = years.get(b.year) or self._year(b.year)
            since = b - year.origin
        except TypeError:
            _refuse(a=a, b=b)
        at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        passed = bisect_right(year.bounds, at)
        return timedelta(0, 0, year.before + year.base[passed] + (at if passed & 1 else 0) - before)

    # -- open or not ------------------------------------------------------------------------------

    def is_open(self, t: datetime) -> bool:
        """Return whether `t` is open; an opening is, a closing is not."""
        return self._place("t", t)[2] & 1 == 1

    def next_open(self, t: datetime) -> datetime:
        """Return `t` itself if open, else the next opening; raises NoOpenTime."""
        year, at, passed = self._place("t", t)
        if passed & 1:
            return t
        at += year.zero
        while passed == len(year.bounds):
            year = self._next_year(year, 1, t)
            passed = bisect_right(year.bounds, at - year.zero)
        return self._instant(year, year.bounds[passed], t)

    def previous_open(self, t: datetime) -> datetime:
        """Return `t` itself if open, else the last closing; raises NoOpenTime."""
        year, at, passed = self._place("t", t)
        if passed & 1:
            return t
        at += year.zero
        while passed == 0:
            year = self._next_year(year, -1, t)
            passed = bisect_right(year.bounds, at - year.zero)
        return self._instant(year, year.bounds[passed - 1], t)

    def next_close(self, t: datetime) -> datetime:
        """Return the next closing after `t`; raises NoOpenTime when there is none."""
        year, _, passed = self._place("t", self.next_open(t))
        last = self.source.last_change_year
        while year.bounds[passed] == year.length + MARGIN:  # open where the table ends: go on in the next one
            year = self._next_year(year, 1, t, last)
            passed = bisect_right(year.bounds, MARGIN - 1)
        return self._instant(year, year.bounds[passed], t)

    def spans(self, a: datetime, b: datetime | None = None, *, reverse: bool = False) -> Iterator[Span]:
        """Yield the open spans from `a` on, cut at `a` and `b`; lazily, in order of time.

        With `reverse` the newest comes first: those between `a` and `b` (in whichever order these
        are given), or without `b` all before `a`. Spans that touch are one, over midnight too. A span
        without end ends with the last datetime there is. Never raises NoOpenTime.
        """
        first = self._micros("a", a)
        last = None if b is None else self._micros("b", b)
        if reverse:
            low, high = (_FIRST, first) if last is None else sorted((first, last))
            found = self._behind(low, high)
        else:
            found = self._ahead(first, _LAST if last is None else last)
        return (Span(self._at(start, a), self._at(end, a)) for start, end in found)

    # -- the compiled years -----------------------------------------------------------------------

    def _place(self, name: str, t: datetime) -> tuple[Year, int, int]:
        """Return the year whose table holds `t`, its place in there, and how many bounds have passed."""
        year = self._years.get(t.year) or self._year(t.year)
        try:
            at = (t - year.origin) // _MICROSECOND
        except TypeError:
            _refuse(**{name: t})
        return year, at, bisect_right(year.bounds, at)

    def _micros(self, name: str, t: datetime) -> int:
        """Return an instant as microseconds since the year 1 began in UTC."""
        year, at, _ = self._place(name, t)
        return year.zero + at

    def _instant(self, year: Year, at: int, like: datetime) -> datetime:
        try:
            return (year.origin + timedelta(0, 0, at)).astimezone(like.tzinfo)
        except OverflowError:
            raise _none("within the years 1 to 9999 seen from", like) from None

    def _at(self, micros: int, like: datetime) -> datetime:
        """Return an instant in the zone of another one, or the end of time there when that is nearer."""
        try:
            return (_BEGINNING + timedelta(0, 0, micros)).astimezone(like.tzinfo)
        except OverflowError:
            end = _END if micros > _LAST // 2 else _BEGINNING
            return end.replace(tzinfo=like.tzinfo)

    def _year(self, number: int) -> Year:
        """Compile up to a year and keep the result; what is kept covers a range without holes."""
        years = self._years
        with self._lock:
            if not years:
                years[number] = placed(number, self.source.table(number), 0)
            step = 1 if number > next(iter(years)) else -1
            known = number
            while known not in years:
                known -= step
            while known != number:
                known += step
                years[known] = self._beside(years[known - step], step)
        return years[number]

    def _beside(self, known: Year, step: int) -> Year:
        number = known.number + step
        table = self.source.table(number)
        if step > 0:
            return placed(number, table, known.before + known.turn)
        return placed(number, table, known.before - placed(number, table, 0).turn)

    def _next_year(self, year: Year, step: int, asked: datetime, last: int | None = None) -> Year:
        first_open, last_open = self.source.opening_years
        number = year.number + step
        if number < first_open and step < 0:
            raise _none("before", asked)
        if number > (last_open if last is None else last) and step > 0:
            raise _none("after" if last is None else "that closes again after", asked)
        return self._years.get(number) or self._year(number)

    def _year_reaching(self, target: int, year: Year, asked: datetime) -> Year:
        while target > year.upto:
            year = self._next_year(year, 1, asked)
        return year

    def _pieces(self, number: int, low: int, high: int) -> list[tuple[int, int]]:
        """Return the open intervals of a UTC year within [low, high), in microseconds since year 1."""
        year = self._years.get(number) or self._year(number)
        zero = year.zero
        low, high = max(low - zero, 0), min(high - zero, year.length)
        if low >= high:
            return []
        first, past = bisect_right(year.bounds, low) & ~1, bisect_left(year.bounds, high)
        opens, closes = year.bounds[first:past:2], year.bounds[first + 1 : past + 1 : 2]
        return [(max(o, low) + zero, min(c, high) + zero) for o, c in zip(opens, closes, strict=True)]

    def _ahead(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        numbers = range(year_of(low), min(self.source.opening_years[1], year_of(high)) + 1)
        return _joined(piece for number in numbers for piece in self._pieces(number, low, high))

    def _behind(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        numbers = range(year_of(high), max(self.source.opening_years[0], year_of(low)) - 1, -1)
        back = ((-e, -s) for number in numbers for s, e in reversed(self._pieces(number, low, high)))
        return ((-last, -first) for first, last in _joined(back))


def _joined(pieces: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join neighbours that touch."""
    start = end = None
    for low, high in pieces:
        if low == end:
            end = high
            continue
        if start is not None and end is not None:
            yield start, end
        start, end = low, high
    if start is not None and end is not None:
        yield start, end


def _none(where: str, asked: datetime) -> NoOpenTime:
    return NoOpenTime(
        f"there is no (or not enough) open time {where} {asked.isoformat()}; check the calendar's weekly "
        "hours, special dates and closures",
    )


def _refuse(**instants: object) -> NoReturn:
    for name, value in instants.items():
        if isinstance(value, datetime) and value.utcoffset() is None:
            raise NaiveDatetime.of(name, value)
    said = ", ".join(f"{name}={value!r}" for name, value in instants.items())
    raise InvalidValue(f"{said}: this is no datetime with a time zone; give aware datetimes")
