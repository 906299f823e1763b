"""Laws of conditions, rule sets and keyword sets, for any input."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.canonical import decode, encode
from supportkit.rules import (
    KeywordSet,
    Rule,
    RuleSet,
    TextFacts,
    Truth,
    fact,
    from_json,
    observe,
    parse,
    text_leaves,
)
from supportkit.rules._literals import as_literal, literal_key, literal_to_json
from supportkit.rules.nodes import FieldRef, KeywordRef, Literal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SETS = {"k": KeywordSet("k", ["refund", "money back"]), "odd one": KeywordSet("odd one", ["a"])}

# -- trees -------------------------------------------------------------------------------------------------

instants = st.datetimes(
    datetime(1, 1, 3),
    datetime(9999, 12, 29),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
literals = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(max_size=5),
        st.dates(),
        st.datetimes(),
        instants.map(lambda moment: moment.astimezone(UTC)),
        st.timedeltas(),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["op", "$dec"]), inner, max_size=2)
    ),
    max_leaves=4,
).map(lambda value: literal_to_json(as_literal(value)))
segments = st.sampled_from(
    ["a", "b", "text", "if", "fact", "keywords", "__class__", "odd key", "len", "p", "straße"]
)
fields = st.lists(segments, min_size=1, max_size=3).map(lambda path: {"field": ".".join(path)})
operands = st.recursive(
    fields | literals,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda args: {"op": "coalesce", "args": args}),
        inner.map(lambda arg: {"op": "len", "args": [arg]}),
        st.tuples(inner, st.just("office")).map(lambda args: {"op": "age", "args": list(args)}),
    ),
    max_leaves=3,
)
options = st.fixed_dictionaries(
    {}, optional={"fold": st.booleans(), "absent": st.sampled_from(["true", "false", "error"])}
)
TWO = "eq ne lt le gt ge in not_in contains not_contains contains_any contains_all contains_none starts_with ends_with".split()
leaves = st.one_of(
    st.builds(
        lambda op, args, more: {"op": op, "args": list(args), **more},
        st.sampled_from(TWO),
        st.tuples(operands, operands),
        options,
    ),
    st.builds(
        lambda args, bounds, more: {"op": "between", "args": list(args), "bounds": bounds, **more},
        st.tuples(operands, operands, operands),
        st.sampled_from(["[]", "[)", "(]", "()"]),
        options,
    ),
    st.builds(
        lambda arg, pattern, more: {"op": "matches", "args": [arg, pattern], **more},
        operands,
        st.sampled_from(["a", r"\d+\"'", ""]),
        options,
    ),
    st.builds(
        lambda arg, needles: {"op": "mentions", "args": [arg, *needles]},
        operands,
        st.lists(
            st.text(max_size=4) | st.sampled_from([{"keywords": name} for name in SETS]),
            min_size=1,
            max_size=3,
        ),
    ),
    operands.map(lambda arg: {"op": "is_set", "args": [arg]}),
    fields.map(lambda arg: {"op": "has_key", "args": [arg]}),
    operands,
)


def compound(inner):
    element = st.sampled_from(["p", "q", "a"])
    return st.one_of(
        st.builds(
            lambda op, args: {"op": op, "args": args},
            st.sampled_from(["all", "any", "none"]),
            st.lists(inner, max_size=3),
        ),
        inner.map(lambda arg: {"op": "not", "args": [arg]}),
        st.builds(
            lambda op, over, name, where: {"op": op, "over": over, "as": name, "where": where},
            st.sampled_from(["some", "every"]),
            operands,
            element,
            inner,
        ),
        st.builds(
            lambda over, name, where: {
                "op": "ge",
                "args": [{"op": "count", "over": over, "as": name, "where": where}, 1],
            },
            operands,
            element,
            inner,
        ),
    )


conditions = st.recursive(leaves, compound, max_leaves=6)


def in_python(node):
    """Build a tree again with `fact`; what Python cannot spell comes back as an expression."""
    if isinstance(node, FieldRef):
        return fact[node.dotted]
    if isinstance(node, KeywordRef):
        return SETS[node.name]
    if isinstance(node, Literal):
        return node.value
    if node.name in {"some", "every", "count"}:
        over, where = node.args
        names = {
            "p": lambda p: as_condition(where),
            "q": lambda q: as_condition(where),
            "a": lambda a: as_condition(where),
        }
        return getattr(in_python(over), node.name)(names[node.variable])
    first, *rest = [
        as_condition(arg) if node.name in {"all", "any", "not"} else in_python(arg) for arg in node.args
    ]
    if node.name == "not":
        return ~first
    if node.name in {"all", "any"}:
        for other in rest:
            first = first & other if node.name == "all" else first | other
        return first
    return leaf_in_python(node, first, rest)


def leaf_in_python(node, first, rest):
    signs = {"eq": "__eq__", "lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__", "in": "in_"}
    verb = getattr(first, signs.get(node.name, node.name))
    built = verb(*rest, bounds=node.bounds) if node.name == "between" else verb(*rest)
    if node.fold:
        built = built.fold()
    return built.absent(node.absent) if node.absent else built


def as_condition(node):
    from supportkit.rules import Expression

    built = in_python(node)
    return built if isinstance(built, Expression) else built.is_true()


def spelled_in_python(node):
    """Literals on the left and all/any of fewer than two conditions have no spelling in Python."""
    if isinstance(node, FieldRef | Literal | KeywordRef):
        return True
    if node.name in {"all", "any"} and len(node.args) < 2:
        return False
    operands_first = node.name not in {"all", "any", "not"}
    if operands_first and isinstance(node.args[0], Literal):
        return False
    conditions_of = node.args if not operands_first else node.args[1:] if node.variable else ()
    return not any(isinstance(arg, Literal) for arg in conditions_of) and all(
        map(spelled_in_python, node.args)
    )


@given(conditions)
def test_a_tree_survives_json_text_and_both_again(node):
    expression = from_json(node)
    assert from_json(expression.to_json()) == expression
    assert parse(expression.to_text()) == expression
    assert hash(parse(expression.to_text())) == hash(expression)
    assert parse(expression.to_text()).to_json() == expression.to_json()


@settings(max_examples=300)
@given(
    conditions
    | st.builds(
        lambda op, one, other: {"op": op, "args": [one, other]}, st.sampled_from(TWO), fields, operands
    )
)
def test_a_tree_survives_python(node):
    expression = from_json(node)
    if spelled_in_python(expression.node) and not isinstance(expression.node, Literal):
        assert as_condition(expression.node) == expression


@given(literals, literals)
def test_literals_are_the_same_exactly_when_their_json_is(one, other):
    trees = [from_json({"op": "in", "args": [{"field": "a"}, [value]]}) for value in (one, other)]
    kept = [literal_key(tree.node.args[1].value) for tree in trees]
    assert (trees[0] == trees[1]) is (kept[0] == kept[1])
    assert (trees[0] == trees[1]) is (encode(trees[0].to_json()) == encode(trees[1].to_json()))


# -- evaluation --------------------------------------------------------------------------------------------

plain_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    st.sampled_from(["", "a", "refund", "Money back!"]),
    st.just(Decimal("0.5")),
    st.just(date(2026, 1, 1)),
)
some_facts = st.dictionaries(
    st.sampled_from("abcp"),
    plain_values
    | st.lists(plain_values, max_size=2)
    | st.dictionaries(st.sampled_from(["a", "text", "p"]), plain_values, max_size=2),
    max_size=4,
)


def evaluated(node, facts):
    return from_json(node, keywords=SETS).evaluate(facts, now=NOW)


@given(st.sampled_from(["all", "any", "none"]), st.lists(conditions, max_size=4), some_facts, st.randoms())
def test_the_order_of_arguments_never_matters(op, args, facts, chance):
    shuffled = chance.sample(args, len(args))
    rules = [
        RuleSet([Rule("r", {"op": op, "args": each}, {})], hit="collect", keywords=SETS)
        for each in (args, shuffled)
    ]
    one, other = (rule_set.decide(facts, now=NOW) for rule_set in rules)
    assert one == other
    assert evaluated({"op": op, "args": args}, facts) is evaluated({"op": op, "args": shuffled}, facts)


@given(conditions, some_facts)
def test_negation_swaps_true_and_false_and_keeps_the_rest(node, facts):
    swapped = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}
    truth = evaluated(node, facts)
    assert evaluated({"op": "not", "args": [node]}, facts) is swapped.get(truth, truth)


@given(leaves, some_facts)
def test_undecided_rules_name_what_they_lacked_and_decided_ones_nothing(node, facts):
    decision = RuleSet([Rule("r", {"v": 1, "expr": node}, {})], keywords=SETS).decide(facts, now=NOW)
    truth = evaluated(node, facts)
    assert (decision.undecided == ("r",)) is (truth is Truth.UNKNOWN)
    assert not (decision.missing and truth in {Truth.TRUE, Truth.FALSE})
    assert decision.provisional is (truth is Truth.UNKNOWN)


@given(st.lists(conditions, max_size=4), some_facts)
def test_an_explanation_agrees_with_the_decision(nodes, facts):
    rows = [Rule(str(place), {"v": 1, "expr": node}, {"value": place}) for place, node in enumerate(nodes)]
    decision = RuleSet(rows, hit="collect", keywords=SETS).decide(facts, now=NOW)
    reasons = {reason.rule: reason.truth for reason in decision.explain()}
    expected = {rule.id: evaluated(rule.when, facts) for rule in rows}
    assert reasons == expected
    assert tuple(rule for rule, truth in reasons.items() if truth is Truth.TRUE) == decision.matched
    assert str(decision.explain()).count("\n") >= len(rows)


# -- texts that are erased ---------------------------------------------------------------------------------

text_operands = st.sampled_from(
    [
        {"field": "text"},
        {"op": "len", "args": [{"field": "text"}]},
        {"op": "coalesce", "args": [{"field": "text"}, "x"]},
    ]
)
text_conditions = st.recursive(
    st.one_of(
        st.builds(
            lambda op, one, other, more: {"op": op, "args": [one, other], **more},
            st.sampled_from(TWO),
            text_operands,
            literals,
            options,
        ),
        st.builds(
            lambda one, needle: {"op": "mentions", "args": [one, needle]},
            text_operands,
            st.sampled_from(["refund", {"keywords": "k"}]),
        ),
        st.builds(lambda one: {"op": "matches", "args": [one, "a+b|c"]}, text_operands),
        text_operands.map(lambda one: {"op": "is_set", "args": [one]}),
        text_operands,
        st.just({"op": "eq", "args": [{"field": "n"}, 1]}),
    ),
    lambda inner: st.builds(
        lambda op, args: {"op": op, "args": args},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=5,
)


@given(
    st.lists(text_conditions, max_size=3),
    st.none() | st.text(max_size=6) | st.sampled_from(["aab", "a Refund", "money  back", "x"]),
    st.sampled_from([None, 1]),
)
def test_a_decision_on_what_was_observed_equals_one_on_the_text(nodes, text, number):
    rows = [Rule(str(place), node, {}) for place, node in enumerate(nodes)]
    rule_set = RuleSet(rows, hit="collect", keywords=SETS)
    leaves_asked = text_leaves(rule_set.expressions(), ["text"])
    observed = TextFacts.from_plain(decode(encode(observe(text, leaves_asked).to_plain())), leaves_asked)
    on_text = rule_set.decide({"text": text, "n": number}, now=NOW)
    assert rule_set.decide({"text": observed, "n": number}, now=NOW) == on_text


# -- keywords ----------------------------------------------------------------------------------------------

words = st.text(st.sampled_from("ab ß-中é\u0301\u200b"), max_size=5)


@given(
    st.text(st.sampled_from("abAB  ß-中é\u0301\u200b\n."), max_size=20),
    st.lists(words, max_size=5),
    st.sampled_from(["word", "start", "end", "none"]),
)
def test_many_keywords_find_what_each_alone_finds(text, phrases, boundary):
    together = KeywordSet("k", phrases, boundary=boundary, overlap="all").find(text)
    alone = [
        (match.start, -match.end, index)
        for index, phrase in enumerate(phrases)
        for match in KeywordSet("k", [phrase], boundary=boundary, overlap="all").find(text)
    ]
    assert [(match.start, -match.end, match.index) for match in together] == sorted(alone)


@given(
    st.text(st.sampled_from("ab B\u200b"), max_size=12),
    st.lists(st.text(st.sampled_from("ab "), min_size=1, max_size=3), min_size=3, max_size=6),
    st.sampled_from(["word", "none"]),
)
def test_longest_matches_never_overlap_and_are_among_all(text, phrases, boundary):
    longest = KeywordSet("k", phrases, boundary=boundary).find(text)
    every = {
        (match.index, match.start, match.end)
        for match in KeywordSet("k", phrases, boundary=boundary, overlap="all").find(text)
    }
    assert {(match.index, match.start, match.end) for match in longest} <= every
    taken = sorted({(match.start, match.end) for match in longest})
    assert all(one[1] <= other[0] for one, other in pairwise(taken))
    assert KeywordSet("k", phrases, boundary=boundary).found(text) is bool(every)
