"""Ageing: how waiting moves a case forward, so that everybody reaches the front."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from supportkit.errors import InvalidValue
from supportkit.priority.points import exact

__all__ = ["Ageing", "LinearAgeing", "RateAgeing", "StepAgeing"]

_RATE = re.compile(r"(?P<points>\d{1,9}(?:\.\d{1,9})?) points? per (?P<unit>minute|hour|day)")
_HOURS = {"minute": Fraction(1, 60), "hour": Fraction(1), "day": Fraction(24)}


class Ageing:
    """The three ways of ageing; build one with `linear`, `rates`, `steps` or `parse`."""

    __slots__ = ()

    @staticmethod
    def linear(points_per_hour: Any) -> LinearAgeing:
        """Every hour of waiting is worth that many points (more than 0): the order is a static key."""
        return LinearAgeing(_rate(points_per_hour, "points_per_hour"))

    @staticmethod
    def rates(points_per_hour: Mapping[Any, Any]) -> RateAgeing:
        """Each level or class gathers points at a rate of its own: accumulating priority (Kleinrock 1964).

        Within one rate the order is a static key; lines of different rates are compared by their heads.

        >>> Ageing.rates({"gold": 6, "basic": 2}).points_per_hour["gold"]
        Fraction(6, 1)
        """
        if not points_per_hour:
            raise InvalidValue("rates name no class; give them like {'gold': 6, 'basic': 2}")
        return RateAgeing({name: _rate(rate, f"rate of {name!r}") for name, rate in points_per_hour.items()})

    @staticmethod
    def steps(every: timedelta, cap: Any) -> StepAgeing:
        """Each full `every` of waiting lifts the level by one, not past the level `cap`."""
        if every <= timedelta(0):
            raise InvalidValue(f"every={every!r} is no duration above 0")
        return StepAgeing(every, cap)

    @staticmethod
    def parse(text: str) -> LinearAgeing:
        """Read ``"2 points per hour"`` (or minute, or day of 24 hours); raises InvalidValue for other text.

        >>> Ageing.parse("1.5 points per minute") == Ageing.linear(90)
        True
        """
        match = _RATE.fullmatch(" ".join(str(text).split()))
        if match is None:
            raise InvalidValue(f"{text!r} is no rate of ageing; write it like '2 points per hour'")
        return Ageing.linear(Fraction(Decimal(match["points"])) / _HOURS[match["unit"]])


def _rate(value: Any, name: str) -> Fraction:
    rate = value if isinstance(value, Fraction) else Fraction(exact(value, name=name))
    if rate <= 0:
        raise InvalidValue(f"{name}={value} is not above 0; leave ageing out for none")
    return rate


@frozen
class LinearAgeing(Ageing):
    """Waiting is worth points at one rate for all, so that an order once given never changes."""

    points_per_hour: Fraction


@frozen
class RateAgeing(Ageing):
    """Waiting is worth points at a rate for each level or class: who gathers faster overtakes in time."""

    points_per_hour: Mapping[Any, Fraction] = field(hash=False)


@frozen
class StepAgeing(Ageing):
    """Waiting lifts the level step by step up to `cap`; levels at or above the cap keep their own."""

    every: timedelta
    cap: Any
