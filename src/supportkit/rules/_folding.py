"""Folds a text for keyword search and keeps, for every folded character, where it came from.

The text is cut into segments (a starter with its marks, or Hangul letters that make one syllable); each is
normalised and case-folded alone, so that a match can be refused when it begins or ends inside one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

from attrs import define, frozen

__all__ = ["SELF_DELIMITING", "Folded", "Folding", "bound_word", "folded"]


@frozen(cache_hash=True)
class Folding:
    """How a text is folded."""

    case: str
    normalize: str
    diacritics: str
    strip_ignorable: bool
    whitespace: str

    def of(self, text: str) -> Folded:
        """Fold a text; cost is linear in its length."""
        if text.isascii():
            return self._of_ascii(text)
        if all(_is_plain(character, self) for character in set(text)) and "  " not in text:
            return Folded(text.casefold() if self.case == "fold" else text, None, None)
        return _Folder(self).run(text)

    def _of_ascii(self, text: str) -> Folded:
        if self.whitespace == "exact":
            return Folded(text.lower() if self.case == "fold" else text, None, None)
        plain = text.translate(_FOLDED_ASCII[self.case])
        return _collapsed(plain) if "  " in plain else Folded(plain, None, None)


@define(eq=False)
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


def _fold_ascii(character: str, case: str) -> str:
    if character.isspace():
        return " "
    return character.lower() if case == "fold" else character


_FOLDED_ASCII: Final = {
    case: {code: _fold_ascii(chr(code), case) for code in range(128)} for case in ("fold", "exact")
}


def _collapsed(text: str) -> Folded:
    """Make one of every run of spaces."""
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for run in re.finditer("  +", text):
        starts += range(done, run.start() + 1)
        ends += range(done + 1, run.start() + 1)
        ends.append(run.end())
        done = run.end()
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return Folded(re.sub("  +", " ", text), starts, ends)


_MAX_SEGMENT: Final = 32
"""Longest segment, after the stream-safe format of UAX #15: normalisation sorts marks, which is quadratic."""

# Vowels and final consonants of Hangul syllables: they compose with the letter before without being marks.
_JAMO: Final = ((0x1160, 0x1175), (0x11A8, 0x11C2))

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
def _is_word(character: str) -> bool:
    """Tell whether a character belongs to words: letters, numbers, marks, connecting punctuation."""
    kind = category(character)
    return kind[0] in "LNM" or kind == "Pc"


@lru_cache(maxsize=8192)
def bound_word(character: str) -> bool:
    """Tell whether a character belongs to words that need a boundary; two such neighbours share a word."""
    return _is_word(character) and not _within(character, SELF_DELIMITING)


_STARTS, _JOINS, _COMPOSES, _VANISHES = range(4)


@lru_cache(maxsize=8192)
def _role(character: str) -> int:
    """Tell whether a character starts a segment, joins the one before, may compose with it, or vanishes."""
    if _within(character, _IGNORABLE):
        return _VANISHES
    first = normalize("NFKD", character)[0]
    if category(first)[0] == "M":
        return _JOINS
    return _COMPOSES if _within(first, _JAMO) else _STARTS


def _compose(segment: str, character: str) -> bool:
    apart = normalize("NFKC", segment), normalize("NFKC", character)
    return normalize("NFKC", segment + character) != "".join(apart)


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


@lru_cache(maxsize=16384)
def _is_plain(character: str, folding: Folding) -> bool:
    """Tell whether a character folds alone to one character, whatever stands beside it."""
    if character.isspace():
        return character == " "
    folded = character.casefold() if folding.case == "fold" else character
    return len(folded) == 1 and _role(character) == _STARTS and _folded(character, folding) == folded


_PIECE: Final = re.compile(r"[\x00-\x7f]+[^\x00-\x7f]*|[^\x00-\x7f]+")
_LONG_PIECE: Final = 64


def folded(text: str) -> str:
    """Return the text for comparisons that ignore case and compatibility forms (NFKC, then case folding)."""
    if text.isascii():
        return text.lower()
    if len(text) <= _LONG_PIECE:
        return normalize("NFKC", text).casefold()
    pieces = (part for piece in _PIECE.findall(text) for part in _parts(piece))
    return "".join(normalize("NFKC", piece) for piece in pieces).casefold()


def _parts(piece: str) -> Iterator[str]:
    """Cut a piece where normalisation does not reach across, or after a run of marks that no language has."""
    start = 0
    while len(piece) - start > _LONG_PIECE:
        end = start + _LONG_PIECE
        while end < len(piece) and end - start < _LONG_PIECE + _MAX_SEGMENT and _reaches_back(piece[end]):
            end += 1
        yield piece[start:end]
        start = end
    yield piece[start:]


def _reaches_back(character: str) -> bool:
    return not character.isascii() and _role(character) in {_JOINS, _COMPOSES}


_RUN: Final = re.compile(r"[!-~](?:[!-~]| (?=[!-~]))*(?![^\x00-\x7f])")
"""ASCII that folds character by character: single spaces only, nothing that a mark could join."""


class _Folder:
    """Builds one folded text, segment by segment."""

    def __init__(self, folding: Folding) -> None:
        self._folding = folding
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def run(self, text: str) -> Folded:
        position = 0
        for run in _RUN.finditer(text):
            self._slowly(text, position, run.start())
            self._plainly(run[0], run.start())
            position = run.end()
        self._slowly(text, position, len(text))
        return Folded("".join(self._parts), self._starts, self._ends)

    def _plainly(self, run: str, start: int) -> None:
        self._parts.append(run.lower() if self._folding.case == "fold" else run)
        self._starts += range(start, start + len(run))
        self._ends += range(start + 1, start + len(run) + 1)

    def _slowly(self, text: str, position: int, stop: int) -> None:
        segment, start, end = "", 0, 0
        for index in range(position, stop):
            character = text[index]
            role = _STARTS if character.isascii() else _role(character)
            if role == _VANISHES and self._folding.strip_ignorable:
                continue
            if segment and self._joins(segment, character, role):
                segment += character
            else:
                self._put(segment, start, end)
                segment, start = character, index
            end = index + 1
        self._put(segment, start, end)

    def _joins(self, segment: str, character: str, role: int) -> bool:
        if role in {_STARTS, _VANISHES} or len(segment) >= _MAX_SEGMENT or segment.isspace():
            return False
        return role == _JOINS or _compose(segment, character)

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
