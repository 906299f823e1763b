"""Numbers that formulas of waiting take: checked once, refused by name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from operator import index
from typing import Any

from supportkit.errors import InvalidValue

__all__ = ["by_class", "exact", "finite", "not_negative", "positive", "share", "whole"]


def not_negative(name: str, value: Any) -> float:
    """Return a number of 0 or more as a float, infinity included; raises InvalidValue."""
    number = _real(name, value, "number of 0 or more")
    if not number >= 0:
        raise InvalidValue(f"{name}={value!r} is no number of 0 or more")
    return number


def positive(name: str, value: Any) -> float:
    """Return a finite number above 0 as a float; raises InvalidValue."""
    number = _real(name, value, "finite number above 0")
    if not 0 < number < math.inf:
        raise InvalidValue(f"{name}={value!r} is no finite number above 0")
    return number


def finite(name: str, value: Any) -> float:
    """Return a finite number of 0 or more as a float; raises InvalidValue."""
    number = not_negative(name, value)
    if number == math.inf:
        raise InvalidValue(f"{name}={value!r} is not finite")
    return number


def exact(name: str, value: Any) -> Any:
    """Return a finite number as one that computes without rounding; raises InvalidValue."""
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise InvalidValue(f"{name}={value!r} is no number")
    try:
        return Fraction(value)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        raise InvalidValue(f"{name}={value!r} is not finite") from None


def share(name: str, value: Any) -> float:
    """Return a share from 0 to 1 as a float; raises InvalidValue."""
    number = _real(name, value, "share from 0 to 1, such as 0.8")
    if not 0 <= number <= 1:
        raise InvalidValue(f"{name}={value!r} is no share from 0 to 1, such as 0.8")
    return number


def whole(name: str, value: Any) -> int:
    """Return a whole number of 0 or more; raises InvalidValue."""
    try:
        number = -1 if isinstance(value, bool) else index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise InvalidValue(f"{name}={value!r} is no whole number of 0 or more")
    return number


def by_class(name: str, values: Any) -> dict[Any, Any]:
    """Return values by class: of a mapping its own keys, of a sequence the positions; raises InvalidValue."""
    if isinstance(values, Mapping):
        return dict(values)
    if isinstance(values, Iterable) and not isinstance(values, str):
        return dict(enumerate(values))
    raise InvalidValue(f"{name}={values!r}: give one number for each class, in a list or by name")


def _real(name: str, value: Any, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise InvalidValue(f"{name}={value!r} is no {wanted}")
    return float(value)
