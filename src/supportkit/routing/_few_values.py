"""Agents by one number that few of them differ in, such as the work they have open."""

from __future__ import annotations

from typing import Any

__all__ = ["FewValues"]


class FewValues:
    """For each value the mask of its agents; of one value the lowest bit is the best.

    Takes and answers what `BestFirst` does, for keys (value, id, index) with indices in the order of the ids.
    """

    __slots__ = ("_masks", "_values")

    def __init__(self) -> None:
        self._masks: dict[Any, int] = {}
        self._values: dict[int, Any] = {}

    def set(self, key: tuple[Any, ...], bit: int) -> None:
        """Let the agent of the index and this bit have the value of the key."""
        value, masks = key[0], self._masks
        old = self._values.get(key[-1])
        if old == value:
            return
        if old is not None:
            masks[old] ^= bit
            if not masks[old]:
                del masks[old]
        self._values[key[-1]] = value
        masks[value] = masks.get(value, 0) | bit

    def first(self, mask: int) -> int:
        """Return the index of the best one in the mask, of whom at least one must be here."""
        for value in sorted(self._masks):
            if found := mask & self._masks[value]:
                return (found & -found).bit_length() - 1
        raise LookupError("none of the mask is ranked")
