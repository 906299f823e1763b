"""The hand-off packet: whoever takes over knows everything, and the customer is asked nothing twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.canonical import dumps
from supportkit.cases import Case, Contact, ContactPoint, Customer, Log, NextAction, Purchase
from supportkit.errors import InvalidValue
from supportkit.recovery import hand_off

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


def at(minute):
    return NINE + timedelta(minutes=minute)


def bought(product, **more):
    return Purchase(at(-9999), "20", "GBP", product=product, **more)


MARY = Customer(
    "c1",
    [ContactPoint("email", "mary@example.org"), ContactPoint("phone", "+441632960001")],
    name="Mary",
    language="en",
    purchases=(bought("Router", model="R2", serial="A-77"), bought("Router", model="R3", serial="B-12"), bought("Kettle")),
)  # fmt: skip


def story():
    return (
        Log("17")
        .opened(at=at(0), customer="c1", channel="web", product="Router")
        .customer_message(
            at=at(0),
            channel="web",
            body="body-1",
            language="cy",
            given={"serial": "a-77", "since": "Monday", "order": ""},
            contact="m1",
            sentiment=-0.5,
        )
        .add("contact.identified", at=at(0), status="probable", customer="c1", evidence=("email",))
        .add("promise.made", at=at(0), id="p1", due=at(480))
        .assigned(at=at(1), agent="ann", team="general")
        .agent_reply(at=at(5), by="ann", body="body-2")
        .agent_reply(at=at(6), automated=True, body="body-3")
        .note(at=at(7), body="body-4", actor="agent:ann")
        .add("recovery.complaint_raised", at=at(8), wanted="a router that works")
        .assigned(at=at(9), team="network", reason="not a general matter")
        .assigned(at=at(10), agent="bob")
        .add(
            "recovery.remedy_proposed",
            at=at(11),
            remedy="r1",
            kind="compensate",
            amount=Decimal(10),
            currency="GBP",
        )
        .resolved(at=at(12), outcome="restarted", actor="agent:bob")
        .reopened(at=at(20), cause="it broke again")
        .customer_message(at=at(21), channel="email", given={"Since": "Tuesday"}, sentiment=-0.9)
        .add("case.next_action_set", at=at(22), what="call back", due=at(60), owner="bob")
    )


def test_who_it_is_how_sure_we_are_and_that_recognised_is_not_authenticated():
    who = hand_off(story(), customer=MARY).who
    assert (who.customer, who.name, who.status, who.verified, who.evidence) == (
        "c1",
        "Mary",
        "probable",
        False,
        ("email",),
    )


@pytest.mark.parametrize(("customer", "status"), ((None, "unidentified"), (MARY, "identified")))
def test_without_an_identification_on_record_the_customer_at_hand_counts(customer, status):
    who = hand_off(Log("1").opened(at=NINE), customer=customer).who
    assert (who.status, who.verified) == (status, False)


def test_what_the_customer_wants_stands_in_their_words_or_where_they_said_it():
    packet = hand_off(story())
    assert (packet.wanted.words, packet.wanted.event) == ("a router that works", "case:17#9")
    early = hand_off(Log("1").opened(at=NINE).customer_message(at=NINE, body="body-1"))
    assert (early.wanted.words, early.wanted.ref) == (None, "body-1")
    assert hand_off(Log("1").opened(at=NINE)).wanted is None
    assert hand_off(Log("1").opened(at=NINE), case=Case(id="1", wanted="my money")).wanted.words == "my money"


@pytest.mark.parametrize(
    ("given", "matched"),
    (
        ({"serial": "a-77"}, [("R2", "serial")]),
        ({"serial_number": "B-12"}, [("R3", "serial")]),
        ({"serial": "unknown", "model": "r3"}, [("R3", "model")]),
        ({"product": "router"}, [("R2", "product"), ("R3", "product")]),
        ({"product": "lamp"}, []),
        ({}, []),
    ),
)
def test_the_case_is_matched_to_what_the_customer_bought(given, matched):
    packet = hand_off(Log("1").opened(at=NINE).customer_message(at=NINE, given=given), customer=MARY)
    assert [(asset.model, asset.matched_by) for asset in packet.assets if asset.matched_by] == matched
    assert len(packet.assets) == 3
    assert packet.asset == (packet.assets[0] if len(matched) == 1 else None)


def test_what_was_sent_back_is_not_owned():
    customer = Customer(
        "c", purchases=(Purchase(NINE, "-20", "GBP", product="Router"), Purchase(NINE, "5", "GBP"))
    )
    assert hand_off(Log("1").opened(at=NINE), customer=customer).assets == ()


def test_what_was_tried_lists_people_and_results_but_no_automatic_mail():
    tried = hand_off(story()).tried
    assert [(one.what, one.by, one.ref, one.outcome) for one in tried] == [
        ("reply", "agent:ann", "body-2", None),
        ("note", "agent:ann", "body-4", None),
        ("resolution", "agent:bob", None, "restarted"),
        ("reopening", None, None, "it broke again"),
    ]


def test_promises_remedies_mood_next_step_and_route_are_at_hand():
    packet = hand_off(story(), customer=MARY)
    assert [(promise.what, promise.due) for promise in packet.promises] == [("reply", at(480))]
    assert [(remedy.state, remedy.kind, remedy.currency) for remedy in packet.remedies] == [
        ("proposed", "compensate", "GBP")
    ]
    assert packet.mood == (-0.5, -0.9)
    assert packet.next_action == NextAction("call back", at(60), "bob")
    assert (packet.channel, packet.language) == ("email", "cy")
    assert hand_off(Log("1").opened(at=NINE), customer=MARY).language == "en"


def test_transfers_are_those_the_case_counts_with_their_reasons():
    log = story().assigned(at=at(30), agent="eve", cause="shift ended")
    packet = hand_off(log, receiver="team:field", why="needs a visit")
    assert [(move.sender, move.receiver, move.why) for move in packet.transfers] == [
        ("agent:ann", "team:network", "not a general matter"),
        ("agent:ann", "agent:bob", None),
        ("agent:bob", "agent:eve", "shift ended"),
    ]
    assert (packet.sender, packet.receiver, packet.why) == ("agent:eve", "team:field", "needs a visit")


def test_the_second_contact_shows_the_first():
    first = Case(
        id="9", kind="question", status="closed", outcome="explained", product="Kettle", opened_at=at(-500)
    )
    packet = hand_off(story(), earlier=[first, Case(id="17")])
    assert [(case.id, case.kind, case.outcome) for case in packet.earlier] == [("9", "question", "explained")]


def test_nothing_that_was_answered_is_asked_again():
    packet = hand_off(story(), customer=MARY, known={"contract": "C-5"})
    assert packet.asks_again(["Since?", "SERIAL", "contract", "e-mail", "Order", "Name"]) == (
        "Since?",
        "SERIAL",
        "contract",
        "e-mail",
        "Name",
    )
    assert packet.known["Since"] == "Tuesday"


def test_what_the_case_needs_and_nobody_answered_is_still_to_be_asked():
    log = Log("17").opened(at=NINE).customer_message(at=NINE, given={"serial_number": "A-1"})
    packet = hand_off(log, known={"since": "Monday"}, needed=["Serial number", "Since?", "lights"])
    assert packet.to_ask == ("lights",)
    assert "Ask:      lights" in str(packet)
    assert packet.to_plain()["needed"] == ["Serial number", "Since?", "lights"]
    assert "Ask:" not in str(hand_off(log))


def test_only_what_is_not_yet_known_may_be_asked():
    packet = hand_off(story(), customer=MARY)
    assert packet.missing(["name", "email", "phone", "model", "product", "order", "language"]) == ("order",)
    assert hand_off(story()).missing(["name", "serial", "model"]) == ("name", "model")


def test_a_contact_at_hand_adds_its_answers_and_its_points():
    contact = Contact(
        id="m1", channel="web", at=NINE, points=[ContactPoint("handle", "@mary")], given={"colour": "black"}
    )
    packet = hand_off(story(), contacts={"m1": contact})
    assert packet.missing(["colour", "handle", "since"]) == ()


def test_a_packet_is_written_without_any_text_and_read_by_people_with_them():
    texts = {"body-1": "It is dead.", "body-2": "Have you tried to restart it?"}
    earlier = [Case(id="9", kind="question", status="closed", outcome="explained")]
    packet = hand_off(
        story(), customer=MARY, texts=texts, earlier=earlier, receiver="team:field", why="needs a visit"
    )
    written = dumps(packet.to_plain())
    assert b"restart it" not in written
    assert b'"ref":"body-2"' in written
    assert str(packet).splitlines() == [
        "Case:     17 from agent:bob to team:field: needs a visit",
        "Who:      Mary (probable, not verified), by email, in cy",
        "Wants:    a router that works",
        "About:    Router R2 serial A-77",
        "Owns:     Router R3 serial B-12; Kettle",
        "Tried:    2026-07-01 09:05 UTC reply by agent:ann: Have you tried to restart it?",
        "Tried:    2026-07-01 09:07 UTC note by agent:ann: see body-4",
        "Tried:    2026-07-01 09:12 UTC resolution by agent:bob restarted",
        "Tried:    2026-07-01 09:20 UTC reopening it broke again",
        "Answered: serial: a-77",
        "Answered: Since: Tuesday",
        "Promised: reply by 2026-07-01 17:00 UTC",
        "Remedy:   proposed r1 10 GBP",
        "Earlier:  9 question closed explained",
        "Moved:    2026-07-01 09:09 UTC from agent:ann to team:network: not a general matter",
        "Moved:    2026-07-01 09:10 UTC from agent:ann to agent:bob",
        "Next:     call back by 2026-07-01 10:00 UTC (bob)",
    ]


def test_an_unknown_customer_makes_a_short_packet():
    packet = hand_off(Log("1").opened(at=NINE).customer_message(at=NINE, body="body-1"))
    assert str(packet) == "Case:     1\nWho:      somebody (unidentified, not verified)\nWants:    see body-1"


def test_a_case_without_a_word_of_the_customer_is_still_a_packet():
    assert "Wants" not in str(hand_off(Log("1").opened(at=NINE, by="agent")))


def test_a_log_without_events_is_refused():
    with pytest.raises(InvalidValue, match="no case without events"):
        hand_off(Log("1"))
