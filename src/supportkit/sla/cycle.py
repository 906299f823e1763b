"""One cycle of a clock: when it began, ran and stood, its target, and what that makes of it.

A cycle keeps *marks*, the instants at which it began to run, to stand or to be stopped, each with what had
been counted until then. Everything else is arithmetic from the last mark on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from supportkit.calendars import OpenTime, zone_data_version
from supportkit.errors import NoOpenTime
from supportkit.sla.levels import threshold

__all__ = ["ZERO", "Calendars", "Choice", "Cycle", "Judged", "Mark", "Recorded"]

ZERO = timedelta(0)
MOST_MARKS = 16
"""How many marks a saved state keeps of a cycle; older ones are folded into the first that is kept."""

Mode: TypeAlias = Literal["run", "stand", "stop"]
End: TypeAlias = Literal["stopped", "cancelled"] | None
Calendars: TypeAlias = Mapping[str, OpenTime]


@frozen
class Mark:
    """From `at` on the cycle runs, stands or is stopped, measured in `calendar` (None: no target yet).

    `done` is the working time that counted until then, `stood` the working time that was left out, `why`
    the status that makes it stand.
    """

    at: datetime
    mode: Mode
    calendar: str | None = None
    done: timedelta = ZERO
    stood: timedelta = ZERO
    why: str | None = None


@frozen
class Judged:
    """The versions of the policy, the calendar and the zones' data that a cycle is judged by.

    Of the two digests the first 16 characters are kept: states are written often.
    """

    policy: str | None = None
    calendar: str | None = None
    zone_data: str | None = None

    @staticmethod
    @lru_cache(maxsize=256)
    def by(policy: str | None, calendar: str) -> Judged:
        """Return the versions of a judgement made by this process, whose zones' data do not change."""
        return Judged(policy and policy[:16], calendar[:16], zone_data_version())


@frozen
class Choice:
    """The target that holds: its text, calendar and working time, and since when it holds.

    `base` is the instant that business days, or a fact (`fixed`), name when nothing is left out. `undecided`
    are the positions (from 1) of the targets before it whose condition could not be decided. `judged` says
    by which versions.
    """

    text: str
    calendar: str
    goal: timedelta
    base: datetime | None = None
    warn: tuple[str, ...] = ()
    since: datetime | None = None
    judged: Judged | None = None
    undecided: tuple[int, ...] = ()
    fixed: bool = False

    def same(self, other: Choice | None) -> bool:
        """Return whether both are the same target, whenever and by whichever version they were chosen."""
        if other is None:
            return False
        if not self.fixed and self.goal != other.goal:
            return False
        return (self.base, self.text, self.calendar, self.warn) == (
            other.base,
            other.text,
            other.calendar,
            other.warn,
        )


@frozen
class Recorded:
    """What the log says already about a cycle, so that nothing is said twice."""

    due: datetime | None = None
    target: str | None = None
    calendar: str | None = None
    state: Literal["running", "stopped", "removed"] = "running"
    verdict: str = "pending"
    warned: tuple[str, ...] = ()

    def holding(self, due: datetime | None, target: str | None, calendar: str | None) -> Recorded:
        """Return the record after the target was set or moved: what had been met is open again."""
        verdict = "pending" if self.verdict == "met" else self.verdict
        return Recorded(due, target, calendar, "running", verdict, self.warned)


