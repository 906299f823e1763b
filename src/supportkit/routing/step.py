"""Steps: how the circle of those who may take an item changes while it waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from attrs import field, frozen

from supportkit.cases import Agent
from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue, nearest_name
from supportkit.routing.item import Item
from supportkit.sequences import as_tuple

__all__ = ["AFFINITY", "SKIP_IF", "Step"]

AFFINITY: Final = "affinity"
"""In place of ids: whoever the item's own affinity names."""

SKIP_IF: Final = ("none_available", "none_logged_in")
_Levels = tuple[Mapping[str, int | float], ...]


def _within(value: Any) -> timedelta | None:
    return None if value is None else read_duration(value)


def _agents(value: Any) -> str | frozenset[str] | None:
    return value if value is None or value == AFFINITY else frozenset(as_tuple(value))


def _levels(value: Any) -> _Levels | None:
    """Return the alternatives: one mapping is the only one."""
    if value is None:
        return None
    sets = (value,) if isinstance(value, Mapping) else tuple(value)
    for levels in sets:
        if not isinstance(levels, Mapping) or not all(map(_is_level, levels.values())):
            raise InvalidValue(f"skills={value!r} of a Step is not {{name: level}}, or several of them")
    if not sets:
        raise InvalidValue("skills=() of a Step lets nobody in; leave it out to let anybody in")
    return sets


def _is_level(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _tiers(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    pair = tuple(value) if isinstance(value, list | tuple) else ()
    if len(pair) == 2 and all(type(tier) is int for tier in pair) and pair[0] <= pair[1]:
        return pair[0], pair[1]
    raise InvalidValue(f"tiers={value!r} of a Step is not (low, high), both whole numbers and inclusive")


@frozen
class Step:
    """One stretch of waiting, the half-open time [start, start + within); `within` None never ends.

    The first step starts when the wait begins, the next one where the one before it ends. Who may take the
    item meanwhile: `agents` narrows it to these ids (``"affinity"``: to whoever the item's affinity names),
    `skills` to a least level of each (several mappings: any one of them), `tiers` to (low, high) inclusive;
    None narrows nothing. `drop` names optional skills of the item that are no longer asked for, from this
    step on. `skip_if` leaves the step out, as if it took no time, while ``none_available`` (nobody of the
    step's own agents has a presence that takes work) or ``none_logged_in`` (all of them are offline); a busy
    agent blocks the skip. Raises InvalidValue for what can never be right.

    >>> Step("2 minutes", agents=["ann"], skip_if="none_available").within
    datetime.timedelta(seconds=120)
    """

    within: timedelta | None = field(default=None, converter=_within)
    agents: str | frozenset[str] | None = field(default=None, kw_only=True, converter=_agents)
    skills: _Levels | None = field(default=None, kw_only=True, converter=_levels)
    tiers: tuple[int, int] | None = field(default=None, kw_only=True, converter=_tiers)
    drop: tuple[str, ...] = field(default=(), kw_only=True, converter=as_tuple)
    skip_if: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.skip_if is not None and self.skip_if not in SKIP_IF:
            near = nearest_name(str(self.skip_if), SKIP_IF)
            hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(SKIP_IF)}"
            raise InvalidValue(f"skip_if={self.skip_if!r} is no reason to skip a step; {hint}")

    def admits(self, agent: Agent, item: Item) -> bool:
        """Return whether the agent is one of the step's own, by what lasts: id, tier, skills."""
        return (
            self._names(agent, item)
            and (self.tiers is None or self.tiers[0] <= agent.tier <= self.tiers[1])
            and (self.skills is None or any(_holds(agent, levels) for levels in self.skills))
        )

    def _names(self, agent: Agent, item: Item) -> bool:
        if self.agents is None:
            return True
        if self.agents == AFFINITY:
            return any(agent.id in group for group in item.affinity)
        return agent.id in self.agents

    def skips(self, presences: Iterable[str], pools: Iterable[str]) -> bool:
        """Return whether the step is left out while its own agents are so present."""
        own = set(presences)
        if self.skip_if is None:
            return False
        return own <= {"offline"} if self.skip_if == "none_logged_in" else own.isdisjoint(pools)


def _holds(agent: Agent, levels: Mapping[str, int | float]) -> bool:
    return all(agent.skills.get(name, -1) >= level for name, level in levels.items())
