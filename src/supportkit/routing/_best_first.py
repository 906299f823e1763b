"""Agents, the best ranked first, in blocks that each know their members as a mask."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any

__all__ = ["BestFirst", "bits_of"]

_FULL = 128
_FEW = 8
_Key = tuple[Any, ...]


def bits_of(mask: int) -> Iterator[int]:
    """Yield the indices of the bits that are set, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class BestFirst:
    """A sorted set of keys, each ending in the index of its agent, at most one key an agent.

    The first of a mask is found by a look at few blocks. Masks are never hashed: that costs as much as all
    the rest.
    """

    __slots__ = ("_blocks", "_keys", "_masks", "_tops")

    def __init__(self) -> None:
        self._blocks: list[list[_Key]] = []
        self._masks: list[int] = []
        self._tops: list[_Key] = []
        self._keys: dict[int, _Key] = {}

    def set(self, key: _Key, bit: int) -> None:
        """Put the agent of the index and this bit at the place of the key, and nowhere else."""
        index = key[-1]
        old = self._keys.get(index)
        if old == key:
            return
        if old is not None:
            self._discard(old, bit)
        self._keys[index] = key
        self._add(key, bit)

    def first(self, mask: int) -> int:
        """Return the index of the best one in the mask, of whom at least one must be here."""
        for number, own in enumerate(self._masks):
            if found := mask & own:
                return self._first_of(found, number)
        raise LookupError("none of the mask is ranked")

    def _first_of(self, found: int, number: int) -> int:
        many = found.bit_count()
        if many == 1:
            return found.bit_length() - 1
        if many > _FEW:
            return next(int(key[-1]) for key in self._blocks[number] if found >> key[-1] & 1)
        return min(bits_of(found), key=self._keys.__getitem__)

    def _add(self, key: _Key, bit: int) -> None:
        tops = self._tops
        if not tops:
            self._blocks, self._masks, self._tops = [[key]], [bit], [key]
            return
        at = bisect_left(tops, key)
        if at == len(tops):
            at -= 1
            tops[at] = key
        block = self._blocks[at]
        insort(block, key)
        self._masks[at] |= bit
        if len(block) > _FULL:
            self._split(at)

    def _discard(self, key: _Key, bit: int) -> None:
        at = bisect_left(self._tops, key)
        block = self._blocks[at]
        del block[bisect_left(block, key)]
        self._masks[at] ^= bit
        if not block:
            del self._blocks[at], self._masks[at], self._tops[at]
        elif self._tops[at] == key:
            self._tops[at] = block[-1]

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        halves = block[: len(block) // 2], block[len(block) // 2 :]
        self._blocks[at : at + 1] = halves
        self._tops[at : at + 1] = [half[-1] for half in halves]
        self._masks[at : at + 1] = [sum(1 << key[-1] for key in half) for half in halves]
