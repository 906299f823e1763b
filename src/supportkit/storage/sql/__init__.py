"""Desks in SQL tables, through SQLAlchemy (extra `sql`).

`SqliteStore` keeps one file, `SqlStore` uses the host's engine and joins its transactions; `schema` holds
the numbered steps that make the tables (`upgrade`, `current`, `pending`).
"""

from supportkit.storage.sql.schema import current, pending, upgrade
from supportkit.storage.sql.sqlite_store import SqliteStore
from supportkit.storage.sql.store import SqlStore

__all__ = ["SqlStore", "SqliteStore", "current", "pending", "upgrade"]
