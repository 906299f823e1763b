"""The words in which reasons are told, all of which may be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from supportkit.errors import InvalidValue, nearest_name
from supportkit.rules._display import Seen
from supportkit.rules.reasons import ElementReason, Found, LeafReason, RuleReason
from supportkit.rules.truth import Truth

__all__ = ["WORDS", "Wording"]

WORDS: Final[Mapping[str, str]] = MappingProxyType({
    "true": "holds",
    "false": "does not hold",
    "unknown": "is open",
    "error": "is in error",
    "value": "{name} is {text}",
    "missing": "{name} is missing",
    "private": "{name} is private",
    "unreadable": "{name} is unreadable: {text}",
    "observed": "{name} is a text that was observed",
    "nothing": "nothing matched",
    "after": "after the hit",
    "constant": "its condition is constant",
    "more": "and {count} more",
    "negated": "negated",
    "needs": "{seen}, needs {needed}",
})  # fmt: skip
"""What reasons are told in; `words=` of `text` replaces entries, with the same names in braces."""

_SHOWN_ELEMENTS: Final = 3
_BLOCKING: Final = frozenset({Truth.UNKNOWN, Truth.ERROR})


class Wording:
    """Tells reasons in words; `labels` are names of facts for people, by path."""

    def __init__(
        self, labels: Mapping[str, str] | None = None, words: Mapping[str, str] | None = None
    ) -> None:
        for name in words or {}:
            if name not in WORDS:
                near = nearest_name(name, WORDS)
                hint = f"did you mean {near!r}?" if near else f"there are {', '.join(WORDS)}"
                raise InvalidValue(f"words has no entry {name!r}; {hint}")
        self._labels = labels or {}
        self._words = {**WORDS, **(words or {})}

    def say(self, word: str, **filled: object) -> str:
        """Return an entry, filled in."""
        return self._words[word].format(**filled) if filled else self._words[word]

    def name(self, seen: Seen) -> str:
        """Return the label of a fact, else its name in the condition."""
        return self._labels.get(seen.path, seen.name)

    def seen(self, seen: Seen) -> str:
        """Say what was read."""
        return self.say(seen.state, name=self.name(seen), text=seen.text)

    def leaf(self, leaf: LeafReason) -> str:
        """Say what a leaf was worth, and from what."""
        told = [*map(self.seen, leaf.seen), *map(self._found, leaf.found), *self._elements(leaf.elements)]
        return f"{leaf.text} {self.say(leaf.truth.value)}" + (f" ({', '.join(told)})" if told else "")

    def _found(self, found: Found) -> str:
        what = " ".join(filter(None, (found.keywords, found.phrase and repr(found.phrase))))
        place = f"{found.start}-{found.end}" + (f" {self.say('negated')}" if found.negated else "")
        return f"{what} {place}".strip()

    def _elements(self, elements: tuple[ElementReason, ...]) -> Iterable[str]:
        for element in elements[:_SHOWN_ELEMENTS]:
            yield f"[{element.index}]: {self._because(element.truth, element.leaves)}"
        if len(elements) > _SHOWN_ELEMENTS:
            yield self.say("more", count=len(elements) - _SHOWN_ELEMENTS)

    def _because(self, truth: Truth, leaves: Iterable[LeafReason]) -> str:
        """Tell the deciding leaves; of an open rule or one in error those that are to blame."""
        told = [leaf for leaf in leaves if leaf.deciding]
        if truth in _BLOCKING:
            told = [leaf for leaf in told if leaf.truth is truth]
        return "; ".join(dict.fromkeys(map(self.leaf, told)))

    def rule(self, reason: RuleReason) -> str:
        """Say what a rule was worth, and by which leaves."""
        because = self._because(reason.truth, reason.leaves) or reason.note or self.say("constant")
        after = "" if reason.reached else f" ({self.say('after')})"
        return f"{reason.rule}{after} {self.say(reason.truth.value)}: {because}"
