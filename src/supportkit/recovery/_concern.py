"""What a customer's text is about, and how much of it a reply takes up."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable

__all__ = ["coverage", "key_terms", "near_equal", "plain", "words"]

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_QUOTED = re.compile(r"^[^\S\n]*>.*$", re.MULTILINE)
_STEM = 5
_SHORTEST = 3
_SHINGLE = 3


def plain(text: str) -> str:
    """Return a text as it is compared: without quoted lines, one sort of apostrophe, folded."""
    own = _QUOTED.sub("", text).replace("\u2019", "'")
    return unicodedata.normalize("NFKC", own).casefold()


def words(text: str) -> list[str]:
    """Return the words of a text, in order."""
    return _WORD.findall(plain(text))


def _stem(word: str) -> str:
    """Words are the same when their first five letters are: charge, charged, charges."""
    return word.removesuffix("'s")[:_STEM]


def key_terms(texts: Iterable[str], *, filler: Collection[str], most: int) -> tuple[str, ...]:
    """Return the words that tell what texts are about: no filler, the most frequent first, then in order."""
    told = [word for text in texts for word in words(text)]
    telling = [word for word in told if len(word) >= _SHORTEST and word not in filler]
    first: dict[str, str] = {}
    for word in telling:
        first.setdefault(_stem(word), word)
    counted = Counter(_stem(word) for word in telling)
    # Sorting is stable, and a Counter keeps the order in which its keys came.
    ranked = sorted(counted, key=lambda stem: -counted[stem])
    return tuple(first[stem] for stem in ranked[:most])


def coverage(terms: Collection[str], reply: str) -> tuple[str, ...]:
    """Return those of the terms that a reply takes up."""
    said = {_stem(word) for word in words(reply)}
    return tuple(term for term in terms if _stem(term) in said)


def near_equal(one: str, other: str) -> float:
    """Return the share of common runs of three words among all of both (resemblance, Broder 1997).

    Numbers count as one and the same, so that a reply with another case number is no other reply. 1 for
    equal texts, 0 for texts without a common run.
    """
    left, right = _shingles(one), _shingles(other)
    union = left | right
    return len(left & right) / len(union) if union else 1.0


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    told = ["0" if word.isdecimal() else word for word in words(text)]
    if len(told) < _SHINGLE:
        return frozenset({tuple(told)}) if told else frozenset()
    return frozenset(tuple(told[at : at + _SHINGLE]) for at in range(len(told) - _SHINGLE + 1))
