"""Priorities of many cases, and a waiting line with ageing beside the bare heap."""

from __future__ import annotations

import heapq
import itertools
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rounds import Contender, Table, compared, must_agree, ready

from supportkit.priority import (
    Ageing,
    ChannelFactor,
    KeywordFactor,
    LabelFactor,
    OpenCaseFactor,
    PriorityPolicy,
    QueueOrder,
    SpendFactor,
)
from supportkit.rules import KeywordSet

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETS = {"outage": KeywordSet("outage", ["no signal", "no service", "cannot call"])}
FACTORS = [
    KeywordFactor({"outage": 40}, SETS),
    SpendFactor({500: 5, 2000: 10}, currency="GBP"),
    OpenCaseFactor(25),
    ChannelFactor({"phone": 10, "public": 20}),
    LabelFactor("customer.criticality", {"critical": 40}),
]
LEVELS = {"urgent": 60, "high": 30, "normal": 0}
TEXT = "Hello, since this morning there is no signal at our place. " + "We would be glad of some help. " * 8


def measure(*, quick: bool) -> list[Table]:
    rounds = 3 if quick else 7
    return [_decisions(rounds), _line(100_000, 2_000 if quick else 20_000, rounds)]


def _decisions(rounds):
    draw = random.Random(7)
    cases = [_case(draw) for _ in range(1_000)]
    policy = PriorityPolicy(FACTORS, levels=LEVELS, ageing=Ageing.linear(2))
    override = {
        "when": "customer.criticality == 'critical' and contact.visibility == 'public'",
        "priority": "urgent",
    }
    adjusted = PriorityPolicy(FACTORS, levels=LEVELS, ageing=Ageing.linear(2), overrides=[override])
    scores = [_plainly(case) for case in cases]
    must_agree({"plain code": scores, "supportkit": [policy.decide(case, now=NOON).score for case in cases]})

    def batch(one):
        return ready(lambda: [one.decide(case, now=NOON) for case in cases])

    plain = "plain code, the score alone"
    return compared(
        "Deciding priorities by five factors",
        [
            Contender(plain, len(cases), ready(lambda: [_plainly(case) for case in cases])),
            Contender("supportkit", len(cases), batch(policy), beside=plain),
            Contender("supportkit, with an override", len(cases), batch(adjusted), beside=plain),
        ],
        unit="decisions",
        rounds=rounds,
        note="Keywords in 300 characters, spend, open cases, channel, criticality; with reasons and place.",
    )


def _case(draw):
    return {
        "contact": {
            "text": TEXT if draw.random() < 0.2 else TEXT[60:],
            "channel": "email",
            "visibility": "private",
        },
        "customer": {
            "spend_365d": Decimal(draw.randrange(5_000)),
            "open_cases": draw.randrange(3),
            "criticality": draw.choice(["critical", "none"]),
        },
        "case": {"opened_at": NOON - timedelta(minutes=draw.randrange(10_000))},
    }


def _plainly(case):
    customer, text = case["customer"], case["contact"]["text"].casefold()
    spent = customer["spend_365d"]
    return (
        (40 if any(word in text for word in ("no signal", "no service", "cannot call")) else 0)
        + (10 if spent >= 2000 else 5 if spent >= 500 else 0)
        + (25 if customer["open_cases"] else 0)
        + (40 if customer["criticality"] == "critical" else 0)
    )


def _line(waiting, pairs, rounds):
    draw = random.Random(11)
    arrivals = [
        (draw.randrange(100), NOON + timedelta(seconds=draw.randrange(80_000)))
        for _ in range(waiting + pairs)
    ]
    order = QueueOrder(Ageing.linear(2))
    bare = "limit: heapq, a key that is there already"
    known = {bare: [order.key(*one) for one in arrivals]}

    def playing(keys):
        def prepare():
            numbers = itertools.count()
            heap = [(order.key(*one), next(numbers)) for one in arrivals[:waiting]]
            heapq.heapify(heap)
            return lambda: [heapq.heappushpop(heap, (key(), next(numbers))) for key in keys]

        return prepare

    ours = [lambda one=one: order.key(*one) for one in arrivals[waiting:]]
    given = [lambda key=key: key for key in known[bare][waiting:]]
    return compared(
        "A line of 100,000 with ageing: put one in, take the first out",
        [
            Contender(bare, pairs, playing(given)),
            Contender(
                "supportkit: QueueOrder.key, then heapq", pairs, playing(ours), beside=bare, budget=">= 0.1"
            ),
        ],
        unit="pairs",
        rounds=rounds,
        note="Ageing is linear, so the key is static and nobody is sorted again.",
    )
