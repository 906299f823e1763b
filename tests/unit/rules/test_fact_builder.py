"""Conditions written in Python."""

import copy
from datetime import UTC, datetime

import pytest

from supportkit.errors import ExpressionError, InvalidValue
from supportkit.rules import KeywordSet, fact, parse

LEGAL = KeywordSet("legal", ["lawyer"])


@pytest.mark.parametrize(
    ("built", "text"),
    (
        (fact.a.b == 1, "a.b == 1"),
        (1 == fact.a, "a == 1"),  # noqa: SIM300 -- the reflection is tested
        (fact.a != None, "is_set(a)"),  # noqa: E711 -- the null test is tested
        (fact.a == fact.b.c, "a == b.c"),
        (5 >= fact.a, "a <= 5"),  # noqa: SIM300 -- the reflection is tested
        (fact.a > 5, "a > 5"),
        (fact.a < 5, "a < 5"),
        (fact.a.between(1, 5, bounds="[)"), "1 <= a < 5"),
        (fact.a.in_({"x", "y"}), 'a in ["x", "y"]'),
        (fact.a.not_in(["x"]), 'a not in ["x"]'),
        (fact.a.contains("x").fold(), 'fold(contains(a, "x"))'),
        (fact.a.not_contains("x").absent("false"), 'not absent(contains(a, "x"), "true")'),
        (fact.a.contains_any("x", "y"), 'contains_any(a, ["x", "y"])'),
        (fact.a.contains_all(["x"]), 'contains_all(a, ["x"])'),
        (fact.a.contains_none(["x"]), 'not contains_any(a, ["x"])'),
        (fact.a.starts_with("x") | fact.a.ends_with("y"), 'starts_with(a, "x") or ends_with(a, "y")'),
        (fact.a.matches("x") & ~fact.a.not_matches("y"), 'matches(a, "x") and not not matches(a, "y")'),
        (fact.a.mentions("x", LEGAL), 'a.mentions("x", keywords.legal)'),
        (fact.a.is_set() & fact.a.has_key(), "is_set(a) and has_key(a)"),
        (fact.a.is_true(), "a"),
        (fact.a.len() > 3, "len(a) > 3"),
        (fact.a.coalesce(fact.b, 0) > 3, "coalesce(a, b, 0) > 3"),
        (fact.a.age("office") > fact.b, 'age(a, "office") > b'),
        (fact.a.age() == fact.b.age(), "age(a) == age(b)"),
        (fact.a.some(lambda p: p.x > 1), "some(p.x > 1 for p in a)"),
        (fact.a.every(lambda p: (p == 1) | p.is_true()), "every(p == 1 or p for p in a)"),
        (
            fact.a.count(lambda p: p.text.mentions(LEGAL)) >= fact.b,
            "count(p.text.mentions(keywords.legal) for p in a) >= b",
        ),
        (fact["customer.age"] > 1, "customer.age > 1"),
        (fact.a["__class__"]["if"] == 1, 'a["__class__"]["if"] == 1'),
    ),
)
def test_python_builds_the_tree_that_text_does(built, text):
    assert built == parse(text)
    assert built.to_text() == text


def test_keyword_sets_travel_with_the_condition():
    now = datetime(2026, 1, 31, tzinfo=UTC)
    condition = (fact.n > fact.a.count(lambda p: p.mentions(LEGAL))) | fact.b.mentions(LEGAL)
    assert condition.keywords == {"legal": LEGAL}
    assert condition.evaluate({"n": 1, "a": ["lawyers"], "b": None}, now=now).value == "true"
    with pytest.raises(InvalidValue, match="legal"):
        condition & fact.a.mentions(KeywordSet("legal", ["other"]))


@pytest.mark.parametrize(
    ("trap", "message"),
    (
        (lambda: bool(fact.a), "is_true"),
        (lambda: fact.a and fact.b, "is_true"),
        (lambda: not (fact.a == 1), "truthiness"),  # noqa: SIM201 -- the trap is tested
        (lambda: 1 < fact.a < 5, "between"),
        (lambda: "x" in fact.a, "contains"),
        (lambda: fact.a in [1, 2], "truthiness"),
        (lambda: list(fact.a), "not iterable"),
        (lambda: fact.a == 1 & fact.b == 2, "tighter"),
        (lambda: fact.a & (fact.b == 1), "is_true"),
        (lambda: ~fact.a, "is_true"),
        (lambda: (fact.a == 1) & 2, "tighter"),
        (lambda: True | (fact.a == 1), "tighter"),
        (lambda: True & (fact.a == 1), "tighter"),
        (lambda: fact.customer.age > 5, "verb"),
        (lambda: fact.customer.count == 5, "verb"),
        (lambda: fact.a == (fact.b == 1), "condition"),
        (lambda: fact.a.some(lambda p: 1), "returns a condition"),
        (lambda: fact.a.some(lambda: 1), "one element"),
        (lambda: fact.a.some(lambda fact: fact == 1), "one element"),
        (lambda: fact.a == object(), "no literal"),
        (lambda: fact.a == {1: 2}, "no literal"),
    ),
)
def test_what_python_would_drop_silently_is_refused(trap, message):
    with pytest.raises(TypeError, match=message):
        trap()


@pytest.mark.parametrize("name", ("__wrapped__", "_private", "__len__"))
def test_underscored_names_are_no_paths(name):
    with pytest.raises(AttributeError):
        getattr(fact.a, name)


@pytest.mark.parametrize(
    "wrong",
    (
        lambda: fact["a..b"],
        lambda: fact[""],
        lambda: (fact.a == 1).absent("maybe"),
        lambda: ((fact.a == 1) & (fact.b == 1)).absent("true"),
        lambda: fact.a.is_true().fold(),
    ),
)
def test_wrong_paths_and_options_are_invalid(wrong):
    with pytest.raises(InvalidValue):
        wrong()


def test_faults_of_patterns_and_needles_come_as_expression_errors():
    for wrong in (
        lambda: fact.a.matches("("),
        lambda: fact.a.mentions(1),
        lambda: fact.a.between(1, 2, bounds="<"),
    ):
        with pytest.raises(ExpressionError):
            wrong()


def test_facts_have_identity_hash_and_a_readable_shape():
    first, second = fact.a, fact.a
    assert len({first, second}) == 2
    assert repr(fact.a["odd key"]) == "fact.a['odd key']"
    assert repr(fact.a.len()) == "<operand len(a)>"
    assert copy.copy(fact.a) is not None
    assert (fact.a == 1) != "a == 1"
