"""The reasons of a rule as data: what each leaf was worth, what was read for it, and which leaves decided."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from supportkit.rules._display import Seen
from supportkit.rules.truth import Truth

__all__ = ["ElementReason", "Found", "LeafReason", "RuleReason", "Seen"]


@frozen
class Found:
    """Where a text mentions what it was searched for, in code points of the original, half-open.

    `keywords` is the id of the set, empty for phrases written in the condition; `phrase` is None for private
    texts and for texts that are gone.
    """

    keywords: str
    phrase: str | None
    start: int
    end: int
    negated: bool | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        plain = {"keywords": self.keywords, "phrase": self.phrase, "start": self.start, "end": self.end}
        return {**plain, "negated": self.negated}


@frozen
class ElementReason:
    """An element of a list that decided `some` or `every`: its place, counted from 0, and its own leaves.

    Sets are counted in the order of how their elements look.
    """

    index: int
    truth: Truth
    leaves: tuple[LeafReason, ...]

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        leaves = [leaf.to_plain() for leaf in self.leaves]
        return {"index": self.index, "truth": self.truth.value, "leaves": leaves}


@frozen
class LeafReason:
    """One leaf of a rule: its text, what it was worth, and what was read for it.

    `deciding` marks the fewest leaves that fix what the rule was worth, whatever the others are. `missing`
    are the paths that were lacking, `threshold` the literals that it compares with, `found` the words that a
    text mentions, `elements` those of a list that decided (at most 20).
    """

    text: str
    truth: Truth
    seen: tuple[Seen, ...]
    deciding: bool = field(default=False, kw_only=True)
    missing: tuple[str, ...] = field(default=(), kw_only=True)
    threshold: str | None = field(default=None, kw_only=True)
    found: tuple[Found, ...] = field(default=(), kw_only=True)
    elements: tuple[ElementReason, ...] = field(default=(), kw_only=True)

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types; `threshold`, `found` and `elements` only where there are any."""
        plain: dict[str, Any] = {
            "text": self.text,
            "truth": self.truth.value,
            "deciding": self.deciding,
            "seen": [seen.to_plain() for seen in self.seen],
            "missing": list(self.missing),
        }
        if self.threshold is not None:
            plain["threshold"] = self.threshold
        for name in ("found", "elements"):
            if getattr(self, name):
                plain[name] = [each.to_plain() for each in getattr(self, name)]
        return plain

    def __str__(self) -> str:
        from supportkit.rules._wording import Wording  # noqa: PLC0415 -- the wording imports this module

        return Wording().leaf(self)


@frozen
class RuleReason:
    """What one rule was worth, and its leaves in order; not `reached` when an earlier rule had hit."""

    rule: str
    truth: Truth
    leaves: tuple[LeafReason, ...]
    note: str = ""
    reached: bool = True

    @property
    def deciding(self) -> tuple[LeafReason, ...]:
        """The leaves that decided."""
        return tuple(leaf for leaf in self.leaves if leaf.deciding)

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        return {
            "rule": self.rule,
            "truth": self.truth.value,
            "reached": self.reached,
            "note": self.note,
            "leaves": [leaf.to_plain() for leaf in self.leaves],
        }

    def __str__(self) -> str:
        from supportkit.rules._wording import Wording  # noqa: PLC0415 -- the wording imports this module

        return Wording().rule(self)
