"""Erlang's formulas against exact fractions, sums of probabilities, and a queue that is played event by event."""

import heapq
import random
from fractions import Fraction
from itertools import accumulate
from math import exp, factorial, fsum, inf, pi, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.routing import erlang

few = st.integers(1, 12)
rates = st.integers(1, 40).map(lambda tenths: Fraction(tenths, 4))


def exact_b(load, servers):
    return (load**servers / factorial(servers)) / sum(load**n / factorial(n) for n in range(servers + 1))


def exact_c(load, servers):
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**n / factorial(n) for n in range(servers)) + last)


@given(rates, few)
def test_b_is_the_closed_form(load, servers):
    assert erlang.b(load, servers) == pytest.approx(float(exact_b(load, servers)), rel=1e-13)


@given(rates, rates, few)
def test_c_is_the_closed_form(lam, mu, servers):
    found = erlang.c(lam, mu, servers, within=0)
    assert found.stable == (lam < servers * mu)
    if found.stable:
        p_wait = exact_c(lam / mu, servers)
        assert found.p_wait == pytest.approx(float(p_wait), rel=1e-12)
        assert found.mean_wait == pytest.approx(float(p_wait / (servers * mu - lam)), rel=1e-12)
        assert found.service_level == pytest.approx(float(1 - p_wait), rel=1e-9, abs=1e-12)


def exact_a(lam, mu, theta, servers, most):
    """Return P(wait), the mean line and P(abandon), from the probabilities of 0 to `most` in the system."""
    weights = [Fraction(1)]
    for n in range(1, most + 1):
        weights.append(weights[-1] * lam / (min(n, servers) * mu + max(n - servers, 0) * theta))
    total = sum(weights)
    line = sum((n - servers) * weight for n, weight in enumerate(weights) if n > servers) / total
    return sum(weights[servers:]) / total, line, theta * line / lam


@settings(max_examples=30)
@given(rates, rates, st.integers(1, 20).map(lambda quarters: Fraction(quarters, 4)), st.integers(0, 6))
def test_a_is_the_sum_of_its_probabilities(lam, mu, theta, servers):
    found = erlang.a(lam, mu, theta, servers, within=1)
    p_wait, line, p_abandon = exact_a(lam, mu, theta, servers, most=220)
    assert found.p_wait == pytest.approx(float(p_wait), rel=1e-11)
    assert found.mean_queue_length == pytest.approx(float(line), rel=1e-10)
    assert found.p_abandon == pytest.approx(float(p_abandon), rel=1e-10)
    assert found.mean_wait == pytest.approx(float(line / lam), rel=1e-10)
    if servers:
        assert found.occupancy == pytest.approx(float(lam * (1 - p_abandon) / (servers * mu)), rel=1e-10)


def stage_by_stage(lam, mu, theta, servers, within, steps, most):
    """Return the share served in time and the share whose virtual wait is, by walking the line in small steps.

    Whoever finds k in line ahead moves up at servers*mu + j*theta with j ahead, and leaves at theta if not
    infinitely patient. Fourth-order Runge-Kutta on the chance of every place.
    """
    weights = [1.0]
    for n in range(1, most + servers):
        weights.append(weights[-1] * lam / (min(n, servers) * mu + max(n - servers, 0) * theta))
    total = fsum(weights)
    free = fsum(weights[:servers]) / total
    ahead = [weight / total for weight in weights[servers:]]
    shares = []
    for leaving in (theta, 0.0):
        places, served, width = [*ahead, 0.0], free, within / steps

        def change(state, leaving=leaving):
            rates = [servers * mu + j * theta for j in range(len(state))]
            moved = [rate * chance for rate, chance in zip(rates, state, strict=True)]
            return [
                (moved[j + 1] if j + 1 < len(state) else 0.0) - moved[j] - leaving * state[j]
                for j in range(len(state))
            ]

        for _ in range(steps):
            one = change(places)
            two = change([p + width / 2 * c for p, c in zip(places, one, strict=True)])
            three = change([p + width / 2 * c for p, c in zip(places, two, strict=True)])
            four = change([p + width * c for p, c in zip(places, three, strict=True)])
            before = places
            places = [
                p + width / 6 * (a + 2 * b + 2 * c + d)
                for p, a, b, c, d in zip(places, one, two, three, four, strict=True)
            ]
            middle = (before[0] + places[0]) / 2 + width / 8 * (one[0] - four[0])
            served += servers * mu * width / 6 * (before[0] + 4 * middle + places[0])
        shares.append(served)
    return shares


