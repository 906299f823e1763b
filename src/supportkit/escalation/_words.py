"""A step, a firing and a fault in words, for whoever reads why."""

from __future__ import annotations

from datetime import datetime

from supportkit.escalation.state import PlanState

__all__ = ["fault_words", "firing_words", "instant_words", "plan_words"]

_FAULTS = {
    "target_inactive": "{0} is not active and was left out",
    "nobody_on_call": "nobody is on call for {0}",
    "nobody_there": "the case has no {0}",
    "step_not_configured": "{0} is not configured and was passed over",
    "wait_not_configured": "{0} says no wait and waited five minutes",
    "window_never_opens": "the window of {0} never opens",
    "condition_unknown": "whether {0} fires could not be known",
    "condition_error": "the condition of {0} could not be evaluated",
    "priority_unknown": "{0} does not know the priority of the case and raised nothing",
    "unknown_calendar": "{0} is no calendar of the policy, so all time was counted",
    "replay_cut": "{0} had more to replay than one evaluation does",
    "not_running": "{0} is not at work",
    "not_acked": "{0}: nobody had it",
    "not_asked": "{0} was not among those who must acknowledge",
    "maintenance": "{0} was refused in maintenance",
    "case_ended": "{0} came when the case was over",
    "reason_required": "{0} needs a reason",
    "no_such_level": "there is no level {0} to go to",
    "unknown_plan": "there is no plan {0}",
    "earlier_now": "{0} came from before what happened last",
}
_STATUSES = {
    "idle": "does nothing",
    "armed": "waits for its first level",
    "triggered": "is at level {level}",
    "acked": "is in the hands of {by}",
    "snoozed": "is put off",
    "suppressed": "is held by maintenance",
    "exhausted": "has nobody left to tell",
    "assigned": "was taken over by somebody",
    "done": "is over",
}


def instant_words(at: datetime) -> str:
    """Return an instant as text, to the second, with its zone."""
    return f"{at:%Y-%m-%d %H:%M:%S %Z}"


def firing_words(
    plan: str,
    level: int,
    targets: tuple[str, ...],
    due_at: datetime,
    fired_at: datetime,
    skipped: tuple[int, ...],
) -> str:
    """Return what a firing says in one line."""
    whom = ", ".join(targets) or "nobody"
    what = f"{plan}, level {level}" if level else f"{plan}, outside its levels"
    late = f", due {instant_words(due_at)}" if due_at != fired_at else ""
    passed = f", in place of {', '.join(map(str, skipped))}" if skipped else ""
    return f"{what} tells {whom} at {instant_words(fired_at)}{late}{passed}"


def plan_words(name: str, at: PlanState) -> str:
    """Return where a plan stands in one line."""
    stands = _STATUSES[at.status].format(level=at.level, by=at.acked_by or "somebody")
    timer = "" if at.timer is None else f", next at {instant_words(at.timer)}"
    return f"{name} {stands}{timer}"


def fault_words(code: str, subject: str) -> str:
    """Return what a fault says in one line."""
    return _FAULTS.get(code, f"{code}: {{0}}").format(subject)
