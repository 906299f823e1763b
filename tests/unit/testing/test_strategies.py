"""Strategies give only what is valid, reach both sides of what a policy asks, and shrink to little."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from office import POLICY
from supportkit import BusinessCalendar, Log, Policy
from supportkit.cases import (
    FACTS,
    OPEN_STATUSES,
    Agent,
    Case,
    Contact,
    ContactPoint,
    Customer,
    Deadline,
    Folding,
    Promise,
    Purchase,
)
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers, Desk
from supportkit.errors import NaiveDatetime
from supportkit.intake import AckPolicy, acknowledge, signs
from supportkit.recovery import Assessment, GivenRemedy, Limits
from supportkit.rules import Expression, Field, KeywordSet, RuleSet, Schema, Truth, parse
from supportkit.testing import hypothesis_entry_point
from supportkit.testing import strategies as own
from supportkit.testing.strategies.facts import MORNING
from supportkit.testing.strategies.vocabulary import Vocabulary

OFFICE = Policy.from_dict(POLICY)
SHRUNK = settings(
    max_examples=500, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
)  # fmt: skip
DRAWN = settings(SHRUNK, phases=[Phase.generate])
ASKING = Policy.from_dict({
    "fields": {
        "x.shop.vip": {"type": "bool"}, "x.shop.since": {"type": "date"}, "x.shop.region": {"type": "enum", "values": ["north", "south"]},
        "x.shop.trial": {"type": "duration"}, "x.shop.extra": {"type": "record"}, "x.shop.seats": {"type": "int"},
    },
    "priority": {
        "levels": {"high": 10, "normal": 0},
        "factors": [{"plan": {"gold": 5}}, {"reach": {1000: 5}}],
        "overrides": [
            {"when": text, "priority": "high"}
            for text in (
                "customer.open_cases > 2", "customer.spend_30d >= 99.5", 'customer.plan == "gold"', '"vip" in customer.tags',
                "some(p.amount > 100 for p in customer.purchases)", 'contact.text.mentions("refund")',
                'age(case.opened_at) > duration("P3D")', "contact.sentiment < -0.5", "x.shop.vip", "x.shop.since < date('2025-01-01')",
                'x.shop.region == "south"', 'x.shop.trial > duration("P10D")', 'x.shop.extra.colour == "red"', "x.shop.seats > 70",
                "contact.reach >= 1000", "customer.criticality is None",
            )
        ],
    },
})  # fmt: skip


def reached(strategy, condition):
    """The first value that fits."""
    return find(strategy, condition, settings=DRAWN)


def simplest(strategy, condition=lambda _: True):
    """The smallest value that fits."""
    return find(strategy, condition, settings=SHRUNK)


# -- facts ------------------------------------------------------------------------------------------------


def test_every_condition_of_a_policy_is_met_missed_and_left_open():
    asked = ASKING.priority.expressions
    found = {condition: set() for condition in asked}

    @settings(DRAWN, max_examples=200)
    @given(own.facts(ASKING))
    def ask(known):
        for condition in asked:
            found[condition].add(condition.evaluate(known, now=MORNING))

    ask()
    decided = {Truth.TRUE, Truth.FALSE}
    assert [each.to_text() for each, truths in found.items() if not truths >= decided] == []
    open_ended = {each for each, truths in found.items() if Truth.UNKNOWN in truths}
    assert len(open_ended) == len(asked) - 1  # whether something is there is always known


@given(own.facts(ASKING))
def test_facts_are_decided_without_an_error(known):
    decision = ASKING.priority.decide(known, now=MORNING)
    assert decision.errors == ()
    opened = known["case"].get("opened_at")
    assert opened is None or opened <= MORNING


def test_facts_shrink_to_nothing_known():
    assert simplest(own.facts(OFFICE)) == {"contact": {}, "customer": {}, "case": {}}


def test_facts_may_be_those_of_some_paths_only():
    found = simplest(
        own.facts(OFFICE, paths=["customer.plan", "case.reopens"]), lambda known: known["case"].get("reopens")
    )
    assert found == {"contact": {}, "customer": {}, "case": {"reopens": 1}}


def test_the_vocabulary_of_a_policy_is_what_it_compares_with():
    words = Vocabulary.of(ASKING)
    assert words.values["customer.spend_30d"] == (Decimal("99.5"),)
    assert words.values["customer.purchases.amount"] == (100,)
    assert words.values["contact.reach"] == (1000,)
    assert words.values["case.priority"] == ("high", "normal")
    assert words.absence == {"customer.criticality"}
    assert Vocabulary.of(OFFICE).phrases == ("no signal", "no service", "complain", "complaint")


def test_texts_hold_the_phrases_of_the_policy_in_any_case():
    assert simplest(own.texts(about=OFFICE), lambda text: "NO SERVICE" in text) == "NO SERVICE"
    assert simplest(own.texts()) == ""


@given(own.texts(about=OFFICE, max_size=5))
def test_texts_are_no_longer_than_asked(text):
    assert len(text) <= 5


# -- instants and calendars -------------------------------------------------------------------------------

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


@given(own.instants(earliest=NINE, latest=NINE + timedelta(hours=1), zones=own.zones()))
def test_instants_lie_within_their_bounds_in_any_zone(at):
    assert NINE <= at.astimezone(UTC) <= NINE + timedelta(hours=1)


def test_instants_shrink_to_the_earliest_and_need_zoned_bounds():
    assert simplest(own.instants(earliest=NINE)) == NINE
    with pytest.raises(NaiveDatetime, match="earliest"):
        own.instants(earliest=datetime(2026, 7, 1))


@given(own.calendars(earliest=NINE, latest=NINE + timedelta(days=30)), own.instants())
def test_calendars_load_and_always_open_again(calendar, at):
    assert BusinessCalendar.from_dict(calendar.to_dict()) == calendar
    assert calendar.is_open(calendar.next_open(at))
    assert all(NINE.date() <= day <= NINE.date() + timedelta(days=30) for day in calendar.holidays)


def test_calendars_shrink_to_a_plain_working_day():
    calendar = simplest(own.calendars())
    assert calendar.to_dict() == {"zone": "UTC", "weekly": {"mon": ["08:00-18:00"]}}


# -- people and contacts ----------------------------------------------------------------------------------


@given(own.contacts(about=OFFICE), own.customers(about=OFFICE))
def test_every_contact_is_taken_in_by_a_desk(contact, customer):
    channel = MemoryChannel("in", kind=contact.channel)
    desk = Desk(
        OFFICE,
        channels=[channel],
        customers=Customers([customer]),
        agents=Agents(()),
        clock=lambda: contact.at,
    )
    assert desk.receive("in", contact).contacts[0].action == "new"


@given(own.contacts(channel="email", product="Tent", at=st.just(NINE)))
def test_contacts_are_of_the_channel_and_have_the_fields_that_are_asked_for(mail):
    assert (mail.channel, mail.product, mail.at) == ("email", "Tent", NINE)
    assert mail.header("from") == mail.sender == mail.points[0].value


@given(own.mails(machine=True), own.mails())
def test_mails_of_machines_may_not_be_answered_and_mails_of_people_may(machine, person):
    assert not acknowledge(machine, policy=AckPolicy(), now=machine.at).send
    assert {sign.reason for sign in signs(person)} <= {"subject_auto_reply", "subject_bounce"}


def test_headers_shrink_to_a_single_one_or_none():
    assert simplest(own.headers(machine=False)) == ()
    assert simplest(own.headers(machine=True)) == (("Auto-Submitted", "auto-generated"),)


@pytest.mark.parametrize("kind", ("email", "phone", "handle", "account"))
def test_contact_points_are_of_the_kind_asked_for(kind):
    assert reached(own.contact_points(kind=kind), lambda _: True).kind == kind


def test_contacts_shrink_to_an_empty_mail_and_customers_to_an_id():
    mail = simplest(own.contacts())
    assert (mail.channel, mail.text, mail.subject, mail.visibility, mail.product) == (
        "email",
        "",
        "",
        "private",
        None,
    )
    assert simplest(own.customers()) == Customer("c1")
    assert reached(own.contacts(), lambda one: one.visibility == "public").channel == "social"


@given(
    own.customers(about=ASKING, currency="GBP"),
    own.agents(about=OFFICE),
    own.promises(),
    own.deadlines(metric="callback"),
)
def test_people_and_commitments_are_plausible(customer, agent, promise, deadline):
    assert all(bought.currency == "GBP" for bought in customer.purchases or ())
    assert agent.capacity is None or all(agent.load[name] <= most for name, most in agent.capacity.items())
    assert promise.made_at < promise.due
    assert deadline.metric == "callback"
    assert (deadline.due is None) == (deadline.state == "paused")


def test_customers_have_the_plans_and_agents_the_skills_of_the_policy():
    assert reached(own.customers(about=ASKING), lambda one: one.plan == "gold").plan == "gold"
    assert reached(own.agents(about=OFFICE), lambda one: "network" in one.skills).skills.keys() <= {
        "network",
        "english",
    }


# -- histories and conditions -----------------------------------------------------------------------------


@given(own.histories(OFFICE))
def test_histories_obey_the_lifecycle(log):
    folding, owned = Folding(), False
    for event in log:
        before = folding.case if event.kind != "case.opened" else None
        if event.kind in {
            "contact.replied",
            "case.resolved",
            "case.status_changed",
            "case.assigned",
            "promise.made",
        }:
            assert before.status in OPEN_STATUSES
        if event.kind == "case.reopened":
            assert before.status in {"resolved", "closed"}
        if event.kind == "case.closed":
            assert (event.payload.outcome, event.payload.code) == ("solved", "done")
        if event.kind == "promise.made":
            assert event.payload.due > event.at
        folding.add(event)
        owned = owned or bool(folding.case.owner or folding.case.team)
        assert not owned or folding.case.owner or folding.case.team
    assert folding.case.priority in {None, "urgent", "high", "normal"}


@pytest.mark.parametrize("kind", ("contact.replied", "case.reopened", "promise.made"))
def test_histories_reach_every_turn_and_shrink_to_it(kind):
    log = simplest(own.histories(OFFICE), lambda log: kind in log.kinds)
    assert log.kinds[-1] == kind
    assert len(log) <= 3


SCHEMA = Schema([
    *FACTS, Field("x.on", "date"), Field("x.lasts", "duration"), Field("x.some", "set", values=("a", "b")), Field("x.any", "record"),
])  # fmt: skip
SETS = {"k": KeywordSet("k", ["refund"])}


@given(own.expressions(SCHEMA, keywords=SETS))
def test_conditions_pass_the_checks_of_their_schema(condition):
    assert parse(condition.to_text(), schema=SCHEMA, keywords=SETS) == condition


@pytest.mark.parametrize(
    "path",
    (
        "case.public",
        "customer.open_cases",
        "customer.spend_365d",
        "contact.text",
        "contact.form",
        "contact.at",
        "customer.tags",
        "customer.purchases",
        "agent.skills",
        "x.on",
        "x.lasts",
        "x.some",
        "x.any",
    ),
)
def test_conditions_ask_for_fields_of_every_type(path):
    single = Schema([SCHEMA.field(path)])
    assert reached(own.expressions(single, keywords=SETS), lambda _: True).fields() == {path}


@settings(max_examples=15)
@given(own.policies())
def test_policies_load_and_survive_their_document(policy):
    assert Policy.from_dict(policy.to_dict()).version == policy.version


# -- st.from_type -----------------------------------------------------------------------------------------

TYPES = (
    Agent,
    Assessment,
    BusinessCalendar,
    Case,
    Contact,
    ContactPoint,
    Customer,
    Deadline,
    Expression,
    GivenRemedy,
    Limits,
    Log,
    Policy,
    Promise,
    Purchase,
    RuleSet,
)


@pytest.mark.parametrize("type_", TYPES)
def test_hypothesis_knows_our_types(type_):
    hypothesis_entry_point.register()
    assert isinstance(reached(st.from_type(type_), lambda _: True), type_)


def test_every_type_of_the_table_has_a_strategy_and_others_have_none():
    named = {name for names in hypothesis_entry_point.STRATEGIES.values() for name in names}
    assert named == {type_.__name__ for type_ in TYPES}
    assert {
        strategy for names in hypothesis_entry_point.STRATEGIES.values() for strategy in names.values()
    } <= set(own.__all__)

    class Contact:
        """Somebody else's."""

    assert hypothesis_entry_point.strategy_for(Contact) is None
    assert hypothesis_entry_point.strategy_for("Contact") is None


REGISTERED = """
import sys
from supportkit.testing import hypothesis_entry_point
assert "hypothesis" not in sys.modules
import hypothesis.strategies as st
{change}
hypothesis_entry_point.register()
assert ("supportkit.cases" in sys.modules) is {loaded}
from supportkit.cases import Customer
from supportkit.policy import Policy
assert type(st.from_type(Customer | Policy)).__name__
print(hypothesis_entry_point.strategy_for(Policy))
"""


@pytest.mark.parametrize(
    ("change", "loaded"),
    (
        ("", False),
        ("from hypothesis.strategies._internal import types; del types._global_extra_lookup", True),
    ),
)
def test_registering_loads_nothing_where_hypothesis_can_wait(change, loaded):
    code = REGISTERED.format(change=change, loaded=loaded)
    environment = {"HYPOTHESIS_NO_PLUGINS": "1", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "policies" in done.stdout or "fixed_dictionaries" in done.stdout
