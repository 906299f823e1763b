"""Events of raising a matter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload, shape


@shape
class _Plan(Payload):
    plan: str | None = None
    level: int | None = None


@payload("escalation.armed")
class EscalationArmed(_Plan):
    """A plan waits for its next level."""

    due_at: datetime | None = None


@payload("escalation.fired")
class EscalationFired(_Plan):
    """A level fired: whom it told, when it was due, which passed levels it stands for."""

    targets: tuple[str, ...] = ()
    due_at: datetime | None = None
    fired_at: datetime | None = None
    skipped: tuple[int, ...] = ()
    changes: Mapping[str, Any] | None = None


@payload("escalation.acked")
class EscalationAcked(_Plan):
    """Somebody said: I have it."""

    by: str | None = None


@payload("escalation.unacked")
class EscalationUnacked(_Plan):
    """Whoever had it, has it no more."""

    by: str | None = None


@payload("escalation.snoozed")
class EscalationSnoozed(_Plan):
    """Held until then; without an instant, until somebody wakes it."""

    by: str | None = None
    until: datetime | None = None


@payload("escalation.woke")
class EscalationWoke(_Plan):
    """The snooze is over."""


@payload("escalation.suppressed")
class EscalationSuppressed(_Plan):
    """A level was held or refused; the reason stands in the envelope."""


@payload("escalation.exhausted")
class EscalationExhausted(_Plan):
    """The last wait passed and nobody is left to tell."""


@payload("escalation.deescalated")
class EscalationDeescalated(_Plan):
    """Down again, with a fresh wait."""

    to: int | None = None
    by: str | None = None


@payload("escalation.manager_requested")
class EscalationManagerRequested(_Plan):
    """The customer asks for a manager: put through at once."""

    by: str | None = None
    refused: bool = False


@payload("escalation.requested")
class EscalationRequested(_Plan):
    """Somebody asks for the next level."""

    by: str | None = None


@payload("escalation.reassigned")
class EscalationReassigned(_Plan):
    """Somebody took it out of the plan."""

    to: str | None = None


@payload("escalation.maintenance")
class EscalationMaintenance(_Plan):
    """Known trouble: nothing new fires while `on`."""

    on: bool = True


@payload("escalation.attached")
class EscalationAttached(_Plan):
    """The case follows another one's escalation."""

    to: str | None = None
