import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from supportkit.cases import Attachment, ContactPoint
from supportkit.channels import UNDATED, PhoneChannel, sign_webhook
from supportkit.errors import ChannelError, InvalidValue
from supportkit.ports import Channel, DeliveryUpdate, Outbound, Request, SendResult

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PHONE = PhoneChannel(region="GB", secret=b"key")
CALL = {"id": "c-1", "event": "call", "from": "020 7946 0018", "to": "+44 800 123 456"}


def request(body, *, secret=b"key"):
    data = json.dumps(body).encode()
    return Request(headers=sign_webhook("m-1", data, secret=secret, at=NOW), body=data)


def read(*events, channel=PHONE):
    return channel.parse(request({"events": list(events)}))


def call(channel=PHONE, **changes):
    return read({**CALL, **changes}, channel=channel)[0]


@pytest.mark.parametrize(
    ("event", "number", "form"),
    (
        ("call", "020 7946 0018", "call"),
        ("missed", "020 7946 0018", "callback_request"),
        ("missed", "anonymous", "call"),
        ("missed", None, "call"),
        ("voicemail", "020 7946 0018", "voicemail"),
        ("voicemail", "anonymous", "voicemail"),
        ("callback_request", "020 7946 0018", "callback_request"),
    ),
)
def test_every_event_has_its_form(event, number, form):
    contact = call(event=event, **{"from": number})
    assert (contact.channel, contact.channel_name, contact.form, contact.visibility) == (
        "phone",
        "phone",
        form,
        "private",
    )


def test_a_missed_call_can_be_a_mere_call():
    assert call(PhoneChannel(missed="call"), event="missed").form == "call"


def test_everything_that_an_event_can_say():
    contact = call(
        event="callback_request", at="2026-03-02T10:00:00+01:00", name="Jo", call_back_on="07700 900123", wanted_at="2026-03-03T15:00:00+01:00",
        menu="sales", product="router", language="en", subject="Bill",
    )  # fmt: skip
    assert contact.points == (
        ContactPoint("phone", "07700 900123", "GB"),
        ContactPoint("phone", "020 7946 0018", "GB"),
    )
    assert (contact.at, contact.sender_name, contact.subject, contact.product, contact.language) == (
        NOW,
        "Jo",
        "Bill",
        "router",
        "en",
    )
    assert (contact.entry_point, contact.addressed_to) == ("+44 800 123 456", "sales")
    assert contact.given == {"wanted_at": "2026-03-03T14:00:00Z"}


def test_a_voicemail_brings_its_recording_and_what_was_said():
    recording = {"name": "vm.wav", "media_type": "audio/wav", "data": b64encode(b"RIFF").decode()}
    contact = call(event="voicemail", transcript="Please call me.", recording=recording)
    assert (contact.text, contact.attachments) == (
        "Please call me.",
        (Attachment("vm.wav", "audio/wav", b"RIFF"),),
    )


@pytest.mark.parametrize("number", (None, "", "anonymous", "Restricted", "+266696687", "unknown"))
def test_a_withheld_number_is_no_point(number):
    contact = call(**{"from": number})
    assert (contact.points, contact.sender) == ((), None)
    assert (contact.text, contact.given, contact.attachments, contact.at) == (None, {}, (), UNDATED)


def test_two_lines_are_told_apart():
    sales, help_ = (
        PhoneChannel("sales", entry_point="+44800111"),
        PhoneChannel("help", entry_point="+44800222"),
    )
    unnamed = {**CALL, "to": None}
    found = [read(unnamed, channel=channel)[0] for channel in (sales, help_)]
    assert [(one.channel, one.channel_name, one.entry_point) for one in found] == [
        ("phone", "sales", "+44800111"),
        ("phone", "help", "+44800222"),
    ]
    assert found[0].id != found[1].id
    assert call(sales).entry_point == "+44 800 123 456"  # the number that was really dialled


def test_events_keep_their_order_and_updates_follow():
    body = {
        "events": [{**CALL, "id": number} for number in (3, 1, 2)],
        "deliveries": [{"outbound": "out-1", "state": "delivered"}],
    }
    *found, update = PHONE.parse(request(body))
    assert [contact.id for contact in found] == [call(id=number).id for number in (3, 1, 2)]
    assert update == DeliveryUpdate("out-1", "delivered")
    assert PHONE.parse(body) == (*found, update)


def test_the_same_event_is_the_same_contact():
    assert read(CALL) == read(CALL)
    assert call().id != call(id="c-2").id
    assert (
        call(event="missed").id != call(event="voicemail").id
    )  # of one call: first missed, then spoken to a machine


