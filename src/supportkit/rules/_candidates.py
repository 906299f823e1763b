"""Values that leaves ask for: said in words, and found by trying what the literals suggest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from supportkit.rules._overlay import overlaid
from supportkit.rules._printer import node_to_text
from supportkit.rules._reading import Run
from supportkit.rules._trace import Trace
from supportkit.rules._values import classified
from supportkit.rules.evaluation import compiled
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import FieldRef, Literal, Node, Op, walk
from supportkit.rules.schema import Field, Schema
from supportkit.rules.truth import Truth

__all__ = ["changes", "needed"]

_SIGNS: Final = {"lt": ("<", ">="), "le": ("<=", ">"), "gt": (">", "<="), "ge": (">=", "<")}
_WORDS: Final = {
    "eq": ("{0}", "anything but {0}"),
    "in": ("one of {0}", "none of {0}"),
    "contains": ("to contain {0}", "not to contain {0}"),
    "contains_any": ("to contain any of {0}", "to contain none of {0}"),
    "contains_all": ("to contain all of {0}", "not to contain all of {0}"),
    "starts_with": ("to start with {0}", "not to start with {0}"),
    "ends_with": ("to end with {0}", "not to end with {0}"),
    "matches": ("to match {0}", "not to match {0}"),
    "mentions": ("to mention {0}", "not to mention {0}"),
    "is_set": ("a value", "to be absent"),
    "has_key": ("to be given", "not to be given"),
}
_PLAIN: Final = frozenset({"eq", "in", "between", "is_set", *_SIGNS})


def needed(node: Node, wanted: Truth) -> str:
    """Say what a leaf needs to be worth `wanted`, TRUE or FALSE."""
    false = wanted is Truth.FALSE
    if isinstance(node, FieldRef):
        return "false" if false else "true"
    if isinstance(node, Op):
        rest = [node_to_text(arg) for arg in node.args[1:]]
        if node.name in _SIGNS:
            return f"{_SIGNS[node.name][false]} {rest[0]}"
        if node.name == "between":
            return _between(node.bounds, rest, false=false)
        if node.name in _WORDS:
            return _WORDS[node.name][false].format(", ".join(rest))
    return f"{node_to_text(node)} {'not to hold' if false else 'to hold'}"


def _between(bounds: str, rest: list[str], *, false: bool) -> str:
    above, below = (">=" if bounds[0] == "[" else ">"), ("<=" if bounds[1] == "]" else "<")
    if not false:
        return f"{above} {rest[0]} and {below} {rest[1]}"
    opposite = {">=": "<", ">": "<=", "<=": ">", "<": ">="}
    return f"{opposite[above]} {rest[0]} or {opposite[below]} {rest[1]}"


def changes(
    demand: Mapping[Node, Truth],
    flips: Iterable[Trace],
    facts: Any,
    run: Run,
    expression: Expression,
    schema: Schema | None,
) -> dict[str, Any] | None:
    """Return a value for each fact that must change; {} when none can be named, None when none can exist."""
    found: dict[str, Any] = {}
    named = True
    for path in dict.fromkeys(_path(trace.node) for trace in flips):
        if path is None:
            named = False
            continue
        leaves = [(node, truth) for node, truth in demand.items() if _reads(node, path)]
        value = _value(path, leaves, facts, run, expression, _declared(schema, path))
        if value is _NONE:
            if all(_path(node) == path and _is_plain(node) for node, _ in leaves):
                return None
            named = False
        else:
            found[path] = value
    return found if named else {}


_NONE: Final = object()


def _path(node: Node) -> str | None:
    """Return the path of the one fact that a leaf reads directly, if its other operands are literals."""
    if isinstance(node, FieldRef):
        return node.dotted
    if not isinstance(node, Op) or not node.args or not isinstance(node.args[0], FieldRef):
        return None
    plain = not any(isinstance(part, FieldRef) for arg in node.args[1:] for part in walk(arg))
    return node.args[0].dotted if plain else None


def _is_plain(node: Node) -> bool:
    return isinstance(node, FieldRef) or (isinstance(node, Op) and node.name in _PLAIN)


def _reads(node: Node, path: str) -> bool:
    return any(isinstance(part, FieldRef) and part.dotted == path for part in walk(node))


def _declared(schema: Schema | None, path: str) -> Field | None:
    return schema.field(path) if schema is not None else None


def _value(
    path: str,
    leaves: list[tuple[Node, Truth]],
    facts: Any,
    run: Run,
    expression: Expression,
    declared: Field | None,
) -> Any:
    tests = [
        (compiled(node, expression.keywords, expression.declared), truth)
        for node, truth in leaves
        if not isinstance(node, Literal)
    ]
    for value in _suggested([node for node, _ in leaves], declared):
        if _is_legal(value, declared):
            changed = overlaid(facts, {path: value})
            if all(test(changed, run) is truth for test, truth in tests):
                return value
    return _NONE


def _suggested(nodes: list[Node], declared: Field | None) -> Iterator[Any]:
    """Yield the literals of the leaves, then their neighbours, then what lies between two of them."""
    given = [arg.value for node in nodes for arg in node.args[1:] if isinstance(arg, Literal)]
    literals = [each for value in given for each in (value if isinstance(value, tuple) else (value,))]
    yield from literals
    for value in literals:
        yield from _neighbours(value)
    numbers = sorted({_exact(each) for each in literals if _is_number(each)})
    yield from ((one + other) / 2 for one, other in pairwise(numbers))
    yield from given
    yield from declared.values if declared is not None else ()
    yield from (True, False, "", 0, None)


def _exact(value: float | Decimal) -> Decimal:
    return Decimal(repr(value) if isinstance(value, float) else value)


def _is_number(value: Any) -> bool:
    return type(value) in {int, float, Decimal} and _exact(value).is_finite()


def _neighbours(value: Any) -> Iterator[Any]:
    try:
        if isinstance(value, str):
            yield from (f"{value}a", value[:-1])
        elif isinstance(value, datetime | timedelta):
            yield from (value + timedelta.resolution, value - timedelta.resolution)
        elif isinstance(value, date):
            yield from (value + timedelta(days=1), value - timedelta(days=1))
        elif _is_number(value):
            yield from (value + 1, value - 1)
    except OverflowError:
        return


_TYPES: Final = {"bool": "bool", "int": "number", "decimal": "number", "text": "text", "enum": "text"}


def _is_legal(value: Any, declared: Field | None) -> bool:
    """Tell whether the schema allows a value, so that nothing is suggested that can never be."""
    if declared is None or value is None:
        return declared is None or declared.nullable
    kind = _TYPES.get(declared.type)
    if kind is not None and classified(value)[0] != kind:
        return False
    if declared.values and declared.type == "enum" and value not in declared.values:
        return False
    if declared.type == "int" and type(value) is not int:
        return False
    above = declared.min is None or value >= declared.min
    return bool(above and (declared.max is None or value <= declared.max))
