"""A clock is one cycle of one metric as it stands at an instant, with the account of its time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import evolve, field, frozen

from supportkit.calendars import ALWAYS, Ledger, Line, OpenTime
from supportkit.canonical import instant_text
from supportkit.cases import utc
from supportkit.errors import InvalidValue, NoOpenTime
from supportkit.sla.cycle import ZERO, Cycle, Judged
from supportkit.sla.meter import Meter
from supportkit.sla.pledge import Pledge

__all__ = ["Clock", "State", "Verdict", "clock_of", "clock_of_promise", "idle_clock"]

State = Literal["idle", "running", "paused", "stopped", "cancelled"]
Verdict = Literal["pending", "met", "breached"]
_UNKNOWN = Judged()


@frozen(kw_only=True)
class Clock:
    """One cycle of a metric: its target, how much of it has passed, and the verdict.

    `cycle` counts from 1 (0 for an idle clock). `target` is working time, for business days too, `calendar`
    as the target names it. `elapsed` is the working time that counted, `paused` what was left out,
    `remaining` is target - elapsed (below zero when late), `overdue` the lateness. `due` is None while
    paused, idle or cancelled and in statuses that hide it; it is kept when stopped or overdue. `warned`
    are the warning levels that were reached. Breached is elapsed > target. `policy_version`,
    `calendar_version` (16 characters of each digest) and `zone_data` say what judged it: a cycle that is over
    keeps its own. Instants are UTC.
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
    policy_version: str | None = None
    calendar_version: str | None = None
    zone_data: str | None = None
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

    # -- the other way round ------------------------------------------------------------------------

    def remaining_at(self, at: datetime) -> timedelta | None:
        """Return how much of the target is left at a later instant if nothing happens until then.

        Signed, like `remaining`; None for an idle or cancelled clock. One that stands keeps what it has.
        Raises InvalidValue for an instant before the one that was asked about.
        """
        at = utc(at)
        if self._asked is None or self.remaining is None or self.state == "cancelled":
            return None
        if at < self._asked:
            raise InvalidValue(
                f"{instant_text(at)} lies before {instant_text(self._asked)}; evaluate with that as now"
            )
        if self.state != "running":
            return self.remaining
        return self.remaining - self._open_time.between(self._asked, at)

    @property
    def latest_stop(self) -> datetime | None:
        """The last instant at which what stops the clock still meets the target, if it runs on.

        It is `due`, or the next opening when the target is used up at closing time: closed time costs
        nothing. None unless the clock runs and is in time, and when it can never be late.
        """
        if self.state != "running" or self.verdict == "breached" or self._end is None:
            return None
        try:
            return self._open_time.next_open(max(self._end, self._asked or self._end))
        except NoOpenTime:
            return None

    def latest_start(self, work: timedelta) -> datetime | None:
        """Return when work of this length, in the clock's working time, must begin to be done when due.

        None where the clock has no end to be met; raises NoOpenTime when there never was that much time.
        """
        if self.latest_stop is None or self._end is None:
            return None
        return self._open_time.subtract(self._end, work)

    @property
    def _end(self) -> datetime | None:
        return self.due if self._spans is None else self._spans.due(self._book)

    @property
    def _open_time(self) -> OpenTime:
        choice = self._spans.choice if self._spans is not None else None
        return ALWAYS if choice is None else self._book[choice.calendar]


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
    elapsed, judged = cycle.elapsed(at, book), choice.judged or _UNKNOWN
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
        policy_version=judged.policy,
        calendar_version=judged.calendar,
        zone_data=judged.zone_data,
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
