"""What one step of an escalation gives: the new state, who is told now, what was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from attrs import field, frozen

from supportkit.cases.instants import instant
from supportkit.escalation._words import fault_words, firing_words, plan_words
from supportkit.escalation.state import EscalationState

__all__ = ["Directory", "Firing", "Step", "StepFault"]


class Directory(Protocol):
    """Who is on call, who still works here, and who was served last; the host's answers."""

    def on_call(self, schedule: str, t: datetime) -> Any:
        """Return the ids of those on call at `t`, the first to be told first."""

    def is_active(self, id: str) -> bool:
        """Return whether this id may still be told anything."""

    def last_served(self, key: str) -> str | None:
        """Return who was told last for that plan and level (``plan.level``), or None."""


@frozen
class Firing:
    """One level fired, with everybody it tells; nobody at all is a firing too.

    `level` counts from 1; 0 is a direct reassignment. `due_at` is when it should have fired, `fired_at` the
    instant of the evaluation, `skipped` the levels it stands for because they were passed over.
    `kind` and `changes` are those of the level, outside equality.
    """

    plan: str
    level: int
    targets: tuple[str, ...]
    due_at: datetime = instant()
    fired_at: datetime = instant()
    skipped: tuple[int, ...] = ()
    kind: str = field(default="inform", eq=False, kw_only=True)
    changes: Mapping[str, Any] = field(factory=dict, eq=False, kw_only=True)

    def explain(self) -> str:
        """Say in one line who is told by which level, when, and in place of which.

        >>> from datetime import UTC
        >>> nine, ten = (datetime(2026, 7, 1, hour, tzinfo=UTC) for hour in (9, 10))
        >>> Firing("idle", 2, ("lead",), nine, ten, (1,)).explain()
        'idle, level 2 tells lead at 2026-07-01 10:00:00 UTC, due 2026-07-01 09:00:00 UTC, in place of 1'
        """
        return firing_words(self.plan, self.level, self.targets, self.due_at, self.fired_at, self.skipped)


@frozen
class StepFault:
    """Something that could not be done as asked or as written; nothing stopped because of it.

    Codes of the plan: target_inactive, nobody_on_call, nobody_there, step_not_configured,
    wait_not_configured (ran as five minutes), window_never_opens, condition_unknown, condition_error,
    priority_unknown, unknown_calendar, replay_cut. Codes of a refused request: not_running, not_acked,
    not_asked, maintenance, case_ended, reason_required, no_such_level, unknown_plan, earlier_now.
    """

    code: str
    subject: str

    def explain(self) -> str:
        """Say in one line what could not be done."""
        return fault_words(self.code, self.subject)


@frozen
class Step:
    """The state after a step, who is told, and the next instant at which anything can change.

    `changes` holds what fired levels set (``{"case.priority": "urgent"}``): the host applies them and
    feeds them back with ``caused_by="escalation.fired"``. `cause` is the kind of the event, None for timers.
    """

    state: EscalationState
    firings: tuple[Firing, ...] = ()
    next_change_at: datetime | None = None
    changes: Mapping[str, Any] = field(factory=dict)
    faults: tuple[StepFault, ...] = ()
    cause: str | None = field(default=None, eq=False, kw_only=True)

    def explain(self) -> str:
        """Say who was told, what could not be done, and where every plan stands now.

        >>> from datetime import UTC
        >>> from supportkit.cases import Event
        >>> from supportkit.escalation import EscalationPolicy
        >>> policy = EscalationPolicy.from_dict({"silence": {"levels": [{"to": "ann", "wait": "1 hour"}]}})
        >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
        >>> print(policy.step(None, Event.of("case.opened", at=nine), now=nine).explain())
        silence, level 1 tells ann at 2026-07-01 09:00:00 UTC
        silence is at level 1, next at 2026-07-01 10:00:00 UTC
        """
        said = [firing.explain() for firing in self.firings] + [fault.explain() for fault in self.faults]
        sets = [f"{name} becomes {value}" for name, value in self.changes.items()]
        return "\n".join([*said, *sets, *(plan_words(name, at) for name, at in self.state.plans.items())])
