"""Reads without locks: one snapshot of the database for as long as the reader is open."""

# ruff: noqa: S608 - the parts of statements are constants of ours; values are always bound

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from supportkit.cases import Event
from supportkit.ports import AgentRow, Body, CaseRow, Delivery, OutboxRow, PartyRow, PolicyRow, Seat
from supportkit.storage._outbound import read_outbound
from supportkit.storage.sql.desks import DeskKey
from supportkit.storage.sql.instants import from_micros, maybe_from_micros
from supportkit.storage.sql.rows import (
    AGENT_COLUMNS,
    CASE_COLUMNS,
    CASE_TABLES,
    EVENT_COLUMNS,
    OUTBOX_COLUMNS,
    agent_of,
    case_of,
    event_of,
    outbox_of,
)
from supportkit.storage.sql.sqlite import Sql

__all__ = ["SqlReader"]

_PAGE = 500

# A party and all that were merged into it, over several merges.
_FAMILY = """WITH RECURSIVE family (party_no, ref) AS (
    SELECT party_no, ref FROM sk_party WHERE desk = ? AND ref = ?
    UNION SELECT p.party_no, p.ref FROM family f JOIN sk_party p ON p.desk = ? AND p.merged_into = f.ref)"""
FAMILY = f"{_FAMILY} SELECT party_no FROM family"
_POLICIES = (
    "SELECT epoch, hash, doc, engine, tzdata, activated_at FROM sk_policy WHERE desk = ? ORDER BY epoch"
)


