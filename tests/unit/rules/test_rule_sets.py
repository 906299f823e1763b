"""Rule sets: hit policies, what is listed, what is refused, and why."""

import pickle
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime, PolicyError
from supportkit.rules import (
    Field,
    KeywordSet,
    Rule,
    RuleSet,
    Schema,
    empty_parts,
    fact,
    observe,
    parse,
    text_leaves,
)

NOW = datetime(2026, 1, 31, tzinfo=UTC)
BEST = {"value": ["high", "normal", "low"]}


def rules(*rows):
    return [Rule(name, when, {"value": value}) for name, when, value in rows]


def decided(rows, facts, **options):
    return RuleSet(rules(*rows), **options).decide(facts, now=NOW)


THREE = (("one", "a > 1", "low"), ("two", "b > 1", "high"), ("three", "c > 1", "normal"))


@pytest.mark.parametrize(
    ("options", "facts", "status", "value", "matched", "provisional"),
    (
        ({}, {"a": 0, "b": 2, "c": 2}, "ok", {"value": "high"}, ("two",), False),
        ({}, {"b": 2, "c": 2}, "ok", {"value": "high"}, ("two",), True),
        ({}, {"a": 0, "b": 2}, "ok", {"value": "high"}, ("two",), False),
        ({}, {"a": 0, "b": 0, "c": 0}, "no_match", None, (), False),
        ({}, {"a": 0, "b": 0}, "no_match", None, (), True),
        ({"default": {"value": "none"}}, {"a": 0, "b": 0, "c": 0}, "default", {"value": "none"}, (), False),
        ({"hit": "unique"}, {"a": 0, "b": 2, "c": 0}, "ok", {"value": "high"}, ("two",), False),
        ({"hit": "unique"}, {"a": 2, "b": 2, "c": 0}, "error", None, ("one", "two"), False),
        ({"hit": "any"}, {"a": 2, "b": 2, "c": 0}, "error", None, ("one", "two"), False),
        ({"hit": "any"}, {"a": 0, "b": 2}, "ok", {"value": "high"}, ("two",), True),
        (
            {"hit": "priority", "output_values": BEST},
            {"a": 2, "b": 2},
            "ok",
            {"value": "high"},
            ("one", "two"),
            False,
        ),
        (
            {"hit": "priority", "output_values": BEST},
            {"a": 2, "c": 2},
            "ok",
            {"value": "normal"},
            ("one", "three"),
            True,
        ),
        (
            {"hit": "collect"},
            {"a": 2, "b": 0, "c": 2},
            "ok",
            [{"value": "low"}, {"value": "normal"}],
            ("one", "three"),
            False,
        ),
        (
            {"hit": "rule_order"},
            {"a": 2, "b": 2},
            "ok",
            [{"value": "low"}, {"value": "high"}],
            ("one", "two"),
            True,
        ),
        (
            {"hit": "output_order", "output_values": BEST},
            {"a": 2, "b": 2, "c": 2},
            "ok",
            [{"value": "high"}, {"value": "normal"}, {"value": "low"}],
            ("one", "two", "three"),
            False,
        ),
        ({"hit": "collect"}, {"a": 0, "b": 0, "c": 0}, "no_match", [], (), False),
        (
            {"hit": "collect", "default": {"value": "x"}},
            {"a": 0, "b": 0, "c": 0},
            "default",
            [{"value": "x"}],
            (),
            False,
        ),
        ({"hit": "collect", "aggregate": "count"}, {"a": 2, "b": 2, "c": 0}, "ok", 2, ("one", "two"), False),
        ({"hit": "collect", "aggregate": "count"}, {"a": 0, "b": 0, "c": 0}, "no_match", 0, (), False),
        ({"hit": "collect", "aggregate": "min"}, {"a": 0, "b": 0, "c": 0}, "no_match", None, (), False),
        (
            {"hit": "collect", "aggregate": "min", "default": {"value": 7}},
            {"a": 0, "b": 0, "c": 0},
            "default",
            7,
            (),
            False,
        ),
        (
            {"hit": "collect", "aggregate": "max"},
            {"a": 2, "b": 2, "c": 2},
            "ok",
            "normal",
            ("one", "two", "three"),
            False,
        ),
        (
            {"hit": "collect", "aggregate": "min"},
            {"a": 2, "b": 2, "c": 2},
            "ok",
            "high",
            ("one", "two", "three"),
            False,
        ),
    ),
)
def test_a_hit_policy_settles_the_matches(options, facts, status, value, matched, provisional):
    decision = decided(THREE, facts, **options)
    assert (decision.status, decision.value, decision.matched, decision.provisional) == (
        status,
        value,
        matched,
        provisional,
    )


