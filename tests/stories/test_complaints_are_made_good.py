"""Something went wrong. What the customer wants, what they get, who may give it, and who says sorry."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from office import MONDAY, PEOPLE, STAFF, make_office
from supportkit.cases import Agent, ContactPoint, Customer, Purchase
from supportkit.errors import CommandRefused

ROLES = [
    evolve(STAFF[0], role="agent"),
    evolve(STAFF[1], role="agent"),
    Agent("lea", role="lead", presence="offline"),
]
REMEDIES = {
    "currency": "GBP",
    "catalogue": {
        "repair": "fix",
        "sorry": "apologise",
        "voucher": {"kind": "goodwill", "value": 10},
        "amends": {"kind": "compensate", "at_most": 200},
        "money_back": {"kind": "refund"},
        "keep_it": {"kind": "refund_keep"},
        "bigger_plan": {"kind": "upgrade", "value": 15},
    },
    "limits": {"case": {"agent": 20, "lead": 100}, "customer_day": {"agent": 30, "lead": 150}},
    "goodwill": {"remedy": "voucher", "count": 2, "window": "30 days"},
    "apology": {"within": "4 hours", "calendar": "office"},
    "effort_cap": 3,
    "statutory": ["gb.disp.summary_resolution", "gb.disp.final_response"],
}
LATE = {"late_apology": {"starts": "target.breached", "levels": [{"to": "team_lead"}]}}
SORRY = "I am sorry that your router failed. It was our fault. I will send a new one today."


@pytest.fixture
def office():
    made = make_office(staff=ROLES, remedies=REMEDIES)
    for agent in ("ann", "bob"):
        made.desk.set_presence(agent, "available")
    return made


def complains(
    office, who="jo", text="My router is broken. I want to complain.", wanted="A router that works"
):
    case_id = office.writes(who, text).case_id
    office.desk.raise_complaint(case_id, wanted, by="ann")
    return case_id


def refused(command, *args, **said):
    with pytest.raises(CommandRefused) as caught:
        command(*args, **said)
    return caught.value.code


def given(office, case_id):
    return [(e.payload.remedy, e.payload.amount) for e in office.events(case_id, "recovery.remedy_given")]


def test_what_the_customer_wants_is_kept_in_their_words_and_can_be_forgotten(office):
    case_id = complains(office, wanted="Just make it work, and say sorry")
    (raised,) = office.events(case_id, "recovery.complaint_raised")
    assert "sorry" not in str(raised.to_plain())
    assert office.desk.text(raised.payload.wanted) == "Just make it work, and say sorry"
    assert office.desk.case(case_id).kind == "complaint"
    assert str(office.desk.packet(case_id)).count("Just make it work") == 1


def test_the_law_says_by_when_and_the_desk_writes_it_down(office):
    case_id = complains(office)
    (raised,) = office.events(case_id, "recovery.complaint_raised")
    assert raised.payload.due == {
        "gb.disp.summary_resolution": date(2026, 1, 15),
        "gb.disp.final_response": date(2026, 3, 9),
    }
    planned = office.desk.case(case_id).next_action
    assert planned.what == "summary resolution communication (gb.disp.summary_resolution)"
    assert (planned.due, planned.owner) == (datetime(2026, 1, 16, tzinfo=UTC), "ann")


def test_the_holidays_of_the_office_are_no_business_days():
    hours = {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}, "holidays": ["2026-01-14"]}
    office = make_office(staff=ROLES, remedies=REMEDIES, calendars={"office": hours})
    case_id = complains(office)
    assert office.events(case_id, "recovery.complaint_raised")[0].payload.due == {
        "gb.disp.summary_resolution": date(2026, 1, 16),
        "gb.disp.final_response": date(2026, 3, 9),
    }


def test_what_somebody_planned_already_stays_planned(office):
    case_id = office.writes(text="I want to complain").case_id
    office.desk.set_next_action(case_id, "call back", by="ann", due=MONDAY + timedelta(hours=3))
    office.desk.raise_complaint(case_id, "A router that works", by="ann")
    assert office.desk.case(case_id).next_action.what == "call back"


def test_a_genuine_complaint_goes_down_the_ladder_step_by_step(office):
    case_id, desk = complains(office), office.desk
    assert desk.proposal(case_id) is None
    assert refused(desk.propose_remedy, case_id, "amends", by="ann", amount=5) == "not_assessed"
    desk.assess(case_id, by="ann", genuine=True, evidence="The line test fails")
    assert desk.proposal(case_id).kind == "fix"
    assert refused(desk.propose_remedy, case_id, "amends", by="ann", amount=5) == "off_the_ladder"
    desk.assess(case_id, by="ann", genuine=True, fixable=False, compensable=True, evidence="No spare parts")
    assert (
        desk.proposal(case_id).explain()
        == "compensate: it is genuine; it cannot be fixed; it can be made up for"
    )
    desk.propose_remedy(case_id, "bigger_plan", by="ann")
    desk.give_remedy(case_id, "bigger_plan", by="ann")
    assert given(office, case_id) == [("bigger_plan", Decimal(15))]


def test_above_what_the_front_line_may_give_the_lead_agrees(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=False, compensable=True, evidence="No spare parts")
    proposed = desk.propose_remedy(case_id, "amends", by="ann", amount=60).events[-1]
    assert proposed.payload.needs == "lead"
    (notice,) = desk.outbox.to("lead")
    assert (notice.case, notice.state) == (case_id, "pending")
    assert refused(desk.give_remedy, case_id, "amends", by="ann") == "needs_role"
    assert refused(desk.approve_remedy, case_id, "amends", by="bob") == "needs_role"
    desk.approve_remedy(case_id, "amends", by="lea")
    desk.give_remedy(case_id, "amends", by="ann")
    (gift,) = office.events(case_id, "recovery.remedy_given")
    assert (gift.payload.approved_by, gift.actor) == ("agent:lea", "agent:ann")
    assert gift.payload.scope == {"case": Decimal(60), "customer_day": Decimal(60)}


def test_small_gifts_add_up_over_the_cases_of_a_customer_and_tomorrow_is_another_day(office):
    desk, cases = office.desk, [office.writes(text=f"Question {n}").case_id for n in range(3)]
    for case_id in cases:
        desk.propose_remedy(case_id, "bigger_plan", by="ann")
    for case_id in cases[:2]:
        desk.give_remedy(case_id, "bigger_plan", by="ann")
    assert refused(desk.give_remedy, cases[2], "bigger_plan", by="ann") == "needs_role"
    office.clock.pass_(hours=15)
    desk.give_remedy(cases[2], "bigger_plan", by="ann")
    assert [given(office, case_id) for case_id in cases] == [[("bigger_plan", Decimal(15))]] * 3


def test_what_was_agreed_to_is_held_to_what_was_given_since(office):
    desk, cases = office.desk, [office.writes(text=f"Question {n}").case_id for n in range(2)]
    for case_id in cases:
        desk.propose_remedy(case_id, "amends", by="ann", amount=100)
        desk.approve_remedy(case_id, "amends", by="lea")
    desk.give_remedy(cases[0], "amends", by="ann")
    assert refused(desk.give_remedy, cases[1], "amends", by="ann") == "above_all_limits"


def test_merging_cases_makes_no_new_room(office):
    desk, cases = office.desk, [office.writes(text=f"Question {n}").case_id for n in range(2)]
    desk.propose_remedy(cases[0], "bigger_plan", by="ann")
    desk.give_remedy(cases[0], "bigger_plan", by="ann")
    desk.merge(cases[0], cases[1], by="ann")
    office.clock.pass_(days=1)
    desk.propose_remedy(cases[1], "bigger_plan", by="ann")
    assert refused(desk.give_remedy, cases[1], "bigger_plan", by="ann") == "needs_role"


def test_who_complains_is_thanked_and_who_does_nothing_else_is_not(office):
    thanked = []
    for number in range(4):
        case_id = complains(office, text=f"I want to complain again, number {number}")
        (raised,) = office.events(case_id, "recovery.complaint_raised")
        thanked.append((raised.payload.goodwill["allowed"], raised.payload.goodwill["count"]))
        if office.events(case_id, "recovery.remedy_proposed"):
            office.desk.give_remedy(case_id, "voucher", by="lea")
        office.clock.pass_(days=1)
    assert thanked == [(True, 0), (True, 1), (False, 2), (False, 2)]
    assert refused(office.desk.propose_remedy, case_id, "voucher", by="lea") == "goodwill_spent"
    office.clock.pass_(days=30)
    office.desk.propose_remedy(case_id, "voucher", by="lea")


def test_goodwill_stands_apart_from_what_makes_it_good(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=False, compensable=True, evidence="No spare parts")
    desk.propose_remedy(case_id, "amends", by="ann", amount=5)
    desk.give_remedy(case_id, "amends", by="ann")
    desk.give_remedy(case_id, "voucher", by="ann")
    kinds = [event.payload.counts_as for event in office.events(case_id, "recovery.remedy_given")]
    assert kinds == ["compensate", "goodwill"]


def test_rejecting_takes_evidence_a_reason_and_somebody_else(office):
    case_id, desk = complains(office), office.desk
    assert (
        refused(desk.assess, case_id, by="ann", genuine=False, evidence="", reason="Theirs") == "no_evidence"
    )
    assert (
        refused(desk.assess, case_id, by="ann", genuine=False, evidence="Photo of the cable") == "no_reason"
    )
    desk.assess(case_id, by="ann", genuine=False, evidence="Photo of the cable", reason="They cut it")
    desk.assess(case_id, by="ann", genuine=False, evidence="The same photo", reason="I still think so")
    assert (
        refused(desk.resolve, case_id, by="ann", outcome="rejected", code="self_inflicted")
        == "no_second_look"
    )
    assert (
        refused(desk.close, case_id, by="ann", outcome="rejected", code="self_inflicted") == "no_second_look"
    )
    desk.assess(case_id, by="bob", genuine=False, evidence="Called the neighbour", reason="A spade")
    assert [event.payload.look for event in office.events(case_id, "recovery.assessed")] == [1, 1, 2]
    assert [row.case for row in desk.outbox.to("team:general")] == [case_id]
    desk.resolve(case_id, by="ann", outcome="rejected", code="self_inflicted")
    assert desk.case(case_id).status == "resolved"


def test_a_second_look_may_find_otherwise(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=False, evidence="Photo of the cable", reason="They cut it")
    desk.assess(case_id, by="bob", genuine=True, evidence="Our own digger was there")
    assert desk.complaint(case_id).needs_second_look is False
    assert desk.proposal(case_id).kind == "fix"


def test_not_genuine_the_money_goes_back_and_that_is_the_end(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=False, evidence="Works here", reason="Nothing is wrong with it")
    assert desk.proposal(case_id).kind == "refund"
    desk.propose_remedy(case_id, "money_back", by="ann", amount=18)
    desk.give_remedy(case_id, "money_back", by="ann")
    case = desk.case(case_id)
    assert (case.status, case.outcome, case.code) == ("closed", "refund", "money_back")


def test_money_back_for_a_genuine_complaint_is_not_the_end_of_it(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=True, evidence="The test fails")
    desk.propose_remedy(case_id, "money_back", by="ann", amount=5, reason="They insist")
    desk.give_remedy(case_id, "money_back", by="ann")
    assert desk.case(case_id).is_open


def test_a_voucher_is_no_second_look(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=False, evidence="Photo of the cable", reason="They cut it")
    desk.give_remedy(case_id, "voucher", by="ann")
    assert refused(desk.resolve, case_id, by="ann") == "no_second_look"


def test_money_back_or_kept_with_the_product_are_one_rung_and_sorry_is_never_off_the_ladder(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=False, evidence="Works here", reason="Nothing is wrong with it")
    assert desk.propose_remedy(case_id, "keep_it", by="ann", amount=5).events[-1].payload.ladder == "refund"
    other = complains(office, "big")
    desk.assess(
        other, by="ann", genuine=True, fixable=False, compensable=True, at_fault=True, evidence="Seen"
    )
    assert desk.propose_remedy(other, "sorry", by="ann").events[-1].payload.amount == 0


def test_who_was_at_fault_says_sorry_before_money_ends_it(office):
    case_id, desk = complains(office), office.desk
    desk.assess(
        case_id, by="ann", genuine=True, fixable=False, compensable=False, at_fault=True, evidence="Seen"
    )
    desk.propose_remedy(case_id, "keep_it", by="ann", amount=18, reason="Not worth the parcel")
    desk.give_remedy(case_id, "keep_it", by="ann")
    assert desk.case(case_id).is_open
    desk.apologise(case_id, SORRY, by="ann")
    desk.resolve(case_id, by="ann", outcome="refunded", code="dead_on_arrival")
    assert desk.case(case_id).status == "resolved"


def test_the_product_may_stay_it_counts_once_and_closes(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=False, compensable=False, evidence="Dead on arrival")
    desk.propose_remedy(case_id, "keep_it", by="ann", amount=18, reason="Not worth the parcel")
    first = desk.give_remedy(case_id, "keep_it", by="ann", key="k1")
    again = desk.give_remedy(case_id, "keep_it", by="ann", key="k1")
    assert (first.duplicate, again.duplicate) == (False, True)
    assert refused(desk.give_remedy, case_id, "keep_it", by="ann") == "not_open"
    assert given(office, case_id) == [("keep_it", Decimal(18))]
    assert desk.case(case_id).outcome == "refund_keep"


def test_effort_above_the_cap_offers_the_money_back(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=True, evidence="A firmware fault")
    for number in range(4):
        desk.reply(case_id, f"Please try update {number}", by="ann")
    assert desk.proposal(case_id).kind == "refund"
    assert "above the cap of 3" in desk.proposal(case_id).explain()


def test_a_late_apology_is_flagged_at_its_time_and_told():
    office = make_office(staff=ROLES, remedies=REMEDIES, escalation=LATE, sla={})
    case_id = complains(office)
    office.clock.pass_(hours=7)
    office.desk.tick()
    (late,) = office.events(case_id, "target.breached")
    assert (late.payload.metric, late.at) == ("apology", MONDAY + timedelta(hours=4))
    assert [row.to for row in office.desk.outbox][-1] == "team_lead"
    office.desk.apologise(case_id, SORRY, by="ann")
    assert office.desk.case(case_id).apologies == 1


def test_an_apology_is_a_reply_that_leaves_and_an_act_on_record(office):
    case_id = complains(office)
    office.clock.pass_(hours=1)
    office.desk.apologise(case_id, SORRY, by="ann", next_step="a new router")
    (sorry,) = office.events(case_id, "recovery.apologised")
    assert (sorry.payload.by, sorry.payload.empathy, sorry.payload.ownership) == ("agent:ann", True, True)
    assert office.desk.text(sorry.payload.body) == SORRY
    assert sorry.caused_by == office.events(case_id, "contact.replied")[-1].id
    office.desk.deliver()
    assert office.mail.sent[-1][1].text == SORRY
    assert "target.met" in office.kinds(case_id, "target")


def test_what_is_said_of_an_apology_counts_before_its_words(office):
    case_id = complains(office)
    office.desk.apologise(case_id, "This is on us.", by="ann", empathy=True, ownership=True)
    (sorry,) = office.events(case_id, "recovery.apologised")
    assert (sorry.payload.empathy, sorry.payload.ownership) == (True, True)


def test_sorry_said_aloud_is_on_record_too(office):
    case_id = complains(office)
    office.desk.apologise(case_id, by="ann", empathy=True, ownership=False)
    (sorry,) = office.events(case_id, "recovery.apologised")
    assert (sorry.payload.empathy, sorry.payload.ownership, sorry.payload.body) == (True, False, None)
    assert "contact.replied" not in office.kinds(case_id)


def test_where_it_was_our_fault_nothing_is_settled_before_somebody_owned_up(office):
    case_id, desk = complains(office), office.desk
    desk.assess(
        case_id, by="ann", genuine=True, fixable=True, at_fault=True, evidence="Our engineer forgot it"
    )
    assert desk.proposal(case_id).also == ("apologise",)
    assert refused(desk.resolve, case_id, by="ann") == "apology_due"
    desk.apologise(case_id, "I am sorry for the trouble. I will call.", by="ann")
    assert refused(desk.resolve, case_id, by="ann") == "apology_due"
    desk.apologise(case_id, SORRY, by="ann")
    desk.resolve(case_id, by="ann", outcome="fixed", code="engineer")
    assert desk.case(case_id).status == "resolved"


def test_failing_the_same_customer_twice_goes_to_a_manager_at_once(office):
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=True, evidence="A loose plug")
    desk.resolve(case_id, by="ann", outcome="fixed", code="plug")
    desk.reopen(case_id, by="ann")
    desk.raise_complaint(case_id, "Now I want my money back", by="ann")
    (again,) = office.events(case_id, "escalation.manager_requested")
    assert again.reason == "second_failure"
    (fired,) = office.events(case_id, "escalation.fired")
    assert (fired.payload.plan, fired.at) == ("manager", office.clock())
    assert desk.complaint(case_id).looks == ()


def test_what_the_law_owes_is_paid_without_asking_and_counts_as_no_favour(office):
    case_id, desk = complains(office), office.desk
    facts = {"notice": timedelta(hours=3)}
    for _ in range(1):
        desk.give_remedy(case_id, by="ann", scheme="gb.ofcom.missed_appointment", facts=facts)
    assert refused(
        desk.give_remedy, case_id, by="ann", scheme="gb.ofcom.missed_appointment", facts=facts
    ) == ("already_given")
    (paid,) = office.events(case_id, "recovery.remedy_given")
    assert (paid.payload.amount, paid.payload.scheme, paid.payload.scope) == (
        Decimal("31.19"),
        "gb.ofcom.missed_appointment",
        None,
    )
    assert "rates since 2025-04-01" in paid.payload.reasons[1]
    desk.assess(case_id, by="ann", genuine=True, fixable=False, compensable=True, evidence="No spare parts")
    desk.propose_remedy(case_id, "amends", by="ann", amount=20)
    desk.give_remedy(case_id, "amends", by="ann")
    two_days = {"notice": timedelta(days=2)}
    code = refused(desk.give_remedy, case_id, by="ann", scheme="gb.ofcom.missed_appointment", facts=two_days)
    assert code == "nothing_owed"


# -- incidents ----------------------------------------------------------------------------------------

FIBRE = Purchase(MONDAY - timedelta(days=90), "30", "GBP", product="Fibre", serial="F-9")


@pytest.fixture
def outage():
    people = [evolve(person, purchases=(FIBRE,)) if person.id == "jo" else person for person in PEOPLE]
    office = make_office(staff=ROLES, people=people, remedies={**REMEDIES, "replies": {}})
    for agent in ("ann", "bob"):
        office.desk.set_presence(agent, "available")
    office.desk.declare_incident(
        "fibre-cut", by="lea", at_fault=True, affects={"product": "Fibre"}, limit=50, budget=120,
    )  # fmt: skip
    return office


def test_whom_an_incident_affects_has_a_case_of_it(outage):
    about = [outage.writes(who, "No internet here").case_id for who in ("jo", "big", "quiet")]
    assert [getattr(outage.desk.incident_of(case_id), "id", None) for case_id in about] == [
        "fibre-cut",
        "fibre-cut",
        None,
    ]


def test_in_such_times_everybody_may_give_more_within_the_budget(outage):
    desk = outage.desk
    first, second = (outage.writes(who, "No internet here").case_id for who in ("jo", "big"))
    for case_id in (first, second):
        desk.propose_remedy(case_id, "amends", by="ann", amount=50)
        desk.give_remedy(case_id, "amends", by="ann")
    third = outage.writes("jo", "Still nothing").case_id
    assert third != first
    assert refused(desk.propose_remedy, third, "amends", by="lea", amount=21) == "above_all_limits"
    desk.declare_incident(
        "fibre-cut", by="lea", at_fault=True, affects={"product": "Fibre"}, limit=50, budget=500
    )
    assert (
        desk.propose_remedy(third, "amends", by="lea", amount=21).events[-1].payload.incident == "fibre-cut"
    )


def test_every_reply_of_an_incident_that_was_our_fault_begins_with_an_apology(outage):
    case_id = outage.writes("jo", "My internet is down").case_id
    outage.desk.reply(case_id, "Please restart the router of your internet.", by="ann")
    (flat,) = outage.events(case_id, "contact.replied")
    assert {"apology_first", "ownership", "feeling"} <= {finding["code"] for finding in flat.payload.findings}
    other = outage.writes("big", "My internet is down").case_id
    outage.desk.reply(
        other, "I am sorry that your internet is down, this is our fault. We will call.", by="ann"
    )
    (good,) = outage.events(other, "contact.replied")
    assert good.payload.findings == ()


def test_an_incident_that_was_our_fault_makes_its_complaints_our_fault(outage):
    case_id = complains(outage)
    outage.desk.assess(case_id, by="ann", genuine=True, fixable=True, evidence="The cut")
    (found,) = outage.events(case_id, "recovery.assessed")
    assert (found.payload.at_fault, found.payload.incident) == (True, "fibre-cut")
    assert refused(outage.desk.resolve, case_id, by="ann") == "apology_due"


def test_a_case_may_be_said_to_belong_to_an_incident(outage):
    case_id = outage.writes("quiet", "No internet here").case_id
    assert (
        refused(outage.desk.raise_complaint, case_id, "Money", by="ann", incident="fibre-cot")
        == "unknown_incident"
    )
    outage.desk.raise_complaint(case_id, "Money", by="ann", incident="fibre-cut")
    assert outage.desk.incident_of(case_id).id == "fibre-cut"


def test_a_case_that_is_linked_to_an_incident_belongs_to_it(outage):
    case_id = outage.writes("quiet", "No internet here").case_id
    outage.desk.link_problem(case_id, "fibre-cut", by="ann")
    assert outage.desk.incident_of(case_id).id == "fibre-cut"


def test_after_an_incident_is_over_new_cases_are_not_about_it(outage):
    desk = outage.desk
    before = outage.writes("jo", "No internet here").case_id
    outage.clock.pass_(hours=2)
    desk.declare_incident("fibre-cut", by="lea", at_fault=True, affects={"product": "Fibre"}, over=True)
    outage.clock.pass_(hours=2)
    after = outage.writes("big", "A question about my bill").case_id
    assert desk.incident_of(before).id == "fibre-cut"
    assert desk.incident_of(after) is None
    assert desk.incidents()["fibre-cut"].over_at == datetime(2026, 1, 12, 11, tzinfo=UTC)


# -- what replies say -----------------------------------------------------------------------------------


@pytest.fixture
def read():
    office = make_office(staff=ROLES, remedies={"replies": {"block": ["personal_data"]}})
    for agent in ("ann", "bob"):
        office.desk.set_presence(agent, "available")
    return office


def codes(office, case_id):
    return [
        [finding["code"] for finding in e.payload.findings] for e in office.events(case_id, "contact.replied")
    ]


def test_what_is_wrong_with_a_reply_is_recorded_with_it_without_the_customers_words(read):
    case_id = read.writes(text="My router loses its signal every evening").case_id
    read.desk.reply(case_id, "Thank you for your message.", by="ann")
    assert codes(read, case_id) == [["concern", "coverage", "feeling", "next_step"]]
    (replied,) = read.events(case_id, "contact.replied")
    assert "router" not in str(replied.to_plain())
    assert replied.payload.findings[1]["threshold"] == 0.2


def test_a_machines_words_and_what_was_said_aloud_are_not_read(read):
    case_id = read.writes(text="My router loses its signal every evening").case_id
    read.desk.reply(case_id, by="ann")
    read.desk.reply(case_id, "We got it.", by="desk", automated=True)
    assert codes(read, case_id) == [[], []]


def test_the_fourth_reply_of_one_mould_is_flagged_and_two_hands_within_the_hour(read):
    case_id = read.writes(text="My router loses its signal every evening").case_id
    for number in range(4):
        said = f"We are sorry about your router and its signal this evening. We will call you, reference {number}."
        read.desk.reply(case_id, said, by=("ann", "bob")[number % 2])
        read.clock.pass_(minutes=70 if number else 30)
    assert codes(read, case_id) == [[], ["no_news"], [], ["repeated"]]


def test_after_the_customer_wrote_again_there_is_news(read):
    case_id = read.writes(text="My router loses its signal every evening", subject="Router").case_id
    read.desk.reply(case_id, "Sorry about the router and its signal every evening. We will call.", by="ann")
    read.clock.pass_(minutes=10)
    read.writes(text=f"And the screen is dark now [#{case_id}]", subject=f"Re: Router [#{case_id}]")
    read.clock.pass_(minutes=10)
    read.desk.reply(case_id, "Sorry that the screen is dark. We will send another one.", by="bob")
    assert codes(read, case_id) == [[], []]


def test_a_reply_is_read_beside_what_still_waits_for_an_answer(read):
    case_id = read.writes(text="My router loses its signal every evening", subject="Router").case_id
    read.desk.reply(case_id, "Sorry about the router and its signal every evening. We will call.", by="ann")
    read.clock.pass_(hours=2)
    read.writes(text=f"The invoice is wrong, too [#{case_id}]", subject=f"Re: Router [#{case_id}]")
    read.desk.reply(case_id, "Sorry about the router and its signal. We will call you.", by="ann")
    assert codes(read, case_id)[1] == ["concern", "coverage"]


def test_who_the_customer_is_never_stands_in_public(read):
    case_id = read.writes(
        "big", "No signal here", channel="social", kind="social", visibility="public"
    ).case_id
    for said in (
        "Sorry for the lack of signal, Big Spender. We will look.",
        "Sorry for the lack of signal, F-1. We will look.",
    ):
        with pytest.raises(CommandRefused, match=r"personal data \(known\)"):
            read.desk.reply(case_id, said, by="ann", visibility="public")


def test_a_customer_who_is_told_no_is_told_where_else_to_go():
    office = make_office(staff=ROLES, remedies={"replies": {"recourse": ["ombudsman"]}})
    case_id, desk = complains(office, wanted="A router that works"), office.desk
    desk.assess(case_id, by="ann", genuine=False, evidence="Photo", reason="They cut it")
    desk.reply(case_id, "Sorry, your router was cut by you. We will not complain nor pay.", by="ann")
    office.clock.pass_(hours=2)
    desk.reply(case_id, "Sorry about the router. You can go to the ombudsman.", by="ann")
    assert codes(office, case_id) == [["recourse"], []]


def test_money_alone_is_not_what_a_late_answer_asks_for():
    office = make_office(staff=ROLES, remedies=REMEDIES)
    case_id, desk = complains(office), office.desk
    desk.assess(case_id, by="ann", genuine=True, fixable=False, compensable=True, evidence="Seen")
    assert desk.proposal(case_id).also == ()
    office.clock.pass_(hours=2)
    desk.tick()
    assert desk.proposal(case_id).also == ("apologise",)


def test_an_account_is_nobodys_business_and_a_handle_everybodys():
    points = [
        ContactPoint("email", "al@example.org"),
        ContactPoint("account", "blue-fox"),
        ContactPoint("handle", "@al"),
    ]
    people = [Customer("c-17", points, name="Al"), *PEOPLE]
    office = make_office(staff=ROLES, people=people, remedies={"replies": {}})
    case_id = office.writes(
        "al", "No signal here", channel="social", kind="social", visibility="public"
    ).case_id
    for said in ("@al", "blue-fox", "c-17", "fox"):
        office.desk.reply(
            case_id, f"{said} Sorry for the lack of signal. We will look.", by="ann", visibility="public"
        )
        office.clock.pass_(hours=2)
    found = [e.payload.findings for e in office.events(case_id, "contact.replied")]
    flagged = ["personal_data" in [one["code"] for one in findings] for findings in found]
    assert flagged == [False, True, True, False]


def test_personal_data_never_leave_in_public(read):
    case_id = read.writes(text="No signal here", channel="social", kind="social", visibility="public").case_id
    said = "Sorry for the lack of signal, Jo. We will call +44 20 7946 0101."
    with pytest.raises(CommandRefused, match="personal_data: it is public") as blocked:
        read.desk.reply(case_id, said, by="ann", visibility="public")
    assert blocked.value.code == "reply_blocked"
    assert "7946" not in str(blocked.value)
    assert "contact.replied" not in read.kinds(case_id)


def test_who_asked_in_public_gets_a_word_there_first_and_an_answer_before_the_end(read):
    case_id = read.writes(text="No signal here", channel="social", kind="social", visibility="public").case_id
    read.desk.reply(case_id, "Sorry for the lack of signal. We will look.", by="ann", visibility="private")
    assert codes(read, case_id) == [["no_public_word"]]
    read.desk.resolve(case_id, by="ann")
    (fault,) = read.events(case_id, "case.fault")
    assert fault.payload.code == "public_thread_open"


def test_a_thread_in_public_that_was_answered_there_ends_without_a_fault(read):
    case_id = read.writes(text="No signal here", channel="social", kind="social", visibility="public").case_id
    read.desk.reply(case_id, "Sorry for the lack of signal. We will look.", by="ann", visibility="public")
    read.desk.resolve(case_id, by="ann")
    assert read.events(case_id, "case.fault") == []
