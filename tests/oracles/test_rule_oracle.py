"""The JSON form against a naive evaluator that follows the reference semantics line by line."""

import itertools
import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.canonical import from_plain
from supportkit.rules import KeywordSet, from_json

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
T, F, U, E = "true", "false", "unknown", "error"


class Broken(Exception):
    """A leaf in error."""


# -- the naive evaluator: no compilation, no fast ways, nothing shared with the package --------------------


def kleene(truths, deciding):
    truths = list(truths)
    other = F if deciding == T else T
    for truth in (deciding, E, U):
        if truth in truths:
            return truth
    return other


def inverse(truth):
    return {T: F, F: T}.get(truth, truth)


def plain_value(value):
    return value.value if isinstance(value, Enum) else value


def kind(value):
    value = plain_value(value)
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float, Decimal)):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "naive" if value.tzinfo is None else "aware"
    if isinstance(value, date):
        return "date"
    if isinstance(value, timedelta):
        return "duration"
    return "list" if isinstance(value, (list, tuple, frozenset)) else "map"


def exact(number, other):
    if not isinstance(number, int) and not math.isfinite(number):
        return float(number)
    return (
        Fraction(repr(number))
        if isinstance(number, float) and isinstance(other, Decimal)
        else Fraction(number)
    )


def fold(text):
    return unicodedata.normalize("NFKC", text).casefold()


def eq(a, b, folding):
    if a is None or b is None:
        return T if a is None and b is None else F
    a, b = plain_value(a), plain_value(b)
    if kind(a) != kind(b):
        return E
    if isinstance(a, frozenset) or isinstance(b, frozenset):
        return F if len(a) != len(b) else eq_in_some_order(list(a), list(b), folding)
    if kind(a) == "list":
        return F if len(a) != len(b) else kleene([eq(x, y, folding) for x, y in zip(a, b, strict=True)], F)
    if kind(a) == "map":
        return F if set(a) != set(b) else kleene([eq(a[key], b[key], folding) for key in a], F)
    if kind(a) == "number":
        return T if exact(a, b) == exact(b, a) else F
    if kind(a) == "text" and folding:
        a, b = fold(a), fold(b)
    return T if a == b else F


def eq_in_some_order(a, b, folding):
    """Try every order: equal in one, else unequal where one pairs off as much as can be and meets an unequal pair."""
    paired = [
        [eq(x, y, folding) for x, y in zip(a, other, strict=True)] for other in itertools.permutations(b)
    ]
    most = max(truths.count(T) for truths in paired)
    if most == len(a):
        return T
    return F if any(F in truths for truths in paired if truths.count(T) == most) else E


