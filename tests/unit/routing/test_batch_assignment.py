"""Many at once: the best assignment against trying everything, with capacities, policies, exact costs."""

import math
import random
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.errors import InvalidValue, PluginError
from supportkit.routing import Item, RoutingPolicy, assign_batch, batch
from supportkit.routing import _transport as transport

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ITEMS, AGENTS = ["i0", "i1", "i2", "i3"], ["a0", "a1", "a2"]


def tried(cost, capacity, objective):
    """Return (assigned, largest, total) of the best of all assignments there are."""
    best = None
    for choice in product([None, *range(len(capacity))], repeat=len(cost)):
        pairs = [(i, a) for i, a in enumerate(choice) if a is not None]
        if any(cost[i][a] is None for i, a in pairs):
            continue
        if any(sum(a == other for _, other in pairs) > free for a, free in enumerate(capacity)):
            continue
        costs = [cost[i][a] for i, a in pairs]
        total, largest = sum(costs), max(costs, default=-math.inf)
        key = {
            "cardinality": (-len(pairs), total),
            "cost": (total,),
            "bottleneck": (-len(pairs), largest, total),
        }
        if best is None or key[objective] < best:
            best = key[objective]
    return best


def judged(found, cost, objective):
    costs = [cost[ITEMS.index(i)][AGENTS.index(a)] for i, a in found.pairs.items() if a is not None]
    largest = max(costs, default=-math.inf)
    assert found.total_cost == sum(costs)
    return {
        "cardinality": (-len(costs), sum(costs)),
        "cost": (sum(costs),),
        "bottleneck": (-len(costs), largest, sum(costs)),
    }[objective]


whole = st.integers(-9, 9)
cents = whole.map(lambda n: Decimal(n) / 100)
halves = whole.map(lambda n: n / 2)
huge = whole.map(lambda n: n * 10**17 + n % 3)


@settings(max_examples=60, deadline=None)
@given(
    st.data(),
    st.sampled_from(["cardinality", "cost", "bottleneck"]),
    st.sampled_from([whole, cents, halves, huge]),
)
@pytest.mark.parametrize("solver", ("dense", "linear"))
def test_the_best_is_the_best_of_all(solver, data, objective, kind):
    cost = data.draw(st.lists(st.lists(st.none() | kind, min_size=3, max_size=3), min_size=4, max_size=4))
    capacity = data.draw(st.lists(st.integers(0, 2), min_size=3, max_size=3))
    if solver == "linear" and kind is huge:
        return
    with pytest.MonkeyPatch.context() as patch:
        if solver == "linear":
            patch.setattr(transport, "_DENSE", 0)
        found = assign_batch(ITEMS, AGENTS, cost=cost, capacity=capacity, objective=objective)
    assert judged(found, cost, objective) == tried(cost, capacity, objective)
    used = list(found.pairs.values())
    assert all(used.count(agent) <= free for agent, free in zip(AGENTS, capacity, strict=True))
    assert found.gap == found.greedy.total_cost - found.total_cost


def test_taking_turns_takes_the_cheapest_left():
    cost = [[1, 2], [1, 9]]
    turns = assign_batch(["x", "y"], ["a", "b"], cost=cost, mode="in_order")
    best = assign_batch(["x", "y"], ["a", "b"], cost=cost)
    assert (turns.pairs, turns.total_cost, turns.gap) == ({"x": "a", "y": "b"}, 10, 0)
    assert (best.pairs, best.total_cost, best.gap) == ({"x": "b", "y": "a"}, 3, 7)
    assert best.greedy == batch.Greedy(2, 10)


