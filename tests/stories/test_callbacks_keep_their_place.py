"""Whoever would rather be called than wait keeps the place in the line; the call has a time and is kept or raised."""

from datetime import timedelta

import pytest

from office import MONDAY, make_office
from supportkit.cases import Agent, fold
from supportkit.desk import CaseFile
from supportkit.errors import CommandRefused

ANN = Agent("ann", presence="offline", capacity=1, teams=["general"])
BOB = Agent("bob", presence="offline", capacity=1, teams=["general"])
ROUTING = {
    "routes": [{"queue": "general", "when_nobody": "callback"}],
    "waits": {"handling_time": "10 minutes"},
}
MINUTE = timedelta(minutes=1)


def opened(staff=(ANN,), **policy):
    office = make_office(staff=staff, **{"routing": ROUTING, **policy})
    for agent in staff:
        office.desk.set_presence(agent.id, "available")
    office.calls("+442079460200")
    return office


def callers(office, count):
    cases = []
    for number in range(count):
        office.clock.pass_(seconds=20)
        cases.append(office.calls(f"+44207946021{number}").case_id)
    return cases


def line_of(office, case):
    with office.desk._reader() as reader:
        return CaseFile.from_bytes(reader.case(case).snapshot).line


def callback(office, case):
    (promise,) = [p for p in office.desk.case(case).promises if p.what == "callback"]
    return promise


@pytest.fixture
def office():
    return opened()


def test_a_caller_who_takes_the_call_back_keeps_place_age_and_wait(office):
    first, second, third = callers(office, 3)
    before, line = office.desk.case(second), line_of(office, second)
    office.desk.request_callback(second)
    after = office.desk.case(second)
    assert (after.opened_at, after.sort_key) == (before.opened_at, before.sort_key)
    assert line_of(office, second) == line
    assert [case.id for case in office.desk.queue()] == [first, second, third]
    assert office.desk.case(second) == fold(office.desk.history(second))


def test_the_call_is_promised_for_when_their_turn_has_come(office):
    _, second = callers(office, 2)
    wait = office.desk.waits()[second]
    office.desk.request_callback(second)
    made = office.events(second, "promise.made")[-1].payload
    assert made.due == office.clock() + wait.announcement.most * MINUTE == office.clock() + 45 * MINUTE
    assert (made.expected["ahead"], made.expected["servers"]) == (1, 1)


def test_the_call_is_never_promised_for_later_than_an_answer_is_owed():
    soon = {"first_response": [{"within": "30 minutes", "calendar": "office"}]}
    office = opened(sla=soon)
    *_, last = callers(office, 4)
    office.desk.request_callback(last)
    assert callback(office, last).due == office.desk.case(last).opened_at + 30 * MINUTE


def test_a_turn_that_comes_after_closing_time_is_promised_as_the_target_says(office):
    office.clock.move_to(MONDAY.replace(hour=17, minute=40))
    case = callers(office, 1)[0]
    office.desk.request_callback(case)
    assert callback(office, case).due == office.desk.case(case).opened_at + timedelta(days=1)


def test_when_their_turn_comes_they_go_to_an_agent_who_calls_and_keeps_the_promise(office):
    first, second, third = callers(office, 3)
    office.desk.request_callback(second)
    served = []
    for _ in range(3):
        office.clock.pass_(minutes=8)
        done = next(case.id for case in office.desk.cases(open_only=True) if case.owner == "ann")
        office.desk.reply(done, by="ann")
        office.desk.resolve(done, by="ann", outcome="helped", code="done")
        served.append(next(case.id for case in office.desk.cases(open_only=True) if case.owner == "ann"))
    assert served == [first, second, third]
    assert "promise.kept" in office.kinds(second)


def test_a_call_that_is_missed_is_broken_and_raised(office):
    (case,) = callers(office, 1)
    office.desk.request_callback(case)
    office.clock.move_to(callback(office, case).due + timedelta(microseconds=1))
    office.desk.tick()
    assert office.kinds(case, "promise.", "escalation.fired")[-2:] == ("promise.broken", "escalation.fired")
    assert office.desk.outbox.to("team_lead")
    assert [waiting.id for waiting in office.desk.queue()] == [case]


def test_it_may_be_asked_for_a_time_of_their_own_and_in_place_of_an_earlier_one(office):
    (case,) = callers(office, 1)
    office.desk.request_callback(case)
    later = office.clock() + timedelta(hours=5)
    office.desk.request_callback(case, due=later)
    assert callback(office, case).due == later
    assert office.events(case, "promise.made")[-1].payload.expected is None


def test_those_who_refused_are_not_asked_again_because_of_a_call_back():
    routing = {**ROUTING, "offers": {"within": "2 minutes"}}
    office = make_office(staff=[ANN, BOB], routing=routing)
    for agent in ("ann", "bob"):
        office.desk.set_presence(agent, "available")
    case = office.calls().case_id
    office.desk.decline(case, "ann")
    office.desk.decline(case, "bob")
    office.desk.request_callback(case)
    office.clock.pass_(minutes=1)
    office.desk.tick()
    assert office.desk.case(case).owner is None
    assert line_of(office, case).offering.refused_by == ("ann", "bob")


def test_without_a_target_or_a_handling_time_it_needs_a_time():
    bare = make_office(staff=[ANN], routing=ROUTING["routes"], sla={})
    bare.desk.set_presence("ann", "available")
    _, case = (bare.calls(f"+44207946020{n}").case_id for n in range(2))
    with pytest.raises(CommandRefused, match="handling_time") as refused:
        bare.desk.request_callback(case, due=bare.clock())
    assert refused.value.code == "no_due"


def test_a_case_that_is_over_is_not_called_back(office):
    case = callers(office, 1)[0]
    office.desk.resolve(case, by="ann", outcome="helped", code="done")
    with pytest.raises(CommandRefused, match="resolved"):
        office.desk.request_callback(case)
