"""The commit in memory: all gates first, then all writes."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from math import fsum
from typing import TYPE_CHECKING

from attrs import evolve

from supportkit.canonical import decode, encode
from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.ports import (
    AgentChange,
    AgentRow,
    CaseChange,
    CaseRow,
    Commit,
    InboxRow,
    Outbound,
    OutboxRow,
    PartyChange,
    Seat,
    ThreadKey,
)
from supportkit.storage._limits import COUNTED_KEPT, INBOX_KEPT, OLDEST
from supportkit.storage._outbound import write_outbound
from supportkit.storage._wellformed import Spans, cases_named, check_merges, check_next, spans_of
from supportkit.storage.memory.erasure import erase
from supportkit.storage.memory.outbox import hear
from supportkit.storage.memory.tables import Kept, Tables

if TYPE_CHECKING:
    from supportkit.storage.memory.transaction import MemoryTransaction

__all__ = ["write"]


def write(transaction: MemoryTransaction, commit: Commit) -> bool:
    """Write a commit, or nothing of it and return False when somebody else was first."""
    spans = spans_of(commit)
    writer = _Writer(transaction)
    if not writer.opens(commit, spans):
        return False
    writer.check(commit)
    with transaction.shelf.all_or_nothing():
        writer.write(commit)
    return True


class _Writer:
    def __init__(self, transaction: MemoryTransaction) -> None:
        self._in = transaction
        self._put = transaction.shelf.put
        self._drop = transaction.shelf.drop
        self._now = transaction.now()

    @property
    def _tables(self) -> Tables:
        return self._in.shelf.tables

    # The gates.

    def opens(self, commit: Commit, spans: Spans) -> bool:
        return (
            all(self._case_opens(change) for change in commit.cases)
            and all(
                stream.startswith("case:") or check_next(stream, first, self._in.last_seq(stream))
                for stream, (first, _) in spans.items()
            )
            and (commit.inbox is None or self._in.inbox(commit.inbox.scope, commit.inbox.key) is None)
            and (commit.policy is None or commit.policy.epoch > max(self._tables.policies, default=-1))
        )

    def _case_opens(self, change: CaseChange) -> bool:
        row = self._tables.cases.get(change.row.ref)
        version, epoch = (0, 0) if row is None else (row.version, row.epoch)
        latest = max(self._tables.policies, default=0)
        return version == change.expected and max(epoch, latest) <= change.row.epoch

    # What the commit leans on.

    def check(self, commit: Commit) -> None:
        check_merges(commit, self._tables.parties.get)
        for ref in cases_named(commit):
            if ref not in self._tables.cases:
                raise InvalidValue(f"case {ref!r} is neither stored nor in this commit")
        freed = set(commit.freed)
        for seat in commit.taken:
            if (seat.case, seat.role) not in freed and (seat.case, seat.role) in self._tables.seats:
                raise InvalidValue(
                    f"seat {seat.role!r} of case {seat.case!r} is taken; free it in the same commit"
                )

    # The writes.

    def write(self, commit: Commit) -> None:
        for party in commit.parties:
            self._write_party(party)
        for change in commit.cases:
            self._write_case(change.row)
        for thread in commit.threads:
            self._write_thread(thread)
        self._write_texts(commit)
        self._write_seats(commit)
        for agent in commit.agents:
            self._write_agent(agent)
        for message in commit.outbox:
            self._write_message(message)
        for delivery in commit.deliveries:
            hear(self._in.shelf, delivery)
        if commit.inbox is not None:
            self._write_inbox(commit.inbox)
        self._write_counted(commit)
        if commit.policy is not None:
            self._put("policies", commit.policy.epoch, commit.policy)
        for ref in commit.erased:
            erase(self._in.shelf, ref, at=self._now)

    def _write_party(self, change: PartyChange) -> None:
        self._party(change.merged_into)
        before = self._tables.parties.get(change.ref)
        if before != change.merged_into:
            if before is not None:
                self._move("merged_by_party", before, change.ref, add=False)
            if change.merged_into is not None:
                self._move("merged_by_party", change.merged_into, change.ref, add=True)
        self._put("parties", change.ref, change.merged_into)
        for point in change.points:
            if point not in self._tables.points:
                self._put("points", point, change.ref)

    def _party(self, ref: str | None) -> None:
        if ref is not None and ref not in self._tables.parties:
            self._put("parties", ref, None)

    def _write_case(self, row: CaseRow) -> None:
        before = self._tables.cases.get(row.ref)
        if before is None:
            self._put("numbers", row.ref, len(self._tables.numbers) + 1)
        elif before.party not in {None, row.party}:
            self._move("cases_by_party", before.party, row.ref, add=False)
        if row.party is not None and (before is None or before.party != row.party):
            self._move("cases_by_party", row.party, row.ref, add=True)
        self._party(row.party)
        if row.owner is not None:
            self._agent(row.owner)
        self._put("cases", row.ref, row)
        soonest = self._tables.soonest.get("due")
        if row.due_at is not None and (soonest is None or row.due_at < soonest):
            self._put("soonest", "due", row.due_at)
        if row.open and row.epoch < self._tables.earliest.get("epoch", 0):
            self._put("earliest", "epoch", row.epoch)
        for table, value in (("due", row.due_at), ("armed", row.match_at), ("waiting", row.signature)):
            if value is None:
                self._drop(table, row.ref)
            else:
                self._put(table, row.ref, value)

    def _move(self, table: str, key: str | None, ref: str, *, add: bool) -> None:
        refs: tuple[str, ...] = getattr(self._tables, table).get(key, ())
        self._put(table, key, (*refs, ref) if add else tuple(other for other in refs if other != ref))

    def _write_thread(self, key: ThreadKey) -> None:
        known = self._tables.threads.get(key.key)
        if known is None or (known.trust == "claim" and key.trust == "own"):
            self._put("threads", key.key, key)

    def _write_texts(self, commit: Commit) -> None:
        for body in commit.bodies:
            if body.ref not in self._tables.bodies:
                self._party(body.party)
                self._put("bodies", body.ref, body)
        for event in commit.events:
            self._put("events", (event.stream, event.seq), event)
            self._put("lengths", event.stream, event.seq)

    def _write_seats(self, commit: Commit) -> None:
        agents: set[str] = set()
        for place in commit.freed:
            seat = self._tables.seats.get(place)
            if seat is not None:
                self._drop("seats", place)
                self._seat(seat, taken=False)
                agents.add(seat.agent)
        for seat in commit.taken:
            self._agent(seat.agent)
            self._put("seats", (seat.case, seat.role), seat)
            self._seat(seat, taken=True)
            agents.add(seat.agent)
        for agent in sorted(agents):
            self._count_load(agent)

    def _seat(self, seat: Seat, *, taken: bool) -> None:
        place = (seat.case, seat.role)
        for table, key in (("seats_by_agent", seat.agent), ("seats_by_case", seat.case)):
            places = tuple(other for other in getattr(self._tables, table).get(key, ()) if other != place)
            self._put(table, key, (*places, place) if taken else places)

    def _count_load(self, agent: str) -> None:
        weights: dict[str, list[float]] = {}
        for place in self._tables.seats_by_agent[agent]:
            seat = self._tables.seats[place]
            weights.setdefault(seat.channel, []).append(seat.weight)
        loads = {channel: fsum(weights[channel]) for channel in weights}
        self._put("agents", agent, evolve(self._tables.agents[agent], load=loads))

    def _agent(self, ref: str) -> AgentRow:
        if ref not in self._tables.agents:
            self._put("agents", ref, AgentRow(ref=ref))
        return self._tables.agents[ref]

    def _write_agent(self, change: AgentChange) -> None:
        row = self._agent(change.ref)
        said = {
            name: value
            for name in ("presence", "idle_since", "last_assigned", "match_at")
            if (value := getattr(change, name)) is not None
        }
        if change.clear_match:
            said["match_at"] = None
        self._put("agents", change.ref, evolve(row, **said))

    def _write_message(self, message: Outbound) -> None:
        if message.dedupe in self._tables.dedupes:
            return
        self._party(message.party)
        number = len(self._tables.outbox) + 1
        row = OutboxRow(
            number=number,
            dedupe=message.dedupe,
            case=message.case or None,
            to=message.to,
            state="pending",
            tries=0,
            channel=message.channel,
        )
        text, until = write_outbound(message), message.valid_until
        self._put("dedupes", message.dedupe, number)
        self._put("outbox", number, Kept(row, message.stream, message.party, text, OLDEST, until))
        self._put("unfinished", number, None)

    def _write_inbox(self, row: InboxRow) -> None:
        for key in tuple(islice(self._tables.inbox, 2)):
            if self._tables.inbox[key][0] <= self._now - INBOX_KEPT:
                self._drop("inbox", key)
        # What is written and what is read back are the same on every store: canonical JSON in between.
        settled = evolve(row, outcome=decode(encode(row.outcome)))
        self._drop("inbox", (row.scope, row.key))
        self._put("inbox", (row.scope, row.key), (self._now, settled))

    def _write_counted(self, commit: Commit) -> None:
        for key, counted_at in commit.counted:
            at = utc(counted_at, name="counted")
            counted, oldest = self._tables.counters.get(key, ()), at - COUNTED_KEPT
            kept = counted[bisect_right(counted, oldest) :]
            place = bisect_right(kept, at)
            self._put("counters", key, (*kept[:place], at, *kept[place:]))
