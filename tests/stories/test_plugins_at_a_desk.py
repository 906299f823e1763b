"""Plugins at a desk: their facts decide, their faults are told, and no decision is lost or changed by one."""

import logging
from decimal import Decimal

import pytest
from attrs import evolve, frozen

from office import PEOPLE, POLICY, Clock, make_office
from supportkit import Desk, Policy, Registry
from supportkit.canonical import encode
from supportkit.cases import ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.desk import Customers, open_desk
from supportkit.plugins import FactorSpec, MetricSpec, StrategySpec, hookimpl
from supportkit.ports import SendResult
from supportkit.priority import Contribution
from supportkit.rules import Field
from supportkit.storage import MemoryStore


class Churn:
    """A plugin with one field, which its own service knows."""

    def __init__(self, risk=0.9, **also):
        self.risk, self.also, self.asked = risk, also, []

    @hookimpl
    def supportkit_register_fields(self):
        return [Field("x.churn.risk", "decimal", nullable=True)]

    @hookimpl
    def supportkit_provide_facts(self, contact, customer, now):
        self.asked.append((contact.id, customer and customer.id, now))
        return {"x.churn.risk": self.risk, **self.also}


class Raises:
    @hookimpl
    def supportkit_provide_facts(self, contact):
        raise ConnectionError("the CRM is down")

    @hookimpl
    def supportkit_after_event_committed(self, event):
        raise ZeroDivisionError("bad day")

    @hookimpl
    def supportkit_on_delivery_error(self, reason):
        raise ZeroDivisionError("worse day")


class Rubbish:
    @hookimpl
    def supportkit_provide_facts(self, contact):
        return ["customer.plan", "gold"]


class Meddler:
    """Changes whatever it can get hold of."""

    @hookimpl
    def supportkit_provide_facts(self, contact, customer):
        contact.given["serial"] = "stolen"
        object.__setattr__(contact, "text", "No signal, outage, no service")
        if customer is not None:
            object.__setattr__(customer, "plan", "gold")

    @hookimpl
    def supportkit_register_factors(self):
        return [FactorSpec("meddle", build=lambda given: MeddlingFactor())]

    @hookimpl
    def supportkit_after_event_committed(self, event):
        object.__setattr__(event, "kind", "case.closed")


@frozen
class MeddlingFactor:
    name: str = "meddle"
    reads: tuple[str, ...] = ("customer.open_cases",)

    def contribute(self, facts, *, now):
        facts["customer"]["plan"] = "gold"
        return Contribution(100)


class Listener:
    def __init__(self):
        self.heard, self.failed = [], []

    @hookimpl
    def supportkit_after_event_committed(self, desk, event):
        self.heard.append((desk, event.id, event.kind))

    @hookimpl
    def supportkit_on_delivery_error(self, outbound, reason, final):
        self.failed.append((outbound.to, reason, final))


RESCUE = {"classify": [{"when": "x.churn.risk > 0.8", "kind": "rescue"}, *POLICY["classify"]]}


def office_with(*plugins, **policy):
    office = make_office()
    worker = office.desk._worker
    registry = Registry.build(plugins=plugins)
    office.desk = Desk(
        Policy.from_dict(POLICY | policy, registry=registry), channels=office.desk._channels.values(),
        customers=worker.customers, agents=worker.roster, clock=office.clock,
    )  # fmt: skip
    return office


def test_facts_of_a_plugin_decide_and_are_recorded():
    churn = Churn()
    office = office_with(churn, **RESCUE)
    case_id = office.writes(text="Hello").case_id
    assert office.desk.case(case_id).kind == "rescue"
    assert [asked[1] for asked in churn.asked] == ["jo"]
    (classified,) = office.events(case_id, "case.classified")
    assert float(classified.payload.facts["x"]["churn"]["risk"]) == 0.9


def test_facts_of_a_plugin_reach_the_packet_and_are_never_asked_again():
    office = office_with(Churn(), **RESCUE)
    case_id = office.writes().case_id
    assert office.desk.packet(case_id).asks_again(["x.churn.risk"])
    office.desk.hand_off(case_id, team="network", by="ann", reason="needs a network engineer")
    (handed,) = office.events(case_id, "case.handed_off")
    assert "x.churn.risk" in encode(handed.payload.packet).decode()


def test_a_plugin_tells_the_purchase_history_that_no_directory_knows():
    office = office_with(Churn(**{"customer.spend_365d": Decimal(2500)}))
    case_id = office.writes("quiet").case_id
    (decided,) = office.events(case_id, "priority.decided")
    assert "spend" in [c["factor"] for c in decided.payload.contributions if str(c["points"]) != "0"]


def test_what_the_desk_knows_itself_stays():
    office = office_with(Churn(**{"customer.spend_365d": Decimal(0), "customer.open_cases": 7}))
    case_id = office.writes("big").case_id
    (decided,) = office.events(case_id, "priority.decided")
    facts = decided.payload.facts["customer"]
    assert (str(facts["spend_365d"]), facts["open_cases"]) == ("2500.00", 0)


