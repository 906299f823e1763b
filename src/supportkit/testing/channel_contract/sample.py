"""A real request of a provider, and what must come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases.instants import instant

__all__ = ["Sample"]


@frozen
class Sample:
    """What a provider really sent, byte for byte, and what the channel must make of it.

    `request` is signed as the provider signs, with the secret that the channel under test has; `now` is an
    instant at which that signature holds. Of the `contacts` in it, `anonymous` ones have no contact point (a
    withheld number). `updates` counts delivery updates, `attachments` the files of all contacts (by default
    as many as `files` names); `files` maps names to the bytes that must be found, `texts` are the contacts'
    texts, in order. The samples of a suite are different messages: the same message twice is the kit's
    business. Raises NaiveDatetime for `now` without a zone.
    """

    request: Any
    now: datetime = instant(kw_only=True)
    contacts: int = field(default=1, kw_only=True)
    updates: int = field(default=0, kw_only=True)
    anonymous: int = field(default=0, kw_only=True)
    files: Mapping[str, bytes] = field(factory=dict, kw_only=True)
    attachments: int = field(kw_only=True)
    texts: tuple[str | None, ...] | None = field(default=None, kw_only=True)

    @attachments.default
    def _as_many_as_named(self) -> int:
        return len(self.files)
