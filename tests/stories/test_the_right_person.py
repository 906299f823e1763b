"""Who answers, and what happens when nobody can."""

from datetime import timedelta

import pytest

from supportkit.errors import CommandRefused


def test_a_case_goes_to_somebody_with_the_skill(staffed):
    assert staffed.desk.case(staffed.writes(text="no signal").case_id).owner == "ann"


def test_the_reasons_for_the_choice_are_on_record(staffed):
    case_id = staffed.writes(text="no signal").case_id
    assigned = staffed.events(case_id, "case.assigned")[-1]
    assert assigned.payload.cause == "routing"
    assert "only_candidate" in assigned.payload.decision["reasons"]


def test_whoever_has_been_idle_longest_is_next(office):
    office.desk.set_presence("bob", "available")
    office.clock.pass_(minutes=1)
    office.desk.set_presence("ann", "available")
    office.clock.pass_(minutes=1)
    assert office.desk.case(office.writes().case_id).owner == "bob"


def test_nobody_gets_more_than_they_can_carry(staffed):
    for _ in range(6):
        staffed.writes()
    assert {row.ref: dict(row.load) for row in staffed.desk.agents()} == {
        "ann": {"email": 2},
        "bob": {"email": 2},
    }
    assert len(staffed.desk.queue()) == 2


def test_a_freed_place_pulls_the_most_urgent_waiting_case(staffed):
    first, *_ = (staffed.writes().case_id for _ in range(4))
    calm = staffed.writes(text="a question").case_id
    urgent = staffed.writes(text="I complain: no service, no signal").case_id
    staffed.clock.pass_(minutes=10)
    owner = staffed.desk.case(first).owner
    staffed.desk.set_presence({"ann": "bob", "bob": "ann"}[owner], "away")
    staffed.desk.resolve(first, by=owner, outcome="solved", code="done")
    taken = urgent if owner == "ann" else calm
    assert staffed.desk.case(taken).owner == owner


def test_an_agent_who_comes_to_work_is_given_what_waits(office):
    case_id = office.writes(text="no signal").case_id
    assert office.desk.case(case_id).owner is None
    office.clock.pass_(minutes=30)
    office.desk.set_presence("ann", "available")
    assert office.desk.case(case_id).owner == "ann"


def test_a_caller_whom_nobody_can_answer_is_promised_a_call(office):
    case_id = office.writes(text="a question").case_id
    assert [p.what for p in office.desk.case(case_id).promises] == ["reply", "callback"]


def test_a_queue_that_calls_nobody_back_just_waits(office):
    case_id = office.writes(text="no signal").case_id
    assert [p.what for p in office.desk.case(case_id).promises] == ["reply"]


def test_bigger_spenders_and_open_cases_come_first_and_unknown_spend_pushes_nobody_back(office):
    scores = {who: office.desk.case(office.writes(who).case_id).score for who in ("jo", "big", "quiet")}
    assert scores == {"jo": 0, "big": 10, "quiet": 0}
    assert office.desk.case(office.writes("jo").case_id).score == 25


def test_the_fast_lane_keeps_a_case_with_its_owner(staffed):
    case_id = staffed.writes(text="no signal", message_id="<one@example.org>").case_id
    staffed.writes(text="still no signal", headers=[("In-Reply-To", "<one@example.org>")])
    assert staffed.desk.case(case_id).owner == "ann"
    assert [row.to for row in staffed.desk.outbox][-1] == "ann"


def test_the_fast_lane_leads_to_the_team_when_the_owner_has_gone_home(staffed):
    case_id = staffed.writes(text="a question", message_id="<one@example.org>").case_id
    owner = staffed.desk.case(case_id).owner
    staffed.clock.pass_(hours=1)
    staffed.desk.set_presence(owner, "offline")
    staffed.writes(text="any news?", headers=[("In-Reply-To", "<one@example.org>")])
    case = staffed.desk.case(case_id)
    assert case.owner not in {None, owner}
    assert staffed.events(case_id, "routing.queued")[-1].payload.fast_lane


