"""The clocks whose levels lie at instants of their own: offsets from the start, deadlines, ages of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby

from attrs import evolve, frozen

from supportkit.calendars import ALWAYS, OpenTime
from supportkit.cases import MICROSECOND, Deadline, Event
from supportkit.errors import NoOpenTime
from supportkit.escalation._machine import Machine, moved
from supportkit.escalation.plans import Level, Plan
from supportkit.escalation.state import PlanState
from supportkit.rules import Truth

__all__ = ["Clocked"]

_TURNS_LIMIT = 1000
_STILL = frozenset({"done", "idle", "suppressed", "snoozed", "assigned"})


@frozen
class _Turn:
    """A level's turn at its instant, and where the plan stands after it.

    `key` is the deadline it belongs to, `silent` a turn that tells nobody, `again` a repeated notice, `last`
    the end of the plan.
    """

    due: datetime
    after: PlanState
    level: int = 0
    key: str = ""
    silent: bool = False
    again: bool = False
    last: bool = False


class Clocked:
    """How such a plan begins, rings and catches up; its `due` is computed anew with every step."""

    @staticmethod
    def begun(m: Machine, plan: Plan, at: PlanState, due: datetime, *, since: datetime) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Return a plan at its beginning; what is due at once fires at once."""
        at = Clocked.synced(m, plan, evolve(at, since=since, due=None))
        plan = m.plans[plan.name]
        return Clocked.rung(m, plan, at, m.now) if _is_due(m, at) and m.may_fire(plan) else at

    @staticmethod
    def rung(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Let every level whose instant has come have its turn, as the plan catches up."""
        turns: list[_Turn] = []
        end: _Turn | None = None
        for turn in _turns(m, plan, at):
            if turn.due > m.now or (turns and _one_is_enough(plan, at, turns[0], turn)):
                break
            if len(turns) >= _TURNS_LIMIT:
                m.fault("replay_cut", plan.name)
                break
            at = turn.after
            end = turn if turn.last else end
            turns += [] if turn.silent or turn.last else [turn]
            if turn.last:
                break
        if _fired(m, plan, at, turns):
            at = evolve(at, told_at=m.now, status="triggered" if at.status == "armed" else at.status)
        elif turns and (plan.catch_up == "one_step" or turns[0].again):
            at = evolve(at, told_at=m.now)  # a turn that told nobody was one, too: the next is another time's
        if end is not None:
            at = m.exhausted(plan, at, end.due)
        return Clocked.synced(m, plan, at)

    @staticmethod
    def resumed(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Go on: what fell due meanwhile fires now."""
        at = Clocked.synced(m, plan, moved(at, status="triggered" if at.level else "armed"))
        return Clocked.rung(m, plan, at, due) if _is_due(m, at) else at

    @staticmethod
    def timed_out(
        m: Machine, plan: Plan, at: PlanState, due: datetime, *, first: tuple[str, ...]
    ) -> PlanState:
        """Return what becomes of a timer of an acknowledged plan: it ran out, or a level comes regardless."""
        if at.pending is None or at.pending > m.now:
            return Clocked.rung(m, plan, at, due)
        told = len(m.firings)
        after = Clocked.resumed(m, plan, at, due)
        if len(m.firings) == told and at.level:
            m.tried(plan, at.level, at.pending, first=first)
        return after

    @staticmethod
    def woken(m: Machine, plan: Plan, at: PlanState, due: datetime) -> PlanState:
        """Return what becomes of a snoozed plan at its waking: what fell due meanwhile fires."""
        return Clocked.resumed(m, plan, at, due)

    @staticmethod
    def stood_at(m: Machine, plan: Plan, at: PlanState, level: int) -> PlanState:
        """Put a plan to a level: those up to it have had their turn."""
        ids = tuple(each.id for each in plan.levels[:level])
        keys = [one.id for one in _deadlines(m, plan)] if plan.mode == "deadline" else [at.entry or ""]
        fired = {key: tuple(dict.fromkeys((*at.fired.get(key, ()), *ids))) for key in keys}
        placed = moved(at, status="triggered", level=level, level_id=ids[-1], fired={**at.fired, **fired})
        return Clocked.synced(m, plan, evolve(placed, told_at=m.now))

    @staticmethod
    def heard(m: Machine, plan: Plan, at: PlanState, event: Event) -> PlanState:  # noqa: ARG004 - as the other clocks
        """Begin the age of a case anew, or end it, when somebody changed the case."""
        if plan.mode != "age" or plan.basis == "created" or at.since is None or event.at <= at.since:
            return at
        if plan.basis == "created_until_modified":
            return moved(at, status="done") if at.status not in _STILL else at
        status = "armed" if at.status in {"triggered", "exhausted"} else at.status
        return evolve(at, since=event.at, fired={}, level=0, level_id=None, status=status)

    @staticmethod
    def synced(m: Machine, plan: Plan, at: PlanState) -> PlanState:
        """Return the plan with the instant at which its next turn comes, by what is known now."""
        at = _seen_deadlines(m, plan, at) if plan.mode == "deadline" else at
        at = _placed_in_entry(m, plan, at) if plan.mode == "age" else at
        if at.status in _STILL:
            return at
        if at.status == "exhausted":
            return evolve(at, due=None) if at.due is not None else at
        due = _next_due(m, m.plans.get(plan.name, plan), at)
        return at if due == at.due else evolve(at, due=due)


def _is_due(m: Machine, at: PlanState) -> bool:
    return at.due is not None and at.due <= m.now


def _one_is_enough(plan: Plan, at: PlanState, first: _Turn, turn: _Turn) -> bool:
    """Return whether this evaluation has its one level; those that a deadline moved past are one."""
    if plan.catch_up != "one_step" or first.due == turn.due:
        return False
    return not (_moved_past(plan, at, first) and _moved_past(plan, at, turn))


def _next_due(m: Machine, plan: Plan, at: PlanState) -> datetime | None:
    acked = at.status == "acked"
    turn = None if acked and plan.mode != "offset" else next(_turns(m, plan, at), None)
    due = None if turn is None else turn.due
    if due is not None and plan.catch_up == "one_step" and at.told_at is not None:
        due = max(due, at.told_at + MICROSECOND)  # for the next evaluation, not for the same one again
    if acked and at.pending is not None:
        due = at.pending if due is None else min(due, at.pending)
    return due


# -- turns in their order -------------------------------------------------------------------------


def _turns(m: Machine, plan: Plan, at: PlanState) -> Iterator[_Turn]:
    return _TURNS[plan.mode](m, plan, at)


def _had_turn(at: PlanState, plan: Plan, number: int, key: str) -> PlanState:
    level = plan.levels[number - 1]
    fired = {**at.fired, key: (*at.fired.get(key, ()), level.id)}
    return evolve(at, fired=fired, level=number, level_id=level.id)


def _offset_turns(m: Machine, plan: Plan, at: PlanState) -> Iterator[_Turn]:  # noqa: ARG001 - as the others
    """Yield the levels of each pass at their offsets, and the passes in between."""
    start = at.since
    if start is None or not plan.levels:
        return
    offsets = [level.after or timedelta(0) for level in plan.levels]
    order = sorted(range(len(offsets)), key=offsets.__getitem__)
    while True:
        for index in order:
            level = plan.levels[index]
            if level.id not in at.fired.get("", ()):
                silent = level.only_unacked and at.status == "acked"
                at = _had_turn(at, plan, index + 1, "")
                yield _Turn(start + offsets[index], at, index + 1, silent=silent)
        over = start + max(offsets) + (plan.pause if plan.repeat else timedelta(0))
        if plan.repeat >= 0 and at.round > plan.repeat:
            if plan.repeat or _ends(plan):
                yield _Turn(over, at, last=True)
            return
        start = over
        at = evolve(at, since=over, fired={}, round=at.round + 1)
        if plan.revert_ack and at.status == "acked":
            at = moved(at, status="triggered")
        yield _Turn(over, at, silent=True)


def _age_turns(m: Machine, plan: Plan, at: PlanState) -> Iterator[_Turn]:  # noqa: ARG001 - as the others
    if at.since is None or at.entry is None:
        return
    calendar = plan.calendar or ALWAYS
    ages = [level.after or timedelta(0) for level in plan.levels]
    last = at.since
    for index in sorted(range(len(ages)), key=ages.__getitem__):
        due = _added(calendar, at.since, ages[index])
        if due is None:
            return
        last = max(last, due)
        if plan.levels[index].id not in at.fired.get(at.entry, ()):
            at = _had_turn(at, plan, index + 1, at.entry)
            yield _Turn(due, at, index + 1)
    if plan.levels and _ends(plan):
        yield _Turn(last, at, last=True)


def _deadline_turns(m: Machine, plan: Plan, at: PlanState) -> Iterator[_Turn]:
    """Yield the levels around all deadlines that run, by their instants, and the next repeated notice."""
    pending = sorted(
        (due, index, one.id)
        for one in _deadlines(m, plan)
        for index, level in enumerate(plan.levels)
        if level.id not in at.fired.get(one.id, ())
        for due in [_instant(m, plan, level, one)]
        if due is not None
    )
    again, last = _told_again_at(m, plan, at), at.told_at or m.now
    for due, index, key in pending:
        if again is not None and again < due:
            yield _Turn(again, at, at.level, again=True)
            again = None
        at, last = _had_turn(at, plan, index + 1, key), due
        yield _Turn(due, at, index + 1, key)
    if again is not None:
        yield _Turn(again, at, at.level, again=True)
    elif _ends(plan) and (pending or (at.status == "triggered" and _deadlines(m, plan))):
        yield _Turn(last, at, last=True)


_TURNS: dict[str, Callable[[Machine, Plan, PlanState], Iterator[_Turn]]] = {
    "offset": _offset_turns,
    "age": _age_turns,
    "deadline": _deadline_turns,
}


def _ends(plan: Plan) -> bool:
    """Return whether something is left to do after the last level."""
    return plan.closes or plan.last_to is not None


def _added(calendar: OpenTime, start: datetime, time: timedelta) -> datetime | None:
    try:
        return calendar.add(start, time) if time >= timedelta(0) else calendar.subtract(start, -time)
    except NoOpenTime:
        return None


# -- firing ---------------------------------------------------------------------------------------


def _fired(m: Machine, plan: Plan, at: PlanState, turns: list[_Turn]) -> bool:
    """Fire the turns that came: all of them in a replay, else for each deadline the last ones that can."""
    told = len(m.firings)
    fresh = [turn for turn in turns if not turn.again] or turns
    for _, group in groupby(sorted(fresh, key=lambda turn: turn.key), key=lambda turn: turn.key):
        mine = list(group)
        past = [turn for turn in mine if plan.catch_up != "replay" or _moved_past(plan, at, turn)]
        _fire_last(m, plan, past)
        for turn in mine[len(past) :]:
            m.tried(plan, turn.level, turn.due)
    return len(m.firings) > told


def _fire_last(m: Machine, plan: Plan, turns: list[_Turn]) -> None:
    """Fire the latest of these turns and name those it stands for; where none of them can, the one before."""
    while turns:
        last = [turn for turn in turns if turn.due == turns[-1].due]
        turns = turns[: -len(last)]
        told = len(m.firings)
        for turn in last:
            named = dict.fromkeys(each.level for each in turns if each.level != turn.level)
            skipped = tuple(named) if len(m.firings) == told else ()
            m.tried(plan, turn.level, turn.due, skipped=skipped)
        if len(m.firings) > told:
            return


def _moved_past(plan: Plan, at: PlanState, turn: _Turn) -> bool:
    """Return whether a deadline moved so that this level was passed at once, whoever looked when."""
    return plan.mode == "deadline" and at.since is not None and turn.due < at.since and bool(turn.key)


# -- deadlines ------------------------------------------------------------------------------------


def _deadlines(m: Machine, plan: Plan) -> list[Deadline]:
    """Return the deadlines of the plan's metric that run; a paused one has no due and nothing is due."""
    return [one for one in m.deadlines if one.metric == plan.metric and one.due is not None]


def _seen_deadlines(m: Machine, plan: Plan, at: PlanState) -> PlanState:
    """Begin anew for a deadline that was not there before; remember when one moved to an earlier instant."""
    running = _deadlines(m, plan)
    new = [one for one in running if one.id not in at.seen]
    nearer = any(one.id in at.seen and one.due < at.seen[one.id][0] for one in running)  # type: ignore[operator]
    seen = {**at.seen, **{one.id: (one.due,) for one in running if one.due is not None}}
    if seen != at.seen:
        at = evolve(at, seen=seen, since=m.now if nearer else at.since)
    began = running and not any(at.fired.get(one.id) for one in running)
    if new and at.status in {"acked", "exhausted"}:
        at = moved(at, status="armed")
    if began and at.status in {"triggered", "armed"} and (at.level or at.status == "triggered"):
        at = evolve(at, status="armed", level=0, level_id=None, told_at=None)
    return at


def _instant(m: Machine, plan: Plan, level: Level, one: Deadline) -> datetime | None:
    """Return when a level lies, in working time where the deadline's calendar is known."""
    calendar = _calendar(m, plan, one)
    if level.percent is None:
        return _around(calendar, one.due, level.after or timedelta(0))
    return _at_share(calendar, one, level.percent / 100)


def _around(calendar: OpenTime, due: datetime | None, offset: timedelta) -> datetime | None:
    return due if not offset or due is None else _added(calendar, due, offset)


def _at_share(calendar: OpenTime, one: Deadline, share: Fraction) -> datetime | None:
    """Return when that share of the target has passed: counted back from the due instant, pauses left out."""
    if one.due is None or share == 1:
        return one.due
    started = one.started or one.due
    whole = calendar.between(started, one.due)
    target = one.target if isinstance(one.target, timedelta) else whole
    part = timedelta(microseconds=int(target // MICROSECOND * share))
    if share < 1 and target == whole:
        return _added(calendar, started, part)
    return _around(calendar, one.due, part - target)


def _calendar(m: Machine, plan: Plan, one: Deadline) -> OpenTime:
    if one.calendar is None or isinstance(one.calendar, OpenTime):
        return one.calendar or ALWAYS
    known: OpenTime | None = {"always": ALWAYS, **m.calendars}.get(one.calendar)
    if known is None:
        m.fault("unknown_calendar", f"{plan.name}.{one.calendar}")
    return known or ALWAYS


def _told_again_at(m: Machine, plan: Plan, at: PlanState) -> datetime | None:
    """Return when the last level is told again, as long as its deadline runs."""
    if plan.renotify is None or at.told_at is None or at.level == 0:
        return None
    if not any(at.fired.get(one.id) for one in _deadlines(m, plan)):
        return None
    return at.told_at + plan.renotify.every + (MICROSECOND if plan.renotify.strict else timedelta(0))


# -- entries by age -------------------------------------------------------------------------------


def _placed_in_entry(m: Machine, plan: Plan, at: PlanState) -> PlanState:
    """Choose the first entry that fits the case; without facts it stays where it was."""
    found = plan.entries[0] if len(plan.entries) == 1 and plan.entries[0].when is None else None
    if found is None and m.facts is not None:
        found = next((e for e in plan.entries if e.when is None or m.truth(e.when) is Truth.TRUE), None)
    elif found is None:
        found = next((entry for entry in plan.entries if entry.id == at.entry), None)
    entry = None if found is None else found.id
    if found is not None and m.plans.get(plan.name) is not None:
        m.plans[plan.name] = evolve(plan, levels=found.levels) if plan.levels != found.levels else plan
    if entry == at.entry:
        return at
    status = "armed" if at.status == "exhausted" else at.status
    return evolve(at, entry=entry, status=status, level=0, level_id=None)
