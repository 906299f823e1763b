"""The normal form of a condition for the index: rows that must hold one by one, made of atoms.

A condition holds when one of its rows does; a row holds when all its parts do. A part is an `Atom`, a test of
one fact against literals that a column can look up, or a node that only evaluation can settle. Pushing
negations inwards is exact in four values, too: de Morgan's laws hold with unknown and error.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import evolve, frozen

from supportkit.rules._values import ORDERED, classified
from supportkit.rules.evaluation import leaf_key, needle_sets
from supportkit.rules.nodes import FieldRef, Literal, Node, Op
from supportkit.rules.truth import NEGATED, ON_ABSENT, Truth

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet

__all__ = ["MAX_ROWS", "Atom", "Part", "equal_key", "rows_of"]

MAX_ROWS: Final = 8
"""How many rows one condition may become; a part that would take more is left to evaluation."""

_EXACT_FLOATS: Final = 2**53
_RANGES: Final = frozenset({"lt", "le", "gt", "ge", "between"})


@frozen
class Atom:
    """One fact against literals.

    `column` is equal, range, words, holds or present; `kind` the kind of literals; `wanted` is a frozenset
    of keys (equal), needles (holds) or keyword sets (words), a tuple of (limit, limit is inside, is upper)
    (range), or empty. `leaves` give the keys of the leaves that it stands for; `on_absent` is its worth
    without the fact.
    """

    path: tuple[str, ...]
    column: str
    kind: str
    wanted: Any
    positive: bool
    on_absent: Truth
    leaves: tuple[Callable[[], str], ...]


Part: TypeAlias = Atom | Node
_Row: TypeAlias = tuple[Part, ...]


def rows_of(node: Node, keywords: Mapping[str, KeywordSet]) -> list[_Row]:
    """Return the rows of a condition: none when it never holds, an empty one when it always does."""
    return _Normal(keywords).rows(node, positive=True)


class _Normal:
    def __init__(self, keywords: Mapping[str, KeywordSet]) -> None:
        self._keywords = keywords

    def rows(self, node: Node, *, positive: bool) -> list[_Row]:
        if isinstance(node, Op) and node.name == "not":
            return self.rows(node.args[0], positive=not positive)
        if isinstance(node, Op) and node.name in {"all", "any"}:
            joined = self._every if (node.name == "all") is positive else self._either
            return joined(node, positive=positive)
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return [()] if node.value is positive else []
        return [(_atom(node, self._keywords, positive=positive) or node,)]

    def _every(self, node: Op, *, positive: bool) -> list[_Row]:
        product: list[_Row] = [()]
        for arg in node.args:
            branches = self.rows(arg, positive=positive)
            if len(product) * len(branches) > MAX_ROWS:
                branches = [(arg,)]
            product = [row + branch for row in product for branch in branches]
        return product

    def _either(self, node: Op, *, positive: bool) -> list[_Row]:
        branches = [row for arg in node.args for row in self.rows(arg, positive=positive)]
        branches = list(_merged(branches))
        return branches if len(branches) <= MAX_ROWS else [(node,)]


def _merged(rows: list[_Row]) -> Iterator[_Row]:
    """Join alternatives on one fact: ``x == "a" or x == "b"`` is one look-up."""
    alike: dict[Hashable, Atom] = {}
    for row in rows:
        atom = row[0] if len(row) == 1 else None
        if isinstance(atom, Atom) and atom.positive and isinstance(atom.wanted, frozenset):
            key = (atom.path, atom.column, atom.kind, atom.on_absent)
            before = alike.get(key)
            alike[key] = atom if before is None else _both(before, atom)
        else:
            yield row
    yield from ((atom,) for atom in alike.values())


def _both(one: Atom, other: Atom) -> Atom:
    return evolve(one, wanted=one.wanted | other.wanted, leaves=one.leaves + other.leaves)


def _atom(node: Node, keywords: Mapping[str, KeywordSet], *, positive: bool) -> Atom | None:
    if isinstance(node, FieldRef):
        return Atom(node.path, "equal", "bool", frozenset({True}), positive, Truth.UNKNOWN, ())
    if not isinstance(node, Op) or not isinstance(node.args[0], FieldRef) or node.fold:
        return None
    asked = _asked(node, keywords)
    if asked is None:
        return None
    column, kind, wanted = asked
    absent = ON_ABSENT[node.absent]
    on_absent = absent if positive else NEGATED[absent]
    keys = (partial(leaf_key, node, keywords),)
    return Atom(node.args[0].path, column, kind, wanted, positive, on_absent, keys)


def _asked(node: Op, keywords: Mapping[str, KeywordSet]) -> tuple[str, str, Any] | None:
    """Return (column, kind, wanted) of a leaf over one fact, None for what no column looks up."""
    if node.name == "is_set":
        return "present", "", ()
    if node.name == "mentions":
        return "words", "text", frozenset(needle_sets(node, keywords))
    values = [arg.value for arg in node.args[1:] if isinstance(arg, Literal)]
    if len(values) < len(node.args) - 1:
        return None
    if node.name == "eq":
        return _equal(values)
    if node.name == "in" and isinstance(values[0], tuple):
        return _equal([value for value in values[0] if value is not None])
    if node.name in _RANGES:
        return _range(node, values)
    if node.name == "contains":
        return _holds(values)
    many = node.name == "contains_any" and isinstance(values[0], tuple)
    return _holds(values[0]) if many else None


def _equal(values: list[Any]) -> tuple[str, str, Any] | None:
    kinds = {classified(value)[0] for value in values}
    if len(kinds) != 1:
        return None
    kind = kinds.pop()
    keys = [equal_key(kind, classified(value)[1]) for value in values]
    return None if None in keys else ("equal", kind, frozenset(keys))


def equal_key(kind: str, value: Any) -> Hashable | None:
    """Return what two equal values of one kind share, None for a value that must be compared.

    Floats count by their shortest decimal text, as beside decimals; beside whole numbers that is the same as
    long as floats hold these exactly.
    """
    if kind == "number":
        if isinstance(value, float):
            if not -_EXACT_FLOATS < value < _EXACT_FLOATS:
                return None
            return Decimal(float.__repr__(value))
        return value if isinstance(value, int) or value.is_finite() else None
    return value if kind in {"text", "bool", "date", "instant", "naive", "duration"} else None


def _range(node: Op, values: list[Any]) -> tuple[str, str, Any] | None:
    kinds = {classified(value)[0] for value in values}
    kind = kinds.pop()
    if kinds or kind not in ORDERED:
        return None
    limits = [equal_key(kind, classified(value)[1]) for value in values]
    if None in limits:
        return None
    if node.name == "between":
        low, high = limits
        wanted = ((low, node.bounds[0] == "[", False), (high, node.bounds[1] == "]", True))
        return "range", kind, wanted
    return "range", kind, ((limits[0], node.name in {"le", "ge"}, node.name in {"lt", "le"}),)


def _holds(needles: Any) -> tuple[str, str, Any] | None:
    if not needles or not all(type(needle) is str for needle in needles):
        return None
    return "holds", "text", frozenset(needles)
