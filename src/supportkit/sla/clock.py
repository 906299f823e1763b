"""A clock is one cycle of one metric as it stands at an instant, with the account of its time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import evolve, field, frozen

from supportkit.calendars import ALWAYS, Ledger, Line, OpenTime
from supportkit.errors import InvalidValue
from supportkit.sla.cycle import ZERO, Cycle
from supportkit.sla.meter import Meter
from supportkit.sla.pledge import Pledge

__all__ = ["Clock", "State", "Verdict", "clock_of", "clock_of_promise", "idle_clock"]

State = Literal["idle", "running", "paused", "stopped", "cancelled"]
Verdict = Literal["pending", "met", "breached"]


@frozen(kw_only=True)
class Clock:
    """One cycle of a metric: its target, how much of it has passed, and the verdict.

    `cycle` counts from 1 (0 for an idle clock). `target` is working time, for business days too, `calendar`
    as the target names it. `elapsed` is the working time that counted, `paused` what was left out,
    `remaining` is target - elapsed (below zero when late), `overdue` the lateness. `due` is None while
    paused, idle or cancelled and in statuses that hide it; it is kept when stopped or overdue. `warned`
    are the shares of the target that passed. Breached is elapsed > target. Instants are UTC.
    """

    metric: str
    cycle: int = 0
    target: timedelta | None = None
    calendar: Any = None
    state: State = "idle"
    verdict: Verdict = "pending"
    started: datetime | None = None
    stopped: datetime | None = None
    due: datetime | None = None
    elapsed: timedelta = ZERO
    paused: timedelta = ZERO
    remaining: timedelta | None = None
    overdue: timedelta = ZERO
    warned: tuple[str, ...] = ()
    _asked: datetime | None = field(default=None, eq=False, repr=False)
    _spans: Cycle | None = field(default=None, eq=False, repr=False)
    _book: Mapping[str, OpenTime] = field(factory=dict, eq=False, repr=False)

    def explain(self) -> Ledger:
        """Return every span of the cycle with why it counted or not; the counted ones sum to `elapsed`.

        Closed time names the rule that closed it, paused time the status. Raises InvalidValue for a clock
        from a saved state that kept no spans: evaluate the whole log for its account.
        """
        if self.started is None or self._asked is None:
            return Ledger()
        end = self.stopped or self._asked
        if self._spans is None:  # a promise: all time counts
            return ALWAYS.explain(self.started, end)
        if not self._spans.complete:
            raise InvalidValue(
                f"cycle {self.cycle} of {self.metric} comes from a state that kept no spans; "
                "evaluate the whole log to have it explained",
            )
        return Ledger(_joined(_lines(self._spans, end, self._book)))


def idle_clock(metric: str) -> Clock:
    """Return the clock of a metric that no cycle of has begun."""
    return Clock(metric=metric)


def clock_of(
    meter: Meter,
    cycle: Cycle,
    at: datetime,
    *,
    status: str,
    book: Mapping[str, OpenTime],
    shown: Mapping[str, Any],
) -> Clock | None:
    """Return the clock of a cycle as it stands at `at`; None when it never had a target."""
    choice = cycle.choice
    if choice is None:
        return None
    state, breached = _state(cycle), cycle.breached(at, book)
    elapsed = cycle.elapsed(at, book)
    hidden = state in {"paused", "cancelled"} or (state == "running" and status in meter.hide)
    return Clock(
        metric=meter.name,
        cycle=cycle.number,
        target=choice.goal,
        calendar=shown.get(choice.calendar, choice.calendar),
        state=state,
        verdict="breached" if breached else "met" if state == "stopped" else "pending",
        started=cycle.started,
        stopped=cycle.stopped,
        due=None if hidden else cycle.due(book),
        elapsed=elapsed,
        paused=cycle.paused(at, book),
        remaining=choice.goal - elapsed,
        overdue=max(elapsed - choice.goal, ZERO),
        warned=cycle.warned_by(at, book),
        asked=at,
        spans=cycle,
        book=book,
    )


def _state(cycle: Cycle) -> State:
    if cycle.ended is not None:
        return cycle.ended
    if cycle.dropped:
        return "cancelled"
    return "paused" if cycle.last.mode == "stand" else "running"


def clock_of_promise(metric: str, pledge: Pledge, at: datetime) -> Clock:
    """Return a promise as a clock: all time counts, its target is the time it gave itself."""
    outcome = pledge.outcome_at(at)
    elapsed = (pledge.stopped or at) - pledge.made
    target = None if pledge.due is None else pledge.due - pledge.made
    verdicts: dict[str, Verdict] = {"kept": "met", "broken": "breached"}
    cancelled = outcome == "superseded"
    return Clock(
        metric=metric,
        cycle=pledge.number,
        target=target,
        calendar="always",
        state="cancelled" if cancelled else "running" if pledge.stopped is None else "stopped",
        verdict=verdicts.get(outcome, "pending"),
        started=pledge.made,
        stopped=pledge.stopped,
        due=None if cancelled else pledge.due,
        elapsed=elapsed,
        remaining=None if target is None else target - elapsed,
        overdue=ZERO if target is None else max(elapsed - target, ZERO),
        asked=at,
    )


def _lines(cycle: Cycle, end: datetime, book: Mapping[str, OpenTime]) -> Iterator[Line]:
    ends = [*(mark.at for mark in cycle.marks[1:]), end]
    for mark, until in zip(cycle.marks, ends, strict=True):
        if mark.calendar is None or until <= mark.at:
            continue
        for line in book[mark.calendar].explain(mark.at, until):  # type: ignore[attr-defined]
            stands = line.counted and mark.mode != "run"
            yield evolve(line, counted=False, reason="paused", name=mark.why) if stands else line


def _joined(lines: Iterator[Line]) -> Iterator[Line]:
    """Join neighbours that say the same."""
    held: Line | None = None
    for line in lines:
        if held is not None and (held.counted, held.reason, held.name) == (
            line.counted,
            line.reason,
            line.name,
        ):
            held = evolve(held, end=line.end)
            continue
        if held is not None:
            yield held
        held = line
    if held is not None:
        yield held
