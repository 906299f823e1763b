"""Who is on call: members in turn, handed over by the clock on the wall."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from attrs import field, frozen

from supportkit.calendars._zones import zone, zone_key
from supportkit.calendars.calendar import in_zone
from supportkit.errors import InvalidValue

__all__ = ["Rotation"]

Unit = Literal["hour", "day", "week", "month"]
_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def _members(value: Any) -> tuple[str, ...]:
    members = () if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    if members and all(isinstance(member, str) and member for member in members):
        return members
    raise InvalidValue(f"members: {value!r} are nobody; list the ids of those who take turns")


def _start(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    raise InvalidValue(
        f"start: {value!r} is no wall time; give a datetime without a zone (the rotation's own is meant)"
    )


def _unit(value: Any) -> Unit:
    if value in get_args(Unit):
        return value  # type: ignore[no-any-return]
    raise InvalidValue(f"unit: {value!r} is no unit of a rotation; choose hour, day, week or month")


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise InvalidValue(f"count: {value!r} is no number of units; give 1 or more")


@frozen
class Rotation:
    """Members who take turns of `count` units, the first from `start` on, a wall time in `zone`.

    Every turn ends at the same wall time, `count` hours, days, weeks or months later, so that a week with a
    change of clocks is an hour shorter or longer. A wall time that a gap leaves out hands over at the first
    instant there is, a repeated one hands over at its first; so with hourly turns, who would have the
    missing hour is left out, and the repeated one is one long turn. Months count from `start`: what begins on
    the 31st is handed over on the last day of shorter months. Before `start` the cycle runs on backwards.
    Raises InvalidValue and UnknownZone.

    >>> rotation = Rotation(["ann", "bob"], zone="Europe/London", start=datetime(2026, 7, 6, 9), unit="week")
    >>> rotation.on_call(datetime(2026, 7, 13, 8, tzinfo=UTC))
    'bob'
    """

    members: tuple[str, ...] = field(converter=_members)
    zone: str = field(kw_only=True, converter=zone_key)
    start: datetime = field(kw_only=True, converter=_start)
    unit: Unit = field(kw_only=True, converter=_unit)
    count: int = field(kw_only=True, default=1, converter=_count)

    def on_call(self, t: datetime) -> str:
        """Return whose turn it is at an instant; raises NaiveDatetime."""
        local = in_zone("t", t, zone(self.zone))
        turn = self._turns_until(local.replace(tzinfo=None))
        # In the second pass of a repeated hour, what its first pass has handed over stays so.
        while local.fold and self._has_come(turn + 1, t):
            turn += 1
        return self.members[turn % len(self.members)]

    def _turns_until(self, wall: datetime) -> int:
        """Return the turn that has begun at a wall time, counted from `start`."""
        if self.unit != "month":
            return (wall - self.start) // (_LENGTHS[self.unit] * self.count)
        months = (wall.year - self.start.year) * 12 + wall.month - self.start.month
        begun = self._in_month(wall.year, wall.month) <= wall
        return (months if begun else months - 1) // self.count

    def _has_come(self, turn: int, t: datetime) -> bool:
        try:
            wall = self._wall(turn)
        except (OverflowError, ValueError):  # beyond the year 9999
            return False
        return wall.replace(tzinfo=zone(self.zone)).astimezone(UTC) <= t.astimezone(UTC)

    def _wall(self, turn: int) -> datetime:
        if self.unit != "month":
            return self.start + turn * self.count * _LENGTHS[self.unit]
        years, month = divmod(self.start.month - 1 + turn * self.count, 12)
        return self._in_month(self.start.year + years, month + 1)

    def _in_month(self, year: int, month: int) -> datetime:
        day = min(self.start.day, monthrange(year, month)[1])
        return self.start.replace(year=year, month=month, day=day)
