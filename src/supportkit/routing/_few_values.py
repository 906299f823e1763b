"""Agents by a value that few of them differ in, such as the work they have open."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

__all__ = ["FewValues"]


class FewValues:
    """For each value the mask of its agents, the smallest value first."""

    __slots__ = ("_masks", "_order", "_values")

    def __init__(self) -> None:
        self._masks: dict[Any, int] = {}
        self._order: list[Any] = []
        self._values: dict[int, Any] = {}

    def set(self, value: Any, index: int, bit: int) -> None:
        """Let the agent of this index and bit have the value, and no other."""
        old = self._values.get(index)
        if old is value or old == value:
            return
        masks = self._masks
        if old is not None:
            masks[old] ^= bit
            if not masks[old]:
                del masks[old], self._order[bisect_left(self._order, old)]
        self._values[index] = value
        if value not in masks:
            masks[value] = 0
            insort(self._order, value)
        masks[value] |= bit

    def best(self, mask: int) -> int:
        """Return those of the mask with the smallest value, of whom at least one must be here."""
        for value in self._order:
            if found := mask & self._masks[value]:
                return found
        raise LookupError("none of the mask is ranked")
