"""Shares of a target: what a warning level such as ``"50%"`` is in working time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from typing import Any

from supportkit.errors import InvalidValue

__all__ = ["shares", "threshold"]

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def shares(values: Iterable[str] | str) -> tuple[str, ...]:
    """Read warning levels, lowest first; raises InvalidValue for what is no share above nothing.

    >>> shares(["90 %", "50%"])
    ('50%', '90%')
    """
    given = (values,) if isinstance(values, str) else tuple(values)
    return tuple(sorted({_share(value) for value in given}, key=lambda text: Fraction(text[:-1])))


def _share(value: Any) -> str:
    match = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise InvalidValue(
            f'warn={value!r}: a warning at an offset is not built yet; write a share such as "50%"'
        )
    if not Fraction(match[1]):
        raise InvalidValue(f'warn={value!r} would warn at once; write a share above "0%"')
    return f"{match[1]}%"


def threshold(goal: timedelta, share: str) -> timedelta:
    """Return the working time after which a share of the target has passed, rounded up to the microsecond.

    >>> threshold(timedelta(hours=8), "75%")
    datetime.timedelta(seconds=21600)
    """
    micros = Fraction(share[:-1]) * (goal // timedelta(microseconds=1)) / 100
    return timedelta(microseconds=-(-micros.numerator // micros.denominator))
