"""The targets that hold when a policy says nothing about service levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.sla.policy import SlaPolicy
from supportkit.sla.target import Target

__all__ = ["default_sla"]


def default_sla(calendars: Mapping[str, Any] | None = None) -> SlaPolicy:
    """Return the shipped targets: complaints are answered within 60 minutes, social media within 2 hours.

    Both count around the clock. Anything else has no target until a policy gives one.

    >>> default_sla().metrics["first_response"].targets[0].within.text
    '60 minutes'
    """
    targets = [
        Target("60 minutes", "always", when='case.kind == "complaint"'),
        Target("2 hours", "always", when='contact.channel == "social"'),
    ]
    return SlaPolicy({"first_response": targets}, calendars)