def order(a, b, sign, folding):
    a, b = plain_value(a), plain_value(b)
    if kind(a) != kind(b) or kind(a) in {"bool", "list", "map"}:
        return E
    if kind(a) == "number":
        a, b = exact(a, b), exact(b, a)
    if kind(a) == "text" and folding:
        a, b = fold(a), fold(b)
    return T if {"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}[sign] else F


def any_eq(needle, elements, folding):
    return kleene([F if element is None else eq(needle, element, folding) for element in elements], T)


def holds(hay, needle, folding):
    if needle is None:
        return F
    hay, needle = plain_value(hay), plain_value(needle)
    if kind(hay) == "list":
        return any_eq(needle, hay, folding)
    if kind(hay) != "text" or kind(needle) != "text":
        return E
    return T if (fold(needle) in fold(hay) if folding else needle in hay) else F


def read(path, facts):
    value = facts
    for name in path.split("."):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Broken
        value = value.get(name)
    return value


def operand(node, facts):  # noqa: C901 -- the table of operands
    if isinstance(node, dict) and "field" in node:
        return read(node["field"], facts)
    if isinstance(node, dict) and node.get("op") == "coalesce":
        for arg in node["args"]:
            value = operand(arg, facts)
            if value is not None:
                return value
        return None
    if isinstance(node, dict) and node.get("op") == "len":
        value = operand(node["args"][0], facts)
        if value is None:
            return None
        if kind(value) not in {"text", "list", "map"}:
            raise Broken
        return len(plain_value(value))
    if isinstance(node, dict) and node.get("op") == "age":
        value = operand(node["args"][0], facts)
        if value is not None and kind(value) != "aware":
            raise Broken
        return None if value is None else NOW - value
    if isinstance(node, dict) and node.get("op") == "count":
        truths = elements(node, facts)
        if truths is None or (U in truths and E not in truths):
            return None
        if E in truths:
            raise Broken
        return truths.count(T)
    return from_plain(node)


def elements(node, facts):
    over = operand(node["over"], facts)
    if over is None:
        return None
    if kind(over) != "list":
        raise Broken
    return [evaluate(node["where"], {**facts, node["as"]: element}) for element in over]


def is_null(node):
    return node is None


def evaluate(node, facts):
    try:
        return condition(node, facts)
    except Broken:
        return E


def condition(node, facts):
    if not isinstance(node, dict) or "op" not in node or node["op"] in {"coalesce", "len", "count", "age"}:
        value = plain_value(operand(node, facts))
        return U if value is None else {True: T, False: F}[value] if isinstance(value, bool) else E
    name = node["op"]
    if name in {"all", "any", "none"}:
        truth = kleene([evaluate(arg, facts) for arg in node["args"]], F if name == "all" else T)
        return inverse(truth) if name == "none" else truth
    if name == "not":
        return inverse(evaluate(node["args"][0], facts))
    absent = node.get("absent", U)
    if name in {"some", "every"}:
        truths = elements(node, facts)
        return absent if truths is None else kleene(truths, T if name == "some" else F)
    return leaf(name, node, facts, absent)


def leaf(name, node, facts, absent):
    args, folding = node["args"], node.get("fold", False)
    if name == "is_set":
        return F if operand(args[0], facts) is None else T
    if name == "has_key":
        parent, _, key = args[0]["field"].rpartition(".")
        value = read(parent, facts) if parent else facts
        if value is not None and not isinstance(value, dict):
            return E
        return T if value is not None and key in value else F
    if name in {"eq", "ne"} and (is_null(args[0]) or is_null(args[1])):
        value = operand(args[1] if is_null(args[0]) else args[0], facts)
        return T if (value is None) is (name == "eq") else F
    if name in {"lt", "le", "gt", "ge", "between"} and any(map(is_null, args)):
        return E
    if name == "mentions":
        values = [operand(args[0], facts), *args[1:]]
    else:
        values = [operand(arg, facts) for arg in args]
    if any(value is None for value in values):
        return absent
    return worth(name, values, folding, node)


def worth(name, values, folding, node):  # noqa: C901 -- the table of leaves
    first, second, *_ = map(plain_value, values)
    if name == "mentions":
        found = kind(first) == "text" and any(naive_spans(first, each, "fold", "word") for each in values[1:])
        return E if kind(first) != "text" else T if found else F
    if name in {"ne", "not_in", "not_contains", "contains_none", "not_matches"}:
        positive = {"ne": "eq", "contains_none": "contains_any"}.get(name, name[4:])
        return inverse(worth(positive, values, folding, node))
    if name == "eq":
        return eq(first, second, folding)
    if name in {"lt", "le", "gt", "ge"}:
        return order(first, second, name, folding)
    if name == "between":
        low, high = node.get("bounds", "[]")
        truths = [order(first, second, "ge" if low == "[" else "gt", folding)]
        truths.append(order(first, values[2], "le" if high == "]" else "lt", folding))
        return E if E in truths else kleene(truths, F)
    if name == "in":
        return any_eq(first, second, folding) if kind(second) == "list" else E
    if name == "contains":
        return holds(first, second, folding)
    if name in {"contains_any", "contains_all"}:
        if kind(first) not in {"text", "list"} or kind(second) != "list":
            return E
        truths = [holds(first, each, folding) for each in second]
        return kleene(truths, T if name == "contains_any" else F)
    if kind(first) != "text" or kind(second) != "text":
        return E
    if name == "matches":
        text, flags = (fold(first), re.IGNORECASE) if folding else (first, 0)
        return T if re.search(second, text, flags) else F
    if folding:
        first, second = fold(first), fold(second)
    return T if (first.startswith(second) if name == "starts_with" else first.endswith(second)) else F


# -- random conditions and facts ---------------------------------------------------------------------------


class Plan(Enum):
    SMALL = "a"
    LARGE = "STRASSE"


class Level(IntEnum):
    ONE = 1


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([0.1, 1.0, 2.5, float("nan"), float("inf")]),
    st.sampled_from([Decimal("0.1"), Decimal(1), Decimal("2.50"), Decimal("NaN")]),
    st.sampled_from(["", "a", "A", "ab", "straße", "STRASSE", "ﬁ"]),
    st.sampled_from([date(2026, 1, 1), date(2026, 1, 2)]),
    st.sampled_from(
        [
            datetime(2026, 1, 1, 12, tzinfo=UTC),
            datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 1, 1, 12),
        ]
    ),
    st.sampled_from([timedelta(hours=2), timedelta(days=1)]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)
