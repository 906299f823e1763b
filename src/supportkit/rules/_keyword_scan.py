"""A text as keyword sets read it: folded and cut into words, once for each folding."""

from __future__ import annotations

import re
from typing import Final

from supportkit.rules._folding import SELF_DELIMITING, Folded, Folding

__all__ = ["TOKEN", "Reading", "Scan", "pieces"]

_SELF: Final = "".join(f"{chr(low)}-{chr(high)}" for low, high in SELF_DELIMITING)
TOKEN: Final = re.compile(rf"[^\W{_SELF}]+")
"""Runs of word characters that do not delimit themselves: where a whole word can begin."""

_SEPARATOR: Final = re.compile(rf"[\W{_SELF}]")
_LAST_WORD: Final = re.compile(r"\s\S{0,99}\Z")


def _spaced(character: str, case: str) -> str:
    if not TOKEN.match(character):
        return " "
    return character.lower() if case == "fold" else character


_ASCII_WORDS: Final = {
    case: {code: _spaced(chr(code), case) for code in range(128)} for case in ("fold", "exact")
}
"""Leaves the folded words of an ASCII text, and spaces: five times as quick as a pattern."""


def pieces(folded: str) -> list[str]:
    """Cut a folded text at every single character that belongs to no word, or delimits itself."""
    if folded.isascii():
        return folded.translate(_ASCII_WORDS["exact"]).split(" ")
    return _SEPARATOR.split(folded)


class Reading:
    """A text under one folding, cut into words; each part is worked out when it is first asked."""

    __slots__ = ("_folded", "_folding", "_pieces", "_words", "is_ascii", "text")

    def __init__(self, text: str, folding: Folding) -> None:
        self.text = text
        self.is_ascii = text.isascii()
        self._folding = folding
        self._folded: Folded | None = None
        self._pieces: list[str] | None = None
        self._words: list[str] | None = None

    @property
    def folded(self) -> Folded:
        if self._folded is None:
            self._folded = self._folding.of(self.text)
        return self._folded

    @property
    def words(self) -> list[str]:
        """All folded words; empty texts may stand between them."""
        if self._words is None:
            if self.is_ascii:
                self._words = self.text.translate(_ASCII_WORDS[self._folding.case]).split(" ")
            else:
                self._words = self.pieces
        return self._words

    @property
    def pieces(self) -> list[str]:
        """The folded text without the single characters at which it is cut."""
        if self._pieces is None:
            same = self.is_ascii and self.folded.starts is None
            self._pieces = self.words if same else pieces(self.folded.text)
        return self._pieces


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
