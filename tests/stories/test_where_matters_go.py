"""Where matters go: letters to the top, numbers of products, paid plans, legal words, back to their owner."""

from datetime import timedelta

import pytest
from attrs import evolve

from office import MONDAY, PEOPLE, POLICY, STAFF, make_office
from supportkit.cases import Agent, ContactPoint
from supportkit.errors import CommandRefused

GENERAL = {"queue": "general", "when_nobody": "callback"}
ANY = {"email": 9, "phone": 9, "letter": 9, "social": 9}


def person(name, **said):
    return Agent(name, presence="offline", **{"teams": ["general"], "capacity": ANY} | said)


def opened(staff, **policy):
    office = make_office(staff=staff, **policy)
    for agent in staff:
        office.desk.set_presence(agent.id, "available")
    return office


def owner(office, case):
    return office.desk.case(case).owner


def test_a_letter_to_the_top_reaches_who_knows_the_product_and_is_asked_about_again():
    to_the_top = {
        "when": 'contact.addressed_to == "chief executive" and contact.product == "Fibre"',
        "queue": "executive_complaints",
        "skills": {"fibre": 3},
        "inform": ["chief_executive_office"],
        "follow_up": {"within": "20 hours", "calendar": "office"},
    }
    people = [person("ann"), person("fay", skills={"fibre": 4})]
    office = opened(people, routing=[to_the_top, GENERAL])
    case_id = office.writes(kind="letter", addressed_to="chief executive", product="Fibre").case_id
    case = office.desk.case(case_id)
    assert (case.owner, case.team) == ("fay", "executive_complaints")
    # Twenty open hours from Monday 9:00 on, ten a day.
    asks_again = (case.next_action.what, case.next_action.due, case.next_action.owner)
    assert asks_again == ("follow up", MONDAY + timedelta(days=2), "executive_complaints")
    assert office.desk.case(office.writes(who="quiet").case_id).next_action is None


def test_the_number_that_was_dialled_decides_the_queue():
    billing = {"when": 'contact.entry_point == "+442079460901"', "queue": "billing"}
    office = opened([], routing=[billing, GENERAL])
    dialled = ("+442079460901", "+442079460902")
    cases = [
        office.writes(
            channel="phone", kind="phone", form="call", entry_point=number, message_id=None,
            points=[ContactPoint("phone", f"+44207946010{last}", region="GB")],
        ).case_id
        for last, number in enumerate(dialled)
    ]  # fmt: skip
    assert [office.desk.case(case).team for case in cases] == ["billing", "general"]


def test_a_paid_plan_reaches_its_own_people_and_a_lapsed_one_falls_back():
    premium = {"when": 'customer.plan == "premium"', "queue": "premium", "skills": {"premium": 1}}
    staff = [person("ann"), person("pam", skills={"premium": 1})]
    jo, big, *_ = PEOPLE
    customers = [evolve(jo, plan="premium"), evolve(big, plan="lapsed")]
    office = opened(staff, people=customers, routing={"routes": [premium, GENERAL], "rank": ["fewest_open"]})
    paid = [office.writes(who="jo").case_id for _ in range(2)]
    lapsed = office.writes(who="big").case_id
    assert [owner(office, case) for case in (*paid, lapsed)] == ["pam", "pam", "ann"]
    assert [office.desk.case(case).team for case in (*paid, lapsed)] == ["premium", "premium", "general"]


BEYOND = {
    "keywords": POLICY["keywords"] | {"legal": ["lawyer", "ombudsman"], "safety": ["caught fire", "burned"]},
    "escalation": {
        "beyond_the_technical": {
            "starts": "contact.received",
            "levels": [
                {
                    "to": "duty_manager",
                    "kind": "hierarchical",
                    "when": "contact.text.mentions(keywords.legal) or contact.text.mentions(keywords.safety)"
                    " or case.reopens >= 2",
                }
            ],
        }
    },
}


