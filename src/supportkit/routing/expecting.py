"""What each item in a line may expect: a wait by its own place, its own steps and the people it waits for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from supportkit.cases import Agent, utc
from supportkit.errors import InvalidValue
from supportkit.routing.announcing import Announcement, announced
from supportkit.routing.capacity import limits
from supportkit.routing.demand import Demand
from supportkit.routing.estimates import wait_estimate
from supportkit.routing.item import Item
from supportkit.routing.place import placing
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.route import Route

__all__ = ["ExpectedWait", "expected_waits", "waits_of"]

_AT_WORK: Final = frozenset({None, "capacity", "blend", "wrap_up", "rate"})
"""What stands between an item and somebody who is there for it: nothing, or work that ends."""


@frozen
class ExpectedWait:
    """How long an item may wait still: `p50` is as likely too long as too short, `p90` is kept nine in ten.

    Both are None while nobody is there who could ever take it. `ahead` are the items before it that somebody
    of its own people may have, `servers` the places of those people, taken or not.
    """

    ahead: int
    servers: int
    p50: timedelta | None
    p90: timedelta | None

    @property
    def announcement(self) -> Announcement:
        """What may be said of it, in whole minutes of a coarse scale."""
        return announced(_minutes(self.p50), _minutes(self.p90))

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types; times in seconds."""
        return {
            "ahead": self.ahead,
            "servers": self.servers,
            "p50": None if self.p50 is None else self.p50.total_seconds(),
            "p90": None if self.p90 is None else self.p90.total_seconds(),
        }


def _minutes(period: timedelta | None) -> float:
    return math.inf if period is None else period / timedelta(minutes=1)


@frozen
class _Pool:
    """Who is there for an item at one of its stages, as a mask, with how many places; until when it holds."""

    mask: int
    places: int
    free: bool
    until: datetime | None


def expected_waits(
    policy: RoutingPolicy,
    items: Iterable[Item],
    agents: Iterable[Agent],
    *,
    now: datetime,
    route: Route | None = None,
) -> dict[str, ExpectedWait]:
    """Return what each waiting item may expect, by id, the first in line first.

    Its people are those in a pool of presences whom nothing lasting keeps from it, busy or not; from the
    next of its steps on those of that step. Each of their places is taken for ``policy.waits.handling_time``
    on average, exponentially distributed, and nobody gives up: where people do, this errs on the long side.
    The wait is over when so many places got free as items stand before it, and one more (Whitt 1999,
    Management Science 45, with a number of servers that changes at the steps). `route` holds for all items
    instead of the one that their facts choose. Raises InvalidValue for a policy that says no handling time.

    >>> from datetime import UTC
    >>> from supportkit.routing import WaitTerms
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> policy = RoutingPolicy(waits=WaitTerms(handling_time="5 minutes"))
    >>> busy = [Agent(name, capacity=1, load=1) for name in ("ann", "bob", "cat")]
    >>> line = [Item(f"call-{n}", created_at=nine + timedelta(seconds=n)) for n in range(3)]
    >>> third = expected_waits(policy, line, busy, now=nine)["call-2"]
    >>> third.ahead, third.servers, third.announcement.text()
    (2, 3, 'The wait is likely 5 minutes, and hardly ever more than 10.')
    """
    demands = (policy.demand(item, now=now, route=route) for item in items)
    return waits_of(policy, demands, agents, now=now)


def waits_of(
    policy: RoutingPolicy, demands: Iterable[Demand], agents: Iterable[Agent], *, now: datetime
) -> dict[str, ExpectedWait]:
    """Return what items may expect whose routes are chosen already, the first in line first."""
    if policy.waits is None:
        raise InvalidValue("the policy says no handling time; give it waits=WaitTerms(handling_time=...)")
    now, people, waiting = utc(now), tuple(agents), tuple(demands)
    place = placing([demand.item for demand in waiting], now=now)
    found: dict[str, ExpectedWait] = {}
    before: dict[int, int] = {}
    for demand in sorted(waiting, key=lambda demand: place(demand.item)):
        pools = list(_pools(policy, demand, people, now))
        own = pools[0]
        ahead = sum(count for mask, count in before.items() if mask & own.mask)
        found[demand.item.id] = _expected(ahead, pools, policy.waits.handling_time, now)
        before[own.mask] = before.get(own.mask, 0) + 1
    return found


def _pools(policy: RoutingPolicy, asked: Demand, people: Sequence[Agent], now: datetime) -> Iterator[_Pool]:
    """Yield who is there for the item at its present stage, and at those that follow."""
    matching = policy.matching
    for demand in matching.stages(asked, people, now=now):
        barriers = [matching.barrier(demand, agent, now=now) for agent in people]
        there = [number for number, barrier in enumerate(barriers) if barrier in _AT_WORK]
        places = sum(_places(demand, people[number], matching.count_parked) for number in there)
        yield _Pool(sum(1 << number for number in there), places, None in barriers, demand.stage.until)


def _places(demand: Demand, agent: Agent, count_parked: bool) -> int:
    """Return how many such items the agent carries at once; one for who has no limit and yet is busy."""
    item = demand.item
    tightest = min(
        (limit for limit, _ in limits(agent, item.channel, item.group, count_parked=count_parked)),
        default=math.inf,
    )
    return 1 if math.isinf(tightest) or not item.size else max(1, int(tightest // item.size))


def _expected(ahead: int, pools: Sequence[_Pool], handling: timedelta, now: datetime) -> ExpectedWait:
    own = pools[0]
    if own.free:
        return ExpectedWait(ahead, own.places, timedelta(0), timedelta(0))
    likely, most = _stages(ahead)
    return ExpectedWait(
        ahead, own.places, _over(likely * handling, pools, now), _over(most * handling, pools, now)
    )


@lru_cache(maxsize=1024)
def _stages(ahead: int) -> tuple[float, float]:
    """Return the bounds of the work before it, in handling times of a single place."""
    work = wait_estimate(ahead=ahead, servers=1, mu=1)
    return work.p50, work.p90


def _over(work: timedelta, pools: Sequence[_Pool], now: datetime) -> timedelta | None:
    """Return when so much work is done by those who are there meanwhile; None for never."""
    start = now
    for pool in pools:
        if pool.until is None or work <= pool.places * (pool.until - start):
            return start - now + work / pool.places if pool.places else None
        work -= pool.places * (pool.until - start)
        start = pool.until
    return None
