"""Routing against a naive scan that knows nothing of barriers, keys or funnels."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cmp_to_key

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.routing import Item, RoutingPolicy, Skill, Step

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

names = st.sampled_from("abcd")
channels = st.sampled_from(["chat", "email"])
small = st.integers(0, 4)
moments = st.integers(-5, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))
amounts = small | st.dictionaries(channels, small, max_size=2)
free = st.builds(
    Agent,
    names,
    skills=st.fixed_dictionaries({"tv": st.integers(3, 5), "net": st.integers(3, 5)}),
    capacity=st.integers(5, 9),
    load=small,
    permissions=st.just(["refund"]),
    tier=small,
    idle_since=st.none() | moments,
    last_assigned=st.none() | moments,
    attrs=st.dictionaries(st.just("x"), small, max_size=1),
)
agents = free | st.builds(
    Agent,
    names,
    presence=st.sampled_from(["available", "available", "available", "away", "offline"]),
    skills=st.dictionaries(st.sampled_from(["tv", "net"]), small, max_size=2),
    capacity=st.none() | amounts,
    load=amounts,
    parked=st.sampled_from([0, 0, 1]) | st.dictionaries(channels, st.just(1), max_size=1),
    total=st.none() | small,
    channels_off=st.lists(channels, max_size=1),
    permissions=st.lists(st.just("refund"), max_size=1),
    group_capacity=st.dictionaries(st.just("vip"), small, max_size=1),
    group_load=st.dictionaries(st.just("vip"), small, max_size=1),
    queues=st.none()
    | st.dictionaries(
        st.sampled_from(["q", "r"]), st.tuples(small, small.map(lambda m: timedelta(minutes=m))), max_size=2
    ),
    tier=small,
    idle_since=st.none() | moments,
    last_assigned=st.none() | moments,
    wrap_up_until=st.none() | moments,
    attrs=st.dictionaries(st.just("x"), small, max_size=1),
    assigned_at=st.lists(moments, max_size=3),
)


def named(people):
    return [evolve(agent, id=name) for agent, name in zip(people, "cadb", strict=False)]


rosters = st.lists(agents, max_size=4).map(named)
optional_skills = st.lists(
    st.builds(Skill, st.sampled_from(["tv", "net"]), st.integers(1, 3), required=st.booleans(), drop=small),
    max_size=2,
    unique_by=lambda skill: skill.name,
)
items = st.builds(
    Item,
    st.sampled_from("uvwxyz"),
    created_at=st.integers(-5, 0).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    channel=st.none() | channels,
    queue=st.none() | st.sampled_from(["q", "r"]),
    size=st.sampled_from([1, 1, 2]),
    skills=optional_skills,
    sort_key=st.none() | small,
    refused_by=st.lists(names, max_size=1),
    excluded=st.lists(names, max_size=1),
    affinity=st.lists(st.lists(names, max_size=2), max_size=2),
    permission=st.sampled_from([None, None, "refund"]),
    group=st.sampled_from([None, "vip"]),
)


def everywhere(amount):
    return sum(amount.values()) if isinstance(amount, dict) else amount


def here(amount, channel):
    return amount.get(channel, 0) if isinstance(amount, dict) else amount


def carried(agent):
    return max(0, everywhere(agent.load) - everywhere(agent.parked))


def room(agent, item):
    """All (limit, load) pairs that the item meets."""
    pairs = []
    if isinstance(agent.capacity, dict):
        load = max(0, here(agent.load, item.channel) - here(agent.parked, item.channel))
        pairs.append((agent.capacity.get(item.channel, 0), load))
    elif agent.capacity is not None:
        pairs.append((agent.capacity, carried(agent)))
    if agent.total is not None:
        pairs.append((agent.total, carried(agent)))
    if item.group in agent.group_capacity:
        pairs.append((agent.group_capacity[item.group], agent.group_load.get(item.group, 0)))
    return pairs


def sees(agent, item):
    if item.queue is None or agent.queues is None:
        return True
    return item.queue in agent.queues and agent.queues[item.queue][1] <= NOON - item.created_at


def stage(item, roster, pools, steps, drop_after):
    """Walk through the steps minute by minute: the step, what was dropped by steps, what by time."""
    waited = (NOON - item.created_at) // MINUTE
    number, left = 0, waited
    while number < len(steps):
        step = steps[number]
        own = [a for a in roster if in_circle(a, item, number, steps) and theirs(a, item, number, steps)]
        there = [a for a in own if a.presence in pools] if step.skip_if == "none_available" else own
        there = [a for a in there if a.presence != "offline"] if step.skip_if == "none_logged_in" else there
        nobody_named = step.agents == "affinity" and not any(item.affinity)
        if nobody_named or (step.skip_if and not there):
            number += 1
            continue
        length = float("inf") if step.within is None else step.within // MINUTE
        if left < length:
            break
        left, number = left - length, number + 1
    groups = sorted({skill.drop for skill in item.skills if not skill.required})
    gone = set()
    for _ in range(0 if drop_after is None else waited // (drop_after // MINUTE)):
        gone |= {groups.pop()} if groups else set()
    return number, {s.name for s in item.skills if not s.required and s.drop in gone}


def by_steps(item, number, steps):
    return {
        s.name
        for s in item.skills
        if not s.required and any(s.name in step.drop for step in steps[: number + 1])
    }


def in_circle(agent, item, number, steps):
    step = steps[number]
    named = [name for group in item.affinity for name in group] if step.agents == "affinity" else step.agents
    return (
        (named is None or agent.id in named)
        and (step.tiers is None or agent.tier in range(step.tiers[0], step.tiers[1] + 1))
        and (
            step.skills is None
            or any(all(agent.skills.get(n, -1) >= level for n, level in one.items()) for one in step.skills)
        )
    )


def theirs(agent, item, number, steps):
    """Whether it could ever be the agent's, as to queue, channel, permission and skills."""
    gone = by_steps(item, number, steps)
    return (
        agent.id not in item.excluded
        and (item.queue is None or agent.queues is None or item.queue in agent.queues)
        and item.channel not in agent.channels_off
        and (item.permission is None or item.permission in agent.permissions)
        and all(agent.skills.get(s.name, -1) >= s.level for s in item.skills if s.name not in gone)
    )


