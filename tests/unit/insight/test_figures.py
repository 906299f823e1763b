"""Figures: ratios, samples and spreads, alone and added up."""

from datetime import timedelta
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue
from supportkit.insight import Durations, Ratio, Spread


def minutes(*numbers):
    return Durations(timedelta(minutes=number) for number in numbers)


@pytest.mark.parametrize(
    ("share", "number"), ((0, 1), (0.25, 1), (0.26, 2), (0.5, 2), (0.75, 3), (0.9, 4), (1, 4))
)
def test_a_quantile_is_the_shortest_that_so_many_do_not_exceed(share, number):
    assert minutes(4, 2, 3, 1).quantile(share) == timedelta(minutes=number)


def test_a_sample_has_a_median_a_mean_and_a_worst():
    sample = minutes(1, 2, 9)
    assert (sample.value, sample.mean, sample.worst, sample.of) == (
        timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=9), 3,
    )  # fmt: skip


def test_an_empty_sample_has_none_of_them():
    sample = Durations()
    assert (sample.value, sample.mean, sample.worst, sample.quantile(0.9)) == (None, None, None, None)


@pytest.mark.parametrize("share", (-0.1, 1.1, float("nan")))
def test_a_share_outside_nothing_and_all_is_refused(share):
    with pytest.raises(InvalidValue, match="is no share"):
        minutes(1).quantile(share)


def test_like_cases_with_like_remedies_have_a_spread_of_one():
    alike = Spread({("late", "EUR"): [Decimal(5), Decimal(5)], ("late", "GBP"): [Decimal(9)]})
    assert (alike.value, alike.of) == (1.0, 1)
    assert Spread({("late", "EUR"): [Decimal(0), Decimal(5)]}).value is None


def test_figures_of_parts_add_up_to_those_of_all():
    assert Ratio(1, 2) + Ratio(0, 0) == Ratio(1, 2)
    assert minutes(3) + minutes(1) == minutes(1, 3)
    amounts = {("late", "EUR"): [Decimal(2)], ("lost", "EUR"): [Decimal(7)]}
    assert Spread(amounts) + Spread({("late", "EUR"): [Decimal(1)]}) == Spread(
        {("late", "EUR"): [Decimal(1), Decimal(2)], ("lost", "EUR"): [Decimal(7)]}
    )
