"""Facts for conditions and rule sets: typed by their schema, near the values that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from supportkit.rules import Expression, Field, Schema
from supportkit.rules.nodes import FieldRef, KeywordRef, Node, Op
from supportkit.rules.operators import OPERATORS
from supportkit.testing.strategies.vocabulary import literals_beside

__all__ = ["asked_schema", "schema_facts"]

_STEP: Mapping[type, Any] = {
    int: 1,
    Decimal: Decimal("0.01"),
    timedelta: timedelta(microseconds=1),
    date: timedelta(days=1),
    datetime: timedelta(microseconds=1),
}
_EPOCH = timedelta(0)
_LISTS = frozenset({"list", "set"})
_TYPES: Mapping[type, str] = {
    bool: "bool",
    int: "decimal",
    Decimal: "decimal",
    float: "decimal",
    str: "text",
    date: "date",
    datetime: "datetime",
    timedelta: "duration",
}
Values = st.SearchStrategy[Any]


def schema_facts(schema: Schema, about: Iterable[Expression], *, now: datetime) -> Values:
    """Nested facts of a schema, of their types or absent, near what the conditions `about` compare with."""
    asked = tuple(about)
    said = _said(asked)
    flat = {path: _value(schema, path, said, now) for path in schema.paths if not _computed(schema, path)}
    whole = {path: some for path, some in flat.items() if not any(p.startswith(f"{path}.") for p in flat)}
    drawn = {path: st.one_of(st.none(), some, some) for path, some in whole.items()}
    return st.fixed_dictionaries(drawn).map(_nested)


def asked_schema(about: Iterable[Expression]) -> Schema:
    """Guess the fields that conditions without a schema read, by what they are compared with."""
    asked = tuple(about)
    said, guessed = _said(asked), dict[str, Field]()
    used = {path: type_ for each in asked for path, type_ in _uses(each.node, {}, condition=True)}
    for path in {path: None for each in asked for path in (*sorted(each.fields()), *used)}:
        types = {_TYPES.get(type(value)) for value in said.get(path, ())} - {None}
        type_ = used.get(path) or (types.pop() if len(types) == 1 else "text")
        guessed[path] = Field(path, type_ or "text", nullable=True)
    parts = {path for path in guessed if any(other.startswith(f"{path}.") for other in guessed)}
    kept = (each for path, each in guessed.items() if path not in parts or each.type == "list")
    return Schema(kept)


def _computed(schema: Schema, path: str) -> bool:
    declared = schema.field(path)
    return declared is not None and declared.compute is not None


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        *outer, last = path.split(".")
        group = nested
        for name in outer:
            group = group.setdefault(name, {})
        if value is not None:
            group[last] = value
    return nested


def _said(about: Iterable[Expression]) -> dict[str, tuple[Any, ...]]:
    """Return the values that conditions hold against each fact; of keyword sets their phrases."""
    found: dict[str, dict[Any, None]] = {}
    for each in about:
        for path, value in literals_beside(each.node):
            found.setdefault(path, {})[value] = None
        for path, name in _keywords(each.node):
            phrases = each.keywords[name].phrases if name in each.keywords else ()
            found.setdefault(path, {}).update((phrase.text, None) for phrase in phrases)
    return {path: tuple(values) for path, values in found.items()}


def _keywords(node: Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, Op) and node.name == "mentions" and isinstance(node.args[0], FieldRef):
        yield from ((node.args[0].dotted, arg.name) for arg in node.args if isinstance(arg, KeywordRef))
    for arg in node.args:
        yield from _keywords(arg)


def _uses(node: Node, lists: Mapping[str, str], *, condition: bool) -> Iterator[tuple[str, str]]:
    """Yield the facts whose type shows in where they stand: flags, lists, instants; parts of elements too."""
    if isinstance(node, FieldRef):
        head = lists.get(node.path[0], node.path[0])
        if condition:
            yield ".".join((head, *node.path[1:])), "bool"
        elif node.path[0] in lists and len(node.path) > 1:
            yield ".".join((head, *node.path[1:])), ""
        return
    if not isinstance(node, Op):
        return
    if node.variable is not None:
        over, where = node.args
        named = over.dotted if isinstance(over, FieldRef) else node.variable
        if isinstance(over, FieldRef):
            yield named, "list"
        yield from _uses(where, {**lists, node.variable: named}, condition=True)
        return
    if node.name == "age" and isinstance(node.args[0], FieldRef):
        yield node.args[0].dotted, "datetime"
    connective = OPERATORS[node.name].role == "connective"
    for arg in node.args:
        yield from _uses(arg, lists, condition=connective)


def _value(schema: Schema, path: str, said: Mapping[str, tuple[Any, ...]], now: datetime) -> Values:
    field = schema.field(path)
    assert field is not None
    if field.type not in _LISTS:
        return _plain(field, said.get(path, ()), now)
    parts = [each for each in schema if (above := schema.list_above(each.path)) and above.path == path]
    if parts:
        below = {each.path.removeprefix(f"{path}."): _value(schema, each.path, said, now) for each in parts}
        each = st.fixed_dictionaries({}, optional=below)
        return st.lists(each, max_size=3)
    inner = Field(path, field.of or ("enum" if field.values else "text"), values=field.values)
    elements = st.lists(_plain(inner, said.get(path, ()), now), max_size=3)
    return elements if field.type == "list" else elements.map(_distinct)


def _distinct(values: list[Any]) -> Any:
    return frozenset(values) if all(value.__hash__ is not None for value in values) else values


def _plain(field: Field, said: Iterable[Any], now: datetime) -> Values:
    """Values of one plain type: what conditions name and its neighbours, and others within the bounds."""
    near = [each for value in said for each in _near(value, field)]
    inside = [each for each in near if _within(each, field)]
    others: Values = _OTHERS[field.type](field, now)
    return st.sampled_from(sorted(set(inside), key=inside.index)) | others if inside else others


def _near(value: Any, field: Field) -> Iterator[Any]:
    if isinstance(value, bool) or value is None:
        return
    if field.type == "datetime" and isinstance(value, timedelta):
        return
    if field.type == "decimal" and isinstance(value, int):
        value = Decimal(value)
    step = _STEP.get(type(value))
    if step is not None:
        yield from (value - step, value, value + step)
    elif isinstance(value, str):
        yield from (value, f"so {value}, again") if field.type == "text" else (value,)


def _within(value: Any, field: Field) -> bool:
    if field.values and value not in field.values:
        return False
    fits = {"int": int, "decimal": int | Decimal, "text": str, "enum": str, "duration": timedelta}
    kind = fits.get(field.type)
    if kind is not None and not isinstance(value, kind):
        return False
    if field.type in {"date", "datetime"} and isinstance(value, datetime) is not (field.type == "datetime"):
        return False
    return (field.min is None or value >= field.min) and (field.max is None or value <= field.max)


def _numbers(field: Field, places: int | None) -> Values:
    low = -1000 if field.min is None else field.min
    high = max(low, 10_000) if field.max is None else field.max
    return st.integers(low, high) if places is None else st.decimals(low, high, places=places)


_OTHERS: Mapping[str, Any] = {
    "bool": lambda _, __: st.booleans(),
    "int": lambda field, _: st.sampled_from(field.values) if field.values else _numbers(field, None),
    "decimal": lambda field, _: _numbers(field, 2),
    "text": lambda _, __: st.sampled_from(["other", ""]),
    "enum": lambda field, _: st.sampled_from(field.values),
    "date": lambda _, __: st.dates(date(2024, 1, 1), date(2028, 1, 1)),
    "datetime": lambda _, now: st.timedeltas(_EPOCH, timedelta(days=40)).map(lambda passed: now - passed),
    "duration": lambda _, __: st.timedeltas(_EPOCH, timedelta(days=40)),
    "record": lambda _, __: st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
    "list": lambda _, __: st.lists(st.integers(0, 3), max_size=2),
    "set": lambda _, __: st.frozensets(st.integers(0, 3), max_size=2),
}
