"""Items by signature and agents by profile: what a routing policy says of each pair, asked once a pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing.capacity import spare
from supportkit.routing.item import Item
from supportkit.routing.policy import RoutingPolicy

__all__ = ["Profiles"]


@frozen(eq=False)
class Profiles:
    """Which signature each item has, the agents of each profile, and the places of profiles in a ranking.

    `ranks` holds for each signature the profiles that may have it, by their place in its ranking; `members`
    the positions of agents, the best ranked first.
    """

    signatures: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    ranks: tuple[Mapping[int, int], ...]

    @classmethod
    def of(
        cls, items: Sequence[Item], agents: Sequence[Agent], policy: RoutingPolicy, *, now: datetime
    ) -> Profiles:
        """Ask the policy for one item of each signature and the best agent of each profile."""
        signatures, examples = _grouped([_signature(item, agents, policy, now) for item in items])
        _, groups = _grouped(_profile_keys(items, agents, policy))
        asked = [items[group[0]] for group in examples]
        first = [agents[group[0]] for group in groups]
        fitting = [_ranking(item, first, policy, now) for item in asked]
        members = []
        for group in groups:
            own = agents[group[0]].id
            item = next((item for item, ids in zip(asked, fitting, strict=True) if own in ids), None)
            ranked = [] if item is None else _ranking(item, [agents[n] for n in group], policy, now)
            places = {agents[n].id: n for n in group}
            members.append(tuple(places[name] for name in ranked) or tuple(group))
        best = [agents[group[0]] for group in members]
        number = {agent.id: n for n, agent in enumerate(best)}
        ranks = [
            {number[name]: place for place, name in enumerate(_ranking(item, best, policy, now))}
            for item in asked
        ]
        return cls(tuple(signatures), tuple(members), tuple(ranks))


def free_places(agent: Agent, items: Sequence[Item], *, count_parked: bool) -> int:
    """Return how many more of these items the agent can take; InvalidValue where one number cannot say."""
    kinds = {(item.channel, item.group if item.group in agent.group_capacity else None) for item in items}
    found = {spare(agent, channel, group, count_parked=count_parked) for channel, group in kinds}
    one_limit = not isinstance(agent.capacity, Mapping) and not any(group for _, group in kinds)
    if len(kinds) > 1 and not one_limit:
        raise InvalidValue(
            f"agent {agent.id}: capacities of several channels or groups at once cannot be shared out in one "
            "batch; assign one channel at a time, or give capacity={agent: free places}"
        )
    return max(0, int(min(*found, len(items))))


def _ranking(item: Item, agents: Sequence[Agent], policy: RoutingPolicy, now: datetime) -> tuple[str, ...]:
    """Return all who may have the item, the first pool first: when it is full the next one's turn comes."""
    return tuple(
        name
        for presence in policy.pools
        for name in policy.decide(
            item, [agent for agent in agents if agent.presence == presence], now=now
        ).ranking
    )


def _signature(item: Item, agents: Sequence[Agent], policy: RoutingPolicy, now: datetime) -> Any:
    """Return all of an item that the policy can look at."""
    if any(clause.strategy is not None for clause in policy.rank):
        return item.id
    route = policy.route(item.facts, now=now)
    timed = bool(policy.relaxation.steps) or any(agent.queues for agent in agents)
    return (
        item.channel, item.queue, item.size, item.skills, item.refused_by, item.excluded, item.affinity,
        item.permission, item.group, None if route is None else route[1], item.created_at if timed else None,
    )  # fmt: skip


def _profile_keys(items: Sequence[Item], agents: Sequence[Agent], policy: RoutingPolicy) -> list[Any]:
    """Return all of an agent that the policy can look at; of those named by an item, the agent itself."""
    told_apart = any(clause.strategy is not None for clause in policy.rank) or policy.relaxation.steps
    named = {name for item in items for group in item.affinity for name in group}
    named = named.union(*(item.refused_by | item.excluded for item in items))
    return [
        agent.id
        if told_apart or agent.id in named
        else repr(evolve(agent, id="", name=None, idle_since=None, last_assigned=None))
        for agent in agents
    ]


def _grouped(keys: Sequence[Any]) -> tuple[list[int], list[list[int]]]:
    """Return the number of each key's group, and the positions in each group."""
    groups: dict[Any, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        groups[key].append(position)
    numbers = {key: number for number, key in enumerate(groups)}
    return [numbers[key] for key in keys], list(groups.values())
