"""Desks in memory: `MemoryStore`; `tables` holds the rows, `writer` the commit, `outbox` the sending."""

from supportkit.storage.memory.store import MemoryStore

__all__ = ["MemoryStore"]
