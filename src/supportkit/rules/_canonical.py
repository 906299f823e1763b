"""How operators as written become the canonical tree: lowered negatives, null tests, flattened all/any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from supportkit.rules.nodes import Literal, Node, Op
from supportkit.rules.operators import NEGATIVES, OPERATORS

__all__ = ["MIRRORED", "build", "negation", "with_absent", "with_fold"]

MIRRORED: Final = {"eq": "eq", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
_FLIPPED: Final = {"true": "false", "false": "true"}


def build(
    name: str,
    args: tuple[Node, ...],
    *,
    bounds: str = "[]",
    fold: bool = False,
    absent: str | None = None,
    variable: str | None = None,
) -> Node:
    """Return the canonical node of an operator whose arguments are already canonical and checked."""
    if name in NEGATIVES:
        flipped = absent and _FLIPPED.get(absent, absent)
        return _negative(name, build(NEGATIVES[name], args, bounds=bounds, fold=fold, absent=flipped))
    if name in {"all", "any"}:
        return Op(name, tuple(_flattened(name, args)))
    if name in MIRRORED:
        return _comparison(name, args, fold=fold, absent=absent)
    if name in {"is_set", "has_key"}:
        return Op(name, args)
    return Op(name, args, bounds=bounds, fold=fold, absent=absent, variable=variable)


def negation(node: Node) -> Node:
    return Op("not", (node,))


def _negative(name: str, positive: Node) -> Node:
    """Negate a lowered operator; ``x != None`` is a test of its own, not the negation of a negation."""
    if name == "ne" and isinstance(positive, Op) and positive.name == "not":
        return positive.args[0]
    return negation(positive)


def _flattened(name: str, args: tuple[Node, ...]) -> Iterator[Node]:
    for arg in args:
        if isinstance(arg, Op) and arg.name == name:
            yield from arg.args
        else:
            yield arg


def _comparison(name: str, args: tuple[Node, ...], *, fold: bool, absent: str | None) -> Node:
    left, right = args
    if isinstance(left, Literal) and not isinstance(right, Literal):
        name, left, right = MIRRORED[name], right, left
    if name == "eq":
        for one, other in ((right, left), (left, right)):
            if isinstance(one, Literal) and one.value is None:
                return negation(Op("is_set", (other,)))
    return Op(name, (left, right), fold=fold, absent=absent)


def with_absent(node: Node, absent: str) -> Node | None:
    """Return the leaf (or negated leaf) with its policy for absent facts; None when it is no leaf."""
    if isinstance(node, Op) and node.name == "not":
        inner = with_absent(node.args[0], _FLIPPED.get(absent, absent))
        return None if inner is None else negation(inner)
    if not isinstance(node, Op) or "absent" not in OPERATORS[node.name].options:
        return None
    return node if node.name in {"is_set", "has_key"} else evolve(node, absent=absent)


def with_fold(node: Node) -> Node | None:
    """Return the leaf (or negated leaf) with case and compatibility folding; None when it cannot fold."""
    if isinstance(node, Op) and node.name == "not":
        inner = with_fold(node.args[0])
        return None if inner is None else negation(inner)
    if not isinstance(node, Op) or "fold" not in OPERATORS[node.name].options:
        return None
    return node if node.name in {"is_set", "has_key"} else evolve(node, fold=True)
