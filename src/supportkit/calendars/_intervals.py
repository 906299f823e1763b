"""Sets of half-open intervals of integers: sorted, disjoint, never empty, touching ones joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Intervals", "minus", "moved", "union", "within"]

Pair = tuple[int, int]
Intervals = Sequence[Pair]


def union(pairs: Iterable[Pair]) -> list[Pair]:
    """Return what any of `pairs` covers.

    >>> union([(5, 9), (1, 3), (3, 4), (6, 7), (8, 8)])
    [(1, 4), (5, 9)]
    """
    joined: list[Pair] = []
    for start, end in sorted(pairs):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def minus(intervals: Intervals, cuts: Intervals) -> list[Pair]:
    """Return what `intervals` cover and `cuts` do not.

    >>> minus([(0, 10), (20, 30)], [(2, 4), (8, 22)])
    [(0, 2), (4, 8), (22, 30)]
    """
    left: list[Pair] = []
    first = 0
    for start, end in intervals:
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        at = start
        for cut_start, cut_end in cuts[first:]:
            if cut_start >= end:
                break
            if at < cut_start:
                left.append((at, cut_start))
            at = cut_end
        if at < end:
            left.append((at, end))
    return left


def within(intervals: Iterable[Pair], low: int, high: int) -> list[Pair]:
    """Return the part of `intervals` that lies in [low, high)."""
    parts = [(max(start, low), min(end, high)) for start, end in intervals]
    return [(start, end) for start, end in parts if start < end]


def moved(intervals: Iterable[Pair], by: int) -> list[Pair]:
    """Return `intervals`, each moved by `by`."""
    return [(start + by, end + by) for start, end in intervals]
