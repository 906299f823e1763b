"""The cases, messages and commits that the laws of a store are told with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from supportkit.cases import Event
from supportkit.ports import (
    CaseChange,
    CaseRow,
    Commit,
    Delivery,
    Outbound,
    OutboxRow,
    PointKey,
    Reader,
    Store,
)
from supportkit.testing.clock import NINE as NOW

__all__ = [
    "ANN",
    "BOB",
    "DAY",
    "DESK",
    "MINUTE",
    "NOW",
    "TICK",
    "Change",
    "at_once",
    "case_of",
    "change",
    "claim",
    "commit_of",
    "dedupes",
    "event",
    "message",
    "only_message",
    "read",
    "refs",
    "wrote",
]

DESK = "consumer"
DAY, MINUTE, TICK = timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)
ANN = PointKey("email", "ann@example.com")
BOB = PointKey("email", "bob@example.com")

Answer = TypeVar("Answer")
Change = tuple[Sequence[Event], CaseChange]


def event(kind: str = "contact.noted", *, at: datetime = NOW, **said: Any) -> Event:
    """Return an event that has no place in a stream yet."""
    return Event.of(kind, at=at, **said)


def change(ref: str = "case-1", *, expected: int = 0, events: int = 1, **row: Any) -> Change:
    """Return a case's change with as many events as its version grows by."""
    placed = [event(actor="desk").placed(f"case:{ref}", expected + 1 + n) for n in range(events)]
    return placed, CaseChange(CaseRow(ref=ref, version=expected + events, **row), expected)


def commit_of(*changes: Change, **parts: Any) -> Commit:
    """Return a commit of these cases and whatever else it writes."""
    return Commit(events=[e for events, _ in changes for e in events], cases=[c for _, c in changes], **parts)


def wrote(store: Store, commit: Commit, desk: str = DESK) -> bool:
    """Write a commit in a transaction of its own; False when somebody else was first."""
    with store.transaction(desk) as transaction:
        return transaction.commit(commit)


def read(store: Store, desk: str = DESK) -> AbstractContextManager[Reader]:
    """Begin a read."""
    return store.reader(desk)


def case_of(reader: Reader, ref: str = "case-1") -> CaseRow:
    """Return the row of a case that must be there."""
    row = reader.case(ref)
    assert row is not None, f"case {ref!r} is not there"
    return row


def refs(rows: Iterable[CaseRow]) -> list[str]:
    """Return the refs of cases, in order."""
    return [row.ref for row in rows]


def message(dedupe: str, to: str = "ann@example.com", **said: Any) -> Outbound:
    """Return a message on its way out, by mail unless said otherwise."""
    return Outbound(**{"text": "hello", "to": to, "channel": "email", "dedupe": dedupe, **said})


def claim(
    store: Store, now: datetime = NOW, *, limit: int = 10, lease: timedelta = MINUTE
) -> Sequence[Delivery]:
    """Claim what may be sent now."""
    return store.claim_outbox(DESK, now=now, limit=limit, lease=lease)


def dedupes(deliveries: Iterable[Delivery]) -> list[str]:
    """Return the keys of claimed messages, in order."""
    return [delivery.outbound.dedupe for delivery in deliveries]


def only_message(store: Store) -> OutboxRow:
    """Return the one row that is in the outbox."""
    with read(store) as reader:
        (row,) = reader.outbox()
    return row


def at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """Run `work` in so many threads that start together; return their answers, or raise what one raised."""
    gate = threading.Barrier(count)

    def run(number: int) -> Answer:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))
