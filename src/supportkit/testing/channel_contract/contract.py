"""The kit that proves a channel."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from supportkit.ports import Channel, Outbound
from supportkit.testing.channel_contract.parsing import ParsingLaws
from supportkit.testing.channel_contract.sample import Sample
from supportkit.testing.channel_contract.sending import SendingLaws, Sent
from supportkit.testing.channel_contract.verifying import VerifyingLaws

__all__ = ["ChannelContract"]


class ChannelContract(VerifyingLaws, ParsingLaws, SendingLaws):
    """What every channel promises: subclass it in a test module and give the fixture `channel`.

    Optional fixtures, without which their laws are skipped, and say so: `samples`, real requests with what
    must come out of them (see `Sample`); `sent`, a callable that gives what left through the transport that
    the channel has in tests, for nothing is sent without it; `message`, a message that the channel can send
    (by default a text to ann@example.com).

    Attributes: ``authenticates = False`` for a channel that by its nature cannot know the sender,
    ``signs_bodies = False`` for a secret that does not cover the body, ``kinds`` when contacts name other
    kinds than the channel's own, ``sends_once = False`` when the provider cannot tell a repeat. No law can
    be overridden (see `supportkit.testing.contract.Contract`).

    >>> from supportkit.channels import ManualChannel
    >>> class TestManualChannel(ChannelContract):
    ...     authenticates = False
    ...     channel = pytest.fixture(lambda self: ManualChannel())
    """

    @pytest.fixture
    def channel(self) -> Channel:
        """The channel to prove."""
        pytest.fail(
            f"{type(self).__name__} has no fixture `channel`; add "
            "`channel = pytest.fixture(lambda self: YourChannel(...))`"
        )

    @pytest.fixture
    def samples(self) -> Sequence[Sample]:
        """Real requests of the provider; by default none."""
        return ()

    @pytest.fixture
    def real(self, samples: Sequence[Sample]) -> Sequence[Sample]:
        """The samples, when there are any."""
        if not samples:
            pytest.skip(
                f"{type(self).__name__} has no fixture `samples`: a list of Sample(request, now=...), "
                "real requests with what must come out of them"
            )
        return samples

    @pytest.fixture
    def message(self, channel: Channel) -> Outbound:
        """A message that the channel can send."""
        return Outbound(
            text="We are on it.",
            to="ann@example.com",
            channel=channel.name,
            dedupe="contract-1",
            case="case-1",
        )

    @pytest.fixture
    def sent(self, channel: Channel) -> Sent:
        """What left through the channel, as a callable; skips when a test could reach the real provider."""
        if not channel.capabilities.sends:
            pytest.skip(f"channel {channel.name!r} sends nothing")
        pytest.skip(
            f"{type(self).__name__} has no fixture `sent`: a callable that returns what left through the "
            "transport that the channel has in tests"
        )
