"""Rates of notices: bursts, evenly shared rests, and when the next one may go."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.escalation import Rate, Throttle

MIDNIGHT = datetime(2026, 5, 1, tzinfo=UTC)
VOICE = Throttle(
    [
        Rate(15, timedelta(hours=3), smooth=True),
        Rate(3, timedelta(minutes=15)),
        Rate(7, timedelta(hours=1), smooth=True),
    ]
)


def minutes(number):
    return MIDNIGHT + timedelta(minutes=number)


def test_a_storm_goes_out_in_bursts_and_then_evenly():
    sent = []
    for _ in range(16):
        sent.append(VOICE.next(sent, now=sent[-1] if sent else MIDNIGHT))
    assert [(at - MIDNIGHT) / timedelta(minutes=1) for at in sent] == [
        0, 0, 0, 15, 26.25, 37.5, 48.75, 60, 75, 90, 105, 120, 135, 150, 165, 180,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "now", "free"),
    (
        ([], 5, 5),
        ([0], 5, 5),
        ([0, 1], 5, 10),
        ([1, 0], 9.9, 10),  # in any order
        ([0, 1], 10, 10),  # exactly a stretch ago counts no more
        ([0, 1, 2], 5, 11),
        ([0, 1], 60, 60),
    ),
)
def test_a_plain_rate_waits_until_one_has_left_its_stretch(sent, now, free):
    rate = Throttle([Rate(2, timedelta(minutes=10))])
    assert rate.next(map(minutes, sent), now=minutes(now)) == minutes(free)


@pytest.mark.parametrize(("sent", "free"), (([0], 2), ([0, 2], 4), ([0, 2, 4, 6], 8), ([0, 2, 4, 6, 8], 10)))
def test_a_smooth_rate_alone_shares_its_whole_stretch(sent, free):
    rate = Throttle([Rate(5, timedelta(minutes=10), smooth=True)])
    assert rate.next(map(minutes, sent), now=minutes(sent[-1])) == minutes(free)


def test_without_rates_nothing_waits():
    assert Throttle([]).next([MIDNIGHT], now=MIDNIGHT) == MIDNIGHT


@pytest.mark.parametrize(("count", "per"), ((0, timedelta(1)), (1, timedelta(0)), (-1, timedelta(1))))
def test_a_rate_lets_something_through_in_some_time(count, per):
    with pytest.raises(InvalidValue):
        Rate(count, per)


def test_instants_have_a_zone():
    with pytest.raises(NaiveDatetime):
        VOICE.next([datetime(2026, 1, 1)], now=MIDNIGHT)
