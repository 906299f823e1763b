"""The channel of the documentation, proved by the kit as its readers would."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from attrs import evolve

from supportkit import Desk, Policy, Registry
from supportkit.errors import ChannelError
from supportkit.ports import Outbound, Request, Response
from supportkit.testing import ChannelContract, Sample
from whatsapp import Settings, WhatsApp

TEST_SETTINGS = Settings(secret="app-secret", phone_number_id="1555", token="t0ken", verify_token="abc")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def signed(**value):
    """A webhook as Meta sends it."""
    document = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
    }
    body = json.dumps(document).encode()
    signature = hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
    return Request(headers={"X-Hub-Signature-256": f"sha256={signature}"}, body=body)


def text(number, said, sender="447700900001"):
    return {
        "from": sender,
        "id": f"wamid.{number}",
        "timestamp": "1782900000",
        "type": "text",
        "text": {"body": said},
    }


PICTURE = {
    "from": "447700900002",
    "id": "wamid.7",
    "timestamp": "1782900009",
    "type": "image",
    "image": {"id": "981", "caption": "My bill"},
}
READ = {"id": "wamid.9", "status": "read", "timestamp": "1782900010", "biz_opaque_callback_data": "out-1"}
FAILED = {
    "id": "wamid.9",
    "status": "failed",
    "timestamp": "1782900011",
    "errors": [{"code": 131, "title": "Number unknown"}],
}
JO = {"wa_id": "447700900001", "profile": {"name": "Jo"}}


class Meta:
    """Meta's API, as far as a message sent goes."""

    def __init__(self, *answers):
        self.answers, self.posted = list(answers), []

    def __call__(self, url, request):
        self.posted.append((url, dict(request.headers), json.loads(request.body)))
        return self.answers.pop(0) if self.answers else Response(200, b'{"messages": [{"id": "wamid.out"}]}')


class TestWhatsApp(ChannelContract):
    sends_once = False  # the Cloud API knows no keys; ours comes back with the updates
    channel = pytest.fixture(lambda self: WhatsApp(TEST_SETTINGS, post=Meta()))
    samples = pytest.fixture(
        lambda self: [
            Sample(
                signed(contacts=[JO], messages=[text(1, "No signal"), text(2, "Hello?", "447700900003")]),
                now=NOON,
                contacts=2,
                texts=("No signal", "Hello?"),
            ),
            Sample(
                signed(messages=[PICTURE], statuses=[READ, FAILED]), now=NOON, updates=2, texts=("My bill",)
            ),
        ]
    )
    message = pytest.fixture(
        lambda self: Outbound(
            text="We are on it.", to="+447700900001", channel="whatsapp", dedupe="out-1", case="case-1"
        )
    )
    sent = pytest.fixture(lambda self, channel: lambda: channel.post.posted)


@pytest.fixture
def desk():
    return Desk(Policy.from_dict({}), channels=[WhatsApp(TEST_SETTINGS, post=Meta())], clock=lambda: NOON)


def test_meta_gets_its_challenge_back_and_nobody_else_does(desk):
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    assert desk.receive("whatsapp", Request("GET", asked | {"hub.verify_token": "abc"})).response == Response(
        200, b"1158201444"
    )
    assert (
        desk.receive("whatsapp", Request("GET", asked | {"hub.verify_token": "guess"})).response.status == 403
    )


def test_a_message_becomes_a_case_and_the_answer_leaves_with_our_key(desk):
    receipt = desk.receive("whatsapp", signed(contacts=[JO], messages=[text(1, "No signal")]))
    desk.deliver()
    (row,) = desk.outbox
    ((url, headers, posted),) = desk._channels["whatsapp"].post.posted
    assert (url, headers["Authorization"]) == (
        "https://graph.facebook.com/v21.0/1555/messages",
        "Bearer t0ken",
    )
    assert (posted["to"], posted["biz_opaque_callback_data"], posted["type"]) == (
        "+447700900001",
        row.dedupe,
        "text",
    )
    update = desk.receive("whatsapp", signed(statuses=[READ | {"id": "wamid.out"}]))
    assert (row.state, row.provider_id, update.updates[0].case_id) == (
        "sent",
        "wamid.out",
        receipt.contacts[0].case_id,
    )
    assert desk.outbox[0].state == "read"


@pytest.mark.parametrize(
    ("answer", "state"),
    (
        (Response(400, b"bad number"), "refused"),
        (Response(429, b"slow down"), "retry"),
        (Response(503), "retry"),
    ),
)
def test_what_meta_answers_decides_what_becomes_of_a_message(answer, state):
    assert WhatsApp(TEST_SETTINGS, post=Meta(answer)).send(Outbound(text="Hi", to="+1"), "k").state == state


def test_no_answer_at_all_is_tried_again():
    def unreachable(url, request):
        raise TimeoutError("no route")

    assert WhatsApp(TEST_SETTINGS, post=unreachable).send(Outbound(text="Hi", to="+1"), "k").state == "retry"


def test_once_the_window_has_closed_only_the_template_leaves():
    channel = WhatsApp(TEST_SETTINGS, post=Meta())
    channel.send(channel.render(Outbound(text="Hi", to="+1"), window_open=False), "k")
    ((_, _, posted),) = channel.post.posted
    assert posted["template"] == {"name": "reopen", "language": {"code": "en"}}


def test_two_numbers_are_two_instances():
    uk, ie = (WhatsApp(evolve(TEST_SETTINGS, phone_number_id=n), name=f"whatsapp-{n}") for n in ("uk", "ie"))
    request = signed(messages=[text(1, "Hi")])
    assert next(uk.parse(request)).id != next(ie.parse(request)).id
    with pytest.raises(ChannelError, match="whatsapp-uk: no webhook of the Cloud API"):
        list(uk.parse(Request(body=b"[]")))


def test_as_a_plugin_it_is_built_from_settings():
    import whatsapp

    spec = Registry.build(plugins=[whatsapp]).channels["whatsapp"]
    said = {"secret": "s", "phone_number_id": "1", "token": "t", "verify_token": "v"}
    assert spec.make(name="whatsapp-uk", settings=said).name == "whatsapp-uk"
