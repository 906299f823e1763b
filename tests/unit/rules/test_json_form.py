"""Reading the JSON form."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

import pytest

from supportkit.errors import ExpressionError
from supportkit.rules import KeywordSet, from_json, parse


def ref(path):
    return {"field": path}


@pytest.mark.parametrize(
    ("node", "text"),
    (
        (True, "True"),
        ({"field": "a.b"}, "a.b"),
        ({"v": 1, "expr": {"field": "a"}}, "a"),
        ({"op": "eq", "args": [ref("a"), {"$dec": "1.10"}]}, "a == 1.10"),
        ({"op": "eq", "args": [ref("a"), {"k": 1}]}, 'a == {"k": 1}'),
        ({"op": "eq", "args": [ref("a"), {"$map": {"op": 1}}]}, 'a == {"op": 1}'),
        ({"op": "eq", "args": [ref("a"), [{"$map": {"$dec": 1}}]]}, 'a == [{"$dec": 1}]'),
        ({"op": "eq", "args": [ref("a"), {"$dur": "P1DT2H"}]}, 'a == duration("P1DT2H")'),
        ({"op": "eq", "args": [ref("a"), 1.5], "fold": False}, 'a == float("1.5")'),
        ({"op": "ne", "args": [ref("a"), 1], "absent": "true"}, 'not absent(a == 1, "false")'),
        ({"op": "not_in", "args": [ref("a"), [1]], "absent": "error"}, 'not absent(a in [1], "error")'),
        ({"op": "eq", "args": [ref("a"), None], "absent": "true"}, "not is_set(a)"),
        (
            {"op": "between", "args": [ref("a"), 1, 2], "bounds": "()", "absent": "false"},
            'absent(1 < a < 2, "false")',
        ),
        (
            {"op": "all", "args": [{"op": "all", "args": []}, {"op": "none", "args": [ref("a")]}]},
            "all(not any(a))",
        ),
        ({"op": "mentions", "args": [ref("a"), "x", {"keywords": "k"}]}, 'a.mentions("x", keywords.k)'),
        (
            {"op": "every", "over": ref("a"), "as": "p", "where": ref("p.x"), "absent": "false"},
            'absent(every(p.x for p in a), "false")',
        ),
        (
            {
                "op": "in",
                "args": [
                    ref("a"),
                    (Decimal(1), date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), timedelta(1), {"s"}),
                ],
            },
            'a in [decimal("1"), date("2026-01-01"), instant("2026-01-01T00:00:00Z"), duration("P1D"), ["s"]]',
        ),
    ),
)
def test_a_node_has_one_canonical_tree(node, text):
    expression = from_json(node)
    assert expression.to_text() == text
    assert from_json(expression.to_json()) == expression == parse(text)
    assert from_json({"v": 1, "expr": expression.to_json()}) == expression


@pytest.mark.parametrize(
    ("node", "code", "path"),
    (
        ({"op": "equals", "args": []}, "unknown_op", ""),
        ({"op": 3, "args": []}, "unknown_op", ""),
        ({"op": "all", "args": [{"op": "nott", "args": [True]}]}, "unknown_op", "args.0"),
        ({"op": "eq", "args": [1]}, "arity", ""),
        ({"op": "not", "args": []}, "arity", ""),
        ({"op": "all"}, "bad_args", ""),
        ({"op": "all", "args": "x"}, "bad_args", ""),
        ({"op": "eq", "args": [1, 2], "fald": True}, "unknown_key", ""),
        ({"op": "eq", "args": [1, 2], 3: True}, "unknown_key", ""),
        ({"op": "eq", "args": [1, 2], "bounds": "[]"}, "unknown_key", ""),
        ({"op": "all", "args": [], "absent": "true"}, "unknown_key", ""),
        ({"op": "between", "args": [1, 2, 3], "bounds": "<>"}, "bad_option", ""),
        ({"op": "eq", "args": [1, 2], "absent": None}, "bad_option", ""),
        ({"op": "eq", "args": [1, 2], "fold": 1}, "bad_option", ""),
        ({"field": "a", "fold": True}, "unknown_key", ""),
        ({"field": "a..b"}, "bad_path", ""),
        ({"field": 1}, "bad_path", ""),
        ({"op": "eq", "args": [1, {"$dec": "x"}]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [1, {"$dec": 1}]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [1, {"$dat": "2026"}]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [1, {"$map": 1}]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [1, [{"field": "a"}]]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [1, {"a": object()}]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [1, {1: 2}]}, "bad_literal", "args.1"),
        ({"op": "eq", "args": [{"op": "any", "args": []}, 1]}, "type_error", "args.0"),
        ({"op": "mentions", "args": [{"field": "a"}, {"keywords": 1}]}, "type_error", "args.1"),
        ({"op": "some", "over": {"field": "a"}, "where": True}, "arity", ""),
        ({"op": "some", "over": {"field": "a"}, "as": "if", "where": True}, "bad_name", ""),
        ({"op": "some", "over": {"field": "a"}, "as": "p", "where": True, "args": []}, "unknown_key", ""),
        ({"op": "matches", "args": [{"field": "a"}, "(a|a)*"]}, "unsafe_pattern", "args.1"),
        ({"v": 2, "expr": True}, "bad_version", ""),
        ({"v": True, "expr": True}, "bad_version", ""),
        ({"v": 1, "expr": True, "more": 1}, "bad_version", ""),
    ),
)
def test_what_is_not_read_is_refused_with_its_path(node, code, path):
    with pytest.raises(ExpressionError) as caught:
        from_json(node)
    fault = caught.value.faults[0]
    assert (fault.code, fault.path, fault.line) == (code, path, None)


def test_size_and_depth_are_bounded_before_reading():
    circle = {"op": "not", "args": []}
    circle["args"].append(circle)
    wide = {"op": "in", "args": [{"field": "a"}, [0] * 200_001]}
    deep = {"field": "a"}
    for _ in range(215):
        deep = {"op": "not", "args": [deep]}
    for node, code in ((circle, "too_deep"), (wide, "too_long"), (deep, "too_deep")):
        with pytest.raises(ExpressionError) as caught:
            from_json(node)
        assert caught.value.faults[-1].code == code


class Whole(int):
    """A host's own number."""


class Day(date):
    """A host's own date."""


class Span(timedelta):
    """A host's own duration."""


class Level(Enum):
    HIGH = "high"


def test_values_of_the_host_are_narrowed_to_plain_ones():
    hosts = [
        Whole(3),
        Day(2026, 1, 31),
        Span(days=1),
        Level.HIGH,
        datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/Paris")),
    ]
    plain = [3, date(2026, 1, 31), timedelta(days=1), "high", datetime(2026, 1, 1, 11, tzinfo=UTC)]
    one, other = (from_json({"op": "in", "args": [ref("a"), values]}) for values in (hosts, plain))
    assert one == other
    assert [type(value) for value in one.node.args[1].value] == [int, date, timedelta, str, datetime]


def test_named_keyword_sets_are_resolved_at_load():
    node = {"op": "mentions", "args": [{"field": "a"}, {"keywords": "legal"}]}
    assert from_json(node, keywords={"legal": KeywordSet("legal", ["sue"])}).keywords.keys() == {"legal"}
    with pytest.raises(ExpressionError, match="did you mean 'leggal'"):
        from_json(node, keywords={"leggal": KeywordSet("leggal", [])})
