"""What an analysis of rules finds, kind of condition by kind of condition."""

from datetime import UTC, datetime

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.rules import Field, KeywordSet, Rule, RuleSet, Schema, Truth, analyse, compare, coverage

NOW = datetime(2026, 1, 6, 10, tzinfo=UTC)
SCHEMA = Schema(
    [
        Field("n", "int", min=0),
        Field("age", "int", nullable=True),
        Field("spend", "decimal"),
        Field("text", "text", nullable=True),
        Field("plan", "enum", values=("gold", "basic", "trial")),
        Field("vip", "bool", nullable=True),
        Field("since", "date"),
        Field("opened", "datetime"),
        Field("idle", "duration"),
        Field("tags", "set", nullable=True),
        Field("purchases", "list"),
        Field("case.kind", "text", nullable=True),
    ]
)
WORDS = {"money": KeywordSet("money", ["refund", "chargeback", "money back", "credit", "invoice", "bill"])}


def found(*conditions, hit="first", schema=SCHEMA, **options):
    rules = [Rule(f"r{n}", when, {"value": n}) for n, when in enumerate(conditions)]
    rule_set = RuleSet(rules, schema=schema, hit=hit, strict=False, keywords=WORDS, **options)
    return analyse(rule_set)


def codes(*conditions, **options):
    """Findings but gaps and lint, shortly: (code, rules, by)."""
    beside = ("gap", "gap_when_missing", "negative_on_nullable")
    return [
        (each.code, *each.rules, *(f"by {name}" for name in each.by))
        for each in found(*conditions, **options)
        if each.code not in beside
    ]


TAKEN = [("shadowed", "r1", "by r0")]
NEVER = [("unsatisfiable", "r0")]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    (
        (["n > 3", "n > 5"], TAKEN),
        (["n > 5", "n > 3"], []),
        (["n > 3 and n < 4"], NEVER),
        (["spend > 3 and spend < 4"], []),
        (["n < 0"], NEVER),
        (["n >= 0", "n == 7"], TAKEN),
        (["age >= 0 or age < 0", "age is None"], []),
        (["n < 3", "n >= 3", "n == 2 or n == 3"], [("shadowed", "r2", "by r0", "by r1")]),
        (["n < 2", "n < 9", "n < 5"], [("shadowed", "r2", "by r1")]),
        (["n in {1, 2}", "n == 2"], TAKEN),
        (["1.5 <= n <= 1.9"], NEVER),
        (["plan in {'gold', 'basic'}", "plan == 'trial'", "plan == 'gold'"], [("shadowed", "r2", "by r0")]),
        (["plan == 'gold'", "plan != 'gold'", "True"], [("shadowed", "r2", "by r0", "by r1")]),
        (["vip", "not vip", "True"], []),
        (["absent(vip == True, 'true')", "vip is None"], TAKEN),
        (["since >= date('2026-01-01')", "since > date('2025-12-31')"], TAKEN),
        (["date('2026-01-01') < since < date('2026-01-02')"], NEVER),
        (["opened > instant('2026-01-01T00:00:00Z')", "opened >= instant('2026-01-02T00:00:00Z')"], TAKEN),
        (["idle > duration('PT1H')", "idle > duration('PT61M')"], TAKEN),
        (["age(opened) > duration('PT2H')", "age(opened) > duration('PT4H')"], TAKEN),
        (["age(opened) > duration('PT4H')", "age(opened) > duration('PT2H')"], []),
        (["len(text) > 3", "len(text) > 5"], TAKEN),
        (["len(text) > 5", "len(text) > 3"], []),
        (["text == 'a'", "fold(text == 'A')"], []),
        (["fold(text == 'a')", "text == 'A'"], TAKEN),
        (["text < 'm'", "text == 'k'"], TAKEN),
        (["text < 'k'", "text == 'k'"], []),
        (["contains(text, 'ab')", "contains(text, 'cabd')"], TAKEN),
        (["contains(text, 'ab')", "starts_with(text, 'abc')"], TAKEN),
        (["contains(text, 'ab')", "text == 'cab'"], TAKEN),
        (["starts_with(text, 'ab')", "contains(text, 'ab')"], []),
        (["starts_with(text, 'ab') and starts_with(text, 'b')"], NEVER),
        (["starts_with(text, 'ab') and ends_with(text, 'b')"], []),
        (["ends_with(text, 'b')", "ends_with(text, 'ab')"], TAKEN),
        (["contains_any(text, ['a', 'b'])", "contains_all(text, ['b', 'c'])"], TAKEN),
        (["text.mentions('refund')", "text.mentions('refund now')"], TAKEN),
        (["text.mentions('refund')", "text.mentions('refunds')"], []),
        (["text.mentions('a')", "text.mentions('b')", "text.mentions('a', 'b')"], [("shadowed", "r2", "by r0", "by r1")]),
        (["text.mentions(keywords.money)", "text.mentions('refund')"], TAKEN),
        (["text.mentions('refund')", "text.mentions(keywords.money)"], [("not_analysed", "r1")]),
        (["contains(tags, 'a')", "contains_all(tags, ['a', 'b'])"], TAKEN),
        (["contains(tags, 'a') or contains(tags, 'b')", "contains_any(tags, ['b'])"], TAKEN),
        (["contains(tags, 'a')", "'b' in tags", "len(tags) == 0"], []),
        (["some(p.amount > 100 for p in purchases)", "every(p.paid for p in purchases)"], []),
        (["some(p.amount > 100 for p in purchases)", "some(p.amount > 100 for p in purchases) and n > 1"], TAKEN),
        (["count(p.late for p in purchases) >= 2", "count(p.late for p in purchases) > 2"], TAKEN),
        (["count(p.late for p in purchases) >= 2 and n == 1"], []),
        (["matches(text, '^ab+$')", "matches(text, r'\\d{3}')"], []),
        (["matches(text, 'ab')", "matches(text, 'ab') and n > 2"], TAKEN),
        (["coalesce(age, 0) > 3", "age > 4"], TAKEN),
        (["coalesce(age, 9) > 3", "age is None"], TAKEN),
        (["coalesce(age, n) > 3", "age is None and n > 4"], TAKEN),
        (["coalesce(age, n) > 3", "n > 4"], []),
        (["is_set(case)", "case.kind == 'x'"], TAKEN),
        (["not is_set(case)", "case.kind is None"], []),
        (["case.kind is None", "not is_set(case)"], TAKEN),
        (["n > 1 and not n > 1"], NEVER),
        (["False"], NEVER),
        (["any()"], NEVER),
        (["n == n", "n > 5"], TAKEN),
        (["text == case.kind", "text == case.kind and n > 5"], TAKEN),
    ),
)  # fmt: skip
def test_what_can_never_count_is_found_and_nothing_else(conditions, expected):
    assert sorted(codes(*conditions)) == sorted(expected)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    (
        (["x > 3", "x > 5"], TAKEN),
        (["x > 0", "x <= 0", "True"], []),
        (["a.x is None", "a.x is not None", "True"], []),
        (["contains(x, 'ab')", "contains(x, 'abc')"], []),
        (["starts_with(x, 'ab')", "starts_with(x, 'abc')"], TAKEN),
        (["x == 1 and x == 'a'"], NEVER),
        (["True", "x == 1"], TAKEN),
    ),
)
def test_without_a_schema_facts_may_be_missing_or_of_another_kind(conditions, expected):
    assert codes(*conditions, schema=None) == expected


