"""What customers were given, as the log tells it: what adds up against limits, guards and reports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from supportkit.cases import Event
from supportkit.cases.instants import instant

__all__ = ["GivenRemedy", "given_remedies"]


@frozen(kw_only=True)
class GivenRemedy:
    """One remedy that a customer got; the input of limits, of the guard of goodwill, and of reports.

    `counts_as` is the kind of ours that it is like. `scheme` names what the law owed it by: that is no
    favour, and counts against nothing. `by` gave it, `approved_by` agreed where somebody else had to.
    """

    at: datetime = instant(kw_only=True)
    case: str
    id: str | None = None
    remedy: str | None = None
    kind: str | None = None
    counts_as: str | None = None
    amount: Decimal = field(default=Decimal())
    currency: str | None = None
    by: str | None = None
    approved_by: str | None = None
    incident: str | None = None
    scheme: str | None = None

    @property
    def discretionary(self) -> bool:
        """Whether somebody decided to give it; what the law owes, nobody decides."""
        return self.scheme is None


def given_remedies(events: Iterable[Event]) -> tuple[GivenRemedy, ...]:
    """Return the remedies that were given by a log, in its order.

    >>> from supportkit.cases import Log
    >>> from datetime import UTC
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> given = Event.of("recovery.remedy_given", at=nine, stream="case:17", kind="perk", amount=Decimal(5))
    >>> [(one.case, one.counts_as, one.amount) for one in given_remedies([given])]
    [('17', 'perk', Decimal('5'))]
    """
    return tuple(_given(event) for event in events if event.kind == "recovery.remedy_given")


def _given(event: Event) -> GivenRemedy:
    said: Any = event.payload
    return GivenRemedy(
        at=event.at,
        case=said.case or event.stream.partition(":")[2],
        id=said.id,
        remedy=said.remedy,
        kind=said.kind,
        counts_as=said.counts_as or said.kind,
        amount=said.amount or Decimal(),
        currency=said.currency,
        by=event.actor_id or event.actor,
        approved_by=said.approved_by,
        incident=said.incident,
        scheme=said.scheme,
    )
