"""Whatever carries a rule set out, closures, generated code or an index, the decision is the same."""

import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from supportkit.rules import KeywordSet, Rule, RuleSet, observe, parse, text_leaves
from supportkit.rules._columns import bits, mask_of

NOW = datetime(2026, 1, 31, tzinfo=UTC)
KEYWORDS = {
    "money": KeywordSet("money", ["refund", "money back"]),
    "net": KeywordSet("net", ["router", "line"]),
    "short": KeywordSet("short", ["the line", "dead"], max_characters=9),  # so that longer texts are cut
}
TEXTS = ["a refund for the router", "Money  back!", "the line is dead", "", "a", "b", "ab", "gold"]

# Literals and facts lie close together, so that limits are met exactly and kinds get mixed up.
numbers = st.sampled_from(
    [0, 1, 2, 3, Decimal(1), Decimal("1.0"), Decimal("1.5"), 2.0, 1.5, 0.1, Decimal("0.1")]
)
moments = st.sampled_from(
    [NOW, NOW + timedelta(hours=1), (NOW + timedelta(hours=1)).astimezone(timezone(timedelta(hours=2)))]
)
others = st.sampled_from(
    [
        True,
        False,
        date(2026, 1, 31),
        datetime(2026, 1, 31),
        timedelta(hours=1),
        ["a"],
        ["a", "b"],
        {"k": 1},
        [],
    ]
)
odd = st.sampled_from(
    [
        float("nan"),
        float("inf"),
        1e23,
        2.0**60,
        2**60,
        Decimal("NaN"),
        Decimal("1e23"),
        10**23,
        b"a",
        object(),
        Fraction(1, 2),
    ]
)
values = st.one_of(st.sampled_from(TEXTS), numbers, moments, others)
facts_values = st.one_of(
    values, odd, st.none(), st.sampled_from([{"a", "b"}, ("a", None), ["a", 1], {"$dec": "1.50"}])
)
PATHS = ["a", "b", "c.d", "c.e", "text"]


def field(path):
    return {"field": path}


paths = st.sampled_from(PATHS).map(field)
absent = st.fixed_dictionaries({}, optional={"absent": st.sampled_from(["true", "false", "error"])})


def plain(value):
    if isinstance(value, tuple | set):
        value = list(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {"$map": value}
    for tag, kind in (("$dec", Decimal), ("$dt", datetime), ("$date", date)):
        if isinstance(value, kind):
            return {tag: value.isoformat() if kind is not Decimal else str(value)}
    return {"$dur": "PT1H"} if isinstance(value, timedelta) else value


literals = values.map(plain)
leaves = st.one_of(
    paths,
    st.booleans(),
    st.builds(
        lambda op, path, value, more: {"op": op, "args": [path, value], **more},
        st.sampled_from("eq ne lt le gt ge contains not_contains".split()),
        paths, literals, absent,
    ),
    st.builds(
        lambda op, path, value, more: {"op": op, "args": [path, value], **more},
        st.sampled_from("in not_in contains_any contains_all contains_none".split()),
        paths, st.lists(literals | st.none(), max_size=3), absent,
    ),
    st.builds(
        lambda path, low, high, bounds, more: {"op": "between", "args": [path, low, high], "bounds": bounds, **more},
        paths, literals, literals, st.sampled_from(["[]", "[)", "(]", "()"]), absent,
    ),
    st.builds(
        lambda op, path, value: {"op": op, "args": [path, value], "fold": True},
        st.sampled_from(["eq", "starts_with"]), paths, st.sampled_from(TEXTS),
    ),
    st.builds(
        lambda op, path, value: {"op": op, "args": [path, value]},
        st.sampled_from(["starts_with", "ends_with", "matches"]), paths, st.sampled_from(["a", "refund"]),
    ),
    st.builds(
        lambda path, needles, more: {"op": "mentions", "args": [path, *needles], **more},
        paths,
        st.lists(st.sampled_from(["dead", "a", "", {"keywords": "money"}, {"keywords": "short"}]), min_size=1, max_size=2),
        absent,
    ),
    paths.map(lambda path: {"op": "is_set", "args": [path]}),
    st.builds(lambda one, other: {"op": "eq", "args": [one, other]}, paths, paths),
    st.builds(lambda path: {"op": "some", "over": path, "as": "p", "where": {"op": "eq", "args": [field("p"), "a"]}}, paths),
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(["all", "any", "none"]),
            st.lists(inner, max_size=4),
        ),
        inner.map(lambda arg: {"op": "not", "args": [arg]}),
    ),
    max_leaves=9,
)
hits = st.sampled_from(["first", "collect", "unique"])