@pytest.mark.parametrize(
    ("text", "up"),
    (
        ("My lawyer will write to you", True),
        ("The box caught fire", True),
        ("No signal", False),
    ),
)
def test_what_goes_beyond_the_technical_goes_to_a_manager_at_once(text, up):
    office = opened(STAFF, **BEYOND)
    case_id = office.writes(text=text).case_id
    office.desk.tick()
    fired = [event.payload.targets for event in office.events(case_id, "escalation.fired")]
    assert fired == ([("duty_manager",)] if up else [])


def test_an_unskilled_agent_is_not_chosen_while_a_skilled_one_is_free():
    rank = {"skills": "count_then_level", "rank": ["fewest_open"], "routes": [
        {"queue": "general", "skills": {"tv": {"level": 2, "required": "no"}}},
    ]}  # fmt: skip
    people = [person("new"), person("old", skills={"tv": 2}, capacity={"email": 2})]
    office = opened(people, routing=rank)
    chosen = [owner(office, office.writes(who=f"c{n}").case_id) for n in range(3)]
    assert chosen == ["old", "old", "new"]


def test_work_is_shared_by_weight_so_that_nobody_drowns():
    people = [person("half", attrs={"weight": 1}), person("full", attrs={"weight": 2})]
    office = opened(people, routing={"routes": [GENERAL], "rank": ["weighted"]})
    chosen = [owner(office, office.writes(who=f"c{n}").case_id) for n in range(6)]
    assert (chosen.count("full"), chosen.count("half")) == (4, 2)


def test_a_returning_customer_goes_to_the_owner_ahead_of_equal_new_ones():
    people = [person("ann", capacity=1)]
    office = opened(people, routing=[GENERAL])
    case_id = office.writes(message_id="<one@x>").case_id
    office.desk.set_presence("ann", "offline")
    office.clock.pass_(minutes=5)
    newer = office.writes(who="quiet").case_id
    office.clock.pass_(minutes=5)
    follow_up = office.writes(text="any news?", headers=[("In-Reply-To", "<one@x>")])
    assert follow_up.case_id == case_id
    assert [case.id for case in office.desk.queue()] == [case_id, newer]


def test_on_the_fast_lane_with_nobody_there_a_call_is_promised_even_where_others_just_wait():
    people = [person("ann", capacity=1)]
    office = opened(people, routing=[{"queue": "general", "when_nobody": "wait"}])
    case_id = office.writes(message_id="<one@x>").case_id
    assert [promise.what for promise in office.desk.case(case_id).promises] == ["reply"]
    office.desk.set_presence("ann", "offline")
    office.writes(text="any news?", headers=[("In-Reply-To", "<one@x>")])
    assert "callback" in [promise.what for promise in office.desk.case(case_id).promises]


def test_a_conflict_keeps_the_handler_away_from_what_comes_later_too():
    people = [person("ann"), person("bob")]
    office = opened(people, routing=[GENERAL])
    case_id = office.writes(message_id="<one@x>").case_id
    first = owner(office, case_id)
    office.desk.exclude_handler(case_id, first, by="duty_manager", reason="was shouted at")
    second = owner(office, case_id)
    assert second not in {None, first}
    office.desk.set_presence(second, "offline")
    office.writes(text="Hello?", headers=[("In-Reply-To", "<one@x>")])
    assert owner(office, case_id) == second  # kept, and no way back to the one who was shouted at
    assert first not in {event.payload.agent for event in office.events(case_id, "case.assigned")[2:]}


def test_who_gives_a_case_up_leaves_it_with_somebody():
    people = [person("ann")]
    office = opened(people, routing=[GENERAL])
    case_id = office.writes().case_id
    for wrong in (office.desk.assign, office.desk.hand_off):
        with pytest.raises(CommandRefused) as refused:
            wrong(case_id, by="ann", reason="not my customer")
        assert refused.value.code == "nobody"
    office.desk.set_presence("ann", "away")
    office.desk.release(case_id, by="ann", reason="not my customer")
    assert (owner(office, case_id), office.desk.case(case_id).team) == (None, "general")
