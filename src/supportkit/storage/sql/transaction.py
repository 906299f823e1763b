"""The reads of a decision, made while nobody else can write, and its commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from supportkit.canonical import decode
from supportkit.cases import utc
from supportkit.ports import CaseRow, Commit, InboxRow, OutboxRow, PointKey, ThreadKey
from supportkit.storage._limits import INBOX_KEPT, Clock
from supportkit.storage.sql import outbox
from supportkit.storage.sql.desks import DeskKey
from supportkit.storage.sql.instants import from_micros, micros
from supportkit.storage.sql.reader import SqlReader
from supportkit.storage.sql.sqlite import Sql
from supportkit.storage.sql.writer import write

__all__ = ["SqlTransaction"]


class SqlTransaction(SqlReader):
    """What a decision may lock, read and write, by `supportkit.ports.Transaction`.

    There is one writer at a time, so that reading here is locking.
    """

    def __init__(self, sql: Sql, desk: DeskKey, *, clock: Clock) -> None:
        super().__init__(sql, desk)
        self._clock = clock

    def now(self) -> datetime:
        """Return the store's clock in UTC."""
        return utc(self._clock())

    def inbox(self, scope: str, key: str) -> InboxRow | None:
        """Return what a command gave the first time, or None; forgotten 35 days after it was recorded."""
        row = self.sql.one(
            """SELECT body_hash, outcome, at FROM sk_inbox
            WHERE desk = ? AND scope = ? AND key_hash = ? AND recorded_at > ?""",
            self._no,
            scope,
            self.desk.hashed("inbox", scope, key),
            micros(self.now() - INBOX_KEPT),
        )
        if row is None:
            return None
        body_hash, outcome, at = row
        return InboxRow(
            scope=scope, key=key, body_hash=body_hash, outcome=decode(outcome), at=from_micros(at)
        )

    def claim_points(
        self, points: Iterable[PointKey], *, follow: bool = True
    ) -> Mapping[PointKey, str | None]:
        """Return the party each contact point leads to (or was given to), None for a new one."""
        return {point: self._leads_to(point, follow=follow) for point in sorted(set(points))}

    def lock_party(self, ref: str) -> str:
        """Return the ref of a party, following merges; a new one is made."""
        row = self.sql.one("SELECT merged_into FROM sk_party WHERE desk = ? AND ref = ?", self._no, ref)
        if row is None:
            self.sql.run("INSERT INTO sk_party (desk, ref) VALUES (?, ?)", self._no, ref)
        return self._root(ref, None if row is None else row[0])

    def threads(self, keys: Iterable[str]) -> Mapping[str, ThreadKey]:
        """Return the known ones of these message ids."""
        text = """SELECT c.ref, t.trust FROM sk_thread t JOIN sk_case c ON c.case_no = t.case_no
            WHERE t.desk = ? AND t.key_hash = ?"""
        found = {
            key: self.sql.one(text, self._no, self.desk.hashed("thread", key)) for key in dict.fromkeys(keys)
        }
        return {key: ThreadKey(key, *row) for key, row in found.items() if row is not None}

    def lock_case(self, ref: str) -> CaseRow | None:
        """Return a case's row, or None."""
        return self.case(ref)

    def last_seq(self, stream: str) -> int:
        """Return the seq of a stream's last event, 0 for a new stream."""
        text = "SELECT COALESCE(MAX(seq), 0) FROM sk_event WHERE desk = ? AND stream = ?"
        return int(self.sql.one(text, self._no, stream)[0])

    def find_message(
        self, *, channel: str, dedupe: str | None = None, provider_id: str | None = None
    ) -> OutboxRow | None:
        """Return the message that left through a channel under one of these names, or None."""
        return outbox.find(self.sql, self._no, channel=channel, dedupe=dedupe, provider_id=provider_id)

    def counted(self, key: str, *, since: datetime) -> tuple[datetime, ...]:
        """Return the instants counted under a key after `since`, oldest first."""
        rows = self.sql.all(
            "SELECT bucket, n FROM sk_counter WHERE desk = ? AND key = ? AND bucket > ? ORDER BY bucket",
            self._no,
            self.desk.hashed("counter", key),
            micros(utc(since, name="since")),
        )
        return tuple(from_micros(bucket) for bucket, n in rows for _ in range(n))

    def due_cases(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return cases due at or before `now`: half the oldest, then half the newest first."""
        text = "SELECT ref FROM sk_case WHERE desk = ? AND due_at <= ? ORDER BY "
        bounds = (self._no, micros(utc(now)))
        oldest = self.sql.all(text + "due_at, case_no LIMIT ?", *bounds, limit - limit // 2)
        newest = self.sql.all(text + "due_at DESC, case_no DESC LIMIT ?", *bounds, limit // 2)
        return tuple(dict.fromkeys(ref for (ref,) in oldest + newest))

    def armed_cases(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return open cases with match_at at or before `now`, smallest sort key first."""
        text = """SELECT ref FROM sk_case WHERE desk = ? AND match_at <= ? AND open = 1
            ORDER BY sort_key IS NULL, sort_key, case_no LIMIT ?"""
        return tuple(ref for (ref,) in self.sql.all(text, self._no, micros(utc(now)), limit))

    def armed_agents(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return agents with match_at at or before `now`, armed longest first."""
        text = "SELECT ref FROM sk_agent WHERE desk = ? AND match_at <= ? ORDER BY match_at, ref LIMIT ?"
        return tuple(ref for (ref,) in self.sql.all(text, self._no, micros(utc(now)), limit))

    def stale_cases(self, *, epoch: int, limit: int) -> Sequence[str]:
        """Return open cases last decided before `epoch`, oldest policy first."""
        text = """SELECT ref FROM sk_case WHERE desk = ? AND epoch < ? AND open = 1
            ORDER BY epoch, case_no LIMIT ?"""
        return tuple(ref for (ref,) in self.sql.all(text, self._no, epoch, limit))

    def commit(self, commit: Commit) -> bool:
        """Write all of it; False (and nothing written) when somebody else was first."""
        return write(self, commit)

    def _leads_to(self, point: PointKey, *, follow: bool) -> str | None:
        row = self.sql.one(
            """SELECT p.ref, p.merged_into FROM sk_point k JOIN sk_party p ON p.party_no = k.party_no
            WHERE k.desk = ? AND k.kind = ? AND k.value_hash = ?""",
            self._no,
            point.kind,
            self.desk.hashed("point", point.kind, point.value),
        )
        if row is None:
            return None
        return self._root(*row) if follow else row[0]