@st.composite
def situations(draw):
    facts = {name: draw(facts_values) for name in ("a", "b") if draw(st.booleans())}
    below = {name: draw(facts_values) for name in ("d", "e") if draw(st.booleans())}
    if draw(st.booleans()):
        facts["c"] = draw(st.just(below) | facts_values)
    if draw(st.booleans()):
        facts["text"] = draw(st.sampled_from(TEXTS) | facts_values)
    return facts


def carried_out_by(backend, rules, hit):
    return RuleSet(rules, hit=hit, keywords=KEYWORDS, strict=False, backend=backend)


@settings(max_examples=300)
@given(st.lists(conditions, max_size=8), hits, st.lists(situations(), min_size=1, max_size=4))
def test_every_backend_decides_alike(given_conditions, hit, facts_list):
    rules = [Rule(str(number), when, {"n": number}) for number, when in enumerate(given_conditions)]
    expected, *same = (carried_out_by(backend, rules, hit) for backend in ("closures", "generated", "index"))
    for facts in facts_list:
        decision = expected.decide(facts, now=NOW)
        for status, listed in (
            ("hit", decision.matched),
            ("open", decision.undecided),
            ("error", decision.errors),
        ):
            event(status) if listed else None
        for other in same:
            assert other.decide(facts, now=NOW) == decision, other.backend


@settings(max_examples=150)
@given(st.lists(conditions, min_size=1, max_size=6), st.sampled_from(TEXTS) | st.none(), st.data())
def test_every_backend_decides_alike_on_a_text_that_was_erased(given_conditions, text, data):
    rules = [Rule(str(number), when, {"n": number}) for number, when in enumerate(given_conditions)]
    expected, *same = (
        carried_out_by(backend, rules, "collect") for backend in ("closures", "generated", "index")
    )
    try:
        asked = text_leaves(expected.expressions(), ["text"])
    except ValueError:
        return  # a leaf compares the text with another fact; texts that are erased are refused there
    known = data.draw(st.sets(st.sampled_from(sorted(asked)))) if asked else set()
    facts = {**data.draw(situations()), "text": observe(text, known if data.draw(st.booleans()) else asked)}
    decision = expected.decide(facts, now=NOW)
    for other in same:
        assert other.decide(facts, now=NOW) == decision, other.backend


ALL_VALUES = [*TEXTS, 0, 1, 2, Decimal(1), Decimal("1.5"), 2.0, 1.5, 0.1, NOW, NOW + timedelta(hours=1)]
ALL_VALUES += [
    True,
    False,
    date(2026, 1, 31),
    datetime(2026, 1, 31),
    timedelta(hours=1),
    ["a"],
    ["a", "b"],
    [],
]
ALL_FACTS = [*ALL_VALUES, float("nan"), float("inf"), 1e23, 2.0**60, 2**60, Decimal("NaN"), Decimal("sNaN")]
ALL_FACTS += [
    Decimal("1e23"),
    10**23,
    b"a",
    object(),
    {"a", "b"},
    ("a", None),
    ["a", 1],
    {"$dec": "1.50"},
    {},
]
BINARY = "eq ne lt le gt ge contains not_contains starts_with ends_with".split()


