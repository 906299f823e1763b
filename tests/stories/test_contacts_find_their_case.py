"""Who is it, and is it part of something that is open already?"""

from datetime import timedelta

import pytest

from supportkit.cases import Contact, ContactPoint


def test_a_known_address_finds_its_customer_but_proves_nothing(staffed):
    case_id = staffed.writes().case_id
    (found,) = staffed.events(case_id, "contact.identified")
    assert (found.payload.status, found.payload.customer, found.payload.verified) == (
        "identified",
        "jo",
        False,
    )


def test_whoever_is_recognised_is_greeted_by_name_and_nobody_else(staffed):
    staffed.writes(text="Hello")
    staffed.writes("jo+work", text="Hello")
    staffed.writes("big", text="Hello", visibility="public")
    staffed.desk.deliver()
    begins = [message.text.splitlines()[0] for _, message in staffed.mail.sent]
    thanks = "Thank you for getting in touch. We have your message."
    assert begins == ["Hello Jo,", thanks, thanks]


@pytest.mark.parametrize("written", ("+44 20 7946 0101", "0044 (20) 7946-0101", "+442079460101"))
def test_a_caller_is_recognised_however_the_number_is_written(staffed, written):
    assert staffed.desk.case(staffed.calls(written).case_id).customer == "jo"


def test_a_reply_by_message_id_joins_its_case(staffed):
    first = staffed.writes(text="Please help", message_id="<one@example.org>")
    staffed.clock.pass_(minutes=5)
    again = staffed.writes(text="Any news?", headers=[("In-Reply-To", "<one@example.org>")])
    assert (again.case_id, again.action) == (first.case_id, "append")
    assert staffed.desk.case(first.case_id).contacts == 2


def test_a_reply_to_our_own_mail_joins_its_case(staffed):
    first = staffed.writes(text="Please help")
    staffed.desk.deliver()
    (_, ours), *_ = staffed.mail.sent
    again = staffed.writes(text="Thanks, but", headers=[("References", f"<unknown@x> {ours.message_id}")])
    assert (again.case_id, again.action) == (first.case_id, "append")


def test_a_follow_up_gets_no_second_acknowledgement(staffed):
    first = staffed.writes(message_id="<one@example.org>")
    staffed.writes(headers=[("In-Reply-To", "<one@example.org>")])
    assert staffed.kinds(first.case_id, "ack") == ("ack.sent", "ack.suppressed")
    (suppressed,) = staffed.events(first.case_id, "ack.suppressed")
    assert suppressed.reason == "already_acknowledged_case"


def test_somebody_else_quoting_a_case_is_kept_apart(staffed):
    first = staffed.writes(message_id="<one@example.org>")
    length = len(staffed.desk.history(first.case_id))
    stranger = staffed.writes("quiet", text="Tell me more", headers=[("In-Reply-To", "<one@example.org>")])
    assert (stranger.case_id, stranger.action) == (None, "quarantine")
    assert len(staffed.desk.history(first.case_id)) == length


def test_a_reply_that_overtakes_its_original_waits_for_it_in_the_same_case(staffed):
    reply = staffed.writes(headers=[("In-Reply-To", "<late@example.org>")])
    original = staffed.writes(message_id="<late@example.org>")
    assert original.case_id == reply.case_id


def test_a_caller_with_one_open_case_joins_it(staffed):
    first = staffed.writes(text="no signal")
    call = staffed.calls()
    assert (call.case_id, call.action) == (first.case_id, "append")


def test_the_same_mail_twice_is_one_contact(staffed):
    contact = Contact(
        id="m1", channel="email", at=staffed.clock(), text="Hello", points=[ContactPoint("email", "jo@example.org")],
        message_id="<a@b>",
    )  # fmt: skip
    first = staffed.desk.receive("mail", contact)
    again = staffed.desk.receive("mail", contact)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert again.contacts[0].case_id == first.contacts[0].case_id
    assert len(list(staffed.desk.cases())) == 1


def test_one_mail_to_two_mailboxes_is_one_case(staffed):
    first = staffed.writes(message_id="<same@example.org>")
    other = staffed.writes(message_id="<same@example.org>", channel="social", kind="email")
    assert (other.action, other.duplicate) == ("ignore_duplicate", False)
    assert len(staffed.events(first.case_id, "contact.received")) == 1


