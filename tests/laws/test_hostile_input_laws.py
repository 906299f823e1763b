"""Conditions and rule sets of any shape: they are read, or refused with the errors of this package."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from supportkit.errors import ExpressionError, InvalidValue, PolicyError
from supportkit.rules import Expression, Rule, RuleSet, Truth, from_json, parse
from supportkit.rules.operators import NEGATIVES, OPERATORS

NOW = datetime(2026, 1, 31, tzinfo=UTC)
NAMES = [*OPERATORS, *NEGATIVES, "al", "", "__class__"]
TAGS = ["$dec", "$date", "$dt", "$dur", "$float", "$map", "$x", "v", "expr"]
WORDS = [
    "a",
    "a.b",
    "",
    ".",
    "[)",
    "true",
    "error",
    "(a+)+",
    "[",
    "1e999",
    "P1D",
    "2026-01-31",
    "NaN",
    "\ud800",
    "é",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**30),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(WORDS),
    st.binary(max_size=2),
)
keys = st.sampled_from(
    ["op", "args", "field", "over", "as", "where", "fold", "absent", "bounds", "keywords", *TAGS]
)


def grown(inner):
    node = st.fixed_dictionaries(
        {"op": st.sampled_from(NAMES)},
        optional={
            "args": st.lists(inner, max_size=3),
            "over": inner,
            "as": st.sampled_from(["e", "fact", "_x", ""]) | scalars,
            "where": inner,
            "fold": st.booleans() | scalars,
            "absent": st.sampled_from(["true", "false", "error"]) | scalars,
            "bounds": st.sampled_from(["[]", "()"]) | scalars,
        },
    )
    return st.one_of(
        node,
        st.lists(inner, max_size=3),
        st.dictionaries(keys | scalars, inner, max_size=3),
        st.fixed_dictionaries({"field": st.sampled_from(WORDS) | inner}),
        st.sampled_from(TAGS).flatmap(lambda tag: st.fixed_dictionaries({tag: inner})),
    )


trees = st.recursive(scalars, grown, max_leaves=12)
PIECES = [
    *NAMES,
    *WORDS,
    *string.punctuation,
    *"()[]{}",
    " ",
    "\n",
    "\x00",
    "and",
    "or",
    "not",
    "in",
    "is",
    "None",
    "for",
]
PIECES += [
    "if",
    "lambda",
    "1",
    "0.1",
    "1e400",
    "0x1",
    '"x"',
    "r'\\d'",
    "f'{a}'",
    "b''",
    "==",
    "<=",
    "<",
    "fact",
    "fold(",
    "e",
]
texts = st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=15).map("".join)


def read(reader, given):
    try:
        return reader(given)
    except ExpressionError:
        return None


@settings(max_examples=400, deadline=None)
@given(trees)
def test_any_json_is_a_condition_or_is_refused(tree):
    expression = read(from_json, tree)
    event("read" if isinstance(expression, Expression) else "refused")
    if expression is not None:
        assert isinstance(expression.evaluate({"a": {"b": 1}}, now=NOW), Truth)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_any_text_is_a_condition_or_is_refused(text):
    expression = read(parse, text)
    event("read" if isinstance(expression, Expression) else "refused")
    if expression is not None:
        assert parse(expression.to_text()) == expression
        assert isinstance(expression.evaluate({"a": {"b": 1}}, now=NOW), Truth)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(trees | texts, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["value", "b"]), scalars, max_size=2), min_size=3, max_size=3),
    st.sampled_from(["first", "unique", "any", "priority", "collect", "output_order", "frist"]) | scalars,
    st.sampled_from([None, "sum", "min", "max", "count"]) | scalars,
    scalars,
    st.booleans(),
)
def test_any_rule_set_decides_or_is_refused(conditions, outputs, hit, aggregate, default, strict):
    rules = [Rule(str(place), when, outputs[place]) for place, when in enumerate(conditions)]
    options = {"hit": hit, "aggregate": aggregate, "default": default, "strict": strict}
    try:
        rule_set = RuleSet(rules, output_values={"value": [None, 1, "a"]}, **options)
    except (PolicyError, InvalidValue):
        event("refused")
        return
    decision = rule_set.decide({"a": {"b": 1}}, now=NOW)
    event(decision.status)
    assert decision.status in {"ok", "default", "no_match", "error"}


def nested(depth):
    node = {"field": "a"}
    for _ in range(depth):
        node = {"op": "not", "args": [node]}
    return node


def itself():
    node = {"op": "all", "args": []}
    node["args"].append(node)
    return node


A = {"field": "a"}


@pytest.mark.parametrize(
    ("tree", "code"),
    (
        (nested(5000), "too_deep"),
        (nested(250), "too_deep"),
        (itself(), "too_deep"),
        ({"op": "all", "args": [A] * 250_000}, "too_long"),
        ({"op": "in", "args": [A, [0] * 250_000]}, "too_long"),
        ({"op": "eq", "args": [A, 1 << 20_000]}, "too_long"),
        ({"op": "eq", "args": [A, {1 << 20_000: 1}]}, "too_long"),
        ({"op": 1 << 20_000}, "too_long"),
        ({"op": "matches", "args": [A, "a{1000000}"]}, "unsafe_pattern"),
        ({"op": "matches", "args": [A, "((a{1000}){1000}){1000}"]}, "unsafe_pattern"),
        ({"op": "matches", "args": [A, "(" * 5000 + ")" * 5000]}, "bad_pattern"),
    ),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_json_without_bounds_is_refused_soon(tree, code):
    with pytest.raises(ExpressionError) as caught:
        from_json(tree)
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize(
    ("text", "code"),
    (
        ("not " * 5000 + "a", "too_deep"),
        ("(" * 5000 + "a" + ")" * 5000, "too_deep"),
        ("a == " + "[" * 5000 + "]" * 5000, "too_deep"),
        ("a == 1" + " or a == 1" * 200_000, "too_long"),
        ("a == 1" + "0" * 5000, "syntax"),
        ("a == '\ud800'", "syntax"),
    ),
    ids=lambda value: value if len(value) < 20 else "",
)
def test_text_without_bounds_is_refused_soon(text, code):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize(
    "make",
    (
        lambda: RuleSet(5),
        lambda: RuleSet(["a > 1"]),
        lambda: RuleSet([{"id": "r", "when": True, "then": {}}]),
        lambda: RuleSet([], hit=["first"]),
        lambda: RuleSet([], hit="collect", aggregate=["sum"]),
        lambda: RuleSet([], hit="priority", output_values=["high", "low"]),
        lambda: RuleSet([], hit="priority", output_values={"value": "high"}),
        lambda: RuleSet([], hit="output_order", output_values={}),
    ),
)
def test_what_is_no_rule_set_is_refused_by_name(make):
    with pytest.raises((PolicyError, InvalidValue), match=r"Rule\(|hit|aggregate|output_values"):
        make()
