"""Decisions as a log keeps them, read back exactly, and tried on other rules."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from supportkit import BusinessCalendar
from supportkit.errors import InvalidValue
from supportkit.rules import (
    DecisionRecord,
    Field,
    KeywordSet,
    Rule,
    RuleSet,
    Schema,
    observe,
    replay,
    text_leaves,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
GOLD = Rule("gold", "customer.spend >= 1000", {"priority": "high"})
RULES = RuleSet([GOLD], default={"priority": "normal"})


def decided(when, facts, **options):
    return RuleSet([Rule("one", when, {"n": 1})], **options).decide(facts, now=NOW)


def round_trip(record):
    return DecisionRecord.from_plain(json.loads(json.dumps(record.to_plain())))


@pytest.mark.parametrize(
    ("when", "facts"),
    (
        ("a == 1.10", {"a": Decimal("1.10")}),
        ("a == instant('2026-01-31T12:00:00Z')", {"a": NOW}),
        ("a == date('2026-01-31')", {"a": date(2026, 1, 31)}),
        ("a > duration('PT2H')", {"a": timedelta(hours=3)}),
        ("contains(a, 'x')", {"a": {"x", "y"}}),
        ("contains(a, 'x')", {"a": ["x", None]}),
        ("a == {'k': [1, 2]}", {"a": {"k": [1, 2]}}),
        ("some(p.amount > 100 for p in a)", {"a": [SimpleNamespace(amount=Decimal(200), secret="s")]}),
        ("a.b == 1", {"a": SimpleNamespace(b=1, c=2)}),
        ("a == 1", {"a": float("nan")}),
        ("a == 1", {}),
        ("a == 1", {"a": object()}),
        ("a.b == 1", {"a": "text"}),
        ("has_key(a)", {"a": None}),
        ("count(p == 1 for p in a) >= 1", {"a": (1, 2)}),
        ("a == b", {"a": 1, "b": 1}),
    ),
)  # fmt: skip
def test_a_record_comes_back_exactly_and_decides_alike(when, facts):
    decision = decided(when, facts)
    record = decision.record(about="case-1")
    back = round_trip(record)
    assert back == record
    assert back.about == "case-1"
    (again,) = replay([back], RuleSet([Rule("one", when, {"n": 1})]))
    assert again.same


def test_only_what_the_rules_read_is_kept():
    record = decided("a.b == 1", {"a": {"b": 1, "c": "secret"}, "d": "secret"}).record()
    assert record.facts == {"a": {"b": 1}}
    assert record.reads == ("a.b",)


def test_a_text_that_was_erased_is_kept_as_what_was_asked_of_it():
    keywords = {"net": KeywordSet("net", ["no signal"])}
    rules = RuleSet([Rule("net", "t.mentions(keywords.net)", {"n": 1})], keywords=keywords)
    gone = observe("No signal", text_leaves(rules.expressions(), ["t"]))
    back = round_trip(rules.decide({"t": gone}, now=NOW).record())
    assert replay([back], rules).changed == ()
    assert "signal" not in json.dumps(back.to_plain()).lower()


def test_private_facts_can_be_left_out_and_the_record_says_so():
    schema = Schema(
        [Field("customer.phone", "text", private=True), Field("customer.age", "int", private=True)]
    )
    rules = RuleSet([Rule("one", "customer.phone == '0171' and customer.age > 17", {"n": 1})], schema=schema)
    decision = rules.decide({"customer": {"phone": "0171", "age": 44}}, now=NOW)
    assert "0171" in str(decision.record().to_plain())
    masked = decision.record(private=False)
    assert "0171" not in str(masked.facts)
    assert "44" not in str(masked.facts)
    assert "customer.age" in masked.masked


def test_computed_fields_are_kept_with_what_they_are_made_of():
    field = Field(
        "customer.total", "int", compute=lambda facts, now: facts["a"] + facts["b"], reads=("a", "b")
    )
    schema = Schema([Field("a", "int"), Field("b", "int"), field])
    rules = RuleSet([Rule("one", "customer.total >= 3", {"n": 1})], schema=schema)
    record = rules.decide({"a": 1, "b": 2, "c": 3}, now=NOW).record()
    assert record.facts == {"a": 1, "b": 2, "customer": {"total": 3}}
    assert replay([round_trip(record)], rules).changed == ()


def test_calendars_are_named_with_their_versions():
    office = BusinessCalendar("UTC", weekly={"mon-sun": "08:00-18:00"})
    rules = RuleSet([Rule("one", "age(a, 'office') > duration('PT1H')", {"n": 1})])
    decision = rules.decide({"a": NOW - timedelta(hours=3)}, now=NOW, calendars={"office": office})
    record = decision.record()
    assert set(record.calendars) == {"office"}
    assert replay([record], rules, calendars={"office": office}).changed == ()


def test_replaying_with_other_rules_says_what_would_change():
    records = [
        RULES.decide({"customer": {"spend": spend}}, now=NOW).record(about=f"case-{spend}")
        for spend in (100, 600, 2000)
    ]
    other = RuleSet(
        [Rule("gold", "customer.spend >= 500", {"priority": "high"})], default={"priority": "normal"}
    )
    report = replay(records, other)
    assert (len(report), len(report.changed)) == (3, 1)
    assert report.changed[0].before.about == "case-600"
    assert list(report.moves.values()) == [1]
    assert "case-600" in str(report)
    assert "priority" in str(report)
    assert json.loads(json.dumps(report.to_plain())) == report.to_plain()


def test_facts_that_the_new_rules_read_but_the_log_lacks_are_named():
    record = RULES.decide({"customer": {"spend": 1}}, now=NOW).record()
    other = RuleSet(
        [Rule("plan", "customer.plan == 'gold'", {"priority": "high"})], default={"priority": "normal"}
    )
    (one,) = replay([record], other)
    assert one.unrecorded == ("customer.plan",)
    assert "not recorded: customer.plan" in str(one)


@pytest.mark.parametrize(
    "other",
    (
        RuleSet(
            [Rule("gold", "customer.spend >= 1001", {"priority": "high"})], default={"priority": "normal"}
        ),
        RuleSet([GOLD], default={"priority": "low"}),
        RuleSet([GOLD], hit="collect"),
        RuleSet(
            [Rule("gold", "customer.spend >= 1000", {"priority": "top"})], default={"priority": "normal"}
        ),
        RuleSet([GOLD], default={"priority": "normal"}, schema=Schema([Field("customer.spend", "decimal")])),
    ),
)
def test_another_content_is_another_version(other):
    assert other.version != RULES.version
    assert RuleSet([GOLD], default={"priority": "normal"}, backend="index").version == RULES.version


def test_a_keyword_more_is_another_version():
    def version(*words):
        keywords = {"k": KeywordSet("k", words)}
        return RuleSet([Rule("one", "t.mentions(keywords.k)", {})], keywords=keywords).version

    assert version("a", "b") == version("a", "b") != version("a")


def test_what_is_no_record_is_refused():
    with pytest.raises(InvalidValue, match="no record of a decision"):
        DecisionRecord.from_plain({"version": "1"})
