"""Raising a matter: who is told when nobody moves, and who at once because the customer asks.

`policy` is the entry: `EscalationPolicy.from_dict`, `.step` and `.plan`; `plans` what a policy consists of,
`state` what is remembered between steps, `steps` what a step gives, `recording` a step as events.
"""

from supportkit.escalation.plans import Level, OneOf, Plan
from supportkit.escalation.policy import EscalationPolicy
from supportkit.escalation.recording import events_of
from supportkit.escalation.state import RUNNING, EscalationState, PlanState
from supportkit.escalation.steps import Directory, Firing, Step, StepFault

__all__ = [
    "RUNNING",
    "Directory",
    "EscalationPolicy",
    "EscalationState",
    "Firing",
    "Level",
    "OneOf",
    "Plan",
    "PlanState",
    "Step",
    "StepFault",
    "events_of",
]
