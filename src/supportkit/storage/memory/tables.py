"""The tables of one desk in memory, with what transactions and readers need: undo and snapshots.

Rows are immutable values, so a snapshot is a shallow copy, and it is only made when a reader and a writer
really meet: a reader shares the tables while nobody writes, and a writer copies them while somebody reads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from attrs import define, field, fields_dict, frozen

from supportkit.cases import Event
from supportkit.ports import (
    AgentRow,
    Body,
    CaseRow,
    InboxRow,
    OutboxRow,
    PointKey,
    PolicyRow,
    Seat,
    ThreadKey,
)

__all__ = ["Kept", "Shelf", "Tables"]

_ABSENT: Any = object()


@frozen
class Kept:
    """A message as the outbox keeps it: its row, its text (None once erased), and when it may be tried."""

    row: OutboxRow
    stream: str
    party: str | None
    text: bytes | None
    next_at: datetime | None
    valid_until: datetime | None
    lease: str | None = None


@define
class Tables:
    """All rows of a desk by key; a value is never changed, only replaced.

    `forgotten` says when a party was erased; `numbers` counts cases in the order of opening; `due`, `armed`
    and `waiting` hold the cases that have a due_at, a match_at, a signature, `soonest` an instant before
    which nothing is due, `earliest` an epoch before which no open case was decided; `cases_by_party`,
    `merged_by_party`, `seats_by_agent` and `seats_by_case` lead backwards; `unfinished` holds the numbers of
    messages that are not done with.
    """

    inbox: dict[tuple[str, str], tuple[datetime, InboxRow]] = field(factory=dict)
    parties: dict[str, str | None] = field(factory=dict)
    forgotten: dict[str, datetime] = field(factory=dict)
    merged_by_party: dict[str, tuple[str, ...]] = field(factory=dict)
    points: dict[PointKey, str] = field(factory=dict)
    threads: dict[str, ThreadKey] = field(factory=dict)
    cases: dict[str, CaseRow] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)
    due: dict[str, datetime] = field(factory=dict)
    soonest: dict[str, datetime] = field(factory=dict)
    earliest: dict[str, int] = field(factory=dict)
    armed: dict[str, datetime] = field(factory=dict)
    waiting: dict[str, str] = field(factory=dict)
    cases_by_party: dict[str, tuple[str, ...]] = field(factory=dict)
    events: dict[tuple[str, int], Event] = field(factory=dict)
    lengths: dict[str, int] = field(factory=dict)
    bodies: dict[str, Body | None] = field(factory=dict)
    agents: dict[str, AgentRow] = field(factory=dict)
    seats: dict[tuple[str, str], Seat] = field(factory=dict)
    seats_by_agent: dict[str, tuple[tuple[str, str], ...]] = field(factory=dict)
    seats_by_case: dict[str, tuple[tuple[str, str], ...]] = field(factory=dict)
    outbox: dict[int, Kept] = field(factory=dict)
    unfinished: dict[int, None] = field(factory=dict)
    dedupes: dict[str, int] = field(factory=dict)
    counters: dict[str, tuple[datetime, ...]] = field(factory=dict)
    policies: dict[int, PolicyRow] = field(factory=dict)

    def copy(self) -> Tables:
        """Return tables that share all rows with these."""
        return Tables(**{name: dict(getattr(self, name)) for name in fields_dict(Tables)})


class Shelf:
    """One desk's tables, their one writer and their readers."""

    def __init__(self) -> None:
        self.writing = threading.Lock()
        self.writer: int | None = None
        self.tables = Tables()
        self._undo: list[tuple[str, Any, Any]] = []
        self._readers = 0
        self._moment = threading.Lock()

    def put(self, table: str, key: Any, value: Any) -> None:
        """Write a row, remembering what was there."""
        with self._moment:
            rows = self._rows(table)
            self._undo.append((table, key, rows.get(key, _ABSENT)))
            rows[key] = value

    def drop(self, table: str, key: Any) -> None:
        """Take a row away if it is there, remembering it."""
        with self._moment:
            rows = self._rows(table)
            if key in rows:
                self._undo.append((table, key, rows.pop(key)))

    def keep(self) -> None:
        """Make what was written since the last time final."""
        with self._moment:
            self._undo.clear()

    def revert(self, mark: int = 0) -> None:
        """Take back all but the first `mark` changes of the transaction."""
        with self._moment:
            _take_back(self.tables, self._undo[mark:])
            del self._undo[mark:]

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back what was written inside when something goes wrong there."""
        mark = len(self._undo)
        try:
            yield
        except BaseException:
            self.revert(mark)
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Tables]:
        """Give tables that nobody will change, as they were after the last finished transaction."""
        with self._moment:
            tables = self.tables
            if self._undo:
                tables = tables.copy()
                _take_back(tables, self._undo)
            else:
                self._readers += 1
        try:
            yield tables
        finally:
            with self._moment:
                # After the writer moved to a copy these tables are the reader's own.
                if tables is self.tables:
                    self._readers -= 1

    def _rows(self, table: str) -> dict[Any, Any]:
        if not self._undo and self._readers:
            self.tables, self._readers = self.tables.copy(), 0
        rows: dict[Any, Any] = getattr(self.tables, table)
        return rows


def _take_back(tables: Tables, undo: list[tuple[str, Any, Any]]) -> None:
    for table, key, before in reversed(undo):
        rows = getattr(tables, table)
        if before is _ABSENT:
            del rows[key]
        else:
            rows[key] = before
