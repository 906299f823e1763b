"""The store in a database that the host's SQLAlchemy engine leads to."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from supportkit.cases import Agent, utc
from supportkit.errors import InvalidValue, StoreError
from supportkit.ports import Delivery
from supportkit.storage._limits import OLDEST, PARKED_FAILS, Clock, system_clock
from supportkit.storage.sql import outbox
from supportkit.storage.sql.desks import DeskKey, find_desk, make_desk
from supportkit.storage.sql.erasure import erase
from supportkit.storage.sql.instants import maybe_micros, micros
from supportkit.storage.sql.reader import SqlReader
from supportkit.storage.sql.schema import pending, upgrade
from supportkit.storage.sql.sqlite import Sql, check_engine, host_driver, patiently, told_by_sqlalchemy
from supportkit.storage.sql.transaction import SqlTransaction

__all__ = ["SqlStore"]

_PATIENCE = 10.0


class SqlStore:
    """Keeps desks in the tables ``sk_*`` of the host's database; safe to share between threads.

    `engine` is the host's; SQLite only: PostgreSQL and `schema` are refused by name until they are built.
    Tables are made and brought up to date at once; the file is switched to write-ahead logging, and the
    connections that the store uses to synchronous=FULL: what was promised to a customer survives a power
    cut. The file must be on a local disk: network disks do not lock. There is one writer at a time, in the
    process by a lock and between processes by BEGIN IMMEDIATE. After a fork make a new store in the child.

    `clock` is for tests; the store's own is the machine's. Raises StoreError, or SchemaMismatch when the
    tables are newer than this code.
    """

    def __init__(self, engine: Engine, *, schema: str | None = None, clock: Clock | None = None) -> None:
        check_engine(engine, schema=schema)
        self._engine = engine
        self._clock = clock or system_clock
        self._writing = threading.Lock()
        self._writer: int | None = None
        self._pid = os.getpid()
        self._prepare()

    @contextmanager
    def transaction(self, desk: str, *, connection: Any = None) -> Iterator[SqlTransaction]:
        """Begin a transaction as the only writer; leaving it without an exception commits it.

        With the host's `connection` (a `sqlalchemy.Connection`) everything happens inside its transaction,
        behind a savepoint: an exception undoes what was done here, the host commits or rolls back. The host
        should begin IMMEDIATE; one that has read and then finds somebody else writing gets RetryTransaction.
        """
        joined = self._own() if connection is None else self._joined(connection)
        with joined as sql:
            yield SqlTransaction(sql, make_desk(sql, desk), clock=self._clock)

    @contextmanager
    def reader(self, desk: str) -> Iterator[SqlReader]:
        """Read one consistent state for as long as the reader is open; it neither waits nor is waited for."""
        with self._driver() as driver:
            driver.execute("BEGIN")
            try:
                with closing(Sql(driver)) as sql:
                    # This first read, not BEGIN, settles which state is seen.
                    yield SqlReader(sql, find_desk(sql, desk) or DeskKey(0))
            finally:
                driver.execute("ROLLBACK")

    def sync_agents(self, desk: str, agents: Sequence[Agent]) -> None:
        """Make a row for every agent that has none; those present already keep presence and load.

        A new agent who is available is armed at once, since work may be waiting for them.
        """
        rows = [
            (
                agent.id,
                agent.presence,
                maybe_micros(agent.idle_since),
                maybe_micros(agent.last_assigned),
                micros(OLDEST) if agent.presence == "available" else None,
            )
            for agent in agents
        ]
        with self._own() as sql:
            number = make_desk(sql, desk).number
            sql.many(
                """INSERT INTO sk_agent (desk, ref, presence, idle_since, last_assigned, match_at)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
                [(number, *row) for row in rows],
            )

    def park(self, desk: str, case: str, *, until: datetime | None) -> int:
        """Count a failure of a case and keep `tick` away from it until then (None: for good)."""
        at = None if until is None else micros(utc(until, name="until"))
        with self._own() as sql:
            rows = sql.all(
                """UPDATE sk_case SET fails = MAX(fails + 1, ?), due_at = MAX(due_at, ?),
                match_at = MAX(match_at, ?) WHERE desk = ? AND ref = ? RETURNING fails""",
                PARKED_FAILS if at is None else 0,
                at,
                at,
                make_desk(sql, desk).number,
                case,
            )
        if not rows:
            raise InvalidValue(f"desk {desk!r} has no case {case!r} to park")
        return int(rows[0][0])

    def claim_outbox(self, desk: str, *, now: datetime, limit: int, lease: timedelta) -> Sequence[Delivery]:
        """Lease the heads of the outbox streams that may be sent now, each with a token."""
        with self._own() as sql:
            return outbox.claim(sql, make_desk(sql, desk).number, now=now, limit=limit, lease=lease)

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
        with self._own() as sql:
            return outbox.complete(
                sql,
                make_desk(sql, desk).number,
                delivery,
                state=state,
                provider_id=provider_id,
                next_at=next_at,
                reason=reason,
            )

    def erase(self, desk: str, party: str) -> int:
        """Erase the texts kept under a party and those merged into it; return how many there were.

        With them go the points that lead to the party and the addresses of its messages; messages not sent
        yet are skipped. The party's ref, its cases and their events stay.
        """
        with self._own() as sql:
            return erase(sql, make_desk(sql, desk).number, party, at=micros(utc(self._clock())))

    def close(self) -> None:
        """Let go of connections; those of the host's engine are the host's."""

    def _prepare(self) -> None:
        with told_by_sqlalchemy(), self._engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            assert isinstance(driver, sqlite3.Connection)
            _settle(driver)
            mode = patiently(
                lambda: driver.execute("PRAGMA journal_mode = WAL").fetchone()[0], seconds=_PATIENCE
            )
            if mode != "wal":
                raise StoreError(
                    f"the database keeps no write-ahead log (journal_mode={mode}); put it on a local disk"
                )
            if pending(connection):
                _settle(driver)
                patiently(lambda: driver.execute("BEGIN IMMEDIATE"), seconds=_PATIENCE)
                upgrade(connection)
                connection.commit()

    @contextmanager
    def _driver(self) -> Iterator[sqlite3.Connection]:
        self._check_process()
        with told_by_sqlalchemy():
            pooled = self._engine.raw_connection()
        try:
            driver = pooled.dbapi_connection
            assert isinstance(driver, sqlite3.Connection)
            _settle(driver)
            if not pooled.info.get("supportkit"):
                patiently(lambda: driver.execute("PRAGMA synchronous = FULL"), seconds=_PATIENCE)
                # What is erased is overwritten in the file, too; not every build of SQLite does so by itself.
                patiently(lambda: driver.execute("PRAGMA secure_delete = ON"), seconds=_PATIENCE)
                pooled.info["supportkit"] = True
            yield driver
        finally:
            pooled.close()

    @contextmanager
    def _own(self) -> Iterator[Sql]:
        with self._one_writer(), self._driver() as driver:
            patiently(lambda: driver.execute("BEGIN IMMEDIATE"), seconds=_PATIENCE)
            try:
                with closing(Sql(driver)) as sql:
                    yield sql
                    sql.check()
                patiently(lambda: driver.execute("COMMIT"), seconds=_PATIENCE)
            except BaseException:
                _settle(driver)
                raise

    @contextmanager
    def _joined(self, connection: Connection) -> Iterator[Sql]:
        self._check_process()
        sql = Sql(host_driver(connection), host=True)
        with connection.begin_nested(), closing(sql):
            sql.take_write_lock()
            yield sql
            sql.check()

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise StoreError("this store was made before a fork; make a new one in the child")

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        me = threading.get_ident()
        if self._writer == me:
            raise StoreError(
                "this thread has a transaction open already; end it before beginning another one"
            )
        if not self._writing.acquire(timeout=_PATIENCE):
            raise StoreError(
                f"another thread has held the store for {_PATIENCE:g} s; end transactions quickly"
            )
        self._writer = me
        try:
            yield
        finally:
            self._writer = None
            self._writing.release()


def _settle(driver: sqlite3.Connection) -> None:
    """End what an engine's own settings may have begun on the connection."""
    if driver.in_transaction:
        driver.execute("ROLLBACK")
