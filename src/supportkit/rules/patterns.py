"""Patterns for `matches`: read and screened when a condition is loaded, searched in linear time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from supportkit.rules._automaton import Automaton
from supportkit.rules._folding import folded
from supportkit.rules._pattern_syntax import (
    Alternatives,
    Assertion,
    Character,
    Part,
    PatternFault,
    Repeat,
    Sequence,
    read_pattern,
)

__all__ = ["Pattern", "PatternFault"]

_FEW: Final = 50
"""Ways to match from one position up to which `re` is used: it can then not become superlinear."""

_NOT_BOUNDARY: Final = Assertion("B")
"""Its meaning for an empty text differs between versions of `re` (changed in Python 3.14): ours is used."""

_PROBES: Final = "aAzZ0 9_-.,!\n\té中"


class Pattern:
    """A screened pattern, searched anywhere in a text (unanchored).

    The syntax is that of `re` without back references, look-around, possessive quantifiers, atomic groups
    and verbose mode. A quantifier without limit must hold neither another one nor alternatives that can
    begin alike. Raises PatternFault with the code bad_pattern or unsafe_pattern.
    """

    def __init__(self, text: str, *, fold: bool = False) -> None:
        if fold:
            text = _PIECE.sub(_folded_piece, text)
        part, flags = read_pattern(text, fold=fold)
        _screen(part, text)
        self._fold = fold
        self._automaton = Automaton(part, multiline=bool(flags & re.MULTILINE))
        self._regex = re.compile(text, re.IGNORECASE if fold else 0) if _ways(part) <= _FEW else None

    @classmethod
    def of(cls, text: str, *, fold: bool = False) -> Pattern:
        """Return the compiled pattern, from a cache."""
        return _cached(text, fold)

    def found(self, text: str) -> bool:
        """Tell whether the pattern matches anywhere; cost is linear in the length of the text."""
        if self._fold:
            text = folded(text)
        if self._regex is not None:
            return self._regex.search(text) is not None
        return self._automaton.found(text)


_PIECE: Final = re.compile(
    r"\\.|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<marked>[^\W\d_][\u0300-\u036f]+)|(?P<alone>[^\x00-\x7f])",
    re.DOTALL,
)
"""What folding must see at once in a pattern: an escape, a set, a letter with its accents, a letter alone."""


def _folded_piece(piece: re.Match[str]) -> str:
    """Fold what a pattern says literally beyond ASCII; the case of the rest is left to IGNORECASE."""
    if piece["set"]:
        return "".join(map(_compatible, piece["set"]))
    if piece["marked"]:
        return folded(piece["marked"])
    if not piece["alone"]:
        return piece[0]
    text = folded(piece["alone"])
    return re.escape(text) if len(text) == 1 else f"(?:{re.escape(text)})"


def _compatible(character: str) -> str:
    """Return the one character that folding makes of it, else itself: a set holds single characters."""
    plain = character if character.isascii() else normalize("NFKC", character)
    return re.escape(plain) if len(plain) == 1 and plain != character else character


@lru_cache(maxsize=1024)
def _cached(text: str, fold: bool) -> Pattern:
    return Pattern(text, fold=fold)


def _screen(part: Part, text: str) -> None:
    for repeat in _parts(part):
        if not isinstance(repeat, Repeat) or repeat.most is not None:
            continue
        for inner in _parts(repeat.part):
            if isinstance(inner, Repeat) and inner.most is None:
                message = f"{text!r} nests one unlimited quantifier in another"
                raise PatternFault("unsafe_pattern", message, "write (a+)+ as a+")
            if isinstance(inner, Alternatives) and _begin_alike(inner, text):
                message = f"{text!r} repeats alternatives that begin alike without limit"
                raise PatternFault("unsafe_pattern", message, "write (a|ab)* as (ab?)*")


def _parts(part: Part) -> Iterator[Part]:
    waiting = [part]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, Repeat):
            waiting.append(part.part)
        elif isinstance(part, Sequence):
            waiting.extend(part.parts)
        elif isinstance(part, Alternatives):
            waiting.extend(part.options)


def _begin_alike(alternatives: Alternatives, text: str) -> bool:
    firsts = [_firsts(option) for option in alternatives.options]
    probes = [*_PROBES, *text]
    return any(sum(any(first.test(probe) for first in each) for each in firsts) > 1 for probe in probes)


def _firsts(part: Part) -> list[Character]:
    """Return the characters that a part can begin with."""
    if isinstance(part, Character):
        return [part]
    if isinstance(part, Repeat):
        return _firsts(part.part)
    if isinstance(part, Alternatives):
        return [first for option in part.options for first in _firsts(option)]
    found: list[Character] = []
    for each in part.parts if isinstance(part, Sequence) else ():
        found += _firsts(each)
        if not _can_be_empty(each):
            break
    return found


def _can_be_empty(part: Part) -> bool:
    if isinstance(part, Repeat):
        return part.least == 0 or _can_be_empty(part.part)
    if isinstance(part, Sequence):
        return all(map(_can_be_empty, part.parts))
    if isinstance(part, Alternatives):
        return any(map(_can_be_empty, part.options))
    return isinstance(part, Assertion)


def _ways(part: Part) -> float:
    """Bound in how many ways a part can match from one position: what backtracking may have to try."""
    if isinstance(part, Sequence):
        product = 1.0
        for each in part.parts:
            product *= _ways(each)
        return product
    if isinstance(part, Alternatives):
        return sum(map(_ways, part.options))
    if not isinstance(part, Repeat):
        return math.inf if part == _NOT_BOUNDARY else 1.0
    if part.most is None or part.most > _FEW:
        return math.inf
    inner = _ways(part.part)
    return float(sum(min(inner, _FEW + 1.0) ** count for count in range(part.least, part.most + 1)))
