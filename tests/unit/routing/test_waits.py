"""Waits with priorities, from history, and places in line: tables of cases."""

from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.routing import Item, erlang, waits

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def after(minutes):
    return NOON + timedelta(minutes=minutes)


def test_equal_rates_or_priorities_are_first_come_first_served():
    fcfs = pytest.approx(erlang.c(8, 1, 10, within=0).mean_wait)
    assert waits.accumulating([3, 5], 1, 10, rates=[7, 7]) == (fcfs, fcfs)
    assert waits.strict([3, 5], 1, 10, priority=[2, 2]) == (fcfs, fcfs)


def test_accumulating_is_kleinrocks_two_classes():
    # rho = 0.8, first come first served 4: low = 4 / (1 - 0.3 * 0.5), high = 4 - 0.5 * 0.5 * low
    low = 4 / 0.85
    assert waits.accumulating([0.3, 0.5], 1, 1, rates=[2, 1]) == pytest.approx((4 - low / 4, low))


def test_rates_far_apart_are_strict_priority():
    far = waits.accumulating([2, 3, 3], 1, 10, rates=[1e16, 1e8, 1])
    assert far == pytest.approx(waits.strict([2, 3, 3], 1, 10, priority=[1, 2, 3]), rel=1e-7)


def test_strict_is_cobham_and_the_smallest_number_goes_first():
    assert waits.strict([0.5, 0.3], 1, 1, priority=[2, 1]) == pytest.approx((0.8 / (0.7 * 0.2), 0.8 / 0.7))


def test_preemptive_is_the_time_in_the_system():
    assert waits.strict([0.3, 0.5], 1, 1, priority=[1, 2], preemptive=True) == pytest.approx(
        (1 / 0.7, 1 / (0.7 * 0.2))
    )
    first, _ = waits.strict([3, 5], 1, 10, priority=[1, 2], preemptive=True)
    assert first == pytest.approx(1 + erlang.c(3, 1, 10, within=0).mean_wait)


def test_a_class_nobody_is_of_has_the_wait_of_who_would_come():
    almost = waits.strict([3, 1e-4, 5], 1, 10, priority=[1, 2, 3], preemptive=True)
    assert waits.strict([3, 0, 5], 1, 10, priority=[1, 2, 3], preemptive=True) == pytest.approx(
        almost, rel=1e-4
    )


def test_classes_before_an_overloaded_one_stay_finite():
    first, second = waits.strict([0.5, 0.7], 1, 1, priority=[1, 2])
    assert (first, second) == (pytest.approx(1 / 0.5), inf)
    assert waits.accumulating([0.5, 0.7], 1, 1, rates=[2, 1]) == (inf, inf)
    assert waits.strict([0.5], 1, 0, priority=[1]) == (inf,)


def test_classes_by_name_come_back_by_name():
    found = waits.strict({"vip": 0.3, "all": 0.5}, 1, 1, priority={"all": 2, "vip": 1})
    assert list(found) == ["vip", "all"]
    assert found["vip"] < found["all"]


@pytest.mark.parametrize("ratio", (1, 1.5, 3, 4.9))
def test_designed_rates_give_the_ratio(ratio):
    found = waits.design([0.3, 0.5], 1, 1, ratio=ratio)
    high, low = waits.accumulating([0.3, 0.5], 1, 1, rates=[found.rate_ratio, 1])
    assert (found.feasible, low / high) == (True, pytest.approx(ratio))


@pytest.mark.parametrize(
    ("lam", "servers", "ratio", "largest"),
    (([0.3, 0.5], 1, 5.1, 5), (0.8, 1, 0.5, 5), ([0, 0], 1, 2, 1), ([3, 3], 4, 2, inf)),
)
def test_an_infeasible_ratio_is_said(lam, servers, ratio, largest):
    scale = 2 if servers == 4 else 1
    found = waits.design([6, 6] if scale == 2 else lam, 1, servers, ratio=ratio)
    assert (found.feasible, found.rate_ratio, found.max_ratio) == (False, None, pytest.approx(largest))


def test_the_largest_ratio_needs_strict_priority():
    assert waits.design(0.5, 1, 1, ratio=2) == waits.Design(True, 2.0, inf)
    assert waits.design(0, 1, 1, ratio=1) == waits.Design(True, 1.0, 1.0)


