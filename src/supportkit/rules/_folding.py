"""Folds a text for keyword search and keeps, for every folded character, where it came from.

The text is cut into segments (a starter with its marks, or Hangul letters that make one syllable); each is
normalised and case-folded alone, so that a match can be refused when it begins or ends inside one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from unicodedata import category, combining, normalize

from attrs import frozen

__all__ = ["Folded", "Folding", "blocks", "is_word"]


@frozen
class Folding:
    """How a text is folded."""

    case: str
    normalize: str
    diacritics: str
    strip_ignorable: bool
    whitespace: str

    def of(self, text: str) -> Folded:
        """Fold a text; cost is linear in its length."""
        if text.isascii() and (self.whitespace == "exact" or _is_tidy(text)):
            return Folded(text.lower() if self.case == "fold" else text, None, None)
        return _Folder(self).run(text)


@frozen
class Folded:
    """A folded text and where its characters come from.

    `starts[i]` is the original offset of the segment that folded character i begins, or -1 inside of one;
    `ends[i]` likewise for the character that ends one. Both None: nothing moved.
    """

    text: str
    starts: list[int] | None
    ends: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the original span of a folded one, or None when it cuts a segment."""
        if self.starts is None or self.ends is None:
            return start, end
        first, last = self.starts[start], self.ends[end - 1]
        return None if first < 0 or last < 0 else (first, last)


def _is_tidy(text: str) -> bool:
    """Tell whether white space stands alone and is plain, so that collapsing changes nothing."""
    return "  " not in text and not any(space in text for space in "\t\n\r\v\f\x1c\x1d\x1e\x1f")


# Characters that compose with the one before although they are no marks (Unicode 15: canonical
# compositions whose second part has combining class 0), and the letters of Hangul syllables.
_COMPOSING: Final = frozenset(
    "\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e\u1b35"
    "\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930"
) | frozenset(map(chr, [*range(0x1160, 0x1176), *range(0x11A8, 0x11C3)]))

# Unicode property Default_Ignorable_Code_Point.
_IGNORABLE: Final = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)

# Scripts written without spaces between words: Han, kana, Hangul, Thai, Lao, Myanmar, Khmer.
SELF_DELIMITING: Final = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x19E0, 0x19FF)),
    *((0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x3035), (0x3038, 0x303C)),
    *((0x3041, 0x30FF), (0x3131, 0x318E), (0x31F0, 0x321E), (0x3260, 0x327E), (0x32D0, 0x32FE)),
    *((0x3300, 0x3357), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97C), (0xA9E0, 0xA9FE)),
    *((0xAA60, 0xAA7F), (0xAC00, 0xD7FB), (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x16FE2, 0x16FF1)),
    *((0x1AFF0, 0x1B16F), (0x20000, 0x323AF)),
)


def _within(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= ord(character) <= high for low, high in ranges)


@lru_cache(maxsize=8192)
def is_word(character: str) -> bool:
    """Tell whether a character belongs to words: letters, numbers, marks, connecting punctuation."""
    kind = category(character)
    return kind[0] in "LNM" or kind == "Pc"


@lru_cache(maxsize=8192)
def _bound_word(character: str) -> bool:
    return is_word(character) and not _within(character, SELF_DELIMITING)


def blocks(edge: str, neighbour: str) -> bool:
    """Tell whether two neighbours belong to one word, so that no word boundary lies between them."""
    return _bound_word(edge) and _bound_word(neighbour)


_STARTS, _JOINS, _VANISHES = range(3)


@lru_cache(maxsize=8192)
def _role(character: str) -> int:
    """Tell whether a character starts a segment, joins the one before, or is ignorable."""
    if _within(character, _IGNORABLE):
        return _VANISHES
    first = normalize("NFKD", character)[0]
    return _JOINS if combining(first) or category(first) == "Me" or first in _COMPOSING else _STARTS


@lru_cache(maxsize=16384)
def _folded(segment: str, folding: Folding) -> str:
    if folding.normalize == "NFKC":
        segment = normalize("NFKC", segment)
    if folding.diacritics == "ignore":
        bare = "".join(part for part in normalize("NFD", segment) if category(part) != "Mn")
        segment = normalize("NFC", bare)
    if folding.case == "fold":
        segment = segment.casefold()
        segment = normalize("NFKC", segment) if folding.normalize == "NFKC" else segment
    return segment


class _Folder:
    """Builds one folded text, segment by segment."""

    def __init__(self, folding: Folding) -> None:
        self._folding = folding
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def run(self, text: str) -> Folded:
        strip = self._folding.strip_ignorable
        segment, start, end = "", 0, 0
        for index, character in enumerate(text):
            role = _STARTS if character.isascii() else _role(character)
            if role == _VANISHES:
                if strip:
                    continue
                role = _STARTS
            if role == _STARTS or not segment:
                self._put(segment, start, end)
                segment, start = character, index
            else:
                segment += character
            end = index + 1
        self._put(segment, start, end)
        return Folded("".join(self._parts), self._starts, self._ends)

    def _put(self, segment: str, start: int, end: int) -> None:
        folded = _folded(segment, self._folding) if segment else ""
        if not folded:
            return
        if self._folding.whitespace == "collapse" and folded.isspace():
            folded = " "
            if self._parts and self._parts[-1] == " ":
                self._ends[-1] = end
                return
        self._parts.append(folded)
        inside = [-1] * (len(folded) - 1)
        self._starts += [start, *inside]
        self._ends += [*inside, end]
