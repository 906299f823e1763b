"""Helpful hints that go with the answer: after the solution, never before it, and never to sell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import field, frozen

from supportkit.calendars import Calendar
from supportkit.cases import Case, utc
from supportkit.errors import InvalidValue
from supportkit.rules import Expression, Truth

__all__ = ["Suggestion", "Tip", "suggest"]


@frozen
class Tip:
    """Something useful to know, for cases that `when` holds for; raises InvalidValue without text."""

    id: str
    text: str
    when: Expression | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.text.strip():
            raise InvalidValue(f"tip {self.id!r} says nothing; write its text or leave it out")


@frozen
class Suggestion:
    """A tip for one case; it is never an offer: `sales` is False whatever the tip."""

    tip: str
    text: str
    sales: ClassVar[bool] = False


def suggest(
    tips: Iterable[Tip],
    *,
    case: Case,
    facts: Mapping[str, Any],
    now: datetime,
    others: Iterable[Case] = (),
    calendars: Mapping[str, Calendar] | None = None,
) -> tuple[Suggestion, ...]:
    """Return the tips that fit a solved case; none before the solution, and none while a complaint is open.

    `others` are the customer's other cases, `facts` what conditions read. A condition that cannot be decided
    is no reason to suggest anything.

    >>> tips = [Tip("restart", "Did you know: a restart every month keeps the modem quick.")]
    >>> from datetime import UTC
    >>> now = datetime(2026, 7, 1, tzinfo=UTC)
    >>> suggest(tips, case=Case(id="17", status="open"), facts={}, now=now)
    ()
    >>> suggest(tips, case=Case(id="17", status="resolved"), facts={}, now=now)[0].tip
    'restart'
    """
    now = utc(now)
    complaining = any(other.kind == "complaint" and other.is_open for other in others)
    if case.status not in {"resolved", "closed"} or complaining:
        return ()
    return tuple(
        Suggestion(tip.id, tip.text)
        for tip in tips
        if tip.when is None
        or tip.when.evaluate(facts, now=now, calendars=dict(calendars or {})) is Truth.TRUE
    )
