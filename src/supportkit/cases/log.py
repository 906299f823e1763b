"""A log is the history of one case; hosts build it from whatever they know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from supportkit.canonical import instant_text
from supportkit.cases.case import check_status
from supportkit.cases.events import Event
from supportkit.cases.instants import utc
from supportkit.errors import InvalidValue

__all__ = ["Log"]


class Log:
    """The events of one case, oldest first; immutable: each call returns a new Log.

    Only kind and `at` are needed, everything else has a default. `at` is aware and never before the last
    event (InvalidValue; equal instants keep the order of the calls). Iterating gives Events.

    >>> from datetime import UTC, timedelta
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> log = Log("17").opened(at=nine).agent_reply(at=nine + timedelta(minutes=20), by="ann")
    >>> [event.kind for event in log]
    ['case.opened', 'contact.replied']
    """

    __slots__ = ("_count", "_events", "case_id")

    def __init__(self, case_id: str, events: Iterable[Event] = ()) -> None:
        self.case_id = case_id
        self._events: list[Event] = list(events)
        self._count = len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return self._count

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Log):
            return NotImplemented
        return self.case_id == other.case_id and self.events == other.events

    def __hash__(self) -> int:
        return hash((self.case_id, self._count))

    def __repr__(self) -> str:
        return f"<Log of case {self.case_id}: {self._count} events>"

    @property
    def events(self) -> tuple[Event, ...]:
        """The events, oldest first."""
        return tuple(self._events[: self._count])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the events, oldest first."""
        return tuple(event.kind for event in self.events)

    def add(self, kind: str, /, *, at: datetime, **said: Any) -> Log:
        """Add any event; envelope names (actor, audience, reason, ...) go there, others to the payload."""
        return self._with(Event.of(kind, at=utc(at, name="at"), **said))

    def opened(self, *, at: datetime, by: str = "customer", **said: Any) -> Log:
        """The case began, by the customer (which is a message of theirs) or by an agent."""
        return self.add("case.opened", at=at, by=by, actor=by, **said)

    def customer_message(self, *, at: datetime, **said: Any) -> Log:
        """The customer wrote, called or posted; a message never changes a status."""
        return self.add("contact.received", at=at, actor="customer", **said)

    def agent_reply(
        self, *, at: datetime, by: str | None = None, automated: bool = False, **said: Any
    ) -> Log:
        """Somebody answered the customer; automatic messages answer nothing."""
        actor = "agent" if by is None else f"agent:{by}"
        return self.add(
            "contact.replied", at=at, actor=actor, audience="customer", automated=automated, **said
        )

    def note(self, *, at: datetime, **said: Any) -> Log:
        """Somebody left a note for colleagues."""
        return self.add("contact.noted", at=at, audience="internal", **said)

    def status(self, to: str, *, at: datetime, **said: Any) -> Log:
        """The status changed; after resolved, any open status reopens the case."""
        return self.add("case.status_changed", at=at, to=check_status(to), **said)

    def priority(self, to: str, *, at: datetime, **said: Any) -> Log:
        """The priority changed."""
        return self.add("priority.decided", at=at, priority=to, **said)

    def assigned(
        self, *, at: datetime, agent: str | None = None, team: str | None = None, **said: Any
    ) -> Log:
        """Somebody else is in charge."""
        return self.add("case.assigned", at=at, agent=agent, team=team, **said)

    def resolved(self, *, at: datetime, **said: Any) -> Log:
        """The matter is settled."""
        return self.add("case.resolved", at=at, **said)

    def closed(self, *, at: datetime, **said: Any) -> Log:
        """Nothing more will happen."""
        return self.add("case.closed", at=at, **said)

    def reopened(self, *, at: datetime, **said: Any) -> Log:
        """It was not settled after all."""
        return self.add("case.reopened", at=at, **said)

    def extended(self, events: Iterable[Event]) -> Log:
        """Return a log with these events placed behind the present ones."""
        log = self
        for event in events:
            log = log._with(event)
        return log

    def _with(self, event: Event) -> Log:
        if self._count:
            last = self._events[self._count - 1].at
            if event.at < last:
                raise InvalidValue(
                    f"event {event.kind!r} at {instant_text(event.at)} lies before the last one of case "
                    f"{self.case_id!r} ({instant_text(last)}); add events in order of time, and what is "
                    "learnt late as a new event",
                )
        placed = event.placed(f"case:{self.case_id}", self._count + 1)
        longer = Log(self.case_id)
        # The list is shared as long as nobody branched off: appending stays cheap for long histories.
        shared = self._events if len(self._events) == self._count else self._events[: self._count]
        shared.append(placed)
        longer._events, longer._count = shared, self._count + 1
        return longer