def test_working_time_counts_when_the_calendar_is_given():
    office = BusinessCalendar("Europe/London", weekly={"mon-fri": "09:00-17:00"})
    rules = [
        Rule("late", "age(opened, 'office') > duration('PT8H')", {}),
        Rule("later", "age(opened, 'office') > duration('PT9H')", {}),
    ]
    findings = analyse(RuleSet(rules, schema=SCHEMA), calendars={"office": office})
    assert [(each.code, each.rules) for each in findings] == [("shadowed", ("later",)), ("gap", ())]


def test_a_better_output_shadows_a_worse_one_wherever_it_stands():
    rules = [Rule("low", "n > 5", {"value": "low"}), Rule("high", "n > 3", {"value": "high"})]
    rule_set = RuleSet(rules, schema=SCHEMA, hit="priority", output_values={"value": ["high", "low"]})
    assert next((e.code, e.rules, e.by) for e in analyse(rule_set)) == ("shadowed", ("low",), ("high",))


@pytest.mark.parametrize(
    ("hit", "expected"), (("unique", [("conflict", "r0", "r1")]), ("collect", []), ("rule_order", []))
)
def test_rules_conflict_where_their_hit_policy_forbids_both(hit, expected):
    assert codes("n > 3", "n < 9", hit=hit) == expected


def test_a_conflict_of_any_needs_different_outputs():
    same = [Rule("a", "n > 3", {"v": 1}), Rule("b", "n > 5", {"v": 1}), Rule("c", "n > 7", {"v": True})]
    findings = analyse(RuleSet(same, schema=SCHEMA, hit="any"))
    assert [each.rules for each in findings if each.code == "conflict"] == [("a", "c"), ("b", "c")]
    assert findings[0].witness == {"n": 8}


