"""Choosing among many agents, and a waiting line, beside a plain scan and the bare heap."""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

from rounds import Contender, Table, compared, must_agree, ready

from supportkit.cases import Agent
from supportkit.priority import QueueOrder
from supportkit.routing import Item, Router, RoutingPolicy
from supportkit.routing._lines import Line
from supportkit.routing._roster import Roster
from supportkit.routing.place import position

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SKILLS = [f"skill-{number}" for number in range(50)]
CAP, STEADY = 6, 3
POLICY = RoutingPolicy(rank="fewest_open")


def measure(*, quick: bool) -> list[Table]:
    rounds = 3 if quick else 7
    return [_picking(rounds), _ranks(10_000, rounds), _lines(100_000, 2_000 if quick else 20_000, rounds)]


# Who gets it


def _picking(rounds):
    contenders = []
    for size, scans in ((100, 2_000), (1_000, 500), (10_000, 50)):
        held, asked = _desk(size)
        plain, masks, router = f"plain scan, {size:,}", f"picking by masks, {size:,}", f"Router, {size:,}"
        kinds = {plain: _scanning, masks: _masking, router: _routing}
        must_agree({name: [one(names) for names in asked[:300]] for name, one in _made(kinds, held)})
        for name, one in _made(kinds, held):
            pieces = asked[:scans] if name == plain else asked[:2_000]
            beside, budget = (None if name == plain else plain), ""
            if size == 10_000 and name == masks:
                budget = ">= 100"
            run = ready(lambda one=one, pieces=pieces: [one(names) for names in pieces])
            contenders.append(Contender(name, len(pieces), run, beside=beside, budget=budget))
    decide, asked = _deciding(held), asked[:3]
    all_of_them = ready(lambda: [decide(names) for names in asked])
    contenders.append(Contender("RoutingPolicy.decide, 10,000", len(asked), all_of_them, beside=plain))
    return compared(
        "One of 100, 1,000, 10,000 agents: 3 of 50 skills asked, each has 10, the fewest open, up to 6",
        contenders,
        unit="assignments",
        rounds=rounds,
        note="Each carries 3 at first; an assignment completes the oldest. `Router` makes the item, puts it "
        "and completes it, with lines, timers and answers; `picking by masks` is "
        "the choice and the loads alone, for requests that were met before.",
    )


def _made(kinds, held):
    return [(name, kind(held)) for name, kind in kinds.items()]


def _desk(size):
    draw = random.Random(5)
    held = [frozenset(draw.sample(SKILLS, 10)) for _ in range(size)]
    return held, [draw.sample(sorted(draw.choice(held)), 3) for _ in range(2_000)]


def _agents(held):
    return [
        Agent(
            f"agent-{number:05}",
            capacity=CAP,
            skills=dict.fromkeys(skills, 1),
            attrs={"weight": 1 + number % 3},
        )
        for number, skills in enumerate(held)
    ]


def _scanning(held):
    loads = [STEADY] * len(held)
    oldest = deque(number for _ in range(STEADY) for number in range(len(held)))

    def one(names):
        wanted = frozenset(names)
        fitting = [
            number for number, skills in enumerate(held) if wanted.issubset(skills) and loads[number] < CAP
        ]
        best = min(fitting, key=loads.__getitem__, default=None)
        if best is not None:
            loads[best] += 1
            oldest.append(best)
            loads[oldest.popleft()] -= 1
        return best

    return one


def _masking(held):
    roster, numbers, oldest = Roster(POLICY), itertools.count(), deque()
    for agent in _agents(held):
        roster.put(agent)
    for _ in range(STEADY):
        for each in roster.standings:
            item = Item(f"first-{next(numbers)}", created_at=NOON)
            each.take(item)
            roster.update(each)
            oldest.append((each, item.id))
    demands, turns = {}, itertools.count()
    items = [Item(f"item-{number}", created_at=NOON) for number in range(len(oldest) + 2)]

    def one(names):
        key = tuple(names)
        if key not in demands:
            item = Item(f"asked-{len(demands)}", created_at=NOON, skills=dict.fromkeys(names, 1))
            demand = POLICY.demand(item, now=NOON)
            demands[key] = demand, Line(demand)
        demand, line = demands[key]
        best = roster.best(demand, roster.may_have(line, demand, now=NOON))
        if best is None:
            return None
        item = items[next(turns) % len(items)]
        best.take(item)
        roster.update(best)
        oldest.append((best, item.id))
        each, done = oldest.popleft()
        each.drop(done)
        roster.update(each)
        return best.index

    return one


