"""Facts read straight from the host's own objects."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace as Row

import pytest

from supportkit import Log, Policy
from supportkit.errors import InvalidValue, UnknownField
from supportkit.rules import Rule, RuleSet, Truth, parse

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


def test_properties_are_values():
    @dataclass
    class Ticket:
        pk: int

        @property
        def kind(self):
            return "question"

    assert facts_of(Ticket(1), case__kind="kind")["case"]["kind"] == "question"


class Manager:
    """Like the manager of an object's related ones: it can be called, and has attributes too."""

    count = 3
    called = False

    def __call__(self):
        self.called = True

    def first(self):
        self.called = True


@pytest.mark.parametrize(
    ("path", "named"),
    (
        ("tickets", "tickets"),
        ("tickets.count", "tickets"),
        ("account.tickets.first", "account.tickets"),
        ("label.upper", "label.upper"),
        ("fields.made", "fields.made"),
    ),
)
def test_nothing_is_ever_called_at_any_step(path, named):
    manager = Manager()
    host = Row(tickets=manager, account=Row(tickets=manager), label="x", fields={"made": lambda: 1 / 0})
    with pytest.raises(InvalidValue, match=rf"^{named} can be called .* bind a value or a property"):
        facts_of(host, customer__open_cases=path)["customer"]["open_cases"]
    assert not manager.called


@pytest.mark.parametrize(
    ("path", "hint"),
    (("bdoy", "; did you mean 'body'?"), ("account.plam", "; did you mean 'account.plan'?"), ("zzz", "")),
)
def test_a_misspelt_attribute_is_told_and_no_missing_fact(path, hint):
    host = Row(body="x", account=Row(plan="gold"))
    with pytest.raises(InvalidValue) as refused:
        facts_of(host, contact__text=path)["contact"]["text"]
    name = path.rpartition(".")[2]
    attribute = f"AttributeError: 'types.SimpleNamespace' object has no attribute {name!r}"
    assert str(refused.value) == f"{path} cannot be read: {attribute}{hint}"


class Account:
    plan = "gold"

    @property
    def spend(self):
        raise KeyError("2026")

    @property
    def tier(self):
        return self.tiers["now"]


@pytest.mark.parametrize(
    ("path", "said"),
    (
        ("spend", "spend cannot be read: KeyError: '2026'"),
        ("tier", "tier cannot be read: AttributeError: 'Account' object has no attribute 'tiers'"),
    ),
)
def test_a_property_that_raises_is_told_with_its_path(path, said):
    facts = facts_of(Account(), customer__plan="plan", customer__spend_365d=path)
    with pytest.raises(InvalidValue) as refused:
        facts["customer"]["spend_365d"]
    assert str(refused.value) == said
    assert refused.value.__cause__ is not None
    assert facts["customer"]["plan"] == "gold"


def test_what_is_bound_is_known_without_reading_it():
    facts = facts_of(Account(), customer__spend_365d="spend")
    assert "spend_365d" in facts["customer"]
    assert parse("has_key(customer.spend_365d)").evaluate(facts, now=NOW) is Truth.TRUE


BROKEN = "customer.spend_365d > 100"


@pytest.mark.parametrize(
    ("condition", "truth"),
    (
        (BROKEN, Truth.ERROR),
        (f"not {BROKEN}", Truth.ERROR),
        ("customer.spend_365d is None", Truth.ERROR),
        (f"absent({BROKEN}, 'true')", Truth.ERROR),
        (f"{BROKEN} or customer.plan == 'gold'", Truth.TRUE),
        (f"{BROKEN} and customer.plan == 'trial'", Truth.FALSE),
        ("customer.plan == 'gold'", Truth.TRUE),
    ),
)
def test_a_condition_on_what_cannot_be_read_is_in_error_unless_another_part_decides(condition, truth):
    facts = facts_of(Account(), customer__plan="plan", customer__spend_365d="spend")
    assert parse(condition).evaluate(facts, now=NOW) is truth


def test_a_rule_in_error_says_why():
    rules = RuleSet([Rule("big", BROKEN, {"x": 1}), Rule("gold", "customer.plan == 'gold'", {"x": 2})])
    facts = facts_of(Account(), customer__plan="plan", customer__spend_365d="spend")
    decision = rules.decide(facts, now=NOW)
    assert (decision.value, decision.errors, decision.missing) == ({"x": 2}, ("big",), ())
    assert "spend cannot be read: KeyError: '2026'" in str(decision.explain())


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


def test_a_matter_is_classified_although_one_of_its_facts_cannot_be_read():
    class Ticket:
        body = "No signal"

        @property
        def plan(self):
            raise ConnectionError("the CRM is down")

    policy = Policy.from_dict({
        "classify": [
            {"when": "customer.plan == 'gold'", "kind": "gold"},
            {"when": "contact.text.mentions('signal')", "kind": "outage"},
        ]
    })  # fmt: skip
    said = policy.classify(policy.bind({"contact.text": "body", "customer.plan": "plan"})(Ticket()), now=NOW)
    assert (said["kind"], said["errors"]) == ("outage", ("classify[0]",))
    assert "plan" not in said["facts"].get("customer", {})
