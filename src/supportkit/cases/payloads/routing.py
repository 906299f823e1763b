"""Events of finding the person who answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload, shape


@payload("routing.queued")
class RoutingQueued(Payload):
    """The case waits for somebody who fits.

    `expected` says for how long: ``ahead``, ``servers``, and ``p50`` and ``p90`` in seconds.
    """

    queue: str | None = None
    skills: Mapping[str, Any] | None = None
    sort_key: int | None = None
    affinity: tuple[Any, ...] = ()
    when_nobody: str | None = None
    fast_lane: bool = False
    facts: Mapping[str, Any] | None = None
    expected: Mapping[str, Any] | None = None


@shape
class _Offer(Payload):
    offer: str | None = None
    agent: str | None = None
    until: datetime | None = None


@payload("routing.offered")
class RoutingOffered(_Offer):
    """An agent is asked to take the case."""

    decision: Mapping[str, Any] | None = None


@payload("routing.accepted")
class RoutingAccepted(_Offer):
    """The agent took it."""


@payload("routing.declined")
class RoutingDeclined(_Offer):
    """The agent said no; the reason stands in the envelope."""


@payload("routing.expired")
class RoutingExpired(_Offer):
    """The agent did not answer in time."""


@payload("routing.rescinded")
class RoutingRescinded(_Offer):
    """The offer was taken back."""


@payload("routing.cancelled")
class RoutingCancelled(Payload):
    """The case waits for nobody any more."""

    queue: str | None = None


@payload("routing.completed")
class RoutingCompleted(Payload):
    """The agent's part is done and the place is free again."""

    agent: str | None = None


@payload("routing.relaxed")
class RoutingRelaxed(Payload):
    """The circle of those who may take it grew."""

    step: int | None = None
    dropped: tuple[str, ...] = ()
