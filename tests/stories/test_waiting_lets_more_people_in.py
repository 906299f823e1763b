"""The longer somebody waits, the more people may take their case; what they must be able to do stays."""

from datetime import timedelta

import pytest
from attrs import evolve

from office import MONDAY, make_office
from supportkit.cases import Agent
from supportkit.desk import CaseFile

MINUTE = timedelta(minutes=1)
GENERAL = {"queue": "general", "when_nobody": "callback"}
TIERS = [
    {"within": "10 minutes", "tiers": [1, 1], "skip_if": "none_available"},
    {"within": "20 minutes", "tiers": [1, 2]},
    {},
]
ANN = Agent("ann", presence="offline", teams=["general"], capacity=1, tier=1)
BOB = Agent("bob", presence="offline", teams=["general"], capacity=2, tier=2)
CAT = Agent("cat", presence="offline", teams=["general"], capacity=2, tier=3, skills={"network": 2})


def opened(people, *, there=(), **routing):
    office = make_office(staff=people, routing={"routes": [GENERAL], **routing})
    for agent in there or people:
        office.desk.set_presence(agent.id, "available")
    return office


def owner(office, case):
    return office.desk.case(case).owner


def relaxed(office, case):
    return [(e.at, e.payload.step, e.payload.dropped) for e in office.events(case, "routing.relaxed")]


def due(office, case):
    with office.desk._reader() as reader:
        return reader.case(case).due_at


@pytest.fixture
def busy():
    """Ann of the first tier has her hands full, Bob of the second has not."""
    office = opened([ANN, BOB], steps=TIERS)
    office.writes()
    return office


def test_a_case_is_its_own_timer_and_the_second_tier_gets_it_at_its_minute(busy):
    case = busy.writes(who="quiet").case_id
    assert (owner(busy, case), due(busy, case)) == (None, MONDAY + 10 * MINUTE)
    busy.clock.move_to(MONDAY + 10 * MINUTE - timedelta(microseconds=1))
    busy.desk.tick()
    assert (owner(busy, case), relaxed(busy, case)) == (None, [])
    busy.clock.move_to(MONDAY + 10 * MINUTE)
    busy.desk.tick()
    assert (owner(busy, case), relaxed(busy, case)) == ("bob", [(MONDAY + 10 * MINUTE, 1, ())])


def test_a_late_tick_finds_the_step_that_holds_by_then(busy):
    busy.desk.set_presence("bob", "offline")
    case = busy.writes(who="quiet").case_id
    busy.clock.pass_(minutes=45)
    busy.desk.tick()
    assert [step for _, step, _ in relaxed(busy, case)] == [2]
    with busy.desk._reader() as reader:
        assert CaseFile.from_bytes(reader.case(case).snapshot).line.step == 2


def test_a_tier_that_leaves_is_waited_for_no_longer(busy):
    case = busy.writes(who="quiet").case_id
    busy.clock.pass_(minutes=2)
    busy.desk.set_presence("ann", "away")
    assert owner(busy, case) == "bob"
    assert [step for _, step, _ in relaxed(busy, case)] == [1]


def test_somebody_who_comes_to_work_takes_only_what_is_their_turn(busy):
    case = busy.writes(who="quiet").case_id
    busy.desk.set_presence("bob", "away")
    busy.desk.set_presence("bob", "available")
    assert owner(busy, case) is None
    busy.clock.pass_(minutes=12)
    busy.desk.set_presence("bob", "away")
    busy.desk.set_presence("bob", "available")
    assert owner(busy, case) == "bob"


def test_a_released_case_keeps_its_age_and_begins_with_the_first_step_again(busy):
    case = busy.writes(who="quiet").case_id
    busy.clock.pass_(minutes=10)
    busy.desk.tick()
    key, opened_at = busy.desk.case(case).sort_key, busy.desk.case(case).opened_at
    busy.clock.pass_(minutes=10)
    busy.desk.release(case, by="bob", reason="not mine")
    assert (owner(busy, case), due(busy, case)) == (None, MONDAY + 30 * MINUTE)
    assert (busy.desk.case(case).sort_key, busy.desk.case(case).opened_at) == (key, opened_at)


def test_a_wish_is_dropped_after_a_while_and_a_demand_never():
    skills = {"network": 1, "french": {"level": 1, "required": "no", "drop": 1}}
    office = opened([BOB, CAT], routes=[{"queue": "general", "skills": skills}], drop_after="5 minutes")
    case = office.writes().case_id
    assert (owner(office, case), due(office, case)) == (None, MONDAY + 5 * MINUTE)
    office.clock.pass_(minutes=5)
    office.desk.tick()
    assert (owner(office, case), relaxed(office, case)) == ("cat", [(MONDAY + 5 * MINUTE, 0, ("french",))])


def test_the_owner_of_the_last_case_is_waited_for_two_minutes_at_most():
    sticky = [{"within": "2 minutes", "agents": "affinity", "skip_if": "none_available"}, {}]
    office = opened([ANN, BOB], there=[ANN], steps=sticky)
    first = office.writes().case_id
    assert owner(office, first) == "ann"
    office.desk.set_presence("bob", "available")
    again = office.writes(text="another question").case_id
    assert owner(office, again) is None  # ann is there, but has her hands full
    office.clock.pass_(minutes=2)
    office.desk.tick()
    assert owner(office, again) == "bob"
    stranger = office.writes(who="quiet").case_id
    assert owner(office, stranger) == "bob"  # nobody to wait for


def test_nobody_gets_more_than_the_limit_in_its_window():
    office = opened([CAT], rate_limit="1 in 30 minutes")
    first, second = office.writes().case_id, office.writes(who="quiet").case_id
    assert [owner(office, case) for case in (first, second)] == ["cat", None]
    assert due(office, second) == MONDAY + 30 * MINUTE
    office.clock.pass_(minutes=29)
    office.desk.tick()
    assert owner(office, second) is None
    office.clock.pass_(minutes=1)
    office.desk.tick()
    assert owner(office, second) == "cat"


def test_a_mail_in_hand_may_be_interrupted_by_a_call_and_a_call_by_nothing():
    office = opened([evolve(BOB, capacity=3)], blend={"email": ["phone"], "phone": []})
    mail = office.writes().case_id
    call = office.calls("+442079460199").case_id
    later = office.writes(who="quiet").case_id
    assert [owner(office, case) for case in (mail, call, later)] == ["bob", "bob", None]
    office.desk.resolve(mail, by="bob", outcome="solved", code="done")
    assert owner(office, later) is None  # there is a place, but he is on the phone
    office.desk.resolve(call, by="bob", outcome="solved", code="done")
    assert owner(office, later) == "bob"


def test_people_of_a_last_resort_are_asked_when_nobody_else_is_there():
    office = opened([ANN, BOB], there=[ANN], pools=["available", "away"])
    office.desk.set_presence("bob", "away")
    first, second = office.writes().case_id, office.writes(who="quiet").case_id
    assert [owner(office, case) for case in (first, second)] == ["ann", "bob"]


def test_who_steps_into_a_pool_that_takes_work_is_given_what_waits():
    office = opened([ANN], there=[], pools=["available", "away"])
    office.desk.set_presence("ann", "offline")
    case = office.writes().case_id
    assert owner(office, case) is None
    office.desk.set_presence("ann", "away")
    assert owner(office, case) == "ann"
