"""Plans: who is told when nobody moves, in which order, by which clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from supportkit.calendars import OpenTime
from supportkit.escalation.hours import Hours, QuietHours
from supportkit.rules import Expression
from supportkit.sequences import as_tuple

__all__ = [
    "KINDS", "MANAGER", "MANAGER_REQUESTED", "Entry", "Level", "OneOf", "Plan", "Renotify", "Target",
    "Threshold",
]  # fmt: skip

KINDS = ("inform", "functional", "hierarchical")
MANAGER_REQUESTED = "escalation.manager_requested"


@frozen
class OneOf:
    """One of several people, in turn: sorted by id, the one after whom was served last."""

    ids: tuple[str, ...] = field(converter=as_tuple)

    def __str__(self) -> str:
        return f"one of {', '.join(self.ids)}"


Target = str | OneOf


@frozen
class Threshold:
    """More than `more_than` events of the kind `of` within the time up to the last of them, both ends in."""

    of: str
    more_than: int
    within: timedelta


@frozen
class Renotify:
    """Tell the last level again `every` so often after it was told; `strict` needs more than that to pass."""

    every: timedelta
    strict: bool = False


@frozen(kw_only=True)
class Level:
    """One rung of a plan.

    `to` holds ids, ``team:x``, ``schedule:x`` or `OneOf`. `kind` is functional (more skill, the handler
    changes), hierarchical (more authority, people are added) or inform (they are told). `wait` is what
    passes from this level's firing until the next level's turn, None when nothing follows by itself; in a
    chain it is the wait of a step that waits. `when` must hold, or the level is consumed in silence.
    `window` says when a level of a ladder may fire, outside of which it is skipped (`outside` skip) or put
    off (defer); in a chain it is the step that waits for these hours. With `each`, everybody told must
    acknowledge. `after` is counted from the start (offset), from the deadline (negative: before it) or is
    the age to reach; `percent` is a share of the deadline's target instead. `only_unacked` leaves the level
    out once somebody has it. `do` names the step of a chain, `threshold` and `times` belong to two of them.
    `wait_guessed` and `broken` mark what only a lenient reading lets pass.
    """

    id: str
    to: tuple[Target, ...] = ()
    kind: str = "inform"
    wait: timedelta | None = None
    when: Expression | None = None
    then: Mapping[str, Any] = field(factory=dict)
    skip_if_empty: bool = False
    window: Hours | None = None
    outside: str = "defer"
    each: bool = False
    after: timedelta | None = None
    percent: Fraction | None = None
    only_unacked: bool = False
    do: str = "notify"
    threshold: Threshold | None = None
    times: int = 0
    wait_guessed: bool = False
    broken: bool = False


@frozen(kw_only=True)
class Entry:
    """Levels for the cases that a condition fits; the first entry that fits a case is its own."""

    id: str
    when: Expression | None = None
    levels: tuple[Level, ...] = ()


@frozen(kw_only=True)
class Plan:
    """One way to raise a matter.

    `mode` is the clock: ladder (waits), chain (typed steps), offset (from the start), deadline (around a
    deadline of `metric`), age (of the case by `basis`), priority_ladder (a raise `every` so often) or counter
    (`counts` is its condition). `starts` is the kind of event that begins it, `delay` what passes from there
    to level 1 of a ladder, `repeat` the number of further passes (-1: without end), `pause` what passes
    between two passes of offsets; `revert_ack` takes an acknowledgement back then. `catch_up` says what a
    late evaluation does: collapse (the highest level reached, the passed ones are named), one_step or replay.
    While the case has a status of `hold_while`, and in `quiet` hours, firing waits and the clock runs on;
    `notify_in` fires in open hours only. When all is done, `last_to` is told or the case is closed
    (`closes`). `activity` holds the kinds of events that begin the present wait anew. With `snapshot`, a case
    keeps the plan it began with; `source` is the plan as the document has it.
    """

    name: str
    id: str
    mode: str = "ladder"
    starts: str = "case.opened"
    levels: tuple[Level, ...] = ()
    delay: timedelta = timedelta(0)
    repeat: int = 0
    pause: timedelta = timedelta(0)
    revert_ack: bool = False
    catch_up: str = "collapse"
    hold_while: frozenset[str] = frozenset()
    quiet: QuietHours | None = None
    notify_in: OpenTime | None = None
    last_to: tuple[Target, ...] | None = None
    closes: bool = False
    activity: frozenset[str] = frozenset()
    ack_timeout: timedelta | None = None
    acked_reminder: timedelta | None = None
    tell_acker: bool = False
    on_wake: str = "same_level"
    on_unack: str = "restart"
    counts: Expression | None = None
    metric: str | None = None
    renotify: Renotify | None = None
    calendar: OpenTime | None = None
    basis: str = "created"
    entries: tuple[Entry, ...] = ()
    every: timedelta = timedelta(0)
    order: tuple[str, ...] = ()
    snapshot: bool = False
    source: Any = field(default=None, eq=False, repr=False)

    @property
    def sequential(self) -> bool:
        """Whether each turn waits for the one before: in a ladder, a counter and a chain."""
        return self.mode in {"ladder", "counter", "chain"}

    @property
    def conditions(self) -> tuple[Expression, ...]:
        """All conditions that it reads: of levels, entries, quiet hours, and what it counts."""
        levels = [*self.levels, *(level for entry in self.entries for level in entry.levels)]
        whens = [*(level.when for level in levels), *(entry.when for entry in self.entries)]
        loud = None if self.quiet is None else self.quiet.unless
        return tuple(dict.fromkeys(each for each in (self.counts, *whens, loud) if each is not None))

    @property
    def tells(self) -> tuple[int, ...]:
        """The levels that tell somebody; those of a chain that only wait or count do not."""
        return tuple(n for n, level in enumerate(self.levels, 1) if level.do == "notify")

    def place_after(self, level: int, round: int) -> tuple[int, int] | None:
        """Return the level and the pass that follow, or None when nobody is left."""
        if level < len(self.levels):
            return level + 1, round
        if self.levels and (self.repeat < 0 or round <= self.repeat):
            return 1, round + 1
        return None

    def in_turn(self, level: int) -> tuple[int, ...]:
        """Return all levels in the order of their turns, beginning after `level`, wrapping at the end."""
        tells = self.tells
        later = tuple(number for number in tells if number > level)
        return (*later, *(number for number in tells if number <= level))

    def position(self, id: str | None) -> int | None:
        """Return where the level of that id stands, counted from 1, or None when it is gone."""
        return next((n for n, level in enumerate(self.levels, 1) if level.id == id), None)


MANAGER = Plan(
    name="manager",
    id="manager",
    starts=MANAGER_REQUESTED,
    levels=(Level(id="1", to=("manager",), kind="hierarchical"),),
)
"""What puts a customer through who asks for a manager, when the policy has no word on it."""
