"""Erlang's formulas: known figures, edges, refusals."""

from math import exp, inf, nan

import pytest

from supportkit.errors import InvalidValue
from supportkit.routing import erlang


@pytest.mark.parametrize(
    ("load", "servers", "blocked"),
    ((0, 0, 1), (0, 1, 0), (5, 0, 1), (1, 1, 0.5), (2, 3, 4 / 19), (1e-200, 5, 0), (10, 10, 0.21458)),
)
def test_b_is_the_share_turned_away(load, servers, blocked):
    assert erlang.b(load, servers) == pytest.approx(blocked, rel=1e-4, abs=1e-300)


def test_c_of_one_server_is_the_textbook():
    found = erlang.c(3, 4, 1, within=0.5)
    assert found.stable
    assert (found.offered_load, found.occupancy, found.p_wait) == (0.75, 0.75, pytest.approx(0.75))
    assert (found.mean_wait, found.mean_wait_if_delayed) == (pytest.approx(0.75), 1)
    assert found.mean_queue_length == pytest.approx(2.25)
    assert found.service_level == pytest.approx(1 - 0.75 * exp(-0.5))


def test_nobody_who_comes_waits():
    found = erlang.c(0, 4, 1, within=0)
    assert (found.stable, found.p_wait, found.mean_wait, found.service_level) == (True, 0, 0, 1)
    assert found.percentile(0.99) == 0


@pytest.mark.parametrize(("lam", "servers"), ((10, 10), (12, 10), (1, 0), (0, 0)))
def test_more_work_than_hands_is_not_stable(lam, servers):
    found = erlang.c(lam, 1, servers, within=5)
    assert (found.stable, found.p_wait, found.service_level, found.occupancy) == (False, 1, 0, 1)
    assert found.mean_wait == found.mean_wait_if_delayed == found.mean_queue_length == inf
    assert found.percentile(0.5) == inf


def test_a_percentile_is_the_wait_that_its_share_does_not_exceed():
    found = erlang.c(9, 1, 10, within=0)
    for p in (0.5, 0.9, 0.99):
        assert erlang.c(9, 1, 10, within=found.percentile(p)).service_level == pytest.approx(p)
    assert found.percentile(found.service_level) == 0
    assert found.percentile(1) == inf


def test_any_wait_is_within_for_ever():
    assert erlang.c(9, 1, 10, within=inf).service_level == 1
    assert erlang.a(90, 1, 1, 10, within=inf).service_level_of_answered == 1


@pytest.mark.parametrize(
    ("lam", "mu", "within", "target", "max_occupancy"),
    (
        (100, 20, 1 / 180, 0.8, 1),
        (100, 20, 1 / 180, 0.8, 0.6),
        (5, 1, 0, 0.5, 1),
        (0.01, 1, 0, 0.999, 1),
        (3, 1, 0, 0, 1),
    ),
)
def test_staffing_is_the_fewest_servers_that_reach_the_target(lam, mu, within, target, max_occupancy):
    found = erlang.staffing(lam, mu, within=within, target=target, max_occupancy=max_occupancy)
    reached, short = (erlang.c(lam, mu, found.servers - less, within=within) for less in (0, 1))
    assert (found.service_level, found.occupancy) == (reached.service_level, reached.occupancy)
    assert found.service_level >= target
    assert found.occupancy <= max_occupancy
    assert not short.stable or short.service_level < target or short.occupancy > max_occupancy


def test_nobody_is_needed_when_nobody_comes():
    assert erlang.staffing(0, 1, within=0, target=0.99) == erlang.Staffing(0, 1.0, 0.0)


def test_a_hundred_thousand_servers_overflow_nowhere():
    assert 0.001 < erlang.c(99_900, 1, 100_000, within=0).p_wait < 1
    assert erlang.b(1, 100_000) == 0
    assert erlang.a(1_000_000, 1, 0.01, 1, within=1).p_abandon == pytest.approx(1 - 1e-6)


def test_a_without_giving_up_is_c():
    found, same = erlang.a(9, 1, 0, 10, within=0.3), erlang.c(9, 1, 10, within=0.3)
    assert (found.p_wait, found.mean_wait) == (pytest.approx(same.p_wait), pytest.approx(same.mean_wait))
    assert found.mean_queue_length == pytest.approx(same.mean_queue_length)
    for level in (found.service_level, found.service_level_of_answered, found.service_level_virtual_wait):
        assert level == pytest.approx(same.service_level)
    assert found.p_abandon == 0
    never = erlang.a(11, 1, 0, 10, within=0.3)
    assert (never.p_wait, never.mean_wait, never.service_level, never.p_abandon) == (1, inf, 0, 0)


def test_little_patience_comes_near_c_and_none_near_b():
    near_c, near_b = erlang.a(9, 1, 1e-9, 10, within=0), erlang.a(9, 1, 1e9, 10, within=0)
    assert near_c.p_wait == pytest.approx(erlang.c(9, 1, 10, within=0).p_wait, rel=1e-7)
    assert near_b.p_abandon == pytest.approx(erlang.b(9, 10), rel=1e-7)


@pytest.mark.parametrize("lam", (0, 4))
def test_where_nobody_serves_all_give_up(lam):
    found = erlang.a(lam, 1, 2, 0, within=1)
    assert (found.p_wait, found.p_abandon, found.occupancy) == (1, pytest.approx(1), 0)
    assert (found.mean_wait, found.mean_queue_length) == (pytest.approx(0.5), pytest.approx(lam / 2))
    assert (found.service_level, found.service_level_of_answered) == (pytest.approx(0), 0)


@pytest.mark.parametrize(
    ("call", "named"),
    (
        (lambda: erlang.b(-1, 2), "load=-1"),
        (lambda: erlang.b(nan, 2), "load=nan"),
        (lambda: erlang.b(1, 2.5), "servers=2.5"),
        (lambda: erlang.b(1, True), "servers=True"),
        (lambda: erlang.c("9", 1, 2, within=0), "lam='9'"),
        (lambda: erlang.c(inf, 1, 2, within=0), "lam=inf"),
        (lambda: erlang.c(1, 0, 2, within=0), "mu=0"),
        (lambda: erlang.c(1, 1, -2, within=0), "servers=-2"),
        (lambda: erlang.c(1, 1, 2, within=-1), "within=-1"),
        (lambda: erlang.c(1, 1, 2, within=0).percentile(90), "p=90"),
        (lambda: erlang.a(1, 1, -1, 2, within=0), "theta=-1"),
        (lambda: erlang.staffing(1, 1, within=0, target=80), "target=80"),
        (lambda: erlang.staffing(1, 1, within=0, target=1), "target=1"),
        (lambda: erlang.staffing(1, 1, within=0, target=0.8, max_occupancy=0), "max_occupancy=0"),
    ),
)
def test_what_cannot_be_is_refused_by_name(call, named):
    with pytest.raises(InvalidValue, match=named):
        call()
