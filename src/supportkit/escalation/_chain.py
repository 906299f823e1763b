"""The clock of a chain: steps one after the other, some of which wait, some of which tell somebody."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from supportkit.cases import Event
from supportkit.escalation._machine import Machine, moved
from supportkit.escalation.plans import Plan, Threshold
from supportkit.escalation.state import PlanState

__all__ = ["Chain"]

_STEPS_LIMIT = 1000
_RESTS = timedelta(minutes=5)


@frozen
class _Turn:
    """A step that tells somebody, when it was reached, and where the chain stands then."""

    level: int
    due: datetime
    after: PlanState


class Chain:
    """How a chain begins, rings, goes on and catches up. `level` is the last step that was passed."""

    @staticmethod
    def begun(m: Machine, plan: Plan, at: PlanState, due: datetime, *, since: datetime) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return a chain at its first step."""
        if m.event is not None:
            at = _counted(plan, at, m.event)
        return Chain.rung(m, plan, at, due) if m.may_fire(plan) else at

    @staticmethod
    def rung(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Go on from where the chain waits; what was passed meanwhile is caught up as the plan says."""
        turns, end = _walked(m, plan, at, m.now if plan.catch_up == "one_step" else due)
        if plan.catch_up == "replay" or not turns:
            for turn in turns:
                m.tried(plan, turn.level, turn.due)
            return _at_rest(m, plan, end)
        last = [turn for turn in turns if turn.due == turns[-1].due]
        _fire(m, plan, turns[: -len(last)], last)
        return Chain.resumed(m, plan, last[-1].after, m.now)

    @staticmethod
    def resumed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Go on with the next step now; waits count from here."""
        turns, end = _walked(m, plan, at, m.now)
        for turn in turns:
            m.tried(plan, turn.level, turn.due)
        return _at_rest(m, plan, end)

    @staticmethod
    def again(
        m: Machine, plan: Plan, at: PlanState, due: datetime, *, first: tuple[str, ...] = ()
    ) -> PlanState:
        """Tell again whom the chain told last, and go on from there."""
        for level in reversed([number for number in plan.tells if number <= at.level]):
            if m.tried(plan, level, due, first=first) == "fired":
                return Chain.stood_at(m, plan, at, level)
        return Chain.resumed(m, plan, moved(at, status="armed"), due)

    @staticmethod
    def timed_out(
        m: Machine, plan: Plan, at: PlanState, due: datetime, *, first: tuple[str, ...]
    ) -> PlanState:
        """Return what becomes of an acknowledgement that ran out: who was told last is told again."""
        return Chain.again(m, plan, at, due, first=first)

    @staticmethod
    def woken(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return what becomes of a snoozed chain at its waking: who was told last is told again."""
        if not _has_told(plan, at) and at.pending is not None and at.pending > m.now:
            return evolve(at, status="armed", due=at.pending, pending=None, snoozed_by=None)
        return Chain.again(m, plan, at, due)

    @staticmethod
    def stood_at(m: Machine, plan: Plan, at: PlanState, level: int) -> PlanState:
        """Put a chain behind a step and go on from there."""
        return Chain.resumed(m, plan, moved(at, level=level, level_id=plan.levels[level - 1].id), m.now)

    @staticmethod
    def deferred(plan: Plan, at: PlanState, since: datetime) -> PlanState:
        """Let the present wait begin anew at `since`."""
        wait = plan.levels[at.level - 1].wait if at.level else None
        return at if wait is None or at.due is None else evolve(at, due=since + wait)

    @staticmethod
    def heard(m: Machine, plan: Plan, at: PlanState, event: Event) -> PlanState:
        """Count an event, and go on when that is what a threshold waited for."""
        at = _counted(plan, at, event)
        following = plan.levels[at.level : at.level + 1]
        waits = at.status == "armed" and at.due is None and following and following[0].threshold is not None
        if not waits or not _passed(following[0].threshold, at):
            return at
        return Chain.rung(m, plan, at, event.at) if m.may_fire(plan) else evolve(at, due=event.at)

    @staticmethod
    def synced(m: Machine, plan: Plan, at: PlanState) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return the same: steps depend on nothing but the ones before."""
        return at


def _walked(m: Machine, plan: Plan, at: PlanState, t: datetime) -> tuple[list[_Turn], PlanState]:
    """Pass steps from `t` on until one waits beyond now; return who is told on the way, and where it ends.

    The end's `due` is when it goes on; its status is done when a step resolved the case, exhausted after the
    last step, armed when a threshold holds it.
    """
    turns: list[_Turn] = []
    at = moved(at, status="triggered")
    for _ in range(_STEPS_LIMIT):
        if at.level >= len(plan.levels):
            return turns, evolve(at, status="exhausted", due=t)
        number = at.level + 1
        step = plan.levels[number - 1]
        ahead = evolve(at, level=number, level_id=step.id)
        if step.threshold is not None and not _passed(step.threshold, at):
            return turns, evolve(at, status="armed")
        if step.do == "repeat" and (step.times < 0 or at.round <= step.times):
            ahead = evolve(at, level=0, level_id=None, round=at.round + 1)
        if step.do == "resolve":
            return turns, evolve(ahead, status="done")
        if step.broken:
            m.fault("step_not_configured", f"{plan.name}.{step.id}")
        elif step.do == "notify":
            turns.append(_Turn(number, t, ahead))
        on = _goes_on(m, plan, number, t)
        if on is None or on > m.now:
            return turns, evolve(ahead, due=on)
        at, t = ahead, on
    m.fault("replay_cut", plan.name)
    return turns, evolve(at, due=m.now + _RESTS)


def _goes_on(m: Machine, plan: Plan, number: int, t: datetime) -> datetime | None:
    """Return when the step after this one has its turn; None when a window never opens."""
    step = plan.levels[number - 1]
    if step.wait_guessed:
        m.fault("wait_not_configured", f"{plan.name}.{step.id}")
    if step.wait is not None:
        return t + step.wait
    if step.do != "window" or step.window is None:
        return t
    opens = step.window.opens(t)
    if opens is None:
        m.fault("window_never_opens", f"{plan.name}.{step.id}")
    return opens


def _fire(m: Machine, plan: Plan, passed: list[_Turn], last: list[_Turn]) -> None:
    """Fire the turns that were reached last; when none of them can, the nearest before that can."""
    told = len(m.firings)
    for turn in last:
        named = dict.fromkeys(each.level for each in passed if each.level != turn.level)
        m.tried(plan, turn.level, turn.due, skipped=tuple(named) if len(m.firings) == told else ())
    for index in range(len(passed) - 1, -1, -1) if len(m.firings) == told else ():
        before = tuple(dict.fromkeys(turn.level for turn in passed[:index]))
        if m.tried(plan, passed[index].level, passed[index].due, skipped=before) == "fired":
            return


def _at_rest(m: Machine, plan: Plan, end: PlanState) -> PlanState:
    """Return the chain where it waits, or where it ended."""
    if end.status == "exhausted":
        return m.exhausted(plan, evolve(end, due=None), end.due or m.now)
    if end.status == "done":
        m.changes["case.status"] = "resolved"
        return end
    return end if end.status == "armed" or _has_told(plan, end) else evolve(end, status="armed")


def _has_told(plan: Plan, at: PlanState) -> bool:
    return at.round > 1 or any(number <= at.level for number in plan.tells)


def _counted(plan: Plan, at: PlanState, event: Event) -> PlanState:
    """Remember when an event came that a threshold counts, as far back as it matters."""
    counts = [step.threshold for step in plan.levels if step.threshold is not None]
    mine = [threshold for threshold in counts if threshold.of == event.kind]
    if not mine:
        return at
    since = event.at - max(threshold.within for threshold in mine)
    enough = max(threshold.more_than for threshold in mine) + 1
    came = [t for t in at.seen.get(event.kind, ()) if t >= since]
    return evolve(at, seen={**at.seen, event.kind: tuple([*came, event.at][-enough:])})


def _passed(threshold: Threshold | None, at: PlanState) -> bool:
    """Return whether more than the threshold came within its time up to the last one, both ends in."""
    if threshold is None:
        return True
    came = at.seen.get(threshold.of, ())
    return sum(t >= came[-1] - threshold.within for t in came) > threshold.more_than if came else False
