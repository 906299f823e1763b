"""How a desk reads requests: handshakes, broken channels, contacts and delivery updates in one request."""

import pytest
from attrs import define

from office import MONDAY, Clock
from supportkit import Desk, Policy
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.errors import ChannelError
from supportkit.ports import Capabilities, DeliveryUpdate, Outbound, Request, Response, SendResult


@define
class Foreign:
    """A channel of somebody else's: what it does is what it was given."""

    found: object = ()
    verifying: object = None
    answering: object = None
    name: str = "foreign"
    capabilities = Capabilities()

    def handshake(self, request):
        return self.answering(request) if self.answering else None

    def verify(self, request, now):
        if self.verifying:
            self.verifying(request)

    def parse(self, request):
        return self.found(request) if callable(self.found) else self.found

    def render(self, message: Outbound, *, window_open):
        return message

    def send(self, outbound, key):
        return SendResult.accepted(f"id-{key}")


def hello(number=1):
    return Contact(
        id=f"m{number}",
        channel="foreign",
        at=MONDAY,
        text="Hi",
        points=[ContactPoint("handle", f"@{number}")],
    )


def raises(error):
    def act(request):
        raise error

    return act


def desk_with(**said):
    return Desk(Policy.from_dict({}), channels=[Foreign(**said)], clock=Clock())


def test_a_handshake_is_answered_and_nothing_is_verified_or_read():
    answer = Response(200, b"challenge")
    desk = desk_with(
        answering=lambda r: answer, verifying=raises(ChannelError("unsigned")), found=raises(KeyError("x"))
    )
    receipt = desk.receive("foreign", Request("GET"))
    assert (receipt.response, receipt.contacts, receipt.duplicate) == (answer, (), False)


def test_what_a_channel_says_of_a_request_passes_unchanged():
    refusal = ChannelError("forged", status=401)
    with pytest.raises(ChannelError) as raised:
        desk_with(verifying=raises(refusal)).receive("foreign", Request())
    assert raised.value is refusal


@pytest.mark.parametrize(
    ("said", "message", "status"),
    (
        (
            {"answering": raises(KeyError("hub.mode"))},
            "could not answer a request: KeyError: 'hub.mode'",
            400,
        ),
        (
            {"verifying": raises(KeyError("X-Signature"))},
            "could not verify a request: KeyError: 'X-Signature'",
            401,
        ),
        ({"found": raises(ValueError("no JSON"))}, "could not read a request: ValueError: no JSON", 400),
        ({"found": None}, "could not read a request: TypeError", 400),
        ({"found": ["text"]}, "made str of a request; parse() gives Contact and DeliveryUpdate values", 400),
    ),
)
def test_whatever_a_channel_raises_is_its_fault_by_name(said, message, status):
    with pytest.raises(ChannelError) as raised:
        desk_with(**said).receive("foreign", Request())
    assert str(raised.value).startswith(f"channel 'foreign' {message}")
    assert raised.value.status == status


def test_nothing_is_taken_in_before_all_of_a_request_was_read():
    def breaks_late(request):
        yield hello()
        raise ValueError("the second is broken")

    desk = desk_with(found=breaks_late)
    with pytest.raises(ChannelError, match="the second is broken"):
        desk.receive("foreign", Request())
    assert list(desk.cases()) == []


def test_contacts_and_updates_of_one_request_are_taken_in_their_order():
    desk = desk_with(found=lambda request: request)
    first = desk.receive("foreign", [hello()])
    desk.deliver()
    (sent,) = desk.outbox
    receipt = desk.receive("foreign", [DeliveryUpdate(sent.dedupe, "delivered"), hello(2), hello(1)])
    assert [(u.state, u.recorded, u.case_id) for u in receipt.updates] == [
        ("delivered", True, first.contacts[0].case_id)
    ]
    assert [c.duplicate for c in receipt.contacts] == [False, True]
    assert not receipt.duplicate
    assert desk.receive("foreign", [DeliveryUpdate(sent.dedupe, "delivered")]).duplicate is False


def test_two_instances_of_one_kind_keep_their_contacts_and_messages_apart():
    desk = Desk(
        Policy.from_dict({}),
        channels=[MemoryChannel("uk", kind="chat"), MemoryChannel("ie", kind="chat")],
        clock=Clock(),
    )
    made = {
        name: desk.receive(
            name,
            Contact(
                id="7", channel="chat", at=MONDAY, text="Hi", points=[ContactPoint("handle", f"@{name}")]
            ),
        ).contacts[0]
        for name in ("uk", "ie")
    }
    assert made["uk"].case_id != made["ie"].case_id
    desk.deliver()
    uk = desk.outbox.of_case(made["uk"].case_id)[0]
    assert uk.channel == "uk"
    wrong = desk.receive("ie", DeliveryUpdate(uk.dedupe, "read")).updates[0]
    assert (wrong.recorded, wrong.reason) == (False, "unknown_message")
