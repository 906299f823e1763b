"""Finds many needles at once in a folded text, by first word where they can only begin one, else by letter.

Needles that begin alike are kept sorted. The greatest one that is not above what stands in the text, or one
that it begins with, is the longest that can stand there; shorter ones are its own beginnings. So a place
costs one binary search and the needles nested in each other, whatever the number of needles.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final, Generic, TypeAlias, TypeVar

from attrs import frozen

from supportkit.rules._folding import Folded, bound_word
from supportkit.rules._keyword_scan import Reading, pieces

__all__ = ["Needle", "Needles"]

P = TypeVar("P")
_MANY: Final = 2_000
"""With more first words than that, most texts hold so many that all their words are walked over anyway."""
_FEW_WORDS: Final = 10
_FEW: Final = 4
"""Up to so many words, with up to so many needles each, are looked for one by one."""


@frozen
class Needle:
    """A folded phrase, and whether its left and right side must not lie inside a word."""

    text: str
    left: bool
    right: bool

    def path(self) -> list[str]:
        """The whole words that it begins with, where it can begin at a word and nowhere else, else none."""
        words = pieces(self.text)
        if not (self.right and words[-1]):
            words.pop()
        return words if self.left and words and words[0] else []


_End: TypeAlias = tuple[bool, bool, P]
"""Whether the left and the right neighbour matter, and what the caller wants to hear."""


class _Group(Generic[P]):
    """Needles that begin alike, sorted; `shorter` tells of each the longest other that it begins with."""

    __slots__ = ("ends", "longest", "shorter", "texts")

    def __init__(self, needles: Iterable[tuple[Needle, P]]) -> None:
        ends: dict[str, list[_End[P]]] = {}
        for needle, payload in needles:
            left = needle.left and bound_word(needle.text[0])
            right = needle.right and bound_word(needle.text[-1])
            ends.setdefault(needle.text, []).append((left, right, payload))
        self.texts = sorted(ends)
        self.ends = [ends[text] for text in self.texts]
        self.shorter = list(_shorter(self.texts))
        self.longest = max(map(len, self.texts))

    def spans(self, folded: Folded, start: int) -> list[tuple[int, int, P]]:
        """Return what begins at a place of the folded text, as spans of the original."""
        text, texts, found = folded.text, self.texts, []
        place = bisect_right(texts, text[start : start + self.longest]) - 1
        while place >= 0:
            if text.startswith(texts[place], start):
                end = start + len(texts[place])
                for left, right, payload in self.ends[place]:
                    if left and start and bound_word(text[start - 1]):
                        continue
                    if right and end < len(text) and bound_word(text[end]):
                        continue
                    span = folded.span(start, end)
                    if span is not None:
                        found.append((*span, payload))
            place = self.shorter[place]
        return found


def _shorter(texts: list[str]) -> Iterator[int]:
    nested: list[int] = []
    for place, text in enumerate(texts):
        while nested and not text.startswith(texts[nested[-1]]):
            nested.pop()
        yield nested[-1] if nested else -1
        nested.append(place)


class _Node(Generic[P]):
    """Words that needles begin with: which needles they make up to here, and which words may follow."""

    __slots__ = ("after", "ends", "whole")

    def __init__(self) -> None:
        self.ends: list[tuple[str, int, bool, P]] | None = None
        self.whole: P | None = None
        self.after: dict[str, _Node[P]] | None = None


class Needles(Generic[P]):
    """Needles of one folding, each with what the caller wants to hear when it is found."""

    def __init__(self, payloads: Mapping[Needle, P]) -> None:
        self._words: dict[str, _Node[P]] = {}
        self._few: dict[str, list[tuple[str, int, bool, P]]] = {}
        characters: dict[str, list[tuple[Needle, P]]] = {}
        for needle, payload in payloads.items():
            path = needle.path()
            if path:
                self._place(path, needle, payload)
            else:
                characters.setdefault(needle.text[0], []).append((needle, payload))
        self._few = {word: ends for word, ends in self._few.items() if len(ends) <= _FEW}
        self._firsts = frozenset(self._words)
        self._whole = {word: node.whole for word, node in self._words.items() if node.whole is not None}
        self._longer = frozenset(word for word, node in self._words.items() if node.after or node.ends)
        self._characters = {first: _Group(each) for first, each in characters.items()}
        self._pattern = re.compile(f"[{re.escape(''.join(characters))}]") if characters else None

    def _place(self, path: list[str], needle: Needle, payload: P) -> None:
        node = self._words.setdefault(path[0], _Node())
        for word in path[1:]:
            if node.after is None:
                node.after = {}
            node = node.after.setdefault(word, _Node())
        end = needle.text, len(needle.text), needle.right and bound_word(needle.text[-1]), payload
        self._few.setdefault(path[0], []).append(end)
        if path == [needle.text]:
            node.whole = payload
        elif node.ends is None:
            node.ends = [end]
        else:
            node.ends.append(end)

    def spans(self, reading: Reading) -> Iterable[tuple[int, int, P]]:
        """Return the original spans of everything that passes its boundaries, in no order."""
        if len(self._firsts) > _MANY:
            found = self._at_words(reading, self._firsts)
        else:
            hits = self._firsts.intersection(reading.words)
            found = self._at_words(reading, hits) if hits else []
        if self._pattern is not None:
            found.extend(self._at_characters(reading))
        return found

    def present(self, reading: Reading) -> Iterator[P]:
        """Yield for everything that is found what the caller wants to hear, some of it several times."""
        hits = self._firsts.intersection(reading.words) if self._firsts else self._firsts
        if hits and reading.is_ascii:
            yield from (self._whole[word] for word in hits & self._whole.keys())
            hits &= self._longer
        if hits:
            yield from (payload for _, _, payload in self._at_words(reading, hits))
        if self._pattern is not None:
            yield from (payload for _, _, payload in self._at_characters(reading))

    def _at_words(self, reading: Reading, hits: frozenset[str]) -> list[tuple[int, int, P]]:
        if len(hits) <= _FEW_WORDS and hits <= self._few.keys():
            return _original(reading.folded, self._each_word(reading.folded.text, hits))
        found = self._all_words(reading)
        return (
            found if reading.is_ascii and reading.folded.starts is None else _original(reading.folded, found)
        )

    def _each_word(self, text: str, hits: frozenset[str]) -> list[tuple[int, int, P]]:
        """Find each of a few words wherever it stands, inside other words too."""
        found, last = [], len(text)
        for word in hits:
            ends, start = self._few[word], text.find(word)
            while start >= 0:
                for needle, length, right, payload in ends:
                    if text.startswith(needle, start):
                        end = start + length
                        if not (right and end < last and bound_word(text[end])):
                            found.append((start, end, payload))
                start = text.find(word, start + 1)
        return found

    def _all_words(  # noqa: C901 -- a call for each word would cost as much as the walk
        self, reading: Reading
    ) -> list[tuple[int, int, P]]:
        """Walk from each word as far as needles go."""
        pieces, text, known, found = reading.pieces, reading.folded.text, self._words, []
        lengths = list(accumulate(map(len, pieces), initial=0))
        beyond, last = len(pieces), len(text)
        for place, piece in enumerate(pieces):
            node = known.get(piece)
            if node is None:
                continue
            start, after = lengths[place] + place, place + 1
            if node.whole is not None:
                end = start + len(piece)
                if reading.is_ascii or end == last or not bound_word(text[end]):
                    found.append((start, end, node.whole))
            while True:
                for needle, length, right, payload in node.ends or ():
                    if text.startswith(needle, start):
                        end = start + length
                        if not (right and end < last and bound_word(text[end])):
                            found.append((start, end, payload))
                if node.after is None or after == beyond:
                    break
                following = node.after.get(pieces[after])
                if following is None:
                    break
                node = following
                after += 1
        return found

    def _at_characters(self, reading: Reading) -> Iterator[tuple[int, int, P]]:
        assert self._pattern is not None
        folded = reading.folded
        for first in self._pattern.finditer(folded.text):
            yield from self._characters[first[0]].spans(folded, first.start())


def _original(folded: Folded, found: list[tuple[int, int, P]]) -> list[tuple[int, int, P]]:
    """Keep what no word character precedes and what cuts no segment, as spans of the original."""
    text, spans = folded.text, []
    for start, end, payload in found:
        span = folded.span(start, end)
        if span is not None and not (start and bound_word(text[start - 1])):
            spans.append((*span, payload))
    return spans
