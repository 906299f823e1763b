"""Finds many needles at once in a folded text, by first word where they can only begin one, else by character.

Needles that begin alike are kept sorted. The greatest one that is not above what stands in the text, or one
that it begins with, is the longest that can stand there; shorter ones are its own beginnings. So a place
costs one binary search and the needles nested in each other, whatever the number of needles.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar

from attrs import frozen

from supportkit.rules._folding import Folded, bound_word
from supportkit.rules._keyword_scan import TOKEN, Reading

__all__ = ["Needle", "Needles"]

P = TypeVar("P")
_FEW: Final = 8
"""Up to so many words or needles, looking for each is quicker than walking over all words of a text."""


@frozen
class Needle:
    """A folded phrase, and whether its left and right side must not lie inside a word."""

    text: str
    left: bool
    right: bool

    @property
    def first_word(self) -> str | None:
        """The word that the needle begins with, when it can begin nowhere but at that very word."""
        first = TOKEN.match(self.text)
        return first[0] if self.left and first and (self.right or first.end() < len(self.text)) else None


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


class Needles(Generic[P]):
    """Needles of one folding, each with what the caller wants to hear when it is found."""

    def __init__(self, payloads: Mapping[Needle, P]) -> None:
        words: dict[str, list[tuple[Needle, P]]] = {}
        characters: dict[str, list[tuple[Needle, P]]] = {}
        for needle, payload in payloads.items():
            word = needle.first_word
            into, key = (words, word) if word is not None else (characters, needle.text[0])
            into.setdefault(key, []).append((needle, payload))
        self._whole = {
            word: payload for word, each in words.items() for needle, payload in each if needle.text == word
        }
        self._words = {word: _Group(each) for word, each in words.items()}
        self._longer = frozenset(word for word, each in words.items() if len(each) > (word in self._whole))
        self._firsts = frozenset(words)
        self._characters = {first: _Group(each) for first, each in characters.items()}
        self._pattern = re.compile(f"[{re.escape(''.join(characters))}]") if characters else None

    def spans(self, reading: Reading) -> Iterator[tuple[int, int, P]]:
        """Yield the original spans of everything that passes its boundaries, in no order."""
        hits = self._firsts & reading.words
        if hits:
            yield from self._at_words(reading, hits)
        yield from self._at_characters(reading)

    def present(self, reading: Reading) -> Iterator[P]:
        """Yield for everything that is found what the caller wants to hear, some of it several times."""
        hits = self._firsts & reading.words
        if hits and reading.is_ascii:
            yield from (self._whole[word] for word in hits & self._whole.keys())
            hits &= self._longer
        if hits:
            yield from (payload for _, _, payload in self._at_words(reading, hits))
        yield from (payload for _, _, payload in self._at_characters(reading))

    def _at_words(self, reading: Reading, hits: frozenset[str]) -> Iterator[tuple[int, int, P]]:
        folded, words = reading.folded, self._words
        starts = _each_word if len(hits) <= _FEW else _all_words
        for word, start in starts(folded.text, reading.tokens, hits):
            yield from words[word].spans(folded, start)

    def _at_characters(self, reading: Reading) -> Iterator[tuple[int, int, P]]:
        if self._pattern is None:
            return
        folded = reading.folded
        for first in self._pattern.finditer(folded.text):
            yield from self._characters[first[0]].spans(folded, first.start())


def _each_word(text: str, _tokens: Any, hits: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Find each of a few words wherever it stands, inside other words too: boundaries are tested later."""
    for word in hits:
        start = text.find(word)
        while start >= 0:
            yield word, start
            start = text.find(word, start + 1)


def _all_words(text: str, tokens: list[str], hits: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Walk over all words; nothing but other characters stands between two of them."""
    end = 0
    for token in tokens:
        start = text.find(token, end)
        end = start + len(token)
        if token in hits:
            yield token, start
