"""Which laws there are, and which of them apply to a policy."""

from __future__ import annotations

from supportkit.policy import Policy
from supportkit.testing.laws import (
    acknowledgement,
    decisions,
    desk,
    escalation,
    learning,
    priority,
    recovery,
    routing,
    sla,
)
from supportkit.testing.laws.law import Law

__all__ = ["of"]

_SUBJECTS = (decisions, priority, routing, sla, escalation, acknowledgement, recovery, desk, learning)


def of(policy: Policy) -> tuple[Law, ...]:
    """Return all laws that apply to a policy, each subject's in turn; what it has no part for is left out.

    >>> bare = Policy.from_dict({})
    >>> spending = Policy.from_dict({"priority": {
    ...     "levels": {"high": 10, "normal": 0}, "factors": [{"spend": {"tiers": {500: 10}}}]}})
    >>> print(*(law for law in of(spending) if law not in of(bare)))
    more_spend_never_lowers unknown_spend_never_lowers
    >>> next(law for law in of(spending) if str(law) == "more_spend_never_lowers").check(spending)
    """
    return tuple(law for subject in _SUBJECTS for law in subject.LAWS if law.applies(policy))