def _routing(held, policy=POLICY):
    router, numbers, oldest = Router(policy, QueueOrder()), itertools.count(), deque()
    agents = _agents(held)
    for agent in agents:
        router.set_agent(agent, now=NOON)
    index = {agent.id: number for number, agent in enumerate(agents)}
    for agent in agents * STEADY:
        name = f"first-{next(numbers)}"
        router.put(Item(name, created_at=NOON, permission="nobody's"), now=NOON)
        router.assign(name, agent.id, now=NOON)
        oldest.append(name)

    def one(names):
        name = f"item-{next(numbers)}"
        item = Item(name, created_at=NOON, skills=dict.fromkeys(names, 1))
        given = router.put(item, now=NOON).assigned
        if not given:
            router.cancel(name, now=NOON)
            return None
        oldest.append(name)
        router.complete(oldest.popleft(), now=NOON)
        return index[given[0][1]]

    return one


def _deciding(held):
    agents = _agents(held)
    return lambda names: POLICY.decide(
        Item("item", created_at=NOON, skills=dict.fromkeys(names, 1)), agents, now=NOON
    )


# By which rank


def _ranks(size, rounds):
    held, asked = _desk(size)
    compared_one_by_one = "most_skilled: candidates are compared"
    ranks = {compared_one_by_one: "most_skilled"}
    kept = "longest_idle least_recent fewest_open tier weighted spare spare_percent round_robin"
    ranks |= {word: word for word in kept.split()}
    contenders = []
    for name, rank in ranks.items():
        one = _routing(held, RoutingPolicy(rank=rank))
        run = ready(lambda one=one: [one(names) for names in asked[:1_000]])
        beside = None if name == compared_one_by_one else compared_one_by_one
        contenders.append(Contender(name, 1_000, run, beside=beside))
    return compared(
        f"One of {size:,} agents by each rank: the same requests, put into a Router and completed",
        contenders,
        unit="assignments",
        rounds=rounds,
        note="Of ten thousand about sixty hold the three skills that are asked for.",
    )


# The waiting line


def _lines(waiting, pairs, rounds):
    draw = random.Random(11)
    order = QueueOrder()
    items = [
        Item(f"item-{number}", created_at=created, sort_key=order.key(draw.randrange(100), created))
        for number, created in enumerate(
            NOON + timedelta(seconds=draw.randrange(80_000)) for _ in range(waiting + pairs)
        )
    ]
    places = [position(item) for item in items]
    bare = "limit: heapq, push and pop"
    kinds = {bare: _heaping, "supportkit: Line, push and pop": _lining}
    if find_spec("sortedcontainers"):
        kinds["sortedcontainers: SortedList, add and pop"] = _sorting
    must_agree({name: list(kind(places[:2_000])(places[2_000:2_500])) for name, kind in kinds.items()})

    def playing(kind):
        def prepare():
            play = kind(places[:waiting])
            return lambda: play(places[waiting:])

        return prepare

    return compared(
        "A waiting line of 100,000: push one, pop the first",
        [
            Contender(
                name,
                pairs,
                playing(kind),
                beside=None if name == bare else bare,
                budget=">= 0.6" if kind is _lining else "",
            )
            for name, kind in kinds.items()
        ],
        unit="pairs",
        rounds=rounds,
        note="All with the same static keys. A Line also lets any item leave from its middle.",
    )


def _heaping(places):
    heap = list(places)
    heapq.heapify(heap)

    def play(more):
        taken = []
        for place in more:
            heapq.heappush(heap, place)
            taken.append(heapq.heappop(heap))
        return taken

    return play


def _lining(places):
    line = Line(POLICY.demand(Item("any", created_at=NOON), now=NOON))
    for place in places:
        line.push(place)

    def play(more):
        taken = []
        for place in more:
            line.push(place)
            taken.append(line.pop())
        return taken

    return play


def _sorting(places):
    from sortedcontainers import SortedList  # noqa: PLC0415 - only where it is installed

    line = SortedList(places)

    def play(more):
        taken = []
        for place in more:
            line.add(place)
            taken.append(line.pop(0))
        return taken

    return play
