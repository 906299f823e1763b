"""The order of a line: static keys, ageing by steps, the floor of service."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.ports import LineOrder
from supportkit.priority import Ageing, Floor, QueueItem, QueueOrder

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "rate"),
    (
        ("2 points per hour", 2),
        ("1 point per hour", 1),
        ("0.5 points per minute", 30),
        ("1 point per day", Fraction(1, 24)),
        ("  2   points per hour ", 2),
    ),
)
def test_a_rate_of_ageing_is_read_from_text(text, rate):
    assert Ageing.parse(text) == Ageing.linear(Fraction(rate))


@pytest.mark.parametrize(
    "text", ("2", "two points per hour", "-1 points per hour", "0 points per hour", "1 point per week")
)
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(InvalidValue):
        Ageing.parse(text)


@pytest.mark.parametrize("rate", (0, -1, "2"))
def test_linear_ageing_needs_a_rate_above_zero(rate):
    with pytest.raises(InvalidValue):
        Ageing.linear(rate)


def test_with_two_points_an_hour_four_points_are_two_hours_of_waiting():
    order = QueueOrder(Ageing.linear(2))
    assert order.key(4, NOON) == order.key(0, NOON - 2 * HOUR)
    assert order.key(0, NOON) == 1_782_907_200_000_000


def test_the_key_is_exact_for_fractions_of_points_and_odd_rates():
    order = QueueOrder(Ageing.linear(Decimal("0.7")))
    lead = order.key(0, NOON) - order.key(Decimal("0.3"), NOON)
    assert lead == 3_600_000_000 * 3 // 7


def test_the_key_does_not_depend_on_the_zone_the_instant_is_given_in():
    order = QueueOrder(Ageing.linear(1))
    assert order.key(1, NOON.astimezone(timezone(2 * HOUR))) == order.key(1, NOON)
    with pytest.raises(NaiveDatetime):
        order.key(1, NOON.replace(tzinfo=None))


def test_without_ageing_the_highest_score_goes_first_then_the_oldest():
    order = QueueOrder()
    later = NOON + timedelta(days=3000)
    waiting = [(5, NOON), (40, later), (40, NOON), (-3, NOON - timedelta(days=3000)), (0, NOON)]
    ranked = sorted(waiting, key=lambda one: order.key(*one))
    assert ranked == [(40, NOON), (40, later), (5, NOON), (0, NOON), (-3, NOON - timedelta(days=3000))]


@pytest.mark.parametrize("order", (QueueOrder(), QueueOrder(Ageing.linear(2))))
def test_the_key_fits_a_database_column(order):
    assert isinstance(order.key(1000, NOON), int)
    assert -(2**63) <= order.key(8000, NOON) < 2**63
    with pytest.raises(InvalidValue, match="64 bits"):
        order.key(10**17, NOON)


def test_a_queue_order_is_a_line_order():
    line: LineOrder = QueueOrder()
    assert line.key(1, NOON) < line.key(0, NOON)


STEPS = QueueOrder(Ageing.steps(HOUR, cap="P2"), levels=("P1", "P2", "P3", "P4"))


@pytest.mark.parametrize(
    ("level", "waited", "effective"),
    (
        ("P4", timedelta(0), 3),
        ("P4", HOUR - timedelta(microseconds=1), 3),
        ("P4", HOUR, 2),
        ("P4", 2 * HOUR, 1),
        ("P4", 9 * HOUR, 1),
        ("P2", 9 * HOUR, 1),
        ("P1", 9 * HOUR, 0),
        ("P4", -HOUR, 3),
    ),
)
def test_each_full_step_lifts_the_level_not_past_the_cap(level, waited, effective):
    assert STEPS.key_at(QueueItem("a", level, NOON), now=NOON + waited)[0] == effective


def test_equal_levels_go_by_due_then_age_then_id():
    items = [
        QueueItem("no-due", 1, NOON - HOUR),
        QueueItem("late-due", 1, NOON, NOON + 2 * HOUR),
        QueueItem("young", 1, NOON + HOUR, NOON + HOUR),
        QueueItem("b", 1, NOON, NOON + HOUR),
        QueueItem("a", 1, NOON, NOON + HOUR),
    ]
    ranked = sorted(items, key=lambda item: QueueOrder().key_at(item, now=NOON))
    assert [item.id for item in ranked] == ["a", "b", "young", "late-due", "no-due"]


def test_what_an_order_cannot_do_is_refused_by_name():
    with pytest.raises(InvalidValue, match="no static key"):
        STEPS.key(1, NOON)
    with pytest.raises(InvalidValue, match="orders by score"):
        QueueOrder(Ageing.linear(1)).key_at(QueueItem("a", 1, NOON), now=NOON)
    with pytest.raises(InvalidValue, match="did you mean 'P2'"):
        QueueOrder(Ageing.steps(HOUR, cap="P2x"), levels=("P1", "P2"))
    with pytest.raises(InvalidValue, match="numbers only"):
        QueueOrder().key_at(QueueItem("a", "P1", NOON), now=NOON)
    with pytest.raises(InvalidValue, match="no Ageing"):
        QueueOrder("2 points per hour")
    with pytest.raises(InvalidValue, match="no duration above 0"):
        Ageing.steps(timedelta(0), cap=1)
    with pytest.raises(InvalidValue, match="no count of picks"):
        Floor("basic", 0)


def served(order, arrivals):
    """One pick a tick, after that tick's arrivals."""
    waiting, since, ids = [], 0, []
    for arrived in arrivals:
        waiting += arrived
        item, since = order.pick(waiting, since, now=NOON)
        ids.append(item and item.id)
        waiting = [other for other in waiting if other is not item]
    return ids


def test_every_third_pick_goes_to_the_neglected_tier_while_it_waits():
    vip = [[QueueItem(f"v{number}", 0, NOON)] for number in range(8)]
    vip[0] += [QueueItem("b1", 9, NOON, tier="basic"), QueueItem("b2", 9, NOON, tier="basic")]
    assert served(QueueOrder(floor=Floor("basic", 3)), vip) == [
        "v0",
        "v1",
        "b1",
        "v2",
        "v3",
        "b2",
        "v4",
        "v5",
    ]


def test_the_count_starts_again_after_a_pick_of_the_tier_and_while_none_waits():
    basic = QueueItem("b", 0, NOON - HOUR, tier="basic")
    other = QueueItem("v", 0, NOON)
    order = QueueOrder(floor=Floor("basic", 3))
    assert order.pick([basic, other], 1, now=NOON) == (basic, 0)
    assert order.pick([other], 2, now=NOON) == (other, 0)
    assert order.pick([], 2, now=NOON) == (None, 0)


def test_without_a_floor_the_head_is_picked():
    assert QueueOrder().pick([QueueItem("b", 2, NOON), QueueItem("a", 1, NOON)], 7, now=NOON)[0].id == "a"
