"""The store protocol: transactions that lock, read and commit, and reads without locks.

Lock order, for stores that lock rows: inbox, points (sorted), parties, threads, cases, seats, counters,
then inserts. A store with one writer at a time takes its one lock when the transaction begins. Nothing is
sent or called out while a transaction is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from attrs import frozen

from supportkit.cases import Agent, Event
from supportkit.cases.instants import maybe_instant
from supportkit.ports.commit import Body, CaseRow, Commit, InboxRow, PointKey, PolicyRow, Seat, ThreadKey
from supportkit.ports.messages import Delivery

__all__ = ["AgentRow", "OutboxRow", "PartyRow", "Reader", "Store", "Transaction"]


@frozen(kw_only=True)
class AgentRow:
    """An agent as the store keeps them: presence and load are counted here, by seats."""

    ref: str
    presence: str = "offline"
    load: Mapping[str, float] = {}
    idle_since: datetime | None = maybe_instant()
    last_assigned: datetime | None = maybe_instant()
    match_at: datetime | None = maybe_instant()


@frozen(kw_only=True)
class OutboxRow:
    """A message in the outbox and what became of it; `channel` is the instance it leaves through."""

    number: int
    dedupe: str
    case: str | None
    to: str
    state: str
    tries: int
    channel: str = ""
    provider_id: str | None = None
    reason: str | None = None


@frozen(kw_only=True)
class PartyRow:
    """A party as the store keeps it: a person or an organisation, under the id of whoever knows them.

    `merged_into` is the party it was merged into, `root` the end of its merges (itself for one that stands
    alone), `family` itself and then, sorted, all that were merged into it, over several merges. `erased_at`
    is when it was forgotten.
    """

    ref: str
    merged_into: str | None = None
    root: str
    family: tuple[str, ...]
    erased_at: datetime | None = maybe_instant()


class Reader(Protocol):
    """Reads without locks; each call sees one consistent state."""

    def case(self, ref: str) -> CaseRow | None:
        """Return a case's row, or None."""

    def cases(self, *, open_only: bool = False) -> Iterable[CaseRow]:
        """Return the rows of all cases in the order in which they were opened."""

    def waiting(self) -> Sequence[CaseRow]:
        """Return the open cases that wait for a person (`signature` is set), smallest sort key first."""

    def cases_of(self, party: str, *, limit: int = 50) -> Sequence[CaseRow]:
        """Return the cases of a party and of those merged into it.

        All open ones first (whatever the limit), then closed ones up to the limit, newest first.
        """

    def party(self, ref: str) -> PartyRow | None:
        """Return a party, or None for one that the store does not know."""

    def events(self, stream: str) -> tuple[Event, ...]:
        """Return a stream's events, oldest first."""

    def streams(self) -> Sequence[str]:
        """Return the names of all streams, sorted."""

    def body(self, ref: str) -> Body | None:
        """Return a stored text or file; None when it never was or was erased."""

    def agents(self) -> Sequence[AgentRow]:
        """Return all agents the desk knows, by id."""

    def seats(self, case: str | None = None) -> Sequence[Seat]:
        """Return the seats taken, of one case or all, by case (in the order of opening) and role."""

    def outbox(self, *, state: str | None = None) -> Sequence[OutboxRow]:
        """Return the outbox in its order."""

    def message(self, number: int) -> Delivery | None:
        """Return the message of an outbox row (without a lease), or None when it was erased."""

    def policy(self) -> PolicyRow | None:
        """Return the policy in force (the highest epoch), or None for a new desk."""

    def policies(self) -> Sequence[PolicyRow]:
        """Return every policy that was in force, in the order of their epochs."""

    def policy_document(self, version: str) -> bytes | None:
        """Return the stored document of a policy version, or None."""


