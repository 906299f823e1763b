"""Bands by rank, as recency, frequency and money are scored (RFM)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from supportkit.errors import InvalidValue

__all__ = ["band_scores"]


def band_scores(values: Sequence[Any], *, bands: int = 5, least_is_best: bool = False) -> list[int]:
    """Return for each value its band from 1 to `bands`, by how many of all are strictly worse.

    ``score = 1 + floor(bands * count_of_strictly_worse / n)``: equal values share a score. The greatest is
    best, as for money and frequency; with `least_is_best` the least, as for days since the last purchase.
    Values of any kind that can be sorted; unknown ones are left out by the caller. Raises InvalidValue for
    `bands` below 1, for NaN, and for values that cannot be compared.

    >>> band_scores([10, 20, 20, 400, 90], bands=5)
    [1, 2, 2, 5, 4]
    >>> band_scores([1, 30, 365], bands=3, least_is_best=True)
    [3, 2, 1]
    """
    if type(bands) is not int or bands < 1:
        raise InvalidValue(f"bands={bands!r} is no number of bands; give 1 or more")
    if any(value is None or value != value for value in values):  # noqa: PLR0124 - NaN alone differs from itself
        raise InvalidValue("an unknown value or NaN has no rank; leave it out")
    try:
        ranked = sorted(values)
    except TypeError as error:
        raise InvalidValue(f"values that cannot be compared have no rank: {error}") from None
    count = len(ranked)

    def worse(value: Any) -> int:
        if least_is_best:
            return count - bisect_right(ranked, value)
        return bisect_left(ranked, value)

    return [1 + bands * worse(value) // count for value in values]
