"""Recency, frequency and money in bands, beside the formula written out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.errors import InvalidValue
from supportkit.priority import band_scores


@given(st.lists(st.integers(-9, 9)), st.integers(1, 7), st.booleans())
def test_the_band_is_one_and_the_share_of_those_strictly_worse(values, bands, least_is_best):
    expected = [
        1 + int(bands * sum(other > one if least_is_best else other < one for other in values) / len(values))
        for one in values
    ]
    assert band_scores(values, bands=bands, least_is_best=least_is_best) == expected


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(1, 7))
def test_bands_reach_from_one_to_at_most_their_number_and_equals_share(values, bands):
    scores = band_scores(values, bands=bands)
    assert min(scores) == 1
    assert max(scores) <= bands
    assert len(set(zip(values, scores, strict=True))) == len(set(values))


@pytest.mark.parametrize(
    ("values", "bands"), (([1, None], 5), ([1.0, float("nan")], 5), ([1, "a"], 5), ([1], 0), ([1], True))
)
def test_what_has_no_rank_is_refused(values, bands):
    with pytest.raises(InvalidValue):
        band_scores(values, bands=bands)
