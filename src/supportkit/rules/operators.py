"""The closed set of operators: how many arguments each takes, what it yields, which options it bears."""

from __future__ import annotations

from typing import Final

from attrs import frozen

__all__ = ["NEGATIVES", "OPERATORS", "Operator"]


@frozen
class Operator:
    """One canonical operator.

    `role` is connective (conditions in, condition out), predicate (operands in, condition out: a leaf),
    quantifier (a list and a condition in, condition out) or operand (a value out). `most` None: no limit.
    """

    name: str
    role: str
    least: int
    most: int | None
    options: frozenset[str] = frozenset()

    @property
    def is_condition(self) -> bool:
        """Whether it yields a truth, not a value."""
        return self.role != "operand"


_TEXT: Final = frozenset({"fold", "absent"})


def _predicates(names: str, arity: int, options: frozenset[str] = _TEXT) -> list[Operator]:
    return [Operator(name, "predicate", arity, arity, options) for name in names.split()]


OPERATORS: Final[dict[str, Operator]] = {
    operator.name: operator
    for operator in [
        Operator("all", "connective", 0, None),
        Operator("any", "connective", 0, None),
        Operator("not", "connective", 1, 1),
        *_predicates("eq lt le gt ge in contains contains_any contains_all starts_with ends_with matches", 2),
        *_predicates("between", 3, _TEXT | {"bounds"}),
        *_predicates("is_set has_key", 1),
        Operator("mentions", "predicate", 2, None, frozenset({"absent"})),
        Operator("some", "quantifier", 2, 2, frozenset({"absent"})),
        Operator("every", "quantifier", 2, 2, frozenset({"absent"})),
        Operator("count", "operand", 2, 2),
        Operator("age", "operand", 1, 2),
        Operator("coalesce", "operand", 1, None),
        Operator("len", "operand", 1, 1),
    ]
}

NEGATIVES: Final[dict[str, str]] = {
    "none": "any",
    "ne": "eq",
    "not_in": "in",
    "not_contains": "contains",
    "contains_none": "contains_any",
    "not_matches": "matches",
}
"""Operators that are read, and lowered to `not` over the named positive one."""
