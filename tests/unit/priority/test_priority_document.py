"""The priority section of a policy document: text scalars, all faults together."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from supportkit.cases import FACTS
from supportkit.errors import PolicyError
from supportkit.priority import Ageing, Contribution, Floor, PriorityPolicy
from supportkit.rules import KeywordSet

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETS = {"outage": KeywordSet("outage", ["no signal"]), "legal": KeywordSet("legal", ["lawyer"])}
LEVELS = {"urgent": "60", "high": "30", "normal": "0"}
SECTION = {
    "levels": LEVELS,
    "ageing": "2 points per hour",
    "factors": [
        {"keywords": {"outage": "40", "legal": "30"}},
        {"spend": {"window": "365 days", "currency": "GBP", "tiers": {"500": "5", "2000": "10"}}},
        {"open_case": "25"},
        {"channel": {"social": "5", "public": "10"}},
        {"reach": {"1000": "2.5"}},
        {"plan": {"gold": "10"}},
        {"criticality": {"critical": "40"}},
    ],
    "overrides": [
        {
            "when": 'contact.visibility == "public" and contact.text.mentions(keywords.outage)',
            "priority": "urgent",
            "because": "It spreads.",
        }
    ],
    "caps": [{"when": {"op": "eq", "args": [{"field": "contact.automated"}, True]}, "priority": "normal"}],
}


def read(section, **options):
    return PriorityPolicy.from_dict(section, keywords=SETS, schema=FACTS, **options)


def faults(section, **options):
    with pytest.raises(PolicyError) as caught:
        read(section, **options)
    return {fault.path: fault for fault in caught.value.faults}


def test_the_whole_section_is_read():
    policy = read(SECTION, version="v1")
    decision = policy.decide(
        {
            "contact": {
                "text": "No signal",
                "visibility": "public",
                "channel": "social",
                "automated": False,
                "reach": 5000,
            },
            "customer": {
                "spend_365d": Decimal(500),
                "open_cases": 1,
                "plan": "gold",
                "criticality": "critical",
            },
            "case": {"opened_at": NOON},
        },
        now=NOON,
    )
    points = {item.factor: item.points for item in decision.contributions}
    assert points == {
        "keywords": 40,
        "spend": 5,
        "open_case": 25,
        "channel": 15,
        "reach": Decimal("2.5"),
        "plan": 10,
        "criticality": 40,
    }
    assert (decision.priority, decision.override.because, decision.provisional) == (
        "urgent",
        "It spreads.",
        False,
    )
    assert policy.order.ageing == Ageing.linear(2)
    assert policy.version == "v1"


def test_numbers_may_be_numbers_and_levels_alone_are_enough():
    policy = PriorityPolicy.from_dict({"levels": {"high": 30, "normal": 0.5}})
    assert policy.decide({}, now=NOON).priority == "normal"


@pytest.mark.parametrize(
    ("window", "path"),
    (
        ("30 days", "customer.spend_30d"),
        ("90 days", "customer.spend_90d"),
        ("lifetime", "customer.lifetime_spend"),
    ),
)
def test_the_window_of_spend_is_read(window, path):
    policy = read({"levels": LEVELS, "factors": [{"spend": {"window": window, "tiers": {"1": "1"}}}]})
    assert policy.factors[0].reads == (path,)


def test_an_open_case_may_have_a_cap():
    policy = read({"levels": LEVELS, "factors": [{"open_case": {"points": "10", "cap": "15"}}]})
    assert policy.factors[0].cap == 15


@pytest.mark.parametrize(
    ("section", "path", "code", "hint"),
    (
        ({"levles": {}}, "priority.levles", "unknown_key", "did you mean 'levels'?"),
        ({}, "priority.levels", "missing_key", "write `levels:"),
        ({"levels": []}, "priority.levels", "bad_value", "name: value"),
        ({"levels": {"high": "many"}}, "priority.levels.high", "bad_value", "write it like"),
        ({"levels": {"a": "1", "b": "1.0"}}, "priority.levels", "bad_value", None),
        ({"ageing": "fast"}, "priority.ageing", "bad_value", None),
        ({"ageing": {"every": "1 hour"}}, "priority.ageing.cap", "missing_key", "every: 2 hours"),
        ({"ageing": {"every": "1 h", "cap": "high"}}, "priority.ageing.every", "bad_value", None),
        ({"ageing": {"every": "0 hours", "cap": "high"}}, "priority.ageing.every", "bad_value", None),
        ({"ageing": {"every": "1 hour", "cap": "hihg"}}, "priority.ageing.cap", "unknown_level", "'high'"),
        ({"ageing": {"urgent": "6 points per hour"}}, "priority.ageing.high", "missing_key", "per hour"),
        ({"ageing": {"urgent": "fast"}}, "priority.ageing.urgent", "bad_value", None),
        ({"ageing": {"urgnt": "1 point per hour"}}, "priority.ageing.urgnt", "unknown_level", "'urgent'"),
        ({"floor": {"tier": "normal"}}, "priority.floor.every", "missing_key", "every: 4"),
        ({"floor": {"tier": "basic", "every": "4"}}, "priority.floor.tier", "unknown_level", None),
        ({"floor": {"tier": "normal", "every": "1.5"}}, "priority.floor", "bad_value", None),
        (
            {"floor": {"tier": "basic", "every": "4", "of": "customer.plam"}},
            "priority.floor.of",
            "unknown_field",
            "customer.plan",
        ),
        ({"factors": {"open_case": "25"}}, "priority.factors", "bad_value", "`- `"),
        ({"factors": ["open_case"]}, "priority.factors[0]", "bad_value", "name: value"),
        ({"factors": [{"plan": {}, "spend": {}}]}, "priority.factors[0]", "bad_value", "`- `"),
        (
            {"factors": [{"spent": {}}]},
            "priority.factors[0].spent",
            "unknown_factor",
            "did you mean 'spend'?",
        ),
        ({"factors": [{"sentiment": {"-2": "5"}}]}, "priority.factors[0].sentiment", "bad_value", None),
        (
            {"factors": [{"sentiment": {"-1": "5", "0": "9"}}]},
            "priority.factors[0].sentiment",
            "bad_value",
            None,
        ),
        (
            {"factors": [{"rules": [{"when": "customer.plan =="}]}]},
            "priority.factors[0].rules[0].points",
            "missing_key",
            "write `points",
        ),
        (
            {"factors": [{"rules": [{"point": "1", "points": "2"}]}]},
            "priority.factors[0].rules[0].point",
            "unknown_key",
            "did you mean 'points'?",
        ),
        (
            {"factors": [{"rules": [{"when": "customer.plam == 'a'", "points": "2"}]}]},
            "priority.factors[0].rules[0].when",
            "unknown_field",
            "customer.plan",
        ),
        (
            {"factors": [{"keywords": {"outrage": "4"}}]},
            "priority.factors[0].keywords.outrage",
            "unknown_keyword_set",
            "did you mean 'outage'?",
        ),
        (
            {"factors": [{"keywords": {"legal": "x"}}]},
            "priority.factors[0].keywords.legal",
            "bad_value",
            "write it",
        ),
        ({"factors": [{"spend": {"tier": {}}}]}, "priority.factors[0].spend.tier", "unknown_key", "'tiers'"),
        ({"factors": [{"spend": {}}]}, "priority.factors[0].spend.tiers", "missing_key", "write `tiers"),
        (
            {"factors": [{"spend": {"tiers": {"1": "1"}, "window": "7 days"}}]},
            "priority.factors[0].spend.window",
            "bad_value",
            "'365 days'",
        ),
        (
            {"factors": [{"spend": {"tiers": {"1": "2", "5": "1"}}}]},
            "priority.factors[0].spend",
            "bad_value",
            None,
        ),
        (
            {"factors": [{"spend": {"tiers": {"1": "1", "1.0": "1"}}}]},
            "priority.factors[0].spend.tiers.1.0",
            "duplicate_key",
            "remove one",
        ),
        (
            {"factors": [{"open_case": {"cap": "5"}}]},
            "priority.factors[0].open_case.points",
            "missing_key",
            "write",
        ),
        ({"factors": [{"open_case": "-5"}]}, "priority.factors[0].open_case", "bad_value", None),
        ({"overrides": [{"when": "True"}]}, "priority.overrides[0].priority", "missing_key", None),
        (
            {"overrides": [{"priority": "hihg"}]},
            "priority.overrides[0].priority",
            "unknown_level",
            "did you mean 'high'?",
        ),
        ({"floors": [{"priority": "high", "because": ""}]}, "priority.floors[0].because", "bad_value", None),
        ({"caps": [{"prio": "high"}]}, "priority.caps[0].prio", "unknown_key", "did you mean 'priority'?"),
    ),
)
def test_each_fault_has_its_path_and_a_hint(section, path, code, hint):
    levels = {} if path.startswith("priority.levels") else {"levels": LEVELS}
    found = faults(levels | section)
    assert found[path].code == code
    assert hint is None or hint in found[path].hint


def test_a_condition_is_checked_against_the_facts_with_line_and_column():
    line = {"when": "contact.visibility == 'public' and\n  contact.txt == 'a'", "priority": "high"}
    fault = faults({"levels": LEVELS, "overrides": [line]})["priority.overrides[0].when"]
    assert (fault.code, fault.line, fault.column) == ("unknown_field", 2, 3)
    assert "contact.text" in fault.hint


def test_all_faults_come_together():
    found = faults({"levls": {}, "ageing": "fast", "factors": [{"plam": {}}], "caps": [{"when": "("}]})
    assert set(found) == {
        "priority.levls",
        "priority.levels",
        "priority.ageing",
        "priority.factors[0].plam",
        "priority.caps[0].when",
        "priority.caps[0].priority",
    }


class Tenure:
    name = "tenure"
    reads = ("customer.years",)

    def __init__(self, config):
        self.points = int(config["points"])

    def contribute(self, facts, *, now):
        return Contribution(self.points)


def test_a_hosts_factor_is_built_from_its_part_of_the_document():
    section = {"levels": LEVELS, "factors": [{"tenure": {"points": "31"}}]}
    assert read(section, factors={"tenure": Tenure}).decide({}, now=NOON).priority == "high"


@pytest.mark.parametrize(
    ("given", "ageing"),
    (
        ({"every": "2 hours", "cap": "high"}, Ageing.steps(timedelta(hours=2), "high")),
        (
            {"urgent": "6 points per hour", "high": "0.5 points per minute", "normal": "1 point per day"},
            Ageing.rates({"urgent": 6, "high": 30, "normal": Fraction(1, 24)}),
        ),
    ),
)
def test_ageing_by_steps_and_by_rates_is_read(given, ageing):
    assert read({"levels": LEVELS, "ageing": given}).order.ageing == ageing


def test_a_floor_of_service_guards_a_priority_or_the_tier_that_a_fact_names():
    by_level = read({"levels": LEVELS, "floor": {"tier": "normal", "every": "4"}})
    by_plan = read({"levels": LEVELS, "floor": {"tier": "basic", "every": 4, "of": "customer.plan"}})
    assert (by_level.order.floor, by_plan.order.floor) == (
        Floor("normal", 4),
        Floor("basic", 4, of="customer.plan"),
    )
    assert by_level.in_floor({"case": {"priority": "normal"}})
    assert by_plan.in_floor({"customer": {"plan": "basic"}})
    assert not by_plan.in_floor({"customer": {"plan": None}})
    assert "customer.plan" in by_plan.reads


def test_rules_and_sentiment_are_read():
    factors = [
        {"rules": [{"when": "case.reopens > 1", "points": "15", "because": "It came back twice."}]},
        {"sentiment": {"-0.3": "5", "-0.7": "10"}},
    ]
    policy = read({"levels": LEVELS, "factors": factors})
    facts = {"case": {"reopens": 2}, "contact": {"sentiment": Decimal("-0.5")}}
    assert [item.points for item in policy.decide(facts, now=NOON).contributions] == [15, 5]