def test_first_names_only_what_stood_before_the_hit():
    rows = [*THREE[:1], ("bad", "a.x > 1", "x"), *THREE[1:], ("late", "d > 1", "y")]
    decision = decided(rows, {"a": None, "b": 2})
    assert (decision.matched, decision.undecided, decision.errors) == (("two",), ("one", "bad"), ())
    decision = decided(rows, {"a": "x", "b": 2})
    assert (decision.matched, decision.undecided, decision.errors) == (("two",), (), ("one", "bad"))


def test_any_agrees_on_equal_outputs_also_while_some_are_open():
    rows = [("one", "a > 1", "x"), ("two", "b > 1", "x"), ("three", "c > 1", "x")]
    decision = decided(rows, {"a": 2, "b": 2}, hit="any")
    assert (decision.status, decision.value, decision.undecided, decision.provisional) == (
        "ok",
        {"value": "x"},
        ("three",),
        False,
    )


@pytest.mark.parametrize(
    ("outputs", "aggregate", "value"),
    (
        ((1, 2), "sum", 3),
        ((0.1, 0.2), "sum", 0.3),
        ((Decimal("0.1"), 0.2, 1), "sum", Decimal("1.3")),
        ((Decimal("1E+40"), Decimal("1E-40")), "sum", Decimal(f"1{'0' * 40}.{'0' * 39}1")),
        ((3, Decimal("2.5"), 4), "min", Decimal("2.5")),
        ((3, 2.5, 4), "max", 4),
        ((3, "x"), "max", None),
    ),
)
def test_aggregates_are_exact(outputs, aggregate, value):
    rows = [(str(place), True, output) for place, output in enumerate(outputs)]
    decision = decided(rows, {}, hit="collect", aggregate=aggregate)
    assert decision.value == value
    assert decision.status == ("ok" if value is not None else "error")


def test_missing_names_what_left_a_rule_open_and_nothing_else():
    rows = [
        ("one", "a > 1 and b > 1", "x"),
        ("two", "c > 1 or d > 1", "x"),
        ("three", "not (e > 1 and f > 1)", "x"),
        ("four", "some(p.x > 1 for p in g) and len(coalesce(h, i)) > 1", "x"),
        ("five", "count(p.y > 1 for p in g) > 1", "x"),
        ("six", 'absent(count(p.z > 1 for p in g) > 1, "false")', "x"),
        ("seven", "all(absent(j > 1, 'false'), k > 1)", "x"),
        ("eight", "is_set(m) and n.o > 1", "x"),
        ("nine", "count(p > 1 for p in q) > 1", "x"),
    ]
    facts = {"b": 2, "d": 2, "e": 0, "g": [{}], "m": 1, "n": {}}
    decision = decided(rows, facts, hit="collect")
    assert decision.undecided == ("one", "four", "five", "eight", "nine")
    assert decision.missing == ("a", "g.x", "g.y", "h", "i", "n.o", "q")


