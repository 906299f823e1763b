"""Business time for whole arrays of instants, with NumPy (extra ``batch``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import ArrayLike, NDArray

from supportkit.calendars.open_time import OpenTime
from supportkit.errors import InvalidValue

__all__ = ["Batch"]

Instants: TypeAlias = NDArray[np.datetime64]
Amounts: TypeAlias = NDArray[np.timedelta64]
Micros: TypeAlias = NDArray[np.int64]
_Kernel: TypeAlias = Callable[[Micros, Micros], Micros]

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_UNCLEAR = {"m8", "m8[Y]", "m8[M]"}  # years and months have no length of their own
_MOST = timedelta(days=4_000_000)  # more than the years 1 to 9999 hold, and far from the end of int64


@frozen(eq=False)
class _Timeline:
    """The open spans of the years `first` to `last`, in microseconds of Unix time, with running totals.

    `starts` and `before` have one entry more than there are spans, for the instants after the last one.
    """

    first: int
    last: int
    starts: Micros
    ends: Micros
    before: Micros
    """The open time up to each opening."""
    done: Micros
    """The open time up to each closing."""

    @classmethod
    def of(cls, calendar: OpenTime, first: int, last: int) -> _Timeline:
        """Compile the years."""
        pieces = (calendar._pieces(year, 0, _LAST - _FIRST) for year in range(first, last + 1))  # noqa: SLF001 - the package's own table
        bounds = np.fromiter(chain.from_iterable(chain.from_iterable(pieces)), np.int64) + _FIRST
        starts, ends = bounds[::2], np.ascontiguousarray(bounds[1::2])
        done = np.cumsum(ends - starts)
        return cls(first, last, np.append(starts, _LAST + 1), ends, np.append(0, done), done)

    def passed(self, at: Micros) -> Micros:
        """Return how many spans have ended at each instant."""
        return self.ends.searchsorted(at, "right")

    def opened(self, at: Micros) -> Micros:
        """Return the open time from the beginning of the first year to each instant."""
        place = self.passed(at)
        total = at - self.starts[place]
        np.maximum(total, 0, out=total)
        total += self.before[place]
        return total


class Batch:
    """A calendar's arithmetic for arrays of instants: the answers of its methods, element by element.

    Instants are ``datetime64`` arrays, lists or single ones, in UTC; amounts are ``timedelta64`` or one
    `timedelta`. Arguments are broadcast, results are arrays in microseconds. NaT gives NaT, and is not
    open. What microseconds cannot hold exactly, and years outside 1 to 9999, raise InvalidValue. All
    years from the first to the last one needed are compiled once and kept, at 32 bytes an interval (some
    milliseconds and 16 kB a year of ordinary hours). Can be shared by threads.

    >>> from datetime import timedelta
    >>> import numpy as np
    >>> from supportkit import BusinessCalendar
    >>> office = Batch(BusinessCalendar("Europe/London", weekly={"mon-fri": "09:00-17:00"}))
    >>> opened = np.array(["2024-05-10T15:00", "2024-05-11T12:00"], "datetime64[us]")
    >>> due = office.add(opened, timedelta(hours=2))
    >>> print(due.astype("datetime64[m]"))
    ['2024-05-13T09:00' '2024-05-13T10:00']
    >>> print(office.between(opened, due).astype("timedelta64[h]"))
    [2 2]
    """

    __slots__ = ("_timeline", "calendar")

    def __init__(self, calendar: OpenTime) -> None:
        self.calendar = calendar
        self._timeline: _Timeline | None = None

    def __repr__(self) -> str:
        return f"Batch({self.calendar!r})"

    def add(self, starts: ArrayLike, worked: ArrayLike | timedelta) -> Instants:
        """Return the earliest instants by which `worked` open time has passed since `starts`.

        Zero is `next_open`, a negative amount is `subtract`. Raises NoOpenTime when there is not that much
        open time ahead of any one of them.
        """
        starts, amounts = _instants("starts", starts), _amounts("worked", worked)
        return _each(self._add, "datetime64[us]", starts, amounts)

    def subtract(self, starts: ArrayLike, worked: ArrayLike | timedelta) -> Instants:
        """Return the latest instants from which `worked` open time passes until `starts`.

        Zero is `previous_open`, a negative amount is `add`. Raises NoOpenTime like `add`.
        """
        starts, amounts = _instants("starts", starts), _amounts("worked", worked)
        return _each(self._subtract, "datetime64[us]", starts, amounts)

    def between(self, a: ArrayLike, b: ArrayLike) -> Amounts:
        """Return the open time from each `a` to its `b`; negative when `b` is before `a`."""
        return _each(self._between, "timedelta64[us]", _instants("a", a), _instants("b", b))

    def is_open(self, t: ArrayLike) -> NDArray[np.bool_]:
        """Return whether each instant is open; an opening is, a closing is not."""
        return _each(self._is_open, "bool", _instants("t", t))

    def next_open(self, t: ArrayLike) -> Instants:
        """Return each instant itself if open, else the next opening; raises NoOpenTime."""
        return _each(self._opening, "datetime64[us]", _instants("t", t))

    def previous_open(self, t: ArrayLike) -> Instants:
        """Return each instant itself if open, else the last closing; raises NoOpenTime."""
        return _each(self._closing, "datetime64[us]", _instants("t", t))

    # -- on present instants, in microseconds; how far the years must reach is asked of the calendar ---

    def _add(self, at: Micros, amount: Micros) -> Micros:
        return _by_sign(at, amount, self._ahead, self._opening, self._behind)

    def _subtract(self, at: Micros, amount: Micros) -> Micros:
        return _by_sign(at, amount, self._behind, self._closing, self._ahead)

    def _between(self, a: Micros, b: Micros) -> Micros:
        line = self._line(a, b)
        return line.opened(b) - line.opened(a)

    def _is_open(self, at: Micros) -> NDArray[np.bool_]:
        line = self._line(at)
        found: NDArray[np.bool_] = at >= line.starts[line.passed(at)]
        return found

    def _ahead(self, at: Micros, amount: Micros) -> Micros:
        line = self._line(at)
        target = line.opened(at) + amount
        if target[far := target.argmax()] > line.before[-1]:
            line = self._line(at, _micros(self.calendar.add(_instant(at[far]), _amount(amount[far]))))
            target = line.opened(at) + amount
        place = line.done.searchsorted(target)
        target -= line.done[place]
        target += line.ends[place]
        return target

    def _behind(self, at: Micros, amount: Micros) -> Micros:
        line = self._line(at)
        target = line.opened(at) - amount
        if target[far := target.argmin()] < 0:
            line = self._line(at, _micros(self.calendar.subtract(_instant(at[far]), _amount(amount[far]))))
            target = line.opened(at) - amount
        place = line.done.searchsorted(target, "right")
        return line.starts[place] + (target - line.before[place])

    def _opening(self, at: Micros, _: object = None) -> Micros:
        line = self._line(at)
        if line.passed(latest := at.max()) == len(line.ends):
            line = self._line(at, _micros(self.calendar.next_open(_instant(latest))))
        return np.maximum(at, line.starts[line.passed(at)])

    def _closing(self, at: Micros, _: object = None) -> Micros:
        line = self._line(at)
        if (earliest := at.min()) < line.starts[0]:
            line = self._line(at, _micros(self.calendar.previous_open(_instant(earliest))))
        place = line.passed(at)
        return np.where(at >= line.starts[place], at, line.ends[place - 1])

    def _line(self, *instants: Micros | np.int64) -> _Timeline:
        """Return a timeline that covers the years of all these instants."""
        low, high = min(each.min() for each in instants), max(each.max() for each in instants)
        first, last = _instant(low).year, _instant(high).year
        line = self._timeline
        if line is None or first < line.first or last > line.last:
            if line is not None:
                first, last = min(first, line.first), max(last, line.last)
            self._timeline = line = _Timeline.of(self.calendar, first, last)
        return line


def _each(kernel: Callable[..., Any], result: str, *values: NDArray[Any]) -> NDArray[Any]:
    """Apply a kernel to the elements of broadcast arrays where none of them is NaT."""
    shape = np.broadcast_shapes(*(each.shape for each in values))
    flat = [np.broadcast_to(each, shape).ravel() for each in values]
    absent = np.logical_or.reduce([np.isnat(each) for each in flat])
    if absent.size and not absent.any():
        found: NDArray[Any] = kernel(*(each.view(np.int64) for each in flat)).view(result)
        return found.reshape(shape)
    found = np.full(absent.shape, False if result == "bool" else "NaT", result)
    if not absent.all():
        found[~absent] = kernel(*(each[~absent].view(np.int64) for each in flat)).view(result)
    return found.reshape(shape)


def _by_sign(at: Micros, amount: Micros, more: _Kernel, none: _Kernel, less: _Kernel) -> Micros:
    """Apply a kernel each to the elements with a positive amount, with none, and with a negative one."""
    moved = np.empty_like(at)
    amount = np.clip(amount, -(_MOST // _MICROSECOND), _MOST // _MICROSECOND)
    for chosen, kernel in ((amount > 0, more), (amount == 0, none), (amount < 0, less)):
        if chosen.all():
            return kernel(at, np.abs(amount))
        if chosen.any():
            moved[chosen] = kernel(at[chosen], np.abs(amount[chosen]))
    return moved


def _instants(name: str, values: ArrayLike) -> Instants:
    return _exact(name, values, "datetime64[us]", "in UTC")


def _amounts(name: str, values: ArrayLike | timedelta) -> Amounts:
    if isinstance(values, timedelta):
        values = np.timedelta64(min(max(values, -_MOST), _MOST), "us")
    return _exact(name, values, "timedelta64[us]", "or a timedelta")


def _exact(name: str, values: ArrayLike, wanted: str, which: str) -> NDArray[Any]:
    """Return an array of datetime64 or timedelta64 in microseconds; raises InvalidValue."""
    given = np.asarray(values)
    if given.dtype.kind != np.dtype(wanted).kind or given.dtype.str[1:] in _UNCLEAR:
        raise InvalidValue(f"{name}: {given.dtype} is no array of times; give {wanted} {which}")
    try:
        micros = given.astype(wanted)
        lost = bool((~np.isnat(given) & (micros.astype(given.dtype) != given)).any())
    except OverflowError:  # what older versions of NumPy wrap around without a word
        lost = True
    if lost:
        raise InvalidValue(f"{name}: {given.dtype} holds what {wanted} cannot; round it first")
    return micros


def _instant(micros: np.int64) -> datetime:
    if not _FIRST <= micros <= _LAST:
        raise InvalidValue(f"{np.datetime64(int(micros), 'us')} lies outside the years 1 to 9999")
    return _EPOCH + timedelta(microseconds=int(micros))


def _amount(micros: np.int64) -> timedelta:
    return timedelta(microseconds=int(micros))


def _micros(instant: datetime) -> np.int64:
    return np.int64((instant - _EPOCH) // _MICROSECOND)