def test_automatic_mail_opens_nothing_and_is_not_lost(staffed):
    away = staffed.writes(text="I am on holiday", headers=[("Auto-Submitted", "auto-replied")])
    assert (away.case_id, away.action, away.reason) == (None, "park", "auto_submitted")
    with staffed.desk._reader() as reader:
        parked = [event for event in reader.events("desk:default") if event.kind == "contact.received"]
    assert [event.reason for event in parked] == ["auto_submitted"]
    assert staffed.desk.text(parked[0].payload.body)["text"] == "I am on holiday"


def test_a_customer_who_writes_after_the_solution_reopens_the_case_with_its_last_owner(staffed):
    case_id = staffed.writes(message_id="<one@example.org>").case_id
    owner = staffed.desk.case(case_id).owner
    staffed.desk.resolve(case_id, by=owner, outcome="solved", code="router")
    staffed.clock.pass_(days=1)
    back = staffed.writes(text="It is broken again", headers=[("In-Reply-To", "<one@example.org>")])
    case = staffed.desk.case(case_id)
    assert (back.action, case.status, case.reopens, case.owner) == ("reopen", "open", 1, owner)


def test_a_second_case_of_a_customer_shows_the_first(staffed):
    staffed.writes(text="no signal")
    second = staffed.writes(text="another matter")
    decided = staffed.events(second.case_id, "priority.decided")[0]
    assert decided.payload.facts["customer"]["open_cases"] == 1
    assert staffed.desk.case(second.case_id).score >= 25


def test_two_unknown_people_are_two_customers_and_one_stays_one(staffed):
    unknown = [ContactPoint("email", "new@example.net")]
    first = staffed.writes(points=unknown)
    staffed.clock.pass_(minutes=1)
    again = staffed.writes(points=unknown)
    other = staffed.writes(points=[ContactPoint("email", "other@example.net")])
    customers = [staffed.desk.case(c.case_id).customer for c in (first, again, other)]
    assert customers[0] == customers[1] != customers[2]


def test_the_text_of_a_customer_stands_in_no_event_and_no_snapshot(staffed):
    canary = "purple elephants in the attic"
    case_id = staffed.writes(text=f"I complain about {canary}", subject=canary).case_id
    with staffed.desk._reader() as reader:
        stored = b"".join(e.to_json() for stream in reader.streams() for e in reader.events(stream))
        stored += reader.case(case_id).snapshot
    assert b"elephants" not in stored
    assert b"jo@example.org" not in stored
    received = staffed.events(case_id, "contact.received")[0]
    assert canary in staffed.desk.text(received.payload.body)["text"]


def test_a_future_date_claimed_by_the_sender_moves_no_clock(staffed):
    contact = Contact(
        id="m9", channel="email", at=staffed.clock() + timedelta(days=400), text="From the future",
        points=[ContactPoint("email", "jo@example.org")],
    )  # fmt: skip
    case_id = staffed.desk.receive("mail", contact).contacts[0].case_id
    assert staffed.desk.case(case_id).opened_at == staffed.clock()


def two_messages_of_one_id(office):
    channel = office.desk._channels["social"]
    return [
        office.desk.receive(
            channel.name,
            Contact(
                id="post-1",
                channel="social",
                at=office.clock(),
                text=text,
                points=[ContactPoint("handle", "@jane")],
            ),
        )
        for text in ("No signal", "No signal, and you know it", "No signal")
    ]


def test_a_sender_who_gives_two_messages_one_id_loses_neither(staffed):
    first, other, again = (receipt.contacts[0] for receipt in two_messages_of_one_id(staffed))
    assert (first.action, other.action, again.action) == ("new", "quarantine", "duplicate")
    with staffed.desk._worker.reading() as reader:
        (kept,) = [e for e in reader.events("desk:default") if e.kind == "contact.quarantined"]
    assert (kept.reason, kept.payload.claimed) == ("key_reused", first.case_id)
    assert staffed.desk.text(kept.payload.body)["text"] == "No signal, and you know it"
    assert two_messages_of_one_id(staffed)[1].contacts[0].duplicate
