"""Conditions as an analysis reads them: coalesce resolved, and each leaf with what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import evolve, frozen

from supportkit.rules._canonical import negation
from supportkit.rules.nodes import FieldRef, Literal, Node, Op
from supportkit.rules.operators import OPERATORS

__all__ = ["PART_OPS", "Look", "is_connective", "leaves", "look_of", "resolved"]

PART_OPS: Final = frozenset(
    {"contains", "contains_any", "contains_all", "starts_with", "ends_with", "matches", "mentions"}
)
_TERMS: Final = frozenset({"len", "age", "count"})


@frozen
class Look:
    """What a leaf looks at: the `value` of a field, the `parts` of it, a `term` over it, or else `opaque`.

    `path` names the field; a count and an opaque leaf have none. `term` is the operand that is compared.
    """

    how: str
    path: tuple[str, ...] | None = None
    term: Op | None = None


def is_connective(node: Node) -> bool:
    """Tell whether the node combines conditions."""
    return isinstance(node, Op) and node.name in {"all", "any", "not"}


def leaves(node: Node) -> Iterator[Node]:
    """Yield the leaves of a condition, quantifiers as they are."""
    if is_connective(node):
        for arg in node.args:
            yield from leaves(arg)
    else:
        yield node


def resolved(node: Node) -> Node:
    """Return the condition with each ``coalesce(a, b)`` split: a where it is set, else b."""
    if is_connective(node):
        assert isinstance(node, Op)
        return Op(node.name, tuple(map(resolved, node.args)))
    if isinstance(node, Op) and node.name == "coalesce":
        return _split(node, None, 0)
    for place, arg in enumerate(node.args if _is_predicate(node) else ()):
        if isinstance(arg, Op) and arg.name == "coalesce":
            return _split(arg, node, place)
    return node


def _is_predicate(node: Node) -> bool:
    return isinstance(node, Op) and OPERATORS[node.name].role == "predicate"


def _split(coalesce: Op, leaf: Node | None, place: int) -> Node:
    """Return the leaf for each argument in turn, the last one whether it is set or not."""
    args = [arg for arg in coalesce.args if not (isinstance(arg, Literal) and arg.value is None)]
    if not all(isinstance(arg, FieldRef | Literal) for arg in args):
        return coalesce if leaf is None else leaf
    literal = next((n for n, arg in enumerate(args) if isinstance(arg, Literal)), len(args) - 1)
    args = args[: literal + 1] or [Literal(None)]
    result = resolved(_put(args[-1], leaf, place))
    for arg in reversed(args[:-1]):
        is_set = Op("is_set", (arg,))
        here = Op("all", (is_set, resolved(_put(arg, leaf, place))))
        result = Op("any", (here, Op("all", (negation(is_set), result))))
    return result


def _put(arg: Node, leaf: Node | None, place: int) -> Node:
    if leaf is None:
        return arg
    assert isinstance(leaf, Op)
    return evolve(leaf, args=(*leaf.args[:place], arg, *leaf.args[place + 1 :]))


def look_of(leaf: Node) -> Look:
    """Return what the leaf looks at."""
    if isinstance(leaf, FieldRef):
        return Look("value", leaf.path)
    if not isinstance(leaf, Op):
        return Look("opaque")
    operands = [arg for arg in leaf.args if isinstance(arg, Op)]
    if operands:
        return _term_look(leaf, operands)
    refs = {arg.path for arg in leaf.args if isinstance(arg, FieldRef)}
    if len(refs) != 1 or leaf.name in {"some", "every"}:
        return Look("opaque")
    (path,) = refs
    if leaf.name in PART_OPS:
        plain = isinstance(leaf.args[0], FieldRef) and not isinstance(leaf.args[1], FieldRef)
        return Look("parts" if plain else "opaque", path)
    if leaf.name == "in" and isinstance(leaf.args[1], FieldRef):
        return Look("parts" if isinstance(leaf.args[0], Literal) else "opaque", path)
    return Look("value", path)


def _term_look(leaf: Op, operands: list[Any]) -> Look:
    """Look at ``len``, ``age`` or ``count`` where it is compared with literals alone."""
    term = operands[0]
    others = [arg for arg in leaf.args if arg is not term]
    compared = leaf.name in {"eq", "lt", "le", "gt", "ge", "between", "in"} and leaf.args[0] is term
    if not compared or term.name not in _TERMS or not all(isinstance(arg, Literal) for arg in others):
        return Look("opaque")
    if term.name == "count":
        return Look("opaque" if leaf.absent else "term", None, term)
    ref = term.args[0]
    return Look("term", ref.path, term) if isinstance(ref, FieldRef) else Look("opaque")
