"""Incidents as remedies see them: whose fault, what they change, and how much was given for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from supportkit.cases import Event
from supportkit.cases.instants import instant, maybe_instant
from supportkit.recovery.authority import IncidentTerms
from supportkit.recovery.given import GivenRemedy

__all__ = ["Incident", "declared_incidents"]


@frozen(kw_only=True)
class Incident:
    """Something that went wrong for many, as it was declared last.

    `since` is when it began, `over_at` when it was said to be over. `limit` and `budget` are in `currency`.
    """

    id: str
    at_fault: bool = False
    affects: Mapping[str, Any] = field(factory=dict)
    limit: Decimal | None = None
    budget: Decimal | None = None
    currency: str | None = None
    declared_at: datetime = instant(kw_only=True)
    since: datetime = instant(kw_only=True)
    over_at: datetime | None = maybe_instant(kw_only=True)

    def terms(self, given: Iterable[GivenRemedy]) -> IncidentTerms:
        """Return what it changes for the next remedy, after those given for it."""
        spent = sum((one.amount for one in given if one.discretionary), Decimal())
        return IncidentTerms(limit=self.limit, budget=self.budget, spent=spent)


def declared_incidents(events: Iterable[Event]) -> dict[str, Incident]:
    """Return the incidents that these events declare, by id: the latest word on each counts.

    >>> from datetime import UTC
    >>> nine, ten = (datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in (9, 10))
    >>> told = [Event.of("desk.incident_declared", at=nine, incident="cut", at_fault=True),
    ...         Event.of("desk.incident_declared", at=ten, incident="cut", over=True)]
    >>> found = declared_incidents(told)["cut"]
    >>> found.at_fault, found.since == nine, found.over_at == ten
    (False, True, True)
    """
    found: dict[str, Incident] = {}
    for event in events:
        if event.kind == "desk.incident_declared":
            said: Any = event.payload
            found[said.incident] = _declared(event, said, found.get(said.incident))
    return found


def _declared(event: Event, said: Any, before: Incident | None) -> Incident:
    return Incident(
        id=said.incident,
        at_fault=said.at_fault,
        affects=said.affects or {},
        limit=said.limit,
        budget=said.budget,
        currency=said.currency,
        declared_at=before.declared_at if before else event.at,
        since=said.since or (before.since if before else event.at),
        over_at=event.at if said.over else None,
    )