def test_the_only_german_speaker_is_held_for_the_german_item():
    items = [
        Item("tv", created_at=NOON - timedelta(minutes=9)),
        Item("de", created_at=NOON, skills={"german": 1}),
    ]
    people = [
        Agent("greta", skills={"german": 2}, capacity=1, idle_since=NOON - timedelta(hours=2)),
        Agent("ann", capacity=1, idle_since=NOON - timedelta(hours=1)),
    ]
    found = assign_batch(items, people, policy=RoutingPolicy(), now=NOON)
    assert found.pairs == {"tv": "ann", "de": "greta"}
    assert (found.assigned, found.greedy.assigned) == (2, 1)
    alone = assign_batch(items[:1], people, policy=RoutingPolicy(), now=NOON)
    assert alone.pairs == {"tv": "greta"}  # who waits longer, when it costs nobody anything


def test_work_is_spread_before_anybody_gets_a_second_item_and_the_oldest_go_first():
    items = [Item(f"i{n}", created_at=NOON - timedelta(minutes=n)) for n in range(6)]
    people = [Agent(name, capacity=3, load=load) for name, load in (("a", 0), ("b", 1), ("c", 3))]
    found = assign_batch(items, people, policy=RoutingPolicy(rank=["fewest_open"]), now=NOON)
    taken = list(found.pairs.values())
    assert (taken.count("a"), taken.count("b"), taken.count("c")) == (3, 2, 0)
    assert found.pairs["i0"] is None


def test_a_policy_bars_and_a_cost_ranks():
    items = [Item("x", created_at=NOON, refused_by=["a"]), Item("y", created_at=NOON)]
    people = [Agent("a", capacity=5), Agent("b", capacity=5), Agent("off", presence="offline")]
    cost = {"x": {"a": 1, "b": 4, "off": 0}, "y": {"a": 3, "b": 2}}
    found = assign_batch(items, people, policy=RoutingPolicy(), cost=cost, now=NOON)
    assert (found.pairs, found.total_cost) == ({"x": "b", "y": "b"}, 6)


def test_a_later_pool_helps_when_the_first_is_full():
    items = [Item(name, created_at=NOON) for name in "xy"]
    people = [Agent("a", capacity=1), Agent("b", presence="away", capacity=1)]
    found = assign_batch(items, people, policy=RoutingPolicy(pools=["available", "away"]), now=NOON)
    assert sorted(found.pairs.values()) == ["a", "b"]


def test_costs_by_id_arrays_and_lists_are_one():
    rows = [[3, 1, None], [2, None, 4], [7, 5, 6], [1, 1, 1]]
    mapping = {
        i: {a: c for a, c in zip(AGENTS, row, strict=True) if c is not None}
        for i, row in zip(ITEMS, rows, strict=True)
    }
    array = np.array([[math.nan if c is None else c for c in row] for row in rows])
    answers = [assign_batch(ITEMS, AGENTS, cost=cost).pairs for cost in (rows, mapping, array)]
    assert answers[0] == answers[1] == answers[2]


def test_decimals_stay_exact():
    found = assign_batch(["x", "y"], ["a", "b"], cost=[[Decimal("0.1"), 1], [1, Decimal("0.2")]])
    assert (found.total_cost, type(found.total_cost)) == (Decimal("0.3"), Decimal)


@pytest.mark.parametrize(
    ("cost", "pairs", "total"),
    (
        (np.array([[-100, 100], [120, -128]], np.int8), ["a", "b"], -228),
        (np.array([[200, 250], [250, 10]], np.uint8), ["a", "b"], 210),
        (np.array([[2**62, 2**62 - 1], [1, 2**62]]), ["b", "a"], 2**62),
        ([[2**62, None], [1, 2**62]], ["a", "b"], 2**63),
        ([[2**52, None], [1, 2**52]], ["a", "b"], 2**53),
        ([[10**30 + 1, 10**30], [10**30 + 2, 10**30 + 2]], ["b", "a"], 2 * 10**30 + 2),
        ([[Decimal("1e-34") + 1, 1], [1, 2]], ["b", "a"], 2),
        ([[Decimal((0, (1,) * 40, -30)), None], [None, 0]], ["a", "b"], Decimal((0, (1,) * 40, -30))),
    ),
)
def test_small_types_and_large_numbers_are_exact(cost, pairs, total):
    found = assign_batch(["x", "y"], ["a", "b"], cost=cost)
    assert (list(found.pairs.values()), found.total_cost) == (pairs, total)


