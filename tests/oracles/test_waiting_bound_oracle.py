"""Nobody waits longer than the bound: lines are played pick by pick, as slowly as the figures allow."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportkit.errors import InvalidValue
from supportkit.priority import Ageing, Floor, QueueItem, QueueOrder

MORNING = datetime(2026, 7, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEVELS = ("urgent", "high", "normal")


def admitted(wanted, rate, burst):
    """Let arrivals in as a token bucket does: in any t hours at most ``burst + rate * t``."""
    tokens, last, instants = Fraction(burst), Fraction(0), []
    for gap in wanted:
        at = last + gap
        tokens = min(Fraction(burst), tokens + rate * gap)
        if tokens < 1:
            at, tokens = at + (1 - tokens) / rate, Fraction(1)
        tokens, last = tokens - 1, at
        instants.append(at)
    return instants


def waits(order, arrivals, picks):
    """Play a line: after each idle time the first pick comes as late as allowed, so do all others."""
    coming, waiting, waited, since = sorted(arrivals, key=lambda one: one[0]), [], {}, 0
    clock = Fraction(0)
    while coming or waiting:
        if not waiting:
            clock = max(clock, coming[0][0])
        clock += 1 / picks
        waiting += [one for one in coming if one[0] <= clock]
        coming = [one for one in coming if one[0] > clock]
        now = MORNING + timedelta(microseconds=int(clock * 3_600_000_000))
        item, since = order.pick([one[1] for one in waiting], since, now=now)
        (served,) = [one for one in waiting if one[1] is item]
        waiting.remove(served)
        waited[item.id] = clock - served[0]
    return waited


@st.composite
def traffic(draw, spread=10):
    """Arrivals at or below a rate, of any level, score, due time and tier."""
    rate = Fraction(draw(st.integers(1, 8)))
    burst = draw(st.integers(1, 6))
    gaps = [Fraction(draw(st.integers(0, 6)), 12) for _ in range(draw(st.integers(1, 18)))]
    arrivals = []
    for number, at in enumerate(admitted(gaps, rate, burst)):
        created = MORNING + timedelta(microseconds=int(at * 3_600_000_000))
        item = QueueItem(
            f"{number:02}",
            draw(st.sampled_from(LEVELS)),
            created,
            draw(st.none() | st.integers(-2, 5).map(lambda hours, created=created: created + hours * HOUR)),
            tier=draw(st.sampled_from([None, "basic"])),
            score=draw(st.integers(0, spread)),
        )
        arrivals.append((at, item))
    return rate, burst, arrivals


ORDERS = {
    "linear": QueueOrder(Ageing.linear(5), levels=LEVELS),
    "steps": QueueOrder(Ageing.steps(HOUR, cap="high"), levels=LEVELS),
    "rates": QueueOrder(Ageing.rates({"urgent": 6, "high": 4, "normal": 2, "basic": 1}), levels=LEVELS),
    "floor": QueueOrder(floor=Floor("basic", 3), levels=LEVELS),
    "steps and floor": QueueOrder(Ageing.steps(HOUR, cap="urgent"), floor=Floor("basic", 2), levels=LEVELS),
}
ROUNDING = Fraction(1, 3_600_000)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@settings(max_examples=60, deadline=None)
@given(drawn=traffic(), more=st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(4)]))
def test_nobody_waits_beyond_the_bound_while_more_are_picked_than_arrive(order, drawn, more):
    rate, burst, arrivals = drawn
    bound = order.bound(arrivals_per_hour=rate, picks_per_hour=rate + more, burst=burst)
    longest = max(waits(order, arrivals, rate + more).values())
    assert longest <= Fraction(bound.wait // timedelta(microseconds=1), 3_600_000_000) + ROUNDING


@pytest.mark.parametrize("order", (ORDERS["linear"], ORDERS["rates"]), ids=("linear", "rates"))
@settings(max_examples=100, deadline=None)
@given(drawn=traffic())
def test_with_ageing_nobody_waits_beyond_the_bound_though_every_pick_is_needed(order, drawn):
    rate, burst, arrivals = drawn
    bound = order.bound(arrivals_per_hour=rate, picks_per_hour=rate, burst=burst, spread=10)
    longest = max(waits(order, arrivals, rate).values())
    assert longest <= Fraction(bound.wait // timedelta(microseconds=1), 3_600_000_000) + ROUNDING


@settings(max_examples=60, deadline=None)
@given(drawn=traffic(), others=st.integers(0, 40))
def test_the_tier_of_the_floor_waits_no_longer_however_many_others_come(drawn, others):
    rate, burst, arrivals = drawn
    order, picks = ORDERS["floor"], 3 * rate + 1
    own = [one for one in arrivals if one[1].tier == "basic"]
    assume(own)
    crowd = [
        (Fraction(0), QueueItem(f"x{n}", "urgent", MORNING - HOUR, MORNING - HOUR)) for n in range(others)
    ]
    bound = order.bound(arrivals_per_hour=rate, picks_per_hour=picks, burst=burst, tier="basic")
    waited = waits(order, [*own, *crowd], picks)
    longest = max(waited[item.id] for _, item in own)
    assert longest <= Fraction(bound.wait // timedelta(microseconds=1), 3_600_000_000) + ROUNDING


def test_the_bound_is_reached_by_a_burst():
    order = ORDERS["steps"]
    arrivals = [(Fraction(0), QueueItem(f"{n}", "high", MORNING)) for n in range(4)]
    bound = order.bound(arrivals_per_hour=1, picks_per_hour=12, burst=4)
    assert max(waits(order, arrivals, Fraction(12)).values()) == Fraction(1, 3)
    assert bound.wait == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("order", "arrivals", "picks"),
    (
        (QueueOrder(), 1, 60),
        (ORDERS["linear"], 9, 8),
        (ORDERS["linear"], 1, 0),
        (ORDERS["steps"], 8, 8),
        (ORDERS["floor"], 8, 8),
    ),
)
def test_where_nothing_can_be_promised_the_wait_is_unbounded(order, arrivals, picks):
    bound = order.bound(arrivals_per_hour=arrivals, picks_per_hour=picks)
    assert (bound.wait, bound.unbounded) == (None, True)
    assert bound.because


def test_due_first_somebody_without_a_due_time_starves_while_as_many_come_as_are_picked():
    """Why the bound of such an order is none: here the last one waits until the arrivals end."""
    jo = (Fraction(0), QueueItem("jo", "normal", MORNING))
    others = [
        (Fraction(n, 10), QueueItem(f"{n}", "normal", MORNING + n * HOUR / 10, MORNING + n * HOUR))
        for n in range(99)
    ]
    assert waits(QueueOrder(levels=LEVELS), [jo, *others], Fraction(10))["jo"] > 9


@given(
    st.lists(st.integers(0, 11), min_size=2, max_size=2).map(sorted), st.sampled_from(list(ORDERS.values()))
)
def test_more_arrivals_never_shorten_the_bound(arrivals, order):
    few, many = (order.bound(arrivals_per_hour=n, picks_per_hour=12, spread=10) for n in arrivals)
    assert few.wait <= many.wait


@pytest.mark.parametrize(
    "wrong",
    (
        {"arrivals_per_hour": -1},
        {"picks_per_hour": -1},
        {"picks_per_hour": "many"},
        {"burst": 0},
        {"spread": -1},
        {"tier": "basic"},
    ),
)
def test_figures_that_cannot_be_are_refused_by_name(wrong):
    with pytest.raises(InvalidValue, match=next(iter(wrong))):
        ORDERS["linear"].bound(**{"arrivals_per_hour": 1, "picks_per_hour": 2} | wrong)


@given(traffic())
def test_with_several_rates_the_heads_of_each_class_are_enough(drawn):
    order, (_, _, arrivals) = ORDERS["rates"], drawn
    lines = {}
    for _, item in arrivals:
        lines.setdefault(item.tier or item.level, []).append(
            (order.key(item.score, item.created, tier=item.tier or item.level), item)
        )
    now = MORNING + 40 * HOUR
    heads = [min(line, key=lambda one: (one[0], one[1].created, one[1].id))[1] for line in lines.values()]
    everybody, head = order.pick([one[1] for one in arrivals], now=now)[0], order.pick(heads, now=now)[0]
    assert order.key_at(head, now=now)[0] == order.key_at(everybody, now=now)[0]
