"""Customers who really wait in a router, beside the formulas of waiting."""

import heapq
import math
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.priority import QueueOrder
from supportkit.routing import Item, Router, RoutingPolicy, erlang, waits

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
CUSTOMERS = 30_000
SERVERS, MU = 3, 1.0
SEEDS = 2, 5


def exponential(draw):
    """Return times of mean 1 in random order, evenly over the distribution: chance moves no mean load."""
    times = [-math.log1p(-(number + 0.5) / CUSTOMERS) for number in range(CUSTOMERS)]
    draw.shuffle(times)
    return times


def mean_waits(rates, **classes):
    """Return how long customers of each class wait on average, in minutes.

    `scores` and `growth` are those of the classes: the highest score goes first, or the most points.
    """
    runs = [one_run(rates, random.Random(seed), **classes) for seed in SEEDS]
    return [sum(means) / len(runs) for means in zip(*runs, strict=True)]


def one_run(rates, draw, *, scores=(0, 0), growth=(1, 1)):
    router = Router(RoutingPolicy(), QueueOrder())
    for number in range(SERVERS):
        router.set_agent(Agent(f"agent-{number}", capacity=1), now=NINE)
    gaps, services = exponential(draw), exponential(draw)
    total, clock, ends, came, waited = sum(rates), 0.0, [], {}, defaultdict(list)

    def begin(answer, minute):
        for name, _ in answer.assigned:
            arrived, group = came.pop(name)
            waited[group].append(minute - arrived)
            heapq.heappush(ends, (minute + services.pop() / MU, name))

    for number, gap in enumerate(gaps):
        clock += gap / total
        while ends and ends[0][0] <= clock:
            minute, name = heapq.heappop(ends)
            begin(router.complete(name, now=NINE + timedelta(minutes=minute)), minute)
        group = draw.choices(range(len(rates)), rates)[0]
        now = NINE + timedelta(minutes=clock)
        came[str(number)] = clock, group
        item = Item(str(number), created_at=now, rate=growth[group])
        begin(router.put(item, score=scores[group], now=now), clock)
    return [sum(waited[group]) / len(waited[group]) for group in range(len(rates))]


def test_customers_of_one_kind_wait_as_long_as_erlang_says():
    expected = erlang.c(1.5, MU, SERVERS, within=1).mean_wait
    assert mean_waits([1.5]) == [pytest.approx(expected, rel=0.02)]


def test_those_with_precedence_wait_as_long_as_cobham_says():
    rates = [0.7, 0.8]
    expected = waits.strict(rates, MU, SERVERS, priority=[0, 1])
    assert mean_waits(rates, scores=(0, -1)) == [pytest.approx(one, rel=0.02) for one in expected]


def test_those_who_gather_points_faster_wait_as_long_as_kleinrock_says():
    rates, growth = [0.7, 0.8], (3, 1)
    expected = waits.accumulating(rates, MU, SERVERS, rates=growth)
    assert mean_waits(rates, growth=growth) == [pytest.approx(one, rel=0.02) for one in expected]