def test_nothing_to_do_is_nothing_done():
    assert assign_batch([], ["a"], cost=[]).pairs == {}
    assert assign_batch(["x"], [], cost=[[]]).pairs == {"x": None}
    assert assign_batch(["x"], ["a"], cost=[[None]], objective="bottleneck").pairs == {"x": None}
    assert assign_batch(["x"], ["a"], cost=[[1]], capacity=0).pairs == {"x": None}


def test_a_large_matrix_of_few_kinds_is_joined_and_as_good():
    draw = random.Random(5)
    kinds = np.array([[draw.randrange(1, 99) for _ in range(8)] for _ in range(10)])
    rows, columns = [draw.randrange(10) for _ in range(2500)], [draw.randrange(8) for _ in range(2000)]
    items, agents = [f"i{n}" for n in range_of(rows)], [f"a{n}" for n in range_of(columns)]
    cost = kinds[np.ix_(rows, columns)]
    found = assign_batch(items, agents, cost=cost)
    assert found.assigned == 2000
    from scipy.optimize import linear_sum_assignment

    assert found.total_cost == cost[linear_sum_assignment(cost)].sum()


def range_of(values):
    return range(len(values))


X, A = Item("x", created_at=NOON), Agent("a", capacity=1)


@pytest.mark.parametrize(
    ("call", "named"),
    (
        (lambda: assign_batch(["x"], ["a"]), "needs cost="),
        (lambda: assign_batch(["x"], ["a"], cost=[[1]], mode="best"), "mode='best'"),
        (lambda: assign_batch(["x"], ["a"], cost=[[1]], objective="least"), "objective='least'"),
        (lambda: assign_batch(["x", "x"], ["a"], cost=[[1], [1]]), "'x' is given twice"),
        (lambda: assign_batch([5], ["a"], cost=[[1]]), "items: 5"),
        (lambda: assign_batch(["x"], ["a"], cost=[[1, 2]]), "every row needs 1"),
        (lambda: assign_batch(["x"], ["a"], cost=[[1], [2]]), "shape"),
        (lambda: assign_batch(["x"], ["a"], cost=[["1"]]), "a str is no number"),
        (lambda: assign_batch(["x"], ["a"], cost=[[math.inf]]), "infinity"),
        (lambda: assign_batch(["x"], ["a"], cost=[[Decimal("NaN")]]), "NaN"),
        (lambda: assign_batch(["x"], ["a"], cost=[[1]], capacity={"b": 1}), "'b'"),
        (lambda: assign_batch(["x"], ["a"], cost=[[1]], capacity=[1, 2]), "2 numbers for 1"),
        (lambda: assign_batch(["x"], ["a"], cost=[[1]], capacity=[-1]), "capacity of 'a'=-1"),
        (lambda: assign_batch([X], [A], policy=RoutingPolicy()), "needs now="),
        (lambda: assign_batch(["x"], [A], policy=RoutingPolicy(), now=NOON), "Item values"),
        (
            lambda: assign_batch([Item("x", created_at=NOON, size=2)], [A], policy=RoutingPolicy(), now=NOON),
            "size=2",
        ),
    ),
)
def test_what_no_batch_can_be_is_refused(call, named):
    with pytest.raises(InvalidValue, match=named):
        call()


@pytest.mark.parametrize("absent", ("numpy", "scipy"))
def test_without_the_extra_a_batch_says_what_to_install(monkeypatch, absent):
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(PluginError, match=r"assign_batch\(\).*supportkit\[assign\]"):
        assign_batch(["i"], ["a"], cost=[[1]])