@pytest.mark.parametrize(
    ("conditions", "code"),
    (
        (["n > 3"], "gap"),
        (["n > 3", "n <= 3"], None),
        (["age > 3", "age <= 3"], "gap_when_missing"),
        (["age > 3", "age <= 3", "age is None"], None),
        (["not contains(tags, 'a')", "contains(tags, 'a')"], "gap_when_missing"),
        (["matches(text, 'a')", "not matches(text, 'a')", "text is None"], None),
        (["text == case.kind", "not text == case.kind"], "gap_when_missing"),
        (["text == case.kind"], "gap"),
        (["some(p.paid for p in tags)", "not some(p.paid for p in tags)"], "gap_when_missing"),
        (["count(p.paid for p in purchases) >= 2", "count(p.paid for p in purchases) < 2"], None),
        ([], "gap"),
    ),
)
def test_a_gap_is_an_input_that_nothing_matches(conditions, code):
    gaps = [each.code for each in found(*conditions) if each.code.startswith("gap")]
    assert gaps == ([code] if code else [])
    assert [e.code for e in found(*conditions, default={"value": 0}) if e.code.startswith("gap")] == gaps
    assert not [each for each in found(*conditions, hit="collect") if each.code.startswith("gap")]


@pytest.mark.parametrize(
    ("condition", "code"),
    (
        ("m == 1", "unknown_field"),
        ("n == 'a'", "type_error"),
        ("plan == 'silver'", "unknown_enum_value"),
        ("matches(text, '(')", "bad_pattern"),
        ("matches(text, '(a+)+')", "unsafe_pattern"),
        ("contains(text, '')", "empty_needle"),
        ("text.mentions(keywords.nothing)", "unknown_field"),
        ("len(n, n)", "type_error"),
    ),
)
def test_a_rule_with_a_static_error_gets_only_that_finding(condition, code):
    assert [each for each in codes("True", condition) if "r1" in each] == [(code, "r1")]


@pytest.mark.parametrize(
    ("condition", "is_found"),
    (
        ("age != 5", True),
        ("not contains(tags, 'a')", True),
        ("not vip", True),
        ("not (age > 3 or n > 3)", True),
        ("absent(age != 5, 'true')", False),
        ("age == 5", False),
        ("age == 5 and n > 3", False),
        ("n != 5", False),
        ("age is not None and age != 5", False),
        ("age is None or age != 5", False),
        ("age is not None", False),
    ),
)
def test_a_negative_test_of_a_fact_that_may_be_missing_is_pointed_out(condition, is_found):
    findings = [each for each in found(condition) if each.code == "negative_on_nullable"]
    assert [each.rules for each in findings] == ([("r0",)] if is_found else [])
    for each in findings:
        assert RuleSet([Rule("r0", condition, {})], schema=SCHEMA).decide(each.witness, now=NOW).undecided


def test_what_is_too_large_is_said_and_never_guessed():
    conditions = [f"contains(text, 'w{n}.') or spend > {n}" for n in range(400)]
    assert {each.code for each in found(*conditions)} == {"not_analysed"}
    huge = found("spend > 1E+400", "spend > 1E+401")
    assert [(each.code, each.rules) for each in huge][:2] == [
        ("not_analysed", ("r0",)),
        ("not_analysed", ("r1",)),
    ]


def test_facts_that_show_one_finding_are_not_those_of_another():
    findings = found("is_set(case) and case.kind == 'a'", "case.kind == 'a' and is_set(case)")
    assert findings[0].witness == {"case": {"kind": "a"}}
    assert findings[1].witness == {"case": {"kind": "other"}}


def test_ids_that_two_rules_share_cannot_be_told_apart():
    rules = [Rule("a", "n > 3", {}), Rule("a", "n > 4", {})]
    findings = analyse(RuleSet(rules, schema=SCHEMA, strict=False))
    assert [(each.code, each.rules) for each in findings] == [("not_analysed", ("a",)), ("gap", ())]


def test_an_analysis_takes_no_clock_without_a_zone():
    with pytest.raises(NaiveDatetime):
        analyse(RuleSet([]), now=datetime(2026, 1, 6))


def test_an_opaque_condition_leaves_a_comparison_open_or_is_settled_by_facts():
    def rules(*conditions):
        return RuleSet([Rule(when, when, {"value": 1}) for when in conditions], schema=SCHEMA)

    assert compare(rules("matches(text, 'a')"), rules("matches(text, 'a')", "False")).verdict == "equivalent"
    assert compare(rules("matches(text, 'a')"), rules("matches(text, 'b')")).verdict == "different"
    assert compare(rules("matches(text, 'a')"), rules("contains(text, 'a')")).verdict == "not_proven"
    with pytest.raises(InvalidValue, match="schemas"):
        compare(rules("n > 1"), RuleSet([]))


def test_coverage_counts_rules_and_leaves_over_all_cases():
    rules = RuleSet(
        [Rule("a", "x > 1 and y > 1", {}), Rule("b", "x > 2", {}), Rule("c", "z(", {})], strict=False
    )
    covered = coverage(rules, [{"x": 2, "y": 1}, {"x": 3, "y": 0}, {"x": 0}], now=NOW)
    assert covered.cases == 3
    assert list(map(str, covered.never_true)) == ["a", "a: y > 1"]
    assert list(map(str, covered.never_false)) == []
    assert dict(covered.items[2].counts) == {Truth.FALSE: 2, Truth.UNKNOWN: 1}
