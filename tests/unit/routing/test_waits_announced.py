"""The wait from a place in line, what is said of it, and whether it was true."""

from math import exp, fsum, inf, sqrt

import pytest

from supportkit.errors import InvalidValue
from supportkit.routing import Announcement, Calibration, Wait, announce, erlang, wait_estimate

HALVES = ((4, 3, 0.2, 0.05), (0, 1, 1, 0), (12, 5, 0.3, 0), (300, 20, 0.1, 0.02), (3, 1, 1, 40))


def test_next_in_line_waits_one_exponential_stage():
    wait = wait_estimate(ahead=0, servers=4, mu=0.5)
    assert (wait.mean, wait.variance) == (0.5, 0.25)
    assert wait.p50 == pytest.approx(0.5 * 0.6931471805599453)
    assert wait.cdf(1) == pytest.approx(1 - exp(-2))


def test_three_stages_are_erlangs_distribution():
    wait = wait_estimate(ahead=2, servers=2, mu=0.5)
    assert wait.cdf(3) == pytest.approx(1 - exp(-3) * (1 + 3 + 4.5), rel=1e-14)


def test_two_unequal_stages_are_the_difference_of_their_exponentials():
    wait = wait_estimate(ahead=1, servers=1, mu=2, theta=1)
    assert wait.cdf(0.7) == pytest.approx(1 - (3 * exp(-1.4) - 2 * exp(-2.1)), rel=1e-14)


@pytest.mark.parametrize(("ahead", "servers", "mu", "theta"), HALVES)
def test_quantiles_and_shares_are_inverse(ahead, servers, mu, theta):
    wait = wait_estimate(ahead=ahead, servers=servers, mu=mu, theta=theta)
    assert (wait.cdf(wait.p50), wait.cdf(wait.p90)) == (
        pytest.approx(0.5, abs=1e-12),
        pytest.approx(0.9, abs=1e-12),
    )
    assert wait.quantile(0.001) < wait.p50 < wait.p90 < wait.quantile(0.999) < wait.quantile(1) == inf
    stages = [1 / (servers * mu + k * theta) for k in range(ahead + 1)]
    assert wait.mean == pytest.approx(fsum(stages))
    assert wait.variance == pytest.approx(fsum(stage**2 for stage in stages))


@pytest.mark.parametrize(("ahead", "theta"), ((40, 0), (40, 5), (0, 0), (200, 90), (3, 1e-9)))
def test_shares_are_sound_from_the_smallest_time_to_the_longest(ahead, theta):
    wait = wait_estimate(ahead=ahead, servers=1, mu=1, theta=theta)
    shares = [wait.cdf(10.0**power) for power in range(-300, 300, 5)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (pytest.approx(0, abs=1e-15), 1)


def test_thousands_ahead_are_a_bell_curve():
    wait = wait_estimate(ahead=100_000, servers=50, mu=0.2)
    assert wait.cdf(wait.mean + sqrt(wait.variance)) == pytest.approx(0.8413, abs=2e-3)
    assert (wait.cdf(0), wait.cdf(wait.mean / 2), wait.cdf(wait.mean * 2), wait.cdf(inf)) == (0, 0, 1, 1)


def test_waits_from_each_place_add_up_to_erlang_a():
    lam, mu, theta, servers, within = 9, 1, 0.5, 8, 0.3
    weights = [1.0]
    for n in range(1, 120):
        weights.append(weights[-1] * lam / (min(n, servers) * mu + max(n - servers, 0) * theta))
    late = fsum(
        weight * (1 - wait_estimate(ahead=k, servers=servers, mu=mu, theta=theta).cdf(within))
        for k, weight in enumerate(weights[servers:])
    )
    found = erlang.a(lam, mu, theta, servers, within=within)
    assert found.service_level_virtual_wait == pytest.approx(1 - late / fsum(weights), rel=1e-12)


def test_somebody_free_means_no_wait_and_nobody_there_no_end():
    free = wait_estimate(ahead=0, servers=3, mu=1, all_busy=False)
    assert (free.mean, free.p90, free.cdf(0)) == (0, 0, 1)
    never = wait_estimate(ahead=0, servers=0, mu=1, theta=1)
    assert (never.mean, never.p50, never.cdf(1e9)) == (inf, inf, 0)


@pytest.mark.parametrize(
    ("p50", "p90", "said"),
    (
        (0, 0, Announcement("now")),
        (0.2, 0.9, Announcement("about", 1, 1)),
        (3.1, 4.9, Announcement("about", 5, 5)),
        (4.9, 11, Announcement("between", 5, 15)),
        (100, 130, Announcement("long", 120)),
        (200, 300, Announcement("long", 120)),
        (inf, inf, Announcement("unknown")),
    ),
)
def test_what_is_said_is_coarse_and_never_too_short(p50, p90, said):
    assert announce(Wait(p50, 1, p50, p90)) == said
    assert announce(Wait(p50, 1, p50 / 60, p90 / 60), minutes=60) == said
    assert said.text()


def test_texts_can_be_translated():
    said = Announcement("about", 5, 5)
    assert said.text({"about": "Etwa {likely} Minuten."}) == "Etwa 5 Minuten."
    with pytest.raises(InvalidValue, match="about"):
        said.text({"now": "Gleich."})


ANNOUNCED = Wait(5, 1, 5, 10)


@pytest.mark.parametrize(
    ("reals", "verdict"),
    (
        ([], "too_few"),
        ([4, 6] * 10, "too_few"),
        ([1] * 50 + [7] * 40 + [12] * 10, "honest"),
        ([1] * 30 + [7] * 40 + [12] * 30, "optimistic"),
        ([1] * 50 + [7] * 20 + [12] * 30, "optimistic"),
        ([1] * 100, "pessimistic"),
    ),
)
def test_announcements_are_held_against_what_came(reals, verdict):
    found = Calibration.of((ANNOUNCED, real) for real in reals)
    assert (found.count, found.verdict) == (len(reals), verdict)


@pytest.mark.parametrize(
    ("call", "named"),
    (
        (lambda: wait_estimate(ahead=-1, servers=1, mu=1), "ahead=-1"),
        (lambda: wait_estimate(ahead=1, servers=1, mu=0), "mu=0"),
        (lambda: wait_estimate(ahead=1, servers=1, mu=1, theta=-1), "theta=-1"),
        (lambda: ANNOUNCED.cdf(-1), "t=-1"),
        (lambda: ANNOUNCED.quantile(50), "p=50"),
        (lambda: Calibration.of([(ANNOUNCED, -3)]), "the real wait=-3"),
    ),
)
def test_what_no_estimate_can_be_is_refused_by_name(call, named):
    with pytest.raises(InvalidValue, match=named):
        call()
