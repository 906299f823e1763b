"""What an escalation remembers between two steps: small, frozen, written as canonical JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs
from attrs import field, frozen

from supportkit.canonical import from_plain, to_plain
from supportkit.cases.instants import maybe_instant
from supportkit.sequences import as_tuple

__all__ = ["ENDED", "RUNNING", "EscalationState", "PlanState"]

ENDED = frozenset({"resolved", "closed", "merged"})
_NONE: Mapping[str, tuple[Any, ...]] = {}
RUNNING = frozenset({"armed", "triggered", "acked", "snoozed", "suppressed", "exhausted", "assigned"})


def _by_name(lists: Mapping[str, Iterable[Any]]) -> Mapping[str, tuple[Any, ...]]:
    return {name: tuple(items) for name, items in lists.items()} if lists else _NONE


def _said(value: Any) -> dict[str, Any]:
    """Return the fields that say something, as plain types."""
    said = {a.name: getattr(value, a.name) for a in attrs.fields(type(value)) if a.name != "plans"}
    return {
        name: to_plain(item)
        for name, item in said.items()
        if item and item != getattr(attrs.fields_dict(type(value))[name], "default")  # noqa: B009 - typed as Any
    }


@frozen(kw_only=True)
class PlanState:
    """Where one plan stands.

    `status` is idle (no levels, or the case follows another one), armed (level 1 waits), triggered
    (fired, waiting), acked, snoozed, suppressed (maintenance), exhausted, assigned (taken out of the plan)
    or done. `level` is the last one that had its turn, 0 before the first; `round` the pass, from 1.
    `due` is when the present status ends by itself: the next level's turn, the end of an
    acknowledgement or of a snooze. `held` is the status beneath maintenance, `pending` what was due before
    a snooze. `since` is where offsets, ages and raises are counted from, `fired` names the levels that had
    their turn for each deadline, pass or entry (`entry` is the one that fits now), `told_at` is the last
    firing. `reminds_at` is when who acknowledged is reminded, `lacking` who has not acknowledged yet where
    everybody must, `seen` when events came that a threshold counts, and when each deadline was due last.
    `snapshot` is the plan as it began, where edits do not reach it.
    """

    id: str
    status: str = "armed"
    level: int = 0
    level_id: str | None = None
    round: int = 1
    due: datetime | None = maybe_instant()
    acked_by: str | None = None
    snoozed_by: str | None = None
    held: str | None = None
    pending: datetime | None = maybe_instant()
    since: datetime | None = maybe_instant()
    fired: Mapping[str, tuple[str, ...]] = field(factory=dict, converter=_by_name)
    entry: str | None = None
    told_at: datetime | None = maybe_instant()
    reminds_at: datetime | None = maybe_instant()
    lacking: tuple[str, ...] = field(default=(), converter=as_tuple)
    seen: Mapping[str, tuple[datetime, ...]] = field(factory=dict, converter=_by_name)
    snapshot: Mapping[str, Any] | None = None

    @property
    def timer(self) -> datetime | None:
        """When the first timer rings."""
        if self.due is None or self.reminds_at is None:
            return self.due or self.reminds_at
        return min(self.due, self.reminds_at)

    def to_plain(self) -> dict[str, Any]:
        """Return the state as canonical JSON's plain types; what says nothing is left out."""
        return _said(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> PlanState:
        """Read what `to_plain` wrote."""
        return cls(**{name: from_plain(value) for name, value in plain.items()})


@frozen(kw_only=True)
class EscalationState:
    """Where all plans of one case stand, by name; plans that never began are absent.

    `last_at` is the last instant at which anything happened here: an evaluation before it is a no-op.
    """

    plans: Mapping[str, PlanState] = field(factory=dict)
    case_status: str = "new"
    maintenance: bool = False
    attached_to: str | None = None
    last_at: datetime | None = maybe_instant()

    def to_plain(self) -> dict[str, Any]:
        """Return the state as canonical JSON's plain types; what says nothing is left out."""
        return {**_said(self), "plans": {name: plan.to_plain() for name, plan in self.plans.items()}}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> EscalationState:
        """Read what `to_plain` wrote."""
        said = {name: from_plain(value) for name, value in plain.items() if name != "plans"}
        plans = {name: PlanState.from_plain(inner) for name, inner in plain.get("plans", {}).items()}
        return cls(**said, plans=plans)
