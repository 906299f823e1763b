"""What a desk refuses when things are to be made good, and what it says then."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit import Desk, Policy
from supportkit.cases import Agent, Contact, ContactPoint, Customer, Purchase
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers, decide, situate
from supportkit.desk.recovery import requests
from supportkit.desk.recovery.amends import Amends
from supportkit.errors import CommandRefused, InvalidValue, NaiveDatetime
from supportkit.recovery import GivenRemedy

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
POLICY = Policy.from_dict({
    "remedies": {
        "catalogue": {
            "amends": "compensate",
            "voucher": {"kind": "goodwill", "value": 10},
            "money_back": "refund",
            "free_month": {"kind": "perk", "at_most": 30},
        },
        "limits": {"case": {"agent": 20, "lead": 60}},
        "goodwill": {"remedy": "voucher", "count": 1},
    }
})  # fmt: skip
FOUND = {"genuine": True, "fixable": False, "compensable": True, "evidence": "Looked at it"}


STAFF = (Agent("ann", role="agent"), Agent("lea", role="lead"), Agent("new"))


def open_desk(policy=POLICY, agents=STAFF):
    people = [Customer(name, [ContactPoint("handle", f"@{name}")]) for name in ("jo", "al")]
    return Desk(
        policy, channels=[MemoryChannel("chat")], clock=lambda: NINE, customers=Customers(people),
        agents=None if agents is None else Agents(agents),
    )  # fmt: skip


def write(desk, who="jo", number=1):
    contact = Contact(
        id=f"m{number}", channel="chat", at=NINE, text="It broke", points=[ContactPoint("handle", f"@{who}")]
    )
    return desk.receive("chat", contact).contacts[0].case_id


@pytest.fixture
def desk():
    return open_desk()


@pytest.fixture
def case(desk):
    return write(desk)


def complain(desk, case):
    desk.raise_complaint(case, "My money back", by="ann")
    desk.assess(case, by="ann", **FOUND)


@pytest.mark.parametrize(
    ("command", "arguments", "said", "code", "words"),
    (
        ("raise_complaint", ("  ",), {}, "no_wish", "in their own words; ask them"),
        ("raise_complaint", ("x",), {"incident": "cut"}, "unknown_incident", "declared are none"),
        ("assess", (), FOUND, "no_complaint", "raise_complaint() first"),
        ("give_remedy", (), {}, "nothing_to_give", "or the scheme that owes it"),
        ("give_remedy", ("x",), {"scheme": "nl.power.outage"}, "nothing_to_give", "name a remedy"),
        ("give_remedy", ("x",), {}, "unknown_remedy", "there are none; propose_remedy() first"),
        ("approve_remedy", ("x",), {}, "unknown_remedy", "propose_remedy() first"),
        ("propose_remedy", ("amends",), {"amount": 61}, "above_all_limits", "61 EUR in this case is above the 20 EUR of agent"),
        ("propose_remedy", ("amends",), {"amount": 5, "role": "lead"}, "role_differs", "has agent 'ann' as 'agent', not as 'lead'"),
        ("give_remedy", (), {"scheme": "nl.power.outage", "facts": {"lasted": timedelta(hours=1)}}, "nothing_owed", "1 hours are under 4"),
    ),
)  # fmt: skip
def test_a_refusal_says_why_and_changes_nothing(desk, case, command, arguments, said, code, words):
    before = desk.history(case)
    with pytest.raises(CommandRefused) as refused:
        getattr(desk, command)(case, *arguments, by="ann", **said)
    assert refused.value.code == code
    assert words in str(refused.value)
    assert desk.history(case) == before


@pytest.mark.parametrize(
    ("command", "arguments", "said", "words"),
    (
        ("propose_remedy", ("amend",), {"amount": 5}, "did you mean 'amends'"),
        ("propose_remedy", ("amends",), {}, "has no value of its own; give amount="),
        ("propose_remedy", ("amends",), {"amount": -1}, "amount is -1"),
        ("propose_remedy", ("amends",), {"amount": 1.5}, "no exact amount"),
        ("propose_remedy", ("voucher",), {"amount": 5}, "is worth 10, not 5"),
        ("propose_remedy", ("free_month",), {"amount": 31}, "above 30"),
        ("give_remedy", (), {"scheme": "nl.power.outrage"}, "did you mean 'nl.power.outage'"),
        ("give_remedy", (), {"scheme": "nl.power.outage", "facts": {"hours": 5}}, "its facts are lasted"),
        ("raise_complaint", ("x",), {"by": ""}, "by='' names nobody"),
    ),
)
def test_what_can_never_be_right_is_an_invalid_value(desk, case, command, arguments, said, words):
    with pytest.raises(InvalidValue, match=words):
        getattr(desk, command)(case, *arguments, **{"by": "ann", **said})


@pytest.mark.parametrize(
    "do",
    (
        lambda desk, case: desk.raise_complaint(case, "x", by="ann"),
        lambda desk, case: desk.propose_remedy(case, "voucher", by="ann"),
        lambda desk, case: desk.give_remedy(case, "voucher", by="ann"),
        lambda desk, case: desk.approve_remedy(case, "voucher", by="ann"),
    ),
)
def test_a_case_that_is_over_is_reopened_first(desk, case, do):
    desk.resolve(case, by="ann")
    with pytest.raises(CommandRefused) as refused:
        do(desk, case)
    assert refused.value.code == "not_open"


@pytest.mark.parametrize(
    "do",
    (
        lambda desk, case: desk.apologise(case, by="ann"),
        lambda desk, case: desk.apologise(case, "Sorry", by="ann"),
        lambda desk, case: desk.give_remedy(case, by="ann", scheme="nl.power.outage", facts={"lasted": timedelta(hours=5)}),
        lambda desk, case: desk.raise_complaint(case, "x", by="ann"),
    ),
)  # fmt: skip
def test_a_case_that_was_merged_goes_on_elsewhere(desk, case, do):
    desk.merge(case, write(desk, number=2, who="al"), by="ann", reason="One outage")
    with pytest.raises(CommandRefused) as refused:
        do(desk, case)
    assert refused.value.code == "merged"


def test_one_complaint_at_a_time(desk, case):
    desk.raise_complaint(case, "My money back", by="ann")
    with pytest.raises(CommandRefused, match="there is a complaint since 2026-07-01 09:00") as refused:
        desk.raise_complaint(case, "More money", by="ann")
    assert refused.value.code == "already_raised"


def test_a_remedy_is_named_by_its_id_or_by_its_name_while_only_one_waits(desk, case):
    complain(desk, case)
    ids = [desk.propose_remedy(case, "amends", by="ann", amount=n).events[-1].payload.id for n in (3, 4)]
    with pytest.raises(CommandRefused, match="name one by its id") as refused:
        desk.give_remedy(case, "amends", by="ann")
    assert refused.value.code == "unknown_remedy"
    desk.give_remedy(case, ids[1], by="ann")
    desk.give_remedy(case, "amends", by="ann")
    with pytest.raises(CommandRefused) as refused:
        desk.give_remedy(case, ids[0], by="ann")
    assert refused.value.code == "already_given"
    assert {remedy.state for remedy in desk.complaint(case).remedies.values()} == {"given", "proposed"}


def test_what_is_agreed_to_is_agreed_to_once(desk, case):
    complain(desk, case)
    desk.propose_remedy(case, "amends", by="ann", amount=30)
    desk.approve_remedy(case, "amends", by="lea")
    with pytest.raises(CommandRefused) as refused:
        desk.approve_remedy(case, "amends", by="lea")
    assert refused.value.code == "already_approved"


def test_who_has_no_role_may_give_nothing_unless_the_host_says_who_they_are(desk, case):
    with pytest.raises(CommandRefused) as refused:
        desk.give_remedy(
            case, desk.propose_remedy(case, "free_month", by="new", amount=5).events[-1].payload.id, by="new"
        )
    assert refused.value.code == "needs_role"
    desk.give_remedy(case, "free_month", by="new", role="lead")


def test_without_a_roster_the_host_says_who_may():
    desk = open_desk(agents=None)
    case = write(desk)
    desk.propose_remedy(case, "free_month", by="zoe", amount=25)
    with pytest.raises(CommandRefused) as refused:
        desk.give_remedy(case, "free_month", by="zoe", role="agent")
    assert refused.value.code == "needs_role"
    desk.give_remedy(case, "free_month", by="zoe", role="lead")


def test_settling_a_case_asks_no_directory(desk, case):
    asked = []
    desk._worker.customers.customer = asked.append
    desk.resolve(case, by="ann")
    assert asked == []


def test_the_ladder_binds_complaints_and_nothing_else(desk, case):
    desk.propose_remedy(case, "money_back", by="ann", amount=5)
    complain(desk, case)
    with pytest.raises(
        CommandRefused, match=r"compensate: it is genuine.*; refund instead needs a reason"
    ) as refused:
        desk.propose_remedy(case, "money_back", by="ann", amount=5)
    assert refused.value.code == "off_the_ladder"
    assert (
        desk.propose_remedy(case, "free_month", by="ann", amount=5).events[-1].payload.ladder == "compensate"
    )


def test_evidence_is_a_text_that_can_be_erased_or_an_event_of_the_case(desk, case):
    desk.raise_complaint(case, "My money back", by="ann")
    event = tuple(desk.history(case))[1].id
    desk.assess(case, by="ann", genuine=True, evidence=[event, "A photo"])
    kept, photo = tuple(desk.history(case))[-1].payload.evidence
    assert (kept, desk.text(photo)) == (event, "A photo")


def test_another_currency_since_then_is_refused(desk, case):
    desk.propose_remedy(case, "free_month", by="ann", amount=5)
    document = POLICY.to_dict()
    document["remedies"]["currency"] = "USD"
    desk.adopt(Policy.from_dict(document))
    with pytest.raises(CommandRefused, match="limits are in USD, this is in EUR") as refused:
        desk.give_remedy(case, "free_month", by="ann")
    assert refused.value.code == "invalid_amount"


@pytest.mark.parametrize(
    ("affects", "about"),
    (
        ({"customer": "jo"}, True),
        ({"customer": ["jo", "al"], "product": ["Fibre"]}, False),
        ({"customer": "al"}, False),
        ({}, False),
    ),
)
def test_an_incident_touches_whom_it_affects_and_nobody_by_saying_nothing(desk, affects, about):
    desk.declare_incident("cut", by="lea", affects=affects)
    assert (desk.incident_of(write(desk)) is not None) is about


def test_a_case_about_something_else_that_the_customer_owns_is_not_about_the_incident():
    owned = [Purchase(NINE - timedelta(days=9), "9", "EUR", product=name) for name in ("Fibre", "Phone")]
    people = [Customer("jo", [ContactPoint("handle", "@jo")], purchases=owned)]
    desk = Desk(POLICY, channels=[MemoryChannel("chat")], clock=lambda: NINE, customers=Customers(people))
    desk.declare_incident("cut", by="lea", affects={"product": "Fibre"})
    found = {}
    for number, product in enumerate(("Fibre", "Phone", None)):
        contact = Contact(
            id=f"m{number}",
            channel="chat",
            at=NINE,
            text="It broke",
            points=people[0].points,
            product=product,
        )
        found[product] = desk.incident_of(desk.receive("chat", contact).contacts[0].case_id)
    assert {product: one is not None for product, one in found.items()} == {
        "Fibre": True,
        "Phone": False,
        None: True,
    }


def test_an_older_case_is_not_about_a_newer_incident(desk, case):
    desk.declare_incident("cut", by="lea", affects={"customer": "jo"}, since=NINE + timedelta(seconds=1))
    assert desk.incident_of(case) is None


def test_a_desk_without_bounds_gives_what_it_is_told():
    desk = open_desk(Policy.from_dict({}))
    case = write(desk)
    desk.propose_remedy(case, "compensate", by="new", amount=10_000)
    desk.give_remedy(case, "compensate", by="new")
    assert desk.complaint(case).raised_at is None


def test_two_looks_are_not_asked_for_where_the_policy_says_so():
    desk = open_desk(Policy.from_dict({"remedies": {"second_look": False}}))
    case = write(desk)
    desk.raise_complaint(case, "My money back", by="ann")
    desk.assess(case, by="ann", genuine=False, evidence="A photo", reason="Theirs")
    desk.resolve(case, by="ann")
    assert not desk.case(case).is_open


# -- incidents ------------------------------------------------------------------------------------------


def test_an_incident_is_declared_in_the_desks_own_stream(desk):
    done = desk.declare_incident(
        "cut", by="lea", at_fault=True, affects={"plan": ["gold"]}, limit="50", budget=500
    )
    (event,) = done.events
    assert (event.stream, event.kind, event.actor) == ("desk:default", "desk.incident_declared", "agent:lea")
    assert (event.payload.limit, event.payload.currency) == (Decimal(50), "EUR")
    assert desk.incidents()["cut"].terms(()).budget == Decimal(500)


@pytest.mark.parametrize(
    ("said", "error", "words"),
    (
        ({"incident": " "}, CommandRefused, "needs a name"),
        ({"affects": {"plans": "gold"}}, InvalidValue, "did you mean 'plan'"),
        ({"limit": 0.5}, InvalidValue, "no exact amount"),
        ({"since": datetime(2026, 7, 1)}, NaiveDatetime, "since="),
    ),
)
def test_an_incident_that_cannot_be_is_refused(desk, said, error, words):
    with pytest.raises(error, match=words):
        desk.declare_incident(**{"incident": "cut", "by": "lea", **said})


def test_an_unknown_incident_says_the_likely_one(desk, case):
    desk.declare_incident("fibre-cut", by="lea")
    with pytest.raises(CommandRefused, match="did you mean 'fibre-cut'"):
        desk.raise_complaint(case, "Money", by="ann", incident="fiber-cut")


def test_a_case_without_a_directory_belongs_to_no_incident_by_itself():
    desk = Desk(POLICY, channels=[MemoryChannel("chat")], clock=lambda: NINE)
    desk.declare_incident("cut", by="lea", affects={"customer": "jo"})
    assert desk.incident_of(write(desk)) is None


# -- without a store ------------------------------------------------------------------------------------


def test_a_decision_can_be_had_without_a_store(desk, case):
    with desk._worker.reading() as reader:
        row = reader.case(case)
    command = requests.RaiseComplaint(actor="agent:ann", wanted="My money back")
    commit = decide(POLICY, situate(case=row), command, now=NINE)
    kinds = [event.kind for event in commit.events]
    assert kinds[:2] == ["recovery.complaint_raised", "recovery.remedy_proposed"]


def test_a_host_says_what_was_given_before(desk, case):
    with desk._worker.reading() as reader:
        row = reader.case(case)
    spent = GivenRemedy(at=NINE, case="another", counts_as="goodwill", amount=Decimal(10))
    command = requests.ProposeRemedy(actor="agent:ann", remedy="voucher")
    assert decide(POLICY, situate(case=row), command, now=NINE).events
    with pytest.raises(CommandRefused, match="no more goodwill"):
        decide(POLICY, situate(case=row, amends=Amends(customer=[spent])), command, now=NINE)