@pytest.mark.parametrize(
    ("lam", "mu", "theta", "servers", "within"),
    ((9, 1, 0.5, 8, 0.3), (4, 1, 3, 2, 0.2), (6, 1, 0.2, 8, 0.5)),
)
def test_the_service_levels_of_a_are_those_of_a_walk_down_the_line(lam, mu, theta, servers, within):
    found = erlang.a(lam, mu, theta, servers, within=within)
    offered, virtual = stage_by_stage(lam, mu, theta, servers, within, steps=400, most=60)
    assert found.service_level == pytest.approx(offered, abs=1e-7)
    assert found.service_level_virtual_wait == pytest.approx(virtual, abs=1e-7)
    assert found.service_level_of_answered == pytest.approx(offered / (1 - found.p_abandon), abs=1e-7)


def played(lam, mu, servers, *, customers, seed, patience=inf):
    """Return (wait, served) of each customer of a first-come queue."""
    draw = random.Random(seed)
    free, seen = [0.0] * servers, []
    for at in accumulate(draw.expovariate(lam) for _ in range(customers)):
        start = max(at, free[0])
        limit = draw.expovariate(1 / patience) if patience < inf else inf
        if start - at > limit:
            seen.append((limit, False))
            continue
        heapq.heapreplace(free, start + draw.expovariate(mu))
        seen.append((start - at, True))
    return seen[customers // 20 :]


def test_a_played_queue_waits_as_c_says():
    found = erlang.c(8, 1, 10, within=0.2)
    seen = played(8, 1, 10, customers=1_500_000, seed=7)
    waits = [wait for wait, _ in seen]
    assert found.mean_wait == pytest.approx(fsum(waits) / len(waits), rel=0.02)
    assert found.p_wait == pytest.approx(sum(wait > 0 for wait in waits) / len(waits), rel=0.02)
    assert found.service_level == pytest.approx(sum(wait <= 0.2 for wait in waits) / len(waits), rel=0.02)
    assert found.percentile(0.9) == pytest.approx(sorted(waits)[int(len(waits) * 0.9)], rel=0.03)


def test_a_played_queue_of_the_impatient_is_as_a_says():
    found = erlang.a(11, 1, 0.5, 10, within=0.1)
    seen = played(11, 1, 10, customers=400_000, seed=11, patience=2)
    in_time = sum(served and wait <= 0.1 for wait, served in seen)
    answered = sum(served for _, served in seen)
    assert found.p_abandon == pytest.approx(1 - answered / len(seen), rel=0.02)
    assert found.mean_wait == pytest.approx(fsum(wait for wait, _ in seen) / len(seen), rel=0.02)
    assert found.service_level == pytest.approx(in_time / len(seen), rel=0.02)
    assert found.service_level_of_answered == pytest.approx(in_time / answered, rel=0.02)


def test_b_at_a_hundred_thousand_servers_is_ramanujans_series():
    """For load = servers, 1/B is the sum of servers!/(k! servers**(servers-k)): Ramanujan's Q + 1."""
    servers = 100_000
    ramanujan = sqrt(pi * servers / 2) - 1 / 3 + sqrt(pi / 2 / servers) / 12 - 4 / 135 / servers
    assert 1 / erlang.b(servers, servers) == pytest.approx(ramanujan + 1, rel=1e-11)


def test_two_servers_have_a_formula_of_their_own():
    for tenths in range(1, 10):
        rho = tenths / 10
        found = erlang.c(2 * rho, 1, 2, within=0.5)
        assert found.p_wait == pytest.approx(2 * rho**2 / (1 + rho), rel=1e-14)
        assert found.service_level == pytest.approx(1 - found.p_wait * exp(-2 * (1 - rho) * 0.5), rel=1e-14)
