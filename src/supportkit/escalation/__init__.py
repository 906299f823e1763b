"""Raising a matter: who is told when nobody moves, and who at once because the customer asks.

`policy` is the entry: `EscalationPolicy.from_dict`, `.step` and `.plan`; `plans` what a policy consists of,
`state` what is remembered between steps, `steps` what a step gives, `recording` a step as events.
"""

from supportkit.escalation.hours import Hours, QuietHours
from supportkit.escalation.plans import Entry, Level, OneOf, Plan, Renotify, Threshold
from supportkit.escalation.policy import EscalationPolicy
from supportkit.escalation.recording import events_of
from supportkit.escalation.state import RUNNING, EscalationState, PlanState
from supportkit.escalation.steps import Directory, Firing, Step, StepFault

__all__ = [
    "RUNNING",
    "Directory",
    "Entry",
    "EscalationPolicy",
    "EscalationState",
    "Firing",
    "Hours",
    "Level",
    "OneOf",
    "Plan",
    "PlanState",
    "QuietHours",
    "Renotify",
    "Step",
    "StepFault",
    "Threshold",
    "events_of",
]
