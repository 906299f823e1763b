"""Folding events gives the case: total, deterministic, and never surprised by an event.

One private accumulator is filled and frozen once, because evolving a frozen value for every event costs
microseconds each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import attrs

from supportkit.cases.case import OPEN_STATUSES, STATUSES, Case, NextAction, Promise
from supportkit.cases.events import Event
from supportkit.errors import InvalidValue

__all__ = ["Folding", "fold"]

_FIELDS = tuple(a.name for a in attrs.fields(Case))


class _Accumulator:
    """A case while it is being folded; owned by one `Folding`."""

    __slots__ = _FIELDS


Step = Callable[[Any, Event, Any], None]


class Folding:
    """A case that events are added to one by one; `case` freezes what it is now."""

    __slots__ = ("_case", "_frozen")

    def __init__(self, start: Case | None = None) -> None:
        self._case: Any = None if start is None else _thaw(start)
        self._frozen = start

    def add(self, event: Event) -> None:
        """Fold one more event in; kinds that do not concern the case only move its time and sequence."""
        case = self._case
        if case is None:
            case = self._case = _thaw(Case(id=event.stream.partition(":")[2], opened_at=event.at))
        step = _STEPS.get(event.kind)
        if step is not None:
            step(case, event, event.payload)
        case.last_at, case.seq = event.at, event.seq
        self._frozen = None

    @property
    def seq(self) -> int:
        """The number of the last event, 0 before the first one."""
        return 0 if self._case is None else self._case.seq

    def peek(self, name: str) -> Any:
        """Return one field of the case as it is now without freezing it; None before the first event."""
        return None if self._case is None else getattr(self._case, name)

    @property
    def last_at(self) -> datetime | None:
        """The instant of the last event."""
        return None if self._case is None else self._case.last_at

    @property
    def case(self) -> Case:
        """The case as it is now; raises InvalidValue before the first event."""
        if self._frozen is None:
            if self._case is None:
                raise InvalidValue("there is no case without events; give at least one event or a start")
            self._frozen = Case(**{name: getattr(self._case, name) for name in _FIELDS})
        return self._frozen


def fold(events: Iterable[Event], start: Case | None = None) -> Case:
    """Return the case that these events make, from the beginning or on top of `start`.

    Raises InvalidValue when there is neither an event nor a start.

    >>> from datetime import UTC, datetime
    >>> from supportkit.cases import Log
    >>> nine, ten = (datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in (9, 10))
    >>> fold(Log("17").opened(at=nine).assigned(at=ten, agent="ann")).owner
    'ann'
    """
    folding = Folding(start)
    for event in events:
        folding.add(event)
    return folding.case


def _thaw(start: Case) -> _Accumulator:
    case = _Accumulator()
    for name in _FIELDS:
        setattr(case, name, getattr(start, name))
    return case


def _opened(case: Any, event: Event, said: Any) -> None:
    case.opened_at, case.opened_by = event.at, said.by
    if said.by == "customer":
        case.contacts += 1
        case.waiting_since = case.last_contact_at = event.at
    case.customer = said.customer or case.customer
    case.channel = event.channel or said.channel or case.channel
    case.product = said.product or case.product
    case.public = case.public or event.visibility == "public"


def _classified(case: Any, _: Event, said: Any) -> None:
    for name in ("kind", "category", "product", "impact", "urgency"):
        setattr(case, name, getattr(said, name) or getattr(case, name))
    case.tags = tuple(dict.fromkeys((*case.tags, *said.tags)))


def _received(case: Any, event: Event, _: Any) -> None:
    # The message that opened the case arrives in the same instant and is counted once.
    opening = event.at == case.opened_at and case.contacts == 1 and case.opened_by == "customer"
    if event.is_customer_message and not opening:
        case.contacts += 1
        case.waiting_since = case.waiting_since or event.at
        case.last_contact_at = event.at
    case.public = case.public or event.visibility == "public"


def _replied(case: Any, event: Event, _: Any) -> None:
    if event.is_human_reply:
        case.replies += 1
        case.first_reply_at = case.first_reply_at or event.at
        case.last_reply_at, case.last_reply_by, case.waiting_since = event.at, event.actor, None


def _identified(case: Any, _: Event, said: Any) -> None:
    case.customer = said.customer or case.customer


def _assigned(case: Any, event: Event, said: Any) -> None:
    if said.agent is None and said.team is None:
        # A case that had an owner never loses the last one; the fold of a host's log says so by a fault.
        case.faults += 1
        return
    moved = (said.agent and case.last_agent and said.agent != case.last_agent) or (
        said.team and case.team and said.team != case.team
    )
    case.transfers += bool(moved)
    case.owner, case.assigned_at = said.agent, event.at
    case.team = said.team or case.team
    case.last_agent = said.agent or case.last_agent
    if case.status == "new" and said.agent:
        case.status = "open"


def _status(case: Any, event: Event, said: Any) -> None:
    _set_status(case, event, said.to)


def _set_status(case: Any, event: Event, to: str) -> None:
    if to not in STATUSES:
        case.faults += 1
        return
    if to in OPEN_STATUSES and case.status in {"resolved", "closed"}:
        case.reopens += 1
        case.resolved_at = case.closed_at = case.outcome = case.code = None
    if to == "resolved":
        case.resolved_at = event.at
    if to == "closed":
        case.closed_at = event.at
        case.resolved_at = case.resolved_at or event.at
    case.status = to
    if to not in OPEN_STATUSES:
        case.next_action = None


def _resolved(case: Any, event: Event, said: Any) -> None:
    _set_status(case, event, "resolved")
    case.outcome, case.code = said.outcome or case.outcome, said.code or case.code


def _closed(case: Any, event: Event, said: Any) -> None:
    _set_status(case, event, "closed")
    case.outcome, case.code = said.outcome or case.outcome, said.code or case.code


def _reopened(case: Any, event: Event, _: Any) -> None:
    if case.status in {"resolved", "closed"}:
        _set_status(case, event, "open")


def _merged(case: Any, event: Event, said: Any) -> None:
    if said.goes_on:
        case.waiting_since = min(_known(case.waiting_since, said.waiting_since), default=None)
        case.last_contact_at = max(_known(case.last_contact_at, said.last_contact_at), default=None)
        return
    _set_status(case, event, "merged")
    case.merged_into = said.into


def _known(*instants: datetime | None) -> list[datetime]:
    return [at for at in instants if at is not None]


def _next_action(case: Any, _: Event, said: Any) -> None:
    case.wanted = said.wanted or case.wanted
    if said.what:
        case.next_action = NextAction(said.what, said.due, said.owner)


def _excluded(case: Any, _: Event, said: Any) -> None:
    case.excluded = tuple(dict.fromkeys((*case.excluded, said.agent)))


def _fault(case: Any, _: Event, __: Any) -> None:
    case.faults += 1


def _prioritised(case: Any, _: Event, said: Any) -> None:
    case.priority = said.priority or case.priority
    case.score = said.score if said.score is not None else case.score
    case.sort_key = said.sort_key if said.sort_key is not None else case.sort_key


def _queued(case: Any, _: Event, said: Any) -> None:
    case.queue = said.queue or case.queue


def _promised(case: Any, event: Event, said: Any) -> None:
    promise = Promise(
        said.id, said.what, event.at, said.due, "open", said.text, said.calendar, said.zone, event.channel
    )
    case.promises = (*(p for p in case.promises if p.id != said.id), promise)
    case.promises_made += 1


def _promise_ended(case: Any, event: Event, said: Any) -> None:
    case.promises = tuple(p for p in case.promises if p.id != said.id)
    case.promises_kept += event.kind == "promise.kept"
    case.promises_broken += event.kind == "promise.broken"


def _complained(case: Any, _: Event, said: Any) -> None:
    case.kind = "complaint"
    case.wanted = said.wanted or case.wanted


def _apologised(case: Any, _: Event, __: Any) -> None:
    case.apologies += 1


_STEPS: dict[str, Step] = {
    "case.opened": _opened,
    "case.classified": _classified,
    "case.assigned": _assigned,
    "case.status_changed": _status,
    "case.resolved": _resolved,
    "case.closed": _closed,
    "case.reopened": _reopened,
    "case.merged": _merged,
    "case.next_action_set": _next_action,
    "case.handler_excluded": _excluded,
    "case.fault": _fault,
    "contact.received": _received,
    "contact.replied": _replied,
    "contact.identified": _identified,
    "priority.decided": _prioritised,
    "routing.queued": _queued,
    "promise.made": _promised,
    "promise.kept": _promise_ended,
    "promise.broken": _promise_ended,
    "promise.superseded": _promise_ended,
    "recovery.complaint_raised": _complained,
    "recovery.apologised": _apologised,
}
