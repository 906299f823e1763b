"""Timers: one instant for each key, the earliest first."""

from __future__ import annotations

import heapq
from datetime import datetime

__all__ = ["Timers"]

_Key = tuple[str, str]


class Timers:
    """One heap for all instants; setting a key again replaces its instant, None takes it away."""

    __slots__ = ("_heap", "_set")

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, _Key]] = []
        self._set: dict[_Key, datetime] = {}

    def set(self, key: _Key, at: datetime | None) -> None:
        """Let the key be due at that instant."""
        if at is None:
            self._set.pop(key, None)
        elif self._set.get(key) != at:
            self._set[key] = at
            heapq.heappush(self._heap, (at, key))

    @property
    def first(self) -> datetime | None:
        """The earliest instant, None without any."""
        heap, known = self._heap, self._set
        while heap and known.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def due(self, at: datetime) -> list[_Key]:
        """Take away and return, in order, the keys that are due at that instant, the first there is."""
        keys = []
        while self.first == at:
            keys.append(heapq.heappop(self._heap)[1])
            del self._set[keys[-1]]
        return keys
