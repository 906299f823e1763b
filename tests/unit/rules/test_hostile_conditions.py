"""What is refused when a condition is read, in every form, before anything could be evaluated."""

import time

import pytest

from supportkit.errors import ExpressionError, InvalidValue
from supportkit.rules import fact, from_json, parse

HOSTILE = (
    ("a.__class__.__bases__", "unsupported", 1, "brackets"),
    ("().__class__", "unsupported", 1, "brackets"),
    ("_a == 1", "unsupported", 1, "brackets"),
    ("__import__('os').system('x')", "unknown_op", 1, None),
    ("open('/etc/passwd')", "unknown_op", 1, None),
    ("a.format(b)", "unknown_op", 1, None),
    ("a == globals()", "unknown_op", 6, None),
    ("a == 9**9**9", "unsupported", 7, "arithmetic"),
    ("a == 1 << 9999", "unsupported", 8, "arithmetic"),
    ("'a' * 10**9 == b", "unsupported", 5, "arithmetic"),
    ("a + 1 > b", "unsupported", 3, "arithmetic"),
    ("a - 1 > b", "unsupported", 3, "arithmetic"),
    ("(lambda: 1)()", "unsupported", 2, "functions"),
    ("f'{a}' == b", "unsupported", 1, "plain text"),
    ("rf'{a}' == b", "unsupported", 1, "plain text"),
    ("[x for x in a] == b", "unsupported", 1, None),
    ("{x for x in a} == b", "unsupported", 1, None),
    ("{x: 1 for x in a} == b", "unsupported", 1, None),
    ("(x for x in a)", "unsupported", 1, None),
    ("all(x for x in a)", "unsupported", 4, None),
    ("some(x for x in a if x)", "unsupported", 19, "before `for`"),
    ("some(x for x in a for y in x)", "unsupported", 1, "write some"),
    ("some(x async for x in a)", "unsupported", 8, None),
    ("some(x for x, y in a)", "unsupported", 12, "for p in"),
    ("some(fact for fact in a)", "unsupported", 15, "for p in"),
    ("some(_x for _x in a)", "unsupported", 13, None),
    ("await a", "unsupported", 1, None),
    ("(yield a)", "unsupported", 2, None),
    ("a if b else c", "unsupported", 3, None),
    ("a := 1", "unsupported", 3, None),
    ("a = 1", "unsupported", 3, "=="),
    ("a; b", "unsupported", 2, None),
    ("a & b", "unsupported", 3, "and"),
    ("a | b", "unsupported", 3, "or"),
    ("~a", "unsupported", 1, "not"),
    ("a && b", "unsupported", 3, "and"),
    ("!a", "unsupported", 1, "not"),
    ("a is b", "unsupported", 1, "=="),
    ("a == 1 == 2 == 3", "unsupported", 1, "and"),
    ("1 < a > 2", "unsupported", 1, "and"),
    ("a in b in c", "unsupported", 1, "and"),
    ("ﬁ == 1", "unsupported", 1, "fi"),
    ("a.ﬁeld == 1", "unsupported", 3, "field"),
    ("a == 1e999999999", "bad_literal", 6, None),
    ("a == -1e-999999999", "bad_literal", 7, None),
    ("a == 1e99999999999999999999", "bad_literal", 6, None),
    ("decimal('1e999999999') == a", "bad_literal", 1, None),
    ("a == " + "9" * 4299, "bad_literal", 6, None),
    ("a == " + "9" * 5000, "syntax", None, None),
    ("a == 0xff", "unsupported", 6, None),
    ("a == 1j", "unsupported", 6, None),
    ("a == 007", "syntax", 6, None),
    ("a == ...", "unsupported", 6, None),
    ("a == b'x'", "unsupported", 6, None),
    ("a == 'x", "syntax", 6, "close"),
    ("a == '''x'''", "too_deep", 6, "one line"),
    ("a == 'x' 'y'", "unsupported", 10, "comma"),
    (r"a == '\d'", "unsupported", 7, "pattern"),
    (r"a == '\ud800'", "bad_literal", 6, None),
    ("a == '\ud800'", "syntax", 1, None),
    ("a\x00 == 1", "unsupported", 2, None),
    ("a == '\x00'", "syntax", None, None),
    ("a == ‘x’", "unsupported", 6, None),
    ("a\u00a0== 1", "unsupported", 2, "plain space"),
    ("a[0] == 1", "unsupported", 1, "odd-key"),
    ("a[b] == 1", "unsupported", 1, "odd-key"),
    ("a['b..c'] == 1", "unsupported", 1, "odd-key"),
    ("[*a] == b", "unsupported", 2, None),
    ("{**a} == b", "unsupported", 2, None),
    ("mentions(*a)", "unsupported", 10, None),
    ("mentions(a, needle='x')", "unsupported", 19, None),
    ("{'a': b} == c", "unsupported", 7, None),
    ("{'a': 1, 'a': 2} == c", "bad_literal", 10, None),
    ("a == duration('P1Y')", "bad_literal", 6, None),
    ("a == instant('2026-01-01T00:00:00')", "bad_literal", 6, "offset"),
    ("matches(a, '(a+)+$')", "unsafe_pattern", 12, None),
    ("matches(a, '(')", "bad_pattern", 12, None),
    ("matches(a, b)", "bad_pattern", 12, None),
    ("absent(a == 1, 'maybe')", "bad_option", 1, None),
    ("fold(a and b)", "unknown_key", 1, None),
    ("is_set()", "arity", 1, None),
    ("len(a, b) > 1", "arity", 1, None),
    ("(" * 300 + "a" + ")" * 300, "too_deep", 201, "split"),
    ("not " * 5000 + "a", "too_deep", 841, None),
    ("a" + ".a" * 5000, "too_deep", None, None),
    ("a" * 200_000, "too_long", 1, None),
    ("", "syntax", 1, "True"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "code", "column", "hint"), HOSTILE, ids=[each[0][:30] for each in HOSTILE])
