"""What the plugin adds, through a registry as a host builds it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from supportkit_example import ExamplePlugin, SmsChannel

from supportkit import Policy, Registry
from supportkit.cases import Agent, Contact, Customer, Event, Purchase
from supportkit.errors import InvalidValue, PolicyError
from supportkit.ports import Outbound
from supportkit.routing import Item

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CONTACT = Contact(id="1", channel="sms", at=NOON)
POLICY: dict[str, Any] = {
    "classify": [{"when": "x.supportkit_example.churn_risk > 0.5", "kind": "rescue"}, {"kind": "question"}],
    "priority": {"levels": {"high": 15, "normal": 0}, "factors": [{"churn": "20"}]},
    "routing": {"routes": [{"queue": "general"}], "rank": ["specialist_first", "longest_idle"]},
    "sla": {"text_answer": [{"within": "30 minutes", "calendar": "always"}]},
}


@pytest.fixture
def plugin() -> ExamplePlugin:
    """A plugin of the test's own: it counts what it hears."""
    return ExamplePlugin()


@pytest.fixture
def registry(plugin: ExamplePlugin) -> Registry:
    """What a host builds."""
    return Registry.build(plugins=[plugin])


def customer(*bought_days_ago: int) -> Customer:
    """Return a customer with purchases so many days ago."""
    purchases = [Purchase(NOON - timedelta(days=days), Decimal(20), "GBP") for days in bought_days_ago]
    return Customer("jo", purchases=tuple(purchases))


@pytest.mark.parametrize(
    ("who", "kind", "priority", "missing"),
    (
        (customer(730, 900), "rescue", "high", ()),
        (customer(900, 73), "question", "normal", ()),
        (customer(), "question", "normal", ("x.supportkit_example.churn_risk",)),
        (None, "question", "normal", ("x.supportkit_example.churn_risk",)),
    ),
)
def test_who_may_leave_comes_first(
    registry: Registry, who: Customer | None, kind: str, priority: str, missing: tuple[str, ...]
) -> None:
    """The fact reaches conditions and the factor; without it nobody is pushed back."""
    policy = Policy.from_dict(POLICY, registry=registry)
    provided = registry.provide_facts(contact=CONTACT, customer=who, now=NOON)
    assert provided.faults == ()
    facts = {**provided.facts, "case": {"opened_at": NOON}}
    said = policy.classify(facts, now=NOON)
    decision = policy.priority.decide(facts, now=NOON)
    assert said is not None
    assert (said["kind"], decision.priority, decision.missing) == (kind, priority, missing)


def test_specialists_come_before_those_who_can_do_everything(registry: Registry) -> None:
    """The rank word decides, and says so."""
    people = [Agent("all", skills={"tv": 1, "net": 1}), Agent("one", skills={"net": 1})]
    decision = Policy.from_dict(POLICY, registry=registry).routing.decide(
        Item("case-1", created_at=NOON, skills={"net": 1}), people, now=NOON
    )
    assert (decision.agent, decision.reasons[-1]) == ("one", "decided_by:specialist_first")


def test_the_metric_has_its_target(registry: Registry) -> None:
    """The policy gives the time, the plugin the life."""
    metric = Policy.from_dict(POLICY, registry=registry).sla.metrics["text_answer"]
    assert (metric.like, metric.pause) == ("customer_waiting", ("waiting_third_party",))


def test_the_channel_is_made_from_settings(registry: Registry) -> None:
    """Two numbers are two instances."""
    sms = registry.channels["sms"]
    settings = {"secret": "not a secret", "number": "+442079460000"}
    one, two = sms.make(settings=settings), sms.make(name="sms-uk", settings=settings)
    assert isinstance(one, SmsChannel)
    assert (one.name, two.name) == ("sms", "sms-uk")
    with pytest.raises(InvalidValue, match="'nummer'; did you mean 'number'"):
        sms.make(settings={"secret": "not a secret", "nummer": "+442079460000"})


def test_points_that_are_none_are_a_fault_of_the_policy(registry: Registry) -> None:
    """The fault has its place."""
    document = {"priority": {"levels": {"normal": 0}, "factors": [{"churn": "much"}]}}
    with pytest.raises(
        PolicyError, match=r"priority.factors\[0\].churn: churn: 'much' is no number of points"
    ):
        Policy.from_dict(document, registry=registry)


def test_it_hears_what_happens(registry: Registry, plugin: ExamplePlugin) -> None:
    """Lifecycle hooks reach the instance."""
    registry.after_event_committed("consumer", [Event.of("case.opened", at=NOON, stream="case:1")])
    registry.on_delivery_error("consumer", Outbound(to="+447700900001"), "busy", final=False)
    registry.on_delivery_error("consumer", Outbound(to="+447700900001"), "no such number", final=True)
    assert plugin.heard == {("consumer", "case.opened"): 1}
    assert plugin.undelivered == ["+447700900001: no such number"]
