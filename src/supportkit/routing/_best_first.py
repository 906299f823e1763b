"""Agents, the best ranked first, in blocks that each know their members as a mask."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

__all__ = ["BestFirst"]

_FULL = 128


class BestFirst:
    """A sorted set of (key, index); the first of a mask is found by a look at few blocks."""

    __slots__ = ("_blocks", "_masks", "_tops")

    def __init__(self) -> None:
        self._blocks: list[list[Any]] = []
        self._masks: list[int] = []
        self._tops: list[Any] = []

    def add(self, entry: tuple[Any, ...]) -> None:
        """Add an entry, its index at the end."""
        if not self._blocks:
            self._blocks.append([])
            self._masks.append(0)
            self._tops.append(entry)
        at = min(bisect_left(self._tops, entry), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, entry)
        self._masks[at] |= 1 << entry[-1]
        self._tops[at] = block[-1]
        if len(block) > _FULL:
            self._split(at)

    def discard(self, entry: tuple[Any, ...]) -> None:
        """Take an entry out; it must be there."""
        at = bisect_left(self._tops, entry)
        block = self._blocks[at]
        del block[bisect_left(block, entry)]
        self._masks[at] ^= 1 << entry[-1]
        if block:
            self._tops[at] = block[-1]
        else:
            del self._blocks[at], self._masks[at], self._tops[at]

    def first(self, mask: int) -> int:
        """Return the index of the best one in the mask, of whom at least one must be here."""
        for block, own in zip(self._blocks, self._masks, strict=True):
            if found := mask & own:
                return next(int(entry[-1]) for entry in block if found >> entry[-1] & 1)
        raise LookupError("none of the mask is ranked")

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        halves = block[: len(block) // 2], block[len(block) // 2 :]
        self._blocks[at : at + 1] = halves
        self._tops[at : at + 1] = [half[-1] for half in halves]
        self._masks[at : at + 1] = [sum(1 << entry[-1] for entry in half) for half in halves]
