"""The clock of a ladder: levels with waits, each counted from the firing before it."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from supportkit.escalation._machine import Machine, moved
from supportkit.escalation.plans import Level, Plan
from supportkit.escalation.state import PlanState

__all__ = ["Ladder"]

_REPLAY_LIMIT = 1000


class Ladder:
    """How a ladder begins, rings, goes on and catches up; a counter is one of a single level."""

    @staticmethod
    def begun(m: Machine, plan: Plan, at: PlanState, due: datetime, *, since: datetime) -> PlanState:
        """Return a plan at its beginning: level 1 fires now unless it waits or is held."""
        at = evolve(at, due=since + plan.delay if plan.delay else due)
        if plan.delay or not m.may_fire(plan):
            return at
        return Ladder.resumed(m, plan, at, due)

    @staticmethod
    def rung(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return what becomes of a plan whose timer rings."""
        if at.lacking and at.acked_by is not None:
            return _asked_again(m, plan, at, due)
        if plan.catch_up == "replay":
            return _replayed(m, plan, at, due)
        if plan.catch_up == "collapse":
            return _collapsed(m, plan, at, due)
        return Ladder.resumed(m, plan, at, due)

    @staticmethod
    def resumed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Give the pending level its turn now, and those behind it that wait for nothing."""
        return _advanced(m, plan, at, due, since=m.now)

    @staticmethod
    def again(
        m: Machine, plan: Plan, at: PlanState, due: datetime, *, first: tuple[str, ...] = ()
    ) -> PlanState:
        """Fire the present level again (or the nearest below that can) and wait anew."""
        if at.level == 0:
            return Ladder.resumed(m, plan, moved(at, status="armed"), due)
        for level in range(at.level, 0, -1):
            if m.tried(plan, level, due, first=first) == "fired":
                break
        at = _waiting(m, plan, at, since=m.now)
        return Ladder.resumed(m, plan, at, m.now) if at.due == m.now else at

    @staticmethod
    def timed_out(
        m: Machine, plan: Plan, at: PlanState, due: datetime, *, first: tuple[str, ...]
    ) -> PlanState:
        """Return what becomes of an acknowledgement that ran out: the present level comes back."""
        return Ladder.again(m, plan, at, due, first=first)

    @staticmethod
    def woken(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return what becomes of a snoozed plan at its waking: the present level fires again."""
        if at.level == 0 and at.pending is not None and at.pending > m.now:
            return evolve(at, status="armed", due=at.pending, pending=None, snoozed_by=None)
        return Ladder.again(m, plan, at, due)

    @staticmethod
    def stood_at(m: Machine, plan: Plan, at: PlanState, level: int) -> PlanState:
        """Put a plan to a level without telling anybody; that level's wait begins anew."""
        placed = evolve(at, level=level, level_id=plan.levels[level - 1].id)
        return _waiting(m, plan, placed, since=m.now)

    @staticmethod
    def deferred(plan: Plan, at: PlanState, since: datetime) -> PlanState:
        """Let the present wait begin anew at `since`."""
        wait = plan.levels[at.level - 1].wait if at.level else plan.delay
        return at if wait is None or at.due is None else evolve(at, due=since + wait)

    @staticmethod
    def synced(m: Machine, plan: Plan, at: PlanState) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return the same: waits depend on nothing but their firing."""
        return at


def _replayed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
    """Fire all missed levels in order, the waits chained from due to due."""
    if plan.place_after(at.level, at.round) is None:
        return m.exhausted(plan, at, due)
    for _ in range(_REPLAY_LIMIT):
        place = at.level, at.round
        at = _advanced(m, plan, at, due, since=due)
        if place == (at.level, at.round):  # put off by a window
            return at
        if at.due is None or at.due > m.now or plan.place_after(at.level, at.round) is None:
            break
        due = at.due
    else:
        m.fault("replay_cut", plan.name)
    return at if at.due is None else _waiting(m, plan, at, since=m.now)


def _collapsed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
    """Fire only the highest level that was reached within the pass; name those that were passed."""
    place = plan.place_after(at.level, at.round)
    if place is None:
        return m.exhausted(plan, at, due)
    level, lap = place
    reached = [(level, due)]
    while level < len(plan.levels) and (wait := plan.levels[level - 1].wait) is not None:
        if (due := due + wait) > m.now or _put_off(m, plan.levels[level]) is not None:
            break
        level += 1
        reached.append((level, due))
    passed = [(n, when) for n, when in reached if when < reached[-1][1]]
    top, due = reached[len(passed)]
    told = len(m.firings)
    skipped = tuple(n for n, _ in passed)
    before = _stood(plan, at, top - 1, lap) if passed else at
    after = _advanced(m, plan, before, due, since=m.now, skipped=skipped)
    return after if len(m.firings) > told else _next_best(m, plan, after, passed)


def _next_best(m: Machine, plan: Plan, at: PlanState, passed: list[tuple[int, datetime]]) -> PlanState:
    """Fire the highest of the passed levels that can, when those above could not."""
    for index in range(len(passed) - 1, -1, -1):
        level, due = passed[index]
        if m.tried(plan, level, due, skipped=tuple(n for n, _ in passed[:index])) == "fired":
            return _waiting(m, plan, at, since=m.now)
    return at


def _put_off(m: Machine, level: Level) -> datetime | None:
    """Return when a level's window opens that is shut now and puts it off; None when nothing does."""
    if level.window is None or level.outside != "defer":
        return None
    opens = level.window.opens(m.now)
    return None if opens == m.now else opens


