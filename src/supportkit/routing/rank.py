"""Ranking: the words by which one of several fitting agents is chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attrs import evolve, field, frozen

from supportkit.cases import Agent
from supportkit.errors import InvalidValue, SupportkitError, nearest_name
from supportkit.routing.capacity import in_hand, spare, spare_share
from supportkit.routing.demand import Demand
from supportkit.routing.item import Item

__all__ = ["RANK_WORDS", "Asking", "Clause", "Ranking", "Strategy", "rank_key", "read_rank", "weight"]

_LONG_AGO: Final = datetime(1, 1, 1, tzinfo=UTC)
_DIRECTIONS: Final = ("asc", "desc")
_ATTRIBUTE: Final = "attrs."


@frozen
class Asking:
    """What the rank words look at besides an agent: the demand, all agents in the order given, the last."""

    demand: Demand
    agents: Sequence[Agent]
    last: str | None
    count_parked: bool

    @property
    def place(self) -> dict[str, Any]:
        """The limits that the item meets, as arguments."""
        item = self.demand.item
        return {"channel": item.channel, "group": item.group, "count_parked": self.count_parked}

    @property
    def item(self) -> Item:
        """The item with the queue and the skills that its route gives, without facts."""
        return evolve(self.demand.item, queue=self.demand.queue, skills=self.demand.skills, facts={})


_Key = Callable[[Agent], Any]
Strategy = Callable[[Agent, Item], Any]
"""A rank word of a host or a plugin: a number or a tuple of numbers, the smaller first."""


def _longest_idle(asking: Asking) -> _Key:  # noqa: ARG001 - the shape of all words
    return lambda agent: (agent.idle_since is None, agent.idle_since or _LONG_AGO)


def _least_recent(asking: Asking) -> _Key:  # noqa: ARG001 - the shape of all words
    return lambda agent: agent.last_assigned or _LONG_AGO


def _fewest_open(asking: Asking) -> _Key:
    return lambda agent: in_hand(agent, count_parked=asking.count_parked)


def _spare(asking: Asking) -> _Key:
    place = asking.place
    return lambda agent: -spare(agent, **place)


def _spare_percent(asking: Asking) -> _Key:
    place = asking.place
    return lambda agent: -spare_share(agent, **place)


def _most_skilled(asking: Asking) -> _Key:
    names = [skill.name for skill in asking.demand.skills]
    return lambda agent: -sum(Fraction(agent.skills.get(name, 0)) for name in names)


def _tier(asking: Asking) -> _Key:  # noqa: ARG001 - the shape of all words
    return lambda agent: agent.tier


def _weighted(asking: Asking) -> _Key:
    return lambda agent: Fraction(in_hand(agent, count_parked=asking.count_parked)) / weight(agent)


def weight(agent: Agent) -> Fraction:
    """Return the agent's ``attrs["weight"]``, 1 without one; raises InvalidValue unless it is above 0."""
    said = agent.attrs.get("weight", 1)
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal) or not 0 < said < float("inf"):
        raise InvalidValue(f"agent {agent.id}: weight={said!r} is no number above 0")
    return Fraction(said)


def _round_robin(asking: Asking) -> _Key:
    places = {agent.id: place for place, agent in enumerate(asking.agents)}
    after = places.get(asking.last, -1) if asking.last is not None else -1
    return lambda agent: (places[agent.id] - after - 1) % len(places)


RANK_WORDS: Final[Mapping[str, Callable[[Asking], _Key]]] = {
    "longest_idle": _longest_idle,
    "least_recent": _least_recent,
    "fewest_open": _fewest_open,
    "spare": _spare,
    "spare_percent": _spare_percent,
    "most_skilled": _most_skilled,
    "tier": _tier,
    "weighted": _weighted,
    "round_robin": _round_robin,
}


class _Void(Exception):
    """Why a clause is void; without words when there is nothing to report."""


@frozen
class Clause:
    """One word of a rank, with its `strategy` when it is none of ours, or an attribute and its direction."""

    name: str
    direction: str | None = None
    strategy: Strategy | None = field(default=None, kw_only=True)

    def key(self, asking: Asking, candidates: Sequence[Agent]) -> _Key:
        """Return the sort key; raises _Void when the candidates void the clause."""
        if self.strategy is not None:
            return _told(self.name, self.strategy, asking.item, candidates)
        if self.direction is None:
            return RANK_WORDS[self.name](asking)
        name = self.name.removeprefix(_ATTRIBUTE)
        values = [value for agent in candidates if (value := agent.attrs.get(name)) is not None]
        if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
            raise _Void
        sign = -1 if self.direction == "desc" else 1
        return lambda agent: (agent.attrs.get(name) is None, sign * (agent.attrs.get(name) or 0))

    def to_plain(self) -> Any:
        """Return the clause as a document writes it."""
        return self.name if self.direction is None else [self.name, self.direction]


