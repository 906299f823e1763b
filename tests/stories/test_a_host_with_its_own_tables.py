"""Three agents, tickets in tables of the host's own: a policy file, no desk, no store."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit import Log, Policy
from supportkit.policy import check
from supportkit.routing import Item

SUPPORT_YAML = """
supportkit: 1
calendars: {office: {zone: Europe/London, weekly: {mon-fri: 08:00-18:00, sat: 10:00-16:00}, holidays: GB-ENG}}
classify: [{when: "contact.text.mentions('complain', 'complaint')", kind: complaint}, {kind: question}]
keywords: {outage: [no signal, no service, cannot call], legal: [lawyer, ombudsman]}
priority:
  levels: {urgent: 60, high: 30, normal: 0}
  ageing: 2 points per hour
  factors:
    - keywords: {outage: 40, legal: 30}
    - spend: {window: 365 days, currency: GBP, tiers: {500: 5, 2000: 10}}
    - open_case: 25
  overrides:
    - when: contact.visibility == "public" and contact.text.mentions(keywords.outage)
      priority: urgent
      because: It spreads.
sla: {first_response: [{when: case.kind == "complaint", within: 60 minutes, calendar: office},
                       {when: contact.channel == "social", within: 2 hours, calendar: always},
                       {within: 1 business day, calendar: office, warn: [50%, 90%]}]}
routing: [{when: contact.text.mentions(keywords.outage), queue: network, skills: {network: 2}}, {queue: general, when_nobody: callback}]
escalation: {broken_promise: {starts: promise.broken, levels: [{after: 0 minutes, to: team_lead}, {after: 30 minutes, to: duty_manager}]}}
examples:
  - given: {contact: {channel: social, visibility: public, text: No signal since eight}, customer: {spend_365d: 120}, case: {kind: question}}
    expect: {priority: urgent, queue: network, first_response: {within: 2 hours}}