@pytest.mark.parametrize(
    ("plugin", "fault"),
    ((Raises(), "ConnectionError: the CRM is down"), (Rubbish(), "no mapping of paths to values")),
)
def test_a_plugin_that_cannot_tell_changes_no_decision_and_is_named(plugin, fault):
    plain, office = make_office(), office_with(plugin)
    kinds, cases = [], []
    for each in (plain, office):
        case_id = each.writes(text="No signal").case_id
        kinds.append([e.kind for e in each.desk.history(case_id) if e.kind != "case.fault"])
        cases.append(evolve(each.desk.case(case_id), faults=0, seq=0))
    assert (kinds[0], cases[0]) == (kinds[1], cases[1])
    (event,) = office.events(cases[1].id, "case.fault")
    assert event.payload.code == "plugin_failed"
    assert fault in event.payload.detail
    assert "supportkit_provide_facts" in event.payload.detail


def test_a_plugin_that_meddles_gets_copies_and_read_only_facts(caplog):
    caplog.set_level(logging.CRITICAL)
    factors = POLICY["priority"] | {"factors": [{"meddle": "on"}, *POLICY["priority"]["factors"]]}
    plain, office = make_office(), office_with(Meddler(), priority=factors)
    case_id = office.writes(text="A question", given={"serial": "F-1"}).case_id
    same = plain.writes(text="A question", given={"serial": "F-1"}).case_id
    assert office.desk.case(case_id).score == plain.desk.case(same).score
    assert [e.kind for e in office.desk.history(case_id)] == [e.kind for e in plain.desk.history(same)]
    (decided,) = office.events(case_id, "priority.decided")
    meddled = next(c for c in decided.payload.contributions if c["factor"] == "meddle")
    assert "TypeError" in meddled["evidence"]["fault"]
    assert decided.payload.provisional
    received = office.events(case_id, "contact.received")[0]
    assert office.desk.text(received.payload.body)["given"] == {"serial": "F-1"}


def test_every_committed_event_is_heard_once_and_in_order():
    listener = Listener()
    office = office_with(Raises(), listener)
    office.desk.set_presence("ann", "available", by="ann")
    case_id = office.writes(text="No signal").case_id
    office.clock.pass_(hours=30)
    office.desk.tick()
    heard = [event for _, event, _ in listener.heard if event.startswith("case:")]
    assert heard == [event.id for event in office.desk.history(case_id)]
    assert ("default", "agent.presence_changed") in [(desk, kind) for desk, _, kind in listener.heard]
    assert office.desk.policy.registry.failures


def test_a_listener_hears_of_messages_that_did_not_leave():
    listener = Listener()
    office = office_with(Raises(), listener)
    office.mail._results = iter([SendResult.retry(reason="busy"), SendResult.refused("no such mailbox")])
    office.writes()
    office.desk.deliver()
    office.clock.pass_(minutes=2)
    office.desk.deliver()
    assert listener.failed == [("jo@example.org", "busy", False), ("jo@example.org", "no such mailbox", True)]


def test_nothing_is_heard_of_what_was_refused_or_seen_before():
    listener = Listener()
    office = office_with(listener)
    office.writes(message_id="<a@b>")
    before = list(listener.heard)
    office.written = 0
    assert office.writes(message_id="<a@b>").duplicate
    assert listener.heard == before


class Parts:
    """A plugin with a rank word and a metric."""

    @hookimpl
    def supportkit_register_strategies(self):
        return [StrategySpec("by_name_backwards", key=lambda agent, item: -ord(agent.id[0]))]

    @hookimpl
    def supportkit_register_metrics(self):
        return [MetricSpec("repair", like="resolution", pause=["waiting_customer"])]


def test_a_rank_word_and_a_metric_of_a_plugin_work_at_a_desk():
    repair = POLICY["sla"] | {"repair": [{"within": "8 hours", "calendar": "office"}]}
    office = office_with(
        Parts(), routing={"routes": [{"queue": "general"}], "rank": ["by_name_backwards"]}, sla=repair
    )
    for name in ("ann", "bob"):
        office.desk.set_presence(name, "available", by=name)
    case_id = office.writes().case_id
    assert office.desk.case(case_id).owner == "bob"
    assert "repair" in [e.payload.metric for e in office.events(case_id, "target.set")]


def test_a_desk_of_a_store_is_opened_with_the_registry_that_its_policy_needs():
    store, registry = MemoryStore(), Registry.build(plugins=[Churn()])
    Desk(
        Policy.from_dict(POLICY | RESCUE, registry=registry),
        store=store,
        channels=[MemoryChannel("mail")],
        customers=Customers(PEOPLE),
        clock=Clock(),
    )
    assert (
        open_desk(store, name="default", registry=registry).policy.version
        == Policy.from_dict(POLICY | RESCUE, registry=registry).version
    )


def test_when_the_desk_finds_somebody_else_the_plugins_are_asked_about_that_one():
    churn = Churn()
    office = office_with(churn, **RESCUE)
    office.calls("+442079460199")  # an unknown number, which is a party of its own from now on
    points = [ContactPoint("phone", "+442079460199", "GB"), ContactPoint("email", "jo@example.org")]
    case_id = office.writes(text="It is me again", points=points).case_id
    assert [asked[1] for asked in churn.asked[1:]] == ["jo", None]
    assert office.desk.case(case_id).customer != "jo"