def test_hostile_text_is_refused_at_its_place(text, code, column, hint):
    began = time.perf_counter()
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert time.perf_counter() - began < 1
    fault = caught.value.faults[0]
    assert (fault.code, fault.line) == (code, 1)
    assert column is None or fault.column == column
    assert hint is None or hint in (fault.hint or "")


def nested(depth):
    node = {"field": "a"}
    for _ in range(depth):
        node = {"op": "not", "args": [node]}
    return node


def leaf(op="eq", *args, **options):
    return {"op": op, "args": list(args or ({"field": "a"}, 1)), **options}


@pytest.mark.parametrize(
    ("node", "code", "path"),
    (
        (leaf("eqq"), "unknown_op", ""),
        (leaf("__class__"), "unknown_op", ""),
        ({"op": 7, "args": []}, "unknown_op", ""),
        (leaf(extra=1), "unknown_key", ""),
        ({"field": "a", "or": 1}, "unknown_key", ""),
        ({"op": "all", "args": [leaf(), leaf("eq", 1)]}, "arity", "args.1"),
        (leaf("mentions", {"field": "a"}, "x", fold=True), "unknown_key", ""),
        (leaf(fold="yes"), "bad_option", ""),
        (leaf(absent="maybe"), "bad_option", ""),
        (leaf("between", {"field": "a"}, 1, 2, bounds="[["), "bad_option", ""),
        (leaf("matches", {"field": "a"}, "(a*)*b"), "unsafe_pattern", "args.1"),
        (leaf("matches", {"field": "a"}, "["), "bad_pattern", "args.1"),
        (leaf("eq", {"field": "a..b"}, 1), "bad_path", "args.0"),
        (leaf("eq", {"field": 1}, 1), "bad_path", "args.0"),
        (leaf("eq", {"field": "a"}, {"$dec": "abc"}), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, {"$dec": "1e999999999"}), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, {"$dec": 1}), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, {"$date": "yesterday"}), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, {"$code": "x"}), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, "\ud800"), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, b"x"), "bad_literal", "args.1"),
        (leaf("eq", {"field": "a"}, [{"field": "b"}]), "bad_literal", "args.1"),
        (leaf("eq", leaf(), 1), "type_error", "args.0"),
        ({"op": "all"}, "bad_args", ""),
        ({"op": "all", "args": {"0": leaf()}}, "bad_args", ""),
        ({"op": "some", "over": {"field": "a"}, "where": True}, "arity", ""),
        ({"op": "some", "over": {"field": "a"}, "as": "__x", "where": True}, "bad_name", ""),
        ({"op": "some", "over": {"field": "a"}, "as": "fact", "where": True}, "bad_name", ""),
        ({"op": "some", "over": {"field": "a"}, "as": "x", "where": True, "args": []}, "unknown_key", ""),
        ({"v": 2, "expr": leaf()}, "bad_version", ""),
        (nested(211), "too_deep", None),
        (nested(100_000), "too_deep", None),
        (leaf("in", {"field": "a"}, list(range(300_000))), "too_long", None),
    ),
    ids=lambda given: str(given)[:40] if isinstance(given, str) else None,
)
def test_hostile_json_is_refused_at_its_path(node, code, path):
    with pytest.raises(ExpressionError) as caught:
        from_json(node)
    fault = caught.value.faults[0]
    assert fault.code == code
    assert path is None or fault.path == path


@pytest.mark.parametrize(
    "build",
    (
        lambda: fact.__class__.a,
        lambda: fact.a._b,
        lambda: fact["a..b"],
        lambda: fact.a == b"x",
        lambda: fact.a == object(),
        lambda: fact.a == 10**5000,
        lambda: fact.a == "\ud800",
        lambda: fact.a.matches("(a+)+"),
        lambda: fact.a.matches("("),
        lambda: fact.a.between(1, 2, bounds="[["),
        lambda: fact.a.mentions(7),
        lambda: fact.a.some(lambda fact: fact.b > 1),
        lambda: fact.a.some(lambda p, q: p.b > 1),
        lambda: fact.a.some(lambda p: True),
        lambda: (fact.a == 1) == (fact.b == 2) and None,
        lambda: bool(fact.a > 1),
        lambda: 1 < fact.a < 5,
        lambda: fact.a in [1, 2],
        lambda: 1 in fact.a,
        lambda: list(fact.a),
        lambda: not fact.a,
        lambda: fact.a & (fact.b == 1),
        lambda: (fact.a == 1) & fact.b,
        lambda: fact.a.count > 1,
        lambda: fact.a == (fact.b == 1),
    ),
)  # fmt: skip
def test_what_python_would_get_wrong_is_refused_by_the_builder(build):
    try:
        made = build()
    except (TypeError, AttributeError, ExpressionError, InvalidValue):
        return
    assert made in (False, None)


def test_long_and_deep_conditions_are_accepted():
    assert parse("a == '" + "x" * 65_536 + "'").fields() == {"a"}
    assert parse("not " * 200 + "a").node.depth == 200
    assert parse("(" * 199 + "a == 1" + ")" * 199).fields() == {"a"}
    assert from_json(nested(200)).node.depth == 200
    condition = fact.a == 1
    for _ in range(199):
        condition = ~condition
    assert parse(condition.to_text()) == condition == from_json(condition.to_json())
