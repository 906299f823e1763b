"""The columns of the rule index: for the value of one fact, the rows that it leaves standing.

Rows are the bits of an integer. Each column answers with two of them: the rows that are not false by it, and
among these the rows in doubt, whose atom is unknown or in error for this value or must be evaluated.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

from attrs import evolve

from supportkit.rules._atoms import Atom, equal_key
from supportkit.rules._keyword_index import KeywordIndex
from supportkit.rules._needle_index import NeedleIndex
from supportkit.rules._values import Recorded
from supportkit.rules.truth import Truth

__all__ = ["COLUMNS", "Answer", "Column", "Placed", "bits", "mask_of"]

Placed: TypeAlias = list[tuple[int, Atom]]
Answer: TypeAlias = tuple[int, int]

_MEMORY: Final = 16 * 2**20
"""Bytes that the masks of one range column may take; beyond, masks in between are worked out."""


def mask_of(rows: Iterable[int]) -> int:
    """Return the integer whose bits are these rows."""
    rows = list(rows)
    if not rows:
        return 0
    octets = bytearray(max(rows) // 8 + 1)
    for row in rows:
        octets[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(octets, "little")


def bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, the lowest first."""
    if mask.bit_count() > 64:  # taking the lowest bit off a long number again and again is quadratic
        text = bin(mask)[:1:-1]
        place = text.find("1")
        while place >= 0:
            yield place
            place = text.find("1", place + 1)
        return
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Column:
    """The atoms of one form on one fact; `everything` has all rows set."""

    def __init__(self, placed: Placed, everything: int) -> None:
        self._placed = placed
        self._everything = everything
        self._atoms = mask_of(row for row, _ in placed)
        self._complete: dict[str, bool] = {}
        self.absent: Answer = (
            everything & ~self._rows_with(lambda atom: atom.on_absent is Truth.FALSE),
            self._rows_with(lambda atom: atom.on_absent in {Truth.UNKNOWN, Truth.ERROR}),
        )
        self.unreadable: Answer = (everything, self._atoms)

    def _rows_with(self, fits: Callable[[Atom], bool]) -> int:
        return mask_of(row for row, atom in self._placed if fits(atom))

    def _wanting(self, placed: Iterable[tuple[int, Atom]], key: Callable[[Any], Any]) -> dict[Any, Answer]:
        """Return for each thing that is wanted the rows that want it and those that want it away."""
        rows: dict[Any, tuple[list[int], list[int]]] = {}
        for row, atom in placed:
            for one in atom.wanted:
                rows.setdefault(key(one), ([], []))[not atom.positive].append(row)
        return {one: (mask_of(wanting), mask_of(refusing)) for one, (wanting, refusing) in rows.items()}

    @cached_property
    def _standing(self) -> int:
        """The rows that stand when nothing that is wanted is found."""
        return self._everything & ~self._rows_with(lambda atom: atom.positive)

    def _found(self, answers: Iterable[Answer]) -> int:
        standing, refused = self._standing, 0
        for wanting, refusing in answers:
            standing |= wanting
            if refusing:
                refused |= refusing
        return standing & ~refused if refused else standing

    @property
    def texts(self) -> tuple[Mapping[str, int], int] | None:
        """The rows left standing by each text and by any other one, where texts leave no doubt."""
        return None

    def at(self, kind: str, value: Any) -> Answer:
        """Return the rows left standing by a value that is there, and those in doubt."""
        raise NotImplementedError

    def recorded(self, text: Recorded) -> Answer:
        """Return the same for a text that is no longer there, by what its leaves were worth."""
        leaves = self._by_leaf
        if not self._all_asked(text, leaves):
            return self.unreadable
        found = self._found(leaves[key] for key in text.true if key in leaves)
        doubt = self._keyless
        for key in text.error | text.cut:
            wanting, refusing = leaves.get(key, (0, 0))
            doubt |= wanting | refusing
        return found | doubt, doubt

    @cached_property
    def _keyless(self) -> int:
        return self._rows_with(lambda atom: not atom.leaves)

    @cached_property
    def _by_leaf(self) -> dict[str, Answer]:
        placed = [(row, evolve(atom, wanted=atom.leaves)) for row, atom in self._placed]
        return self._wanting(placed, lambda key: key())

    def _all_asked(self, text: Recorded, leaves: Mapping[str, Answer]) -> bool:
        if not text.asked:
            return not leaves
        known = self._complete.get(text.scanned)
        if known is None:
            known = self._complete[text.scanned] = leaves.keys() <= text.asked
        return known


class Equal(Column):
    """Facts that equal one of some values, or none of them."""

    def __init__(self, placed: Placed, everything: int) -> None:
        super().__init__(placed, everything)
        self._tables = {kind: self._table(kind) for kind in {atom.kind for _, atom in placed}}

    def _table(self, kind: str) -> tuple[dict[Any, int], int, int]:
        """Return the rows left standing by each value, by any other value, and the rows of other kinds."""
        alike = [(row, atom) for row, atom in self._placed if atom.kind == kind]
        standing = self._everything & ~mask_of(row for row, atom in alike if atom.positive)
        answers = self._wanting(alike, lambda key: key)
        table = {key: (standing | wanting) & ~refusing for key, (wanting, refusing) in answers.items()}
        return table, standing, self._rows_with(lambda atom: atom.kind != kind)

    @property
    def texts(self) -> tuple[Mapping[str, int], int] | None:
        """The table of texts, when all atoms are of this kind."""
        table, standing, doubt = self._tables.get("text", ({}, 0, 1))
        return None if doubt else (table, standing)

    def at(self, kind: str, value: Any) -> Answer:
        """Look the value up."""
        found = self._tables.get(kind)
        if found is None:
            return self.unreadable
        table, standing, doubt = found
        key = value if kind == "text" else equal_key(kind, value)
        if key is None:
            return self.unreadable
        return table.get(key, standing), doubt


