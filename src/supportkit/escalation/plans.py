"""Plans: who is told when nobody moves, in which order, after which wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import field, frozen

from supportkit.rules import Expression
from supportkit.sequences import as_tuple

__all__ = ["KINDS", "MANAGER", "MANAGER_REQUESTED", "Level", "OneOf", "Plan", "Target"]

KINDS = ("inform", "functional", "hierarchical")
MANAGER_REQUESTED = "escalation.manager_requested"


@frozen
class OneOf:
    """One of several people, in turn: sorted by id, the one after whom was served last."""

    ids: tuple[str, ...] = field(converter=as_tuple)

    def __str__(self) -> str:
        return f"one of {', '.join(self.ids)}"


Target = str | OneOf


@frozen(kw_only=True)
class Level:
    """One rung of a ladder.

    `to` holds ids, ``team:x``, ``schedule:x`` or `OneOf`. `kind` is functional (more skill, the handler
    changes), hierarchical (more authority, people are added) or inform (they are told). `wait` is what
    passes from this level's firing until the next level's turn, None when nothing follows by itself.
    `wait_guessed` and `broken` mark what only a lenient reading lets pass.
    """

    id: str
    to: tuple[Target, ...] = ()
    kind: str = "inform"
    wait: timedelta | None = None
    when: Expression | None = None
    then: Mapping[str, Any] = field(factory=dict)
    skip_if_empty: bool = False
    wait_guessed: bool = False
    broken: bool = False


@frozen(kw_only=True)
class Plan:
    """One way to raise a matter.

    `starts` is the kind of event that begins it, `delay` what passes from there to level 1, `repeat` the
    number of further passes (-1: without end). `catch_up` says what a late evaluation does: collapse
    (the highest level reached, the passed ones are named), one_step or replay. While the case has a
    status of `hold_while`, firing waits and the clock runs on. `counts` is the condition of a counter.
    """

    name: str
    id: str
    mode: str = "ladder"
    starts: str = "case.opened"
    levels: tuple[Level, ...] = ()
    delay: timedelta = timedelta(0)
    repeat: int = 0
    catch_up: str = "collapse"
    hold_while: frozenset[str] = frozenset()
    ack_timeout: timedelta | None = None
    tell_acker: bool = False
    on_wake: str = "same_level"
    on_unack: str = "restart"
    counts: Expression | None = None

    def place_after(self, level: int, round: int) -> tuple[int, int] | None:
        """Return the level and the pass that follow, or None when nobody is left."""
        if level < len(self.levels):
            return level + 1, round
        if self.levels and (self.repeat < 0 or round <= self.repeat):
            return 1, round + 1
        return None

    def in_turn(self, level: int) -> tuple[int, ...]:
        """Return all levels in the order of their turns, beginning after `level`, wrapping at the end."""
        count = len(self.levels)
        return tuple((level + step) % count + 1 for step in range(count))

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