def undisturbed(agent, item, blend):
    if blend is None or not isinstance(agent.load, dict):
        return True
    parked = agent.parked if isinstance(agent.parked, dict) else {}
    for channel, load in agent.load.items():
        if load > parked.get(channel, 0) and item.channel not in {channel, *blend.get(channel, ())}:
            return False
    return True


def under_limit(agent, rate_limit):
    if rate_limit is None:
        return True
    given = list(agent.assigned_at)
    if agent.last_assigned is not None and agent.last_assigned not in given:
        given.append(agent.last_assigned)
    return sum(0 <= (NOON - at) // MINUTE < rate_limit[1] // MINUTE for at in given) < rate_limit[0]


def may_have(agent, item, pools, dropped=(), blend=None, rate_limit=None):
    return all(
        [
            agent.presence in pools,
            agent.id not in item.excluded,
            agent.id not in item.refused_by,
            item.channel not in agent.channels_off,
            item.permission is None or item.permission in agent.permissions,
            all(agent.skills.get(s.name, -1) >= s.level for s in item.skills if s.name not in dropped),
            undisturbed(agent, item, blend),
            under_limit(agent, rate_limit),
            all(load + item.size <= limit for limit, load in room(agent, item)),
            agent.wrap_up_until is None or agent.wrap_up_until <= NOON,
            sees(agent, item),
        ]
    )


def better(rank, item, roster, last):
    """Return a comparison: negative when the first agent is the better one."""
    order = [agent.id for agent in roster]

    def position(agent):
        start = order.index(last) + 1 if last in order else 0
        turn = order[start:] + order[:start]
        return turn.index(agent.id)

    def spares(agent):
        return [limit - load for limit, load in room(agent, item)]

    def shares(agent):
        return [Fraction(limit - load, limit) for limit, load in room(agent, item)]

    def attribute(agent, sign):
        return (1, 0) if "x" not in agent.attrs else (0, sign * agent.attrs["x"])

    values = {
        "longest_idle": lambda a: (a.idle_since is None, a.idle_since or LONG_AGO),
        "least_recent": lambda a: a.last_assigned or LONG_AGO,
        "fewest_open": carried,
        "spare": lambda a: -min(spares(a), default=10**9),
        "spare_percent": lambda a: -min(shares(a), default=Fraction(1)),
        "most_skilled": lambda a: (
            -sum(Fraction(a.skills.get(s.name, 0), len(item.skills)) for s in item.skills)
        ),
        "tier": lambda a: a.tier,
        "weighted": carried,
        "round_robin": position,
        ("attrs.x", "asc"): lambda a: attribute(a, 1),
        ("attrs.x", "desc"): lambda a: attribute(a, -1),
    }

    def turn(agent):
        return next((n for n, group in enumerate(item.affinity) if agent.id in group), len(item.affinity))

    def compare(one, other):
        for value in (turn, *(values[word] for word in rank)):
            if value(one) != value(other):
                return -1 if value(one) < value(other) else 1
        return -1 if one.id < other.id else 1

    return compare


WORDS = (
    "longest_idle least_recent fewest_open spare spare_percent most_skilled tier weighted round_robin".split()
)
RANKS = [*WORDS, ("attrs.x", "asc"), ("attrs.x", "desc")]
ranks = st.lists(st.sampled_from(RANKS), max_size=3)


def naive(item, roster, rank, pools, last):
    for presence in pools:
        fitting = [a for a in roster if a.presence == presence and may_have(a, item, pools)]
        if fitting:
            return [a.id for a in sorted(fitting, key=cmp_to_key(better(rank, item, roster, last)))]
    return []


@given(items, rosters, ranks, st.sampled_from([("available",), ("available", "away")]), st.none() | names)
def test_a_decision_equals_a_naive_scan(item, roster, rank, pools, last):
    decision = RoutingPolicy(rank=rank, pools=pools).decide(item, roster, now=NOON, last=last)
    assert list(decision.ranking) == naive(item, roster, rank, pools, last)
    assert decision.agent == next(iter(decision.ranking), None)
    assert (decision.outcome == "offer") == bool(decision.ranking)


steps = st.builds(
    Step,
    st.none() | small.map(lambda minutes: minutes * MINUTE),
    agents=st.none() | st.lists(names, max_size=3) | st.just("affinity"),
    skills=st.none() | st.just({"tv": 2}) | st.just([{"tv": 3}, {"net": 1}]),
    tiers=st.none() | st.just((0, 2)),
    drop=st.lists(st.sampled_from(["tv", "net"]), max_size=1),
    skip_if=st.sampled_from([None, "none_available", "none_logged_in"]),
)
relaxations = st.fixed_dictionaries(
    {
        "steps": st.lists(steps, max_size=1) | st.lists(steps, min_size=2, max_size=4),
        "after_steps": st.sampled_from(["nobody", "anybody"]),
        "earlier_first": st.booleans(),
        "drop_after": st.sampled_from([None, MINUTE, 2 * MINUTE]),
        "blend": st.sampled_from([None, None, {"chat": ("email",)}]),
        "rate_limit": st.sampled_from([None, None, (1, 3 * MINUTE), (2, 9 * MINUTE)]),
    }
)


def relaxed(item, roster, options):
    """Return the step, what is dropped, and whom the circle holds with the first step of each."""
    steps, pools = options["steps"], ("available",)
    number, by_time = stage(item, roster, pools, steps, options["drop_after"])
    dropped = by_time | by_steps(item, number, steps)
    rings = {}
    for agent in roster:
        circle = [n for n in range(min(number + 1, len(steps))) if in_circle(agent, item, n, steps)]
        inside = circle if options["earlier_first"] else [n for n in circle if n == number]
        if number == len(steps):
            inside = range(number + 1) if not steps or options["after_steps"] == "anybody" else []
        if inside and may_have(agent, item, pools, dropped, options["blend"], options["rate_limit"]):
            since = [
                n
                for n in range(number)
                if any(m <= n for m in circle)
                and theirs_then(agent, item, by_time | by_steps(item, n, steps))
            ]
            rings[agent.id] = min(since, default=number) if options["earlier_first"] else 0
    return number, dropped, rings


def theirs_then(agent, item, dropped):
    return all(agent.skills.get(s.name, -1) >= s.level for s in item.skills if s.name not in dropped)


easy = st.builds(
    Item,
    st.just("i"),
    created_at=st.integers(-8, 0).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    skills=optional_skills,
    affinity=st.lists(st.lists(names, max_size=2), max_size=1),
)
people = st.lists(
    st.builds(
        Agent,
        names,
        presence=st.sampled_from(["available", "available", "away", "offline"]),
        skills=st.dictionaries(st.sampled_from(["tv", "net"]), st.integers(1, 3), max_size=2),
        tier=small,
    ),
    min_size=2,
    max_size=4,
).map(named)


@settings(max_examples=150)
@given(st.one_of(st.tuples(items, rosters), st.tuples(easy, people)), relaxations)
def test_a_relaxed_decision_equals_a_walk_through_the_steps(case, options):
    item, roster = case
    decision = RoutingPolicy(rank=["tier"], **options).decide(item, roster, now=NOON)
    number, dropped, rings = relaxed(item, roster, options)
    tier = {agent.id: agent.tier for agent in roster}

    def turn(name):
        return next((n for n, group in enumerate(item.affinity) if name in group), len(item.affinity))

    best = sorted(rings, key=lambda name: (turn(name), rings[name], tier[name], name))
    assert (decision.step, set(decision.dropped)) == (number, dropped)
    assert list(decision.ranking) == best


@pytest.mark.parametrize("word", RANKS, ids=str)
@settings(max_examples=25)
@given(roster=st.lists(free, min_size=2, max_size=4).map(named), last=st.none() | names)
def test_each_word_ranks_free_agents_like_a_naive_scan(word, roster, last):
    item = Item("i", created_at=NOON, skills={"tv": 1, "net": 1})
    ranking = RoutingPolicy(rank=[word]).decide(item, roster, now=NOON, last=last).ranking
    assert list(ranking) == naive(item, roster, [word], ("available",), last)


@given(agents, st.lists(items, max_size=6, unique_by=lambda item: item.id))
def test_a_pick_equals_a_naive_scan(agent, waiting):
    def place(item):
        number = 0 if agent.queues is None else agent.queues[item.queue][0] if item.queue else 10**9
        return (number, item.sort_key is None, item.sort_key or 0, item.created_at, item.id)

    fitting = sorted((item for item in waiting if may_have(agent, item, ("available",))), key=place)
    assert RoutingPolicy().pick(agent, waiting, now=NOON).item == (fitting[0].id if fitting else None)


@pytest.mark.parametrize("word", WORDS)
def test_the_generated_agents_are_told_apart_by_every_word(word):
    """Guards the oracle itself: each word must be able to decide between two agents."""
    one = Agent("a", load=2, capacity=3, tier=2, skills={"tv": 1}, idle_since=NOON, last_assigned=NOON)
    other = Agent(
        "b", load=1, capacity=3, tier=1, skills={"tv": 2}, idle_since=LONG_AGO, last_assigned=LONG_AGO
    )
    item = Item("i", created_at=NOON, skills={"tv": 1})
    assert naive(item, [one, other], [word], ("available",), "a") == ["b", "a"]
