"""Levels turn points into names."""

from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue
from supportkit.priority import Levels

LEVELS = Levels.of({"normal": 0, "urgent": 60, "high": 30})


@pytest.mark.parametrize(
    ("score", "level"),
    ((60, "urgent"), (Decimal("59.99"), "high"), (30, "high"), (29, "normal"), (0, "normal"), (-5, "normal")),
)
def test_the_highest_level_reached_counts_and_the_lowest_takes_the_rest(score, level):
    assert LEVELS.reached(score) == level


def test_the_lowest_level_has_no_least_points_and_the_highest_nothing_above():
    assert [LEVELS.band(name) for name in LEVELS.names] == [(60, None), (30, 60), (None, 30)]


@pytest.mark.parametrize("levels", ({}, {"a": 1, "b": "1"}, {"a": True}))
def test_levels_need_names_and_numbers(levels):
    with pytest.raises(InvalidValue):
        Levels.of(levels)


def test_two_levels_with_one_threshold_are_refused():
    with pytest.raises(InvalidValue, match="both begin at 1"):
        Levels.of({"a": 1, "b": 1.0})


def test_an_unknown_level_names_the_nearest():
    with pytest.raises(InvalidValue, match="did you mean 'urgent'"):
        LEVELS.rank("urgnt")
    with pytest.raises(InvalidValue, match="there are: urgent, high, normal"):
        LEVELS.rank("P1")
