"""A policy's examples must come out as they say."""

import pytest

from supportkit import Policy
from supportkit.policy import Finding, check

BASE = {
    "fields": {"x.acme.vip": {"type": "bool", "nullable": True}},
    "calendars": {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}},
    "keywords": {"outage": ["no signal"]},
    "classify": [
        {
            "when": "contact.text.mentions(keywords.outage)",
            "kind": "incident",
            "category": "outage",
            "impact": "high",
        }
    ],
    "priority": {
        "levels": {"high": 20, "normal": 0},
        "factors": [
            {"spend": {"window": "365 days", "currency": "GBP", "tiers": {100: 20}}},
            {"open_case": 25},
        ],
        "overrides": [{"when": "x.acme.vip", "priority": "high", "because": "vip"}],
    },
    "sla": {
        "first_response": [
            {"when": 'case.priority == "high"', "within": "30 minutes", "calendar": "always"},
            {"when": 'case.kind == "incident"', "within": "1 hour", "calendar": "office"},
        ],
        "resolution": [],
    },
    "routing": [{"when": 'case.category == "outage"', "queue": "network", "skills": {"network": 2}}],
}


def findings(given, expect):
    policy = Policy.from_dict(BASE | {"examples": [{"given": given, "expect": expect}]})
    return [(finding.path.removeprefix("examples[0]"), finding.message) for finding in check(policy)]


INCIDENT = {"contact": {"text": "No signal!"}}


@pytest.mark.parametrize(
    ("given", "expect"),
    (
        ({}, {}),
        ({}, {"priority": "normal", "queue": "general", "when_nobody": "callback", "skills": {}}),
        (INCIDENT, {"kind": "incident", "category": "outage", "impact": "high", "queue": "network", "skills": {"network": 2}, "when_nobody": "wait"}),
        (INCIDENT, {"first_response": {"within": "60 minutes"}}),
        (INCIDENT, {"first_response": {"within": "PT1H", "calendar": "office"}}),
        ({"customer": {"open_cases": 1}}, {"priority": "high", "first_response": {"within": "30 minutes"}}),
        ({"customer": {"spend_365d": "100.00"}}, {"priority": "high"}),
        ({"customer": {"spend_365d": 99}}, {"priority": "normal"}),
        ({"x": {"acme.vip": "yes"}, "customer": {"verified": "no"}}, {"priority": "normal"}),
        (INCIDENT | {"case": {"kind": "question"}}, {"kind": "question", "first_response": {"calendar": None}}),
        ({"case": {"priority": "high"}}, {"first_response": {"within": "30 minutes"}}),
        ({"case": {"opened_at": "2026-07-01T09:00:00Z"}}, {"priority": "normal"}),
        ({}, {"resolution": {"calendar": None}}),
    ),
)  # fmt: skip
def test_an_example_that_comes_out_as_it_says_is_good_news(given, expect):
    assert findings(given, expect) == []


