"""Reading the log of a case once for all that is learnt from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from supportkit.cases import OPEN_STATUSES, Event, Folding, utc
from supportkit.errors import InvalidValue
from supportkit.insight.record import SOLVED, Asked, Ended, Given, Record, Solution, Wait, WasGiven

__all__ = ["read_record", "records"]

_ENDINGS = frozenset({"case.resolved", "case.closed", "case.status_changed", "case.reopened", "case.merged"})
_NO_PERSON = frozenset({"desk", "system"})
_NEVER = datetime.max.replace(tzinfo=UTC)
Span = tuple[datetime, datetime]


def records(logs: Iterable[Iterable[Event]], *, until: datetime | None = None) -> Iterator[Record]:
    """Yield the record of each log, of events before `until` alone; logs that begin later are left out."""
    for log in logs:
        events = tuple(event for event in log if until is None or event.at < until)
        if events:
            yield read_record(events)


def read_record(events: Iterable[Event]) -> Record:
    """Read the events of one case, oldest first; raises InvalidValue when there are none.

    >>> from datetime import UTC, timedelta
    >>> from supportkit.cases import Log
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> log = Log("17").opened(at=nine).agent_reply(at=nine + timedelta(minutes=20), by="ann")
    >>> record = read_record(log.resolved(at=nine + timedelta(hours=1), actor="agent:ann"))
    >>> record.solution.by, record.waits[0].until - nine
    ('agent:ann', datetime.timedelta(seconds=1200))
    """
    reader = _Reader()
    for event in events:
        reader.read(event)
    if reader.end is None:
        raise InvalidValue("a case without events tells nothing; give at least the event that opened it")
    return reader.record()


class _Reader:
    """A record while it is being read; owned by one call of `read_record`."""

    def __init__(self) -> None:
        self.folding = Folding()
        self.status = "new"
        self.end: datetime | None = None
        self.waiting: datetime | None = None
        self.knocked: datetime | None = None
        self.complained: datetime | None = None
        self.lists: dict[str, list[Any]] = {}

    def read(self, event: Event) -> None:
        self.folding.add(event)
        self.end = event.at
        if event.is_customer_message or (event.kind == "case.opened" and _said(event).by == "customer"):
            self.hear(event.at)
        elif event.is_human_reply:
            self.stop_waiting(event.at)
            self.note("replies", event.at)
            if (version := _said(event).incident_message) is not None:
                self.note("told", (None, version))
        if event.kind in _ENDINGS:
            self.turn(event)
        step = _STEPS.get(event.kind)
        if step is not None:
            step(self, event, event.payload)

    def note(self, name: str, value: Any) -> None:
        self.lists.setdefault(name, []).append(value)

    def hear(self, at: datetime) -> None:
        """The customer waits from now on; after a solution only when their word opened the case again."""
        if self.status in SOLVED:
            self.knocked = at
        else:
            self.waiting = self.waiting or at

    def stop_waiting(self, at: datetime) -> None:
        if self.waiting is not None:
            self.note("waits", Wait(since=self.waiting, until=at))
        self.waiting = self.knocked = None

    def turn(self, event: Event) -> None:
        """See whether the matter was settled, or open again, by this event."""
        before, peek = self.status, self.folding.peek
        self.status = peek("status")
        over, was_over = self.status in SOLVED, before in SOLVED
        if over:
            self.stop_waiting(event.at)
        elif self.status == "merged":  # they go on waiting in the other case
            self.waiting = None
        if over and not was_over:
            machine = event.automated or event.actor_kind in _NO_PERSON
            self.note(
                "solutions",
                Solution(
                    at=event.at, by=event.actor, automatic=machine, contacts=peek("contacts"),
                    transfers=peek("transfers"), article=getattr(event.payload, "article", None),
                ),
            )  # fmt: skip
        elif was_over and self.status in OPEN_STATUSES:
            self.note("reopened", event.at)
            self.waiting = self.knocked

    def record(self) -> Record:
        if self.waiting is not None:
            self.note("waits", Wait(since=self.waiting))
        case = self.folding.case
        complained = self.complained or (case.opened_at if case.kind == "complaint" else None)
        holds = self.lists.pop("holds", [])
        self.lists["waits"] = [*self.lists.get("waits", ()), *_on_hold(holds, self.lists.get("waits", ()))]
        said = {name: tuple(values) for name, values in self.lists.items()}
        assert self.end is not None
        return Record(case=case, end=self.end, complained_at=complained, **said)


def _on_hold(holds: list[Span], waits: Iterable[Wait]) -> Iterator[Wait]:
    """Yield the time on hold within calls that no other wait covers."""
    covered = [(wait.since, wait.until or _NEVER) for wait in waits]
    for hold in sorted(holds):
        for since, until in _outside(hold, covered):
            yield Wait(since=since, until=until, hold=True)
        covered.append(hold)


def _outside(span: Span, covered: Iterable[Span]) -> list[Span]:
    parts = [span]
    for begin, end in covered:
        cut = [((since, min(until, begin)), (max(since, end), until)) for since, until in parts]
        parts = [part for pair in cut for part in pair if part[0] < part[1]]
    return parts


def _said(event: Event) -> Any:
    return event.payload


Step = Callable[[_Reader, Event, Any], None]


def _merged(reader: _Reader, _: Event, said: Any) -> None:
    """Take over the wait of a case that came in."""
    waits = [since for since in (reader.waiting, said.waiting_since) if since is not None]
    reader.waiting = min(waits, default=None) if said.goes_on else reader.waiting


def _received(reader: _Reader, _: Event, said: Any) -> None:
    for since, until in said.holds:
        reader.note("holds", (utc(since, name="holds"), utc(until, name="holds")))


def _ended(reader: _Reader, event: Event, said: Any) -> None:
    reader.note("promises", Ended(at=event.at, how=event.kind.rpartition(".")[2], due=said.due))


def _complained(reader: _Reader, event: Event, _: Any) -> None:
    reader.complained = reader.complained or event.at


def _assessed(reader: _Reader, event: Event, said: Any) -> None:
    if said.genuine is not None:
        reader.note("verdicts", (event.at, said.genuine))


def _remedied(reader: _Reader, event: Event, said: Any) -> None:
    given = WasGiven(
        at=event.at, kind=said.kind, amount=said.amount, currency=said.currency, ours=said.scheme is None
    )
    reader.note("remedies", given)


def _asked(reader: _Reader, event: Event, said: Any) -> None:
    reader.note("asked", Asked(at=event.at, about=said.about))


def _gave(reader: _Reader, event: Event, said: Any) -> None:
    given = Given(at=event.at, score=said.score, due=said.due, owner=said.owner, action=said.action)
    reader.note("given", given)


def _linked(reader: _Reader, _: Event, said: Any) -> None:
    if said.problem not in reader.lists.get("problems", ()):
        reader.note("problems", said.problem)


def _settled(reader: _Reader, _: Event, said: Any) -> None:
    if getattr(said, "article", None):
        reader.note("articles", said.article)


_STEPS: dict[str, Step] = {
    "case.merged": _merged,
    "contact.received": _received,
    "promise.kept": _ended,
    "promise.broken": _ended,
    "promise.superseded": _ended,
    "recovery.complaint_raised": _complained,
    "recovery.apologised": lambda reader, event, _: reader.note("apologies", event.at),
    "recovery.assessed": _assessed,
    "recovery.remedy_given": _remedied,
    "feedback.asked": _asked,
    "feedback.given": _gave,
    "outreach.sent": lambda reader, _, said: reader.note("told", (said.incident, said.version)),
    "problem.linked": _linked,
    "case.resolved": _settled,
}
