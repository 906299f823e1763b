"""How statements reach SQLite: one cursor, waits with jitter, and errors that say the way out.

Statements go to the database's own driver, not through SQLAlchemy's: a commit is a dozen statements, and
each would cost ten times as much. SQLAlchemy still owns engines, pools, the host's transactions and
savepoints.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from supportkit.errors import InvalidValue, RetryTransaction, StoreError, SupportkitError

__all__ = ["OLDEST_SQLITE", "Sql", "check_engine", "host_driver", "patiently", "told_by_sqlalchemy"]

# STRICT tables and RETURNING.
OLDEST_SQLITE = (3, 37, 0)

T = TypeVar("T")
_BUSY = sqlite3.SQLITE_BUSY
_NOBODY = "UPDATE sk_desk SET name = name WHERE desk = -1"


class Sql:
    """The open transaction of one database connection."""

    __slots__ = ("_cursor", "_failed", "_host")

    def __init__(self, driver: sqlite3.Connection, *, host: bool = False) -> None:
        self._cursor = driver.cursor()
        # A host may have set a row factory of its own on the connection.
        self._cursor.row_factory = None
        self._host = host
        self._failed = False

    def all(self, text: str, *values: Any) -> list[Any]:
        """Run a statement and return its rows."""
        try:
            return self._cursor.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from error

    def one(self, text: str, *values: Any) -> Any:
        """Run a statement and return its first row, or None."""
        try:
            rows = self._cursor.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise self._told(error) from error
        return rows[0] if rows else None

    def run(self, text: str, *values: Any) -> int:
        """Run a statement and return the number of rows it changed."""
        try:
            return self._cursor.execute(text, values).rowcount
        except sqlite3.Error as error:
            raise self._told(error) from error

    def insert(self, text: str, *values: Any) -> int:
        """Run an INSERT and return the number of the row it made."""
        self.run(text, *values)
        return self._cursor.lastrowid or 0

    def many(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        try:
            self._cursor.executemany(text, rows)
        except sqlite3.Error as error:
            raise self._told(error) from error

    def close(self) -> None:
        """End it: whoever still holds on to it gets StoreError, not somebody else's transaction."""
        self._cursor.close()

    def take_write_lock(self) -> None:
        """Become the writer now, so that what is read from here on cannot change underneath."""
        self.run(_NOBODY)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Doom the whole transaction when something goes wrong between one write and the next."""
        try:
            yield
        except BaseException:
            self._failed = True
            raise

    def check(self) -> None:
        """Raise StoreError for a doomed transaction, so that half a commit is never kept."""
        if self._failed:
            raise StoreError("something went wrong while this transaction wrote, so nothing of it is kept")

    def _told(self, error: sqlite3.Error) -> SupportkitError:
        return _told(error, host=self._host)


def _told(error: BaseException, *, host: bool) -> SupportkitError:
    if host and _is_busy(error):
        return RetryTransaction(
            f"somebody else is writing ({error}); roll the transaction back and run it again, "
            "and begin it with BEGIN IMMEDIATE: one that reads first and writes later fails at once",
        )
    return StoreError(f"the database refused: {error}")


@contextmanager
def told_by_sqlalchemy(*, host: bool = False) -> Iterator[None]:
    """Turn the errors of SQLAlchemy's own calls into ours."""
    try:
        yield
    except DBAPIError as error:
        raise _told(error.orig or error, host=host) from error


def patiently(attempt: Callable[[], T], *, seconds: float) -> T:
    """Try until the database is not busy, waiting a random little while in between.

    Raises StoreError after `seconds`, and for any other fault of the database.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except sqlite3.Error as error:
            if not _is_busy(error):
                raise StoreError(f"the database refused: {error}") from error
            if time.monotonic() >= deadline:
                message = f"another process has held the database for {seconds:g} s; try again later"
                raise StoreError(message) from error
        time.sleep(random.uniform(0.0005, 0.01))  # noqa: S311 - jitter, so that waiters do not march in step


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == _BUSY


def check_engine(engine: Engine, *, schema: str | None) -> None:
    """Raise StoreError or InvalidValue unless this is a database that the store is built for."""
    if not isinstance(engine, Engine):
        raise InvalidValue(
            f"engine={engine!r} is no sqlalchemy.Engine; make one with sqlalchemy.create_engine()"
        )
    name = engine.dialect.name
    if (name, engine.dialect.driver) != ("sqlite", "pysqlite"):
        raise StoreError(
            f"a store on {name} ({engine.dialect.driver}) is not built yet; SQLite through the standard "
            "library's sqlite3 is: SqliteStore(path), or SqlStore with an engine for sqlite:///path",
        )
    if schema is not None:
        raise StoreError(f"schema={schema!r}: SQLite has no schemas; leave it out")
    if engine.url.database in {None, "", ":memory:"}:
        raise StoreError("an SQLite database in memory cannot be shared between threads; use MemoryStore()")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise StoreError(f"this Python brings SQLite {sqlite3.sqlite_version}; the store needs {oldest}")


def host_driver(connection: Connection) -> sqlite3.Connection:
    """Return the driver's connection under a host's, with the host's transaction begun.

    Where the host has begun one for SQLAlchemy only (the driver waits for the first change), it is begun
    IMMEDIATE here, and the host's commit or rollback ends it. Raises StoreError for a connection that has
    no transaction to join, RetryTransaction when somebody else is writing.
    """
    if not isinstance(connection, Connection):
        raise InvalidValue(
            f"connection={connection!r} is no sqlalchemy.Connection; a Session has session.connection()",
        )
    if not connection.in_transaction():
        with told_by_sqlalchemy(host=True):
            connection.exec_driver_sql("SELECT 1")
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        raise StoreError(f"a store on {connection.dialect.name} is not built yet; this one is for SQLite")
    if not driver.in_transaction:
        options = connection.get_execution_options()
        if driver.isolation_level is None or options.get("isolation_level") == "AUTOCOMMIT":
            raise StoreError(
                "the connection commits each statement by itself; begin a transaction with BEGIN IMMEDIATE"
            )
        Sql(driver, host=True).run("BEGIN IMMEDIATE")
    return driver
