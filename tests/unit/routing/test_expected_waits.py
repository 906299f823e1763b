"""What each of a line may expect: by its place, its steps and its people."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.errors import InvalidValue, PolicyError
from supportkit.routing import (
    Item,
    RoutingPolicy,
    Skill,
    Step,
    WaitTerms,
    expected_waits,
    wait_estimate,
)

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TERMS = WaitTerms(handling_time="10 minutes")


def busy(name, **options):
    return Agent(name, **{"capacity": 1, "load": 1, **options})


def line(*skills):
    return [
        Item(f"item-{n}", created_at=NINE + n * timedelta(seconds=1), skills=asked)
        for n, asked in enumerate(skills)
    ]


def expected(items, agents, **policy):
    return expected_waits(RoutingPolicy(waits=TERMS, **policy), items, agents, now=NINE + MINUTE)


def minutes(period):
    return None if period is None else period / MINUTE


def test_a_line_of_equals_waits_as_the_formula_says():
    found = expected(line({}, {}, {}), [busy("ann"), busy("bob")])
    for ahead in range(3):
        wait, model = found[f"item-{ahead}"], wait_estimate(ahead=ahead, servers=2, mu=0.1)
        assert (wait.ahead, wait.servers) == (ahead, 2)
        assert (minutes(wait.p50), minutes(wait.p90)) == pytest.approx((model.p50, model.p90), abs=1e-6)


def test_only_those_before_it_who_need_the_same_people_count():
    people = [
        busy("ann", skills={"fr": 1}),
        busy("bob", skills={"de": 1}),
        busy("cat", skills={"fr": 1, "de": 1}),
    ]
    found = expected(line({"fr": 1}, {"fr": 1}, {"de": 1}, {"es": 1}), people)
    assert [found[f"item-{n}"].ahead for n in range(4)] == [0, 1, 2, 0]
    assert [found[f"item-{n}"].servers for n in range(4)] == [2, 2, 2, 0]


@pytest.mark.parametrize(
    ("agent", "servers"),
    (
        (busy("ann", capacity=3, load=3), 3),
        (busy("ann", capacity={"chat": 2}, load={"chat": 2}), 2),
        (busy("ann", total=2, capacity=5, load=2), 2),
        (Agent("ann", wrap_up_until=NINE + 9 * MINUTE), 1),
        (busy("ann", presence="away"), 0),
        (busy("ann", presence="offline"), 0),
        (busy("ann", channels_off=["chat"]), 0),
    ),
)
def test_the_places_of_those_who_are_there_serve(agent, servers):
    item = Item("item-0", created_at=NINE, channel="chat")
    assert expected([item], [agent])["item-0"].servers == servers


def test_nobody_to_wait_for_is_no_wait_that_ends():
    wait = expected(line({}), [busy("ann", presence="offline")])["item-0"]
    assert (wait.p50, wait.p90, wait.announcement.code) == (None, None, "unknown")


def test_somebody_free_is_no_wait():
    wait = expected(line({}), [busy("ann"), Agent("bob", capacity=1)])["item-0"]
    assert (wait.p50, wait.announcement.code) == (timedelta(0), "now")


def test_the_most_urgent_stands_first_however_they_are_given():
    items = [
        Item("low", created_at=NINE, sort_key=2),
        Item("high", created_at=NINE + MINUTE, sort_key=1),
    ]
    found = expected(items, [busy("ann")])
    assert (found["high"].ahead, found["low"].ahead) == (0, 1)


def test_a_step_that_ends_brings_its_people_in():
    people = [busy("ann", tier=1), *(busy(name, tier=2) for name in "bcde")]
    steps = [Step(4 * MINUTE, tiers=(1, 1)), Step()]
    wait = expected(line({}), people, steps=steps)["item-0"]
    # Three minutes are left of the step with one person, then there are five.
    for bound, chance in ((wait.p50, 0.5), (wait.p90, 0.9)):
        work = -math.log(1 - chance) * 10
        assert minutes(bound) == pytest.approx(work if work <= 3 else 3 + (work - 3) / 5)


def test_a_skill_that_is_dropped_lets_more_serve():
    wish = [Skill("fr", required=False)]
    wait = expected(line(wish), [busy("ann")], drop_after="11 minutes")["item-0"]
    assert (wait.servers, minutes(wait.p50)) == (0, pytest.approx(10 + math.log(2) * 10))


def test_the_bounds_are_those_of_a_day_that_is_played_with_steps():
    people = [busy("ann", tier=1), busy("bob", tier=2), busy("cat", tier=2)]
    wait = expected(line({}, {}, {}), people, steps=[Step(9 * MINUTE, tiers=(1, 1)), Step()])["item-2"]
    dice, step = random.Random(7), 8 + 2 / 60  # minutes left of the first step of the third
    within = [0, 0]
    for _ in range(4000):
        at, left = 0.0, 3
        while left:
            servers, until = (1, step) if at < step else (3, math.inf)
            free = at + dice.expovariate(servers / 10)
            at, left = (free, left - 1) if free <= until else (until, left)
        within = [n + (at <= minutes(bound)) for n, bound in zip(within, (wait.p50, wait.p90), strict=True)]
    assert [n / 4000 for n in within] == pytest.approx([0.5, 0.9], abs=0.03)


def test_without_a_handling_time_nothing_is_estimated():
    with pytest.raises(InvalidValue, match="handling"):
        expected_waits(RoutingPolicy(), line({}), [], now=NINE)
    with pytest.raises(InvalidValue, match="handling_time"):
        WaitTerms(handling_time="0 minutes")


@pytest.mark.parametrize(
    ("waits", "path"),
    (
        ({"announce": "yes"}, "routing.waits.handling_time"),
        ({"handling_time": "soon"}, "routing.waits.handling_time"),
        ({"handling_time": "5 minutes", "announce": "perhaps"}, "routing.waits.announce"),
        ({"handling_time": "5 minutes", "patience": "1 minute"}, "routing.waits.patience"),
        ({"handling_time": "0 minutes"}, "routing.waits"),
    ),
)
def test_a_policy_that_cannot_tell_waits_is_refused_by_name(waits, path):
    with pytest.raises(PolicyError) as refused:
        RoutingPolicy.from_dict({"waits": waits})
    assert [fault.path for fault in refused.value.faults] == [path]
