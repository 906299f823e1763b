"""Tests of leaves over values that are there: the general ones, and fast ones for the usual types."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from supportkit.rules._folding import folded
from supportkit.rules._reading import Reader, Run
from supportkit.rules._values import classified, contained, equal, ordered
from supportkit.rules.nodes import Literal, Op
from supportkit.rules.patterns import Pattern
from supportkit.rules.truth import Truth, all_true, any_true

__all__ = ["Evaluator", "Slow", "Test", "fast_leaf", "orders_null", "test_of"]

TRUE, FALSE, UNKNOWN, ERROR = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.ERROR

Evaluator: TypeAlias = Callable[[Any, Run], Truth]
Test: TypeAlias = Callable[[list[Any]], Truth]
Slow: TypeAlias = Callable[[list[Any], Run], Truth]

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def orders_null(node: Op) -> bool:
    """Tell whether the leaf asks for the order of a literal null, which has none."""
    nulls = any(isinstance(arg, Literal) and arg.value is None for arg in node.args)
    return nulls and (node.name in _COMPARE or node.name == "between")


def test_of(node: Op) -> Test:
    """Return the test of a leaf over values that are neither absent nor in error."""
    fold = node.fold
    if node.name in _COMPARE:
        compare = _COMPARE[node.name]
        return lambda values: ordered(values[0], values[1], compare, fold)
    if node.name == "between":
        return _between(node)
    if node.name == "matches":
        pattern = node.args[1]
        assert isinstance(pattern, Literal)
        return _matches(Pattern.of(pattern.value, fold=fold))
    return lambda values: _BINARY[node.name](values[0], values[1], fold)


def _bounds(node: Op) -> tuple[Callable[[Any, Any], bool], Callable[[Any, Any], bool]]:
    above = operator.ge if node.bounds[0] == "[" else operator.gt
    below = operator.le if node.bounds[1] == "]" else operator.lt
    return above, below


def _between(node: Op) -> Test:
    above, below = _bounds(node)

    def between(values: list[Any]) -> Truth:
        value, low, high = values
        pair = (ordered(value, low, above, node.fold), ordered(value, high, below, node.fold))
        return ERROR if ERROR in pair else all_true(pair)

    return between


def _matches(pattern: Pattern) -> Test:
    def matches(values: list[Any]) -> Truth:
        kind, value = classified(values[0])
        if kind != "text":
            return ERROR
        return TRUE if pattern.found(value) else FALSE

    return matches


def _in(value: Any, elements: Any, fold: bool) -> Truth:
    kind, elements = classified(elements)
    return contained(value, elements, fold) if kind == "list" else ERROR


def _contains(hay: Any, needle: Any, fold: bool) -> Truth:
    kind, hay = classified(hay)
    if kind == "list":
        return contained(needle, hay, fold)
    return _of_text(operator.contains, kind, hay, needle, fold)


def _of_text(test: Callable[[str, str], bool], kind: str, text: Any, needle: Any, fold: bool) -> Truth:
    other, needle = classified(needle)
    if kind != "text" or other != "text":
        return ERROR
    if fold:
        text, needle = folded(text), folded(needle)
    return TRUE if test(text, needle) else FALSE


def _contains_many(join: Callable[[Any], Truth]) -> Callable[[Any, Any, bool], Truth]:
    def test(hay: Any, needles: Any, fold: bool) -> Truth:
        kind, needles = classified(needles)
        if kind != "list" or classified(hay)[0] not in {"text", "list"}:
            return ERROR
        return join(FALSE if needle is None else _contains(hay, needle, fold) for needle in needles)

    return test


def _edge(test: Callable[[str, str], bool]) -> Callable[[Any, Any, bool], Truth]:
    def leaf(text: Any, needle: Any, fold: bool) -> Truth:
        kind, text = classified(text)
        return _of_text(test, kind, text, needle, fold)

    return leaf


_BINARY: Final[dict[str, Callable[[Any, Any, bool], Truth]]] = {
    "eq": equal,
    "in": _in,
    "contains": _contains,
    "contains_any": _contains_many(any_true),
    "contains_all": _contains_many(all_true),
    "starts_with": _edge(str.startswith),
    "ends_with": _edge(str.endswith),
}


def fast_leaf(node: Op, readers: list[Reader], slow: Slow) -> Evaluator | None:
    """Return a closure that answers the usual types at once and leaves all others to `slow`."""
    if node.fold:
        return None
    if node.name == "between":
        return _fast_between(node, readers[0], slow)
    right = node.args[-1]
    if not isinstance(right, Literal) or len(readers) != 2:
        return None
    read, value = readers[0], right.value
    if type(value) is str and node.name in _TEXT_TESTS:
        return _fast_text(_TEXT_TESTS[node.name], read, value, slow)
    if type(value) is tuple and node.name == "in" and all(type(item) is str for item in value):
        return _fast_text(_is_in, read, frozenset(value), slow, given=value)
    if _is_exact(value) and (node.name in _COMPARE or node.name == "eq"):
        return _fast_number(_COMPARE.get(node.name, operator.eq), read, value, slow)
    return None


def _is_exact(value: Any) -> bool:
    return type(value) is int or (type(value) is Decimal and value.is_finite())


def _is_in(text: str, texts: frozenset[str]) -> bool:
    return text in texts


_TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "eq": operator.eq,
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


def _fast_text(
    test: Callable[[str, Any], bool],
    read: Reader,
    needle: Any,
    slow: Slow,
    given: Any = None,
) -> Evaluator:
    literal = needle if given is None else given

    def text_leaf(facts: Any, run: Run) -> Truth:
        value = read(facts, run)
        if type(value) is str:
            return TRUE if test(value, needle) else FALSE
        return slow([value, literal], run)

    return text_leaf


def _fast_between(node: Op, read: Reader, slow: Slow) -> Evaluator | None:
    low, high = (arg.value if isinstance(arg, Literal) else None for arg in node.args[1:])
    if not (_is_exact(low) and _is_exact(high)):
        return None
    above, below = _bounds(node)

    def range_leaf(facts: Any, run: Run) -> Truth:
        value = read(facts, run)
        kind = type(value)
        if kind is int or (kind is Decimal and value.is_finite()):
            return TRUE if above(value, low) and below(value, high) else FALSE
        return slow([value, low, high], run)

    return range_leaf


def _fast_number(
    compare: Callable[[Any, Any], bool],
    read: Reader,
    threshold: int | Decimal,
    slow: Slow,
) -> Evaluator:
    def number_leaf(facts: Any, run: Run) -> Truth:
        value = read(facts, run)
        kind = type(value)
        if kind is int or (kind is Decimal and value.is_finite()):
            return TRUE if compare(value, threshold) else FALSE
        return slow([value, threshold], run)

    return number_leaf
