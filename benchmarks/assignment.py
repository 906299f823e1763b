"""Many items and many agents at once, beside the bare solver; Erlang's formulas at size."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
from rounds import Contender, Table, compared, must_agree, ready
from scipy.optimize import linear_sum_assignment

from supportkit.cases import Agent
from supportkit.routing import Item, RoutingPolicy, assign_batch, erlang

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LANGUAGES = ("de", "fr", "en", "es", "it")


def measure(*, quick: bool = False) -> list[Table]:
    rounds = 3 if quick else 7
    return [_square(300 if quick else 1000, rounds), _policy(10 if quick else 1, 3), _erlang(rounds)]


def _square(size, rounds):
    cost = np.random.default_rng(3).random((size, size))
    items, agents = [f"i{n}" for n in range(size)], [f"a{n}" for n in range(size)]
    bare = "limit: scipy linear_sum_assignment"
    best = cost[linear_sum_assignment(cost)].sum()
    found = assign_batch(items, agents, cost=cost).total_cost
    must_agree({bare: round(float(best), 9), "supportkit": round(found, 9)})
    return compared(
        f"{size:,} items to {size:,} agents by a matrix of costs",
        [
            Contender(bare, 1, ready(lambda: linear_sum_assignment(cost))),
            Contender(
                "supportkit: assign_batch, greedy gap included",
                1,
                ready(lambda: assign_batch(items, agents, cost=cost)),
                beside=bare,
                budget=">= 0.67",
            ),
        ],
        unit="batches",
        rounds=rounds,
    )


def _policy(shrink, rounds):
    draw = random.Random(1)

    def ago():
        return NOON - timedelta(seconds=draw.randrange(9000))

    items = [
        Item(f"i{n}", created_at=ago(), skills={draw.choice(LANGUAGES): draw.randrange(1, 3)})
        for n in range(10_000 // shrink)
    ]
    agents = [
        Agent(
            f"a{n}",
            capacity=draw.randrange(1, 5),
            skills={name: draw.randrange(1, 4) for name in draw.sample(LANGUAGES, 2)},
            idle_since=ago(),
        )
        for n in range(2_000 // shrink)
    ]
    policy = RoutingPolicy()
    return compared(
        f"{len(items):,} items to {len(agents):,} agents by a policy",
        [
            Contender(
                "supportkit: assign_batch(policy=)",
                1,
                ready(lambda: assign_batch(items, agents, policy=policy, now=NOON)),
                budget="under 5 s",
            )
        ],
        unit="batches",
        rounds=rounds,
    )


def _erlang(rounds):
    return compared(
        "Erlang's formulas, 100,000 servers",
        [
            Contender("supportkit: erlang.c", 1, ready(lambda: erlang.c(99_000, 1, 100_000, within=0.1))),
            Contender("supportkit: erlang.a", 1, ready(lambda: erlang.a(101_000, 1, 2, 100_000, within=0.1))),
        ],
        unit="answers",
        rounds=rounds,
    )
