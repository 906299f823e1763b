"""What customers are told about their wait, and whether it was true."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from supportkit.errors import InvalidValue
from supportkit.routing._numbers import finite, not_negative
from supportkit.routing.estimates import Wait

__all__ = ["ANNOUNCEMENTS", "Announcement", "Calibration", "announce"]

ANNOUNCEMENTS: Final[Mapping[str, str]] = {
    "now": "Somebody is with you in a moment.",
    "about": "The wait is about {likely} minutes.",
    "between": "The wait is likely {likely} minutes, and hardly ever more than {most}.",
    "long": "The wait is likely more than {likely} minutes; we can call you back.",
    "unknown": "We cannot say how long the wait is; we can call you back.",
}
"""The text of each code; translate the values, keep the keys."""

_MINUTES: Final = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120)
_SURE = 2.0  # standard deviations that a share may stray before it is called wrong
_LEAST = 30


@frozen
class Announcement:
    """What can be said honestly: a code, and whole minutes from a coarse scale, rounded up."""

    code: str
    likely: int | None = None
    most: int | None = None

    def text(self, texts: Mapping[str, str] = ANNOUNCEMENTS) -> str:
        """Return the sentence, in the language of `texts`; raises InvalidValue when it lacks the code."""
        if self.code not in texts:
            raise InvalidValue(f"texts have none for {self.code!r}; there are {', '.join(texts)}")
        return texts[self.code].format(likely=self.likely, most=self.most)


def announce(wait: Wait, *, minutes: float = 1) -> Announcement:
    """Return what to say about a wait whose unit lasts so many `minutes` (60 when rates are by the hour).

    ``about`` when p50 and p90 round up to the same figure of the scale (1, 2, 3, 5, 10, 15, 20, 30,
    45, 60, 90, 120), ``between`` when they lie apart, ``now`` when nobody waits, ``long``
    beyond two hours, ``unknown`` when the wait has no end.

    >>> from supportkit.routing import wait_estimate
    >>> announce(wait_estimate(ahead=4, servers=3, mu=0.2, theta=0.05)).text()
    'The wait is likely 10 minutes, and hardly ever more than 15.'
    """
    minutes = finite("minutes", minutes)
    return announced(wait.p50 * minutes, wait.p90 * minutes)


def announced(p50: float, p90: float) -> Announcement:
    """Return what to say about a wait with these bounds in minutes."""
    likely, most = _rounded(p50), _rounded(p90)
    if p90 == 0:
        return Announcement("now")
    if p50 == math.inf:
        return Announcement("unknown")
    if likely is None or most is None:
        return Announcement("long", likely or _MINUTES[-1])
    if most == likely:
        return Announcement("about", most, most)
    return Announcement("between", likely, most)


def _rounded(minutes: float) -> int | None:
    return next((step for step in _MINUTES if minutes <= step), None)


@frozen
class Calibration:
    """How often announced waits were kept: out of `count`, the shares over by p50 and by p90.

    `verdict` is ``honest``; ``optimistic`` when more than half outlast p50 or more than a tenth p90, beyond
    what chance explains (two standard deviations); ``pessimistic`` when it is too few of them; ``too_few``
    below 30 waits.
    """

    count: int
    under_p50: float | None
    under_p90: float | None
    verdict: str = field(init=False)

    @verdict.default
    def _judged(self) -> str:
        if self.under_p50 is None or self.under_p90 is None or self.count < _LEAST:
            return "too_few"
        strays = [_stray(self.under_p50, 0.5, self.count), _stray(self.under_p90, 0.9, self.count)]
        if min(strays) < -_SURE:
            return "optimistic"
        return "pessimistic" if max(strays) > _SURE else "honest"

    @classmethod
    def of(cls, seen: Iterable[tuple[Wait, float]]) -> Calibration:
        """Count (announced, real wait) pairs, real waits in the unit of the announced; raises InvalidValue.

        >>> from supportkit.routing import wait_estimate
        >>> wait = wait_estimate(ahead=4, servers=3, mu=0.2)
        >>> Calibration.of([(wait, wait.mean * 1.5)] * 40).verdict
        'optimistic'
        """
        pairs = [(wait, not_negative("the real wait", real)) for wait, real in seen]
        if not pairs:
            return cls(0, None, None)
        return cls(
            len(pairs),
            sum(real <= wait.p50 for wait, real in pairs) / len(pairs),
            sum(real <= wait.p90 for wait, real in pairs) / len(pairs),
        )


def _stray(found: float, wanted: float, count: int) -> float:
    return (found - wanted) / math.sqrt(wanted * (1 - wanted) / count)
