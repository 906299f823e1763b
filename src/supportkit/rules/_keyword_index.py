"""One matcher over many keyword sets of one text field: which of them are found, in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from supportkit.rules._folding import Folding
from supportkit.rules._keyword_needles import Needle, Needles
from supportkit.rules._keyword_scan import Scan
from supportkit.rules.keywords import KeywordSet

__all__ = ["KeywordIndex"]


class KeywordIndex:
    """Tells of many keyword sets at once which are found in a text.

    The text is folded once for each folding that the sets ask for; sets of which nothing occurs cost nothing.

    >>> index = KeywordIndex([KeywordSet("a", ["refund"]), KeywordSet("b", ["no signal", "outage"])])
    >>> bin(index.hits("No  signal since the outage"))
    '0b10'
    """

    __slots__ = ("_parts", "_shortest")

    def __init__(self, sets: Sequence[KeywordSet]) -> None:
        parts: dict[tuple[Folding, int | None], dict[Needle, int]] = {}
        for place, each in enumerate(sets):
            for folding, needle, _ in each.needles():
                masks = parts.setdefault((folding, each.max_characters), {})
                masks[needle] = masks.get(needle, 0) | 1 << place
        self._parts: Final = [(*key, Needles(masks)) for key, masks in parts.items()]

        limits = [each.max_characters for each in sets if each.max_characters is not None]
        self._shortest = min(limits, default=None)

    def cuts(self, text: str) -> bool:
        """Tell whether some set does not read the text to its end, so that something may stand unseen."""
        return self._shortest is not None and len(text) > self._shortest

    def hits(self, text: str) -> int:
        """Return a bit mask: bit i is set where ``sets[i].found(text)``."""
        scan, mask = Scan(text), 0
        for folding, limit, needles in self._parts:
            for each in needles.present(scan.reading(folding, limit)):
                mask |= each
        return mask
