"""Waiting lines: what waits with the same requirements, in the order in which it is taken."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from supportkit.routing.demand import Demand

__all__ = ["Line"]

_SLACK = 64


class Line:
    """Items that anybody who may have one of them may have; a heap from which nothing is taken but its head.

    What leaves from the middle stays in the heap until it comes to the head or is half of it. `demand` is
    that of any item in it; `mask` and `epoch` are the roster's, who may have them and since when that holds.
    """

    __slots__ = ("_heap", "_live", "demand", "epoch", "mask")

    def __init__(self, demand: Demand) -> None:
        self._heap: list[tuple[Any, ...]] = []
        self._live: dict[str, tuple[Any, ...]] = {}
        self.demand, self.mask, self.epoch = demand, 0, -1

    def __len__(self) -> int:
        return len(self._live)

    def push(self, place: tuple[Any, ...]) -> None:
        """Add an item by its `position`."""
        self._live[place[-1]] = place
        heapq.heappush(self._heap, place)

    def pop(self) -> tuple[Any, ...]:
        """Take the first away and return its position; there must be one."""
        live = self._live
        while True:
            place = heapq.heappop(self._heap)
            if live.pop(place[-1], None) is not None:
                return place

    def remove(self, name: str) -> None:
        """Take an item out, wherever it stands."""
        del self._live[name]
        if len(self._heap) > 2 * len(self._live) + _SLACK:
            self._heap = sorted(self._live.values())

    def first(self, seen: Callable[[str], bool] | None = None) -> tuple[Any, ...] | None:
        """Return the position of the first item, of those that are `seen` where not all are."""
        if seen is not None:
            return next((place for place in self._in_order() if seen(place[-1])), None)
        heap, live = self._heap, self._live
        while heap and heap[0][-1] not in live:
            heapq.heappop(heap)
        return heap[0] if heap else None

    def _in_order(self) -> Iterator[tuple[Any, ...]]:
        return iter(sorted(self._live.values()))
