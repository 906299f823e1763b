"""How long anybody can wait at worst, from how many arrive and how many are picked."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.priority.points import exact

__all__ = ["Bound", "Load", "figure", "shortest"]

_HOUR = timedelta(hours=1) // timedelta(microseconds=1)


@frozen
class Bound:
    """The worst wait, None when it is `unbounded`; `because` names what it follows from."""

    wait: timedelta | None
    unbounded: bool
    because: str = ""

    @classmethod
    def none(cls, because: str) -> Bound:
        """Nobody can promise anything."""
        return cls(None, True, because)

    @classmethod
    def hours(cls, hours: Fraction, because: str) -> Bound:
        """A wait of so many hours, rounded up to the microsecond."""
        try:
            return cls(timedelta(microseconds=math.ceil(hours * _HOUR)), False, because)
        except OverflowError:
            return cls.none(f"{because}; but that is longer than calendars reach")


@frozen
class Load:
    """Arrivals and picks of one line: in any `t` hours at most ``burst + arrivals * t`` arrive.

    While somebody waits, a pick happens at least every ``1 / picks`` hours, and the line begins empty.
    """

    arrivals: Fraction
    picks: Fraction
    burst: int

    @classmethod
    def of(cls, arrivals_per_hour: Any, picks_per_hour: Any, burst: int | None) -> Load:
        """Read the figures; raises InvalidValue for a negative one, or a burst below 1."""
        arrivals, picks = (
            figure("arrivals_per_hour", arrivals_per_hour),
            figure("picks_per_hour", picks_per_hour),
        )
        if burst is None:
            burst = max(1, math.ceil(arrivals))
        if type(burst) is not int or burst < 1:
            raise InvalidValue(f"burst={burst!r} is no number of arrivals at once; give 1 or more")
        return cls(arrivals, picks, burst)

    def emptied(self) -> Bound | None:
        """The longest time until the line is empty, whatever its order; None when it may never be.

        After n picks it is not empty only if n + 1 came by then: ``burst + arrivals * n / picks >= n + 1``.
        """
        if self.arrivals >= self.picks:
            return None
        most = math.floor((self.burst - 1) / (1 - self.arrivals / self.picks)) + 1
        return Bound.hours(Fraction(most) / self.picks, "until the line is empty")

    def aged(self, *, lead: Fraction, share: Fraction) -> Bound | None:
        """The longest wait when one of W hours is passed by those of ``lead + W * (1 - share)`` hours only.

        Who arrives after s, and is served s + W, has only those before it that came until
        ``u = s + lead + W * (1 - share)``: ``picks * (s + W) <= burst + arrivals * u``.
        """
        slack = self.picks - self.arrivals * (1 - share)
        if self.arrivals > self.picks or slack <= 0:
            return None
        return Bound.hours((self.burst + self.arrivals * lead) / slack, "by the points that waiting is worth")


def shortest(bounds: list[Bound | None], otherwise: str) -> Bound:
    """Return the best of several bounds that all hold."""
    held = [bound for bound in bounds if bound is not None and bound.wait is not None]
    return min(held, key=lambda bound: bound.wait or timedelta(0), default=Bound.none(otherwise))


def figure(name: str, value: Any) -> Fraction:
    """Read a figure exactly; raises InvalidValue for a negative one."""
    number = value if isinstance(value, Fraction) else Fraction(Decimal(exact(value, name=name)))
    if number < 0:
        raise InvalidValue(f"{name}={value} is negative; give 0 or more")
    return number