def test_a_case_always_has_an_owner_and_nobody_is_refused(staffed):
    case_id = staffed.writes().case_id
    with pytest.raises(CommandRefused, match="it always has an owner") as refused:
        staffed.desk.assign(case_id, by="ann")
    assert refused.value.code == "nobody"
    staffed.desk.release(case_id, by="ann", reason="lunch")
    assert staffed.desk.case(case_id).team == "general"


def test_a_released_case_keeps_its_age_and_its_place(staffed):
    staffed.desk.set_presence("bob", "offline")
    case_id = staffed.writes().case_id
    key = staffed.desk.case(case_id).sort_key
    staffed.clock.pass_(hours=1)
    staffed.desk.set_presence("ann", "away")
    staffed.desk.release(case_id, by="ann")
    assert staffed.desk.case(case_id).sort_key == key
    assert [case.id for case in staffed.desk.queue()] == [case_id]


def test_who_asks_for_a_manager_is_put_through_at_once_at_any_hour(staffed):
    case_id = staffed.writes().case_id
    staffed.clock.pass_(hours=15)
    staffed.desk.request_manager(case_id, reason="I want your manager")
    fired = staffed.events(case_id, "escalation.fired")[-1]
    assert (fired.payload.targets, fired.at) == (("duty_manager",), staffed.clock())


def test_refusing_a_manager_needs_a_reason_on_record(staffed):
    case_id = staffed.writes().case_id
    with pytest.raises(CommandRefused, match="needs a reason"):
        staffed.desk.request_manager(case_id, refused=True)


def test_a_conflict_changes_the_handler(staffed):
    case_id = staffed.writes().case_id
    before = staffed.desk.case(case_id).owner
    staffed.desk.exclude_handler(case_id, before, by="duty_manager", reason="shouted at")
    assert staffed.desk.case(case_id).owner not in {None, before}
    with pytest.raises(CommandRefused, match="must not handle it"):
        staffed.desk.take(case_id, by=before)


def test_a_hand_off_carries_everything_and_asks_nothing_twice(staffed):
    staffed.writes("big", text="an older matter")
    case_id = staffed.writes("big", text="no signal", given={"serial_number": "F-1"}, product="Fibre").case_id
    staffed.desk.note(case_id, "Restarted the router: no change", by="ann")
    staffed.desk.hand_off(case_id, by="ann", agent="bob", reason="needs a second look")
    packet = staffed.desk.packet(case_id)
    assert (packet.who.name, packet.asset.serial) == ("Big Spender", "F-1")
    assert packet.asks_again(["Serial number?", "Since when?"]) == ("Serial number?",)
    assert packet.missing(["serial number", "since when"]) == ("since when",)
    assert "Restarted the router: no change" in str(packet)
    recorded = staffed.events(case_id, "case.handed_off")[0]
    assert b"Big Spender" not in recorded.to_json()
    assert (staffed.desk.case(case_id).owner, staffed.desk.case(case_id).transfers) == ("bob", 1)


def test_closing_without_an_outcome_is_refused_and_changes_nothing(staffed):
    case_id = staffed.writes().case_id
    length = len(staffed.desk.history(case_id))
    with pytest.raises(CommandRefused, match="closing needs an outcome and a reason code"):
        staffed.desk.close(case_id, by="ann")
    assert len(staffed.desk.history(case_id)) == length


def test_waiting_for_the_customer_stops_the_resolution_clock_until_they_write(staffed):
    case_id = staffed.writes(message_id="<one@example.org>").case_id
    staffed.clock.pass_(hours=1)
    staffed.desk.reply(case_id, "Which model is it?", by="ann")
    staffed.desk.hold(case_id, by="ann")
    staffed.clock.pass_(hours=3)
    staffed.writes(text="A Harrier", headers=[("In-Reply-To", "<one@example.org>")])
    assert staffed.desk.case(case_id).status == "open"
    moved = [e.payload for e in staffed.events(case_id, "target.moved") if e.payload.metric == "resolution"]
    assert moved[0].due is None
    # 16 open hours from 9:00 on Monday would end on Tuesday at 15:00; three of them did not count.
    assert moved[-1].due == staffed.clock().replace(hour=18) + timedelta(days=1)