class Transaction(Reader, Protocol):
    """Everything a decision may lock and read, and the one call that writes."""

    def now(self) -> datetime:
        """Return the store's clock in UTC, read after the locks were taken."""

    def inbox(self, scope: str, key: str) -> InboxRow | None:
        """Lock the key of a command and return what it gave the first time, or None.

        It is forgotten 35 days after it was recorded, by the store's clock.
        """

    def claim_points(
        self, points: Iterable[PointKey], *, follow: bool = True
    ) -> Mapping[PointKey, str | None]:
        """Lock contact points (sorted) and return the party each leads to, None if new.

        Merges are followed, unless `follow` is False: then it is the party that the point was given to.
        """

    def lock_party(self, ref: str) -> str:
        """Lock a party, making it when new; return its ref, following merges."""

    def threads(self, keys: Iterable[str]) -> Mapping[str, ThreadKey]:
        """Return the known ones of these message ids."""

    def lock_case(self, ref: str) -> CaseRow | None:
        """Lock a case and return its row, or None."""

    def last_seq(self, stream: str) -> int:
        """Return the seq of a stream's last event, 0 for a new stream."""

    def find_message(
        self, *, channel: str, dedupe: str | None = None, provider_id: str | None = None
    ) -> OutboxRow | None:
        """Return the message that left through a channel under one of these names, or None.

        The key it was sent with counts before the id that the provider gave.
        """

    def counted(self, key: str, *, since: datetime) -> tuple[datetime, ...]:
        """Return the instants counted under a key after `since`, oldest first; kept for 35 days."""

    def due_cases(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return refs of cases whose due_at is at or before `now`, half oldest and half newest first."""

    def armed_cases(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return refs of open cases with match_at at or before `now`, smallest sort key first."""

    def armed_agents(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Return ids of agents with match_at at or before `now`, armed longest first."""

    def stale_cases(self, *, epoch: int, limit: int) -> Sequence[str]:
        """Return refs of open cases last decided before `epoch`, oldest policy first."""

    def commit(self, commit: Commit) -> bool:
        """Write all of it; False (and nothing written) when somebody else was first.

        The gates: every CaseChange finds its row at `expected` (or absent for 0), and neither the row nor the
        policy in force is of a later epoch; the events of every other stream follow its last one; the inbox
        key is new; the policy's epoch is the highest. After False the transaction is as it was: read again,
        decide again.

        Idempotent parts, where what is there stays: points, bodies by ref, messages by dedupe key, thread
        keys (but `own` replaces `claim`). Agents and parties that are only named get a row. Loads are counted
        from the seats. A message changes to the state of its delivery only when that is of a higher rank
        (DELIVERY_RANK), and then is done with: it is not sent again.

        Raises InvalidValue, and writes nothing, for what no race explains: gaps in a stream, events of a case
        without its CaseChange or a version that is not the seq of its last event, a seat that is taken (or
        whose case the commit does not change), a case that is only named and not stored, a message without a
        dedupe key, parties merged in a circle.
        """


class Store(Protocol):
    """Keeps desks (tenants) apart by name; safe to share between threads."""

    def transaction(self, desk: str, *, connection: Any = None) -> AbstractContextManager[Transaction]:
        """Begin a transaction, inside the host's `connection` when one is given."""

    def reader(self, desk: str) -> AbstractContextManager[Reader]:
        """Begin a read of one consistent state, which neither waits for writers nor holds them up."""

    def sync_agents(self, desk: str, agents: Sequence[Agent]) -> None:
        """Make a row for every agent that has none; those present already keep presence and load.

        A new agent who is available is armed at once (match_at in 1970, due under any clock).
        """

    def park(self, desk: str, case: str, *, until: datetime | None) -> int:
        """Count a failure, keep `tick` away from the case until then (None: for good), return the count."""

    def claim_outbox(self, desk: str, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Delivery]:
        """Lease the heads of the outbox streams that may be sent now, each with a token.

        Messages past their valid_until become `expired`, erased ones `skipped`; then the next is the head.
        """

    def complete(
        self,
        desk: str,
        delivery: Delivery,
        *,
        state: str,
        provider_id: str | None = None,
        next_at: datetime | None = None,
        reason: str | None = None,
    ) -> bool:
        """Record what became of a claimed message; False when the lease has passed to somebody else.

        `state` pending keeps its place in the stream and tries again at `next_at` (None: at once); sent,
        delivered, read, failed, expired and skipped let the next one go. What a provider said meanwhile (see
        `Commit.deliveries`) stays when it is of a higher rank; only the provider's id is added.
        """

    def erase(self, desk: str, party: str) -> int:
        """Erase the texts kept under a party and those merged into it; return how many there were.

        With them go the points that lead to the party, the addresses of its messages and what providers said
        of them; messages not sent yet are skipped. The party's ref, its cases and their events stay, and the
        rows say when it was. `Commit.erased` does the same within a commit, after everything else in it.
        """

    def close(self) -> None:
        """Let go of connections."""