def test_conditions_come_as_text_json_and_python():
    forms = [
        "a == 1",
        {"op": "eq", "args": [{"field": "a"}, 1]},
        {"v": 1, "expr": True},
        True,
        fact.a == 1,
        parse("a == 1"),
    ]
    rule_set = RuleSet(
        [Rule(str(place), form, {}) for place, form in enumerate(forms)], hit="collect", aggregate="count"
    )
    assert rule_set.decide({"a": 1}, now=NOW).value == 6
    assert rule_set.fields() == {"a"}
    assert RuleSet([]).decide({}, now=NOW).status == "no_match"
    assert RuleSet([]).fields() == frozenset()


def test_keyword_sets_are_handed_in_by_name():
    legal = KeywordSet("legal", ["lawyer"])
    row = Rule("r", "mentions(a, keywords.legal)", {})
    python = Rule("s", fact.a.mentions(KeywordSet("legal", ["court"])), {})
    both = RuleSet([row, python], keywords={"legal": legal}, hit="collect")
    assert both.decide({"a": "a lawyer"}, now=NOW).matched == ("r",)
    assert both.decide({"a": "a court"}, now=NOW).matched == ("s",)
    for keywords in (None, {"leggal": legal}):
        with pytest.raises(PolicyError, match="'legal'"):
            RuleSet([row], keywords=keywords)


def test_all_faults_of_all_rules_come_together():
    schema = Schema([Field("a", "int")])
    rows = [
        Rule("x", "a >", {}),
        Rule("y", "b > 1 and a == 'c'", {}),
        Rule("x", {"op": "al", "args": []}, {}),
    ]
    with pytest.raises(PolicyError) as caught:
        RuleSet(rows, schema=schema)
    assert [(fault.code, fault.path, fault.column) for fault in caught.value.faults] == [
        ("duplicate_id", "rules.x", None),
        ("syntax", "rules.x.when", 4),
        ("unknown_field", "rules.y.when", 1),
        ("type_error", "rules.y.when", 11),
        ("unknown_op", "rules.x.when", None),
    ]


def test_a_lenient_set_lists_faulty_rules_as_errors():
    rule_set = RuleSet([Rule("bad", "a >", {}), Rule("good", "a > 1", {"v": 1})], strict=False)
    decision = rule_set.decide({"a": 2}, now=NOW)
    assert (decision.value, decision.errors) == ({"v": 1}, ("bad",))
    assert [fault.path for fault in rule_set.faults] == ["rules.bad.when"]
    assert "bad is in error: its condition could not be read" in str(decision.explain())


@pytest.mark.parametrize(
    ("options", "path"),
    (
        ({"hit": "frist"}, "hit"),
        ({"hit": 3}, "hit"),
        ({"aggregate": "sum"}, "aggregate"),
        ({"hit": "collect", "aggregate": "mean"}, "aggregate"),
        ({"hit": "priority"}, "output_values"),
        ({"hit": "priority", "output_values": {"value": ["x"]}}, "rules.one.then.value"),
        ({"hit": "output_order", "output_values": {"level": ["x"]}}, "rules.one.then.level"),
        ({"hit": "collect", "aggregate": "sum"}, "rules.one.then.value"),
    ),
)
def test_wrong_options_and_outputs_are_refused(options, path):
    with pytest.raises(PolicyError) as caught:
        RuleSet(rules(*THREE), **options)
    assert caught.value.faults[0].path == path


def test_aggregates_need_an_output_named_value():
    with pytest.raises(PolicyError, match="value"):
        RuleSet([Rule("r", True, {"points": 1})], hit="collect", aggregate="sum")


def test_rules_and_decisions_are_values():
    rule = Rule("r", "a == 1", {"p": 1}, note="why")
    with pytest.raises(InvalidValue):
        Rule("r", "a == 1", "p")
    rule_set = RuleSet([rule])
    first, second = (rule_set.decide({"a": 1}, now=NOW) for _ in range(2))
    assert first == second
    first.value["p"] = 2
    assert rule_set.decide({"a": 1}, now=NOW).value == {"p": 1} == rule.then
    again = pickle.loads(pickle.dumps(second))
    assert (again, str(again.explain())) == (second, str(second.explain()))
    with pytest.raises(NaiveDatetime):
        rule_set.decide({}, now=datetime(2026, 1, 1))


