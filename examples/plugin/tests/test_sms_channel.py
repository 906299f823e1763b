"""The channel keeps the contract of all channels; what is its own is shown beside it."""

import json
from collections.abc import Callable, Sized
from datetime import UTC, datetime, timedelta

import pytest
from supportkit_example.sms import SmsChannel, SmsSettings, signed

from supportkit.errors import ChannelError
from supportkit.ports import Outbound, Request, Response
from supportkit.testing import ChannelContract, Sample

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETTINGS = SmsSettings.model_validate({"secret": "not a secret", "number": "+442079460000"})
BATCH = {
    "messages": [{"id": "m1", "from": "+447700900001", "text": "No signal", "at": "2026-07-01T11:59:00Z"}],
    "receipts": [{"key": "k1", "state": "delivered", "at": "2026-07-01T11:58:00Z"}],
}
ANOTHER = {
    "messages": [{"id": "m2", "from": "+447700900001", "text": "Hello?", "at": "2026-07-01T12:00:00Z"}]
}


class Gateway:
    """Stands for the other side: takes what is posted, each key once, and answers with `status`."""

    def __init__(self, status: int = 202) -> None:
        self.status = status
        self.taken: dict[str, Request] = {}

    def __call__(self, url: str, request: Request) -> Response:
        """Take a request."""
        assert url == SETTINGS.url
        if self.status < 300:
            self.taken.setdefault(json.loads(request.body)["key"], request)
        return Response(self.status, b"said so")


class TestSms(ChannelContract):
    """The channel passes the kit."""

    @pytest.fixture
    def gateway(self) -> Gateway:
        """The other side."""
        return Gateway()

    @pytest.fixture
    def channel(self, gateway: Gateway) -> SmsChannel:
        """The channel to prove."""
        return SmsChannel(SETTINGS, post=gateway, clock=lambda: NOON)

    @pytest.fixture
    def sent(self, gateway: Gateway) -> Callable[[], Sized]:
        """What left."""
        return lambda: gateway.taken

    @pytest.fixture
    def message(self) -> Outbound:
        """A message that this channel can send."""
        return Outbound(text="We are on it.", to="+447700900001", dedupe="k1")

    @pytest.fixture
    def samples(self) -> list[Sample]:
        """What the gateway really sends."""
        one, two = (signed(json.dumps(batch).encode(), SETTINGS, NOON) for batch in (BATCH, ANOTHER))
        return [
            Sample(one, now=NOON, updates=1, texts=("No signal",)),
            Sample(two, now=NOON, texts=("Hello?",)),
        ]


def test_an_old_request_is_a_replay() -> None:
    """The signature holds for five minutes."""
    request = signed(b"{}", SETTINGS, NOON)
    SmsChannel(SETTINGS).verify(request, NOON + timedelta(minutes=4))
    with pytest.raises(ChannelError):
        SmsChannel(SETTINGS).verify(request, NOON + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("status", "state"), ((202, "accepted"), (400, "refused"), (429, "retry"), (503, "retry"))
)
def test_the_answer_of_the_gateway_decides(status: int, state: str) -> None:
    """What is refused is never sent again, what is busy is."""
    channel = SmsChannel(SETTINGS, post=Gateway(status), clock=lambda: NOON)
    assert channel.send(Outbound(text="Hello", to="+447700900001"), "k1").state == state


def test_no_answer_is_a_reason_to_try_again() -> None:
    """The line may be back in a minute."""

    def broken(url: str, request: Request) -> Response:
        raise ConnectionError(url, request.method)

    assert (
        SmsChannel(SETTINGS, post=broken).send(Outbound(text="Hello", to="+447700900001"), "k1").state
        == "retry"
    )
