"""Texts are read once; what is recorded says what they were worth, never what they said."""

from datetime import UTC, datetime

import pytest

from supportkit import Policy
from supportkit.canonical import decode, encode
from supportkit.policy import recordable
from supportkit.rules import TextFacts

NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
CANARY = "purple elephants"
POLICY = Policy.from_dict({
    "fields": {"x.acme.tier": {"type": "int", "nullable": True}},
    "keywords": {"outage": ["no signal"], "idle": ["never asked"]},
    "classify": [
        {"when": 'contact.sender == "boss@big.example"', "kind": "boss"},
        {"when": "contact.text.mentions(keywords.outage) and customer.plan == 'gold'", "kind": "incident"},
        {"when": "contact.subject is None", "kind": "untitled"},
        {"kind": "question"},
    ],
    "priority": {"levels": {"high": 20, "normal": 0}, "factors": [{"keywords": {"outage": 20}}, {"open_case": 5}]},
    "sla": {"first_response": [{"when": "x.acme.tier >= 2", "within": "1 hour", "calendar": "always"}]},
    "routing": [{"when": "contact.text.contains('signal')", "queue": "network"}],
})  # fmt: skip
CONTACT = {
    "id": "m1", "channel": "email", "form": "message", "visibility": "private", "sender": "jo@example.org", "at": NOW,
    "text": f"No signal, {CANARY}", "subject": CANARY, "audience": "customer", "automated": False, "reach": 5,
}  # fmt: skip
FACTS = {
    "contact": CONTACT, "customer": {"id": "jo", "plan": "gold", "open_cases": 1, "tags": ("a",)}, "x": {"acme": {"tier": 2}},
    "case": {"kind": None}, "agent": "somebody",
}  # fmt: skip


def decisions(facts):
    return (
        POLICY.classify(facts, now=NOW)["kind"],
        POLICY.priority.decide(facts, now=NOW).score,
        POLICY.route(facts, now=NOW).queue,
    )


def test_each_section_knows_the_facts_it_reads():
    reads = POLICY.reading.reads
    assert reads["classify"] == {"contact.sender", "contact.text", "contact.subject", "customer.plan"}
    assert {"contact.text", "customer.open_cases"} <= reads["priority"]
    assert (reads["sla"], reads["routing"], reads["escalation"]) == (
        {"x.acme.tier"},
        {"contact.text"},
        frozenset(),
    )


def test_what_is_observed_holds_no_text_and_no_address():
    seen = POLICY.reading.observed(FACTS)
    assert all(isinstance(seen["contact"][name], TextFacts) for name in ("text", "subject", "sender"))
    stored = encode(recordable(seen))
    assert CANARY.encode() not in stored
    assert b"jo@example.org" not in stored
    assert b"signal," not in stored


def test_a_subject_is_hidden_even_when_only_its_absence_is_asked_for():
    policy = Policy.from_dict(
        {"classify": [{"when": "contact.subject is None", "kind": "untitled"}, {"kind": "titled"}]}
    )
    for subject, kind in ((CANARY, "titled"), (None, "untitled")):
        seen = policy.reading.observed({"contact": {"subject": subject}})
        assert isinstance(seen["contact"]["subject"], TextFacts)
        assert policy.classify(seen, now=NOW)["kind"] == kind


def test_only_what_is_read_is_observed():
    seen = POLICY.reading.observed(FACTS)
    assert set(seen["contact"]) == {"channel", "form", "visibility", "at", "sender", "subject", "text"}
    assert seen["customer"] == {"id": "jo", "plan": "gold", "open_cases": 1}
    assert seen["x"] == {"acme": {"tier": 2}}
    assert set(seen) == {"contact", "customer", "x", "case"}


@pytest.mark.parametrize(
    "contact",
    (
        CONTACT,
        CONTACT | {"text": None},
        CONTACT | {"subject": None, "text": "a question"},
        CONTACT | {"sender": "boss@big.example"},
        {name: value for name, value in CONTACT.items() if name not in {"text", "subject", "sender"}},
    ),
)
def test_recorded_facts_decide_as_the_texts_did(contact):
    facts = FACTS | {"contact": contact}
    seen = POLICY.reading.observed(facts)
    stored = decode(encode(recordable(seen)))
    again = POLICY.reading.recorded(stored)
    assert decisions(again) == decisions(seen) == decisions(facts)
    assert encode(recordable(again)) == encode(stored)


def test_a_counting_escalation_reads_the_fact_it_counts():
    plan = {"mode": "counter", "of": "customer.contacts_7d", "at_least": 3, "to": "team_lead"}
    policy = Policy.from_dict({"escalation": {"again": plan}})
    assert policy.reading.reads["escalation"] == {"customer.contacts_7d"}
    assert policy.reading.observed({"customer": {"contacts_7d": 4}}) == {"customer": {"contacts_7d": 4}}


def test_facts_without_a_contact_get_none():
    assert POLICY.reading.observed({"customer": {"plan": "gold"}}) == {"customer": {"plan": "gold"}}
    assert POLICY.reading.recorded({"agent": "x", "case": {"kind": {"a": 1}}}) == {
        "agent": "x",
        "case": {"kind": {"a": 1}},
    }
    assert recordable({"agent": "x"}) == {"agent": "x"}


def test_a_section_s_share_of_the_facts_is_what_it_reads():
    assert POLICY.reading.project(FACTS, "sla") == {"x": {"acme": {"tier": 2}}}
    assert set(POLICY.reading.project(FACTS, "classify")["contact"]) == {"sender", "text", "subject"}


def test_a_classification_records_the_facts_it_was_made_from():
    decided = POLICY.classify(POLICY.reading.observed(FACTS), now=NOW)
    assert set(decided["facts"]) == {"contact", "customer"}
    assert all("$text" in value for value in decided["facts"]["contact"].values())
