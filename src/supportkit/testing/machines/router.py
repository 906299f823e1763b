"""What must hold of a router whatever is done with it, for a routing policy of your own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from supportkit.cases import Agent
from supportkit.errors import CommandRefused
from supportkit.ports import LineOrder
from supportkit.priority import QueueOrder
from supportkit.routing import Changed, Item, Offer, Placed, Router, RouterState, RoutingPolicy
from supportkit.routing.capacity import in_hand, limits

__all__ = ["RouterMachine"]

_STATES = {"waiting", "offered", "assigned", "completed", "canceled"}
_PRESENCES = st.sampled_from(("available", "available", "available", "away", "offline"))


class RouterMachine(RuleBasedStateMachine):
    """Does anything that a router knows, at any instants, and checks the laws of routing after each command.

    Subclass it and give your `policy`, its `order` and `options` (of Router), strategies for the `agents`
    (their ids may return: who is there already is replaced) and for the `matters`, mappings with the options
    of an Item, and the `periods` that pass; run `TestCase`, or ``run_state_machine_as_test(YourMachine)``.

    The laws: a quiet router has no pair of waiting item and agent who may have it (with push); nobody is
    pushed, offered, or takes more than fits; only a human's decision gives an item to somebody without its
    required skills; each item is in one place, with at most one owner, and none is lost; age, place and
    refusals stay; a version rises exactly when an item changes; what is refused or said twice changes
    nothing; nothing is due but in the future.

    >>> from hypothesis import settings
    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> class Desk(RouterMachine):
    ...     policy = RoutingPolicy(rank="fewest_open")
    >>> quick = settings(max_examples=5, stateful_step_count=10, deadline=None, database=None)
    >>> run_state_machine_as_test(Desk, settings=quick)
    """

    policy: ClassVar[RoutingPolicy] = RoutingPolicy()
    order: ClassVar[LineOrder] = QueueOrder()
    options: ClassVar[Mapping[str, Any]] = {}
    agents: ClassVar[st.SearchStrategy[Agent]] = st.builds(
        Agent,
        st.sampled_from(("ann", "bob", "cat")),
        presence=_PRESENCES,
        skills=st.dictionaries(st.sampled_from(("fr", "vip")), st.integers(1, 3)),
        capacity=st.sampled_from((None, 0, 1, 2)),
    )
    matters: ClassVar[st.SearchStrategy[Mapping[str, Any]]] = st.fixed_dictionaries(
        {"skills": st.dictionaries(st.sampled_from(("fr", "vip")), st.integers(1, 3), max_size=1)}
    )
    periods: ClassVar[st.SearchStrategy[timedelta]] = st.sampled_from((0, 1, 60, 300)).map(
        lambda seconds: timedelta(seconds=seconds)
    )

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 7, 1, 9, tzinfo=UTC)
        self.router = self.opened()
        self.offers: list[Offer] = []
        self.sizes: dict[str, Item] = {}

    def opened(self) -> Router:
        """Return the router that is tried."""
        return Router(self.policy, self.order, **self.options)

    def call(self, command: str, *arguments: Any, **options: Any) -> Any:
        """Run a command of the router and return its answer, or the code with which it was refused."""
        try:
            return getattr(self.router, command)(*arguments, **options, now=self.now)
        except CommandRefused as refused:
            return refused.code

    def act(self, command: str, *arguments: Any, by_hand: str | None = None, **options: Any) -> Any:
        """Let time do its part first, so that what follows is the command's; then check what it may not do.

        `by_hand` is an item that somebody other than the policy gives away.
        """
        self._check_given(self.call("advance"))
        before = self.router.state
        answer = self.call(command, *arguments, **options)
        after = self.router.state
        if isinstance(answer, str) or (isinstance(answer, Changed) and not answer.changed):
            assert after == before, f"{command} changed something and said {answer!r}"
        if isinstance(answer, Changed):
            self._check_given(answer, by_hand=by_hand)
        self._check_history(before, after)
        return answer

    # Commands

    @initialize(agents=st.data())
    def begin(self, agents: Any) -> None:
        """Start with somebody."""
        self.act("set_agent", agents.draw(self.agents))

    @rule(data=st.data())
    def pass_time(self, data: Any) -> None:
        """Let a period pass."""
        self.now += data.draw(self.periods)
        self._check_given(self.call("advance"))

    @precondition(lambda self: self.router.next_change_at is not None)
    @rule(short=st.sampled_from((timedelta(0), timedelta(microseconds=1))))
    def pass_time_to_the_next_change(self, short: timedelta) -> None:
        """Go to the very instant at which something changes, or just before it."""
        due = self.router.next_change_at
        if due is not None and due - short >= self.now:
            self.now = due - short
            self._check_given(self.call("advance"))

    @rule(data=st.data(), age=st.sampled_from((0, 0, 30, 120)), score=st.integers(0, 2))
    def put(self, data: Any, age: int, score: int) -> None:
        """Let something wait, perhaps for some time already."""
        name = f"item-{len(self.sizes)}"
        item = Item(name, created_at=self.now - timedelta(seconds=age), **data.draw(self.matters))
        self.sizes[name] = item
        assert self.act("put", item, score=score).changed

    @rule(data=st.data())
    def set_agent(self, data: Any) -> None:
        """Add or replace somebody."""
        self.act("set_agent", data.draw(self.agents))

    @rule(data=st.data(), presence=_PRESENCES)
    def set_presence(self, data: Any, presence: str) -> None:
        """Let somebody come or go."""
        self.act("set_presence", self._an_agent(data), presence)

    @precondition(lambda self: self.sizes)
    @rule(data=st.data(), command=st.sampled_from(("complete", "complete", "complete", "cancel")))
    def end(self, data: Any, command: str) -> None:
        """End an item, in whatever state, and once more."""
        name = self._an_item(data)
        if not isinstance(self.act(command, name), str):
            assert not self.act(command, name).changed

    @precondition(lambda self: self.sizes)
    @rule(data=st.data())
    def assign(self, data: Any) -> None:
        """Give an item away by hand."""
        name = self._an_item(data)
        self.act("assign", name, self._an_agent(data), by_hand=name)

    @rule(data=st.data())
    def take(self, data: Any) -> None:
        """Let somebody take the next item."""
        self.act("take", self._an_agent(data))

    @precondition(lambda self: self.sizes)
    @rule(data=st.data(), behind=st.sampled_from((0, 0, 0, 1)))
    def claim(self, data: Any, behind: int) -> None:
        """Let somebody claim an item, as it is or as it was."""
        name, agent = self._a_pair(data)
        version = self.router.state.items[name].version - behind
        self.act("claim", name, agent, version=version)

    @precondition(lambda self: self.sizes)
    @rule(data=st.data(), seconds=st.sampled_from((1, 20, 300)))
    def offer(self, data: Any, seconds: int) -> None:
        """Offer an item to somebody."""
        name, agent = self._a_pair(data)
        answer = self.act("offer", name, agent, ttl=timedelta(seconds=seconds))
        if isinstance(answer, Offer):
            self.offers.append(answer)
            self._check_room(self.router.state, answer.agent, self.sizes[answer.item])

    @precondition(lambda self: self.offers)
    @rule(data=st.data(), command=st.sampled_from(("accept", "decline")))
    def answer(self, data: Any, command: str) -> None:
        """Answer an offer, in time or late, and once more."""
        states = self.router.state.offers
        pending = [offer for offer in self.offers if states[offer.id] == "pending"]
        offer = data.draw(st.sampled_from([*pending, *self.offers]))
        if not isinstance(self.act(command, offer.id, by_hand=offer.item), str):
            assert not self.act(command, offer.id).changed

    def _an_agent(self, data: Any) -> str:
        return str(data.draw(st.sampled_from(sorted(self.router.state.agents))))

    def _a_pair(self, data: Any) -> tuple[str, str]:
        """Return an item and an agent, rather such as go together."""
        items = self.router.state.items
        open_ones = [name for name, placed in items.items() if placed.state in {"waiting", "offered"}]
        item = data.draw(st.sampled_from(open_ones)) if open_ones else self._an_item(data)
        ranking = self.router.decide(item, now=self.now).ranking
        agent = st.sampled_from(ranking) if ranking else st.nothing()
        return str(item), str(data.draw(agent | st.sampled_from(sorted(self.router.state.agents))))

    def _an_item(self, data: Any) -> str:
        items = self.router.state.items
        going = [name for name, placed in items.items() if placed.state not in {"completed", "canceled"}]
        return str(data.draw(st.sampled_from(going or sorted(items))))

    # Laws

    @invariant()
    def a_quiet_router_has_no_pair(self) -> None:
        """With push, nobody may have what waits."""
        if not self.options.get("push", True):
            return
        for name, placed in self.router.state.items.items():
            if placed.state == "waiting":
                decision = self.router.decide(name, now=self.now)
                assert decision.outcome != "offer", f"{name} waits, and {decision.agent} may have it"

    @invariant()
    def every_item_is_in_one_place(self) -> None:
        """None is lost, and the loads are those of the items assigned."""
        state = self.router.state
        assert set(state.items) == set(self.sizes), "items were lost or came from nowhere"
        for name, placed in state.items.items():
            assert placed.state in _STATES, f"{name} is {placed.state}"
            assert placed.state != "assigned" or placed.agent in state.agents, f"{name} has no owner"
            pending = any(state.offers[offer.id] == "pending" for offer in self.offers if offer.item == name)
            assert (placed.state == "offered") == pending, f"{name} is {placed.state}, pending: {pending}"
        for name, agent in state.agents.items():
            given = sum(
                placed.item.size
                for placed in state.items.values()
                if placed.state == "assigned" and placed.agent == name
            )
            load = in_hand(agent, count_parked=True)
            assert load >= given, f"{name} carries {load}, though {given} was given"

    @invariant()
    def what_is_due_lies_ahead(self) -> None:
        """What was due has happened."""
        due = self.router.next_change_at
        assert due is None or due > self.now, f"{due} was due"

    def _check_given(self, answer: Changed, *, by_hand: str | None = None) -> None:
        state = self.router.state
        self.offers += answer.offered
        for offer in answer.offered:
            self._check_room(state, offer.agent, self.sizes[offer.item])
            self._check_skills(state.items[offer.item], state.agents[offer.agent])
        for item, agent in answer.assigned:
            if item != by_hand:
                self._check_room(state, agent, state.items[item].item)
                self._check_skills(state.items[item], state.agents[agent])

    def _check_room(self, state: RouterState, name: str, item: Item) -> None:
        """What the agent carries, with what is held for offers, stays within the limits of the item."""
        agent, place = state.agents[name], (item.channel, item.group)
        held = (
            self.sizes[offer.item]
            for offer in self.offers
            if offer.agent == name and state.offers[offer.id] == "pending"
        )
        own = sum(each.size for each in held if (each.channel, each.group) == place)
        for limit, load in limits(agent, *place, count_parked=self.policy.matching.count_parked):
            assert load + own <= limit, f"{name} was given {load + own} of {limit}"

    def _check_skills(self, placed: Placed, agent: Agent) -> None:
        if self.policy.skills != "ignore":
            for skill in placed.item.skills:
                held = agent.skills.get(skill.name, -1)
                assert not skill.required or held >= skill.level, f"{agent.id} lacks {skill.name}"

    def _check_history(self, before: RouterState, after: RouterState) -> None:
        for name, old in before.items.items():
            new = after.items[name]
            for kept in ("created_at", "sort_key", "skills"):
                assert getattr(new.item, kept) == getattr(old.item, kept), f"{name} lost its {kept}"
            assert old.item.refused_by <= new.item.refused_by, f"{name} forgot who refused it"
            changed = new[:3] != old[:3]
            assert new.version >= old.version + changed, f"{name} changed and kept its version"
