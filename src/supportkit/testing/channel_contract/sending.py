# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of messages on their way out."""

from __future__ import annotations

from collections.abc import Callable, Sized
from copy import deepcopy
from typing import ClassVar

import pytest
from attrs import evolve

from supportkit.errors import ChannelError
from supportkit.ports import Capabilities, Channel, Outbound, SendResult
from supportkit.testing.contract import Contract

__all__ = ["SendingLaws", "Sent"]

Sent = Callable[[], Sized]

_UNSENDABLE = {
    "nothing at all": Outbound(),
    "no recipient": Outbound(text="hello"),
    "no text": Outbound(to="ann@example.com"),
    "a recipient of two lines": Outbound(text="hello", to="ann@example.com\r\nBcc: bob@example.com"),
    "half a letter": Outbound(text="\ud800", to="ann@example.com", subject="\ud800"),
}


class SendingLaws(Contract, standard=True):
    """A message keeps its words and its recipient, fits the channel, and leaves once.

    `sends_once` False says that the provider cannot tell a repeated key.
    """

    sends_once: ClassVar[bool] = True

    def test_it_is_a_channel(self, channel: Channel) -> None:
        wanted = ("name", "capabilities", "verify", "parse", "render", "send")
        assert [name for name in wanted if not hasattr(channel, name)] == []
        assert isinstance(channel, Channel)
        assert isinstance(channel.capabilities, Capabilities)

    def test_its_name_can_be_read(self, channel: Channel) -> None:
        for name in (channel.name, getattr(channel, "kind", channel.name)):
            assert isinstance(name, str)
            assert name.isprintable()
            assert name
            assert name == name.strip()

    def test_rendering_keeps_words_and_recipient(self, channel: Channel, message: Outbound) -> None:
        rendered = channel.render(message, window_open=True)
        assert isinstance(rendered, Outbound)
        assert message.text is not None
        assert message.text in (rendered.text or "")
        assert rendered.to in {message.to, ""}, "what is left empty is the message's own, nothing else"
        assert rendered.dedupe in {message.dedupe, ""}

    def test_rendering_the_same_gives_the_same(self, channel: Channel, message: Outbound) -> None:
        before = deepcopy(message)
        for window_open in (True, False):
            first, again = (_rendered(channel, message, window_open=window_open) for _ in range(2))
            assert first == again
        assert message == before

    def test_free_text_stays_in_when_the_window_is_closed(self, channel: Channel, message: Outbound) -> None:
        if channel.capabilities.reply_window is None:
            pytest.skip(f"channel {channel.name!r} declares no reply_window")
        rendered = _rendered(channel, message, window_open=False)
        if rendered is not None:
            assert rendered.text is None, "outside the reply window only a template may leave"
            assert rendered.template

    def test_what_is_too_long_is_cut_or_refused(
        self, channel: Channel, message: Outbound, request: pytest.FixtureRequest
    ) -> None:
        most = channel.capabilities.max_length
        if most is None:
            pytest.skip(f"channel {channel.name!r} declares no max_length")
        for length in (most + 1, 3 * most):
            rendered = _rendered(channel, evolve(message, text=("word " * length)[:length]), window_open=True)
            if rendered is not None and len(rendered.text or "") > most:
                request.getfixturevalue("sent")
                assert channel.send(rendered, f"contract-long-{length}").state == "refused"

    def test_a_channel_that_does_not_send_says_so(self, channel: Channel, message: Outbound) -> None:
        if channel.capabilities.sends:
            pytest.skip(f"channel {channel.name!r} sends")
        result = channel.send(message, "contract-1")
        assert (result.state, bool(result.reason)) == ("refused", True)

    def test_a_message_leaves_once_for_one_key(self, channel: Channel, message: Outbound, sent: Sent) -> None:
        rendered = channel.render(message, window_open=True).addressed_like(message)
        before = len(sent())
        assert channel.send(rendered, "contract-1").state == "accepted"
        assert len(sent()) == before + 1
        assert channel.send(rendered, "contract-1").state == "accepted"
        assert len(sent()) == before + 1 or not self.sends_once
        once = len(sent())
        assert channel.send(evolve(rendered, dedupe="contract-2"), "contract-2").state == "accepted"
        assert len(sent()) == once + 1

    @pytest.mark.parametrize("message", _UNSENDABLE.values(), ids=_UNSENDABLE.keys())
    def test_what_cannot_be_sent_is_an_answer_not_an_exception(
        self, channel: Channel, message: Outbound, sent: Sent
    ) -> None:
        before = len(sent())
        result = channel.send(message, "contract-3")
        assert isinstance(result, SendResult)
        assert (result.state == "accepted") == (len(sent()) == before + 1)
        assert result.state == "accepted" or result.reason


def _rendered(channel: Channel, message: Outbound, *, window_open: bool) -> Outbound | None:
    try:
        return channel.render(message, window_open=window_open).addressed_like(message)
    except ChannelError:
        return None
