"""What a desk counts so that work is shared fairly: what agents were given, when they came and left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from supportkit.cases import Agent
from supportkit.policy import Policy
from supportkit.ports import Transaction
from supportkit.routing import Fairness, Share, shares, with_effort

__all__ = ["comings", "given_to", "measured", "with_efforts"]


def given_to(terms: Fairness, queue: str | None, agent: str) -> str:
    """Return the counter of what an agent is given of a queue."""
    return f"given:{terms.kind(queue)}:{agent}"


def comings(
    policy: Policy, agent: str, *, before: str | None, after: str, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """Yield what to count when an agent comes to, or leaves, the presences that take work."""
    pools = policy.routing.pools
    was, is_there = before in pools, after in pools
    if policy.routing.fairness is not None and was is not is_there:
        yield f"{'came' if is_there else 'left'}:{agent}", now


def measured(
    terms: Fairness, tx: Transaction, agents: Sequence[Agent], *, pools: Sequence[str], now: datetime
) -> dict[str, Share]:
    """Return each agent's share of the work of the window that ends now."""
    since = now - terms.window
    given, there = {}, {}
    for agent in agents:
        given[agent.id] = [
            (at, effort)
            for kind, effort in terms.effort.items()
            for at in tx.counted(f"given:{kind}:{agent.id}", since=since)
        ]
        came, left = (tx.counted(f"{what}:{agent.id}", since=since) for what in ("came", "left"))
        there[agent.id] = _spans(came, left, here=agent.presence in pools, since=since)
    return shares(given, there, now=now, window=terms.window, catch_up=terms.catch_up)


def _spans(
    came: Iterable[datetime], left: Iterable[datetime], *, here: bool, since: datetime
) -> list[tuple[datetime, datetime | None]]:
    """Return when somebody was there, who is `here` now; of what happened at one instant the last counts."""
    turns = [*((at, True) for at in came), *((at, False) for at in left)]
    turns.sort(key=lambda turn: (turn[0], turn[1] is here))
    begun = since if (not turns[0][1] if turns else here) else None
    spans: list[tuple[datetime, datetime | None]] = []
    for at, comes in turns:
        if begun is not None and not comes:
            spans.append((begun, at))
        begun = (begun or at) if comes else None
    return spans if begun is None else [*spans, (begun, None)]


def with_efforts(
    policy: Policy, tx: Transaction, agents: tuple[Agent, ...], *, now: datetime
) -> tuple[Agent, ...]:
    """Return the agents with their counted effort, where the policy measures it."""
    terms = policy.routing.fairness
    if terms is None:
        return agents
    found = measured(terms, tx, agents, pools=policy.routing.pools, now=now)
    return tuple(with_effort(agent, found.get(agent.id)) for agent in agents)
