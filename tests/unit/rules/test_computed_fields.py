"""Fields that are computed of other facts: lazily, once, and without losing a decision."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.errors import ExpressionError, InvalidValue, UnknownField
from supportkit.rules import Field, Rule, RuleSet, Schema, Truth, fact, observe, parse, text_leaves

NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)
PLAIN = [Field("a", "int", nullable=True), Field("b.at", "datetime"), Field("text", "text", nullable=True)]


def doubled(facts, *, now):
    return None if facts["a"] is None else facts["a"] * 2


def age(facts, *, now):
    return now - facts["b.at"]


def schema(*fields):
    return Schema([*PLAIN, *fields])


def counting(answer):
    asked = []

    def compute(facts, *, now):
        asked.append(dict(facts))
        return answer(facts) if callable(answer) else answer

    return compute, asked


def evaluated(text, facts, **fields):
    made = [Field(path, type_, compute=compute, reads=["a"]) for path, (type_, compute) in fields.items()]
    return parse(text, schema=schema(*made)).evaluate(facts, now=NOW)


@pytest.mark.parametrize(
    ("text", "facts", "truth"),
    (
        ("double == 4", {"a": 2}, Truth.TRUE),
        ("double == 4", {"a": 3}, Truth.FALSE),
        ("double == 4", {}, Truth.UNKNOWN),
        ("absent(double == 4, 'false')", {"a": None}, Truth.FALSE),
        ("is_set(double) and has_key(double)", {"a": 1}, Truth.TRUE),
        ("is_set(double) or has_key(double)", {}, Truth.FALSE),
        ("coalesce(double, a, 7) == 7", {}, Truth.TRUE),
        ("double in [2, 4] and 1 < double < 5 and double > a", {"a": 2}, Truth.TRUE),
        ("double == 4", {"a": "2"}, Truth.ERROR),
        ("double == 4 or a == 1", {"a": [[]]}, Truth.ERROR),
        ("double == 9", {"a": 2, "double": 9}, Truth.TRUE),
        ("double == 4", {"a": {"$dec": "2"}}, Truth.TRUE),
    ),
)
def test_a_computed_field_is_read_like_any_other(text, facts, truth):
    assert evaluated(text, facts, double=("int", doubled)) is truth


def test_what_a_function_raises_is_an_error_of_the_leaves_that_read_it_alone():
    def broken(facts, *, now):
        raise LookupError("no such account")

    rule_set = RuleSet(
        [
            Rule("reads", "risk > 1", {}),
            Rule("decides", "a == 1 or risk > 1", {}),
            Rule("reads not", "a == 1", {}),
        ],
        schema=schema(Field("risk", "int", compute=broken, reads=["a"])),
        hit="collect",
    )
    decision = rule_set.decide({"a": 1}, now=NOW)
    assert (decision.errors, decision.matched) == (("reads",), ("decides", "reads not"))
    assert "'risk' raised LookupError: no such account" in str(decision.explain())


def test_it_is_computed_when_it_is_first_read_and_once_for_all_rules():
    compute, asked = counting(1)
    own = schema(Field("risk", "int", compute=compute, reads=["a"]))
    rules = [
        Rule("other", "a == 5 and risk > 1", {}),
        Rule("one", "risk == 1", {}),
        Rule("two", "risk >= 0 and risk < 9", {}),
    ]
    rule_set = RuleSet(rules, schema=own, hit="collect")
    assert rule_set.decide({"a": 2}, now=NOW).matched == ("one", "two")
    assert asked == [{"a": 2}]
    assert parse("a == 2 or risk == 1", schema=own).evaluate({"a": 2}, now=NOW) is Truth.TRUE
    assert len(asked) == 1
    assert rule_set.decide({"a": 3}, now=NOW).matched == ("one", "two")
    assert asked[1:] == [{"a": 3}]


def test_nothing_is_a_value_that_is_not_computed_again():
    compute, asked = counting(None)
    rule_set = RuleSet(
        [Rule(str(n), f"risk == {n}", {}) for n in range(3)],
        schema=schema(Field("risk", "int", compute=compute, reads=["a"])),
        hit="collect",
    )
    decision = rule_set.decide({}, now=NOW)
    assert (decision.undecided, decision.missing, len(asked)) == (("0", "1", "2"), ("risk",), 1)


def test_computed_fields_read_each_other_lazily():
    first, asked = counting(lambda facts: facts["a"] + 1)
    fields = [
        Field("x.one", "int", compute=first, reads=["a"]),
        Field("x.two", "int", compute=lambda facts, now: facts["x.one"] * 2, reads=["x.one"]),
    ]
    condition = parse("x.two == 6 and x.one == 3", schema=schema(*fields))
    assert condition.evaluate({"a": 2}, now=NOW) is Truth.TRUE
    assert asked == [{"a": 2}]
    assert condition.fields() == {"x.two", "x.one", "a"}


def test_the_clock_of_the_evaluation_is_handed_in():
    own = schema(Field("waited", "duration", compute=age, reads=["b.at"]))
    facts = {"b": {"at": NOW - timedelta(hours=3)}}
    assert parse("waited == 'PT3H'", schema=own).evaluate(facts, now=NOW) is Truth.TRUE
    assert parse("waited == 'PT4H'", schema=own).evaluate(facts, now=NOW + timedelta(hours=1)) is Truth.TRUE


@pytest.mark.parametrize(
    ("compute", "facts"),
    (
        (lambda facts, now: facts["b.at"], {"b": {"at": NOW}}),  # not declared
        (lambda facts, now: facts["a"], {"a": [1]}),  # another kind
        (lambda facts, now: facts["a"].day, {}),  # absent
        (lambda now: 1, {}),
        (lambda facts, now: facts["text"], {"text": "a"}),
    ),
)
def test_what_cannot_be_computed_is_an_error(compute, facts):
    own = schema(Field("risk", "int", compute=compute, reads=["a"]))
    assert parse("risk == 1", schema=own).evaluate(facts, now=NOW) is Truth.ERROR


def test_a_fact_that_cannot_be_read_is_told_through_the_field():
    own = schema(Field("waited", "duration", compute=age, reads=["b.at"]))
    rule_set = RuleSet([Rule("r", "waited > 'PT1H'", {})], schema=own)
    explained = str(rule_set.decide({"b": {"at": datetime(2026, 1, 1)}}, now=NOW).explain())
    assert "b.at has no time zone" in explained


def test_an_erased_text_cannot_be_computed_from():
    own = schema(Field("loud", "bool", compute=lambda facts, now: facts["text"].isupper(), reads=["text"]))
    condition = parse("loud", schema=own)
    leaves = text_leaves([parse("text == 'A'")], ["text"])
    assert condition.evaluate({"text": "A"}, now=NOW) is Truth.TRUE
    assert condition.evaluate({"text": observe("A", leaves)}, now=NOW) is Truth.ERROR
    given = schema(Field("told", "bool", compute=lambda facts, now: facts["text"] is None, reads=["text"]))
    assert parse("told", schema=given).evaluate({"text": observe(None, leaves)}, now=NOW) is Truth.TRUE


def test_a_naive_instant_that_was_computed_is_refused_like_one_that_was_given():
    own = schema(Field("due", "datetime", compute=lambda facts, now: datetime(2026, 1, 1), reads=["a"]))
    assert parse("due < '2027-01-01T00:00:00Z'", schema=own).evaluate({}, now=NOW) is Truth.ERROR


def test_computed_fields_work_in_every_form_and_survive_combining_and_pickling():
    own = schema(Field("double", "int", compute=doubled, reads=["a"]))
    python = RuleSet([Rule("r", fact.double == 4, {})], schema=own)
    assert python.decide({"a": 2}, now=NOW).matched == ("r",)
    both = ~(parse("double != 4", schema=own) | parse("text == 'x'"))
    facts = {"a": 2, "text": "y"}
    assert both.evaluate(facts, now=NOW) is Truth.TRUE
    assert pickle.loads(pickle.dumps(both)).evaluate(facts, now=NOW) is Truth.TRUE
    again = RuleSet([Rule("r", both, {})])
    assert again.decide(facts, now=NOW).matched == ("r",)


def test_circles_and_unknown_paths_are_refused():
    def field(path, *reads):
        return Field(path, "int", compute=doubled, reads=reads)

    with pytest.raises(InvalidValue, match="y reads z reads y"):
        Schema([field("x", "y"), field("y", "z"), field("z", "y", "a")])
    with pytest.raises(InvalidValue, match="circle"):
        schema(field("x", "x"))
    with pytest.raises(ExpressionError, match=r"no field 'aa'; did you mean 'a'"):
        parse("a == 1 and y > 2", schema=schema(field("x", "aa"), field("y", "x")))
    with pytest.raises(InvalidValue, match="circle"):
        parse("x == 1", schema=schema(field("x", "y"), Field("y", "int"))) & parse(
            "y == 1", schema=schema(field("y", "x"), Field("x", "int"))
        )


@pytest.mark.parametrize(
    "options",
    (
        {"compute": doubled},
        {"reads": ["a"]},
        {"compute": "doubled", "reads": ["a"]},
        {"compute": doubled, "reads": ["a..b"]},
    ),
)
def test_half_a_computed_field_is_refused(options):
    with pytest.raises(InvalidValue, match="field risk"):
        Field("risk", "int", **options)


def test_the_view_names_the_path_that_is_not_declared():
    seen = []

    def compute(facts, *, now):
        try:
            return facts["aa"]
        except UnknownField as error:
            seen.append((error.nearest, len(facts)))
            raise

    assert evaluated("risk == 1", {"a": 1}, risk=("int", compute)) is Truth.ERROR
    assert seen == [("a", 1)]