@pytest.mark.parametrize(
    ("given", "expect", "path", "message"),
    (
        ({}, {"priority": "high"}, ".expect.priority", "priority is 'normal', expected 'high'"),
        ({}, {"queue": "network"}, ".expect.queue", "queue is 'general', expected 'network'"),
        (INCIDENT, {"skills": {"network": 3}}, ".expect.skills", "skills is network 2, expected network 3"),
        (INCIDENT, {"when_nobody": "callback"}, ".expect.when_nobody", "when_nobody is 'wait', expected 'callback'"),
        ({}, {"kind": "incident"}, ".expect.kind", "kind is None, expected 'incident'"),
        (INCIDENT, {"urgency": "high"}, ".expect.urgency", "urgency is None, expected 'high'"),
        (INCIDENT, {"first_response": {"within": "2 hours"}}, ".expect.first_response", "first_response is within 1 hour, calendar office, expected within 2 hours"),
        (INCIDENT, {"first_response": {"within": "1 hour", "calendar": "always"}}, ".expect.first_response", "first_response is within 1 hour, calendar office, expected within 1 hour, calendar always"),
        (INCIDENT, {"first_response": "1 hour"}, ".expect.first_response", "first_response is within 1 hour, calendar office, expected '1 hour'"),
        ({}, {"first_response": {"within": "1 hour"}}, ".expect.first_response", "first_response is within None, calendar None, expected within 1 hour"),
        (INCIDENT, {"first_response": {"within": "soon"}}, "", 'within=\'soon\' is no amount of time; write it like "60 minutes" or "5 business days"'),
        ({}, {"prority": "high"}, "", "an example cannot expect 'prority'; did you mean 'priority'?"),
        ({}, {"zebra": "x"}, "", "an example cannot expect 'zebra'; known are ('priority', 'queue', 'skills', 'when_nobody', 'kind', 'category', 'product', 'impact', 'urgency', 'first_response', 'resolution')"),
        ({"contact": {"txt": "x"}}, {}, "", "there is no field 'contact.txt'; did you mean 'contact.text'?"),
        ({"customer": {"spend_365d": "much"}}, {}, "", "customer.spend_365d='much' is no decimal"),
        ({"customer": {"spend_365d": {"a": 1}}}, {}, "", "customer.spend_365d={'a': '1'} is no decimal"),
        ({"customer": {"verified": "perhaps"}}, {}, "", "customer.verified='perhaps' is no bool"),
        ({"customer": {"open_cases": "1.5"}}, {}, "", "customer.open_cases='1.5' is no int"),
        ({"case": {"opened_at": "today"}}, {}, "", "case.opened_at='today' is no datetime"),
        ({"case": {"opened_at": "2026-07-01T09:00:00"}}, {"priority": "normal"}, "", 'now=datetime.datetime(2026, 7, 1, 9, 0) has no time zone, so it names no instant; give it one, for example value.replace(tzinfo=ZoneInfo("Europe/London"))'),
    ),
)  # fmt: skip
def test_an_example_that_does_not_is_found_with_what_came_out(given, expect, path, message):
    assert findings(given, expect) == [(path, message)]


def test_every_expectation_that_fails_is_a_finding_of_its_own():
    assert [path for path, _ in findings({}, {"priority": "high", "queue": "x", "kind": None})] == [
        ".expect.priority",
        ".expect.queue",
    ]


def test_a_finding_names_the_line_of_its_expectation(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "examples:\n  - expect: {queue: general}\n  - given: {}\n    expect:\n      queue: x\n",
        encoding="utf-8",
    )
    policy = Policy.load(tmp_path / "p.yaml")
    found = Finding(
        "example",
        "examples[1].expect.queue",
        "queue is 'general', expected 'x'",
        5,
        14,
        str(tmp_path / "p.yaml"),
    )
    assert check(policy) == [found]
    assert (
        str(found) == f"{tmp_path / 'p.yaml'}:5:14 examples[1].expect.queue: queue is 'general', expected 'x'"
    )


KNOWN = {"since": "2025-12-31", "idle": "P31D"}


def test_examples_may_give_fields_of_the_hosts_own_at_any_depth():
    document = {
        "fields": {
            "x.acme.churn.risk": {"type": "decimal"},
            "x.vip": {"type": "bool"},
            "x.acme.since": {"type": "date"},
            "x.acme.idle": {"type": "duration"},
        },
        "classify": [
            {
                "when": 'x.acme.churn.risk > 0.8 and x.vip and x.acme.since < date("2026-01-01") and x.acme.idle > duration("P30D")',
                "kind": "rescue",
            },
            {"kind": "question"},
        ],
        "examples": [
            {
                "given": {"x": {"acme": {**KNOWN, "churn": {"risk": "0.9"}}, "vip": "yes"}},
                "expect": {"kind": "rescue"},
            },
            {
                "given": {"x": {"acme": {**KNOWN, "churn": {"risk": "0.9"}}, "vip": "no"}},
                "expect": {"kind": "question"},
            },
        ],
    }
    assert check(Policy.from_dict(document)) == []


@pytest.mark.parametrize("given", ({"x": {"acme": {"churn": "high"}}}, {"x": {"acme": {"chrun": 1}}}))
def test_an_example_with_a_field_that_is_not_there_or_of_another_type_is_found(given):
    document = {
        "fields": {"x.acme.churn": {"type": "decimal"}},
        "examples": [{"given": given, "expect": {"priority": "normal"}}],
    }
    (finding,) = check(Policy.from_dict(document))
    assert "x.acme.ch" in str(finding)
