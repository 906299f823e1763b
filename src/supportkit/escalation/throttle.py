"""How many notices one destination gets, and when the next one may go out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from supportkit.cases import MICROSECOND, utc
from supportkit.errors import InvalidValue
from supportkit.sequences import as_tuple

__all__ = ["Rate", "Throttle"]


def _positive(_: object, attribute: Any, value: Any) -> None:
    if value <= type(value)(0):
        raise InvalidValue(f"{attribute.name}: {value!r} is not above nothing")


@frozen
class Rate:
    """At most `count` notices in any stretch as long as `per`.

    A `smooth` rate lets through at once what the next shorter rate allows, and shares what is left of the
    stretch evenly among the rest. Raises InvalidValue.
    """

    count: int = field(validator=_positive)
    per: timedelta = field(validator=_positive)
    smooth: bool = False


def _shortest_first(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    return tuple(sorted(as_tuple(rates), key=lambda rate: rate.per))


@frozen
class Throttle:
    """Several rates that all must allow a notice, from the shortest stretch to the longest.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> sms = Throttle([Rate(3, timedelta(minutes=15)), Rate(7, timedelta(hours=1), smooth=True)])
    >>> sent = [noon, noon + timedelta(minutes=1), noon + timedelta(minutes=2)]
    >>> sms.next(sent, now=sent[-1]).isoformat()
    '2026-07-01T12:15:00+00:00'
    """

    rates: tuple[Rate, ...] = field(converter=_shortest_first)

    def next(self, sent: Iterable[datetime], *, now: datetime) -> datetime:
        """Return the first instant from `now` on at which one more notice may go out.

        `sent` are the instants of earlier ones, in any order. One that was sent exactly a stretch ago does
        not count any more. Raises NaiveDatetime.
        """
        times, start = sorted(utc(at, name="sent") for at in sent), utc(now)
        expiries = {at + rate.per for rate in self.rates for at in times}
        points = [start, *sorted(point for point in expiries if point > start)]
        for index, point in enumerate(points):
            free = self._free_from(times, point)
            if free is not None and (index + 1 == len(points) or free < points[index + 1]):
                return free
        raise AssertionError("after the last expiry nothing is counted any more")

    def _free_from(self, times: Sequence[datetime], t: datetime) -> datetime | None:
        """Return from when on all rates allow one more, counting what counts at `t`; None for never."""
        shorter, free = Rate(1, MICROSECOND), t
        for number, rate in enumerate(self.rates):
            counted = [at for at in times if t - at < rate.per]
            if len(counted) >= rate.count:
                return None
            burst = shorter.count if number else 0
            if rate.smooth and counted and len(counted) >= burst:
                since = counted[0] + (shorter.per if number else timedelta(0))
                free = max(free, since + _share(rate, shorter if number else None, len(counted) - burst))
            shorter = rate
        return free


def _share(rate: Rate, shorter: Rate | None, number: int) -> timedelta:
    """Return what must pass, after the burst, before that many have been shared out."""
    count, per = (
        (rate.count, rate.per) if shorter is None else (rate.count - shorter.count, rate.per - shorter.per)
    )
    return -(-number * (per // MICROSECOND) // count) * MICROSECOND if number else timedelta(0)
