"""Reads of a desk in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from supportkit.cases import Event
from supportkit.errors import StoreError
from supportkit.ports import AgentRow, Body, CaseRow, Delivery, OutboxRow, PartyRow, PolicyRow, Seat
from supportkit.storage._outbound import read_outbound
from supportkit.storage.memory.tables import Tables

__all__ = ["MemoryReader", "family", "in_line", "root"]


def in_line(tables: Tables, refs: Iterable[str]) -> list[str]:
    """Return open cases in the order of a waiting line: smallest sort key first, those without one last."""

    def place(ref: str) -> tuple[bool, int, int]:
        key = tables.cases[ref].sort_key
        return key is None, key or 0, tables.numbers[ref]

    return sorted((ref for ref in refs if tables.cases[ref].open), key=place)


def family(tables: Tables, party: str) -> list[str]:
    """Return a party and all that were merged into it, over several merges."""
    members = [party]
    for member in members:
        members += tables.merged_by_party.get(member, ())
    return members


def root(tables: Tables, party: str) -> str:
    """Return the end of a party's merges."""
    while (into := tables.parties.get(party)) is not None:
        party = into
    return party


class MemoryReader:
    """What a desk has stored, by `supportkit.ports.Reader`."""

    def __init__(self, tables: Tables) -> None:
        self._snapshot = tables
        self._open = True

    def close(self) -> None:
        """End it: whoever still holds on to it gets StoreError."""
        self._open = False

    def check_open(self) -> None:
        """Raise StoreError when it has ended."""
        if not self._open:
            raise StoreError("this transaction or reader has ended; begin another one")

    @property
    def _tables(self) -> Tables:
        self.check_open()
        return self._snapshot

    def case(self, ref: str) -> CaseRow | None:
        """Return a case's row, or None."""
        return self._tables.cases.get(ref)

    def cases(self, *, open_only: bool = False) -> Iterator[CaseRow]:
        """Return the rows of all cases in the order in which they were opened."""
        rows = tuple(self._tables.cases.values())
        return (row for row in rows if row.open or not open_only)

    def waiting(self) -> Sequence[CaseRow]:
        """Return the open cases that wait for a person, smallest sort key first, those without one last."""
        return tuple(self._tables.cases[ref] for ref in in_line(self._tables, self._tables.waiting))

    def cases_of(self, party: str, *, limit: int = 50) -> Sequence[CaseRow]:
        """Return the cases of a party and of those merged into it: open ones, then closed, newest first."""
        refs = {
            ref
            for member in family(self._tables, party)
            for ref in self._tables.cases_by_party.get(member, ())
        }
        rows = [
            self._tables.cases[ref]
            for ref in sorted(refs, key=self._tables.numbers.__getitem__, reverse=True)
        ]
        open_rows = [row for row in rows if row.open]
        return tuple((open_rows + [row for row in rows if not row.open])[: max(limit, len(open_rows))])

    def party(self, ref: str) -> PartyRow | None:
        """Return a party, or None for one that the store does not know."""
        tables = self._tables
        if ref not in tables.parties:
            return None
        first, *others = family(tables, ref)
        return PartyRow(
            ref=ref, merged_into=tables.parties[ref], root=root(tables, ref),
            family=(first, *sorted(others)), erased_at=tables.forgotten.get(ref),
        )  # fmt: skip

    def events(self, stream: str) -> tuple[Event, ...]:
        """Return a stream's events, oldest first."""
        length = self._tables.lengths.get(stream, 0)
        return tuple(self._tables.events[stream, seq] for seq in range(1, length + 1))

    def streams(self) -> Sequence[str]:
        """Return the names of all streams, sorted."""
        return tuple(sorted(self._tables.lengths))

    def body(self, ref: str) -> Body | None:
        """Return a stored text or file; None when it never was or was erased."""
        return self._tables.bodies.get(ref)

    def agents(self) -> Sequence[AgentRow]:
        """Return all agents the desk knows, by id."""
        return tuple(row for _, row in sorted(self._tables.agents.items()))

    def seats(self, case: str | None = None) -> Sequence[Seat]:
        """Return the seats taken, of one case or all, by case (in the order of opening) and role."""
        tables = self._tables
        places = tables.seats if case is None else tables.seats_by_case.get(case, ())
        seats = [tables.seats[place] for place in places]
        return tuple(sorted(seats, key=lambda seat: (self._tables.numbers[seat.case], seat.role)))

    def outbox(self, *, state: str | None = None) -> Sequence[OutboxRow]:
        """Return the outbox in its order."""
        rows = (kept.row for kept in self._tables.outbox.values())
        return tuple(row for row in rows if state is None or row.state == state)

    def message(self, number: int) -> Delivery | None:
        """Return the message of an outbox row, or None when there is none or it was erased."""
        kept = self._tables.outbox.get(number)
        if kept is None or kept.text is None:
            return None
        return Delivery(number, read_outbound(kept.text), "", kept.row.tries)

    def policy(self) -> PolicyRow | None:
        """Return the policy of the highest epoch, or None for a new desk."""
        return self._tables.policies[max(self._tables.policies)] if self._tables.policies else None

    def policies(self) -> Sequence[PolicyRow]:
        """Return every policy that was in force, in the order of their epochs."""
        return tuple(row for _, row in sorted(self._tables.policies.items()))

    def policy_document(self, version: str) -> bytes | None:
        """Return the stored document of a policy version, or None."""
        rows = (self._tables.policies[epoch] for epoch in sorted(self._tables.policies, reverse=True))
        return next((row.document for row in rows if row.hash == version), None)