def _told(name: str, strategy: Strategy, item: Item, candidates: Sequence[Agent]) -> _Key:
    """Return what a strategy says, asked once for each candidate; raises _Void for what is no order."""
    keys = {}
    for agent in candidates:
        try:
            keys[agent.id] = rank_key(strategy(agent, item))
        except Exception as error:
            words = str(error) if isinstance(error, SupportkitError) else f"{type(error).__name__}: {error}"
            raise _Void(f"rank {name}, agent {agent.id}: {words}") from error
    try:
        sorted(keys.values())
    except Exception as error:
        raise _Void(f"rank {name}: two of its keys cannot be compared: {error}") from error
    return lambda agent: keys[agent.id]


def rank_key(key: Any) -> Any:
    """Return what a strategy returned; raises InvalidValue unless it is a number or a tuple of numbers."""
    numbers = key if isinstance(key, tuple) else (key,)
    for one in numbers:
        if not isinstance(one, int | float | Decimal | Fraction) or math.isnan(one):
            raise InvalidValue(f"{key!r} is neither a number nor a tuple of numbers")
    return key


def read_rank(rank: Any, strategies: Mapping[str, Strategy] | None = None) -> tuple[Clause, ...]:
    """Return the clauses of a rank; raises InvalidValue for a word that is none, with the nearest one."""
    given = (rank,) if isinstance(rank, str) else tuple(rank)
    own = strategies or {}
    for name in own:
        if name in RANK_WORDS or name.startswith(_ATTRIBUTE):
            raise InvalidValue(f"the strategy {name!r} has the name of a built-in rank; give it another")
    return tuple(_clause(item, own) for item in given)


def _clause(item: Any, strategies: Mapping[str, Strategy]) -> Clause:
    if isinstance(item, str) and item in strategies:
        return Clause(item, strategy=strategies[item])
    if isinstance(item, str) and item in RANK_WORDS:
        return Clause(item)
    parts = item.split() if isinstance(item, str) else item
    if isinstance(parts, list | tuple) and len(parts) == 2 and all(isinstance(part, str) for part in parts):
        name, direction = parts
        if name.startswith(_ATTRIBUTE) and len(name) > len(_ATTRIBUTE) and direction in _DIRECTIONS:
            return Clause(name, direction)
    known = (*RANK_WORDS, *strategies)
    near = nearest_name(str(item), known)
    hint = (
        f"did you mean {near!r}?" if near else f"there are: {', '.join(known)}, ('attrs.x', 'asc' or 'desc')"
    )
    raise InvalidValue(f"there is no rank {item!r}; {hint}")


@frozen
class Ranking:
    """Candidates, the best first; what decided between the first two; the clauses that were void, and why."""

    agents: tuple[Agent, ...]
    decided_by: str
    void: tuple[str, ...]
    errors: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        candidates: Sequence[Agent],
        clauses: Sequence[Clause],
        asking: Asking,
        *,
        count_skills: bool,
        ring: _Key | None = None,
    ) -> Ranking:
        """Order by affinity, `ring`, counted skills, the clauses from left to right, and at last by id."""
        keys: list[tuple[str, _Key]] = []
        if asking.demand.item.affinity:
            keys.append(("affinity", _affinity(asking.demand)))
        if ring is not None:
            keys.append(("earlier_step", ring))
        if count_skills:
            keys.append(("skill_count", _skill_count(asking.demand)))
        void: dict[str, str] = {}
        for clause in clauses:
            try:
                keys.append((clause.name, clause.key(asking, candidates)))
            except _Void as reason:
                void[clause.name] = str(reason)
        keys.append(("id", lambda agent: agent.id))
        ordered = sorted(candidates, key=lambda agent: tuple(key(agent) for _, key in keys))
        errors = tuple(reason for reason in void.values() if reason)
        return cls(tuple(ordered), _decider(ordered, keys), tuple(void), errors)


def _affinity(demand: Demand) -> _Key:
    turn: dict[str, int] = {}
    for number, group in enumerate(demand.item.affinity):
        for agent_id in group:
            turn.setdefault(agent_id, number)
    return lambda agent: turn.get(agent.id, len(demand.item.affinity))


def _skill_count(demand: Demand) -> _Key:
    """More of the asked skills first, then more of them at the asked level."""
    skills = demand.skills

    def key(agent: Agent) -> tuple[int, int]:
        held = [skill for skill in skills if skill.name in agent.skills]
        return -len(held), -sum(agent.skills[skill.name] >= skill.level for skill in held)

    return key


def _decider(ordered: Sequence[Agent], keys: Sequence[tuple[str, _Key]]) -> str:
    if len(ordered) < 2:
        return "only_candidate"
    return next(name for name, key in keys if key(ordered[0]) != key(ordered[1]))
