"""Facts read straight from the host's own objects."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace as Row

import pytest

from supportkit import Log, Policy
from supportkit.errors import InvalidValue, UnknownField

NOW = datetime(2026, 1, 12, 9, tzinfo=UTC)
POLICY = Policy.from_dict({
    "fields": {"x.acme.tier": {"type": "int", "nullable": True}},
    "classify": [{"when": "contact.text.mentions('complain')", "kind": "complaint"}, {"kind": "question"}],
    "priority": {
        "levels": {"high": 20, "normal": 0},
        "factors": [{"spend": {"window": "365 days", "currency": "EUR", "tiers": {100: 20}}}],
        "overrides": [{"when": "x.acme.tier >= 2", "priority": "high", "because": "tier"}],
    },
})  # fmt: skip


def facts_of(source, **paths):
    return POLICY.bind({name.replace("__", "."): path for name, path in paths.items()})(source)


def test_decisions_read_the_host_s_own_objects():
    ticket = Row(
        body="I complain",
        source="email",
        kind="complaint",
        account=Row(spend={"year": Decimal(100)}),
        created=NOW,
    )
    facts = facts_of(
        ticket,
        contact__text="body",
        case__kind="kind",
        customer__spend_365d="account.spend.year",
        case__opened_at="created",
    )
    assert POLICY.priority.decide(facts, now=NOW).priority == "high"
    assert POLICY.classify(facts, now=NOW)["kind"] == "complaint"
    assert POLICY.route(facts, now=NOW).queue == "general"
    report = POLICY.sla.evaluate(Log("1").opened(at=NOW), facts=facts, now=NOW)
    assert (report.first_response.due - NOW).total_seconds() == 3600


def test_objects_are_read_when_asked_so_that_changes_show():
    ticket = Row(kind="question")
    facts = facts_of(ticket, case__kind="kind")
    ticket.kind = "complaint"
    assert facts["case"]["kind"] == "complaint"


def test_a_field_of_the_host_s_own_is_bound_at_every_depth():
    facts = facts_of(Row(tier=2), x__acme__tier="tier")
    assert facts["x"]["acme"]["tier"] == 2
    assert POLICY.priority.decide(facts, now=NOW).priority == "high"


@pytest.mark.parametrize(
    "source", (Row(account=None), Row(account=Row(spend=None)), Row(account={}), {"account": {"spend": None}})
)
def test_nothing_on_the_way_is_an_unknown_fact(source):
    facts = facts_of(source, customer__spend_365d="account.spend.year")
    assert facts["customer"]["spend_365d"] is None
    assert POLICY.priority.decide(facts, now=NOW).missing == (
        "customer.spend_365d",
        "x.acme.tier",
        "case.opened_at",
    )


def test_properties_are_values_and_methods_are_never_called():
    @dataclass
    class Ticket:
        called: bool = False

        @property
        def kind(self):
            return "question"

        def priority(self):
            self.called = True

    ticket = Ticket()
    facts = facts_of(ticket, case__kind="kind", case__priority="priority")
    assert facts["case"]["kind"] == "question"
    with pytest.raises(
        InvalidValue, match="priority is a method, which is never called; bind a value or a property"
    ):
        facts["case"]["priority"]
    assert not ticket.called


def test_an_attribute_that_is_not_there_is_an_error_of_the_host():
    with pytest.raises(AttributeError, match="bdoy"):
        facts_of(Row(body="x"), contact__text="bdoy")["contact"]["text"]


def test_facts_are_mappings_of_what_was_bound():
    facts = facts_of(Row(a=1), case__kind="a", case__priority="a", contact__text="a")
    assert sorted(facts) == ["case", "contact"]
    assert (len(facts), dict(facts["case"])) == (2, {"kind": 1, "priority": 1})
    assert "customer" not in facts
    assert "status" not in facts["case"]


def test_an_unknown_fact_is_refused_with_the_nearest():
    with pytest.raises(UnknownField) as refused:
        POLICY.bind({"customer.spend_356d": "spend"})
    assert refused.value.nearest == "customer.spend_365d"


@pytest.mark.parametrize("path", ("", "a..b", "a.", "a b", "a[0]", "1a", "__class__", "a.__dict__", "a-b"))
def test_what_is_no_path_of_attributes_is_refused(path):
    with pytest.raises(InvalidValue, match=r"^contact.text: .* is no path of attributes; write it like"):
        POLICY.bind({"contact.text": path})


def test_a_record_and_a_part_of_it_cannot_both_be_bound():
    with pytest.raises(InvalidValue, match=r"^agent.skills.network: what it is a part of is bound already"):
        POLICY.bind({"agent.skills": "a", "agent.skills.network": "b"})
