"""The commit on SQLite: all gates first, then all writes; nobody else can write in between."""

# ruff: noqa: S608 - the parts of statements are constants of ours; values are always bound

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

from supportkit.canonical import dumps, encode
from supportkit.cases import MICROSECOND, utc
from supportkit.errors import InvalidValue
from supportkit.ports import (
    AgentChange,
    CaseChange,
    CaseRow,
    Commit,
    InboxRow,
    Outbound,
    PartyChange,
    PolicyRow,
    Seat,
)
from supportkit.storage._limits import COUNTED_KEPT, INBOX_KEPT, OLDEST
from supportkit.storage._outbound import MEDIA_TYPE, write_outbound
from supportkit.storage._wellformed import Spans, case_stream, cases_named, check_merges, check_next, spans_of
from supportkit.storage.sql.erasure import erase
from supportkit.storage.sql.instants import maybe_micros, micros
from supportkit.storage.sql.outbox import hear
from supportkit.storage.sql.rows import event_values

if TYPE_CHECKING:
    from supportkit.storage.sql.transaction import SqlTransaction

__all__ = ["make_agent", "write"]

_CASE_COLUMNS = (
    "ref party_no version fold_v epoch open status owner_no last_at due_at match_at sig sort_key merged_into "
    "fails snapshot"
).split()
_VERSION, _EPOCH = _CASE_COLUMNS.index("version"), _CASE_COLUMNS.index("epoch")
_SELECT_CASE = f"SELECT case_no, {', '.join(_CASE_COLUMNS)} FROM sk_case WHERE desk = ? AND ref = ?"
_INSERT_CASE = (
    f"INSERT INTO sk_case (desk, {', '.join(_CASE_COLUMNS)}) VALUES (?{', ?' * len(_CASE_COLUMNS)})"
)
_INSERT_EVENT = f"""INSERT INTO sk_event (desk, recorded_at, epoch, body_no, stream, seq, kind, v, at, actor,
    cause, data)
    VALUES (?{", ?" * 11})"""


def write(transaction: SqlTransaction, commit: Commit) -> bool:
    """Write a commit, or nothing of it and return False when somebody else was first.

    Steps: (1) the commit must make sense by itself; (2) the gates: versions, epochs, seqs, the command's key,
    the policy's epoch; (3) everything it refers to must be there; (4) the writes, in the order in which later
    ones need the numbers of earlier ones.
    """
    spans = spans_of(commit)
    writer = _Writer(transaction)
    if not writer.opens(commit, spans):
        return False
    writer.check(commit)
    with transaction.sql.all_or_nothing():
        writer.write(commit)
    return True


def make_agent(transaction: SqlTransaction, ref: str) -> int:
    """Return the number of an agent, making a row for one that is not known yet."""
    sql, desk = transaction.sql, transaction.desk.number
    row = sql.one("SELECT agent_no FROM sk_agent WHERE desk = ? AND ref = ?", desk, ref)
    if row is not None:
        return int(row[0])
    return sql.insert("INSERT INTO sk_agent (desk, ref, presence) VALUES (?, ?, 'offline')", desk, ref)


