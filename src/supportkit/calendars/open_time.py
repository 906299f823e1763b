"""Arithmetic on open time: what all calendars can do, wherever their hours come from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta, tzinfo
from threading import Lock
from typing import NoReturn

from supportkit.calendars._text import DAY
from supportkit.calendars._year import Table, Year
from supportkit.calendars._zones import year_length
from supportkit.calendars.span import Span
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime

__all__ = ["OpenTime"]

_MICROSECOND = timedelta(microseconds=1)
_ZERO = timedelta(0)


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

    def _table(self, number: int) -> Table:
        """Return the open time of one year."""
        raise NotImplementedError

    def _opening_years(self) -> tuple[int, int]:
        """Return the first and the last year that can have open time."""
        raise NotImplementedError

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
            _refuse("start", start)
        at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        passed = bisect_right(year.bounds, at)
        target = year.before + year.base[passed] + amount + (at if passed & 1 else 0)
        if target > year.upto:
            year = self._year_reaching(target, year)
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
            _refuse("a", a, b)
        at = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        passed = bisect_right(year.bounds, at)
        return timedelta(0, 0, year.before + year.base[passed] + (at if passed & 1 else 0) - before)

    # -- open or not ------------------------------------------------------------------------------

    def is_open(self, t: datetime) -> bool:
        """Return whether `t` is open; an opening is, a closing is not."""
        return self._place("t", t)[2] & 1 == 1

    def next_open(self, t: datetime) -> datetime:
        """Return `t` itself if open, else the next opening; raises NoOpenTime."""
        year, _, passed = self._place("t", t)
        if passed & 1:
            return t
        while passed == len(year.bounds):
            year, passed = self._next_year(year, 1, t), 0
        return self._instant(year, year.bounds[passed], t)

    def previous_open(self, t: datetime) -> datetime:
        """Return `t` itself if open, else the last closing; raises NoOpenTime."""
        year, _, passed = self._place("t", t)
        if passed & 1:
            return t
        while passed == 0:
            year = self._next_year(year, -1, t)
            passed = len(year.bounds)
        return self._instant(year, year.bounds[passed - 1], t)

    def next_close(self, t: datetime) -> datetime:
        """Return the next closing after `t`; raises NoOpenTime when there is none."""
        end = next((end for _, end in self._ahead(self._micros("t", t))), None)
        if end is None or end >= _end_of_time():
            raise _none("that ends after", t)
        return _datetime(end, t)

    def spans(self, a: datetime, b: datetime | None = None, *, reverse: bool = False) -> Iterator[Span]:
        """Yield the open spans from `a` on, cut at `a` and `b`; lazily, in order of time.

        With `reverse` the newest comes first: those between `a` and `b` (in whichever order these
        are given), or without `b` all before `a`. Spans that touch are one, over midnight too. A span
        without end ends with the last datetime there is. Never raises NoOpenTime.
        """
        first = self._micros("a", a)
        last = None if b is None else self._micros("b", b)
        if not reverse:
            found = self._ahead(first) if last is None else _cut_at(self._ahead(first), last)
        else:
            low, high = (0, first) if last is None else sorted((first, last))
            found = self._behind(low, high)
        return (Span(_clamped(start, a), _clamped(end, a)) for start, end in found)

    # -- the compiled years -----------------------------------------------------------------------

    def _place(self, name: str, t: datetime) -> tuple[Year, int, int]:
        """Return the year whose table holds `t`, its place in there, and how many bounds have passed."""
        year = self._years.get(t.year) or self._year(t.year)
        try:
            at = (t - year.origin) // _MICROSECOND
        except TypeError:
            _refuse(name, t)
        return year, at, bisect_right(year.bounds, at)

    def _micros(self, name: str, t: datetime) -> int:
        """Return an instant as microseconds since the year 1 began in UTC."""
        year, at, _ = self._place(name, t)
        return year.zero + at

    def _instant(self, year: Year, at: int, like: datetime) -> datetime:
        return _datetime(year.zero + at, like)

    def _year(self, number: int) -> Year:
        """Compile up to a year and keep the result; what is kept covers a range without holes."""
        years = self._years
        with self._lock:
            if not years:
                years[number] = _placed(number, self._table(number), 0)
            for later in range(max(years) + 1, number + 1):
                last = years[later - 1]
                years[later] = _placed(later, self._table(later), last.before + _turn(last))
            for earlier in range(min(years) - 1, number - 1, -1):
                table = self._table(earlier)
                before = years[earlier + 1].before - _turn(_placed(earlier, table, 0))
                years[earlier] = _placed(earlier, table, before)
        return years[number]

    def _next_year(self, year: Year, step: int, asked: datetime) -> Year:
        first, last = self._opening_years()
        number = year.number + step
        if (number > last) if step > 0 else (number < first):
            raise _none("after" if step > 0 else "before", asked)
        return self._years.get(number) or self._year(number)

    def _year_reaching(self, target: int, year: Year) -> Year:
        asked = year.origin
        while target > year.upto:
            year = self._next_year(year, 1, asked)
        return year

    def _pieces(self, number: int, low: int, high: int) -> list[tuple[int, int]]:
        """Return the open intervals of a UTC year within [low, high), in microseconds since year 1."""
        year = self._years.get(number) or self._year(number)
        low, high = max(low - year.zero, 0), min(high - year.zero, year.length)
        first = bisect_right(year.bounds, low) & ~1
        past = bisect_left(year.bounds, high)
        opens, closes = year.bounds[first:past:2], year.bounds[first + 1 : past + 1 : 2]
        zero = year.zero
        return [(max(o, low) + zero, min(c, high) + zero) for o, c in zip(opens, closes)]

    def _ahead(self, at: int) -> Iterator[tuple[int, int]]:
        numbers = range(_year_of(at), self._opening_years()[1] + 1)
        end_of_time = _end_of_time()
        return _joined(piece for number in numbers for piece in self._pieces(number, at, end_of_time))

    def _behind(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        first = max(self._opening_years()[0], _year_of(low))
        numbers = range(_year_of(high), first - 1, -1)
        back = ((-e, -s) for number in numbers for s, e in reversed(self._pieces(number, low, high)))
        return ((-end, -start) for start, end in _joined(back))
