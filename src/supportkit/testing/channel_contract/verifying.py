# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of telling a provider's requests from everybody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings

from supportkit.errors import ChannelError
from supportkit.ports import Channel, Request, Response
from supportkit.testing.channel_contract.rubbish import changed_bodies, forged, random_requests, unsigned
from supportkit.testing.channel_contract.sample import Sample
from supportkit.testing.clock import NINE
from supportkit.testing.contract import Contract

__all__ = ["EXAMPLES", "VerifyingLaws"]

EXAMPLES = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
"""Random requests are the same ones in every run: a contract does not depend on luck."""


class VerifyingLaws(Contract, standard=True):
    """What the provider sent is accepted, what anybody else made up is refused with ChannelError.

    `authenticates` False says that nothing proves the sender (a mailbox, a public form), `signs_bodies`
    False that a shared secret comes along but does not cover the body.
    """

    authenticates: ClassVar[bool] = True
    signs_bodies: ClassVar[bool] = True

    def test_a_real_request_is_accepted_as_often_as_it_comes(
        self, channel: Channel, real: Sequence[Sample]
    ) -> None:
        for sample in real:
            channel.verify(sample.request, sample.now)
            channel.verify(sample.request, sample.now)

    def test_a_changed_body_is_refused(self, channel: Channel, real: Sequence[Sample]) -> None:
        for request, now in self._signed(real, bodies=True):
            for body in changed_bodies(request.body):
                _check_refused(channel, evolve(request, body=body), now, why="a changed body")

    def test_a_signature_of_another_request_is_refused(
        self, channel: Channel, real: Sequence[Sample]
    ) -> None:
        signed = tuple(self._signed(real, bodies=True))
        for request, now in signed:
            for other, _ in signed:
                if other.body != request.body:
                    mixed = evolve(request, body=other.body)
                    _check_refused(channel, mixed, now, why="the signature of another request")

    def test_an_unsigned_request_is_refused(self, channel: Channel, real: Sequence[Sample]) -> None:
        for request, now in self._signed(real):
            _check_refused(channel, unsigned(request), now, why="no signature")
            _check_refused(channel, evolve(request, query=(), headers=()), now, why="no header at all")

    def test_a_forged_signature_is_refused(self, channel: Channel, real: Sequence[Sample]) -> None:
        for request, now in self._signed(real):
            for forgery in forged(request):
                _check_refused(channel, forgery, now, why="a forged signature")

    def test_a_missing_header_is_no_accident(self, channel: Channel, real: Sequence[Sample]) -> None:
        for sample in real:
            if isinstance(sample.request, Request):
                for pair in sample.request.headers:
                    left = [other for other in sample.request.headers if other != pair]
                    with suppress(ChannelError):
                        channel.verify(evolve(sample.request, headers=left), sample.now)

    def test_rubbish_is_refused_and_breaks_nothing(self, channel: Channel, samples: Sequence[Sample]) -> None:
        now = samples[0].now if samples else NINE

        @EXAMPLES
        @given(random_requests(samples))
        def check(request: Request) -> None:
            if self.authenticates:
                _check_refused(channel, request, now, why="rubbish")
            else:
                with suppress(ChannelError):
                    channel.verify(request, now)

        check()

    def test_a_handshake_leaves_ordinary_requests_alone(
        self, channel: Channel, real: Sequence[Sample]
    ) -> None:
        handshake = _handshake(channel)
        assert [handshake(sample.request) for sample in real] == [None] * len(real)

    def test_a_handshake_answers_or_refuses_rubbish(
        self, channel: Channel, samples: Sequence[Sample]
    ) -> None:
        handshake = _handshake(channel)

        @EXAMPLES
        @given(random_requests(samples))
        def check(request: Request) -> None:
            with suppress(ChannelError):
                assert isinstance(handshake(request), Response | None)

        check()

    def _signed(self, real: Sequence[Sample], *, bodies: bool = False) -> Iterator[tuple[Request, datetime]]:
        if not self.authenticates:
            pytest.skip("authenticates is False: nothing proves who sent it")
        if bodies and not self.signs_bodies:
            pytest.skip("signs_bodies is False: the provider's secret does not cover the body")
        return ((sample.request, sample.now) for sample in real)


def _check_refused(channel: Channel, request: Request, now: datetime, *, why: str) -> None:
    refusal = None
    try:
        channel.verify(request, now)
    except ChannelError as error:
        refusal = error
    assert refusal is not None, f"verify accepted {why}: {request!r}"
    assert 400 <= refusal.status < 500, f"{why} is the sender's fault, not ours: {refusal.status}"


def _handshake(channel: Channel) -> Any:
    found = getattr(channel, "handshake", None)
    if found is None:
        pytest.skip(f"channel {channel.name!r} has no handshake")
    return found
