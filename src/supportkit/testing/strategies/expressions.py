"""Conditions over the fields of a schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import FACTS
from supportkit.rules import Expression, Field, KeywordSet, Schema, fact, from_json
from supportkit.testing.strategies.instants import instants

__all__ = ["expressions"]

_WORDS = ("refund", "no signal", "grüße")
Leaf = Callable[[Any], Expression]


def expressions(
    schema: Schema = FACTS, *, keywords: Mapping[str, KeywordSet] | None = None, max_leaves: int = 4
) -> st.SearchStrategy[Expression]:
    """Conditions of up to `max_leaves` leaves that pass the checks of a `schema`.

    Text fields are asked for `keywords` too. They shrink towards one leaf on the first field of the schema.

    >>> from hypothesis import given
    >>> from supportkit.rules import parse
    >>> @given(expressions())
    ... def a_condition_is_read_back_from_its_text(condition):
    ...     assert parse(condition.to_text()) == condition
    >>> a_condition_is_read_back_from_its_text()
    """
    own = tuple(each for each in schema if each.path in schema.paths)
    leaves = st.sampled_from(own).flatmap(lambda field: _leaf(field, keywords or {}, schema))
    trees = st.recursive(leaves, _joined, max_leaves=max_leaves)
    return trees.map(lambda tree: from_json(tree.to_json(), schema=schema, keywords=tree.keywords))


def _joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda parts: reduce(and_, parts)),
        several.map(lambda parts: reduce(or_, parts)),
        inner.map(lambda part: ~part),
    )


def _leaf(field: Field, keywords: Mapping[str, KeywordSet], schema: Schema) -> st.SearchStrategy[Expression]:
    tests = _is_set() if field.nullable else st.nothing()
    parts = [each for each in schema if each.path.rpartition(".")[0] == field.path]
    tests |= _quantified(field, parts, keywords) if parts else _TESTS[field.type](field, keywords)
    return tests.map(lambda test: test(fact[field.path]))


def _quantified(
    field: Field, parts: list[Field], keywords: Mapping[str, KeywordSet]
) -> st.SearchStrategy[Leaf]:
    """Ask the elements of a list of records for one of their parts, or for how many fulfil it."""

    def asked(part: Field) -> st.SearchStrategy[Leaf]:
        name = part.path.removeprefix(f"{field.path}.")
        return _TESTS[part.type](part, keywords).map(lambda test: lambda each: test(each[name]))

    inner = st.sampled_from(parts).flatmap(asked)
    quantified = st.builds(
        lambda name, test: lambda one: getattr(one, name)(test),
        st.sampled_from(["some", "every"]),
        inner,
    )
    counted = st.builds(lambda test, least: lambda one: one.count(test) >= least, inner, st.integers(0, 3))
    return quantified | counted


def _is_set() -> st.SearchStrategy[Leaf]:
    return st.just(lambda one: one.is_set())


def _compared(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Leaf]:
    """Compare with one value, or ask for a range."""
    single = st.builds(
        lambda name, value: lambda one: getattr(one, name)(value),
        st.sampled_from(["__ge__", "__lt__", "__eq__", "__ne__", "__gt__", "__le__"]),
        values,
    )
    ranges = st.builds(
        lambda low, high, bounds: lambda one: one.between(*sorted([low, high]), bounds=bounds),
        values,
        values,
        st.sampled_from(["[]", "[)", "(]", "()"]),
    )
    return single | ranges


def _named(values: st.SearchStrategy[str]) -> st.SearchStrategy[Leaf]:
    return st.one_of(
        values.map(lambda value: lambda one: one == value),
        st.lists(values, min_size=1, max_size=3, unique=True).map(lambda some: lambda one: one.in_(some)),
    )


def _text(_: Field, keywords: Mapping[str, KeywordSet]) -> st.SearchStrategy[Leaf]:
    words = st.sampled_from(_WORDS)
    needles = words if not keywords else words | st.sampled_from(tuple(keywords.values()))
    return st.one_of(
        _named(words),
        words.map(lambda word: lambda one: one.starts_with(word)),
        words.map(lambda word: lambda one: one.contains(word)),
        needles.map(lambda needle: lambda one: one.mentions(needle)),
    )


def _elements(field: Field, _: Mapping[str, KeywordSet]) -> st.SearchStrategy[Leaf]:
    if field.of not in {None, "text", "enum"}:
        return st.integers(0, 3).map(lambda least: lambda one: one.len() >= least)
    values = st.sampled_from(field.values or _WORDS)
    return st.one_of(
        values.map(lambda value: lambda one: one.contains(value)),
        st.lists(values, min_size=1, max_size=2).map(lambda some: lambda one: one.contains_any(some)),
    )


def _numbers(field: Field, *, places: int | None) -> st.SearchStrategy[Any]:
    low = -1000 if field.min is None else field.min
    high = 10_000 if field.max is None else field.max
    return st.integers(low, high) if places is None else st.decimals(low, high, places=places)


_TESTS: Mapping[str, Callable[[Field, Mapping[str, KeywordSet]], st.SearchStrategy[Leaf]]] = {
    "bool": lambda _, __: st.just(lambda one: one.is_true()),
    "int": lambda field, _: _compared(_numbers(field, places=None)),
    "decimal": lambda field, _: _compared(_numbers(field, places=2)),
    "text": _text,
    "enum": lambda field, _: _named(st.sampled_from(field.values)),
    "date": lambda _, __: _compared(st.dates(date(2024, 1, 1), date(2028, 1, 1))),
    "datetime": lambda _, __: _compared(instants()),
    "duration": lambda _, __: _compared(st.timedeltas(timedelta(0), timedelta(days=40))),
    "set": _elements,
    "list": _elements,
    "record": lambda _, __: _is_set(),
}
