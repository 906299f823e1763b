"""What all clocks share: how a plan begins, rings, wakes, is put somewhere, and follows an edit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.cases import Event
from supportkit.escalation._chain import Chain
from supportkit.escalation._clocked import Clocked
from supportkit.escalation._ladder import Ladder
from supportkit.escalation._machine import Machine, moved
from supportkit.escalation._raises import Raises
from supportkit.escalation.plans import Plan
from supportkit.escalation.state import PlanState

__all__ = [
    "begun",
    "deferred",
    "follow_edits",
    "given_back",
    "heard",
    "put_to",
    "resumed",
    "ring",
    "rung",
    "stood_at",
    "sync",
    "woken",
]

_CLOCKS: dict[str, Any] = {
    "ladder": Ladder, "counter": Ladder, "chain": Chain, "offset": Clocked, "deadline": Clocked,
    "age": Clocked, "priority_ladder": Raises,
}  # fmt: skip


def begun(m: Machine, plan: Plan, due: datetime, *, since: datetime) -> PlanState:
    """Return a plan at its beginning, as today's document has it; held back while there is maintenance."""
    plan = m.current.get(plan.name, plan)
    m.plans[plan.name] = plan
    at = PlanState(id=plan.id, due=due, snapshot=plan.source if plan.snapshot else None)
    if m.attached_to is not None or not (plan.levels or plan.entries):
        return evolve(at, status="idle", due=None)
    begins: PlanState = _CLOCKS[plan.mode].begun(m, plan, at, due, since=since)
    return m.held(begins) if begins.status == "armed" else begins


def ring(m: Machine) -> None:
    """Let every timer ring that is due; in maintenance it is held instead."""
    for name, at in list(m.book.items()):
        plan, timer = m.plans[name], at.timer
        if timer is None or timer > m.now or at.status == "suppressed" or m.status in plan.hold_while:
            continue
        if m.opens(plan, m.now) != m.now:
            continue
        m.book[name] = evolve(at, status="suppressed", held=at.status) if m.maintenance else rung(m, plan, at)


def rung(m: Machine, plan: Plan, at: PlanState) -> PlanState:
    """Return what becomes of a plan whose timer rings."""
    clock, due = _CLOCKS[plan.mode], at.due
    if at.status == "snoozed" and due is not None:
        return woken(m, plan, at, due)
    if at.status != "acked":
        let_go = m.released(plan, due) if plan.sequential and due is not None else due
        after: PlanState = clock.rung(m, plan, at, let_go)
        return after
    if due is None or due > m.now:
        return _reminded(m, plan, at)
    first = (at.acked_by,) if plan.tell_acker and at.acked_by else ()
    back: PlanState = clock.timed_out(m, plan, evolve(at, reminds_at=None), due, first=first)
    return back


def _reminded(m: Machine, plan: Plan, at: PlanState) -> PlanState:
    """Tell the first level once more; whoever has it, keeps it."""
    if plan.tells:
        m.tried(plan, plan.tells[0], at.reminds_at or m.now)
    return evolve(at, reminds_at=None)


def resumed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
    """Give what is pending its turn now; while the plan may not fire, as soon as it may."""
    if m.may_fire(plan):
        after: PlanState = _CLOCKS[plan.mode].resumed(m, plan, at, due)
        return after
    return m.held(moved(at, status="triggered" if at.level else "armed", due=due))


