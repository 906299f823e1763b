"""The nearest miss of a rule, what would be decided otherwise, and the words for it."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from supportkit.errors import InvalidValue, UnknownField
from supportkit.rules import Field, KeywordSet, Rule, RuleSet, Schema, Truth, observe, text_leaves

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SCHEMA = Schema(
    [
        Field("customer.plan", "enum", values=("gold", "basic")),
        Field("customer.spend", "decimal", nullable=True, min=0),
        Field("customer.phone", "text", private=True, nullable=True),
        Field("case.reopens", "int"),
    ]
)


def decided(when, facts, *, rule_id="wanted", schema=None, **options):
    return RuleSet([Rule(rule_id, when, {"level": 1})], schema=schema, **options).decide(facts, now=NOW)


def needs(why):
    return [[need.needed for need in way.needs] for way in why.ways]


@pytest.mark.parametrize(
    ("when", "facts", "told"),
    (
        ("a >= 1000", {"a": Decimal("880.00")}, "wanted does not hold\n  a is 880.00, needs >= 1000"),
        ("a == 'x'", {}, 'wanted is open\n  a is missing, needs "x"'),
        ("a == 'x'", {"a": 7}, 'wanted is in error\n  a is 7, needs "x"'),
        ("not a in ['x', 'y']", {"a": "x"}, 'wanted does not hold\n  a is "x", needs none of ["x", "y"]'),
        ("10 <= a < 20", {"a": 20}, "wanted does not hold\n  a is 20, needs >= 10 and < 20"),
        ("is_set(a)", {}, "wanted does not hold\n  a is missing, needs a value"),
        ("a and b == 1", {"a": False, "b": 2}, "wanted does not hold\n  a is False, needs true\n  b is 2, needs 1"),
        ("a == 1 or b == 2", {"a": 0, "b": 0}, "wanted does not hold\n  a is 0, needs 1\nor\n  b is 0, needs 2"),
    ),
)  # fmt: skip
def test_the_fewest_leaves_to_flip_are_told_with_what_they_need(when, facts, told):
    assert str(decided(when, facts).why_not("wanted")) == told


@pytest.mark.parametrize(
    ("when", "facts"),
    (
        ("a > 5 and a < 7", {"a": 0}),
        ("(a == 1 and b == 1) or c == 1", {"a": 0, "b": 0, "c": 0}),
        ("a > 5 and not a == 6", {"a": 0}),
        ("is_set(a) and b", {"b": None}),
        ("contains(t, 'x') and t.starts_with('y')", {"t": "no"}),
        ("age(a) > duration('PT2H')", {"a": NOW - timedelta(hours=1)}),
    ),
)
def test_the_changes_that_are_named_make_the_rule_hold(when, facts):
    decision = decided(when, facts)
    way = decision.why_not("wanted").ways[0]
    if way.changes:  # some leaves need what no single literal names
        assert decision.what_if(way.changes).decision.matched == ("wanted",)


def test_ways_that_cannot_be_met_together_are_not_offered():
    why = decided("a == 1 and a == 2", {"a": 0}).why_not("wanted")
    assert why.ways == ()
    assert "no change of facts" in str(why)


def test_values_that_the_schema_forbids_are_not_offered():
    why = decided(
        "customer.plan == 'gold' or customer.spend >= 5", {"customer": {"plan": "basic"}}, schema=SCHEMA
    )
    assert needs(why.why_not("wanted")) == [['"gold"'], [">= 5"]]
    assert why.why_not("wanted").missing == ("customer.spend",)


def test_a_rule_that_holds_says_what_came_before_it():
    rules = [Rule("early", "a == 1", {"n": 1}), Rule("late", "a > 0", {"n": 2})]
    first = RuleSet(rules).decide({"a": 1}, now=NOW)
    assert str(first.why_not("late")) == "late holds, but early comes before it and had hit"
    assert str(first.why_not("early")) == "early holds, and it counted"
    clash = RuleSet(rules, hit="unique").decide({"a": 1}, now=NOW)
    assert "hit='unique' lets none of them decide" in str(clash.why_not("late"))
    best = RuleSet(rules, hit="priority", output_values={"n": [2, 1]}).decide({"a": 1}, now=NOW)
    assert "has the better output" in str(best.why_not("early"))


def test_an_unknown_rule_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownField, match="there is no rule 'wantd'; did you mean 'wanted'") as caught:
        decided("a", {}).why_not("wantd")
    assert caught.value.nearest == "wanted"


def test_a_rule_that_could_not_be_read_says_so():
    decision = RuleSet([Rule("broken", "a ==", {})], strict=False).decide({}, now=NOW)
    why = decision.why_not("broken")
    assert (why.truth, why.ways) == (Truth.ERROR, ())
    assert "could not be read" in str(why)


def test_labels_and_words_put_the_miss_into_another_language():
    why = decided("a >= 5", {"a": 3}).why_not("wanted")
    words = {"false": "trifft nicht zu", "value": "{name} ist {text}", "needs": "{seen}, nötig {needed}"}
    assert (
        why.text(labels={"a": "Umsatz"}, words=words) == "wanted trifft nicht zu\n  Umsatz ist 3, nötig >= 5"
    )


def test_a_miss_has_a_plain_form():
    plain = decided("a >= 5", {"a": 3}).why_not("wanted").to_plain()
    assert plain["ways"][0]["needs"][0]["needed"] == ">= 5"
    assert plain["ways"][0]["changes"] == {"a": 5}


# -- what if -----------------------------------------------------------------------------------------------


def test_changed_facts_are_decided_anew_and_the_difference_is_told():
    rules = RuleSet(
        [Rule("gold", "customer.plan == 'gold'", {"level": "high"})],
        default={"level": "normal"},
        schema=SCHEMA,
    )
    facts = {"customer": {"plan": "basic", "spend": 3}}
    supposed = rules.decide(facts, now=NOW).what_if({"customer": {"plan": "gold"}, "case.reopens": 2})
    assert supposed.decision == rules.decide({"customer": {"plan": "gold"}}, now=NOW)
    assert str(supposed).splitlines()[:4] == [
        'if customer.plan were "gold" (it is "basic")',
        "if case.reopens were 2 (it is missing)",
        "no rule reads case.reopens",
        "status: default -> ok",
    ]
    assert supposed.to_plain()["unread"] == ["case.reopens"]
    assert facts == {"customer": {"plan": "basic", "spend": 3}}


def test_objects_are_not_touched_and_other_attributes_stay():
    customer = SimpleNamespace(plan="basic", spend=7)
    decision = decided("customer.plan == 'gold' and customer.spend == 7", {"customer": customer})
    assert decision.what_if({"customer.plan": "gold"}).decision.matched == ("wanted",)
    assert customer.plan == "basic"


def test_none_makes_a_fact_absent():
    decision = decided("not is_set(a.b)", {"a": {"b": 1}})
    assert decision.what_if({"a.b": None}).decision.matched == ("wanted",)
    assert str(decision.what_if({"c": 1})).endswith("nothing would change")


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    (
        ({"customer.plam": "gold"}, UnknownField, "did you mean 'customer.plan'"),
        ({"": 1}, InvalidValue, "'' is no path of a fact"),
        ({3: 1}, InvalidValue, "3 is no path of a fact"),
    ),
)
def test_changes_that_cannot_be_are_refused(changes, error, told):
    decision = decided("customer.plan == 'gold'", {}, schema=SCHEMA)
    with pytest.raises(error, match=told):
        decision.what_if(changes)


def test_a_path_through_a_list_is_refused():
    with pytest.raises(InvalidValue, match="leads through a list"):
        decided("a == 1", {"a": [1]}).what_if({"a.b": 1})


# -- private facts -----------------------------------------------------------------------------------------


def test_private_values_are_shown_nowhere():
    secret = "0171 2223334"
    rules = RuleSet(
        [Rule("known", "customer.phone == '1' or contains(customer.phone, '9')", {"n": 1})], schema=SCHEMA
    )
    decision = rules.decide({"customer": {"phone": secret}}, now=NOW)
    supposed = decision.what_if({"customer.phone": "0171 9999999"})
    told = [decision.explain(), decision.why_not("known"), supposed]
    shown = " ".join([*map(str, told), *(str(each.to_plain()) for each in told)])
    assert secret not in shown
    assert "9999999" not in shown
    assert "private" in shown


def test_words_found_are_named_and_their_place_is_known_when_the_text_is_gone():
    keywords = {"net": KeywordSet("net", ["no signal"])}
    rules = RuleSet([Rule("net", "t.mentions(keywords.net)", {})], keywords=keywords)
    text = "There is no signal."
    gone = observe(text, text_leaves(rules.expressions(), ["t"]))
    here, there = (str(rules.decide({"t": given}, now=NOW).explain()) for given in (text, gone))
    assert "net 'no signal' 9-18" in here
    assert "9-18" in there
    assert "signal" not in there


def test_rich_shows_a_tree():
    from rich.console import Console

    decision = decided("a >= 5 and b == 1", {"a": 3, "b": 1})
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(decision.explain())
    assert "a >= 5 does not hold" in console.export_text()
