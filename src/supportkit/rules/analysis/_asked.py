"""What a set of conditions asks of each fact, gathered before its values are cut into cells."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from attrs import Factory, define

from supportkit.rules._values import classified
from supportkit.rules.analysis._leaves import Look, leaves, look_of
from supportkit.rules.analysis._parts import Part, parts_of
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import FieldRef, KeywordRef, Literal, Node, Op, walk

__all__ = ["Asked", "Path", "Questions", "facts_read", "is_constant", "opaque_key"]

Path = tuple[str, ...]
_ORDERS = frozenset({"lt", "le", "gt", "ge", "between"})
_TEXT_ONLY = frozenset({"starts_with", "ends_with", "matches", "mentions"})
_TERM_KINDS: Mapping[str, tuple[str, ...]] = {"len": ("list", "text"), "age": ("instant",)}


@define
class Asked:
    """What is asked of one fact; `kinds` are the kinds of value that would not be an error.

    `beside`: a leaf that only an evaluation can tell, or a count, looks at it too.
    """

    literals: list[Any] = Factory(list)
    kinds: dict[str, None] = Factory(dict)
    parts: dict[Part, None] = Factory(dict)
    terms: dict[Op, list[Any]] = Factory(dict)
    ordered: bool = False
    folded: bool = False
    has_key: bool = False
    beside: bool = False


@define
class Questions:
    """All that some conditions ask: by fact, of counts, and what only an evaluation can tell."""

    facts: dict[Path, Asked] = Factory(dict)
    counts: dict[Op, list[Any]] = Factory(dict)
    opaque: dict[Hashable, Node] = Factory(dict)

    def ask(self, condition: Node, keywords: dict[str, KeywordSet]) -> None:
        """Add what the leaves of a condition ask."""
        for leaf in leaves(condition):
            look = look_of(leaf)
            if is_constant(leaf):
                continue
            if look.path is None or look.how == "opaque":
                for path in facts_read(leaf):
                    self.facts.setdefault(path, Asked()).beside = True
            if look.how == "opaque":
                self.opaque.setdefault(opaque_key(leaf, keywords), leaf)
            elif look.path is None:
                assert look.term is not None
                self.counts.setdefault(look.term, []).extend(_literals(leaf))
            else:
                self._ask_fact(leaf, look, self.facts.setdefault(look.path, Asked()), keywords)

    def _ask_fact(self, leaf: Node, look: Look, asked: Asked, keywords: dict[str, KeywordSet]) -> None:
        if isinstance(leaf, FieldRef):
            asked.kinds["bool"] = None
            return
        assert isinstance(leaf, Op)
        asked.has_key |= leaf.name == "has_key"
        if look.term is not None:
            asked.terms.setdefault(look.term, []).extend(_literals(leaf))
            asked.kinds |= dict.fromkeys(_TERM_KINDS[look.term.name])
        elif look.how == "parts":
            asked.parts |= dict.fromkeys(part for part in parts_of(leaf, keywords) if part is not None)
            asked.kinds |= dict.fromkeys(_part_kinds(leaf))
        else:
            found = list(_literals(leaf))
            asked.literals += found
            asked.kinds |= dict.fromkeys(classified(each)[0] for each in found)
            asked.folded |= leaf.fold
            asked.ordered |= leaf.name in _ORDERS


def _part_kinds(leaf: Op) -> tuple[str, ...]:
    if leaf.name in _TEXT_ONLY:
        return ("text",)
    return ("list",) if leaf.name == "in" else ("list", "text")


def _literals(leaf: Node) -> Iterator[Any]:
    assert isinstance(leaf, Op)
    for arg in leaf.args:
        if isinstance(arg, Literal):
            many = leaf.name == "in" and isinstance(arg.value, tuple)
            yield from (each for each in (arg.value if many else (arg.value,)) if each is not None)


def is_constant(leaf: Node) -> bool:
    """Tell whether the leaf looks at no fact at all."""
    return not any(isinstance(each, FieldRef) for each in walk(leaf))


def facts_read(node: Node) -> frozenset[Path]:
    """Return the facts that a node looks at, elements of lists aside."""
    return frozenset(tuple(name.split(".")) for name in Expression(node).fields())


def opaque_key(leaf: Node, keywords: Mapping[str, KeywordSet]) -> Hashable:
    """Return what makes two opaque leaves the same question."""
    names = [each.name for each in walk(leaf) if isinstance(each, KeywordRef)]
    return leaf, tuple(keywords[name].key for name in names)
