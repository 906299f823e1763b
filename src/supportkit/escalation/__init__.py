"""Raising a matter: who is told when nobody moves, and who at once because the customer asks.

`policy` is the entry: `EscalationPolicy.from_dict`, `.step` and `.plan`; `plans` what a policy consists of,
`hours` when it may fire, `state` what is remembered between steps, `steps` what a step gives, `recording` a
step as events. `throttle` and `notices` keep a storm of notices bearable.
"""

from supportkit.escalation.hours import Hours, QuietHours
from supportkit.escalation.notices import Compaction, Notice, compact
from supportkit.escalation.plans import MANAGER_REQUESTED, Entry, Level, OneOf, Plan, Renotify, Threshold
from supportkit.escalation.policy import EscalationPolicy
from supportkit.escalation.recording import events_of
from supportkit.escalation.state import RUNNING, EscalationState, PlanState
from supportkit.escalation.steps import Directory, Firing, Step, StepFault
from supportkit.escalation.throttle import Rate, Throttle

__all__ = [
    "MANAGER_REQUESTED",
    "RUNNING",
    "Compaction",
    "Directory",
    "Entry",
    "EscalationPolicy",
    "EscalationState",
    "Firing",
    "Hours",
    "Level",
    "Notice",
    "OneOf",
    "Plan",
    "PlanState",
    "QuietHours",
    "Rate",
    "Renotify",
    "Step",
    "StepFault",
    "Threshold",
    "Throttle",
    "compact",
    "events_of",
]