@pytest.mark.parametrize(
    ("trace", "now", "les", "hol", "length"),
    (
        ([], 5, None, 0, 0),
        ([(0, 3), (1, 7), (4,), (5, None, 6)], 9, 6, 5, 1),
        ([(0, 3), (1, 7), (4, None)], 5, 3, 4, 2),  # whoever enters at 7 is still in line at 5
        ([(0, 5), (5, None), (6, None)], 5, 5, 0, 1),
        ([(0, 5), (3, 5)], 9, 2, 0, 0),  # of two at once the later comer was behind
        ([(0, None, 5)], 5, None, 0, 0),
    ),
)
def test_history_is_what_the_line_looked_like(trace, now, les, hol, length):
    found = waits.history(trace, now=now)
    assert (found.les, found.hol, found.queue_length) == (les, hol, length)
    clock = [tuple(None if at is None else after(at) for at in visit) for visit in trace]
    found = waits.history(clock, now=after(now))
    expected = None if les is None else timedelta(minutes=les)
    assert (found.les, found.hol) == (expected, timedelta(minutes=hol))


def test_places_follow_sort_keys_then_age():
    items = [
        Item("young", created_at=after(-5)),
        Item("old", created_at=after(-60)),
        Item("keyed", created_at=after(-1), sort_key=7),
        Item("first", created_at=after(-2), sort_key=3),
        Item("later", created_at=after(1)),
    ]
    assert waits.positions(items, now=NOON) == {"first": 1, "keyed": 2, "old": 3, "young": 4}


def test_ties_go_to_the_older_then_to_the_smaller_id():
    items = [Item(name, created_at=after(age), sort_key=1) for name, age in (("b", -1), ("c", -2), ("a", -1))]
    assert list(waits.positions(items, now=NOON)) == ["c", "a", "b"]


def test_items_with_sort_keys_or_one_rate_never_overtake():
    a, b = Item("a", created_at=after(-9)), Item("b", created_at=after(-3))
    assert waits.overtake(a, b) is None
    keyed = Item("k", created_at=after(-1), sort_key=1)
    assert waits.overtake(keyed, b) is None


def waiting(minute, rate):
    """Something that waits at a rate of its own."""
    return Item(f"{minute}x{rate}", created_at=after(minute), rate=rate)


@pytest.mark.parametrize(
    ("a", "b", "minute"),
    (
        ((0, 1), (10, 2), 20),
        ((0, 1), (10, 1.5), 30),
        ((0, 2), (10, 1), None),  # the slower one behind stays behind
        ((10, 1), (0, 2), None),  # ahead from the start
        ((0, 1), (0, 2), None),
    ),
)
def test_the_faster_one_overtakes_where_the_points_are_equal(a, b, minute):
    one, other = waiting(*a), waiting(*b)
    assert waits.overtake(one, other) == (None if minute is None else after(minute))
    if minute is not None:
        places = [waits.positions([one, other], now=after(minute + more)) for more in (-1, 1)]
        assert [places[0][other.id], places[1][other.id]] == [2, 1]


def test_an_instant_beyond_the_calendar_never_comes():
    assert waits.overtake(waiting(0, 1), waiting(10, 1 + 2**-52)) is None


def test_an_instant_that_is_no_whole_microsecond_is_rounded_up():
    at = waits.overtake(waiting(0, 1), waiting(10, 4))  # 10 + 10 / 3 minutes
    assert at == NOON + timedelta(microseconds=800_000_000)
    at = waits.overtake(waiting(0, 3), waiting(10, 10))  # 10 + 30 / 7 minutes, a fraction
    assert at == after(10) + timedelta(microseconds=257_142_858)


@pytest.mark.parametrize(
    ("call", "named"),
    (
        (lambda: waits.accumulating([1], 1, 2, rates=[0]), "rates of 0=0"),
        (lambda: waits.accumulating([1, 2], 1, 2, rates=[1]), "different classes"),
        (lambda: waits.accumulating(1, 1, 2, rates=[1]), "lam=1"),
        (lambda: waits.strict([1, -1], 1, 2, priority=[1, 2]), "lam of 1=-1"),
        (lambda: waits.strict([1], 1, 2, priority=[nan]), "priority of 0"),
        (lambda: waits.design([1, 1, 1], 1, 9, ratio=2), "two, or their sum"),
        (lambda: waits.design([1, 1], 1, 9, ratio=0), "ratio=0"),
        (lambda: waits.history([5], now=9), "trace: 5"),
        (lambda: waits.history([(None, 3)], now=9), "came=None"),
    ),
)
def test_what_no_wait_can_be_is_refused_by_name(call, named):
    with pytest.raises(InvalidValue, match=named):
        call()


def test_a_naive_now_is_refused():
    with pytest.raises(NaiveDatetime):
        waits.history([], now=NOON.replace(tzinfo=None))
