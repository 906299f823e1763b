"""Warning levels: a share of the target such as ``"50%"``, or an offset such as ``"30 minutes before"``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from supportkit.errors import InvalidValue
from supportkit.sla.within import parse_within

__all__ = ["levels", "threshold"]

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_OFFSET = re.compile(r"(.+?)\s+(before|after)")
_MICROSECOND = timedelta(microseconds=1)
_ORDER = {"%": 0, "before": 1, "after": 2}


def levels(values: Iterable[str] | str) -> tuple[str, ...]:
    """Read warning levels: shares first, then offsets, each the earliest first.

    Raises InvalidValue for what is neither a share above nothing nor an offset in working time.

    >>> levels(["30 minutes before", "90 %", "50%", "2 hours before"])
    ('50%', '90%', '2 hours before', '30 minutes before')
    """
    given = (values,) if isinstance(values, str) else tuple(values)
    return tuple(sorted({_level(value) for value in given}, key=_place))


def _level(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if (match := _SHARE.fullmatch(text)) is not None:
        if not Fraction(match[1]):
            raise InvalidValue(f'warn={value!r} would warn at once; write a share above "0%"')
        return f"{match[1]}%"
    if (match := _OFFSET.fullmatch(text)) is None:
        raise InvalidValue(
            f'warn={value!r} is no warning level; write a share such as "50%", or "30 minutes before"'
        )
    if parse_within(match[1]).duration is None:
        raise InvalidValue(f'warn={value!r}: offsets are working time; write it like "8 hours before"')
    return text


def _offset(level: str) -> timedelta:
    amount, _, side = level.rpartition(" ")
    duration = parse_within(amount).duration or timedelta(0)
    return -duration if side == "before" else duration


def _place(level: str) -> tuple[int, Any, str]:
    if level.endswith("%"):
        return 0, Fraction(level[:-1]), level
    return _ORDER[level.rpartition(" ")[2]], _offset(level), level


@lru_cache(maxsize=1024)  # a policy has few targets and levels, and every event asks for all of them
def threshold(goal: timedelta, level: str) -> timedelta:
    """Return the working time after which a level is reached, rounded up to the microsecond.

    An offset that is longer than the target is reached at the start.

    >>> threshold(timedelta(hours=8), "75%") == threshold(timedelta(hours=8), "2 hours before")
    True
    """
    if not level.endswith("%"):
        return max(goal + _offset(level), timedelta(0))
    micros = Fraction(level[:-1]) * (goal // _MICROSECOND) / 100
    return timedelta(microseconds=-(-micros.numerator // micros.denominator))
