"""Who gets it: a pure decision over an item and the agents, or over an agent and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from supportkit.cases import Agent, utc
from supportkit.errors import InvalidValue, nearest_name
from supportkit.routing.blending import read_blend
from supportkit.routing.decision import Pick, RoutingDecision
from supportkit.routing.demand import BARRIERS, PASSING, Demand, Matching, queue_number
from supportkit.routing.fairness import Fairness
from supportkit.routing.item import Item
from supportkit.routing.offers import Offers
from supportkit.routing.picking import First
from supportkit.routing.rank import Asking, Ranking, Strategy, read_rank
from supportkit.routing.rate_limit import RateLimit
from supportkit.routing.relaxation import Relaxation
from supportkit.routing.route import Chosen, Route, Routes
from supportkit.routing.step import Step
from supportkit.routing.wait_terms import WaitTerms
from supportkit.rules import KeywordSet, Schema

__all__ = ["SKILL_MODES", "RoutingPolicy"]

SKILL_MODES = ("filter", "count_then_level", "ignore")
_OFFLINE = "offline"
_Met = list[tuple[Agent, str | None]]
_Found = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # the ranking, reasons, errors


class RoutingPolicy:
    """Decides who gets an item; immutable.

    `routes` choose queue and skills, the first that fits. `rank` words, left to right, choose among the
    agents who may have it: longest_idle, least_recent, fewest_open, spare, spare_percent, most_skilled,
    weighted, tier, round_robin, or ("attrs.x", "asc" or "desc"); the final tie goes to the smaller id.
    `strategies` are further words by name: pure functions of agent and item that return a number or a tuple
    of numbers, the smaller first; one that raises or returns anything else for an agent is void then.
    `skills` is ``filter`` (each asked skill at its level), ``count_then_level`` (optional skills rank) or
    ``ignore``. `pools` are presences, the first with somebody who fits. `count_parked` counts parked work
    against capacity. `schema`, `keywords` and `calendars` are what the routes' conditions are checked against
    and may name; `reads` are the facts that they look at, `expressions` the conditions.

    `steps` say who may have the item while it waits, each for its time; when all are spent, `after_steps`
    lets ``nobody`` or ``anybody`` have it. With `earlier_first` the circle grows instead, and whoever an
    earlier step let in comes first. `drop_after` drops one group of optional skills (of one `drop`, the
    highest first) after each such period. Required skills never drop. `blend` is ``{channel in hand:
    (channels that may join)}``, `rate_limit` ``(n, window)``: at most n of an agent's `assigned_at` and
    `last_assigned` within a window. `offers` are the terms on which a desk asks agents before it gives them
    work (None: it assigns), `waits` say how long a matter takes, `fairness` how a desk measures what
    it gives. Raises InvalidValue or PolicyError for what can never be right.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> policy = RoutingPolicy(routes=[Route(queue="network", skills={"network": 2})])
    >>> people = [Agent("ann", skills={"network": 3}), Agent("bob")]
    >>> decision = policy.decide(Item("case-1", created_at=noon), people, now=noon)
    >>> decision.agent, decision.explain().excluded
    ('ann', {'bob': 'skills'})
    """

    __slots__ = (
        "_matching",
        "_routes",
        "expressions",
        "fairness",
        "offers",
        "pools",
        "rank",
        "rate_limit",
        "reads",
        "relaxation",
        "routes",
        "skills",
        "version",
        "waits",
    )

    def __init__(
        self,
        *,
        routes: Iterable[Route] = (),
        rank: Any = ("longest_idle",),
        steps: Iterable[Step] = (),
        after_steps: str = "nobody",
        earlier_first: bool = False,
        drop_after: timedelta | str | None = None,
        skills: str = "filter",
        pools: Sequence[str] = ("available",),
        blend: Mapping[str, Iterable[str]] | None = None,
        count_parked: bool = False,
        rate_limit: Any = None,
        offers: Offers | None = None,
        waits: WaitTerms | None = None,
        fairness: Fairness | None = None,
        schema: Schema | None = None,
        keywords: Mapping[str, KeywordSet] | None = None,
        calendars: Mapping[str, Any] | None = None,
        strategies: Mapping[str, Strategy] | None = None,
        version: str | None = None,
    ) -> None:
        _check_mode(skills)
        self.pools = (pools,) if isinstance(pools, str) else tuple(pools)
        if not self.pools:
            raise InvalidValue(
                "pools=() leaves nobody; name the presences that take work, like ('available',)"
            )
        self.routes = tuple(routes)
        self.rank = read_rank(rank, strategies)
        self.skills = skills
        self.offers = offers
        self.waits = waits
        self.fairness = fairness
        self.version = version
        self._routes = Routes(self.routes, schema=schema, keywords=keywords or {}, calendars=calendars or {})
        self.relaxation = Relaxation(
            steps=steps, after_steps=after_steps, earlier_first=earlier_first, drop_after=drop_after
        )
        self.rate_limit = RateLimit.read(rate_limit)
        self._matching = Matching(
            pools=self.pools, count_parked=count_parked, relaxation=self.relaxation, blend=read_blend(blend),
            rate_limit=self.rate_limit,
        )  # fmt: skip
        self.expressions = self._routes.expressions
        self.reads = frozenset(path for expression in self.expressions for path in expression.fields())

    def route(self, facts: Any, *, now: datetime) -> tuple[Route, int] | None:
        """Return the first route that fits these facts with its position, None when none does."""
        chosen = self._routes.choose(facts, now=utc(now))
        return None if chosen.route is None or chosen.index is None else (chosen.route, chosen.index)

    def decide(
        self,
        item: Item,
        agents: Iterable[Agent],
        *,
        now: datetime,
        last: str | None = None,
        route: Route | None = None,
        present: Iterable[Agent] | None = None,
    ) -> RoutingDecision:
        """Return who gets the item, or that it waits or is called back.

        Steps: the route gives queue and skills; each agent meets a barrier or none; of the first pool with
        somebody left, affinity, counted skills and the rank words choose. `last` is the agent served last,
        for round_robin; `route` one that was chosen before, instead of by the item's facts now; loads include
        offers that are still open. `present` are all there are, whose presence may let a step be skipped
        (None: the agents). Without anybody, a route with ``when_nobody="callback"`` calls back once nobody
        who could take the item is logged in.
        """
        now = utc(now)
        people = tuple(agents)
        around = people if present is None else tuple(present)
        demand = self._matching.staged(self._demand(item, now, route), around, now=now)
        met = [(agent, self._matching.barrier(demand, agent, now=now)) for agent in people]
        candidates = self._first_pool(met)
        outcome, found = (
            ("offer", self._ranked(candidates, demand, people, last))
            if candidates
            else self._nobody(met, demand, around, now)
        )
        ranking, reasons, errors = found
        return RoutingDecision(
            outcome=outcome,
            agent=ranking[0] if ranking else None,
            queue=demand.queue,
            step=demand.stage.step,
            dropped=demand.stage.dropped,
            ranking=ranking,
            reasons=(*self._route_codes(demand.chosen), *reasons),
            next_change_at=self._next_change(
                ((demand, agent, barrier) for agent, barrier in met), (demand,), now
            ),
            route=demand.chosen.index,
            considered=len(met),
            funnel=_funnel(barrier for _, barrier in met),
            missing=demand.chosen.missing,
            provisional=bool(demand.chosen.undecided),
            errors=(*demand.chosen.errors, *errors),
            policy_version=self.version,
            excluded=tuple((agent.id, barrier) for agent, barrier in met if barrier is not None),
        )

    def pick(
        self,
        agent: Agent,
        items: Iterable[Item],
        *,
        now: datetime,
        route: Route | None = None,
        present: Iterable[Agent] | None = None,
    ) -> Pick:
        """Return the item that a freed agent takes next; `route` holds for all items instead of their facts.

        Of the items that the agent may have: the lowest number of the agent's queues, then the smallest
        sort key (none is last), then the oldest, then the smallest id. Where rates differ, the most points
        take the place of the smallest sort key, and the next change is no later than when another item has
        as many. `present` are all there are, whose presence may let a step be skipped (None: nobody but
        this one).
        """
        now = utc(now)
        people = (agent,) if present is None else tuple(present)
        demands = [self._matching.staged(self._demand(item, now, route), people, now=now) for item in items]
        met = [(demand, self._matching.barrier(demand, agent, now=now)) for demand in demands]
        change = self._next_change(((demand, agent, barrier) for demand, barrier in met), demands, now)
        line = [(queue_number(demand, agent), demand.item) for demand, barrier in met if barrier is None]
        if line:
            first = First.of(line, now=now)
            return Pick(first.item, (first.decided_by,), _earliest(change, first.changes_at))
        counts = _funnel(barrier for _, barrier in met)
        reasons = ("nothing_fits", *(f"{barrier}:{count}" for barrier, count in counts.items()))
        return Pick(None, reasons if met else ("nothing_waits",), change)

    def could(
        self,
        item: Item,
        agent: Agent,
        agents: Iterable[Agent],
        *,
        now: datetime,
        route: Route | None = None,
    ) -> bool:
        """Return whether nothing lasting keeps the item from the agent, now or at a step to come."""
        now = utc(now)
        return self._matching.could(self._demand(item, now, route), agent, agents, now=now)

    def widest_after(self, route: Route) -> timedelta:
        """Return how long an item of the route waits, at most, until its last circle opens."""
        start = datetime(2000, 1, 1, tzinfo=UTC)
        stages = self.relaxation.stages(Item("item", created_at=start), route.skills, lambda _: False)
        *_, last = stages
        spent = self.relaxation.steps and last.step == len(self.relaxation.steps)
        if spent and self.relaxation.after_steps == "nobody":
            lasting = [step.within for step in self.relaxation.steps[:-1] if step.within is not None]
            return sum(lasting, timedelta(0))
        return (last.since or start) - start

    def _demand(self, item: Item, now: datetime, route: Route | None) -> Demand:
        chosen = self._routes.choose(item.facts, now=now) if route is None else Chosen(route)
        return Demand.of(item, chosen, mode=self.skills)

    @property
    def matching(self) -> Matching:
        """The part of the policy that says who may have an item at all."""
        return self._matching

    def demand(self, item: Item, *, now: datetime, route: Route | None = None) -> Demand:
        """Return the item with the route that fits its facts now (or this one), at its first stage."""
        return self._demand(item, utc(now), route)

    def best(
        self, candidates: list[Agent], demand: Demand, *, people: Sequence[Agent], last: str | None
    ) -> str:
        """Return who ranks first of those who may have it, all of one pool; `people` are all there are."""
        return self._ranked(candidates, demand, people, last)[0][0]

    def _next_change(
        self,
        met: Iterable[tuple[Demand, Agent, str | None]],
        demands: Iterable[Demand],
        now: datetime,
    ) -> datetime | None:
        """Return the next instant at which a barrier falls, a step ends or a skill is dropped."""
        opening = (self._matching.opens_at(*one, now=now) for one in met)
        return _earliest(*opening, *(demand.stage.until for demand in demands))

    def _first_pool(self, met: _Met) -> list[Agent]:
        fitting = [agent for agent, barrier in met if barrier is None]
        for presence in self.pools:
            pool = [agent for agent in fitting if agent.presence == presence]
            if pool:
                return pool
        return []

    def _ranked(
        self, candidates: list[Agent], demand: Demand, people: Sequence[Agent], last: str | None
    ) -> _Found:
        asking = Asking(demand, people, last, self._matching.count_parked)
        ring = partial(self._matching.ring, demand) if self.relaxation.earlier_first else None
        ranking = Ranking.of(
            candidates, self.rank, asking, count_skills=self.skills == "count_then_level", ring=ring
        )
        decided = ranking.decided_by
        code = decided if decided == "only_candidate" else f"decided_by:{decided}"
        reasons = (code, *(f"void:{name}" for name in ranking.void))
        return tuple(agent.id for agent in ranking.agents), reasons, ranking.errors

    def _nobody(
        self, met: _Met, demand: Demand, people: Sequence[Agent], now: datetime
    ) -> tuple[str, _Found]:
        """Return the outcome and its reasons when nobody may have the item now."""
        able = [
            agent
            for agent, barrier in met
            if barrier in PASSING or self._matching.could(demand, agent, people, now=now)
        ]
        logged_in = any(agent.presence != _OFFLINE for agent in able)
        refused = any(barrier == "refused" for _, barrier in met)
        spent = bool(self.relaxation.steps) and demand.stage.step == len(self.relaxation.steps)
        said = {"exhausted": refused and not able, "steps_spent": spent, "nobody_logged_in": not logged_in}
        outcome = "callback" if demand.when_nobody == "callback" and not logged_in else "wait"
        return outcome, ((), tuple(code for code, holds in said.items() if holds), ())

    def _route_codes(self, chosen: Chosen) -> tuple[str, ...]:
        if chosen.index is not None:
            return (f"route:{chosen.index}",)
        return ("no_route",) if self.routes and chosen.route is None else ()

    @classmethod
    def from_dict(
        cls,
        section: Any,
        *,
        schema: Schema | None = None,
        keywords: Mapping[str, KeywordSet] | None = None,
        calendars: Mapping[str, Any] | None = None,
        strategies: Mapping[str, Strategy] | None = None,
        version: str | None = None,
    ) -> RoutingPolicy:
        """Read the ``routing`` section of a policy document; raises PolicyError with all its faults.

        A plain list is short for ``{routes: [...]}``. `keywords` and `calendars` are the document's, by name;
        `strategies` further rank words.

        >>> policy = RoutingPolicy.from_dict([{"queue": "general", "when_nobody": "callback"}])
        >>> policy.routes[0].queue
        'general'
        """
        from supportkit.routing.document import read_policy  # noqa: PLC0415 -- document builds policies

        return read_policy(
            section,
            schema=schema,
            keywords=keywords or {},
            calendars=calendars or {},
            strategies=strategies or {},
            version=version,
        )


def _check_mode(skills: str) -> None:
    if skills not in SKILL_MODES:
        near = nearest_name(str(skills), SKILL_MODES)
        hint = f"did you mean {near!r}?" if near else f"choose one of {', '.join(SKILL_MODES)}"
        raise InvalidValue(f"skills={skills!r} is no way to match skills; {hint}")


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _funnel(barriers: Iterable[str | None]) -> dict[str, int]:
    counts = Counter(barriers)
    return {barrier: counts[barrier] for barrier in BARRIERS if counts[barrier]}
