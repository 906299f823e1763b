"""The router: a policy at work in memory, with offers, capacity held, presence and time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from supportkit.cases import Agent
from supportkit.cases.durations import read_duration
from supportkit.errors import CommandRefused, InvalidValue, nearest_name
from supportkit.ports import LineOrder
from supportkit.routing._entry import Entry
from supportkit.routing._floor import Floor
from supportkit.routing._standing import Standing
from supportkit.routing.capacity import limits
from supportkit.routing.decision import RoutingDecision
from supportkit.routing.expecting import ExpectedWait, waits_of
from supportkit.routing.item import Item
from supportkit.routing.place import arrival, keyed
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.route import Route
from supportkit.routing.router_state import Changed, Offer, RouterState

__all__ = ["Router"]

_T = TypeVar("_T")


class Router:
    """Keeps who waits and who works, and brings them together by a routing policy; nothing is stored.

    Each call settles first what was due by `now`, every matter at its own instant and in order, and then
    acts; `now` never falls. With `push` an arriving item goes to the best agent at once and a freed agent
    takes the best item, so that no waiting item ever has an agent who may have it; without, nothing moves
    unless an agent takes or claims it, or it is offered or assigned. A policy with `offers` asks where
    another one gives, as a desk does. `order` gives an item without sort key its place in the line. Who goes
    offline loses open offers at once, and the work in hand after `grace` unless they are back before.
    `parallel_offers` lets several agents hold an offer of one item: the first to accept has it.
    `presence_on_timeout` is the presence of whoever lets an offer expire. Left out, both are as the offers of
    the policy say; without offers work in hand is lost at once.

    An item's route is chosen when it is put; its age, its place and its refusals stay with it whatever
    happens. A command that cannot be is CommandRefused, its `code` saying why: ``expired``, ``rescinded``,
    ``canceled``, ``already_offered``, ``version``, ``presence``, ``refused_before``, ``capacity``, in this
    order; ``accepted``, ``declined``, ``completed``, ``not_assigned``, ``not_waiting``, ``already_put``,
    ``unknown_item``, ``unknown_agent``, ``unknown_offer``; or another of the BARRIERS of a decision.

    >>> from datetime import UTC
    >>> from supportkit.priority import QueueOrder
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> router = Router(RoutingPolicy(), QueueOrder())
    >>> router.set_agent(Agent("ann", capacity=1), now=nine).changed
    True
    >>> router.put(Item("call-1", created_at=nine), now=nine).assigned
    (('call-1', 'ann'),)
    >>> router.put(Item("call-2", created_at=nine), now=nine).assigned
    ()
    >>> router.complete("call-1", now=nine + timedelta(minutes=4)).assigned
    (('call-2', 'ann'),)
    """

    def __init__(
        self,
        policy: RoutingPolicy,
        order: LineOrder,
        *,
        push: bool = True,
        grace: timedelta | str | None = None,
        parallel_offers: bool = False,
        presence_on_timeout: str | None = None,
    ) -> None:
        terms = policy.offers
        usual = timedelta(0) if terms is None else terms.grace
        period = usual if grace is None else read_duration(grace)
        if period is not None and period < timedelta(0):
            raise InvalidValue(f"grace={grace!r} ends before it begins; give 0 or a longer time")
        if presence_on_timeout is None and terms is not None:
            presence_on_timeout = terms.on_timeout
        self._order, self._parallel = order, parallel_offers
        self._floor = Floor(policy, push=push, grace=period, presence_on_timeout=presence_on_timeout)

    # What is asked

    @property
    def policy(self) -> RoutingPolicy:
        """The policy that decides."""
        return self._floor.policy

    @property
    def state(self) -> RouterState:
        """All items, agents and offers as the last call left them."""
        floor = self._floor
        return RouterState(
            {name: entry.placed for name, entry in floor.entries.items()},
            {name: one.shown for name, one in floor.roster.ids.items()},
            dict(floor.offer_states),
        )

    @property
    def next_change_at(self) -> datetime | None:
        """The next instant at which time alone can change anything, None when only a command can."""
        return self._floor.timers.first

    def decide(self, item_id: str, *, now: datetime) -> RoutingDecision:
        """Return what the policy says of an item now, with the barrier of every agent; nobody is given it."""
        self._floor.settle(now)
        demand, roster = self._entry(item_id).demand, self._floor.roster
        people = [one.agent for one in roster.standings]
        route = demand.chosen.route or Route()
        return self.policy.decide(demand.item, people, now=now, last=roster.last_of(demand), route=route)

    def waits(self, *, now: datetime) -> dict[str, ExpectedWait]:
        """Return what each waiting item may expect, by id, the first in line first; see `expected_waits`."""
        floor = self._floor
        floor.settle(now)
        demands = [entry.demand for entry in floor.waiting.entries.values()]
        people = [one.agent for one in floor.roster.standings]
        return waits_of(self.policy, demands, people, now=floor.now)

    # Items

    def put(self, item: Item, *, score: Any = 0, now: datetime) -> Changed:
        """Let the item wait, at the place that its sort key gives, or else the order for this `score`."""
        floor = self._floor
        floor.settle(now)
        known = floor.entries.get(item.id)
        if known is not None:
            if known.given == (item, score):
                return floor.answer(changed=False)
            raise CommandRefused(
                "already_put", f"item {item.id} is {known.state} here; give a new one a new id"
            )
        given = item, score
        if item.sort_key is None:
            key = self._order.key(score, item.created_at)
            item = keyed(item, key if item.rate == 1 else arrival(item, key))
        entry = Entry(given, floor.policy.demand(item, now=floor.now))
        floor.entries[item.id] = entry
        floor.wait(entry)
        return self._acted()

    def assign(self, item_id: str, agent_id: str, *, now: datetime) -> Changed:
        """Give the item to the agent by a human's decision, whatever presence, refusals and capacity say.

        Offers of it are rescinded; whoever else had it loses it. While that is more than the agent's
        capacity, nothing further is pushed to them.
        """
        self._floor.settle(now)
        entry, one = self._entry(item_id), self._standing(agent_id)
        self._refuse_over(entry)
        return self._floor.answer(changed=False) if entry.agent is one else self._given(entry, one)

    def complete(self, item_id: str, *, now: datetime) -> Changed:
        """End the item; its agent is free for another. A second time changes nothing."""
        self._floor.settle(now)
        entry = self._entry(item_id)
        if entry.state == "completed":
            return self._floor.answer(changed=False)
        if entry.state != "assigned":
            code = "canceled" if entry.state == "canceled" else "not_assigned"
            raise CommandRefused(code, f"item {item_id} is {entry.state}; only what is assigned is completed")
        one = entry.agent
        self._end(entry, "completed")
        entry.agent = one
        return self._acted()

    def cancel(self, item_id: str, *, now: datetime) -> Changed:
        """Take the item away, wherever it is, with its offers. A second time changes nothing."""
        self._floor.settle(now)
        entry = self._entry(item_id)
        if entry.state == "canceled":
            return self._floor.answer(changed=False)
        self._refuse_over(entry)
        self._end(entry, "canceled")
        return self._acted()

    def _end(self, entry: Entry, state: str) -> None:
        self._floor.leave(entry, offers="canceled")
        entry.state, entry.version = state, entry.version + 1

    # Agents

    def set_agent(self, agent: Agent, *, now: datetime) -> Changed:
        """Add the agent, or replace what is known of one; the work in hand stays.

        The load of `agent` is what they carry from elsewhere, beside the work that comes from here.
        """
        floor = self._floor
        floor.settle(now)
        known = floor.roster.ids.get(agent.id)
        if known is not None and known.said == agent and known.presence == agent.presence:
            return floor.answer(changed=False)
        before = None if known is None else known.presence
        one = floor.roster.put(agent)
        floor.rest(one)
        floor.came_or_went(one, before)
        for entry in floor.waiting.entries.values():
            floor.arm(entry)
        return self._acted()

    def set_presence(self, agent_id: str, presence: str, *, now: datetime) -> Changed:
        """Let the agent be present in another way; ``offline`` rescinds offers and starts the grace time."""
        self._floor.settle(now)
        one = self._standing(agent_id)
        if one.presence == presence:
            return self._floor.answer(changed=False)
        self._floor.move(one, presence)
        return self._acted()

    def take(self, agent_id: str, *, now: datetime) -> Changed:
        """Give the agent the best item that they may have, if any."""
        self._floor.settle(now)
        one = self._standing(agent_id)
        entry = self._floor.waiting.best_for(one, now=self._floor.now)
        return self._floor.answer(changed=False) if entry is None else self._given(entry, one)

    # Offers

    def offer(self, item_id: str, agent_id: str, *, ttl: timedelta | str, now: datetime) -> Offer:
        """Hold the item out to the agent for `ttl`, with a place for it kept."""
        period = read_duration(ttl)
        if period <= timedelta(0):
            raise InvalidValue(f"ttl={ttl!r} is no time at all; give a period such as '30 seconds'")
        self._floor.settle(now)
        entry, one = self._entry(item_id), self._standing(agent_id)
        self._refuse_taken(entry, one, entry.version)
        self._refuse_barred(entry, one)
        offer = self._floor.hold(entry, one, period)
        self._floor.match()
        return offer

    def accept(self, offer_id: str, *, now: datetime) -> Changed:
        """Give the item to whom it was offered; other offers of it are rescinded.

        A second time changes nothing; too late is refused as ``expired``, ``rescinded`` or ``canceled``.
        """
        self._floor.settle(now)
        offer = self._offer(offer_id)
        if self._closed(offer, "accepted"):
            return self._floor.answer(changed=False)
        one = self._floor.close(offer, "accepted")
        return self._given(self._floor.entries[offer.item], one)

    def decline(self, offer_id: str, *, reason: str | None = None, now: datetime) -> Changed:
        """Let the item wait for somebody else, with its age; a second time changes nothing."""
        self._floor.settle(now)
        offer = self._offer(offer_id)
        if self._closed(offer, "declined"):
            return self._floor.answer(changed=False)
        self._floor.unanswered(offer, "declined", reason)
        return self._acted()

    def claim(self, item_id: str, agent_id: str, *, version: int, now: datetime) -> Changed:
        """Give the item to the agent who asks for it, as long as its version is the one that they saw."""
        self._floor.settle(now)
        entry, one = self._entry(item_id), self._standing(agent_id)
        self._refuse_taken(entry, one, version)
        self._refuse_barred(entry, one)
        return self._given(entry, one)

    def advance(self, *, now: datetime) -> Changed:
        """Settle what is due by now, and nothing else."""
        self._floor.settle(now)
        return self._floor.answer()

    # What follows, and what is refused

    def _given(self, entry: Entry, one: Standing) -> Changed:
        self._floor.leave(entry)
        self._floor.seat(entry, one)
        return self._acted()

    def _acted(self) -> Changed:
        self._floor.match()
        return self._floor.answer(changed=True)

    def _entry(self, item_id: str) -> Entry:
        return _known(self._floor.entries, item_id, "item", "put it first")

    def _standing(self, agent_id: str) -> Standing:
        return _known(self._floor.roster.ids, agent_id, "agent", "set_agent it first")

    def _offer(self, offer_id: str) -> Offer:
        return _known(self._floor.offers, offer_id, "offer", "offer returns its id")

    def _closed(self, offer: Offer, wished: str) -> bool:
        """Return whether the offer has the wished state already; refuse when another one is final."""
        state = self._floor.offer_states[offer.id]
        if state not in {"pending", wished}:
            raise CommandRefused(
                state, f"offer {offer.id} to {offer.agent} is {state}; it cannot be {wished}"
            )
        return state == wished

    def _refuse_over(self, entry: Entry) -> None:
        if entry.state in {"canceled", "completed"}:
            raise CommandRefused(entry.state, f"item {entry.item.id} is {entry.state}; put a new one")

    def _refuse_taken(self, entry: Entry, one: Standing, version: int) -> None:
        name = entry.item.id
        if entry.state == "canceled":
            raise CommandRefused("canceled", f"item {name} is canceled; put a new one")
        holders = [self._floor.offers[offer].agent for offer in entry.offers]
        if holders and (not self._parallel or one.id in holders):
            raise CommandRefused("already_offered", f"item {name} is offered to {', '.join(holders)}")
        if version != entry.version:
            message = f"item {name} has version {entry.version}, not {version!r}: it changed; look again"
            raise CommandRefused("version", message)
        if entry.state not in {"waiting", "offered"}:
            raise CommandRefused(
                "not_waiting", f"item {name} is {entry.state}; assign moves what is assigned"
            )

    def _refuse_barred(self, entry: Entry, one: Standing) -> None:
        floor, item = self._floor, entry.item
        matching, agent = self.policy.matching, one.agent
        if entry.line is None:
            floor.waiting.stage(entry, now=floor.now)
        met = limits(agent, item.channel, item.group, count_parked=matching.count_parked)
        barrier = matching.barrier(entry.demand, agent, now=floor.now)
        if agent.presence not in self.policy.pools:
            barrier = "presence"
        elif agent.id in item.refused_by:
            barrier = "refused_before"
        elif any(load + item.size > limit for limit, load in met):
            barrier = "capacity"
        if barrier is not None:
            raise CommandRefused(barrier, f"item {item.id} cannot go to agent {one.id} now: {barrier}")


def _known(known: Mapping[str, _T], name: str, kind: str, way_out: str) -> _T:
    if name in known:
        return known[name]
    near = nearest_name(str(name), known)
    hint = f"did you mean {near!r}?" if near else way_out
    raise CommandRefused(f"unknown_{kind}", f"there is no {kind} {name!r} here; {hint}")