def _advanced(
    m: Machine, plan: Plan, at: PlanState, due: datetime, *, since: datetime, skipped: tuple[int, ...] = ()
) -> PlanState:
    """Give the next level its turn, and those behind it that wait for nothing.

    A level whose window is shut waits for it. Nobody to tell on a level with `skip_if_empty` passes the turn
    on at once. One round of turns is the end: a ladder without anybody is exhausted.
    """
    for _ in plan.levels:
        place = plan.place_after(at.level, at.round)
        if place is None:
            break
        level, lap = place
        opens = _put_off(m, plan.levels[level - 1])
        if opens is not None:
            return moved(at, status="triggered" if at.level else "armed", due=opens)
        at = _stood(plan, at, level, lap)
        outcome = m.tried(plan, level, due, skipped=skipped)
        if outcome == "empty":
            skipped = (*skipped, level)
            continue
        skipped = ()
        at = _waiting(m, plan, at, since=since)
        if at.due != since:
            return at
    return m.exhausted(plan, at, due)


def _stood(plan: Plan, at: PlanState, level: int, lap: int) -> PlanState:
    """Return a plan that stands at a level of a pass; evolving would cost several times as much."""
    return PlanState(
        id=at.id, level=level, level_id=plan.levels[level - 1].id if level else None, round=lap,
        snapshot=at.snapshot,
    )  # fmt: skip


def _waiting(m: Machine, plan: Plan, at: PlanState, *, since: datetime) -> PlanState:
    level = plan.levels[at.level - 1]
    if level.wait_guessed:
        m.fault("wait_not_configured", f"{plan.name}.{level.id}")
    due = None if level.wait is None else since + level.wait
    lacking = m.just_told(plan, at.level) if level.each else ()
    return PlanState(
        id=at.id, status="triggered", level=at.level, level_id=at.level_id, round=at.round, due=due,
        lacking=lacking, snapshot=at.snapshot,
    )  # fmt: skip


def _asked_again(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
    """Tell the present level again, only those who have not acknowledged; the others have it."""
    m.tried(plan, at.level, due, only=at.lacking)
    wait = plan.levels[at.level - 1].wait
    return evolve(at, due=None if wait is None else m.now + wait)
