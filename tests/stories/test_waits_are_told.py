"""How long the wait may be: told to who waits, to who asks, and compared with what it was."""

import pytest

from office import MONDAY, make_office
from supportkit import Policy
from supportkit.cases import Agent, Contact
from supportkit.desk import commands, decide, situate
from supportkit.errors import InvalidValue, PolicyError
from supportkit.intake import ACK_TEMPLATES
from supportkit.routing import ANNOUNCEMENTS

STAFF = [Agent(name, presence="offline", capacity=1, teams=["general"]) for name in ("ann", "bob")]
ROUTES = [{"queue": "general", "when_nobody": "callback"}]
WAITS = {"handling_time": "10 minutes", "announce": "yes"}


def opened(**waits):
    office = make_office(staff=STAFF, routing={"routes": ROUTES, "waits": {**WAITS, **waits}})
    for agent in STAFF:
        office.desk.set_presence(agent.id, "available")
    return office


def told(office, who):
    office.desk.deliver()
    (sent,) = [message for _, message in office.mail.sent if message.to == f"{who}@example.org"]
    return sent.text.splitlines()


def test_an_acknowledgement_says_how_long_the_wait_is_likely_to_be():
    office = opened()
    for who in ("one", "two", "three", "four"):
        office.writes(who=who)
    assert told(office, "one")[3] == "Somebody is with you in a moment."
    assert told(office, "three")[3] == "The wait is likely 5 minutes, and hardly ever more than 15."
    assert told(office, "four")[3] == "The wait is likely 10 minutes, and hardly ever more than 20."
    (sent,) = office.events(next(iter(office.desk.waits())), "ack.sent")
    assert sent.payload.wait == {"code": "between", "likely": 5, "most": 15}


def test_a_customer_is_told_in_their_language_and_in_the_words_of_the_policy():
    words = {"de": {"waits": {"between": "{likely} bis {most} Minuten"}}}
    office = make_office(
        staff=STAFF, routing={"routes": ROUTES, "waits": WAITS}, acknowledgement={"texts": words}
    )
    office.desk.set_presence("ann", "available")
    for who in ("one", "two"):
        office.writes(who=who, language="de")
    assert told(office, "one")[3] == "Gleich ist jemand für Sie da."
    assert told(office, "two")[3] == "10 bis 30 Minuten"


def test_words_that_cannot_be_filled_in_are_refused():
    words = {"en": {"waits": {"about": "{soon}"}}}
    with pytest.raises(PolicyError, match="filled in"):
        make_office(acknowledgement={"texts": words})


def test_the_words_of_waits_are_those_of_routing_in_every_language():
    assert dict(ACK_TEMPLATES["en"].waits) == dict(ANNOUNCEMENTS)
    assert {tuple(words.waits) for words in ACK_TEMPLATES.values()} == {tuple(ANNOUNCEMENTS)}


def test_nothing_is_said_when_nobody_is_there_or_nobody_wants_it_said():
    silent = opened(announce="no")
    silent.writes(who="one")
    assert not any("moment" in line for line in told(silent, "one"))
    empty = make_office(staff=STAFF, routing={"routes": ROUTES, "waits": WAITS})
    case = empty.writes(who="one").case_id
    assert empty.events(case, "ack.sent")[0].payload.wait is None
    assert empty.events(case, "routing.queued")[0].payload.expected == {
        "ahead": 0, "servers": 0, "p50": None, "p90": None,
    }  # fmt: skip


def test_each_in_line_has_a_wait_of_its_own_and_the_explanation_tells_it():
    office = opened()
    cases = [office.writes(who=who).case_id for who in ("one", "two", "three", "four")]
    waits = office.desk.waits()
    assert [(case, wait.ahead, wait.servers) for case, wait in waits.items()] == [
        (cases[2], 0, 2),
        (cases[3], 1, 2),
    ]
    assert office.desk.explain(cases[3]).wait == (
        "The wait is likely 10 minutes, and hardly ever more than 20.\n"
        "  1 before it that the same people may have; 2 places of people who are there"
    )
    assert "How long the wait may be" not in str(office.desk.explain(cases[0]))


def test_a_case_that_goes_back_into_line_gets_a_new_estimate():
    office = opened()
    case, _, _ = (office.writes(who=who).case_id for who in ("one", "two", "three"))
    office.desk.set_presence("ann", "away")
    office.desk.set_presence("bob", "away")
    office.desk.release(case, by="ann")
    assert office.events(case, "routing.queued")[-1].payload.expected["servers"] == 0


def test_what_was_expected_is_compared_with_what_the_wait_was():
    office = opened()
    first, second, third, fourth = (office.writes(who=who).case_id for who in ("one", "two", "three", "four"))
    assert office.desk.calibration().count == 2  # the first two were taken at once, as expected
    office.clock.pass_(minutes=5)
    office.desk.resolve(first, by="ann", outcome="solved", code="done")
    office.clock.pass_(minutes=10)
    office.desk.resolve(second, by="bob", outcome="solved", code="done")
    assert [office.desk.case(case).owner for case in (third, fourth)] == ["ann", "bob"]
    kept = office.desk.calibration()  # three: 5 of 3.5 and 11.5 minutes; four: 15 of 8.4 and 19.4
    assert (kept.count, kept.under_p50, kept.under_p90, kept.verdict) == (4, 0.5, 1.0, "too_few")


def test_without_a_handling_time_a_desk_says_what_is_missing():
    office = make_office()
    with pytest.raises(InvalidValue, match="handling_time"):
        office.desk.waits()
    assert office.desk.calibration().count == 0
    assert office.events(office.writes().case_id, "routing.queued")[0].payload.expected is None


def test_a_host_that_keeps_its_own_tables_tells_waits_when_it_says_who_waits():
    policy = Policy.from_dict({"routing": {"routes": ROUTES, "waits": WAITS}})
    busy = [Agent(name, capacity=1, load=1) for name in ("ann", "bob")]

    def arrives(number, **known):
        contact = Contact(id=f"m{number}", channel="chat", at=MONDAY, text="Hello")
        situation = situate(contact=contact, agents=busy, **known)
        commit = decide(policy, situation, commands.Receive(contact=contact), now=MONDAY)
        (queued,) = (event for event in commit.events if event.kind == "routing.queued")
        return commit.case, queued.payload.expected

    first, expected = arrives(1, line=())
    assert (expected["ahead"], expected["servers"]) == (0, 2)
    assert arrives(2, line=[first.to_json()])[1]["ahead"] == 1
    assert arrives(3)[1] is None


def test_a_host_that_keeps_its_own_tables_goes_by_turns_when_it_says_whose_it_was():
    policy = Policy.from_dict({"routing": {"rank": "round_robin"}})
    crew = [Agent("ann"), Agent("bob")]
    contact = Contact(id="m1", channel="chat", at=MONDAY, text="Hello")
    arrival = situate(contact=contact, agents=crew)
    case = decide(policy, arrival, commands.Receive(contact=contact), now=MONDAY).case
    given = [
        decide(policy, situate(case=case, agents=crew, turns=turns), commands.Match(), now=MONDAY).case.owner
        for turns in ({}, {"ann": MONDAY})
    ]
    assert given == ["ann", "bob"]