odd = st.one_of(
    st.sampled_from([*Plan, *Level]),
    st.frozensets(scalars, max_size=3),
    st.lists(st.sampled_from([*Plan, *Level]) | st.frozensets(scalars, max_size=2), max_size=2),
)
odd_facts = st.fixed_dictionaries(
    {}, optional={"a": odd, "b": st.fixed_dictionaries({"x": odd, "y": values}), "c": odd}
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": st.none() | st.fixed_dictionaries({}, optional={"x": values, "y": values}),
        "c": st.lists(values, max_size=3),
    },
)
paths = st.sampled_from(["a", "a.b", "b.x", "b.y", "c", "e", "e.x", "f"])
fields = paths.map(lambda path: {"field": path})


def plain(value):
    from supportkit.rules._literals import as_literal, literal_to_json

    return literal_to_json(as_literal(value))


literals = values.map(plain)
operands = st.recursive(
    fields | literals,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda args: {"op": "coalesce", "args": args}),
        inner.map(lambda arg: {"op": "len", "args": [arg]}),
        inner.map(lambda arg: {"op": "age", "args": [arg]}),
    ),
    max_leaves=2,
)
BINARY = "eq ne lt le gt ge in not_in contains not_contains contains_any contains_all contains_none".split()
BINARY += ["starts_with", "ends_with"]
leaf_options = st.fixed_dictionaries(
    {}, optional={"fold": st.booleans(), "absent": st.sampled_from([T, F, E])}
)
PATTERNS = ["a", "^a+$", "b|s", r"\w{2}", "(?:a|b)*b", "SS"]
leaves = st.one_of(
    st.builds(
        lambda op, args, more: {"op": op, "args": args, **more},
        st.sampled_from(BINARY),
        st.tuples(operands, operands).map(list),
        leaf_options,
    ),
    st.builds(
        lambda args, bounds, more: {"op": "between", "args": args, "bounds": bounds, **more},
        st.lists(operands, min_size=3, max_size=3),
        st.sampled_from(["[]", "[)", "(]", "()"]),
        leaf_options,
    ),
    st.builds(
        lambda op, arg, pattern, more: {"op": op, "args": [arg, pattern], **more},
        st.sampled_from(["matches", "not_matches"]),
        operands,
        st.sampled_from(PATTERNS),
        leaf_options,
    ),
    st.builds(
        lambda arg, words, more: {"op": "mentions", "args": [arg, *words], **more},
        operands,
        st.lists(st.sampled_from(["a", "ab", "strasse", "fi", "b a"]), min_size=1, max_size=2),
        st.fixed_dictionaries({}, optional={"absent": st.sampled_from([T, F, E])}),
    ),
    operands.map(lambda arg: {"op": "is_set", "args": [arg]}),
    fields.map(lambda arg: {"op": "has_key", "args": [arg]}),
    operands,
)


def compound(inner):
    quantified = st.builds(
        lambda op, over, name, where, more: {"op": op, "over": over, "as": name, "where": where, **more},
        st.sampled_from(["some", "every"]),
        st.just({"field": "c"}) | operands,
        st.sampled_from(["e", "f", "a"]),
        inner,
        st.fixed_dictionaries({}, optional={"absent": st.sampled_from([T, F, E])}),
    )
    counted = st.builds(
        lambda where, number: {
            "op": "ge",
            "args": [{"op": "count", "over": {"field": "c"}, "as": "e", "where": where}, number],
        },
        inner,
        st.integers(0, 2),
    )
    return st.one_of(
        st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(["all", "any", "none"]),
            st.lists(inner, max_size=3),
        ),
        inner.map(lambda arg: {"op": "not", "args": [arg]}),
        quantified,
        counted,
    )


conditions = st.recursive(leaves, compound, max_leaves=6)


@settings(max_examples=300)
@given(conditions, facts)
def test_any_condition_is_worth_what_the_reference_semantics_say(node, given_facts):
    assert from_json(node).evaluate(given_facts, now=NOW).value == evaluate(node, given_facts)


@settings(max_examples=300)
@given(conditions, odd_facts)
def test_enum_members_and_sets_stand_for_their_values(node, given_facts):
    assert from_json(node).evaluate(given_facts, now=NOW).value == evaluate(node, given_facts)


@settings(max_examples=200)
@given(conditions, facts)
def test_facts_written_with_typed_literals_mean_the_same(node, given_facts):
    expression = from_json(node)
    assert expression.evaluate(plain(given_facts), now=NOW) is expression.evaluate(given_facts, now=NOW)


