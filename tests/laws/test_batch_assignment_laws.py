"""What holds of every batch a policy judges: nobody barred, nobody above capacity, as many as can be."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.routing import Item, RoutingPolicy, assign_batch

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
skills = st.sampled_from([{}, {}, {"german": 1}, {"german": 2}, {"tv": 1}, {"german": 1, "tv": 1}])
names = st.sampled_from([(), (), (), ("a0",), ("a0", "a2")])
items = st.lists(st.tuples(skills, names, st.integers(0, 9)), min_size=2, max_size=4).map(
    lambda drawn: [
        Item(f"i{n}", created_at=NOON - timedelta(minutes=age), skills=asked, refused_by=refused)
        for n, (asked, refused, age) in enumerate(drawn)
    ]
)
agents = st.lists(
    st.tuples(
        skills, st.integers(0, 2), st.integers(0, 1), st.sampled_from(["available", "available", "away"])
    ),
    min_size=1,
    max_size=3,
).map(
    lambda drawn: [
        Agent(f"a{n}", skills=held, capacity=limit, load=load, presence=presence)
        for n, (held, limit, load, presence) in enumerate(drawn)
    ]
)
policies = st.sampled_from([RoutingPolicy(), RoutingPolicy(rank=["fewest_open"])])


def may(item, agent, policy):
    return agent.id in policy.decide(item, [agent], now=NOON).ranking


def most(todo, people, policy):
    """Return how many of them can be assigned, by trying everything."""
    best = 0
    for choice in product([None, *people], repeat=len(todo)):
        pairs = [(i, a) for i, a in zip(todo, choice, strict=True) if a is not None]
        taken = [sum(a is other for _, other in pairs) for a in people]
        if all(n <= max(a.capacity - a.load, 0) for n, a in zip(taken, people, strict=True)) and all(
            may(i, a, policy) for i, a in pairs
        ):
            best = max(best, len(pairs))
    return best


@settings(max_examples=150, deadline=None)
@given(items, agents, policies)
@example(
    todo=[Item("tv", created_at=NOON), Item("de", created_at=NOON, skills={"german": 1})],
    people=[Agent("a", skills={"german": 1}, capacity=1), Agent("b", capacity=1)],
    policy=RoutingPolicy(),
)
def test_a_batch_assigns_as_many_as_can_be_and_nobody_whom_the_policy_bars(todo, people, policy):
    found = assign_batch(todo, people, policy=policy, now=NOON)
    by_id = {agent.id: agent for agent in people}
    pairs = [(item, by_id[who]) for item in todo if (who := found.pairs[item.id]) is not None]
    assert all(may(item, agent, policy) for item, agent in pairs)
    for agent in people:
        assert sum(who is agent for _, who in pairs) <= max(agent.capacity - agent.load, 0)
    assert found.assigned == most(todo, people, policy) >= found.greedy.assigned
    assert assign_batch(todo, people, policy=policy, now=NOON) == found
