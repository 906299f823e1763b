from datetime import UTC, datetime

import pytest

from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.errors import ChannelError
from supportkit.ports import Capabilities, Channel, DeliveryUpdate, Outbound, SendResult

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
JANE = Contact(id="c1", channel="memory", at=NOW)


def read(request, **options):
    return tuple(MemoryChannel(**options).parse(request))


def test_values_pass_through():
    update = DeliveryUpdate("o1", "delivered")
    assert read(JANE) == (JANE,)
    assert read([JANE, (update,)]) == (JANE, update)
    assert read([]) == ()


def test_a_mapping_is_completed_with_the_channel():
    (contact,) = read(
        {
            "id": "c1",
            "at": NOW,
            "points": [("email", "a@x.org"), {"kind": "account", "value": "A"}, ContactPoint("account", "B")],
        },
        name="in",
        kind="email",
    )
    assert (contact.channel, contact.channel_name) == ("email", "in")
    assert [point.value for point in contact.points] == ["a@x.org", "A", "B"]
    assert read({"id": "c1", "at": NOW}, name="in")[0].channel == "in"


@pytest.mark.parametrize(
    ("request_", "message"),
    (
        ("text", "neither a Contact"),
        (7, "neither a Contact"),
        ({"id": "c1", "at": NOW, "txet": "x"}, "did you mean 'text'"),
        ({"id": "c1"}, "make no contact"),
        ({"id": "c1", "at": datetime(2026, 1, 1)}, "no time zone"),
        ({"id": "c1", "at": NOW, "points": [("pigeon", "x")]}, "pigeon"),
        ({"id": "c1", "at": NOW, "points": [{"knid": "email"}]}, "did you mean 'kind'"),
        ({"id": "c1", "at": NOW, "points": [{"kind": "email"}]}, "no contact point"),
    ),
)
def test_what_makes_no_contact_says_why(request_, message):
    with pytest.raises(ChannelError, match=message):
        read(request_)


def test_what_is_sent_is_kept_once_for_a_key():
    channel = MemoryChannel()
    results = [channel.send(Outbound(text=text), key) for text, key in (("a", "k"), ("a", "k"), ("b", "l"))]
    assert [result.state for result in results] == ["accepted"] * 3
    assert [(key, message.text) for key, message in channel.sent] == [("k", "a"), ("l", "b")]


def test_results_can_be_told_beforehand():
    channel = MemoryChannel(results=[SendResult.retry(), SendResult.refused("gone")])
    assert [channel.send(Outbound(), "k").state for _ in range(3)] == ["retry", "refused", "accepted"]
    assert len(channel.sent) == 1


def test_it_can_play_any_channel():
    window = Capabilities(realtime=True, public=True)
    channel = MemoryChannel("twitter", "social", capabilities=window)
    assert isinstance(channel, Channel)
    assert (channel.name, channel.kind, channel.capabilities) == ("twitter", "social", window)
    assert channel.render(Outbound(text="t"), window_open=False) == Outbound(text="t")
    channel.verify(None, NOW)
