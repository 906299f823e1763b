"""A target: for whom, how long, counted in which calendar, with which warnings on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import field, frozen

from supportkit.calendars import OpenTime
from supportkit.errors import InvalidValue, NoOpenTime
from supportkit.rules import Expression, parse
from supportkit.sla.cycle import ZERO, Choice
from supportkit.sla.shares import shares
from supportkit.sla.within import Within, parse_within

__all__ = ["Target"]


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
    keep the wall time, or end at the day's last closing with `end_of_day`. `calendar` is the name of one,
    ``"always"``, or a calendar itself. `warn` holds shares of the target, such as ``("50%", "90%")``.

    Raises InvalidValue, and ExpressionError for a condition that cannot be read.

    >>> Target("60 minutes", "office", when='case.kind == "complaint"', warn=["90%", "50%"]).warn
    ('50%', '90%')
    """

    within: Within = field(converter=parse_within)
    calendar: Any = field(validator=_calendar)
    when: Expression | None = field(default=None, kw_only=True, converter=_condition)
    end_of_day: bool = field(default=False, kw_only=True)
    begin: Literal["event", "next_open"] = field(default="event", kw_only=True, validator=_begin)
    warn: tuple[str, ...] = field(default=(), kw_only=True, converter=shares)

    def __attrs_post_init__(self) -> None:
        if self.end_of_day and self.within.days is None:
            raise InvalidValue(
                f"within={self.within.text!r}: end_of_day is for business days; "
                'write "1 business day", or leave it out',
            )

    def chosen(
        self,
        key: str,
        calendar: OpenTime,
        *,
        started: datetime,
        at: datetime,
        undecided: tuple[int, ...] = (),
    ) -> Choice:
        """Return the target as it holds for a cycle that `started` then, chosen at the instant `at`."""
        text = self.within.text + (" end of day" if self.end_of_day else "")
        if self.within.duration is not None:
            return Choice(text, key, self.within.duration, None, self.warn, at, undecided)
        days = self.within.days or 0
        try:
            begin = calendar.next_open(started) if self.begin == "next_open" else started
            base = calendar.add_days(begin, days, end_of_day=self.end_of_day)  # type: ignore[attr-defined]
        except NoOpenTime:
            return Choice(text, key, timedelta(days=max(days, 1)), None, self.warn, at, undecided)
        goal = max(calendar.between(started, base), ZERO)
        return Choice(text, key, goal, base, self.warn, at, undecided)
