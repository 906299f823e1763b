"""Every node in all three forms: one tree, read and written exactly."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.rules import KeywordSet, fact, from_json, parse
from supportkit.rules.nodes import Op, walk
from supportkit.rules.operators import NEGATIVES, OPERATORS

OUTAGE = KeywordSet("outage", ["no signal"])
A, B, P = {"field": "a"}, {"field": "b"}, {"field": "p"}


def op(name, *args, **options):
    return {"op": name, "args": list(args), **options}


def negated(name, *args, **options):
    return op("not", op(name, *args, **options))


def over(name, where):
    return {"op": name, "over": {"field": "b"}, "as": "p", "where": where}


BIG = op("gt", {"field": "p.x"}, 1)
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
FORMS = {
    "flag": ("a", A, fact.a.is_true()),
    "all": ('a == 1 and b == "x"', op("all", op("eq", A, 1), op("eq", B, "x")), (fact.a == 1) & (fact.b == "x")),
    "any": ("a == 1 or b == 2", op("any", op("eq", A, 1), op("eq", B, 2)), (fact.a == 1) | (fact.b == 2)),
    "not": ("not a == 1", negated("eq", A, 1), ~(fact.a == 1)),
    "none": ("none(a, b)", op("none", A, B), ~(fact.a.is_true() | fact.b.is_true())),
    "eq": ("a == 1", op("eq", A, 1), fact.a == 1),
    "ne": ("a != 1", op("ne", A, 1), fact.a != 1),
    "null": ("a is None", op("eq", A, None), fact.a == None),  # noqa: E711 -- it is what is tested
    "not null": ("a is not None", op("ne", A, None), fact.a != None),  # noqa: E711 -- it is what is tested
    "lt": ("a < b", op("lt", A, B), fact.a < fact.b),
    "le": ("a <= 1", op("le", A, 1), fact.a <= 1),
    "gt": ("1 < a", op("gt", A, 1), fact.a > 1),
    "ge": ("a >= 1", op("ge", A, 1), fact.a >= 1),
    "between []": ("1 <= a <= 2", op("between", A, 1, 2), fact.a.between(1, 2)),
    "between [)": ("1 <= a < 2", op("between", A, 1, 2, bounds="[)"), fact.a.between(1, 2, bounds="[)")),
    "between (]": ("2 >= a > 1", op("between", A, 1, 2, bounds="(]"), fact.a.between(1, 2, bounds="(]")),
    "between ()": ("1 < a < 2", op("between", A, 1, 2, bounds="()"), fact.a.between(1, 2, bounds="()")),
    "in": ('a in ["x", "y"]', op("in", A, ["x", "y"]), fact.a.in_(["x", "y"])),
    "in a set": ('a in {"y", "x", "y"}', op("in", A, ["x", "y"]), fact.a.in_({"x", "y"})),
    "not in": ("a not in b", op("not_in", A, B), fact.a.not_in(fact.b)),
    "contains": ('a.contains("x")', op("contains", A, "x"), fact.a.contains("x")),
    "not contains": ('not_contains(a, "x")', op("not_contains", A, "x"), fact.a.not_contains("x")),
    "contains any": ('a.contains_any("x", "y")', op("contains_any", A, ["x", "y"]), fact.a.contains_any("x", "y")),
    "contains all": ('a.contains_all(["x"])', op("contains_all", A, ["x"]), fact.a.contains_all(["x"])),
    "contains none": ('a.contains_none(["x"])', op("contains_none", A, ["x"]), fact.a.contains_none(["x"])),
    "starts with": ('a.starts_with("x")', op("starts_with", A, "x"), fact.a.starts_with("x")),
    "ends with": ('a.ends_with("x")', op("ends_with", A, "x"), fact.a.ends_with("x")),
    "matches": (r'a.matches(r"\d+")', op("matches", A, r"\d+"), fact.a.matches(r"\d+")),
    "not matches": ('a.not_matches("x+")', op("not_matches", A, "x+"), fact.a.not_matches("x+")),
    "mentions": (
        'a.mentions("x", keywords.outage)',
        op("mentions", A, "x", {"keywords": "outage"}),
        fact.a.mentions("x", OUTAGE),
    ),
    "is set": ("is_set(a)", op("is_set", A), fact.a.is_set()),
    "has key": ("has_key(a.b)", op("has_key", {"field": "a.b"}), fact.a.b.has_key()),
    "some": ("some(p.x > 1 for p in b)", over("some", BIG), fact.b.some(lambda p: p.x > 1)),
    "every": ("every(p.x > 1 for p in b)", over("every", BIG), fact.b.every(lambda p: p.x > 1)),
    "count": ("count(p.x > 1 for p in b) >= 2", op("ge", over("count", BIG), 2), fact.b.count(lambda p: p.x > 1) >= 2),
    "age": ('age(a) > duration("PT2H")', op("gt", op("age", A), {"$dur": "PT2H"}), fact.a.age() > timedelta(hours=2)),
    "working age": (
        'age(a, "office") > duration("P1D")',
        op("gt", op("age", A, "office"), {"$dur": "P1D"}),
        fact.a.age("office") > timedelta(days=1),
    ),
    "coalesce": ("coalesce(a, b, 0) > 1", op("gt", op("coalesce", A, B, 0), 1), fact.a.coalesce(fact.b, 0) > 1),
    "len": ("len(a) == 3", op("eq", op("len", A), 3), fact.a.len() == 3),
    "fold": ('fold(a == "x")', op("eq", A, "x", fold=True), (fact.a == "x").fold()),
    "absent": ('absent(a > 1, "false")', op("gt", A, 1, absent="false"), (fact.a > 1).absent("false")),
    "both": ('absent(fold(a.contains("x")), "true")', op("contains", A, "x", fold=True, absent="true"), fact.a.contains("x").fold().absent("true")),
    "absent turned": ('absent(a != 1, "true")', op("ne", A, 1, absent="true"), (fact.a != 1).absent("true")),
    "element": ("some(p for p in b)", over("some", P), fact.b.some(lambda p: p.is_true())),
    "decimal": ("a == 0.10", op("eq", A, {"$dec": "0.10"}), fact.a == Decimal("0.10")),
    "float": ('a == float("0.1")', op("eq", A, 0.1), fact.a == 0.1),
    "nan": ('a == float("nan")', op("eq", A, {"$float": "nan"}), fact.a == float("nan")),  # noqa: PLW0177 -- literals, not numbers
    "date": ('a < date("2026-07-01")', op("lt", A, {"$date": "2026-07-01"}), fact.a < date(2026, 7, 1)),
    "instant": ('a < instant("2026-07-01T14:00:00+02:00")', op("lt", A, {"$dt": "2026-07-01T12:00:00Z"}), fact.a < NOON),
    "naive": ('a < datetime("2026-07-01T12:00:00")', op("lt", A, {"$dt": "2026-07-01T12:00:00"}), fact.a < NOON.replace(tzinfo=None)),
    "map": ('a == {"k": [1, None]}', op("eq", A, {"k": [1, None]}), fact.a == {"k": [1, None]}),
    "map like a node": ('a == {"op": 1}', op("eq", A, {"$map": {"op": 1}}), fact.a == {"op": 1}),
    "odd names": ('fact["if"]["odd key"].__x__ == 1'.replace(".__x__", '["__x__"]'), op("eq", {"field": "if.odd key.__x__"}, 1), fact["if.odd key.__x__"] == 1),
    "escapes": (r'a == "\"\\\n\t\u200b"', op("eq", A, '"\\\n\t\u200b'), fact.a == '"\\\n\t\u200b'),
}  # fmt: skip


@pytest.mark.parametrize(("text", "node", "python"), FORMS.values(), ids=FORMS)
def test_one_tree_in_three_forms(text, node, python):
    read = parse(text, keywords={"outage": OUTAGE})
    assert read == from_json(node, keywords={"outage": OUTAGE}) == from_json({"v": 1, "expr": node}) == python
    assert hash(read) == hash(python)
    assert parse(python.to_text()) == from_json(read.to_json()) == python
    assert (parse(read.to_text()).to_text(), from_json(read.to_json()).to_json()) == (
        python.to_text(),
        python.to_json(),
    )


def test_the_table_has_every_operator():
    written = {node["op"] for _, each, _ in FORMS.values() for node in _nodes(each)}
    assert written == set(OPERATORS) | set(NEGATIVES)
    canonical = {
        part.name for _, _, each in FORMS.values() for part in walk(each.node) if isinstance(part, Op)
    }
    assert canonical == set(OPERATORS)


def _nodes(given):
    if isinstance(given, dict):
        if "op" in given and "$map" not in given and isinstance(given["op"], str):
            yield given
        for inner in given.values():
            yield from _nodes(inner)
    elif isinstance(given, list):
        for inner in given:
            yield from _nodes(inner)
