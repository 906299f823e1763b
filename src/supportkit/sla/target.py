"""A target: for whom, how long, counted in which calendar, with which warnings on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from supportkit.calendars import OpenTime
from supportkit.errors import InvalidValue, NoOpenTime
from supportkit.rules import Expression, parse
from supportkit.sla.cycle import ZERO, Choice, Judged
from supportkit.sla.levels import levels
from supportkit.sla.within import Within, parse_within

__all__ = ["Measured", "Target"]

Measured: TypeAlias = dict[tuple[int, datetime], tuple[timedelta, datetime | None]]


def _condition(value: Expression | str | None) -> Expression | None:
    return parse(value) if isinstance(value, str) else value


def _begin(_: object, __: object, value: str) -> None:
    if value not in {"event", "next_open"}:
        raise InvalidValue(f'begin={value!r} is no beginning; choose "event" or "next_open"')


def _calendar(_: object, __: object, value: Any) -> None:
    if not isinstance(value, str | OpenTime):
        raise InvalidValue(f"calendar={value!r} is neither the name of a calendar nor one")


@frozen
class Target:
    """By when something is owed, and `when` (a condition on the facts) this line is the one that counts.

    `within` is working time (a timedelta, ``"60 minutes"``) or business days (``"5 business days"``), which
    count from the start, or from the next opening with ``begin="next_open"`` (working time always does), and
    keep the wall time, or end at the day's last closing with `end_of_day`. A `within` that names a fact
    (``"x.shop.due_at"``) takes from it an instant, or an amount of either kind; while the fact is missing or
    cannot be read, the line does not fit. `calendar` is the name of one, ``"always"``, or a calendar itself.
    `warn` holds shares of the target and offsets in working time: ``("50%", "30 minutes before")``.

    Raises InvalidValue, and ExpressionError for a condition that cannot be read.

    >>> Target("60 minutes", "office", when='case.kind == "complaint"', warn=["90%", "50%"]).warn
    ('50%', '90%')
    """

    within: Within = field(converter=parse_within)
    calendar: Any = field(validator=_calendar)
    when: Expression | None = field(default=None, kw_only=True, converter=_condition)
    end_of_day: bool = field(default=False, kw_only=True)
    begin: Literal["event", "next_open"] = field(default="event", kw_only=True, validator=_begin)
    warn: tuple[str, ...] = field(default=(), kw_only=True, converter=levels)

    def __attrs_post_init__(self) -> None:
        if self.end_of_day and self.within.days is None:
            raise InvalidValue(
                f"within={self.within.text!r}: end_of_day is for business days given here; "
                'write "1 business day", or leave it out',
            )

    def chosen(
        self,
        key: str,
        calendar: OpenTime,
        *,
        started: datetime,
        at: datetime,
        said: Within | None = None,
        undecided: tuple[int, ...] = (),
        policy: str | None = None,
        measured: Measured | None = None,
    ) -> Choice:
        """Return the target as it holds for a cycle that `started` then, chosen at the instant `at`.

        `said` is what the fact allows when `within` names one, `policy` the version that chose.
        `measured` remembers business days that were counted before.
        """
        within = said or self.within
        if within.days is None or said is not None or measured is None:
            goal, base = self._measured(within, calendar, started)
        else:
            place = (id(self), started)
            if place not in measured:
                measured[place] = self._measured(within, calendar, started)
            goal, base = measured[place]
        fixed = within.until is not None
        text = within.text + (" end of day" if self.end_of_day else "")
        judged = Judged.by(policy, calendar.version)  # type: ignore[attr-defined]
        return Choice(text, key, goal, base, self.warn, at, judged, undecided, fixed)

    def _measured(
        self, within: Within, calendar: OpenTime, started: datetime
    ) -> tuple[timedelta, datetime | None]:
        """Return the working time, and the instant that business days or a fact name."""
        if within.duration is not None:
            return within.duration, None
        if within.until is not None:
            return max(calendar.between(started, within.until), ZERO), within.until
        days = within.days or 0
        try:
            begin = calendar.next_open(started) if self.begin == "next_open" else started
            base = calendar.add_days(begin, days, end_of_day=self.end_of_day)  # type: ignore[attr-defined]
        except NoOpenTime:
            return timedelta(days=max(days, 1)), None
        return max(calendar.between(started, base), ZERO), base
