"""Marks keyword matches that a negation word precedes: "I do not want a refund"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import field, frozen

from supportkit.errors import InvalidValue

__all__ = ["Negation"]

_CUES: Final = (
    "no not never none nobody nothing neither nor without cannot cant dont doesnt didnt isnt arent wasnt "
    "werent wont wouldnt couldnt shouldnt hasnt havent hadnt"
)
_LETTERS: Final = r"[^\W_](?:[^\W_]|[\u0300-\u036f])*"
_WORD_OR_BREAK: Final = re.compile(
    rf"(?P<word>{_LETTERS}(?:(?:['’]|(?<=\d)[.,:](?=\d)){_LETTERS})*)|[.,;:!?()\[\]\r\n…—–]"
)
"""Words with their marks and apostrophes, numbers with their points, or what ends a clause."""
_NO_CUE_BEFORE: Final = frozenset({"only", "just"})
_CLAUSE_WORDS: Final = frozenset({"but", "although", "however"})


def _cues(given: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_plain, given))


def _plain(word: str) -> str:
    return word.casefold().replace("'", "").replace("’", "")


@frozen
class Negation:
    """Cue words, and how many words before a match they reach; a clause break stops them."""

    window: int = 3
    cues: frozenset[str] = field(default=frozenset(_CUES.split()), converter=_cues)

    @classmethod
    def of(cls, given: Any) -> Negation | None:
        """Read the option of a keyword set; raises InvalidValue for another shape."""
        if given is None or given is False:
            return None
        if isinstance(given, Negation):
            return given
        if given is True:
            return cls()
        if isinstance(given, Mapping) and given.keys() <= {"window", "cues"}:
            window = given.get("window", 3)
            if isinstance(window, int) and not isinstance(window, bool) and window > 0:
                return cls(**given)
        message = f'negation={given!r}; give True, False or {{"window": 3, "cues": ["not", ...]}}'
        raise InvalidValue(message)

    def marks(self, text: str, starts: Iterable[int]) -> list[bool]:
        """Tell for each start of a match whether a cue stands before it in the same clause."""
        words = [
            (match.start(), _plain(match["word"]) if match["word"] else None)
            for match in _WORD_OR_BREAK.finditer(text)
        ]
        places = [place for place, _ in words]
        return [self._marked(words, bisect_left(places, start)) for start in starts]

    def _marked(self, words: list[tuple[int, str | None]], end: int) -> bool:
        for index in range(end - 1, max(end - 1 - self.window, -1), -1):
            word = words[index][1]
            if word is None or word in _CLAUSE_WORDS:
                return False
            follows = words[index + 1][1] if index + 1 < len(words) else None
            if word in self.cues and follows not in _NO_CUE_BEFORE:
                return True
        return False
