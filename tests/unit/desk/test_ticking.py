"""Ticks and deliveries: one broken case, or channel, delays nobody and loses nothing."""

import logging
from datetime import timedelta

import pytest

from office import make_office
from supportkit import Desk
from supportkit.cases import ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.desk.draft import Draft
from supportkit.ports import Outbound, SendResult

MINUTE = timedelta(minutes=1)


@pytest.fixture
def office():
    return make_office()


def fail_for(monkeypatch, case_ids):
    """Make whatever the SLA engine is asked about these cases raise, as a fault in a policy's code would."""
    settle = Draft._settle_targets

    def raising(draft, until):
        if draft.ref in case_ids:
            raise RuntimeError("boom")
        settle(draft, until)

    monkeypatch.setattr(Draft, "_settle_targets", raising)


def row(office, case_id):
    with office.desk._reader() as reader:
        return reader.case(case_id)


def test_a_case_that_raises_is_parked_for_longer_each_time_and_delays_nobody(office, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    bad, good = (office.writes(who, text="I complain").case_id for who in ("jo", "big"))
    fail_for(monkeypatch, {bad})
    office.clock.pass_(minutes=61)
    first = office.desk.tick()
    assert first.parked == ((bad, "RuntimeError: boom"),)
    assert (first.advanced, first.at) == (1, office.clock())
    assert "promise.broken" in office.kinds(good)
    assert "promise.broken" not in office.kinds(bad)
    waits = []
    for fails in range(1, 5):
        parked = row(office, bad)
        waits.append(parked.due_at - office.clock())
        assert (parked.fails, office.desk.health().parked) == (fails, (parked.ref,))
        assert office.desk.tick().parked == ()
        office.clock.move_to(parked.due_at)
        assert [case for case, _ in office.desk.tick().parked] == [bad]
    assert waits == [timedelta(seconds=30), MINUTE, 2 * MINUTE, 4 * MINUTE]


def test_after_five_times_it_is_parked_for_good_with_a_fault_in_its_log(office, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    bad = office.writes(text="I complain").case_id
    fail_for(monkeypatch, {bad})
    office.clock.pass_(minutes=61)
    for _ in range(5):
        office.desk.tick()
        office.clock.pass_(minutes=10)
    assert (row(office, bad).due_at, row(office, bad).fails) == (None, 5)
    fault = office.desk.history(bad).events[-1]
    assert (fault.kind, fault.actor, fault.payload.code, fault.payload.detail) == (
        "case.fault",
        "desk",
        "parked",
        "RuntimeError: boom",
    )
    assert office.desk.case(bad).faults == 1
    assert office.desk.tick().parked == ()


def test_a_parked_case_goes_on_when_somebody_mends_what_was_broken(office, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    bad = office.writes(text="I complain").case_id
    with monkeypatch.context() as patched:
        fail_for(patched, {bad})
        office.clock.pass_(minutes=61)
        for _ in range(5):
            office.desk.tick()
            office.clock.pass_(minutes=10)
    office.desk.note(bad, "Mended", by="ann")
    assert row(office, bad).fails == 0
    assert "promise.broken" in office.kinds(bad)


def test_a_tick_takes_as_many_cases_as_it_is_told():
    office = make_office()
    desk = Desk(office.desk.policy, channels=[MemoryChannel("mail", kind="email")], clock=office.clock)
    office.desk = desk
    cases = [
        office.writes(text="I complain", points=[ContactPoint("email", f"{n}@example.org")]).case_id
        for n in range(3)
    ]
    office.clock.pass_(minutes=61)
    assert [desk.tick(limit=2).advanced for _ in range(3)] == [2, 1, 0]
    assert all("promise.broken" in office.kinds(case) for case in cases)


def test_more_cases_than_one_batch_are_advanced_by_one_tick(office):
    for _ in range(30):
        office.writes(text="I complain", points=[])
    office.clock.pass_(minutes=61)
    assert office.desk.tick().advanced == 30
    assert office.desk.tick().advanced == 0


def test_a_tick_tells_how_many_cases_found_somebody(office):
    case_id = office.writes().case_id
    office.desk.set_presence("ann", "available", now=office.clock())
    assert office.desk.case(case_id).owner == "ann"
    assert office.desk.tick().matched == 0


# -- deliveries -------------------------------------------------------------------------------------


class Mail(MemoryChannel):
    """Keeps every attempt; `fails` says what becomes of the first ones."""

    def __init__(self, name="mail", *, fails=()):
        super().__init__(name, kind="email")
        self.fails, self.tried = list(fails), []

    def send(self, outbound, key):
        self.tried.append((outbound.to, outbound.kind, key))
        answer = self.fails.pop(0) if self.fails else SendResult.accepted("id-1")
        if isinstance(answer, Exception):
            raise answer
        return answer


def with_mail(*, more=(), **options):
    office = make_office()
    mail = Mail(**options)
    office.desk._channels.clear()
    office.desk._channels |= {each.name: each for each in (mail, *more)}
    return office, mail


def counts(report):
    return {
        name: number for name in ("sent", "retried", "refused", "kept") if (number := getattr(report, name))
    }


def states(office):
    return [(message.state, message.tries, message.reason) for message in office.desk.outbox]


def test_a_message_is_sent_once_with_its_dedupe_key():
    office, mail = with_mail()
    office.writes()
    assert counts(office.desk.deliver()) == {"sent": 1}
    assert counts(office.desk.deliver()) == {}
    (message,) = office.desk.outbox
    assert mail.tried == [("jo@example.org", "acknowledgement", message.dedupe)]
    assert (message.state, message.provider_id) == ("sent", "id-1")


def test_a_message_put_off_is_tried_again_when_its_time_has_come():
    office, mail = with_mail(fails=[SendResult.retry(after=5 * MINUTE, reason="busy")])
    office.writes()
    assert counts(office.desk.deliver()) == {"retried": 1}
    assert states(office)[0][::2] == ("pending", "busy")
    office.clock.pass_(minutes=4, seconds=59)
    assert counts(office.desk.deliver()) == {}
    office.clock.pass_(seconds=1)
    assert counts(office.desk.deliver()) == {"sent": 1}
    assert len({key for *_, key in mail.tried}) == 1


def test_what_a_channel_raises_is_a_reason_to_try_again(caplog):
    caplog.set_level(logging.CRITICAL)
    office, mail = with_mail(fails=[ConnectionError("no route"), ValueError("bad day")])
    office.writes()
    office.writes("big")
    assert counts(office.desk.deliver()) == {"retried": 2}
    assert {state[2] for state in states(office)} == {"ConnectionError: no route", "ValueError: bad day"}
    office.clock.pass_(minutes=1)
    assert counts(office.desk.deliver()) == {"sent": 2}
    assert len(mail.tried) == 4


def test_a_message_refused_for_good_lets_the_next_one_go():
    office, mail = with_mail(fails=[SendResult.refused("no such address")])
    case_id = office.writes().case_id
    office.desk.reply(case_id, "Hello", by="ann")
    assert counts(office.desk.deliver()) == {"refused": 1, "sent": 1}
    assert [(state, reason) for state, _, reason in states(office)] == [
        ("failed", "no such address"),
        ("sent", None),
    ]
    assert [kind for _, kind, _ in mail.tried] == ["acknowledgement", "reply"]


def test_after_twelve_tries_it_is_given_up():
    office, mail = with_mail(fails=[SendResult.retry(after=MINUTE)] * 20)
    office.writes()
    for _ in range(15):
        office.desk.deliver()
        office.clock.pass_(minutes=1)
    assert len(mail.tried) == 12
    assert states(office)[0][::2] == ("failed", "gave up")


def test_a_later_message_waits_for_an_earlier_one_to_the_same_recipient_and_for_no_other():
    office, mail = with_mail(fails=[SendResult.retry(after=MINUTE)])
    case_id = office.writes().case_id
    office.desk.reply(case_id, "Second", by="ann")
    office.writes("big")
    office.desk.deliver()
    assert [to for to, *_ in mail.tried] == ["jo@example.org", "big@example.org"]
    office.clock.pass_(minutes=1)
    office.desk.deliver()
    assert [(to, kind) for to, kind, _ in mail.tried[2:]] == [
        ("jo@example.org", "acknowledgement"),
        ("jo@example.org", "reply"),
    ]


def escalate(office):
    office.writes(text="I complain")
    office.clock.pass_(minutes=61)
    office.desk.tick()


def test_notices_to_colleagues_are_kept_when_nothing_leads_to_them():
    office, mail = with_mail()
    escalate(office)
    assert counts(office.desk.deliver()) == {"sent": 1, "kept": 1}
    assert [message.state for message in office.desk.outbox if message.to == "team_lead"] == ["skipped"]
    assert all(to != "team_lead" for to, *_ in mail.tried)


def test_notices_to_colleagues_go_through_the_channel_of_that_name():
    colleagues = Mail("colleagues")
    office, mail = with_mail(more=[colleagues])
    escalate(office)
    assert counts(office.desk.deliver()) == {"sent": 2}
    assert [(to, kind) for to, kind, _ in colleagues.tried] == [("team_lead", "escalation")]
    assert [to for to, *_ in mail.tried] == ["jo@example.org"]


def test_a_message_whose_channel_is_gone_fails_by_name():
    office, _ = with_mail()
    office.writes()
    office.desk._channels.clear()
    assert counts(office.desk.deliver()) == {"refused": 1}
    assert states(office)[0][::2] == ("failed", "no channel 'mail'")


def test_a_delivery_handles_no_more_than_it_is_told():
    office, _mail = with_mail()
    for who in ("jo", "big", "quiet"):
        office.writes(who)
    assert [counts(office.desk.deliver(limit=2)) for _ in range(3)] == [{"sent": 2}, {"sent": 1}, {}]
    assert office.desk.health().outbox == {"sent": 3}


def test_a_message_is_rendered_by_its_channel():
    class Loud(MemoryChannel):
        def render(self, message, *, window_open):
            assert window_open
            return Outbound(text=message.text.upper(), to=message.to)

    office, _ = with_mail()
    loud = office.desk._channels["mail"] = Loud("mail", kind="email")
    office.writes(text="a question")
    office.desk.deliver()
    ((_, message),) = loud.sent
    assert message.text.startswith("HELLO JO,\n\nTHANK YOU")


def test_a_case_that_nobody_can_be_found_for_without_an_error_delays_nobody(monkeypatch):
    office = make_office()
    broken, fine = (office.writes().case_id for _ in range(2))
    policy = office.desk.policy.routing
    decide = type(policy).decide

    def raising(self, item, agents, **options):
        if item.id == broken:
            raise RuntimeError("broken routing")
        return decide(self, item, agents, **options)

    monkeypatch.setattr(type(policy), "decide", raising)
    office.clock.pass_(minutes=5)
    report = office.desk.tick()
    assert [case for case, _ in report.parked] == [broken]
    assert "broken routing" in report.parked[0][1]
    assert office.desk.case(fine).is_open
