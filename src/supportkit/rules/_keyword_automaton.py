"""The same needles found by an automaton in native code, when ahocorasick-rs is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from supportkit.errors import missing_extra
from supportkit.rules._folding import bound_word

if TYPE_CHECKING:
    from supportkit.rules._keyword_needles import Needle
    from supportkit.rules._keyword_scan import Reading

__all__ = ["NeedleAutomaton", "is_installed"]

P = TypeVar("P")


@cache
def is_installed() -> bool:
    """Tell whether the library is there, without loading it."""
    return find_spec("ahocorasick_rs") is not None


class NeedleAutomaton(Generic[P]):
    """Needles of one folding: all occurrences first, then their boundaries."""

    __slots__ = ("_automaton", "_ends")

    def __init__(self, payloads: Mapping[Needle, P]) -> None:
        try:
            from ahocorasick_rs import AhoCorasick  # noqa: PLC0415 -- an extra, loaded when first needed
        except ImportError as error:
            raise missing_extra("fast", what="KeywordSet(engine='fast')") from error
        ends: dict[str, list[tuple[bool, bool, P]]] = {}
        for needle, payload in payloads.items():
            left = needle.left and bound_word(needle.text[0])
            right = needle.right and bound_word(needle.text[-1])
            ends.setdefault(needle.text, []).append((left, right, payload))
        self._ends = list(ends.values())
        self._automaton: Any = AhoCorasick(list(ends), store_patterns=False)

    def spans(self, reading: Reading) -> list[tuple[int, int, P]]:
        """Return the original spans of everything that passes its boundaries, in no order."""
        folded, ends, found = reading.folded, self._ends, []
        text = folded.text
        last = len(text)
        for place, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            inside_left = start and bound_word(text[start - 1])
            inside_right = end < last and bound_word(text[end])
            for left, right, payload in ends[place]:
                if not ((left and inside_left) or (right and inside_right)):
                    found.append((start, end, payload))
        if folded.starts is None:
            return found
        spans = ((folded.span(start, end), payload) for start, end, payload in found)
        return [(*span, payload) for span, payload in spans if span is not None]

    def present(self, reading: Reading) -> Iterator[P]:
        """Yield for everything that is found what the caller wants to hear, some of it several times."""
        return (payload for _, _, payload in self.spans(reading))