def test_an_explanation_names_the_leaves_that_settled_each_rule():
    schema = Schema(
        [Field("a", "int"), Field("b", "int"), Field("secret", "text", private=True), Field("r", "record")]
    )
    rows = [
        Rule("one", "a > 1 and (b > 1 or a == 5) and not b == 3", {"p": 1}),
        Rule("two", "a > 9 and b > 9", {"p": 2}),
        Rule("three", 'secret == "x" or is_set(r.x)', {"p": 3}, note="because"),
        Rule("four", "is_set(r.x.y)", {"p": 4}),
        Rule("five", "True", {"p": 5}),
    ]
    decision = RuleSet(rows, schema=schema, hit="collect").decide(
        {"a": 5, "b": 2, "secret": "x", "r": {"x": 1}}, now=NOW
    )
    assert str(decision.explain()).splitlines() == [
        "ok: one, three, five",
        "one holds: a > 1 holds (a is 5); b > 1 holds (b is 2); b == 3 does not hold (b is 2)",
        'three holds: secret == "x" holds (secret is private)',
        "five holds: True holds",
        "four is in error: is_set(r.x.y) is in error (r.x.y is unreadable: 'y' is read below int, which has no fields)",
        "two does not hold: a > 9 does not hold (a is 5)",
    ]
    assert [reason.rule for reason in decision.explain()] == ["one", "two", "three", "four", "five"]


def test_an_explanation_says_what_was_missing_and_cuts_long_values():
    rule_set = RuleSet(
        [Rule("one", "a > 1 and contains(b, 'x') and c > 1", {}), Rule("two", "contains(b, 'y')", {})]
    )
    decision = rule_set.decide({"b": "x" * 500, "c": 2}, now=NOW)
    text = str(decision.explain())
    assert text.startswith(
        "no_match: nothing matched\none is open: a > 1 is open (a is missing)\ntwo does not hold"
    )
    assert max(map(len, text.splitlines())) < 200


def test_an_explanation_of_an_erased_text_shows_no_text():
    rule_set = RuleSet([Rule("one", "contains(b, 'secret')", {})])
    erased = observe("a secret", text_leaves(rule_set.expressions(), ["b"]))
    decision = rule_set.decide({"b": erased}, now=NOW)
    assert "b is a text that was observed" in str(decision.explain())


def test_rules_after_the_first_hit_are_explained_as_not_reached():
    rule_set = RuleSet(rules(("one", "a > 9", 1), ("two", "a > 1", 2), ("three", "a > 0", 3)))
    explanation = rule_set.decide({"a": 5}, now=NOW).explain()
    assert [reason.reached for reason in explanation] == [True, True, False]
    assert str(explanation).splitlines()[-1] == "three (after the hit) holds: a > 0 holds (a is 5)"


@pytest.mark.parametrize(
    ("text", "codes"),
    (
        ("not all() or a", ["empty_condition"]),
        ("none()", ["empty_condition"]),
        ("a in []", ["empty_list"]),
        ("contains_any(a, []) or contains_all(a, ['x', ''])", ["empty_list", "empty_needle"]),
        ("starts_with(a, '') or matches(a, '') or a.mentions('x', '')", ["empty_needle"] * 3),
        ("a.mentions(keywords.hollow)", ["empty_needle"]),
        ("a.mentions(keywords.legal, 'x') or a == '' or contains(a, b)", []),
    ),
)
def test_empty_parts_are_legal_but_found(text, codes):
    keywords = {"hollow": KeywordSet("hollow", ["x", ""]), "legal": KeywordSet("legal", ["sue"])}
    assert [fault.code for fault in empty_parts(parse(text, keywords=keywords))] == codes
