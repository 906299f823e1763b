# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of reading a request: all of it, the same each time, and only what is there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any, ClassVar

from hypothesis import given

from supportkit.cases import Contact
from supportkit.errors import ChannelError
from supportkit.ports import Channel, DeliveryUpdate, Inbound, Request
from supportkit.testing.channel_contract.rubbish import damaged, random_requests, random_values
from supportkit.testing.channel_contract.sample import Sample
from supportkit.testing.channel_contract.verifying import EXAMPLES
from supportkit.testing.contract import Contract

__all__ = ["ParsingLaws"]


class ParsingLaws(Contract, standard=True):
    """A real request gives what it holds, rubbish gives ChannelError, and a repeat is nothing new.

    `kinds` are the kinds that a contact's `channel` may name, where these are others than the channel's own.
    """

    kinds: ClassVar[Sequence[str]] = ()

    def test_a_real_request_gives_what_it_holds(self, channel: Channel, real: Sequence[Sample]) -> None:
        for sample in real:
            found: Sequence[Any] = _read(channel, sample.request)
            strangers = [item for item in found if not isinstance(item, Contact | DeliveryUpdate)]
            assert not strangers, f"parse gives contacts and delivery updates, nothing else: {strangers!r}"
            contacts = _contacts(found)
            assert (len(contacts), len(found) - len(contacts)) == (sample.contacts, sample.updates)
            if sample.texts is not None:
                assert tuple(contact.text for contact in contacts) == sample.texts

    def test_files_are_kept(self, channel: Channel, real: Sequence[Sample]) -> None:
        for sample in real:
            contacts = _contacts(_read(channel, sample.request))
            files = [(file.name, file.data) for contact in contacts for file in contact.attachments]
            assert len(files) == sample.attachments
            assert [pair for pair in sample.files.items() if pair not in files] == []

    def test_contacts_say_where_they_came_in(self, channel: Channel, real: Sequence[Sample]) -> None:
        kinds = tuple(self.kinds) or (getattr(channel, "kind", channel.name),)
        for contact in (each for sample in real for each in _contacts(_read(channel, sample.request))):
            assert contact.channel_name == channel.name
            assert contact.channel in kinds

    def test_contacts_have_a_point_or_are_honest_about_it(
        self, channel: Channel, real: Sequence[Sample]
    ) -> None:
        for sample in real:
            contacts = _contacts(_read(channel, sample.request))
            assert sum(not contact.points for contact in contacts) == sample.anonymous

    def test_a_repeated_request_gives_the_same_values(self, channel: Channel, real: Sequence[Sample]) -> None:
        for sample in real:
            first = _read(channel, sample.request)
            assert _read(channel, deepcopy(sample.request)) == first, "a duplicate must not look new"
            assert _read(channel, sample.request) == first, "a duplicate must not look new"

    def test_different_messages_have_different_ids(self, channel: Channel, real: Sequence[Sample]) -> None:
        contacts = [each for sample in real for each in _contacts(_read(channel, sample.request))]
        assert all(contact.id for contact in contacts)
        assert len({contact.id for contact in contacts}) == len(contacts)

    def test_a_request_is_left_as_it_was(self, channel: Channel, real: Sequence[Sample]) -> None:
        for sample in real:
            before = deepcopy(sample.request)
            channel.verify(sample.request, sample.now)
            _read(channel, sample.request)
            assert sample.request == before

    def test_a_damaged_request_gives_a_channel_error_or_less(
        self, channel: Channel, real: Sequence[Sample]
    ) -> None:
        for sample in real:
            for request in damaged(sample):
                _try_to_read(channel, request)

    def test_rubbish_gives_a_channel_error_or_nothing(
        self, channel: Channel, samples: Sequence[Sample]
    ) -> None:
        whole = all(isinstance(sample.request, Request) for sample in samples)

        @EXAMPLES
        @given(random_requests(samples) if whole else random_values())
        def check(request: Any) -> None:
            _try_to_read(channel, request)

        check()


def _read(channel: Channel, request: Any) -> tuple[Inbound, ...]:
    return tuple(channel.parse(request))


def _contacts(found: Sequence[Inbound]) -> list[Contact]:
    return [item for item in found if isinstance(item, Contact)]


def _try_to_read(channel: Channel, request: Any) -> None:
    with suppress(ChannelError):
        try:
            _read(channel, request)
        except ChannelError:
            raise
        except Exception as error:
            error.add_note(f"parse must raise ChannelError for what it cannot read, here: {request!r}")
            raise
