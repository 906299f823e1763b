"""The router beside a naive one: lists, loops, and a policy asked about everything at every instant."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from supportkit.cases import Agent
from supportkit.errors import CommandRefused
from supportkit.priority import Ageing, QueueOrder
from supportkit.routing import Item, Router, RoutingPolicy, Skill, Step

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND, MICRO = timedelta(seconds=1), timedelta(microseconds=1)
NAMES = tuple(f"agent-{n}" for n in range(6))


class Naive:
    """What the router promises, told in the plainest way; nothing is remembered that can be recounted."""

    def __init__(self, policy, order, *, push, grace, parallel_offers, presence_on_timeout):
        self.policy, self.order, self.push, self.grace = policy, order, push, grace
        self.parallel, self.on_timeout = parallel_offers, presence_on_timeout
        self.now = NINE
        self.people, self.items, self.offers, self.leaving, self.last = {}, {}, {}, {}, {}
        self.touched, self.fresh = set(), set()

    def agents(self, *, held=True):
        """Everybody, with the load that the items and offers amount to."""
        return [self.loaded(agent, held=held) for agent in self.people.values()]

    def loaded(self, agent, *, held=True):
        work = [
            it["item"] for it in self.items.values() if it["state"] == "assigned" and it["agent"] == agent.id
        ]
        if held:
            pending = (o for o in self.offers.values() if o["state"] == "pending" and o["agent"] == agent.id)
            work += [self.items[o["item"]]["item"] for o in pending]
        by_channel = not agent.load and (
            isinstance(agent.capacity, dict) or self.policy.matching.blend is not None
        )
        load, groups = ({} if by_channel else agent.load), Counter(agent.group_load)
        groups.update({i.group: sum(j.size for j in work if j.group == i.group) for i in work if i.group})
        if isinstance(load, dict):
            load = {
                c: load.get(c, 0) + sum(i.size for i in work if i.channel == c)
                for c in {*load, *(i.channel for i in work)}
            }
        else:
            load += sum(i.size for i in work)
        return evolve(agent, load=load, group_load=dict(groups))

    def waiting(self):
        found = [it["item"] for it in self.items.values() if it["state"] == "waiting"]
        return sorted(found, key=lambda item: (-self.points(item), item.created_at, item.id))

    def points(self, item):
        return item.rate * ((self.now - EPOCH) // MICRO - item.sort_key)

    def decide(self, item, people):
        return self.policy.decide(item, people, now=self.now, last=self.last.get((item.queue, item.channel)))

    def rests_until(self, agent):
        limit = self.policy.rate_limit
        ends = (agent.wrap_up_until, limit and limit.opens_at(agent, now=self.now))
        return max((at for at in ends if at is not None and at > self.now), default=None)

    def next_change_at(self):
        people = self.agents()
        found = [o["until"] for o in self.offers.values() if o["state"] == "pending"]
        found += [at for at, _ in self.leaving.values()]
        found += [self.decide(item, people).next_change_at for item in self.waiting()]
        found += [self.rests_until(agent) for agent in people]
        return min((at for at in found if at is not None), default=None)

    def settle(self, now):
        while (at := self.next_change_at()) is not None and at <= now:
            before = {item.id: self.decide(item, self.agents()).step for item in self.waiting()}
            resting = {agent.id for agent in self.agents() if self.rests_until(agent) == at}
            self.now = at
            for name, offer in sorted(self.offers.items()):
                if offer["state"] == "pending" and offer["until"] == at:
                    self.unanswered(name, "expired")
                    if self.on_timeout and self.people[offer["agent"]].presence != self.on_timeout:
                        self.move(offer["agent"], self.on_timeout)
            for name, (until, _) in sorted(self.leaving.items()):
                if until == at:
                    self.give_back(name)
            self.touched |= resting
            self.fresh |= set(before)
            self.match()
        self.now = now

    def match(self):
        touched, self.touched = sorted(self.touched), set()
        fresh, self.fresh = self.fresh, set()
        if not self.push:
            return
        for name in touched:
            while (item := self.pick(name)) is not None:
                self.seat(item, name)
        for item in self.waiting():
            decision = self.decide(item, self.agents())
            if decision.outcome == "offer":
                assert item.id in fresh, f"{item.id} had an agent before"
                self.seat(item.id, decision.agent)
        self.touched = set()

    def pick(self, name):
        agent = self.loaded(self.people[name])
        return self.policy.pick(agent, self.waiting(), now=self.now, present=self.agents()).item

    # What happens

    def change(self, name, **said):
        self.items[name].update(said, version=self.items[name]["version"] + 1)

    def wait(self, name):
        self.change(name, state="waiting", agent=None)
        self.fresh.add(name)

    def leave(self, name, offers="rescinded"):
        for offer_id, offer in self.offers.items():
            if offer["item"] == name and offer["state"] == "pending":
                self.close(offer_id, offers)
        owner, self.items[name]["agent"] = self.items[name]["agent"], None
        if self.items[name]["state"] == "assigned":
            self.people[owner] = evolve(self.people[owner], idle_since=self.now)
            self.touched.add(owner)

    def seat(self, name, owner):
        self.leave(name)
        self.change(name, state="assigned", agent=owner)
        agent, limit = self.people[owner], self.policy.rate_limit
        counted = [at for at in agent.assigned_at if limit and at > self.now - limit.window]
        given = (*counted, self.now) if limit else agent.assigned_at
        self.people[owner] = evolve(agent, last_assigned=self.now, assigned_at=given)
        self.last[self.items[name]["item"].queue, self.items[name]["item"].channel] = owner

    def close(self, offer_id, state):
        self.offers[offer_id]["state"] = state
        self.touched.add(self.offers[offer_id]["agent"])

    def pending(self, name):
        return [o["agent"] for o in self.offers.values() if o["item"] == name and o["state"] == "pending"]

    def without(self, name):
        if self.pending(name):
            self.change(name)
        else:
            self.wait(name)

    def unanswered(self, offer_id, state):
        self.close(offer_id, state)
        offer = self.offers[offer_id]
        held = self.items[offer["item"]]
        held["item"] = evolve(held["item"], refused_by=held["item"].refused_by | {offer["agent"]})
        self.without(offer["item"])

    def move(self, name, presence):
        before, self.people[name] = self.people[name], evolve(self.people[name], presence=presence)
        self.followed(name, before.presence)

    def followed(self, name, before):
        presence, pools = self.people[name].presence, self.policy.pools
        self.touched.add(name)
        self.fresh |= {item.id for item in self.waiting()}
        if before is not None and before not in pools and presence in pools:
            self.people[name] = evolve(self.people[name], idle_since=self.now)
        if before == "offline" and presence != "offline":
            self.leaving.pop(name, None)
        if presence == "offline" and before not in {None, "offline"}:
            for offer_id, offer in self.offers.items():
                if offer["agent"] == name and offer["state"] == "pending":
                    self.close(offer_id, "rescinded")
                    self.without(offer["item"])
            hand = {
                n: it["version"]
                for n, it in self.items.items()
                if it["state"] == "assigned" and it["agent"] == name
            }
            self.leaving[name] = (self.now + self.grace, hand)
            if not self.grace:
                self.give_back(name)

    def give_back(self, name):
        for item, version in self.leaving.pop(name)[1].items():
            if self.items[item]["version"] == version and self.items[item]["agent"] == name:
                self.leave(item)
                self.wait(item)

    # Commands, each True, False or the code of a refusal

    def put(self, item, *, score):
        came = (item.created_at - EPOCH) // MICRO
        lead = came - self.order.key(score, item.created_at)
        item = evolve(item, sort_key=came - lead // item.rate)
        self.items[item.id] = {"item": item, "state": "waiting", "agent": None, "version": 1}
        self.fresh.add(item.id)

    def set_agent(self, agent):
        known = self.people.get(agent.id)
        if known is not None:
            kept = {
                n: getattr(agent, n) or getattr(known, n)
                for n in ("idle_since", "last_assigned", "assigned_at")
            }
            agent = evolve(agent, **kept)
        self.people[agent.id] = agent
        self.followed(agent.id, known and known.presence)

    def set_presence(self, name, presence):
        if self.people[name].presence == presence:
            return False
        return self.move(name, presence)

    def take(self, name):
        item = self.pick(name)
        return False if item is None else self.seat(item, name)

    def assign(self, name, agent):
        state = self.items[name]["state"]
        if state in {"completed", "canceled"}:
            return state
        return False if self.items[name]["agent"] == agent else self.seat(name, agent)

    def complete(self, name):
        state, owner = self.items[name]["state"], self.items[name]["agent"]
        if state == "completed":
            return False
        if state != "assigned":
            return "canceled" if state == "canceled" else "not_assigned"
        self.leave(name)
        return self.change(name, state="completed", agent=owner)

    def cancel(self, name):
        if self.items[name]["state"] in {"completed", "canceled"}:
            return "completed" if self.items[name]["state"] == "completed" else False
        self.leave(name, "canceled")
        return self.change(name, state="canceled")

    def barred(self, name, agent, version):
        placed, pending, person = self.items[name], self.pending(name), self.loaded(self.people[agent])
        if placed["state"] == "canceled":
            return "canceled"
        if pending and (not self.parallel or agent in pending):
            return "already_offered"
        if version not in {None, placed["version"]}:
            return "version"
        if placed["state"] in {"assigned", "completed"}:
            return "not_waiting"
        if person.presence not in self.policy.pools:
            return "presence"
        if agent in placed["item"].refused_by:
            return "refused_before"
        excluded = dict(self.decide(placed["item"], self.agents()).excluded)
        roomy = evolve(person, capacity=None, total=None, group_capacity={})
        if excluded.get(agent) in {"capacity", "too_large"}:
            return "capacity"
        if agent in excluded:
            alone = dict(
                self.policy.decide(placed["item"], [person], now=self.now, present=self.agents()).excluded
            )
            free = dict(
                self.policy.decide(placed["item"], [roomy], now=self.now, present=self.agents()).excluded
            )
            return self.full(placed["item"], person) or free.get(agent) or alone[agent]
        return None

    def full(self, item, person):
        bare = evolve(
            person, queues=None, channels_off=(), permissions=[item.permission], skills={}, presence="available",
            wrap_up_until=None, assigned_at=(), last_assigned=None,
        )  # fmt: skip
        plain = RoutingPolicy(count_parked=self.policy.matching.count_parked)
        only = Item(
            item.id, created_at=item.created_at, channel=item.channel, size=item.size, group=item.group
        )
        return None if plain.decide(only, [bare], now=self.now).outcome == "offer" else "capacity"

    def claim(self, name, agent, *, version):
        return self.barred(name, agent, version) or self.seat(name, agent)

    def offer(self, name, agent, *, ttl):
        code = self.barred(name, agent, None)
        if code is None:
            number = sum(o["item"] == name for o in self.offers.values()) + 1
            said = {"item": name, "agent": agent, "state": "pending", "until": self.now + ttl}
            self.offers[f"{name}/offer-{number}"] = said
            self.change(name, state="offered")
        return code

    def closed(self, offer_id, wished):
        state = self.offers[offer_id]["state"]
        return None if state == "pending" else False if state == wished else state

    def accept(self, offer_id):
        answer = self.closed(offer_id, "accepted")
        if answer is None:
            self.close(offer_id, "accepted")
            self.seat(self.offers[offer_id]["item"], self.offers[offer_id]["agent"])
        return answer

    def decline(self, offer_id):
        answer = self.closed(offer_id, "declined")
        return self.unanswered(offer_id, "declined") if answer is None else answer

    def advance(self):
        return None

    def do(self, command, arguments, options, now):
        self.settle(now)
        answer = getattr(self, command)(*arguments, **options)
        self.match()
        return True if answer is None else answer

    def picture(self):
        items = {
            name: (it["item"], it["state"], it["agent"], it["version"]) for name, it in self.items.items()
        }
        agents = {agent.id: agent for agent in self.agents(held=False)}
        return items, agents, {name: offer["state"] for name, offer in self.offers.items()}


class Day:
    """A random day at a desk, from a seed."""

    def __init__(self, seed):
        self.draw, self.now, self.items, self.offers = random.Random(seed), NINE, [], []
        self.waiting, self.pending = [], []

    def some(self, *values):
        return self.draw.choice(values)

    def saw(self, state):
        self.offers = list(state.offers)
        self.pending = [name for name, offer in state.offers.items() if offer == "pending"]
        self.waiting = [name for name, placed in state.items.items() if placed.state == "waiting"]

    def team(self):
        """Return everybody, in order or not."""
        return self.some(NAMES, self.draw.sample(NAMES, len(NAMES)))

    def rarely(self, *values, usually):
        return self.draw.choice(values) if self.draw.random() < 0.2 else usually

    def agent(self, name):
        queues = {"help": (1, 40 * SECOND)}, {"help": (2, 0), "sales": (1, 15)}
        return Agent(
            name,
            presence=self.rarely("away", "offline", usually="available"),
            skills={skill: self.draw.randint(1, 3) for skill in ("fr", "vip") if self.draw.random() < 0.7},
            capacity=self.some(None, 1, 2, 2, {"chat": 2, "phone": 1, "": 1}),
            load=self.rarely(1, {"chat": 1}, usually=0),
            total=self.rarely(3, usually=None),
            parked=self.rarely(1, usually=0),
            channels_off=self.rarely("phone", usually=()),
            permissions=self.rarely((), usually="refunds"),
            group_capacity=self.rarely({"gold": 1}, usually={}),
            queues=self.rarely(*queues, usually=None),
            tier=self.draw.randint(0, 1),
            attrs=self.some({}, {"weight": 2, "n": 3}, {"n": 2}, {"n": "many"}),
            wrap_up_until=self.rarely(self.now + 20 * SECOND, usually=None),
            idle_since=self.some(None, self.now - self.draw.randint(0, 99) * SECOND),
        )

    def item(self):
        self.items.append(f"item-{len(self.items):03}")
        wish = Skill(
            self.some("fr", "vip"),
            self.draw.randint(1, 3),
            required=self.some(True, False),
            drop=self.some(0, 1),
        )
        return Item(
            self.items[-1],
            created_at=self.now - self.rarely(10, 50, usually=0) * SECOND,
            channel=self.some("chat", "chat", "phone", None),
            queue=self.rarely("help", "sales", usually=None),
            size=self.rarely(2, 0, usually=1),
            skills=self.some((), (wish,)),
            excluded=self.rarely(NAMES[0], usually=()),
            affinity=self.rarely((NAMES[1], NAMES[2:4]), usually=()),
            permission=self.rarely("refunds", usually=None),
            group=self.rarely("gold", usually=None),
            rate=self.rarely(2, 3, usually=1),
        )

    def command(self):
        self.now += self.some(0, 0, 1, 5, 5, 20) * SECOND
        if not self.items or self.draw.random() < 0.25:
            return "put", (self.item(),), {"score": self.draw.randint(0, 30)}
        if self.pending and self.draw.random() < 0.3:
            return self.some("accept", "accept", "decline"), (self.some(*self.pending),), {}
        name = self.some(*NAMES)
        if self.draw.random() < 0.1:
            return "set_agent", (self.agent(name),), {}
        if self.draw.random() < 0.2:
            return "set_presence", (name, self.some("available", "available", "away", "offline")), {}
        doing = "complete complete cancel take assign claim offer offer offer accept decline advance"
        command = self.some(*doing.split())
        sought = self.waiting if self.waiting and command in {"claim", "offer"} else self.items[-12:]
        item = self.some(*sought)
        offer = self.some(*self.offers[-4:]) if self.offers else None
        if command in {"accept", "decline"}:
            return (command, (offer,), {}) if offer else ("advance", (), {})
        arguments = {"advance": (), "take": (name,), "complete": (item,), "cancel": (item,)}
        options = {"claim": {"version": self.some(1, 1, 2, 3)}, "offer": {"ttl": self.some(5, 30) * SECOND}}
        return command, arguments.get(command, (item, name)), options.get(command, {})


LADDER = (
    Step(30 * SECOND, agents="affinity", skip_if="none_logged_in"),
    Step(20 * SECOND, skills=[{"fr": 2}, {"vip": 3}], drop="vip", skip_if="none_available"),
    Step(20 * SECOND, tiers=(1, 1)),
)
POLICIES = {
    "plain": {},
    "counted": {"rank": ("fewest_open", "least_recent", "tier"), "count_parked": True},
    "turns": {"rank": ("spare_percent", "round_robin")},
    "in turn": {"rank": "round_robin", "pools": ("available", "away")},
    "steps": {"steps": LADDER, "after_steps": "anybody"},
    "rings": {
        "steps": LADDER,
        "after_steps": "anybody",
        "earlier_first": True,
        "drop_after": "30 seconds",
        "rank": "most_skilled",
    },
    "wishes": {"skills": "count_then_level", "rank": ("spare_percent", ("attrs.n", "asc"))},
    "no skills": {"skills": "ignore", "rank": ("tier", "longest_idle"), "drop_after": "10 seconds"},
    "limits": {"rate_limit": (2, "1 minute"), "rank": "weighted"},
    "blended": {"blend": {"chat": "phone"}, "rank": "spare"},
}
WAYS = (
    {"push": True, "grace": timedelta(0), "parallel_offers": False, "presence_on_timeout": None},
    {"push": True, "grace": 30 * SECOND, "parallel_offers": True, "presence_on_timeout": "away"},
    {"push": False, "grace": 30 * SECOND, "parallel_offers": True, "presence_on_timeout": "offline"},
    {"push": False, "grace": timedelta(0), "parallel_offers": False, "presence_on_timeout": None},
)


def told(router, command, arguments, options, now):
    """Run a command of the router and return True, False or the code of its refusal."""
    try:
        answer = getattr(router, command)(*arguments, **options, now=now)
    except CommandRefused as refused:
        return refused.code
    return answer.changed if command not in {"offer", "advance"} else True


@pytest.mark.parametrize("way", range(len(WAYS)))
@pytest.mark.parametrize("kind", POLICIES)
def test_the_router_does_what_the_naive_one_does(kind, way):
    seen = defaultdict(int)
    for seed in range(2):
        policy, order, day = RoutingPolicy(**POLICIES[kind]), QueueOrder(Ageing.linear(2)), Day(seed)
        router, naive = Router(policy, order, **WAYS[way]), Naive(policy, order, **WAYS[way])
        commands = [("set_agent", (day.agent(name),), {}) for name in day.team()]
        for number in range(150):
            command = commands[number] if number < len(commands) else day.command()
            answer = told(router, *command, day.now)
            assert (seed, number, command, answer) == (seed, number, command, naive.do(*command, day.now))
            state = router.state
            assert (state.items, state.agents, state.offers) == naive.picture(), (seed, number, command)
            day.saw(state)
            seen[command[0], answer] += 1
    assert seen["complete", True]
    assert WAYS[way]["push"] or seen["accept", True]