@pytest.mark.parametrize(
    ("changes", "said"),
    (
        (
            {"event": "ringing"},
            "field 'event' holds 'ringing'; it can be call, missed, voicemail, callback_request",
        ),
        ({"event": None}, "field 'event' is required"),
        ({"id": ""}, "field 'id' is required"),
        ({"wanted_at": "tomorrow"}, "no ISO 8601"),
        ({"recording": "UklGRg=="}, "recording must be an object"),
        (
            {"recording": {"name": "a", "media_type": "b", "data": "?"}},
            "recording: field 'data' must be base64",
        ),
        ({"caller": "1"}, "unknown field 'caller'"),
        ({"from": ["1"]}, "field 'from' must be text"),
    ),
)
def test_a_broken_event_is_named_and_nothing_is_taken(changes, said):
    with pytest.raises(ChannelError) as caught:
        read(CALL, {**CALL, **changes})
    assert str(caught.value).startswith("phone: events[1]")
    assert said in str(caught.value)


def test_a_systems_own_json_is_translated():
    channel = PhoneChannel(
        translate=lambda body: {"events": [{"id": body["CallSid"], "event": "call", "from": body["From"]}]}
    )
    assert channel.parse(request({"CallSid": "CA1", "From": "+442079460018"}))[0].sender == "+442079460018"


def test_only_signed_events_are_genuine_when_there_is_a_secret():
    PHONE.verify(request({"events": []}), NOW)
    for forged in (request({"events": []}, secret=b"x"), Request(body=b"{}"), {"events": []}):
        with pytest.raises(ChannelError) as caught:
            PHONE.verify(forged, NOW)
        assert caught.value.status == 401
    PhoneChannel().verify({"events": []}, NOW)  # a system of one's own, told apart by the host
    seen = []
    PhoneChannel(verify=lambda request, now: seen.append(now)).verify(Request(), NOW)
    assert seen == [NOW]


@pytest.mark.parametrize(
    ("options", "said"),
    (
        ({"secret": ""}, "empty secret"),
        ({"secret": b"k", "verify": print}, "one of them decides"),
        ({"missed": "voicemail"}, "neither"),
    ),
)
def test_a_channel_that_cannot_work_is_refused_when_it_is_built(options, said):
    with pytest.raises(InvalidValue, match=said):
        PhoneChannel(**options)


def test_answers_leave_by_another_channel_unless_text_messages_can_be_sent():
    assert isinstance(PHONE, Channel)
    assert (PHONE.capabilities.sends, PHONE.capabilities.realtime) == (False, True)
    assert PHONE.send(Outbound(text="Hi", to="+442079460018"), "k").state == "refused"
    sent = []
    texting = PhoneChannel(
        sender=lambda outbound, key: sent.append((key, outbound)) or SendResult.accepted("SM1"),
        max_length=160,
    )
    message = texting.render(Outbound(text="We call back by 10:00.", to="+442079460018"), window_open=True)
    assert (texting.capabilities.sends, texting.send(message, "k").provider_id, sent) == (
        True,
        "SM1",
        [("k", message)],
    )
    assert texting.send(Outbound(text="Hi", to="anonymous"), "k").state == "refused"
    with pytest.raises(ChannelError, match="at most 160"):
        texting.render(Outbound(text="a" * 161), window_open=True)


def test_the_spans_on_hold_come_with_the_call():
    spans = [
        {"from": "2026-03-02T08:50:00Z", "to": "2026-03-02T08:53:00Z"},
        {"from": "2026-03-02T09:55:00+01:00", "to": "2026-03-02T09:56:00+01:00"},
    ]
    found = call(holds=spans).holds
    assert [f"{start:%H:%M}-{end:%H:%M}" for start, end in found] == ["08:50-08:53", "08:55-08:56"]
    assert call().holds == ()


@pytest.mark.parametrize(
    "spans",
    (
        "soon",
        [{"from": "2026-03-02T08:50:00Z"}],
        [{"from": "2026-03-02T08:50:00Z", "to": "2026-03-02T08:49:00Z"}],
        [{"from": "2026-03-02T08:50:00", "to": "2026-03-02T08:51:00"}],
        [{"from": "2026-03-02T08:50:00Z", "to": "2026-03-02T08:51:00Z", "music": "yes"}],
    ),
)
def test_spans_that_cannot_be_meant_are_named(spans):
    with pytest.raises(ChannelError, match="holds"):
        call(holds=spans)