class Range(Column):
    """Facts between limits."""

    def __init__(self, placed: Placed, everything: int) -> None:
        super().__init__(placed, everything)
        self._scales = {kind: self._scale(kind) for kind in {atom.kind for _, atom in placed}}

    def _scale(self, kind: str) -> tuple[Scale, int]:
        alike = [(row, atom) for row, atom in self._placed if atom.kind == kind]
        return Scale(alike, self._everything), self._rows_with(lambda atom: atom.kind != kind)

    def at(self, kind: str, value: Any) -> Answer:
        """Find the value among the limits."""
        found = self._scales.get(kind)
        key = equal_key(kind, value)
        if found is None or key is None:
            return self.unreadable
        scale, doubt = found
        return scale.at(key), doubt


class Scale:
    """The limits of one kind in order; region 2i lies below limit i, above the one before; 2i + 1 is it."""

    def __init__(self, placed: Placed, everything: int) -> None:
        self._limits = sorted({limit for _, atom in placed for limit, _, _ in atom.wanted})
        last = 2 * len(self._limits) + 1
        turns: list[list[int]] = [[] for _ in range(last)]
        standing = everything & ~mask_of(row for row, _ in placed)
        inside: dict[int, list[tuple[int, int]]] = {}
        for row, atom in placed:
            spans = self._spans(atom, last)
            inside[row] = spans if row not in inside else list(_common(inside[row], spans))
        for row, spans in inside.items():
            for start, stop in spans:
                turns[start].append(row)
                if stop < last:
                    turns[stop].append(row)
        self._turns = turns
        self._every = max(1, last * (everything.bit_length() // 8 + 32) // _MEMORY)
        self._masks: list[int] = []
        for region, rows in enumerate(turns):
            standing ^= mask_of(rows)
            if region % self._every == 0:
                self._masks.append(standing)

    def _spans(self, atom: Atom, last: int) -> list[tuple[int, int]]:
        """Return the regions, half-open, in which the atom holds."""
        start, stop = 0, last
        for limit, inside, is_upper in atom.wanted:
            place = 2 * bisect_left(self._limits, limit) + 1
            if is_upper:
                stop = place + inside
            else:
                start = place + (not inside)
        spans = [(start, stop)] if start < stop else []
        if atom.positive:
            return spans
        edges = [0, *(edge for span in spans for edge in span), last]
        return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]

    def at(self, value: Any) -> int:
        """Return the rows that hold at the value."""
        limits = self._limits
        place = bisect_left(limits, value)
        region = 2 * place + (place < len(limits) and limits[place] == value)
        block, beyond = divmod(region, self._every)
        mask = self._masks[block]
        for turned in self._turns[region - beyond + 1 : region + 1] if beyond else ():
            for row in turned:
                mask ^= 1 << row
        return mask


def _common(ones: list[tuple[int, int]], others: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, stop in ones:
        for low, high in others:
            if max(start, low) < min(stop, high):
                yield max(start, low), min(stop, high)


class Words(Column):
    """Texts in which words of keyword sets stand."""

    def __init__(self, placed: Placed, everything: int) -> None:
        super().__init__(placed, everything)
        answers = self._wanting(placed, lambda keyword_set: keyword_set)
        self._index = KeywordIndex(list(answers))
        self._answers = list(answers.values())

    def at(self, kind: str, value: Any) -> Answer:
        """Search the text once for all sets."""
        if kind != "text" or self._index.cuts(value):
            return self.unreadable
        return self._found([self._answers[place] for place in bits(self._index.hits(value))]), 0


class Holds(Column):
    """Texts that hold a text, lists that hold an element."""

    def __init__(self, placed: Placed, everything: int) -> None:
        super().__init__(placed, everything)
        self._answers = self._wanting(placed, lambda needle: needle)
        self._needles = NeedleIndex(self._answers)

    def at(self, kind: str, value: Any) -> Answer:
        """Search the text once for all needles, or look each element up."""
        answers = self._answers
        if kind == "text":
            return self._found(answers[needle] for needle in self._needles.found(value)), 0
        if kind == "list" and all(type(element) is str or element is None for element in value):
            return self._found(answers[element] for element in value if element in answers), 0
        return self.unreadable


class Present(Column):
    """Facts that are there, or not."""

    def __init__(self, placed: Placed, everything: int) -> None:
        super().__init__(placed, everything)
        self.absent = (everything & ~self._rows_with(lambda atom: atom.positive), 0)
        self._there = (everything & ~self._rows_with(lambda atom: not atom.positive), 0)

    def at(self, kind: str, value: Any) -> Answer:  # noqa: ARG002 -- it is there, whatever it is
        """Return the rows that want it there."""
        return self._there

    def recorded(self, text: Recorded) -> Answer:  # noqa: ARG002 -- as above
        """Return the rows that want it there."""
        return self._there


COLUMNS: Final[Mapping[str, type[Column]]] = {
    "equal": Equal,
    "range": Range,
    "words": Words,
    "holds": Holds,
    "present": Present,
}