def given_back(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
    """Go on where an acknowledgement stopped it; where nobody is left, the last level is told again."""
    if plan.mode == "ladder" and plan.place_after(at.level, at.round) is None and m.may_fire(plan):
        return Ladder.again(m, plan, at, due)
    return resumed(m, plan, at, due)


def woken(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
    """Return what becomes of a snoozed plan at its waking."""
    if plan.on_wake == "restart":
        return begun(m, plan, due, since=m.now)
    after: PlanState = _CLOCKS[plan.mode].woken(m, plan, at, due)
    return after


def put_to(m: Machine, plan: Plan, at: PlanState, level: int, due: datetime) -> PlanState:
    """Fire a level because somebody asked for it, whatever its condition; then its wait runs."""
    if plan.mode == "priority_ladder":
        return m.held(Raises.resumed(m, plan, at, due))
    m.tried(plan, level, due, forced=True)
    return stood_at(m, plan, at, level)


def stood_at(m: Machine, plan: Plan, at: PlanState, level: int) -> PlanState:
    """Put a plan to a level without telling anybody; that level's wait begins anew."""
    placed: PlanState = _CLOCKS[plan.mode].stood_at(m, plan, moved(at), level)
    return m.held(placed)


def deferred(plan: Plan, at: PlanState, since: datetime) -> PlanState:
    """Let the present wait begin anew at `since`: of a level, of an acknowledgement, of a reminder."""
    if at.status == "acked":
        due = None if plan.ack_timeout is None or at.due is None else since + plan.ack_timeout
        reminds = (
            None if plan.acked_reminder is None or at.reminds_at is None else since + plan.acked_reminder
        )
        return evolve(at, due=due, reminds_at=reminds)
    if at.status not in {"armed", "triggered"} or not plan.sequential:
        return at
    after: PlanState = _CLOCKS[plan.mode].deferred(plan, at, since)
    return after


def heard(m: Machine, plan: Plan, at: PlanState, event: Event) -> PlanState:
    """Let a clock hear an event that it counts or that it counts from."""
    clock = _CLOCKS[plan.mode]
    after: PlanState = clock.heard(m, plan, at, event) if clock is not Ladder else at
    return after


def sync(m: Machine) -> None:
    """Compute anew what depends on facts and deadlines; a plan around deadlines begins with its first one."""
    for name, at in list(m.book.items()):
        plan = m.plans[name]
        if not plan.sequential:
            m.book[name] = _CLOCKS[plan.mode].synced(m, plan, at)
    if not m.deadlines or m.ended:
        return
    metrics = {one.metric for one in m.deadlines if one.due is not None}
    for name, plan in m.current.items():
        if plan.metric in metrics and name not in m.book and plan.starts == "case.opened":
            m.book[name] = begun(m, plan, m.now, since=m.now)


# -- edits while running --------------------------------------------------------------------------


def follow_edits(m: Machine) -> None:
    """Match what is remembered with the document of today; a plan that was kept is none of it."""
    for name, at in list(m.book.items()):
        if at.snapshot is None:
            m.book[name] = _edited(m, m.plans[name], at)


def _edited(m: Machine, plan: Plan, at: PlanState) -> PlanState:
    """Match one plan.

    Another plan under this name begins anew. A level is found again by its id; when the present one is gone,
    the level that now stands in its place is due at once (beyond the end: level 1).
    """
    if at.status in {"idle", "done"} or plan.counts is not None:
        return at if at.id == plan.id else evolve(at, id=plan.id)
    if not plan.levels and not plan.entries:
        return PlanState(id=plan.id, status="idle")
    if at.id != plan.id:
        since = at.since if plan.mode in {"age", "deadline"} else m.now
        fresh = evolve(at, id=plan.id, level=0, level_id=None, round=1, fired={}, lacking=(), since=since)
        return _due_now(m, fresh, {"armed", "triggered", "exhausted"})
    position = plan.position(at.level_id)
    if at.level_id is None or position == at.level or plan.entries:
        return at
    if position is not None:
        return evolve(at, level=position)
    if not plan.sequential:
        return evolve(at, level=min(at.level, len(plan.levels)), level_id=None)
    before = at.level - 1 if at.level <= len(plan.levels) else 0
    return _due_now(m, evolve(at, level=before, level_id=None), {"armed", "triggered"})


def _due_now(m: Machine, at: PlanState, firing: set[str]) -> PlanState:
    if at.status in firing:
        m.edited.append(at.id)
        return evolve(at, status="triggered" if at.level else "armed", due=m.now)
    return evolve(at, due=m.now) if at.status == "suppressed" else at
