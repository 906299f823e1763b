"""Events of what we owe: acknowledgements, promises, targets, priority."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload, shape


@payload("ack.sent")
class AckSent(Payload):
    """The customer was told that we have it; `asked` names the questions that came with it.

    `wait` is what was said of the wait: a code, and whole minutes (likely, most).
    """

    contact: str | None = None
    promise: str | None = None
    outbound: str | None = None
    asked: tuple[str, ...] = ()
    wait: Mapping[str, Any] | None = None


@payload("ack.suppressed")
class AckSuppressed(Payload):
    """No acknowledgement, with the reason (envelope) and the clause that forbids it."""

    contact: str | None = None
    clause: str | None = None


@payload("promise.made")
class PromiseMade(Payload):
    """We said that a person answers (or calls back) by `due`, where a wait says so because of `expected`."""

    id: str = ""
    what: str = "reply"
    due: datetime | None = None
    text: str | None = None
    calendar: str | None = None
    zone: str | None = None
    expected: Mapping[str, Any] | None = None


@shape
class _PromiseEnded(Payload):
    id: str = ""
    what: str = "reply"
    due: datetime | None = None


@payload("promise.kept")
class PromiseKept(_PromiseEnded):
    """A person did what was promised in time."""


@payload("promise.broken")
class PromiseBroken(_PromiseEnded):
    """The promised time passed in silence."""


@payload("promise.superseded")
class PromiseSuperseded(_PromiseEnded):
    """A later, explicit promise took its place."""

    by: str | None = None


@payload("priority.decided")
class PriorityDecided(Payload):
    """How urgent, why, and from which facts."""

    priority: str | None = None
    previous: str | None = None
    score: Any = None
    contributions: tuple[Any, ...] = ()
    provisional: bool = False
    missing: tuple[str, ...] = ()
    sort_key: int | None = None
    override: Mapping[str, Any] | None = None
    caps: tuple[Any, ...] = ()
    facts: Mapping[str, Any] | None = None


@shape
class _Target(Payload):
    metric: str = ""
    cycle: int = 1
    due: datetime | None = None


@payload("target.set")
class TargetSet(_Target):
    """By when we owe it: the metric's cycle, its target and calendar, and the facts that chose them."""

    started: datetime | None = None
    target: Any = None
    calendar: str | None = None
    zone_data: str | None = None
    facts: Mapping[str, Any] | None = None


@payload("target.moved")
class TargetMoved(_Target):
    """The due time changed; while paused there is none."""

    previous: datetime | None = None
    target: Any = None
    calendar: str | None = None
    state: str | None = None
    facts: Mapping[str, Any] | None = None


@payload("target.met")
class TargetMet(_Target):
    """Done within the target."""

    elapsed: timedelta | None = None


@payload("target.breached")
class TargetBreached(_Target):
    """Not done within the target; dated at the due time."""

    elapsed: timedelta | None = None


@payload("target.warned")
class TargetWarned(_Target):
    """A share or an offset of the target has passed."""

    level: str | None = None


@payload("target.revised")
class TargetRevised(_Target):
    """A verdict changed because something was learnt late."""

    verdict: str | None = None
    previous: str | None = None


@payload("target.removed")
class TargetRemoved(_Target):
    """Nothing is owed any more."""