@frozen
class Cycle:
    """A cycle as far as the log goes; `number` counts from 1.

    `ended` is None while it runs or stands, else ``stopped`` or ``cancelled``, at the instant `stopped`.
    `dropped`: no target fits any more (`choice` is the last that did). `warned` are the levels that were
    reached before the last mark. A `packed` cycle is over and keeps its last mark and its `due` only.
    """

    number: int
    started: datetime
    marks: tuple[Mark, ...]
    choice: Choice | None = None
    dropped: bool = False
    ended: End = None
    stopped: datetime | None = None
    warned: tuple[str, ...] = ()
    recorded: Recorded | None = None
    packed: bool = False
    last_due: datetime | None = None

    @property
    def last(self) -> Mark:
        """The mark that holds now."""
        return self.marks[-1]

    @property
    def complete(self) -> bool:
        """Whether all spans from the start on are still known."""
        return not self.packed and self.marks[0].at == self.started

    # -- what has passed ----------------------------------------------------------------------------

    def elapsed(self, at: datetime, calendars: Calendars) -> timedelta:
        """Return the working time that counts until `at`, which is not before the last mark."""
        mark = self.marks[-1]
        if mark.mode != "run" or mark.calendar is None:
            return mark.done
        return mark.done + calendars[mark.calendar].between(mark.at, at)

    def paused(self, at: datetime, calendars: Calendars) -> timedelta:
        """Return the working time that was left out until `at`."""
        mark = self.marks[-1]
        if mark.mode != "stand" or mark.calendar is None:
            return mark.stood
        return mark.stood + calendars[mark.calendar].between(mark.at, at)

    def breached(self, at: datetime, calendars: Calendars) -> bool:
        """Return whether more has passed until `at` than the target allows."""
        return (
            self.choice is not None
            and not self.dropped
            and self.ended != "cancelled"
            and self.elapsed(at, calendars) > self.choice.goal
        )

    # -- when things fall due -----------------------------------------------------------------------

    def due(self, calendars: Calendars) -> datetime | None:
        """Return the instant by which the target is used up if the clock runs on from the last mark.

        Working time: the earliest instant at which it is, pauses taken out. Business days: the day's
        instant, moved by the working time left out before. None without open time ahead.
        """
        if self.packed or self.choice is None:
            return self.last_due
        try:
            if self.choice.base is not None and (self.choice.fixed or self._one_calendar):
                return self._due_by_days(self.choice.base, calendars)
            return self._reaching(self.choice.goal, calendars)
        except NoOpenTime:
            return None

    def warning(self, level: str, calendars: Calendars) -> datetime | None:
        """Return the instant at which a warning level is reached; None while the clock stands."""
        choice, last = self.choice, self.last
        if choice is None or choice.since is None:
            return None
        amount = threshold(choice.goal, level)
        if amount > last.done and last.mode != "run":
            return None
        try:
            return max(self._reaching(amount, calendars), choice.since)
        except NoOpenTime:
            return None

    @property
    def _one_calendar(self) -> bool:
        calendar = self.choice.calendar if self.choice else None
        return all(mark.calendar == calendar for mark in self.marks)

    def _due_by_days(self, base: datetime, calendars: Calendars) -> datetime:
        assert self.choice is not None
        stood = self.last.stood
        if self.last.done > self.choice.goal:  # a pause after the breach moves nothing
            stood = self._crossing(lambda done: done > self.choice.goal).stood  # type: ignore[union-attr]
        return calendars[self.choice.calendar].add(base, stood) if stood else base

    def _reaching(self, amount: timedelta, calendars: Calendars) -> datetime:
        """Return the earliest instant at which that much has counted, running on from the last mark."""
        mark = self.last
        if amount <= mark.done:
            mark = self._crossing(lambda done: done >= amount)
        if amount <= mark.done or mark.calendar is None:
            return mark.at
        return calendars[mark.calendar].add(mark.at, amount - mark.done)

    def _crossing(self, enough: Callable[[timedelta], bool]) -> Mark:
        """Return the mark from which on so much was counted that it was enough at the next one."""
        for mark, later in zip(self.marks, self.marks[1:], strict=False):
            if enough(later.done):
                return mark
        return self.marks[0]

    # -- how it goes on -----------------------------------------------------------------------------

    def marked(
        self,
        at: datetime,
        mode: Mode,
        calendars: Calendars,
        *,
        why: str | None = None,
        calendar: str | None = None,
    ) -> Cycle:
        """Return the cycle running, standing or stopped from `at` on, with what was counted until then."""
        mark = self.marks[-1]
        key = calendar or mark.calendar
        if mark.mode == mode and mark.calendar == key and mark.why == why:
            return self
        new = Mark(at, mode, key, self.elapsed(at, calendars), self.paused(at, calendars), why)
        kept = self.marks[:-1] if mark.at == at else self.marks
        return self._with((*kept, new), self._passed(at, calendars))

    def _with(
        self,
        marks: tuple[Mark, ...],
        warned: tuple[str, ...],
        ended: End = None,
        stopped: datetime | None = None,
    ) -> Cycle:
        # A plain call, since evolving costs several times as much and this is the hot path.
        return Cycle(
            self.number, self.started, marks, self.choice, self.dropped, ended, stopped, warned, self.recorded
        )  # fmt: skip

    def choosing(self, choice: Choice | None, at: datetime, calendars: Calendars) -> Cycle:
        """Return the cycle with another target from `at` on; what has elapsed and stood is kept."""
        if choice is None:
            return self._dropping(at, calendars)
        if (held := self.choice) is not None and choice.same(held):
            if choice.judged != held.judged:
                return evolve(self, dropped=False, choice=evolve(choice, since=held.since))
            return evolve(self, dropped=False) if self.dropped else self
        warned = self._passed(at, calendars)
        if self.last.calendar is None:
            marks = _measured(self.marks, choice.calendar, calendars)
        else:
            same, why = self.last.mode, self.last.why
            marks = self.marked(at, same, calendars, why=why, calendar=choice.calendar).marks
        chosen = evolve(self, marks=marks, choice=choice, dropped=False, warned=warned)
        return chosen.fitted(at, calendars)

    def fitted(self, at: datetime, calendars: Calendars) -> Cycle:
        """Return the cycle with as much working time as there is until the instant that a fact says."""
        choice = self.choice
        if choice is None or choice.base is None or not choice.fixed:
            return self
        passed = self.elapsed(at, calendars) + self.paused(at, calendars)
        goal = passed + calendars[choice.calendar].between(at, choice.base)
        return evolve(self, choice=evolve(choice, goal=max(goal, ZERO)))

    def _dropping(self, at: datetime, calendars: Calendars) -> Cycle:
        if self.choice is None or self.dropped:
            return self
        return evolve(self, dropped=True, warned=self._passed(at, calendars))

    def again(
        self, at: datetime, calendars: Calendars, *, pauses: bool, since: datetime | None = None
    ) -> Cycle:
        """Return the cycle measured anew in its present calendar, `pauses` kept or not.

        It is measured from its start, or from `since`, which is then its start, if that is earlier.
        """
        started = self.started if since is None else min(since, self.started)
        run = (Mark(started, "run"),)
        if not pauses:
            marks = (*(run if at > started else ()), Mark(at, self.last.mode, why=self.last.why))
        else:
            marks = (*(run if started < self.started else ()), *self.marks)
        if self.last.calendar is not None:
            marks = _measured(marks, self.last.calendar, calendars)
        again = evolve(self, started=started, marks=marks, warned=self._passed(at, calendars))
        return again.fitted(at, calendars)

    def stopping(
        self, at: datetime, calendars: Calendars, *, cancel: bool = False, why: str | None = None
    ) -> Cycle:
        """Return the cycle stopped at `at`; `cancel` what is within its target."""
        cycle = self.marked(at, "stop", calendars, why=why)
        cancelled = self.choice is None or self.dropped or (cancel and cycle.last.done <= self.choice.goal)
        return self._with(cycle.marks, cycle.warned, "cancelled" if cancelled else "stopped", at)

    def resuming(
        self, at: datetime, mode: Mode, calendars: Calendars, *, count: bool, why: str | None
    ) -> Cycle:
        """Return a stopped cycle going on at `at`, the time since counted or left out."""
        since = evolve(self.last, mode="run" if count else "stand")
        cycle = self._with((*self.marks[:-1], since), self.warned)
        return cycle.marked(at, mode, calendars, why=why)

    def pack(self, calendars: Calendars) -> Cycle:
        """Return a cycle that is over without its spans, small enough to be kept."""
        due = None if self.ended == "cancelled" else self.due(calendars)
        choice = self.choice and evolve(self.choice, base=None, since=None)
        recorded = self.recorded
        if recorded is not None and self.ended == "stopped":  # only its verdict is still to be said
            recorded = evolve(recorded, due=None, target=None, calendar=None)
        return evolve(self, marks=(self.last,), choice=choice, recorded=recorded, packed=True, last_due=due)

    def shortened(self) -> Cycle:
        """Return the cycle with its youngest marks only."""
        return self if len(self.marks) <= MOST_MARKS else evolve(self, marks=self.marks[-MOST_MARKS:])

    def warned_by(self, at: datetime, calendars: Calendars) -> tuple[str, ...]:
        """Return the levels that are reached at `at`."""
        return self.warned if self.ended else self._warned(at, calendars, strictly=False)

    def _passed(self, at: datetime, calendars: Calendars) -> tuple[str, ...]:
        # What happens at an instant comes before a warning at the same one.
        return self._warned(at, calendars, strictly=True)

    def _warned(self, at: datetime, calendars: Calendars, *, strictly: bool) -> tuple[str, ...]:
        if self.choice is None or self.dropped or not self.choice.warn:
            return self.warned
        new = []
        for level in self.choice.warn:
            if level not in self.warned and (instant := self.warning(level, calendars)) is not None:
                new += [(instant, level)] if instant < at or (instant == at and not strictly) else []
        # Stable: what is reached at one instant stays in the order in which the target lists it.
        new.sort(key=itemgetter(0))
        return (*self.warned, *(level for _, level in new)) if new else self.warned


def _measured(marks: tuple[Mark, ...], key: str, calendars: Calendars) -> tuple[Mark, ...]:
    """Measure marks that were set before any target in the calendar of the first one."""
    calendar, done, stood = calendars[key], ZERO, ZERO
    measured = []
    for mark, end in zip(marks, [*(m.at for m in marks[1:]), marks[-1].at], strict=True):
        measured.append(evolve(mark, calendar=key, done=done, stood=stood))
        passed = calendar.between(mark.at, end)
        done, stood = (done + passed, stood) if mark.mode == "run" else (done, stood + passed)
    return tuple(measured)
