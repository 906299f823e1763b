"""A text as keyword sets read it: folded and cut into words, once for each folding."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from supportkit.rules._folding import SELF_DELIMITING, Folded, Folding

__all__ = ["TOKEN", "Reading", "Scan"]

_SELF: Final = "".join(f"{chr(low)}-{chr(high)}" for low, high in SELF_DELIMITING)
TOKEN: Final = re.compile(rf"[^\W{_SELF}]+")
"""Runs of word characters that do not delimit themselves: where a whole word can begin."""

_LAST_WORD: Final = re.compile(r"\s\S{0,99}\Z")


def _spaced(character: str, case: str) -> str:
    if not TOKEN.match(character):
        return " "
    return character.lower() if case == "fold" else character


_ASCII_WORDS: Final = {
    case: {code: _spaced(chr(code), case) for code in range(128)} for case in ("fold", "exact")
}
"""Leaves the folded words of an ASCII text and spaces: five times as quick as a pattern."""


class Reading:
    """A text under one folding: its words, and when asked the folded text with its offsets."""

    def __init__(self, text: str, folding: Folding) -> None:
        self.text = text
        self.is_ascii = text.isascii()
        self._folding = folding
        self.tokens = (
            text.translate(_ASCII_WORDS[folding.case]).split()
            if self.is_ascii
            else TOKEN.findall(self.folded.text)
        )
        self.words = frozenset(self.tokens)

    @cached_property
    def folded(self) -> Folded:
        return self._folding.of(self.text)


class Scan:
    """A text, and what searching it takes, shared by all sets that are searched in it."""

    __slots__ = ("_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._read: dict[tuple[Folding, int | None], Reading] = {}

    def reading(self, folding: Folding, limit: int | None) -> Reading:
        """Return the text under a folding, up to the last white space within the limit."""
        reading = self._read.get((folding, limit))
        if reading is None:
            reading = self._read[folding, limit] = Reading(_within(self.text, limit), folding)
        return reading


def _within(text: str, limit: int | None) -> str:
    if limit is None or len(text) <= limit:
        return text
    last = _LAST_WORD.search(text, max(limit - 100, 0), limit)
    return text[: last.start() if last else limit]
