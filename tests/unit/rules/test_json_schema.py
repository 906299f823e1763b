"""The JSON Schema of conditions: valid itself, and agreeing with the reader."""

import json

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from supportkit.cases import FACTS
from supportkit.errors import ExpressionError
from supportkit.rules import Field, KeywordSet, Schema, from_json, json_schema, parse
from supportkit.testing.strategies import expressions
from unit.rules.test_class_fields import ORDERS
from unit.rules.test_every_node import FORMS

GRAMMAR = Draft202012Validator(json_schema())
TYPED = Draft202012Validator(json_schema(FACTS))
SCHEMA = Schema(
    [
        Field("plan", "enum", values=("gold", "basic"), nullable=True),
        Field("level", "int", values=(1, 2)),
        Field("spent", "decimal"),
        Field("tags", "set", values=("vip",)),
        Field("ids", "list", of="int"),
        Field("at", "datetime"),
        Field("on", "date"),
        Field("ok", "bool"),
        Field("text", "text"),
        Field("extra", "record"),
        Field("deep.er", "duration"),
    ]
)
OWN = Draft202012Validator(json_schema(SCHEMA))


def test_the_schemas_are_json_schemas_and_json():
    for schema in (None, FACTS, SCHEMA, ORDERS):
        made = json_schema(schema)
        Draft202012Validator.check_schema(made)
        assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize(("text", "node", "python"), FORMS.values(), ids=FORMS)
def test_every_node_is_in_the_grammar(text, node, python):
    assert GRAMMAR.is_valid(node)
    assert GRAMMAR.is_valid({"v": 1, "expr": node})
    assert GRAMMAR.is_valid(python.to_json())


def leaf(op, *args, **more):
    return {"op": op, "args": list(args), **more}


A = {"field": "a"}
BAD = (
    leaf("eqq", A, 1),
    leaf("eq", A),
    leaf("eq", A, 1, 2),
    leaf("eq", A, 1, extra=1),
    leaf("eq", A, 1, bounds="[]"),
    leaf("eq", A, 1, fold="yes"),
    leaf("eq", A, 1, absent="maybe"),
    leaf("between", A, 1, 2, bounds="[["),
    leaf("not", A, A),
    leaf("not"),
    leaf("mentions", A),
    leaf("mentions", A, 1),
    leaf("mentions", A, {"keywords": 1}),
    leaf("mentions", A, "x", fold=True),
    leaf("matches", A, A),
    leaf("has_key", 1),
    leaf("is_set"),
    leaf("eq", leaf("eq", A, 1), True),
    leaf("eq", leaf("age", A, A), 1),
    leaf("eq", leaf("coalesce"), 1),
    leaf("eq", A, {"$dec": 1}),
    leaf("eq", A, {"$code": "x"}),
    leaf("eq", A, {"$dec": "1", "x": 1}),
    leaf("eq", A, [A]),
    {"op": "all"},
    {"op": "all", "args": {"a": 1}},
    {"op": "all", "args": [leaf("all", leaf("lt", A))]},
    {"field": ""},
    {"field": "a..b"},
    {"field": 1},
    {"field": "a", "or": 1},
    {"op": "some", "over": A, "where": True},
    {"op": "some", "over": A, "as": "", "where": True},
    {"op": "some", "over": A, "as": "a b", "where": True},
    {"op": "some", "over": A, "as": "x", "where": leaf("eq", A)},
    {"op": "some", "over": A, "as": "x", "where": True, "args": []},
    leaf("gt", {"op": "count", "over": A, "as": "x", "where": True, "absent": "true"}, 1),
    {"v": 2, "expr": A},
    {"v": 1, "expr": A, "more": 1},
)


@pytest.mark.parametrize("node", BAD, ids=json.dumps)
def test_what_the_reader_refuses_for_its_shape_is_not_valid(node):
    assert not GRAMMAR.is_valid(node)
    with pytest.raises(ExpressionError):
        from_json(node)


@pytest.mark.parametrize(
    "text",
    (
        "plan == 'gold' and level in [1, 2] and spent >= 0.5 and ok",
        "'gold' == plan or plan is None or plan not in ['basic', None]",
        "contains(tags, 'vip') or tags.contains_any(['vip']) or 'vip' in tags",
        "contains(ids, 3) and some(x > 3 for x in ids) and len(ids) > 1",
        "at > instant('2026-01-01T00:00:00Z') and age(at) > duration('PT1H')",
        "date('2026-01-01') <= on < date('2026-02-01') and deep.er > duration('PT1H')",
        "extra.any.thing > 1 and extra.flag and is_set(deep) and has_key(extra.x)",
        "text.mentions('x', keywords.outage) and fold(text == 'x') and coalesce(text, plan) == 'gold'",
    ),
)
def test_what_fits_the_schema_is_valid(text):
    node = parse(text, schema=SCHEMA, keywords={"outage": KeywordSet("outage", [])}).to_json()
    assert OWN.is_valid(node), list(OWN.iter_errors(node))


@pytest.mark.parametrize(
    "text",
    (
        "plam == 'gold'",
        "plan == 'golden'",
        "plan == 1",
        "plan in ['gold', 'golden']",
        "plan > 'gold'",
        "level == 3",
        "spent > '1'",
        "spent > True",
        "spent in [1, True]",
        "ok > True",
        "ok == 'yes'",
        "tags > 1",
        "contains(tags, 'other')",
        "contains_any(tags, ['other'])",
        "contains(ids, 'x')",
        "contains(spent, 1)",
        "starts_with(spent, '1')",
        "at > 5",
        "age(on) > duration('PT1H')",
        "on == True",
        "text.mentions('x') and spent.mentions('x')",
        "some(x for x in text)",
        "len(spent) > 1",
        "spent",
        "spent > None",
    ),
)
def test_what_does_not_fit_the_schema_is_not_valid(text):
    with pytest.raises(ExpressionError):
        parse(text, schema=SCHEMA)
    assert not OWN.is_valid(parse(text).to_json())


@settings(max_examples=60)
@given(expressions(FACTS, keywords={"outage": KeywordSet("outage", ["no signal"])}))
def test_whatever_is_written_is_valid(condition):
    assert GRAMMAR.is_valid(condition.to_json())
    assert TYPED.is_valid(condition.to_json())


def test_forms_can_be_built_from_it():
    definitions = json_schema(SCHEMA)["$defs"]
    choices = definitions["gt"]["properties"]["args"]["prefixItems"][0]["else"]["anyOf"][0]
    assert choices["properties"]["field"]["anyOf"][0]["enum"][:5] == ["level", "spent", "at", "on", "text"]
