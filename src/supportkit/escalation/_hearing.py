"""What each kind of event means for an escalation. A refused request is a fault, never an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.cases import OPEN_STATUSES, STATUSES, Event
from supportkit.escalation._clocks import (
    begun,
    deferred,
    given_back,
    heard,
    put_to,
    resumed,
    rung,
    stood_at,
    woken,
)
from supportkit.escalation._machine import Machine, moved
from supportkit.escalation.plans import MANAGER, MANAGER_REQUESTED, Plan
from supportkit.escalation.state import RUNNING, PlanState

__all__ = ["ACTIVITY", "HEARD", "OWN_KINDS", "hear"]

ACTIVITY = frozenset({
    "contact.received", "contact.replied", "contact.noted", "case.assigned", "case.classified",
    "case.handed_off", "case.next_action_set", "case.status_changed", "recovery.apologised",
    "recovery.assessed", "recovery.complaint_raised", "recovery.remedy_approved", "recovery.remedy_given",
    "recovery.remedy_proposed",
})  # fmt: skip
"""Kinds of events by which somebody, customer or colleague, moved a case; what is automatic never counts."""

OWN_KINDS = frozenset(f"escalation.{name}" for name in ("armed", "fired", "exhausted", "suppressed"))
"""Kinds that only record what a step did: no command hears them and no plan may begin with one."""


def hear(machine: Machine, event: Event) -> None:
    """Let one event do what it calls for.

    1. What ends, moves or reopens the case counts always; what the escalation itself caused only ends.
    2. A request to the escalation is carried out or refused.
    3. Plans at work count it, or begin their wait anew, where they depend on such events.
    4. Plans that begin with this kind of event begin, unless the case is over.
    """
    own = (event.caused_by or "").startswith("escalation.")
    machine.event = None if own else event
    _follow_case(machine, event, own=own)
    if own:
        return
    command = _COMMANDS.get(event.kind)
    if command is not None and machine.ended and event.kind not in _ALWAYS_HEARD:
        machine.fault("case_ended", event.kind)
    elif command is not None:
        command(machine, event, event.payload)
    if machine.ended:
        return
    _count(machine, event)
    if event.kind != MANAGER_REQUESTED:
        _begin(machine, event)


def _count(machine: Machine, event: Event) -> None:
    """Let plans at work hear what their clocks depend on."""
    somebody = event.kind in ACTIVITY and not event.automated and event.actor != "desk"
    for name, at in list(machine.book.items()):
        plan = machine.plans[name]
        if event.kind in plan.activity and not event.automated and event.actor != "desk":
            at = deferred(plan, at, event.at)  # noqa: PLW2901 - each step builds on the one before
        if plan.mode != "age" or somebody:
            at = heard(machine, plan, at, event)  # noqa: PLW2901 - each step builds on the one before
        machine.book[name] = at


def _begin(machine: Machine, event: Event) -> None:
    for name, plan in machine.plans.items():
        if plan.starts == event.kind and _may_begin(machine.book.get(name), event.kind):
            machine.book[name] = begun(machine, plan, event.at, since=event.at)


def _may_begin(at: PlanState | None, kind: str) -> bool:
    """A plan at work goes on; one that has come to its end begins again, but a case opens only once."""
    return at is None or (kind != "case.opened" and at.status in {"done", "exhausted"})


# -- the case ---------------------------------------------------------------------------------------


def _follow_case(machine: Machine, event: Event, *, own: bool) -> None:
    if machine.status == "merged":
        return
    said: Any = event.payload
    to = _STATUS_AFTER.get(event.kind)
    if event.kind == "case.merged" and said.goes_on:
        to = None
    if event.kind == "case.status_changed":
        to = said.to if said.to in STATUSES else None
    if event.kind == "case.assigned" and machine.status == "new" and said.agent:
        machine.status = "open"
    if to in OPEN_STATUSES:
        if machine.ended and not own:
            _reopen(machine, str(to), event.at)
        elif not machine.ended and event.kind == "case.status_changed":
            machine.status = str(to)
    elif to is not None:
        machine.status = to
        machine.book = {
            name: moved(at, status="done", acked_by=at.acked_by) for name, at in machine.book.items()
        }


def _reopen(machine: Machine, status: str, at: datetime) -> None:
    machine.status = status
    for name, plan in machine.plans.items():
        before = machine.book.get(name)
        # What somebody asked for was asked for once; a counter fires once in the life of a case.
        if plan.counts is not None or plan.starts.startswith("escalation."):
            continue
        if before is not None and plan.basis == "created_until_modified":  # this is a modification, too
            continue
        if before is not None and plan.mode == "deadline":
            fired = "triggered" if before.level else "armed"
            machine.book[name] = moved(before, status=fired)
            continue
        if plan.starts == "case.opened" or (before is not None and before.status == "done"):
            machine.book[name] = begun(machine, plan, at, since=at)


# -- requests ---------------------------------------------------------------------------------------


def _addressed(machine: Machine, event: Event, said: Any) -> list[Plan]:
    """Return the plans at work that a request means: the named one, or all."""
    if said.plan is not None and said.plan not in machine.plans:
        machine.fault("unknown_plan", said.plan)
        return []
    found = [plan for plan in machine.running() if said.plan in {None, plan.name}]
    if not found:
        machine.fault("not_running", said.plan or event.kind)
    return found


def _acked(machine: Machine, event: Event, said: Any) -> None:
    for plan in _addressed(machine, event, said):
        at = machine.book[plan.name]
        same = at.status == "snoozed" and at.snoozed_by is not None and at.snoozed_by == said.by
        if same or at.status == "assigned":
            machine.book[plan.name] = evolve(at, acked_by=said.by)
        elif at.status == "triggered" and at.lacking and said.by is not None:
            machine.book[plan.name] = _acked_by_one(machine, plan, at, event, said.by)
        else:
            machine.book[plan.name] = _acked_by_all(plan, at, event, said.by)


def _acked_by_one(machine: Machine, plan: Plan, at: PlanState, event: Event, by: str) -> PlanState:
    """Cross off one of those who must all acknowledge."""
    lacking = tuple(each for each in at.lacking if each != by)
    if lacking == at.lacking:
        machine.fault("not_asked", by)
        return at
    return evolve(at, lacking=lacking, acked_by=by) if lacking else _acked_by_all(plan, at, event, by)


def _acked_by_all(plan: Plan, at: PlanState, event: Event, by: str | None) -> PlanState:
    due = None if plan.ack_timeout is None else event.at + plan.ack_timeout
    reminds = None if plan.acked_reminder is None else event.at + plan.acked_reminder
    # Where levels lie at instants of their own, one may come before the time runs out.
    pending = None if plan.sequential else due
    return moved(at, status="acked", due=due, acked_by=by, reminds_at=reminds, pending=pending)


def _unacked(machine: Machine, event: Event, said: Any) -> None:
    acked = [p for p in _addressed(machine, event, said) if machine.book[p.name].status == "acked"]
    if not acked and machine.running():
        machine.fault("not_acked", said.plan or event.kind)
    for plan in acked:
        at = machine.book[plan.name]
        if plan.on_unack == "restart" and plan.sequential:
            machine.book[plan.name] = begun(machine, plan, event.at, since=event.at)
        else:
            machine.book[plan.name] = given_back(machine, plan, at, event.at)


def _snoozed(machine: Machine, event: Event, said: Any) -> None:
    for plan in _addressed(machine, event, said):
        at = machine.book[plan.name]
        first = at.round == 1 and not any(number <= at.level for number in plan.tells)
        pending = at.due if first or plan.mode == "priority_ladder" else None
        to = {"due": said.until, "snoozed_by": said.by, "pending": pending}
        machine.book[plan.name] = moved(at, status="snoozed", **to)


def _woke(machine: Machine, event: Event, said: Any) -> None:
    for name, at in list(machine.book.items()):
        plan = machine.plans[name]
        if at.status != "snoozed" or said.plan not in {None, name}:
            continue
        if machine.may_fire(plan):
            machine.book[name] = woken(machine, plan, at, event.at)
        else:
            machine.book[name] = machine.held(evolve(at, due=event.at))


def _requested(machine: Machine, event: Event, said: Any) -> None:
    if machine.maintenance:
        machine.fault("maintenance", said.plan or event.kind)
        return
    if said.plan is None and _begins_one(machine, event.kind):
        return
    for plan in _addressed(machine, event, said)[:1]:
        at = machine.book[plan.name]
        turns = plan.in_turn(at.level)
        level = _best(machine, plan, turns) or next(iter(turns), None)
        if level is None:
            machine.fault("no_such_level", plan.name)
        else:
            machine.book[plan.name] = put_to(machine, plan, at, level, event.at)


def _begins_one(machine: Machine, kind: str) -> bool:
    plans = machine.plans.items()
    return any(plan.starts == kind and _may_begin(machine.book.get(name), kind) for name, plan in plans)


def _best(machine: Machine, plan: Plan, turns: Iterable[int], *, somebody: bool = False) -> int | None:
    """Return the first level in turn whose condition holds and, where that matters, that reaches somebody."""
    for number in turns:
        level = plan.levels[number - 1]
        if level.broken or not machine.holds(plan, level):
            continue
        if not (somebody or level.skip_if_empty) or machine.targets(plan, level):
            return number
    return None


def _manager_requested(machine: Machine, event: Event, said: Any) -> None:
    """Put the customer through at once: no timer, no maintenance, no condition stands in the way."""
    if said.refused and event.reason:
        return
    if said.refused:
        machine.fault("reason_required", event.kind)
    plan = _managers_plan(machine, said)
    at = machine.book.get(plan.name)
    if at is None or at.status not in RUNNING:
        at = PlanState(id=plan.id)
    turns = plan.in_turn(at.level)
    upwards = tuple(number for number in turns if plan.levels[number - 1].kind == "hierarchical")
    level = _best(machine, plan, (*upwards, *turns), somebody=True) or (upwards or turns)[0]
    machine.book[plan.name] = put_to(machine, plan, at, level, event.at)


def _managers_plan(machine: Machine, said: Any) -> Plan:
    """Return the named plan, else the one made for it, else one at work (rather one that leads upwards)."""
    named = machine.plans.get(said.plan)
    if named is not None and named.tells:
        return named
    if said.plan is not None:
        machine.fault("unknown_plan", said.plan)
    own = next((p for p in machine.plans.values() if p.starts == MANAGER_REQUESTED), None)
    if own is not None and own is not MANAGER:
        return own
    at_work = [
        plan
        for plan in machine.running()
        if plan is not own and plan.tells and plan.mode != "priority_ladder"
    ]
    upwards = [plan for plan in at_work if any(level.kind == "hierarchical" for level in plan.levels)]
    return next(iter([*upwards, *at_work, own or machine.plans[MANAGER.name]]))


def _reassigned(machine: Machine, event: Event, said: Any) -> None:
    """A person takes it out of its plans; with a level instead, it jumps there."""
    plans = _addressed(machine, event, said)
    if said.to is None and said.level is not None:
        for plan in plans[:1]:
            if said.level in plan.tells:
                at = machine.book[plan.name]
                machine.book[plan.name] = put_to(machine, plan, at, said.level, event.at)
            else:
                machine.fault("no_such_level", f"{plan.name}.{said.level}")
        return
    for plan in plans:
        machine.book[plan.name] = PlanState(id=plan.id, status="assigned")
    if plans and said.to is not None:
        machine.told(plans[0], 0, machine.reached((said.to,), key=plans[0].name), event.at)


def _deescalated(machine: Machine, event: Event, said: Any) -> None:
    if not event.reason:
        machine.fault("reason_required", event.kind)
        return
    for plan in _addressed(machine, event, said)[:1]:
        at = machine.book[plan.name]
        to = at.level - 1 if said.to is None else said.to
        if 1 <= to < at.level:
            machine.book[plan.name] = stood_at(machine, plan, at, to)
        else:
            machine.fault("no_such_level", f"{plan.name}.{to}")


def _maintenance(machine: Machine, event: Event, said: Any) -> None:  # noqa: ARG001 - as the other requests
    """What is pending is held; at the end, what fell due fires once."""
    machine.maintenance = said.on
    for name, at in list(machine.book.items()):
        if said.on and at.status in {"armed", "triggered"}:
            machine.book[name] = machine.held(at)
        if said.on or at.status != "suppressed":
            continue
        plan = machine.plans[name]
        before = evolve(at, status=at.held or "triggered", held=None)
        late = before.timer is not None and before.timer <= machine.now
        machine.book[name] = before
        if late and machine.may_fire(plan):
            machine.book[name] = _fallen_due(machine, plan, before)


def _fallen_due(machine: Machine, plan: Plan, at: PlanState) -> PlanState:
    """Return what becomes of what fell due in maintenance: it fires once."""
    if at.status in {"armed", "triggered"} and at.due is not None and plan.sequential:
        return resumed(machine, plan, at, at.due)
    return rung(machine, plan, at)


def _attached(machine: Machine, event: Event, said: Any) -> None:
    """A case that follows another one does not escalate; detached, its plans begin anew."""
    machine.attached_to = said.to
    for plan in machine.running() if said.to is not None else ():
        machine.book[plan.name] = moved(machine.book[plan.name], status="idle")
    for name, at in list(machine.book.items()) if said.to is None else ():
        if at.status == "idle" and machine.plans[name].mode == "deadline" and at.seen:
            machine.book[name] = moved(at, status="triggered" if at.level else "armed")
        elif at.status == "idle":
            machine.book[name] = begun(machine, machine.plans[name], event.at, since=event.at)


def _policy_adopted(machine: Machine, event: Event, said: Any) -> None:
    """Another plan fires its level 1 now; an edit of the same plan fires only where a level is gone."""
    for plan in machine.running():
        at = machine.book[plan.name]
        if plan.id in machine.edited and machine.may_fire(plan):
            machine.book[plan.name] = resumed(machine, plan, at, event.at)
    if said.policy is None:
        return
    chosen = next((plan for plan in machine.current.values() if plan.id == said.policy), None)
    if chosen is None:
        machine.fault("unknown_plan", said.policy)
    elif chosen not in machine.running():
        machine.book = {chosen.name: begun(machine, chosen, event.at, since=event.at)}


_STATUS_AFTER = {
    "case.resolved": "resolved",
    "case.closed": "closed",
    "case.merged": "merged",
    "case.reopened": "open",
}
_COMMANDS: dict[str, Callable[[Machine, Event, Any], None]] = {
    "escalation.acked": _acked,
    "escalation.unacked": _unacked,
    "escalation.snoozed": _snoozed,
    "escalation.woke": _woke,
    "escalation.requested": _requested,
    MANAGER_REQUESTED: _manager_requested,
    "escalation.reassigned": _reassigned,
    "escalation.deescalated": _deescalated,
    "escalation.maintenance": _maintenance,
    "escalation.attached": _attached,
    "desk.policy_adopted": _policy_adopted,
}
_ALWAYS_HEARD = frozenset(
    {"escalation.woke", "escalation.maintenance", "escalation.attached", "desk.policy_adopted"}
)
HEARD = frozenset({*_COMMANDS, *_STATUS_AFTER, "case.status_changed", "case.assigned"})
"""Kinds of events that mean something to any escalation."""