def every_leaf():
    """Every leaf over one field with every literal."""
    a, given_values = field("text"), [plain(value) for value in [*ALL_VALUES, 10**23]]
    for value in given_values:
        for op in BINARY:
            yield {"op": op, "args": [a, value]}
        for op in ("in", "contains_any", "contains_all"):
            yield {"op": op, "args": [a, [value, None]]}
            yield {"op": op, "args": [a, [value, "b"]]}
        for policy in ("true", "false", "error"):
            yield {"op": "eq", "args": [a, value], "absent": policy}
            yield {"op": "ne", "args": [a, value], "absent": policy}
        yield {"op": "between", "args": [a, value, 2], "bounds": "(]"}
        yield {"op": "between", "args": [a, 1, value], "bounds": "[)"}
    yield from (
        {"op": "mentions", "args": [a, needle]}
        for needle in ("dead", "", {"keywords": "money"}, {"keywords": "short"})
    )
    yield from (a, {"op": "is_set", "args": [a]}, {"op": "has_key", "args": [a]})


def test_every_leaf_on_every_value_is_worth_the_same():
    leaves = list(every_leaf())
    conditions = leaves + [{"op": "not", "args": [leaf]} for leaf in leaves]
    rules = [Rule(str(number), when, {}) for number, when in enumerate(conditions)]
    expected, *same = (
        carried_out_by(backend, rules, "collect") for backend in ("closures", "generated", "index")
    )
    asked = text_leaves(expected.expressions(), ["text"])
    situations = [{"text": value} for value in ALL_FACTS] + [{}, {"text": None}, None, "text"]
    situations += [{"text": observe(text, asked)} for text in [*TEXTS, None]]
    for facts in situations:
        decision = expected.decide(facts, now=NOW)
        for other in same:
            found = other.decide(facts, now=NOW)
            for listed in ("matched", "undecided", "errors", "missing"):
                assert getattr(found, listed) == getattr(decision, listed), (facts, other.backend, listed)


def test_large_sets_are_carried_out_alike():
    draw = random.Random(5)
    rules = [Rule(str(number), _line(draw), {"n": number}) for number in range(1_500)]
    expected, *same = (
        carried_out_by(backend, rules, "collect") for backend in ("closures", "generated", "index")
    )
    matched = 0
    for _ in range(40):
        facts = {f"f{n}": f"v{draw.randrange(4)}" for n in range(6) if draw.random() > 0.1}
        facts |= {
            "spend": draw.choice([draw.randrange(50), None, Decimal("7.5"), "7"]),
            "text": draw.choice(TEXTS),
        }
        decision = expected.decide(facts, now=NOW)
        matched += len(decision.matched)
        assert [other.decide(facts, now=NOW) for other in same] == [decision, decision]
    assert matched > 1_000


def _line(draw):
    low = draw.randrange(45)
    word = draw.choice(["refund", "router", "line", "dead"])
    parts = [
        f"f{draw.randrange(6)} == 'v{draw.randrange(4)}'",
        f"{low} <= spend < {low + draw.randrange(20)}",
        draw.choice(
            [
                f"text.mentions('{word}')",
                f"not contains(text, '{word}')",
                f"f1 in ['v1', 'v{draw.randrange(4)}']",
            ]
        ),
    ]
    return draw.choice([" and ", " or "]).join(draw.sample(parts, draw.randint(1, 3)))


@pytest.mark.parametrize("backend", ("closures", "generated", "index"))
def test_a_first_hit_hides_what_comes_after_it(backend):
    rules = RuleSet(
        [Rule("open", "a == 1", {}), Rule("hit", "b == 1", {}), Rule("after", "b == 'x'", {})],
        backend=backend,
    )
    decision = rules.decide({"b": 1}, now=NOW)
    assert (decision.matched, decision.undecided, decision.errors) == (("hit",), ("open",), ())
    assert decision.missing == ("a",)


@given(st.sets(st.integers(0, 400)))
def test_bits_are_the_rows_of_a_mask(rows):
    assert list(bits(mask_of(rows))) == sorted(rows)


def test_reading_back_a_condition_keeps_its_rows():
    when = parse("a == 'x' or a == 'y' or a in ['z']")
    rules = RuleSet([Rule("one", when, {})], backend="index")
    assert [rules.decide({"a": value}, now=NOW).matched for value in "xyzw"] == [("one",)] * 3 + [()]