class _Writer:
    def __init__(self, transaction: SqlTransaction) -> None:
        self._in = transaction
        self._sql = transaction.sql
        self._key = transaction.desk
        self._desk = transaction.desk.number
        self._now = micros(transaction.now())
        self._cases: dict[str, int | None] = {}
        self._before: dict[str, list[Any]] = {}
        self._parties: dict[str, int] = {}
        self._bodies: dict[str, int] = {}

    # The gates.

    def opens(self, commit: Commit, spans: Spans) -> bool:
        return (
            all(self._case_opens(change) for change in commit.cases)
            and all(self._stream_opens(stream, first) for stream, (first, _) in spans.items())
            and (commit.inbox is None or self._in.inbox(commit.inbox.scope, commit.inbox.key) is None)
            and (commit.policy is None or self._policy_opens(commit.policy))
        )

    def _case_opens(self, change: CaseChange) -> bool:
        row = self._sql.one(_SELECT_CASE, self._desk, change.row.ref)
        if row is None:
            self._cases[change.row.ref] = None
            return change.expected == 0 and self._latest_epoch() <= change.row.epoch
        self._cases[change.row.ref], *before = row
        self._before[change.row.ref] = before
        latest = max(before[_EPOCH], self._latest_epoch())
        return bool(before[_VERSION] == change.expected and latest <= change.row.epoch)

    def _stream_opens(self, stream: str, first: int) -> bool:
        # The stream of a case is as long as the case's version says.
        return stream.startswith("case:") or check_next(stream, first, self._in.last_seq(stream))

    def _policy_opens(self, policy: PolicyRow) -> bool:
        return policy.epoch > self._latest_epoch(none=-1)

    def _latest_epoch(self, *, none: int = 0) -> int:
        text = "SELECT COALESCE(MAX(epoch), ?) FROM sk_policy WHERE desk = ?"
        return int(self._sql.one(text, none, self._desk)[0])

    # What the commit leans on.

    def check(self, commit: Commit) -> None:
        check_merges(commit, self._merged_into)
        for ref in cases_named(commit):
            self._cases[ref] = self._number("case", ref)
            if self._cases[ref] is None:
                raise InvalidValue(f"case {ref!r} is neither stored nor in this commit")
        freed = set(commit.freed)
        for seat in commit.taken:
            if (seat.case, seat.role) not in freed and self._taken(seat):
                raise InvalidValue(
                    f"seat {seat.role!r} of case {seat.case!r} is taken; free it in the same commit"
                )

    def _merged_into(self, ref: str) -> str | None:
        row = self._sql.one("SELECT merged_into FROM sk_party WHERE desk = ? AND ref = ?", self._desk, ref)
        return None if row is None else row[0]

    def _taken(self, seat: Seat) -> bool:
        text = "SELECT 1 FROM sk_seat WHERE desk = ? AND case_no = ? AND role = ?"
        return self._sql.one(text, self._desk, self._cases[seat.case], seat.role) is not None

    # The writes.

    def write(self, commit: Commit) -> None:
        for party in commit.parties:
            self._write_party(party)
        for change in commit.cases:
            self._write_case(change.row)
        self._write_threads(commit)
        self._write_bodies(commit)
        self._write_events(commit)
        self._write_seats(commit)
        for agent in commit.agents:
            self._write_agent(agent)
        for message in commit.outbox:
            self._write_message(message, commit)
        for delivery in commit.deliveries:
            hear(self._sql, self._desk, delivery)
        if commit.inbox is not None:
            self._write_inbox(commit.inbox, commit)
        self._write_counted(commit)
        if commit.policy is not None:
            self._write_policy(commit.policy)
        for ref in commit.erased:
            erase(self._sql, self._desk, ref, at=self._now)

    def _number(self, noun: str, ref: str) -> int | None:
        row = self._sql.one(f"SELECT {noun}_no FROM sk_{noun} WHERE desk = ? AND ref = ?", self._desk, ref)
        return None if row is None else int(row[0])

    def _party(self, ref: str | None) -> int | None:
        if ref is None:
            return None
        if ref not in self._parties:
            self._parties[ref] = self._number("party", ref) or self._sql.insert(
                "INSERT INTO sk_party (desk, ref) VALUES (?, ?)", self._desk, ref
            )
        return self._parties[ref]

    def _write_party(self, change: PartyChange) -> None:
        number = self._party(change.ref)
        self._party(change.merged_into)
        if self._merged_into(change.ref) != change.merged_into:
            text = "UPDATE sk_party SET merged_into = ?, version = version + 1 WHERE party_no = ?"
            self._sql.run(text, change.merged_into, number)
        text = """INSERT INTO sk_point (desk, kind, value_hash, party_no) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING"""
        for point in sorted(set(change.points)):
            hashed = self._key.hashed("point", point.kind, point.value)
            self._sql.run(text, self._desk, point.kind, hashed, number)

    def _write_case(self, row: CaseRow) -> None:
        values = (
            row.ref,
            self._party(row.party),
            row.version,
            row.fold_version,
            row.epoch,
            row.open,
            row.status,
            None if row.owner is None else make_agent(self._in, row.owner),
            maybe_micros(row.last_at),
            maybe_micros(row.due_at),
            maybe_micros(row.match_at),
            row.signature,
            row.sort_key,
            row.merged_into,
            row.fails,
            row.snapshot,
        )
        number = self._cases[row.ref]
        if number is None:
            self._cases[row.ref] = self._sql.insert(_INSERT_CASE, self._desk, *values)
        else:
            # Naming a column rewrites every index it is in, whether or not its value changes.
            before = zip(_CASE_COLUMNS, values, self._before[row.ref], strict=True)
            changed = {name: value for name, value, old in before if value != old}
            names = ", ".join(f"{name} = ?" for name in changed)
            self._sql.run(
                f"UPDATE sk_case SET {names or 'fails = fails'} WHERE case_no = ?", *changed.values(), number
            )

    def _write_threads(self, commit: Commit) -> None:
        text = """INSERT INTO sk_thread (desk, key_hash, case_no, trust) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET case_no = excluded.case_no, trust = 'own'
            WHERE trust = 'claim' AND excluded.trust = 'own'"""
        for key in commit.threads:
            self._sql.run(
                text, self._desk, self._key.hashed("thread", key.key), self._cases[key.case], key.trust
            )

    def _write_bodies(self, commit: Commit) -> None:
        for body in commit.bodies:
            known = self._number("body", body.ref)
            self._bodies[body.ref] = known or self._insert_body(
                body.ref, body.party, body.media_type, body.data
            )

    def _insert_body(self, ref: str | None, party: str | None, media_type: str, data: bytes) -> int:
        text = "INSERT INTO sk_body (desk, ref, party_no, media_type, sha, text) VALUES (?, ?, ?, ?, ?, ?)"
        return self._sql.insert(
            text, self._desk, ref, self._party(party), media_type, self._key.sealed(data), data
        )

    def _write_events(self, commit: Commit) -> None:
        epochs = {case_stream(change.row.ref): change.row.epoch for change in commit.cases}
        other = None if commit.policy is None else commit.policy.epoch
        rows = [
            (
                self._desk,
                self._now,
                epochs.get(event.stream, other),
                self._bodies.get(getattr(event.payload, "body", None) or ""),
                *event_values(event),
            )
            for event in commit.events
        ]
        self._sql.many(_INSERT_EVENT, rows)

    def _write_seats(self, commit: Commit) -> None:
        agents: set[int] = set()
        for case, role in commit.freed:
            text = """DELETE FROM sk_seat WHERE desk = ? AND role = ?
                AND case_no = (SELECT case_no FROM sk_case WHERE desk = ? AND ref = ?) RETURNING agent_no"""
            rows = self._sql.all(text, self._desk, role, self._desk, case)
            agents.update(number for (number,) in rows)
        text = """INSERT INTO sk_seat (desk, case_no, role, agent_no, channel, weight, offer_until)
            VALUES (?, ?, ?, ?, ?, ?, ?)"""
        for seat in commit.taken:
            agent = make_agent(self._in, seat.agent)
            self._sql.run(
                text, self._desk, self._cases[seat.case], seat.role, agent, seat.channel, seat.weight,
                maybe_micros(seat.offer_until),
            )  # fmt: skip
            agents.add(agent)
        for agent in sorted(agents):
            self._count_load(agent)

    def _count_load(self, agent: int) -> None:
        # Counted anew from the seats: adding and subtracting weights would drift.
        weights: dict[str, list[float]] = {}
        for channel, weight in self._sql.all("SELECT channel, weight FROM sk_seat WHERE agent_no = ?", agent):
            weights.setdefault(channel, []).append(weight)
        loads = {channel: fsum(weights[channel]) for channel in weights}
        total = fsum(weight for channel in weights.values() for weight in channel)
        text = "UPDATE sk_agent SET load = ?, loads = ?, version = version + 1 WHERE agent_no = ?"
        self._sql.run(text, total, dumps(loads).decode(), agent)

    def _write_agent(self, change: AgentChange) -> None:
        text = """UPDATE sk_agent SET presence = COALESCE(?, presence), idle_since = COALESCE(?, idle_since),
            last_assigned = COALESCE(?, last_assigned),
            match_at = CASE WHEN ? THEN NULL ELSE COALESCE(?, match_at) END,
            version = version + 1 WHERE agent_no = ?"""
        self._sql.run(
            text,
            change.presence,
            maybe_micros(change.idle_since),
            maybe_micros(change.last_assigned),
            change.clear_match,
            maybe_micros(change.match_at),
            make_agent(self._in, change.ref),
        )

    def _write_message(self, message: Outbound, commit: Commit) -> None:
        known = "SELECT 1 FROM sk_outbox WHERE desk = ? AND dedupe = ?"
        if self._sql.one(known, self._desk, message.dedupe) is not None:
            return
        versions = {change.row.ref: change.row.version for change in commit.cases}
        text = """INSERT INTO sk_outbox
            (desk, dedupe, stream, case_no, seq, dest, body_no, channel, state, next_at, valid_until)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)"""
        self._sql.run(
            text,
            self._desk,
            message.dedupe,
            self._key.hashed("stream", message.stream),
            self._cases.get(message.case or ""),
            versions.get(message.case or ""),
            message.to,
            self._insert_body(None, message.party, MEDIA_TYPE, write_outbound(message)),
            message.channel,
            micros(OLDEST),
            maybe_micros(message.valid_until),
        )

    def _write_inbox(self, row: InboxRow, commit: Commit) -> None:
        hashed = self._key.hashed("inbox", row.scope, row.key)
        self._forget_inbox(row.scope, hashed)
        first = commit.cases[0].row if commit.cases else None
        self._sql.run(
            """INSERT OR REPLACE INTO sk_inbox
            (desk, scope, key_hash, body_hash, case_no, seq, outcome, at, recorded_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            self._desk,
            row.scope,
            hashed,
            row.body_hash,
            None if first is None else self._cases[first.ref],
            None if first is None else first.version,
            encode(row.outcome).decode(),
            micros(row.at),
            self._now,
        )

    def _forget_inbox(self, scope: str, hashed: bytes) -> None:
        # One new key in eight looks at the 32 behind it and removes the old ones: keys are spread evenly, so
        # a quarter of the table at most is old, and nothing ever sweeps it.
        if hashed[0] % 8:
            return
        text = """SELECT key_hash, recorded_at FROM sk_inbox WHERE desk = ? AND scope = ? AND key_hash >= ?
            ORDER BY key_hash LIMIT 32"""
        for key, recorded_at in self._sql.all(text, self._desk, scope, hashed):
            if recorded_at <= self._now - INBOX_KEPT // MICROSECOND:
                text = "DELETE FROM sk_inbox WHERE desk = ? AND scope = ? AND key_hash = ?"
                self._sql.run(text, self._desk, scope, key)

    def _write_counted(self, commit: Commit) -> None:
        for key, at in commit.counted:
            hashed, bucket = self._key.hashed("counter", key), micros(utc(at, name="counted"))
            self._sql.run(
                "DELETE FROM sk_counter WHERE desk = ? AND key = ? AND bucket <= ?",
                self._desk,
                hashed,
                bucket - COUNTED_KEPT // MICROSECOND,
            )
            self._sql.run(
                """INSERT INTO sk_counter (desk, key, bucket, n) VALUES (?, ?, ?, 1)
                ON CONFLICT DO UPDATE SET n = n + 1""",
                self._desk,
                hashed,
                bucket,
            )

    def _write_policy(self, row: PolicyRow) -> None:
        self._sql.run(
            """INSERT INTO sk_policy (desk, epoch, hash, doc, engine, tzdata, activated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
            self._desk,
            row.epoch,
            row.hash,
            row.document,
            row.engine,
            row.zone_data,
            micros(row.activated_at),
        )