# -- keywords ----------------------------------------------------------------------------------------------

IGNORED = "\u200b\u00ad\ufe0f\u2060"


def keyword_fold(text, case):
    text = unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFKC", text.casefold()) if case == "fold" else text


def collapsed(text):
    return re.sub(r"\s+", " ", text)


def pieces(text):
    """Cut where normalisation cannot reach across: by trying, not by tables."""
    kept = [(index, character) for index, character in enumerate(text) if character not in IGNORED]
    cuts = []
    for position, (_, character) in enumerate(kept):
        before = "".join(each for _, each in kept[:position])
        after = "".join(each for _, each in kept[position:])
        whole = unicodedata.normalize("NFKC", before + after)
        apart = unicodedata.normalize("NFKC", before) + unicodedata.normalize("NFKC", after)
        mark = unicodedata.category(character).startswith("M") and not before[-1:].isspace()
        if position == 0 or (whole == apart and not mark):
            cuts.append(position)
    bounds = zip(cuts, [*cuts[1:], len(kept)], strict=True) if cuts else ()
    return [(kept[a][0], kept[b - 1][0] + 1, "".join(each for _, each in kept[a:b])) for a, b in bounds]


def wordy(character):
    return unicodedata.category(character)[0] in "LNM" or unicodedata.category(character) == "Pc"


def spaceless(character):
    name = unicodedata.name(character, "")
    return any(script in name for script in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"))


def glued(edge, neighbour):
    return wordy(edge) and wordy(neighbour) and not spaceless(edge) and not spaceless(neighbour)


def naive_spans(text, phrase, case, boundary):
    cut = pieces(text)
    needle = collapsed("".join(keyword_fold(each, case) for _, _, each in pieces(phrase)))
    found = set()
    for first in range(len(cut)):
        for last in range(first, len(cut)):
            inside = collapsed("".join(keyword_fold(each, case) for _, _, each in cut[first : last + 1]))
            before = keyword_fold(cut[first - 1][2], case) if first else ""
            after = keyword_fold(cut[last + 1][2], case) if last + 1 < len(cut) else ""
            if not needle or inside != needle:
                continue
            if boundary in {"word", "start"} and before and glued(needle[0], before[-1]):
                continue
            if boundary in {"word", "end"} and after and glued(needle[-1], after[0]):
                continue
            if (needle[0] == " " and before.isspace()) or (needle[-1] == " " and after.isspace()):
                continue
            found.add((cut[first][0], cut[last][1]))
    return found


ALPHABET = "aAbeß. -_+\n\t\u0301éİﬁ㈱株가각\u1100\u1161\u11a8ㅏ中กิคา'" + IGNORED
letters = st.text(st.sampled_from(ALPHABET), max_size=10)
few = st.text(st.sampled_from("aB ß_.\u0301\u00ad"), max_size=8)


@st.composite
def texts_and_parts(draw):
    """Draw a text, and phrases cut out of it and of what might follow it."""
    text = draw(few)
    cut = st.tuples(st.integers(0, len(text)), st.integers(1, 4))
    return text, [(text + "a.")[start : start + length] for start, length in draw(st.lists(cut, max_size=4))]


@settings(max_examples=400)
@given(
    letters,
    st.lists(letters.filter(lambda text: len(text) < 5), max_size=4),
    st.sampled_from(["fold", "exact"]),
    st.sampled_from(["word", "start", "end", "none"]),
)
def test_keywords_stand_where_a_search_of_every_substring_finds_them(text, phrases, case, boundary):
    every = KeywordSet("k", phrases, case=case, boundary=boundary, overlap="all")
    expected = {
        (index, *span)
        for index, phrase in enumerate(phrases)
        for span in naive_spans(text, phrase, case, boundary)
    }
    assert {(match.index, match.start, match.end) for match in every.find(text)} == expected


@settings(max_examples=200)
@given(texts_and_parts())
def test_the_leftmost_longest_of_what_stands_is_kept(drawn):
    text, phrases = drawn
    spans = {span for phrase in phrases for span in naive_spans(text, phrase, "fold", "word")}
    kept, position = [], 0
    while spans := {span for span in spans if span[0] >= position}:
        best = min(spans, key=lambda span: (span[0], -span[1]))
        kept.append(best)
        position = best[1]
    found = KeywordSet("k", phrases).find(text)
    assert sorted({(match.start, match.end) for match in found}) == kept
