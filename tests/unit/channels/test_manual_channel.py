import json
from datetime import UTC, datetime

import pytest

from supportkit.cases import ContactPoint
from supportkit.channels import UNDATED, ManualChannel
from supportkit.errors import ChannelError
from supportkit.ports import Channel, Outbound, Request

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DESK = ManualChannel(region="GB")


def enter(**values):
    return DESK.parse(values)[0]


@pytest.mark.parametrize(
    ("channel", "form", "visibility"),
    (
        ("letter", "message", "private"),
        ("fax", "message", "private"),
        ("counter", "visit", "private"),
        ("phone", "call", "private"),
        ("social", "mention", "public"),
    ),
)
def test_the_form_follows_from_the_channel(channel, form, visibility):
    contact = enter(channel=channel)
    assert (contact.channel, contact.channel_name, contact.form, contact.visibility) == (
        channel,
        "manual",
        form,
        visibility,
    )
    assert contact.at == UNDATED


def test_everything_an_agent_can_say():
    contact = enter(
        channel="phone", form="voicemail", at="2026-03-02T10:00:00+01:00", phone="07700 900123", email="jane@example.org", account="A-1",
        points=[{"kind": "phone", "value": "020 7946 0018"}, ContactPoint("account", "A-1")], name="Jane", subject="s", text="t", product="router",
        language="en", entry_point="+44800", addressed_to="sales", visibility="private", reach=3, given={"serial": "S"}, key="k",
    )  # fmt: skip
    assert (contact.form, contact.at) == ("voicemail", NOW)
    assert [(point.kind, point.value, point.region) for point in contact.points] == [
        ("phone", "020 7946 0018", "GB"),
        ("account", "A-1", None),
        ("email", "jane@example.org", None),
        ("phone", "07700 900123", "GB"),
    ]
    assert (contact.sender, contact.sender_name, contact.reach, contact.given) == (
        "jane@example.org",
        "Jane",
        3,
        {"serial": "S"},
    )
    assert (contact.product, contact.entry_point, contact.addressed_to) == ("router", "+44800", "sales")


def test_a_post_names_its_network():
    contact = enter(channel="social", handle="@jane", network="mastodon", text="No signal!")
    assert contact.points == (ContactPoint("handle", "@jane", network="mastodon"),)
    assert contact.sender == "@jane"


def test_a_key_makes_a_repeated_entry_the_same_contact():
    assert enter(channel="letter", key="k").id == enter(channel="letter", key="k", text="typo mended").id
    assert enter(channel="letter", text="a").id != enter(channel="letter", text="b").id


def test_an_entry_may_come_as_json():
    body = json.dumps({"channel": "fax", "text": "t"}).encode()
    assert DESK.parse(Request(body=body))[0].text == "t"


@pytest.mark.parametrize(
    ("values", "message"),
    (
        ({}, "channel=None is none of"),
        ({"channel": "leter"}, "did you mean 'letter'"),
        ({"channel": "fax", "txet": "x"}, r"'txet' \(did you mean 'text'\?\)"),
        ({"channel": "fax", "form": "shout"}, "form='shout'"),
        ({"channel": "fax", "visibility": "secret"}, "visibility='secret'"),
        ({"channel": "fax", "at": "yesterday"}, "ISO 8601"),
        ({"channel": "fax", "at": "2026-03-02T10:00:00"}, "no time zone"),
        ({"channel": "fax", "at": 7}, "no datetime"),
        ({"channel": "fax", "reach": -1}, "reach=-1"),
        ({"channel": "fax", "reach": "many"}, "reach='many'"),
        ({"channel": "fax", "given": ["x"]}, "given must be a mapping"),
        ({"channel": "fax", "points": "x"}, "points must be a list"),
        ({"channel": "fax", "points": [{"kind": "email"}]}, "needs 'kind' and 'value'"),
        ({"channel": "fax", "points": [{"kind": "pigeon", "value": "x"}]}, "pigeon"),
        (
            {"channel": "fax", "points": [{"kind": "email", "value": "x", "zone": "y"}]},
            "unknown field 'zone'",
        ),
        ({"channel": "fax", "text": 1.5}, "'text' must be text"),
        ({"channel": "fax", "text": "x" * 100_001}, "at most 100000"),
    ),
)
def test_an_entry_that_cannot_be_meant_says_why(values, message):
    with pytest.raises(ChannelError, match=message):
        DESK.parse(values)


def test_only_a_mapping_is_an_entry():
    with pytest.raises(ChannelError, match="mapping"):
        DESK.parse(["letter"])


def test_what_is_entered_by_hand_is_not_answered_here():
    assert isinstance(DESK, Channel)
    assert DESK.send(Outbound(text="t"), "k").state == "refused"
    assert DESK.render(Outbound(text="t"), window_open=True) == Outbound(text="t")
    DESK.verify({}, NOW)


def test_an_agent_may_enter_how_long_a_caller_was_on_hold():
    span = {"from": "2026-03-02T08:50:00Z", "to": datetime(2026, 3, 2, 8, 53, tzinfo=UTC)}
    (contact,) = ManualChannel().parse({"channel": "phone", "phone": "+442079460018", "holds": [span]})
    assert [(end - start).seconds for start, end in contact.holds] == [180]
    with pytest.raises(ChannelError, match=r"holds\[0\]"):
        ManualChannel().parse({"channel": "phone", "holds": [{"from": "2026-03-02T08:50:00Z"}]})
