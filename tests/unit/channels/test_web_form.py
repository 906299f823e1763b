import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from supportkit.channels import UNDATED, WebFormChannel
from supportkit.errors import ChannelError, InvalidValue
from supportkit.intake import AckPolicy, acknowledge
from supportkit.ports import Channel, Outbound, Request

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FORM = WebFormChannel(answers=["serial"], region="GB", honeypot="website", required=["text", "email"])
GOOD = {"email": "jane@example.org", "message": "No signal\r\nsince eight"}


def encoded(values, media_type="application/x-www-form-urlencoded; charset=utf-8", **headers):
    return Request(headers={"content-type": media_type, **headers}, body=urlencode(values).encode())


def as_json(values, media_type="application/json"):
    return Request(headers={"Content-Type": media_type}, body=json.dumps(values).encode())


def submit(values=GOOD, *, channel=FORM, **changes):
    return channel.parse(encoded({**values, **changes}))[0]


def test_a_submission_becomes_one_contact():
    contact = submit(
        name="Jane",
        phone="07700 900123",
        subject="Phone\nbroken",
        product="router",
        language="en",
        serial="S-1",
    )
    assert (contact.channel, contact.channel_name, contact.form, contact.at) == (
        "web",
        "web",
        "message",
        UNDATED,
    )
    assert [(point.kind, point.value, point.region) for point in contact.points] == [
        ("email", "jane@example.org", None),
        ("phone", "07700 900123", "GB"),
    ]
    assert (contact.sender, contact.sender_name, contact.subject) == (
        "jane@example.org",
        "Jane",
        "Phone broken",
    )
    assert (contact.text, contact.product, contact.language) == ("No signal\nsince eight", "router", "en")
    assert contact.given == {"serial": "S-1"}


def test_json_and_url_encoding_say_the_same():
    names = ("points", "text", "given")
    one, two = FORM.parse(as_json({**GOOD, "serial": "S"}))[0], submit(serial="S")
    assert [getattr(one, name) for name in names] == [getattr(two, name) for name in names]


def test_a_form_with_an_address_is_acknowledged():
    assert acknowledge(submit(), policy=AckPolicy(), now=NOW).send


def test_a_key_makes_a_double_click_one_contact():
    assert submit(key="page-1").id == submit(key="page-1", message="again").id
    assert submit(key="page-1").id != submit(key="page-2").id
    by_header = [
        FORM.parse(encoded({**GOOD, "message": text}, **{"Idempotency-Key": "i"}))[0].id for text in "ab"
    ]
    assert by_header[0] == by_header[1]
    assert submit().id != submit(message="other").id


def test_a_filled_honeypot_is_taken_and_dropped():
    assert FORM.parse(encoded({**GOOD, "website": "http://spam.example"})) == ()
    assert submit(website="").text


def test_several_ticked_boxes_are_one_answer():
    request = encoded([*GOOD.items(), ("serial", "a"), ("serial", "b")])
    assert FORM.parse(request)[0].given == {"serial": "a, b"}


def test_a_call_back_may_be_asked_for():
    channel = WebFormChannel(fields={"phone": "phone", "what": "form", "nr": "account"}, required=["phone"])
    contact = submit({"phone": "0123", "what": "callback_request", "nr": "A-1"}, channel=channel)
    assert (contact.form, [point.kind for point in contact.points]) == (
        "callback_request",
        ["phone", "account"],
    )
    assert submit({"phone": "none"}, channel=channel).points == ()


@pytest.mark.parametrize(
    ("request_", "message"),
    (
        (encoded({"email": "jane@example.org"}), "'message' is required"),
        (encoded({**GOOD, "message": "  "}), "'message' is required"),
        (encoded({**GOOD, "massage": "x"}), r"unknown field 'massage' \(did you mean 'message'\?\)"),
        (encoded({**GOOD, "subject": "x" * 501}), "'subject' has 501 characters, at most 500"),
        (encoded({**GOOD, "message": "x" * 20_001}), "at most 20000"),
        (encoded({**GOOD, "email": "jane at home"}), "no mail address"),
        (encoded([*GOOD.items(), ("message", "two")]), "'message' was sent twice"),
        (encoded(GOOD, "multipart/form-data; boundary=b"), "multipart/form-data' is not built yet"),
        (encoded(GOOD, "text/plain"), "text/plain"),
        (Request(body=b"a=b"), "Content-Type"),
        (Request(headers={"Content-Type": "application/json"}, body=b"{"), "no JSON"),
        (Request(headers={"Content-Type": "application/json"}, body=b"[" * 100_000), "no JSON"),
        (as_json([1]), "JSON object, not list"),
        (as_json({**GOOD, "serial": [1]}), "plain value, not list"),
        (as_json({**GOOD, "message": True}), "must be text, not bool"),
        (Request(headers={"Content-Type": "application/x-www-form-urlencoded"}, body=b"a=\xff"), "UTF-8"),
        (encoded([(f"f{n}", "x") for n in range(300)]), "no form"),
    ),
)
def test_a_submission_that_cannot_be_read_says_why(request_, message):
    with pytest.raises(ChannelError, match=message):
        FORM.parse(request_)


def test_a_form_field_must_be_one_of_two():
    channel = WebFormChannel(fields={"what": "form", "text": "text"})
    with pytest.raises(ChannelError, match="message or callback_request"):
        submit({"what": "call", "text": "t"}, channel=channel)


@pytest.mark.parametrize("options", ({"fields": {"a": "shoe_size"}}, {"required": ["shoe_size"]}))
def test_a_meaning_that_is_none_is_refused(options):
    with pytest.raises(InvalidValue, match="shoe_size means nothing"):
        WebFormChannel(**options)


def test_forms_are_answered_by_mail():
    assert isinstance(FORM, Channel)
    assert FORM.capabilities.sends is False
    assert FORM.send(Outbound(text="t"), "k").state == "refused"
    assert FORM.render(Outbound(text="t"), window_open=True) == Outbound(text="t")
    FORM.verify(Request(), NOW)
