"""The embedded store: one SQLite file."""

from __future__ import annotations

import os
import weakref

from sqlalchemy import URL, Engine, QueuePool, create_engine

from supportkit.storage._limits import Clock
from supportkit.storage.sql.store import SqlStore

__all__ = ["SqliteStore"]

# Long enough for a statement, short enough that waiting is done by us, with jitter.
_DRIVER_TIMEOUT = 0.05


class SqliteStore(SqlStore):
    """Keeps desks in one SQLite file, made when it is not there; safe to share between threads.

    Everything that `SqlStore` says holds here: a local disk, one writer at a time, durable commits, no use
    after a fork. Several processes may have the same file open. Raises StoreError when the file cannot be
    opened, SchemaMismatch when it was written by newer code.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from supportkit.ports import Commit
    >>> with TemporaryDirectory() as folder:
    ...     store = SqliteStore(Path(folder) / "desk.db")
    ...     with store.transaction("consumer") as transaction:
    ...         transaction.commit(Commit())
    ...     store.close()
    True
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock | None = None) -> None:
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=os.fspath(path)),
            connect_args={"check_same_thread": False, "isolation_level": None, "timeout": _DRIVER_TIMEOUT},
            poolclass=QueuePool,
            max_overflow=-1,
        )
        weakref.finalize(self, _let_go, engine, os.getpid())
        super().__init__(engine, clock=clock)

    def close(self) -> None:
        """Close the file; using the store again opens it again."""
        self._engine.dispose()


def _let_go(engine: Engine, pid: int) -> None:
    # Closing a file that was opened before a fork would touch the parent's locks.
    engine.dispose(close=os.getpid() == pid)