class SqlReader:
    """What a desk has stored, by `supportkit.ports.Reader`."""

    def __init__(self, sql: Sql, desk: DeskKey) -> None:
        self.sql = sql
        self.desk = desk
        self._no = desk.number

    def case(self, ref: str) -> CaseRow | None:
        """Return a case's row, or None."""
        row = self.sql.one(
            f"SELECT {CASE_COLUMNS} FROM {CASE_TABLES} WHERE c.desk = ? AND c.ref = ?", self._no, ref
        )
        return None if row is None else case_of(row)

    def cases(self, *, open_only: bool = False) -> Iterator[CaseRow]:
        """Return the rows of all cases in the order in which they were opened, read page by page."""
        only = "AND c.open = 1" if open_only else ""
        text = f"""SELECT {CASE_COLUMNS}, c.case_no FROM {CASE_TABLES}
            WHERE c.desk = ? AND c.case_no > ? {only} ORDER BY c.case_no LIMIT ?"""
        last = 0
        while rows := self.sql.all(text, self._no, last, _PAGE):
            yield from (case_of(row[:-1]) for row in rows)
            last = rows[-1][-1]

    def waiting(self) -> Sequence[CaseRow]:
        """Return the open cases that wait for a person, smallest sort key first, those without one last."""
        text = f"""SELECT {CASE_COLUMNS} FROM {CASE_TABLES}
            WHERE c.desk = ? AND c.sig IS NOT NULL AND c.open = 1
            ORDER BY c.sort_key IS NULL, c.sort_key, c.case_no"""
        return tuple(case_of(row) for row in self.sql.all(text, self._no))

    def cases_of(self, party: str, *, limit: int = 50) -> Sequence[CaseRow]:
        """Return the cases of a party and of those merged into it: open ones, then closed, newest first."""
        members = [number for (number,) in self.sql.all(FAMILY, self._no, party, self._no)]
        rows = self._cases_of(members, open_or_closed=True, limit=limit)
        if len(rows) >= limit:
            open_rows = self._cases_of(members, open_or_closed=False, limit=-1)
            rows = open_rows if len(open_rows) > limit else rows
        return tuple(case_of(row) for row in rows)

    def _cases_of(self, parties: list[int], *, open_or_closed: bool, limit: int) -> list[Any]:
        text = f"""SELECT {CASE_COLUMNS} FROM {CASE_TABLES}
            WHERE c.party_no IN ({", ".join("?" * len(parties))}) AND c.open >= ?
            ORDER BY c.open DESC, c.case_no DESC LIMIT ?"""
        return self.sql.all(text, *parties, not open_or_closed, limit) if parties else []

    def party(self, ref: str) -> PartyRow | None:
        """Return a party, or None for one that the store does not know."""
        text = "SELECT merged_into, erased_at FROM sk_party WHERE desk = ? AND ref = ?"
        row = self.sql.one(text, self._no, ref)
        if row is None:
            return None
        text = f"{_FAMILY} SELECT ref FROM family ORDER BY ref <> ?, ref"
        family = tuple(member for (member,) in self.sql.all(text, self._no, ref, self._no, ref))
        into, erased_at = row
        return PartyRow(
            ref=ref, merged_into=into, root=self._root(ref, into), family=family,
            erased_at=maybe_from_micros(erased_at),
        )  # fmt: skip

    def _root(self, ref: str, into: str | None) -> str:
        text = "SELECT merged_into FROM sk_party WHERE desk = ? AND ref = ?"
        while into is not None:
            ref, (into,) = into, self.sql.one(text, self._no, into)
        return ref

    def events(self, stream: str) -> tuple[Event, ...]:
        """Return a stream's events, oldest first."""
        text = f"SELECT {EVENT_COLUMNS} FROM sk_event WHERE desk = ? AND stream = ? ORDER BY seq"
        return tuple(event_of(row) for row in self.sql.all(text, self._no, stream))

    def streams(self) -> Sequence[str]:
        """Return the names of all streams, sorted."""
        rows = self.sql.all("SELECT DISTINCT stream FROM sk_event WHERE desk = ? ORDER BY stream", self._no)
        return tuple(stream for (stream,) in rows)

    def body(self, ref: str) -> Body | None:
        """Return a stored text or file; None when it never was or was erased."""
        text = """SELECT b.ref, p.ref, b.media_type, b.text
            FROM sk_body b LEFT JOIN sk_party p ON p.party_no = b.party_no
            WHERE b.desk = ? AND b.ref = ? AND b.erased_at IS NULL"""
        row = self.sql.one(text, self._no, ref)
        return None if row is None else Body(*row)

    def agents(self) -> Sequence[AgentRow]:
        """Return all agents the desk knows, by id."""
        rows = self.sql.all(f"SELECT {AGENT_COLUMNS} FROM sk_agent WHERE desk = ? ORDER BY ref", self._no)
        return tuple(agent_of(row) for row in rows)

    def seats(self, case: str | None = None) -> Sequence[Seat]:
        """Return the seats taken, of one case or all, by case (in the order of opening) and role."""
        of_one = "AND s.case_no = (SELECT case_no FROM sk_case WHERE desk = ? AND ref = ?)"
        text = f"""SELECT c.ref, a.ref, s.role, s.channel, s.weight, s.offer_until FROM sk_seat s
            JOIN sk_case c ON c.case_no = s.case_no JOIN sk_agent a ON a.agent_no = s.agent_no
            WHERE s.desk = ? {"" if case is None else of_one} ORDER BY s.case_no, s.role"""
        values = (self._no,) if case is None else (self._no, self._no, case)
        rows = self.sql.all(text, *values)
        return tuple(
            Seat(case_ref, agent, role, channel, weight, maybe_from_micros(until))
            for case_ref, agent, role, channel, weight, until in rows
        )

    def outbox(self, *, state: str | None = None) -> Sequence[OutboxRow]:
        """Return the outbox in its order."""
        text = f"""SELECT {OUTBOX_COLUMNS} FROM sk_outbox o LEFT JOIN sk_case c ON c.case_no = o.case_no
            WHERE o.desk = ? AND o.state = COALESCE(?, o.state) ORDER BY o.out_no"""
        return tuple(outbox_of(row) for row in self.sql.all(text, self._no, state))

    def message(self, number: int) -> Delivery | None:
        """Return the message of an outbox row, or None when there is none or it was erased."""
        text = """SELECT o.tries, b.text FROM sk_outbox o JOIN sk_body b ON b.body_no = o.body_no
            WHERE o.desk = ? AND o.out_no = ? AND b.erased_at IS NULL"""
        row = self.sql.one(text, self._no, number)
        return None if row is None else Delivery(number, read_outbound(row[1]), "", row[0])

    def policy(self) -> PolicyRow | None:
        """Return the policy of the highest epoch, or None for a new desk."""
        row = self.sql.one(f"{_POLICIES} DESC LIMIT 1", self._no)
        return None if row is None else _policy_of(row)

    def policies(self) -> Sequence[PolicyRow]:
        """Return every policy that was in force, in the order of their epochs."""
        return tuple(_policy_of(row) for row in self.sql.all(_POLICIES, self._no))

    def policy_document(self, version: str) -> bytes | None:
        """Return the stored document of a policy version, or None."""
        text = "SELECT doc FROM sk_policy WHERE desk = ? AND hash = ? ORDER BY epoch DESC LIMIT 1"
        row = self.sql.one(text, self._no, version)
        return None if row is None else row[0]


def _policy_of(row: Any) -> PolicyRow:
    epoch, version, document, engine, zone_data, activated = row
    return PolicyRow(
        epoch=epoch, hash=version, document=document, engine=engine, zone_data=zone_data,
        activated_at=from_micros(activated),
    )  # fmt: skip
