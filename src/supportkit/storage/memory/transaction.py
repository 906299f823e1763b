"""The reads of a decision in memory, made while nobody else can write, and its commit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from supportkit.cases import utc
from supportkit.ports import CaseRow, Commit, InboxRow, OutboxRow, PointKey, ThreadKey
from supportkit.storage._limits import INBOX_KEPT, Clock
from supportkit.storage.memory.outbox import find
from supportkit.storage.memory.reader import MemoryReader, in_line, root
from supportkit.storage.memory.tables import Shelf, Tables
from supportkit.storage.memory.writer import write

__all__ = ["MemoryTransaction"]

_NEVER = datetime.max.replace(tzinfo=UTC)


class MemoryTransaction(MemoryReader):
    """What a decision may lock, read and write, by `supportkit.ports.Transaction`."""

    def __init__(self, shelf: Shelf, *, clock: Clock) -> None:
        super().__init__(shelf.tables)
        self.shelf = shelf
        self._clock = clock

    @property
    def _tables(self) -> Tables:
        # The writer moves to a copy when somebody reads; its own writes are there.
        self.check_open()
        return self.shelf.tables

    def now(self) -> datetime:
        """Return the store's clock in UTC."""
        return utc(self._clock())

    def inbox(self, scope: str, key: str) -> InboxRow | None:
        """Return what a command gave the first time, or None; forgotten 35 days after it was recorded."""
        recorded_at, row = self._tables.inbox.get((scope, key), (None, None))
        fresh = recorded_at is not None and recorded_at > self.now() - INBOX_KEPT
        return row if fresh else None

    def claim_points(
        self, points: Iterable[PointKey], *, follow: bool = True
    ) -> Mapping[PointKey, str | None]:
        """Return the party each contact point leads to (or was given to), None for a new one."""
        tables = self._tables
        leads = {point: tables.points.get(point) for point in sorted(set(points))}
        if not follow:
            return leads
        return {point: None if ref is None else root(tables, ref) for point, ref in leads.items()}

    def lock_party(self, ref: str) -> str:
        """Return the ref of a party, following merges; a new one is made."""
        if ref not in self._tables.parties:
            self.shelf.put("parties", ref, None)
        return root(self._tables, ref)

    def threads(self, keys: Iterable[str]) -> Mapping[str, ThreadKey]:
        """Return the known ones of these message ids."""
        return {key: self._tables.threads[key] for key in dict.fromkeys(keys) if key in self._tables.threads}

    def lock_case(self, ref: str) -> CaseRow | None:
        """Return a case's row, or None."""
        return self._tables.cases.get(ref)

    def last_seq(self, stream: str) -> int:
        """Return the seq of a stream's last event, 0 for a new stream."""
        return self._tables.lengths.get(stream, 0)

    def find_message(
        self, *, channel: str, dedupe: str | None = None, provider_id: str | None = None
    ) -> OutboxRow | None:
        """Return the message that left through a channel under one of these names, or None."""
        return find(self.shelf, channel=channel, dedupe=dedupe, provider_id=provider_id)

    def counted(self, key: str, *, since: datetime) -> tuple[datetime, ...]:
        """Return the instants counted under a key after `since`, oldest first."""
        counted = self._tables.counters.get(key, ())
        return counted[bisect_right(counted, utc(since, name="since")) :]

    def due_cases(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return cases due at or before `now`: half the oldest, then half the newest first."""
        until, soonest = utc(now), self._tables.soonest.get("due")
        if soonest is None or soonest > until:
            return ()
        due = [(at, self._tables.numbers[ref], ref) for ref, at in self._tables.due.items() if at <= until]
        if not due:  # what was due once is done: no need to look again before the next is
            self.shelf.put("soonest", "due", min(self._tables.due.values(), default=_NEVER))
        oldest = [ref for _, _, ref in sorted(due)]
        return tuple(dict.fromkeys(oldest[: limit - limit // 2] + oldest[::-1][: limit // 2]))

    def armed_cases(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return open cases with match_at at or before `now`, smallest sort key first."""
        until = utc(now)
        return tuple(
            in_line(self._tables, [ref for ref, at in self._tables.armed.items() if at <= until])[:limit]
        )

    def armed_agents(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return agents with match_at at or before `now`, armed longest first."""
        until = utc(now)
        armed = [
            (row.match_at, row.ref)
            for row in self._tables.agents.values()
            if row.match_at is not None and row.match_at <= until
        ]
        return tuple(ref for _, ref in sorted(armed)[:limit])

    def stale_cases(self, *, epoch: int, limit: int) -> Sequence[str]:
        """Return open cases last decided before `epoch`, oldest policy first."""
        if epoch <= self._tables.earliest.get("epoch", 0):
            return ()
        rows = sorted(
            (row for row in self.cases(open_only=True) if row.epoch < epoch), key=lambda row: row.epoch
        )
        if not rows:  # all have met it: no need to look again before another one comes
            self.shelf.put("earliest", "epoch", epoch)
        return tuple(row.ref for row in rows[:limit])

    def commit(self, commit: Commit) -> bool:
        """Write all of it; False (and nothing written) when somebody else was first."""
        self.check_open()
        return write(self, commit)
