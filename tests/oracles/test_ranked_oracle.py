"""Who a router gives an item to beside the plain choice of its policy, for every rank and any work in hand."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.priority import QueueOrder
from supportkit.routing import Item, Router, RoutingPolicy
from supportkit.routing._roster import Roster

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
NAMES = ("dan", "ann", "eve", "bob", "fay", "cat")
KEPT = "longest_idle least_recent fewest_open tier spare spare_percent weighted round_robin".split()
COMPARED = ("most_skilled", ("attrs.n", "desc"))

small = st.integers(0, 3)
even = {
    "capacity": st.none() | st.integers(1, 4) | st.just(2.5),
    "total": st.none() | st.integers(2, 5),
    "load": st.integers(0, 2),
    "parked": st.integers(0, 1),
}
uneven = {
    **even,
    "capacity": st.dictionaries(st.sampled_from(("chat", "phone")), st.integers(1, 4)),
    "load": st.dictionaries(st.sampled_from(("chat", "phone")), small),
    "group_capacity": st.dictionaries(st.just("gold"), st.integers(1, 3)),
}


def people(limits):
    return st.builds(
        lambda **said: said,
        presence=st.sampled_from(("available", "available", "available", "away")),
        tier=st.integers(0, 1),
        idle_since=st.none() | small.map(lambda minutes: NINE - timedelta(minutes=minutes)),
        last_assigned=st.none() | small.map(lambda minutes: NINE - timedelta(minutes=minutes)),
        attrs=st.fixed_dictionaries({}, optional={"weight": st.sampled_from((1, 2, 3, 0.5)), "n": small}),
        skills=st.dictionaries(st.sampled_from(("fr", "vip")), st.integers(1, 3)),
        **limits,
    )


teams = st.tuples(
    st.permutations(NAMES) | st.just(sorted(NAMES)),
    st.lists(people(even) | people(even) | people(uneven), min_size=6, max_size=6)
    | st.lists(people(even), min_size=6, max_size=6),
).map(lambda drawn: [Agent(name, **said) for name, said in zip(*drawn, strict=True)])
ranks = st.lists(st.sampled_from(KEPT), max_size=3) | st.lists(
    st.sampled_from((*KEPT, *COMPARED)), max_size=3
)
matters = st.fixed_dictionaries(
    {"size": st.sampled_from((1, 1, 1, 0, 2))},
    optional={
        "channel": st.sampled_from(("chat", "phone", "mail")),
        "queue": st.sampled_from(("q", "r")),
        "group": st.sampled_from(("gold", "tin")),
        "affinity": st.lists(st.lists(st.sampled_from((*NAMES, "gone")), max_size=2), max_size=3),
        "excluded": st.lists(st.sampled_from(NAMES), max_size=2),
    },
)
days = st.lists(st.tuples(st.sampled_from(("put", "put", "complete", "again")), matters, small), max_size=25)


@given(ranks, teams, days, st.booleans())
@settings(max_examples=150)
def test_a_router_gives_to_whom_the_plain_choice_ranks_first(rank, team, day, count_parked):
    policy = RoutingPolicy(rank=rank, pools=("available", "away"), count_parked=count_parked)
    router, now, last, given_out = Router(policy, QueueOrder()), NINE, {}, []
    for agent in team[:4]:
        router.set_agent(agent, now=now)
    for number, (command, matter, pick) in enumerate(day):
        now += timedelta(seconds=20 * pick)
        if command == "complete" and given_out:
            router.complete(given_out.pop(pick % len(given_out)), now=now)
        elif command == "again":
            router.set_agent(team[2 * pick % 6], now=now)
        elif command == "put":
            item = Item(f"item-{number}", created_at=now, sort_key=number, **matter)
            served = last.get((item.queue, item.channel))
            plain = policy.decide(item, router.state.agents.values(), now=now, last=served)
            found = router.put(item, now=now).assigned
            assert found == (((item.id, plain.agent),) if plain.agent else ())
            for name, agent in found:
                last[item.queue, item.channel] = agent
                given_out.append(name)
            if not found:
                router.cancel(item.id, now=now)


@pytest.mark.parametrize(
    ("options", "kept"),
    (
        ({"rank": KEPT[:-1]}, True),
        ({"rank": ("tier", "weighted", "spare", "round_robin", "most_skilled")}, True),
        ({"rank": ()}, True),
        ({"rank": ("longest_idle", "round_robin")}, False),
        ({"rank": "most_skilled"}, False),
        ({"rank": ("tier", ("attrs.n", "asc"))}, False),
        ({"skills": "count_then_level"}, False),
        ({"earlier_first": True}, False),
    ),
)
def test_these_ranks_are_kept_in_order_and_those_are_compared(options, kept):
    assert (Roster(RoutingPolicy(**options))._ranked is not None) is kept


def test_of_equals_the_smaller_id_is_asked_also_when_it_came_later():
    router = Router(RoutingPolicy(rank="fewest_open"), QueueOrder())
    for names, best in (("bc", "b"), ("d", "b"), ("a", "a")):
        for name in names:
            router.set_agent(Agent(name), now=NINE)
        assert router.put(Item(best + names, created_at=NINE), now=NINE).assigned == ((best + names, best),)
        router.cancel(best + names, now=NINE)


def test_a_weight_that_is_no_number_is_refused_before_anything_changes():
    router = Router(RoutingPolicy(rank="weighted"), QueueOrder())
    router.set_agent(Agent("ann"), now=NINE)
    before = router.state
    with pytest.raises(InvalidValue, match="agent bob: weight=0"):
        router.set_agent(Agent("bob", attrs={"weight": 0}), now=NINE)
    assert router.state == before


@pytest.mark.parametrize("rank", ("spare", "spare_percent"))
def test_room_is_that_of_the_items_own_channel_and_group(rank):
    router = Router(RoutingPolicy(rank=rank), QueueOrder())
    router.set_agent(Agent("zoe", capacity=9, load=8), now=NINE)

    def given_to(name, **matter):
        ((_, agent),) = router.put(Item(name, created_at=NINE, **matter), now=NINE).assigned
        router.cancel(name, now=NINE)
        return agent

    assert given_to("before", channel="chat", group="gold") == "zoe"
    router.set_agent(Agent("bob", capacity={"chat": 4, "phone": 4}, load={"chat": 1, "phone": 3}), now=NINE)
    router.set_agent(Agent("ann", capacity={"chat": 4, "phone": 4}, load={"chat": 3, "phone": 1}), now=NINE)
    assert [given_to(channel, channel=channel) for channel in ("chat", "phone")] == ["bob", "ann"]
    router.set_agent(
        Agent("eve", capacity={"chat": 9}, group_capacity={"gold": 6}, group_load={"gold": 5}), now=NINE
    )
    assert [given_to(group, channel="chat", group=group) for group in ("gold", "tin")] == ["bob", "eve"]


@pytest.mark.parametrize("only", (3, 40, 400))
def test_among_hundreds_the_longest_idle_is_found_whoever_may_not_have_it(only):
    draw, names = random.Random(only), [f"agent-{number:03}" for number in range(400)]
    idle = {name: NINE - timedelta(seconds=draw.randrange(300)) for name in names}
    router, now = Router(RoutingPolicy(), QueueOrder()), NINE
    for name in draw.sample(names, len(names)):
        router.set_agent(Agent(name, idle_since=idle[name], capacity=1), now=now)
    for number in range(150):
        now += timedelta(seconds=1)
        able = draw.sample(names, only)
        item = Item(f"item-{number}", created_at=now, excluded=set(names) - set(able))
        best = min(able, key=lambda name: (idle[name], name))
        assert router.put(item, now=now).assigned == ((item.id, best),)
        router.complete(item.id, now=now)
        idle[best] = now


def test_what_leaves_from_the_middle_of_a_long_line_is_not_taken():
    draw, router = random.Random(1), Router(RoutingPolicy(), QueueOrder(), push=False)
    waiting = {f"item-{number:03}": draw.randrange(1_000) for number in range(500)}
    for name, key in waiting.items():
        router.put(Item(name, created_at=NINE, sort_key=key), now=NINE)
    for name in draw.sample(sorted(waiting), 420):
        router.cancel(name, now=NINE)
        del waiting[name]
    router.set_agent(Agent("ann"), now=NINE)
    expected = sorted(waiting, key=lambda name: (waiting[name], name))
    assert [router.take("ann", now=NINE).assigned[0][0] for _ in waiting] == expected


def test_whoever_gets_free_takes_the_first_of_all_kinds_of_work_however_many_came_and_went():
    draw, router, waiting = random.Random(7), Router(RoutingPolicy(), QueueOrder(), push=False), {}
    people = {}
    for number in range(1_500):
        for name in NAMES if number % 200 == 0 else ():
            people[name] = {draw.choice("abcdef") for _ in range(3)}
            router.set_agent(Agent(name, skills=dict.fromkeys(people[name], 50)), now=NINE)
        name, skill, level = f"item-{number:04}", draw.choice("abcdef"), draw.randint(1, 60)
        router.put(Item(name, created_at=NINE, sort_key=level, skills={skill: level}), now=NINE)
        waiting[name] = (level, name), skill
        if draw.random() < 0.6:
            gone = draw.choice(sorted(waiting))
            router.cancel(gone, now=NINE)
            del waiting[gone]
        agent = draw.choice(NAMES)
        fitting = (place for place, skill in waiting.values() if skill in people[agent] and place[0] <= 50)
        first = min(fitting, default=None)
        taken = router.take(agent, now=NINE).assigned
        assert taken == (((first[1], agent),) if first else ())
        if first:
            del waiting[first[1]]
