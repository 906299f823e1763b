"""Points are exact: ints, or Decimals where there is a fraction; never floats."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Any

from supportkit.errors import InvalidValue

__all__ = ["Points", "exact", "plain_points", "reachable", "total"]

Points = int | Decimal

_DIGITS = 18
_PRECISION = 60


def exact(value: Any, *, name: str = "points") -> Points:
    """Return the number exactly, in one shape per value: an int when it is whole, else a short Decimal.

    A float stands for its shortest text. Raises InvalidValue for no number, for NaN and infinity, and
    for numbers of more than 18 digits before or behind the point.

    >>> exact(Decimal("40.0")), exact(0.1)
    (40, Decimal('0.1'))
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InvalidValue(f"{name}={value!r} is no number; give an int or a Decimal")
    if isinstance(value, int) and abs(value) < 10**_DIGITS:
        return int(value)
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise InvalidValue(f"{name}={value!r} is no finite number")
    if number.adjusted() >= _DIGITS or (number and _decimals(number) > _DIGITS):
        raise InvalidValue(f"{name}={value!r} has more than {_DIGITS} digits before or behind the point")
    whole = int(number)
    return whole if whole == number else number.normalize(Context(prec=_PRECISION))


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def total(points: Iterable[Points]) -> Points:
    """Return the sum, exact whatever the caller's decimal context says."""
    context = Context(prec=_PRECISION)
    result: Points = 0
    for item in points:
        if isinstance(item, int) and isinstance(result, int):
            result += item
        else:
            result = context.add(Decimal(result), Decimal(item))
    return exact(result, name="score")


def reachable(points: Points, more: Iterable[Points]) -> tuple[Points, Points]:
    """Return the least and the most that points can become when any of some `more` may join them."""
    ends = tuple(more)
    least, most = (total([points, *(end(0, each) for each in ends)]) for end in (min, max))
    return least, most


def plain_points(points: Points) -> str:
    """Write points for people: ``40``, ``0.5``."""
    return f"{points:f}" if isinstance(points, Decimal) else str(points)
