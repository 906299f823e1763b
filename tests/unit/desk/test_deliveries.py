"""What providers say later of our messages, and which words may leave when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office import MONDAY, Clock, make_office
from supportkit import Desk, Policy
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.errors import ChannelError
from supportkit.ports import DELIVERY_RANK, Capabilities, DeliveryUpdate, SendResult
from supportkit.storage import MemoryStore

STATES = tuple(DELIVERY_RANK)


def sent(store=None):
    """A desk that has sent one acknowledgement, the message as the outbox knows it, and its case."""
    desk = Desk(Policy.from_dict({}), store=store, channels=[MemoryChannel("chat")], clock=Clock())
    contact = Contact(id="m1", channel="chat", at=MONDAY, text="Hi", points=[ContactPoint("handle", "@jo")])
    case_id = desk.receive("chat", contact).contacts[0].case_id
    desk.deliver()
    return desk, desk.outbox[0], case_id


def updates(desk, case_id):
    return [e.payload.state for e in desk.history(case_id) if e.kind == "delivery.updated"]


@pytest.mark.parametrize("by", ("outbound", "provider_id"))
def test_a_message_is_found_by_our_key_or_by_the_providers_id(by):
    desk, message, case_id = sent()
    assert message.provider_id
    named = (
        {"outbound": None, "provider_id": message.provider_id}
        if by == "provider_id"
        else {"outbound": message.dedupe}
    )
    (receipt,) = desk.receive("chat", DeliveryUpdate(state="read", **named)).updates
    assert (receipt.recorded, receipt.case_id) == (True, case_id)
    assert desk.outbox[0].state == "read"
    assert updates(desk, case_id) == ["read"]


def test_a_late_callback_is_ignored():
    desk, message, case_id = sent()
    desk.receive("chat", DeliveryUpdate(message.dedupe, "read"))
    (late,) = desk.receive("chat", DeliveryUpdate(message.dedupe, "delivered")).updates
    assert (late.recorded, late.reason) == (False, "already read")
    assert (desk.outbox[0].state, updates(desk, case_id)) == ("read", ["read"])


def test_a_message_that_was_never_sent_changes_nothing():
    desk, _, case_id = sent()
    before = desk.history(case_id).kinds
    (receipt,) = desk.receive("chat", DeliveryUpdate("out-unknown", "read")).updates
    assert (receipt.recorded, receipt.case_id, receipt.reason) == (False, None, "unknown_message")
    assert desk.history(case_id).kinds == before


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=6))
def test_the_highest_rank_counts_in_whatever_order_the_callbacks_come(states):
    desk, message, case_id = sent()
    for state in states:
        desk.receive("chat", DeliveryUpdate(message.dedupe, state))
    assert desk.outbox[0].state == max([*states, "sent"], key=DELIVERY_RANK.__getitem__)
    ranks = [DELIVERY_RANK[state] for state in updates(desk, case_id)]
    assert ranks == sorted(set(ranks))


def test_a_failed_delivery_is_recorded_with_its_reason():
    desk, message, case_id = sent()
    desk.receive("chat", DeliveryUpdate(message.dedupe, "failed", reason="number is no longer in use"))
    event = next(e for e in desk.history(case_id) if e.kind == "delivery.updated")
    assert (event.payload.state, event.reason) == ("failed", "number is no longer in use")
    assert (desk.outbox[0].state, desk.outbox[0].reason) == ("failed", "number is no longer in use")


def test_a_callback_that_overtakes_the_answer_of_the_provider_is_kept():
    store = MemoryStore()
    desk, _, case_id = sent(store)
    desk.reply(case_id, "Hello", by="ann")
    (delivery,) = store.claim_outbox("default", now=MONDAY, limit=1, lease=timedelta(minutes=1))
    desk.receive("chat", DeliveryUpdate(delivery.outbound.dedupe, "delivered"))
    assert store.complete("default", delivery, state="sent", provider_id="wa-7")
    assert (desk.outbox[1].state, desk.outbox[1].provider_id) == ("delivered", "wa-7")


def test_a_message_given_up_is_recorded_in_its_case():
    office = make_office()
    office.mail._results = iter([SendResult.refused("no such mailbox")])
    case_id = office.writes().case_id
    office.desk.deliver()
    (event,) = office.events(case_id, "delivery.updated")
    assert (event.payload.state, event.payload.channel_name, event.reason) == (
        "failed",
        "mail",
        "no such mailbox",
    )
    assert [row.state for row in office.desk.outbox] == ["failed"]


def windowed_desk(window=timedelta(hours=24)):
    clock = Clock()
    channel = MemoryChannel("whatsapp", capabilities=Capabilities(reply_window=window))
    windows = []
    channel.render = lambda message, *, window_open: windows.append(window_open) or message
    other = MemoryChannel("chat")
    policy = Policy.from_dict({"threading": {"join_open_case": ["message"]}})
    return Desk(policy, channels=[channel, other], clock=clock), clock, windows


def write(desk, clock, number, channel="whatsapp"):
    contact = Contact(
        id=f"m{number}",
        channel=channel,
        at=clock(),
        text="Hi",
        points=[ContactPoint("phone", "+442079460101")],
    )
    return desk.receive(channel, contact).contacts[0].case_id


@pytest.mark.parametrize(
    ("after", "is_open"),
    (
        (timedelta(0), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, microseconds=1), False),
    ),
)
def test_free_text_leaves_only_within_the_reply_window(after, is_open):
    desk, clock, windows = windowed_desk()
    case_id = write(desk, clock, 1)
    desk.deliver()
    clock.move_to(clock() + after)
    desk.reply(case_id, "Hello", by="ann")
    desk.deliver()
    assert windows == [True, is_open]


def test_another_message_of_the_customer_opens_the_window_again():
    desk, clock, windows = windowed_desk()
    case_id = write(desk, clock, 1)
    clock.pass_(days=3)
    assert write(desk, clock, 2) == case_id
    desk.reply(case_id, "Hello", by="ann")
    desk.deliver()
    assert windows[-1] is True


def test_a_message_over_another_channel_does_not_open_the_window_of_this_one():
    desk, clock, windows = windowed_desk()
    case_id = write(desk, clock, 1)
    assert write(desk, clock, 2, channel="chat") == case_id
    desk.deliver()
    assert windows == [False]


def test_a_channel_without_a_window_is_always_open():
    desk, clock, windows = windowed_desk(window=None)
    case_id = write(desk, clock, 1)
    clock.pass_(days=300)
    desk.reply(case_id, "Hello", by="ann")
    desk.deliver()
    assert windows == [True, True]


def test_a_channel_that_sends_rubbish_is_tried_again():
    desk, clock, _ = windowed_desk()
    desk._channels["whatsapp"].send = lambda outbound, key: "sent!"
    write(desk, clock, 1)
    assert desk.deliver().retried == 1
    assert desk.outbox[0].reason == "send() gave str, not a SendResult"


def test_what_a_channel_can_never_say_is_not_tried_again():
    desk, clock, _ = windowed_desk()

    def too_long(message, *, window_open):
        raise ChannelError("5,000 characters, 4,096 at most")

    desk._channels["whatsapp"].render = too_long
    write(desk, clock, 1)
    assert desk.deliver().refused == 1
    assert (desk.outbox[0].state, desk.outbox[0].reason) == ("failed", "5,000 characters, 4,096 at most")
