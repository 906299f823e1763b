"""Which of many texts stand in another: found by their first letters, then looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["NeedleIndex"]

_GRAM: Final = 3
_FEW: Final = 1000


class NeedleIndex:
    """Finds which needles stand in a text, to the letter; cheaper than looking for one after the other."""

    __slots__ = ("_by_gram", "_plain")

    def __init__(self, needles: Iterable[str]) -> None:
        given = list(needles)
        many = len(given) > _FEW
        self._plain = [needle for needle in given if not many or len(needle) < _GRAM]
        self._by_gram: dict[str, list[str]] = {}
        for needle in given if many else ():
            if len(needle) >= _GRAM:
                self._by_gram.setdefault(needle[:_GRAM], []).append(needle)

    def found(self, text: str) -> Iterator[str]:
        """Yield the needles that stand in the text."""
        for needle in self._plain:
            if needle in text:
                yield needle
        if self._by_gram:
            grams = {text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)}
            for gram in self._by_gram.keys() & grams:
                for needle in self._by_gram[gram]:
                    if needle in text:
                        yield needle
