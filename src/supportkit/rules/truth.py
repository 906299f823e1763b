"""Truth in four values, and the connectives over it (Kleene's tables with an error above unknown)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, NoReturn

__all__ = ["NEGATED", "ON_ABSENT", "Truth", "all_true", "any_true"]


class Truth(Enum):
    """What a condition is worth: true, false, not known for lack of facts, or in error.

    Only TRUE makes a rule fire. There is no truthiness: compare with ``is``.

    >>> Truth.UNKNOWN is not Truth.TRUE
    True
    """

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    ERROR = "error"

    def __bool__(self) -> NoReturn:
        message = f"{self} has no truthiness, since unknown is not false; write `truth is Truth.TRUE`"
        raise TypeError(message)


NEGATED: Final = {
    Truth.TRUE: Truth.FALSE,
    Truth.FALSE: Truth.TRUE,
    Truth.UNKNOWN: Truth.UNKNOWN,
    Truth.ERROR: Truth.ERROR,
}
"""What `not` makes of each truth."""

ON_ABSENT: Final = {None: Truth.UNKNOWN, "true": Truth.TRUE, "false": Truth.FALSE, "error": Truth.ERROR}
"""What a leaf is worth without its fact, by its option `absent`."""


def all_true(truths: Iterable[Truth]) -> Truth:
    """Return FALSE if any is false, else ERROR if any is, else UNKNOWN if any is, else TRUE."""
    return _settled(truths, deciding=Truth.FALSE, neutral=Truth.TRUE)


def any_true(truths: Iterable[Truth]) -> Truth:
    """Return TRUE if any is true, else ERROR if any is, else UNKNOWN if any is, else FALSE."""
    return _settled(truths, deciding=Truth.TRUE, neutral=Truth.FALSE)


def _settled(truths: Iterable[Truth], *, deciding: Truth, neutral: Truth) -> Truth:
    result = neutral
    for truth in truths:
        if truth is deciding:
            return deciding
        if truth is not neutral and result is not Truth.ERROR:
            result = truth
    return result
