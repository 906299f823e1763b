"""What holds of all waits: estimates are monotone, priorities only share a wait out, lines as played agree."""

import heapq
import random
from itertools import accumulate, pairwise
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.routing import erlang, wait_estimate, waits

rates = st.floats(0.05, 20)
few = st.integers(1, 30)


@given(st.integers(0, 60), few, rates, st.just(0.0) | rates)
def test_estimates_grow_with_the_line_and_fall_with_servers(ahead, servers, mu, theta):
    one, longer, helped = (
        wait_estimate(ahead=ahead + more, servers=servers + hands, mu=mu, theta=theta)
        for more, hands in ((0, 0), (1, 0), (0, 1))
    )
    for name in ("mean", "variance", "p50", "p90"):
        assert getattr(helped, name) < getattr(one, name) < getattr(longer, name)
    assert longer.cdf(one.p50) < 0.5 < helped.cdf(one.p50)


@given(few, rates, st.just(0.0) | rates, st.integers(0, 80))
def test_shares_only_grow_with_time(servers, mu, theta, ahead):
    wait = wait_estimate(ahead=ahead, servers=servers, mu=mu, theta=theta)
    shares = [wait.cdf(wait.mean * step / 8) for step in range(25)]
    assert all(0 <= one <= other + 1e-13 <= 1 + 2e-13 for one, other in pairwise(shares))


lines = st.integers(2, 5).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(0.01, 1), min_size=n, max_size=n),
        st.lists(st.integers(1, 6), min_size=n, max_size=n),
        st.floats(0.1, 0.97),
        st.integers(1, 12),
    )
)


@given(lines)
def test_priorities_share_out_one_amount_of_waiting(line):
    """Kleinrock's conservation law: the load-weighted mean wait is that of first come, first served."""
    weights, places, occupancy, servers = line
    lam = [weight / sum(weights) * occupancy * servers for weight in weights]
    whole = sum(lam) * erlang.c(sum(lam), 1, servers, within=0).mean_wait
    for found in (
        waits.accumulating(lam, 1, servers, rates=places),
        waits.strict(lam, 1, servers, priority=places),
        [time - 1 for time in waits.strict(lam, 1, servers, priority=places, preemptive=True)],
    ):
        assert fsum(rate * wait for rate, wait in zip(lam, found, strict=True)) == pytest.approx(
            whole, rel=1e-8
        )


@given(lines)
def test_more_points_never_wait_longer(line):
    weights, places, occupancy, servers = line
    lam = [weight / sum(weights) * occupancy * servers for weight in weights]
    found = waits.accumulating(lam, 1, servers, rates=places)
    by_rate = sorted(zip(places, found, strict=True))
    assert all(slow[1] >= fast[1] * (1 - 1e-9) for slow, fast in pairwise(by_rate))


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(1, 30), st.integers(1, 9))
def test_a_designed_ratio_is_had_exactly_when_it_is_called_feasible(split, occupancy, ratio, servers):
    lam = [split * occupancy * servers, (1 - split) * occupancy * servers]
    found = waits.design(lam, 1, servers, ratio=ratio)
    high, low = waits.strict(lam, 1, servers, priority=[1, 2])
    assert low / high == pytest.approx(found.max_ratio)
    assert found.feasible == (ratio <= found.max_ratio)
    if found.feasible and found.rate_ratio < 1e6:
        high, low = waits.accumulating(lam, 1, servers, rates=[found.rate_ratio, 1])
        assert low / high == pytest.approx(ratio, rel=1e-6)


def played(lam, servers, points, *, customers, seed):
    """Return the mean wait of each class: a freed server takes the head with the most points."""
    draw = random.Random(seed)
    arrivals = [
        (at, draw.choices(range(len(lam)), lam)[0])
        for at in accumulate(draw.expovariate(sum(lam)) for _ in range(customers))
    ]
    free, heads = [0.0] * servers, [[] for _ in lam]
    sums, counts = [0.0] * len(lam), [0] * len(lam)
    following, ahead = 0, [0] * len(lam)
    while following < customers or any(ahead[k] < len(heads[k]) for k in range(len(lam))):
        at = free[0]
        if all(ahead[k] == len(heads[k]) for k in range(len(lam))):
            at = max(at, arrivals[following][0])
        while following < customers and arrivals[following][0] <= at:
            came, kind = arrivals[following]
            heads[kind].append(came)
            following += 1
        _, kind = max(
            (points(k, at - heads[k][ahead[k]]), k) for k in range(len(lam)) if ahead[k] < len(heads[k])
        )
        sums[kind] += at - heads[kind][ahead[kind]]
        counts[kind] += 1
        ahead[kind] += 1
        heapq.heapreplace(free, at + draw.expovariate(1))
    return [total / count for total, count in zip(sums, counts, strict=True)]


@pytest.mark.parametrize("kind", ("accumulating", "strict"))
def test_a_played_line_waits_as_the_formula_says(kind):
    lam, rates = [2, 4], [4, 1]
    if kind == "strict":
        expected = waits.strict(lam, 1, 8, priority=[1, 2])
        found = played(lam, 8, lambda k, wait: (-k, wait), customers=400_000, seed=3)
    else:
        expected = waits.accumulating(lam, 1, 8, rates=rates)
        found = played(lam, 8, lambda k, wait: rates[k] * wait, customers=400_000, seed=5)
    assert found == pytest.approx(expected, rel=0.03)
