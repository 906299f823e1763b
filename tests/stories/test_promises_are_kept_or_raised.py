"""We told the customer by when a person answers. What happens then."""

from datetime import timedelta

from supportkit.cases import MICROSECOND


def test_an_acknowledgement_makes_a_promise_with_the_time_of_the_target(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    (promise,) = staffed.desk.case(case_id).promises
    assert promise.due == staffed.clock() + timedelta(minutes=60)
    staffed.desk.deliver()
    ((_, message),) = staffed.mail.sent
    assert message.to == "jo@example.org"
    assert "Monday 12 January 2026, 10:00 (Europe/London, UTC+00:00)" in message.text
    assert ("Auto-Submitted", "auto-replied") in message.headers


def test_silence_after_the_acknowledgement_reaches_the_team_lead(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    staffed.clock.move_to(staffed.desk.case(case_id).promises[0].due + MICROSECOND)
    staffed.desk.tick()
    assert staffed.desk.history(case_id).kinds[-2:] == ("promise.broken", "escalation.fired")
    assert [row.to for row in staffed.desk.outbox][-1] == "team_lead"


def test_nothing_is_broken_at_the_promised_instant_itself(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    staffed.clock.move_to(staffed.desk.case(case_id).promises[0].due)
    staffed.desk.tick()
    assert "promise.broken" not in staffed.kinds(case_id)
    staffed.desk.reply(case_id, "Here is your answer.", by="ann")
    assert staffed.kinds(case_id, "promise", "target")[-2:] == ("target.met", "promise.kept")


def test_the_breach_is_dated_at_the_due_time_however_late_the_tick(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    due = staffed.desk.case(case_id).promises[0].due
    staffed.clock.move_to(due + timedelta(hours=3))
    staffed.desk.tick()
    assert [event.at for event in staffed.events(case_id, "target.breached")] == [due]
    assert [event.at for event in staffed.events(case_id, "promise.broken")] == [due]


def test_an_automatic_message_keeps_no_promise(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    staffed.desk.reply(case_id, "We are still looking.", by="desk", automated=True)
    staffed.clock.pass_(hours=2)
    staffed.desk.tick()
    assert "promise.broken" in staffed.kinds(case_id)


def test_nobody_acknowledging_the_team_lead_notice_brings_the_duty_manager(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    staffed.clock.pass_(minutes=61)
    staffed.desk.tick()
    staffed.clock.pass_(minutes=30)
    staffed.desk.tick()
    fired = staffed.events(case_id, "escalation.fired")
    assert [event.payload.targets for event in fired] == [("team_lead",), ("duty_manager",)]


def test_an_acknowledged_escalation_stays_where_it_is(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    staffed.clock.pass_(minutes=61)
    staffed.desk.tick()
    staffed.desk.ack(case_id, by="ann", plan="broken_promise")
    staffed.clock.pass_(hours=5)
    staffed.desk.tick()
    assert len(staffed.events(case_id, "escalation.fired")) == 1


def test_a_later_explicit_promise_takes_the_place_of_the_first(staffed):
    case_id = staffed.writes(text="I want to complain").case_id
    later = staffed.clock() + timedelta(hours=5)
    staffed.desk.promise(case_id, by="ann", due=later)
    assert [p.due for p in staffed.desk.case(case_id).promises] == [later]
    staffed.clock.pass_(hours=2)
    staffed.desk.tick()
    assert "promise.superseded" in staffed.kinds(case_id)
    assert "promise.broken" not in staffed.kinds(case_id)


def test_a_voicemail_becomes_a_promise_to_call_back(staffed):
    case_id = staffed.calls(form="voicemail").case_id
    (promise,) = staffed.desk.case(case_id).promises
    assert (promise.what, promise.due) == ("callback", staffed.clock() + timedelta(hours=2))
    staffed.clock.pass_(hours=3)
    staffed.desk.tick()
    assert staffed.kinds(case_id, "promise", "escalation.fired")[-2:] == (
        "promise.broken",
        "escalation.fired",
    )


def test_a_voicemail_is_promised_its_own_time_although_a_later_call_was_promised(office):
    case = office.writes(text="A question").case_id
    (later,) = [p for p in office.desk.case(case).promises if p.what == "callback"]
    assert office.calls(form="voicemail", text="Please call me").case_id == case
    (sooner,) = [p for p in office.desk.case(case).promises if p.what == "callback"]
    assert (sooner.due, later.due) == (
        office.clock() + timedelta(hours=2),
        office.clock() + timedelta(days=1),
    )
    (told,) = office.events(case, "promise.superseded")
    assert (told.payload.id, told.payload.by) == (later.id, sooner.id)
    office.clock.pass_(hours=1)
    office.calls(form="voicemail", text="Please do call me")
    assert sooner in office.desk.case(case).promises
    assert len(office.events(case, "promise.made")) == 3


def test_a_call_after_hours_is_promised_within_opening_hours(office):
    office.clock.pass_(hours=11)
    case_id = office.calls(form="callback_request").case_id
    assert office.desk.case(case_id).promises[0].due == office.clock().replace(hour=10) + timedelta(days=1)


def test_a_promise_across_the_weekend_counts_opening_hours_only(staffed):
    staffed.clock.pass_(days=4, hours=8, minutes=30)
    case_id = staffed.writes(text="I want to complain").case_id
    assert staffed.desk.case(case_id).promises[0].due == staffed.clock() + timedelta(days=2, hours=15)
