"""Where decisions are kept: in memory, in one SQLite file, or in the host's own database.

`memory` holds `MemoryStore`; `sql` holds `SqliteStore`, `SqlStore` and the schema steps (extra `sql`).
All three fulfil `supportkit.ports.Store`. SQLAlchemy is loaded when an SQL store is first named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from supportkit.errors import missing_extra
from supportkit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from supportkit.storage.sql import SqliteStore, SqlStore

__all__ = ["MemoryStore", "SqlStore", "SqliteStore"]


def __getattr__(name: str) -> Any:
    if name not in {"SqlStore", "SqliteStore"}:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    try:
        sql = import_module("supportkit.storage.sql")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise missing_extra("sql", what=name) from error
    return getattr(sql, name)
