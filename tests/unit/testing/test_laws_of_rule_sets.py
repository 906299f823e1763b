"""The laws of rule sets: kept by ours, broken by ones that are wrong in a single answer."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS
from supportkit.cases import FACTS
from supportkit.rules import Field, KeywordSet, Rule, RuleSet, Schema
from supportkit.testing.laws import Counterexample, LawBroken, LawVacuous, of_rules
from supportkit.testing.strategies import facts, rule_sets

OUTAGE = KeywordSet("outage", ["no signal"])
RULES = [
    Rule("words", "contact.text.mentions(keywords.outage) and contact.visibility == 'public'", {"value": 3}),
    Rule("big", "customer.spend_365d >= 900 or customer.plan in ['gold', 'silver']", {"value": 2}),
    Rule("bought", "some(p.amount > 100 and p.currency == 'GBP' for p in customer.purchases)", {"value": 1}),
    Rule("old", "age(case.opened_at) > duration('PT2H') and not customer.verified", {"value": 1}),
]
TYPED = RuleSet(RULES, schema=FACTS, keywords={"outage": OUTAGE})
NAMES = (
    "same_facts_same_decision",
    "the_order_of_conditions_is_free",
    "every_form_says_the_same",
    "every_decision_is_explained",
    "typed_facts_meet_no_error",
    "undecided_rules_say_what_they_lack",
    "what_is_decided_stays",
    "what_is_not_provisional_stays",
)


def law_named(name, rule_set=TYPED):
    return next(law for law in of_rules(rule_set) if str(law) == name)


@pytest.mark.parametrize("hit", ("first", "unique", "any", "priority", "collect", "rule_order"))
@pytest.mark.parametrize("name", NAMES)
def test_our_rule_sets_keep_every_law(name, hit):
    options = {"output_values": {"value": [3, 2, 1]}} if hit == "priority" else {}
    rule_set = RuleSet(RULES, schema=FACTS, keywords={"outage": OUTAGE}, hit=hit, **options)
    law_named(name, rule_set).check(rule_set)


def test_laws_hold_without_a_schema_too():
    rules = [
        Rule("a", "spent >= 100 and (vip or plan == 'gold')", {"value": 1}),
        Rule(
            "b",
            "some(p.amount > 5 for p in bought) or age(opened, 'office') > duration('PT1H')",
            {"value": 2},
        ),
    ]
    untyped = RuleSet(rules, hit="collect", aggregate="sum")
    laws = of_rules(untyped, calendars={"office": ALWAYS})
    assert [str(law) for law in laws] == [name for name in NAMES if name != "typed_facts_meet_no_error"]
    for law in laws:
        law.check(untyped)


class Wrong(RuleSet):
    """A rule set whose decisions come out of another hand."""

    def decide(self, facts, *, now, calendars=None):
        return self.answer(super().decide(facts, now=now, calendars=calendars), facts)


def wrong(answer, rules=RULES, **options):
    made = Wrong(rules, schema=FACTS, keywords={"outage": OUTAGE}, **options)
    object.__setattr__(made, "answer", answer)
    return made


def alternating():
    seen = []

    def answer(decision, facts):
        seen.append(decision)
        return decision if len(seen) % 2 else evolve(decision, value={"value": len(seen)})

    return answer


def less_for_few(decision, facts):
    known = facts.get("customer", {})
    return evolve(decision, value=len(known), provisional=False, errors=())


BROKEN = {
    "same_facts_same_decision": wrong(alternating()),
    "the_order_of_conditions_is_free": wrong(lambda decision, _: evolve(decision, missing=("x",))),
    "every_form_says_the_same": wrong(lambda decision, _: evolve(decision, matched=("x",))),
    "every_decision_is_explained": wrong(lambda decision, _: evolve(decision, matched=())),
    "typed_facts_meet_no_error": wrong(lambda decision, _: evolve(decision, errors=("big",))),
    "undecided_rules_say_what_they_lack": wrong(lambda decision, _: evolve(decision, missing=())),
    "what_is_not_provisional_stays": wrong(less_for_few),
}


@pytest.mark.parametrize(("name", "rule_set"), BROKEN.items(), ids=BROKEN)
def test_a_rule_set_that_is_wrong_breaks_its_law(name, rule_set):
    with pytest.raises(LawBroken, match=name):
        law_named(name, rule_set).check(rule_set, max_examples=200)


def test_a_condition_that_forgets_what_it_knew_breaks_its_law():
    def few(facts, *, now):
        return None if facts["customer.plan"] is None else facts["customer.open_cases"] is None

    schema = FACTS | Schema(
        [Field("few", "bool", compute=few, reads=["customer.plan", "customer.open_cases"])]
    )
    rule_set = RuleSet([Rule("r", "few", {})], schema=schema)
    with pytest.raises(LawBroken, match="r is true, with more facts false"):
        law_named("what_is_decided_stays", rule_set).check(rule_set)


def test_a_field_that_cannot_be_computed_is_an_error_on_typed_facts():
    def broken(facts, *, now):
        return 1 // facts["customer.open_cases"]

    schema = FACTS | Schema([Field("share", "int", compute=broken, reads=["customer.open_cases"])])
    rule_set = RuleSet([Rule("r", "share > 1", {})], schema=schema)
    with pytest.raises(LawBroken, match="r in error, though the facts are of the right types"):
        law_named("typed_facts_meet_no_error", rule_set).check(rule_set)


def test_a_law_whose_premise_never_occurs_says_so():
    always = RuleSet([Rule("r", "is_set(customer.plan) or True", {})], schema=FACTS)
    assert "undecided_rules_say_what_they_lack" not in [str(law) for law in of_rules(always)]
    never = RuleSet([Rule("r", "contact.reach > 5 and not contact.reach > 5 and False", {})], schema=FACTS)
    with pytest.raises(LawVacuous, match="every_decision_is_explained"):
        law_named("every_decision_is_explained", never).check(never)


def test_a_broken_law_prints_the_facts():
    with pytest.raises(LawBroken) as caught:
        law_named("typed_facts_meet_no_error").check(BROKEN["typed_facts_meet_no_error"])
    assert "on the facts {" in str(caught.value)


def test_the_laws_have_no_say_on_an_empty_rule_set():
    assert of_rules(RuleSet([])) == ()


@settings(max_examples=60, deadline=None)
@given(rule_sets(), st.data())
def test_any_rule_set_that_is_drawn_keeps_the_laws(rule_set, data):
    for law in of_rules(rule_set):
        verdict = law.judge(rule_set, data.draw(law.cases(rule_set)))
        assert not isinstance(verdict, Counterexample), (law, verdict)


def test_facts_lie_on_both_sides_of_what_rules_ask_for():
    from hypothesis import find

    beside = facts(TYPED)
    for met in (
        lambda known: known["customer"].get("spend_365d") == 900,
        lambda known: 899 < known["customer"].get("spend_365d", 0) < 900,
        lambda known: "no signal" in known["contact"].get("text", ""),
        lambda known: any(p.get("amount") == 100 for p in known["customer"].get("purchases", ())),
        lambda known: known["customer"].get("plan") == "silver",
    ):
        assert find(beside, met)
    assert find(beside, lambda known: True) == {"case": {}, "contact": {}, "customer": {}}


def test_facts_of_a_schema_are_of_its_types():
    schema = Schema(
        [
            Field("n", "int", min=3, max=5),
            Field("wait", "duration"),
            Field("tags", "set", values=("a", "b")),
            Field("ids", "list", of="int"),
            Field("level", "int", values=(1, 2)),
            Field("twice", "int", compute=lambda facts, now: 1, reads=["n"]),
        ]
    )

    @given(facts(schema))
    def typed(known):
        assert known.get("n", 3) in {3, 4, 5}
        assert isinstance(known.get("wait", timedelta()), timedelta)
        assert known.get("tags", frozenset()) <= {"a", "b"}
        assert all(isinstance(each, int) for each in known.get("ids", ()))
        assert known.get("level", 1) in {1, 2}
        assert "twice" not in known

    typed()
