"""The store in memory: for tests, simulations and trying things out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from supportkit.cases import Agent, utc
from supportkit.errors import InvalidValue, StoreError
from supportkit.ports import AgentRow, Delivery
from supportkit.storage._limits import OLDEST, PARKED_FAILS, Clock, system_clock
from supportkit.storage.memory import outbox
from supportkit.storage.memory.erasure import erase
from supportkit.storage.memory.reader import MemoryReader
from supportkit.storage.memory.tables import Shelf
from supportkit.storage.memory.transaction import MemoryTransaction

__all__ = ["MemoryStore"]


class MemoryStore:
    """Keeps desks in dictionaries: what the SQL stores do, without a file; gone with the process.

    Safe to share between threads. A desk has one writer at a time; readers see the last finished state and
    never wait. `clock` is for tests; without it the store's clock is the machine's.

    >>> from supportkit.ports import Commit, PartyChange, PointKey
    >>> store = MemoryStore()
    >>> ann = PointKey("email", "ann@example.com")
    >>> with store.transaction("consumer") as transaction:
    ...     transaction.commit(Commit(parties=[PartyChange(ref="c1", points=[ann])]))
    True
    >>> with store.transaction("consumer") as transaction:
    ...     transaction.claim_points([ann])[ann]
    'c1'
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock or system_clock
        self._shelves: dict[str, Shelf] = {}

    @contextmanager
    def transaction(self, desk: str, *, connection: Any = None) -> Iterator[MemoryTransaction]:
        """Begin a transaction as the only writer; leaving it without an exception keeps what was written.

        Raises StoreError for a `connection`, and for a transaction within another one of the same thread.
        """
        if connection is not None:
            raise StoreError("a store in memory cannot join a host's transaction; use SqlStore(engine)")
        with (
            self._writer(desk) as shelf,
            closing(MemoryTransaction(shelf, clock=self._clock)) as transaction,
        ):
            yield transaction

    @contextmanager
    def reader(self, desk: str) -> Iterator[MemoryReader]:
        """Read one consistent state for as long as the reader is open."""
        with self._shelf(desk).snapshot() as tables, closing(MemoryReader(tables)) as reader:
            yield reader

    def sync_agents(self, desk: str, agents: Sequence[Agent]) -> None:
        """Make a row for every agent that has none; those present already keep presence and load.

        A new agent who is available is armed at once, since work may be waiting for them.
        """
        with self._writer(desk) as shelf:
            for agent in agents:
                if agent.id not in shelf.tables.agents:
                    shelf.put("agents", agent.id, _new_agent(agent))

    def park(self, desk: str, case: str, *, until: datetime | None) -> int:
        """Count a failure of a case and keep `tick` away from it until then (None: for good)."""
        at = None if until is None else utc(until, name="until")
        with self._writer(desk) as shelf:
            row = shelf.tables.cases.get(case)
            if row is None:
                raise InvalidValue(f"desk {desk!r} has no case {case!r} to park")
            fails = row.fails + 1 if at else max(row.fails + 1, PARKED_FAILS)
            due, match = _later(row.due_at, at), _later(row.match_at, at)
            shelf.put("cases", case, evolve(row, fails=fails, due_at=due, match_at=match))
            for table, moved in (("due", due), ("armed", match)):
                if moved is None:
                    shelf.drop(table, case)
                else:
                    shelf.put(table, case, moved)
            return fails

    def claim_outbox(self, desk: str, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Delivery]:
        """Lease the heads of the outbox streams that may be sent now, each with a token."""
        with self._writer(desk) as shelf:
            return outbox.claim(shelf, now=now, limit=limit, lease=lease)

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
        """Record what became of a claimed message; False when the lease has passed to somebody else."""
        with self._writer(desk) as shelf:
            return outbox.complete(
                shelf, delivery, state=state, provider_id=provider_id, next_at=next_at, reason=reason
            )

    def erase(self, desk: str, party: str) -> int:
        """Erase the texts kept under a party and those merged into it; return how many there were.

        With them go the points that lead to the party and the addresses of its messages; messages not sent
        yet are skipped. The party's ref, its cases and their events stay.
        """
        with self._writer(desk) as shelf:
            return erase(shelf, party, at=utc(self._clock()))

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _shelf(self, desk: str) -> Shelf:
        return self._shelves.setdefault(desk, Shelf())

    @contextmanager
    def _writer(self, desk: str) -> Iterator[Shelf]:
        shelf, me = self._shelf(desk), threading.get_ident()
        if shelf.writer == me:
            raise StoreError(
                "this thread has a transaction open already; end it before beginning another one"
            )
        with shelf.writing:
            shelf.writer = me
            try:
                yield shelf
                shelf.keep()
            except BaseException:
                shelf.revert()
                raise
            finally:
                shelf.writer = None


def _new_agent(agent: Agent) -> AgentRow:
    return AgentRow(
        ref=agent.id,
        presence=agent.presence,
        idle_since=agent.idle_since,
        last_assigned=agent.last_assigned,
        match_at=OLDEST if agent.presence == "available" else None,
    )


def _later(at: datetime | None, until: datetime | None) -> datetime | None:
    return None if at is None or until is None else max(at, until)
