"""A factor that is `never_alone` counts only beside another contribution that is not 0."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from supportkit.priority.factor import Contribution, Factor

__all__ = ["beside_others", "is_never_alone"]


def is_never_alone(factor: Factor) -> bool:
    """Whether a factor counts only beside others."""
    return bool(getattr(factor, "never_alone", False))


def beside_others(factors: Sequence[Factor], given: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """Return the contributions, those that never stand alone without points where nothing else counts."""
    others = [item for factor, item in zip(factors, given, strict=True) if not is_never_alone(factor)]
    if any(item.points and not item.missing and not item.error for item in others):
        return tuple(given)
    counts = any(item.points for item in others)
    may_count = counts or any(item.range is None or any(item.range) for item in others)
    return tuple(
        _unsure(item, counts=counts, may_count=may_count) if is_never_alone(factor) else item
        for factor, item in zip(factors, given, strict=True)
    )


def _unsure(item: Contribution, *, counts: bool, may_count: bool) -> Contribution:
    if not may_count:
        return evolve(item, points=0, missing=(), possible=None)
    ends = item.range
    possible = None if ends is None else (min(0, ends[0]), max(0, ends[1]))
    return evolve(item, points=item.points if counts else 0, possible=possible)
