"""Facts of any shape: what raises, never ends or refers to itself is a leaf in error, and nothing more."""

import itertools
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum

import pytest

from supportkit.rules import Field, Rule, RuleSet, Schema, Truth, from_json, parse

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Refusal(Exception):
    def __str__(self):
        raise TypeError


def refuse(*_args, **_options):
    raise Refusal


def refusing(base, *names):
    """Return a subclass of which the named methods raise, and everything that compares or shows it."""
    common = ("__eq__", "__lt__", "__gt__", "__hash__", "__repr__", "__str__")
    return type(f"Refusing{base.__name__}", (base,), dict.fromkeys((*common, *names), refuse))


class Unreadable:
    def __getattr__(self, name):
        raise Refusal


class Zone(tzinfo):
    utcoffset = refuse


class Stages(Enum):
    PAIR = (1, 2)
    OPEN = True


def itself(container):
    """Put a list or a dict into itself."""
    container.append(container) if isinstance(container, list) else container.update(x=container)
    return container


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


VIEW = ("__len__", "__iter__", "__contains__", "__getitem__", "get", "keys")
HOSTILE = {
    "object": refusing(object, *VIEW, "__bool__", "__getattr__")(),
    "attributes": Unreadable(),
    "text": refusing(str, *VIEW, "startswith", "casefold", "isascii")("x"),
    "int": refusing(int, "__bool__")(3),
    "float": refusing(float)(2.5),
    "decimal": refusing(Decimal, "is_nan")("1.5"),
    "list": refusing(list, *VIEW)([1]),
    "dict": refusing(dict, *VIEW)(x=1),
    "mapping": refusing(Mapping, *VIEW)(),
    "set": refusing(AbstractSet, *VIEW)(),
    "class": type("Refusing", (), {"__class__": property(refuse)})(),
    "zone": datetime(2026, 1, 1, tzinfo=Zone()),
    "latest": datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))),
    "signalling": Decimal("sNaN"),
    "no digits left": 10**6000,
    "far exponent": Decimal("9e999999999999"),
    "endless": itertools.count(),
    "list in itself": itself([]),
    "dict in itself": itself({}),
    "deep": nested(50_000),
    "half a pair": "\ud800",
    "no literal": {"$dec": "x"},
    "literal too large": {"$dec": "1e99999999999999999999"},
    "enum of a list": Stages.PAIR,
    "keys": {type("Key", (), {"__hash__": lambda _: hash("x"), "__eq__": refuse})(): 1, "y": 2},
    "module": itertools,
    "bytes": b"x",
}
V, W = {"field": "v"}, {"field": "w"}
BINARY = "eq lt ge in contains contains_any contains_all starts_with ends_with".split()
OTHERS = [1, "x", 2.5, {"$dec": "1.5"}, {"$dt": "2026-01-01T00:00:00Z"}, [1, "x"], {"x": 1}, W]
CONDITIONS = [
    *({"op": op, "args": [V, other], "fold": True} for op in BINARY for other in OTHERS),
    *({"op": op, "args": [other, V]} for op in BINARY for other in OTHERS),
    *({"op": "between", "args": [V, low, W]} for low in OTHERS),
    {"op": "matches", "args": [V, "x"], "fold": True},
    {"op": "mentions", "args": [V, "x", "c++"]},
    *(
        {"op": op, "args": [{"field": path}]}
        for op in ("is_set", "has_key")
        for path in ("v", "v.x", "v.x.y")
    ),
    *({"field": path} for path in ("v", "v.x", "v.$dec")),
    *({"op": "eq", "args": [{"op": op, "args": [V]}, 1]} for op in ("len", "coalesce", "age")),
    {"op": "eq", "args": [{"op": "age", "args": [{"op": "coalesce", "args": [V, W]}, "broken"]}, 1]},
    *(
        {"op": op, "over": V, "as": "e", "where": where}
        for op in ("some", "every")
        for where in (True, {"field": "e"}, {"op": "eq", "args": [{"field": "e.x"}, 1]})
    ),
    {"op": "eq", "args": [{"op": "count", "over": V, "as": "e", "where": True}, 1]},
]


class Broken:
    between = refuse


@pytest.mark.parametrize("name", HOSTILE)
def test_no_fact_raises_out_of_a_condition(name):
    schema = Schema([Field("v", "datetime"), Field("w", "datetime")])
    expressions = [from_json(condition) for condition in CONDITIONS]
    expressions.append(parse("v < w or v == w", schema=schema))
    for other in (HOSTILE[name], None, HOSTILE["list in itself"], HOSTILE["text"]):
        for expression in expressions:
            truth = expression.evaluate(
                {"v": HOSTILE[name], "w": other}, now=NOW, calendars={"broken": Broken()}
            )
            assert isinstance(truth, Truth)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_fact_spoils_no_other_rule_and_can_be_explained(name):
    rows = [Rule(str(place), condition, {}) for place, condition in enumerate(CONDITIONS)]
    rule_set = RuleSet([*rows, Rule("plain", "w == 1", {})], hit="collect")
    for facts in ({"v": HOSTILE[name], "w": 1}, HOSTILE[name]):
        decision = rule_set.decide(facts, now=NOW)
        assert name == "class" or str(decision.explain()).startswith(decision.status)
    assert "plain" in rule_set.decide({"v": HOSTILE[name], "w": 1}, now=NOW).matched


@pytest.mark.parametrize(
    ("condition", "name", "truth"),
    (
        ("v == 'x'", "text", Truth.TRUE),
        ("v == 3", "int", Truth.TRUE),
        ("v == 2.5", "float", Truth.TRUE),
        ("v == 1.5", "decimal", Truth.TRUE),
        ("len(v) == 1", "no digits left", Truth.ERROR),
        ("v > 10", "no digits left", Truth.TRUE),
        ("v > 10", "far exponent", Truth.TRUE),
        ("v < 1", "signalling", Truth.FALSE),
        ("some(e == 1 for e in v)", "endless", Truth.ERROR),
        ("some(e == 2 for e in v)", "enum of a list", Truth.TRUE),
        ("v == w", "list in itself", Truth.ERROR),
        ("is_set(v.x)", "mapping", Truth.ERROR),
        ("is_set(v.x)", "attributes", Truth.ERROR),
        ("v == 1 or w == w", "object", Truth.ERROR),
        ("v == 1 or is_set(v)", "object", Truth.TRUE),
    ),
)
def test_what_can_be_read_of_a_hostile_fact_is_read(condition, name, truth):
    assert parse(condition).evaluate({"v": HOSTILE[name], "w": HOSTILE[name]}, now=NOW) is truth


def test_a_flag_may_be_an_enum_member():
    assert parse("v").evaluate({"v": Stages.OPEN}, now=NOW) is Truth.TRUE
    assert parse("v").evaluate({"v": Stages.PAIR}, now=NOW) is Truth.ERROR
