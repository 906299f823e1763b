"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime

from supportkit.cases import utc

__all__ = ["NINE", "Clock"]

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
"""Where a clock stands when nobody says otherwise: a Wednesday morning."""


class Clock:
    """Gives the instant it was last moved to, as it was given; call it as stores and desks call theirs.

    Raises NaiveDatetime for an instant without a zone.

    >>> from datetime import timedelta
    >>> clock = Clock()
    >>> clock.move_to(clock() + timedelta(minutes=5))
    >>> clock().isoformat()
    '2026-07-01T09:05:00+00:00'
    """

    def __init__(self, now: datetime = NINE) -> None:
        self.move_to(now)

    def __call__(self) -> datetime:
        """Return the instant it stands at."""
        return self._now

    def move_to(self, now: datetime) -> None:
        """Stand at this instant from now on, be it earlier or later."""
        utc(now)
        self._now = now