"""
PATHS = {
    "contact.text": "body", "contact.channel": "source", "case.kind": "kind", "case.opened_at": "created_at",
    "customer.spend_365d": "account.spend_365d", "customer.open_cases": "account.open_tickets",
}  # fmt: skip
WEDNESDAY = datetime(2026, 7, 1, 8, tzinfo=UTC)  # 09:00 in London


@dataclass
class Account:
    spend_365d: Decimal | None = Decimal(700)
    open_tickets: int = 0
    criticality: str | None = None


@dataclass
class Message:
    at: datetime
    from_staff: bool
    author: str = "ann"


@dataclass
class Ticket:
    pk: int = 17
    body: str = "No signal since eight, I want to complain"
    source: str = "email"
    kind: str = "complaint"
    created_at: datetime = WEDNESDAY
    account: Account | None = field(default_factory=Account)
    messages: list[Message] = field(default_factory=list)


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    path = tmp_path_factory.mktemp("host") / "support.yaml"
    path.write_text(SUPPORT_YAML, encoding="utf-8")
    return Policy.load(path)


@pytest.fixture
def triage(policy):
    as_facts = policy.bind(PATHS)

    def triage(ticket, now):
        log = Log(str(ticket.pk)).opened(at=ticket.created_at)
        for m in ticket.messages:
            log = log.agent_reply(at=m.at, by=m.author) if m.from_staff else log.customer_message(at=m.at)
        facts = as_facts(ticket)
        decision, report = (
            policy.priority.decide(facts, now=now),
            policy.sla.evaluate(log, facts=facts, now=now),
        )
        ticket.priority, ticket.sort_key, ticket.why = (
            decision.priority,
            decision.sort_key,
            str(decision.explain()),
        )
        ticket.due_at, ticket.check_at = report.first_response.due, report.next_change_at
        return decision, report

    return triage


def test_the_policy_does_what_its_examples_say(policy):
    assert check(policy) == []


def test_a_ticket_gets_its_priority_its_place_and_its_reasons(triage):
    ticket = Ticket()
    decision, _ = triage(ticket, WEDNESDAY)
    assert (ticket.priority, decision.score, decision.provisional) == ("high", 45, True)
    assert ticket.why.splitlines() == [
        "priority high: 45 points reach high",
        "  +40 keywords (outage contact.text 0-9)",
        "  +5 spend (spent 700, reached 500, currency GBP)",
        "  +0 open_case (open cases 0)",
        "  provisional, could change with: contact.visibility",
    ]
    assert isinstance(ticket.sort_key, int)
    assert abs(ticket.sort_key) < 2**63


def test_an_answer_is_owed_until_it_is_given_and_the_host_knows_when_to_look_again(triage):
    ticket = Ticket()
    triage(ticket, WEDNESDAY + timedelta(minutes=10))
    assert ticket.due_at == WEDNESDAY + timedelta(minutes=60)
    assert ticket.check_at == ticket.due_at + timedelta(microseconds=1)
    ticket.messages = [
        Message(WEDNESDAY + timedelta(minutes=20), from_staff=False),
        Message(WEDNESDAY + timedelta(minutes=30), from_staff=True),
    ]
    _, report = triage(ticket, WEDNESDAY + timedelta(minutes=31))
    assert (report.first_response.verdict, report.first_response.elapsed) == ("met", timedelta(minutes=30))
    assert ticket.check_at is None


def test_a_late_answer_stays_late(triage):
    ticket = Ticket(messages=[Message(WEDNESDAY + timedelta(minutes=90), from_staff=True)])
    _, report = triage(ticket, WEDNESDAY + timedelta(hours=3))
    assert (report.first_response.verdict, report.first_response.overdue) == (
        "breached",
        timedelta(minutes=30),
    )


@pytest.mark.parametrize(
    ("ticket", "due"),
    (
        (Ticket(kind="question", source="social", created_at=datetime(2026, 4, 2, 20, tzinfo=UTC)), datetime(2026, 4, 2, 22, tzinfo=UTC)),
        (Ticket(kind="question", created_at=datetime(2026, 4, 2, 9, tzinfo=UTC)), datetime(2026, 4, 4, 9, tzinfo=UTC)),
        (Ticket(kind="question", created_at=datetime(2026, 4, 4, 12, tzinfo=UTC)), datetime(2026, 4, 7, 12, tzinfo=UTC)),
        (Ticket(created_at=datetime(2026, 12, 24, 17, 30, tzinfo=UTC)), datetime(2026, 12, 29, 8, 30, tzinfo=UTC)),
    ),
    ids=("social media around the clock", "over Good Friday", "over Easter Monday", "over Christmas"),
)  # fmt: skip
def test_a_business_day_is_one_on_which_the_country_works(triage, ticket, due):
    triage(ticket, ticket.created_at)
    assert ticket.due_at == due


def test_the_line_is_ordered_by_one_column_that_never_changes(triage):
    tickets = [
        Ticket(1, body="A question", kind="question"),
        Ticket(2, body="A question", kind="question", account=Account(open_tickets=2)),
        Ticket(3),
        Ticket(4, body="A question", kind="question", created_at=WEDNESDAY - timedelta(hours=30)),
    ]
    for ticket in tickets:
        triage(ticket, WEDNESDAY)
    keys = [ticket.sort_key for ticket in tickets]
    assert [t.pk for t in sorted(tickets, key=lambda ticket: ticket.sort_key)] == [4, 3, 2, 1]
    for ticket in tickets:
        triage(ticket, WEDNESDAY + timedelta(hours=5))
    assert [ticket.sort_key for ticket in tickets] == keys


def test_nobody_stands_lower_because_the_host_does_not_know_them(triage):
    unknown, spent_nothing = Ticket(account=None), Ticket(account=Account(Decimal(0)))
    decision, _ = triage(unknown, WEDNESDAY)
    triage(spent_nothing, WEDNESDAY)
    assert (unknown.priority, unknown.sort_key) == (spent_nothing.priority, spent_nothing.sort_key)
    assert set(decision.missing) >= {"customer.spend_365d", "customer.open_cases"}


class RemoteAccount(Account):
    """An account of a system that is down at the moment."""

    @property
    def spend_365d(self):
        raise ConnectionError("the accounts are down")

    @spend_365d.setter
    def spend_365d(self, value):
        pass


def test_a_system_that_is_down_costs_only_what_it_knows(triage):
    ticket = Ticket(account=RemoteAccount(open_tickets=1))
    decision, report = triage(ticket, WEDNESDAY)
    assert (ticket.priority, decision.score, decision.errors) == ("urgent", 65, ("spend",))
    assert decision.provisional
    assert "account.spend_365d cannot be read: ConnectionError: the accounts are down" in ticket.why
    assert (report.first_response.due, report.errors) == (WEDNESDAY + timedelta(minutes=60), ())


@dataclass
class Contract(Ticket):
    @property
    def level(self):
        raise ConnectionError("the contracts are down")


def test_a_target_or_a_route_that_cannot_be_judged_is_told_and_the_next_one_counts(policy):
    stricter = policy.to_dict()
    gold = {"when": 'customer.plan == "gold"'}
    stricter["sla"]["first_response"].insert(0, gold | {"within": "10 minutes", "calendar": "always"})
    stricter["routing"].insert(0, gold | {"queue": "gold"})
    stricter = Policy.from_dict(stricter)
    facts = stricter.bind({**PATHS, "customer.plan": "level"})(Contract())
    report = stricter.sla.evaluate(Log("17").opened(at=WEDNESDAY), facts=facts, now=WEDNESDAY)
    assert report.first_response.due == WEDNESDAY + timedelta(minutes=60)
    told = "level cannot be read: ConnectionError: the contracts are down"
    assert report.errors == (f"customer.plan: {told}",)
    assert told in report.explain()
    assert stricter.route(facts, now=WEDNESDAY).queue == "network"
    item = Item("17", created_at=WEDNESDAY, facts=facts)
    assert stricter.routing.decide(item, [], now=WEDNESDAY).errors == ("routes[0]",)


CRITICAL = {
    "priority": {
        "levels": {"urgent": 60, "high": 30, "normal": 0},
        "ageing": "2 points per hour",
        "factors": [
            {"spend": {"window": "365 days", "currency": "GBP", "tiers": {"500": "5", "2000": "10"}}},
            {"criticality": {"critical": "40", "important": "15"}},
            {
                "matrix": {
                    "impact": ["everybody", "one person"],
                    "urgency": ["stopped", "hindered"],
                    "table": {
                        "everybody": {"stopped": "urgent", "hindered": "high"},
                        "one person": {"stopped": "20", "hindered": "0"},
                    },
                }
            },
        ],
    },
    "classify": [
        {"when": "contact.text.mentions('nobody can')", "impact": "everybody", "urgency": "stopped"},
        {"impact": "one person", "urgency": "hindered"},
    ],
}


def test_a_critical_small_customer_goes_before_an_idle_large_one():
    policy = Policy.from_dict(CRITICAL)
    as_facts = policy.bind({**PATHS, "customer.criticality": "account.criticality"})
    small, large = (
        Ticket(account=Account(Decimal(90), 0, "critical")),
        Ticket(account=Account(Decimal(250_000))),
    )
    first, second = (policy.priority.decide(as_facts(ticket), now=WEDNESDAY) for ticket in (small, large))
    assert first.sort_key < second.sort_key
    assert (first.priority, second.priority) == ("high", "normal")


def test_how_bad_and_how_soon_comes_from_what_was_said():
    policy = Policy.from_dict(CRITICAL)
    ticket = Ticket(body="Nobody can log in")
    facts = {"contact": {"text": ticket.body}, "case": {"opened_at": WEDNESDAY}}
    said = policy.classify(facts, now=WEDNESDAY)
    facts["case"] |= {"impact": said["impact"], "urgency": said["urgency"]}
    decision = policy.priority.decide(facts, now=WEDNESDAY)
    assert decision.priority == "urgent"
    assert "+60 matrix (impact everybody, urgency stopped, cell urgent)" in str(decision.explain())
