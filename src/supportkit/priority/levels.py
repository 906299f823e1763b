"""Levels: the names of the priorities, and the points from which each is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue, nearest_name
from supportkit.priority.points import Points, exact

__all__ = ["Levels"]


@frozen
class Levels:
    """Priorities, the most urgent first, each with the least points that reach it.

    The lowest level also takes every score below its own points, so that each score has a priority.

    >>> levels = Levels.of({"normal": 0, "urgent": 60, "high": 30})
    >>> levels.names, levels.reached(30), levels.reached(-5)
    (('urgent', 'high', 'normal'), 'high', 'normal')
    """

    names: tuple[str, ...]
    least: tuple[Points, ...]

    @classmethod
    def of(cls, levels: Mapping[str, Any]) -> Levels:
        """Build them from names and least points; raises InvalidValue when empty or two share a threshold."""
        if not levels:
            raise InvalidValue(
                f"levels={levels!r} name no priority; give them like {{'urgent': 60, 'normal': 0}}"
            )
        pairs = sorted(
            ((exact(points, name=f"levels.{name}"), name) for name, points in levels.items()), reverse=True
        )
        for (upper, one), (lower, other) in pairwise(pairs):
            if upper == lower:
                raise InvalidValue(
                    f"the levels {other!r} and {one!r} both begin at {upper}; give each its own"
                )
        return cls(tuple(name for _, name in pairs), tuple(points for points, _ in pairs))

    @property
    def points(self) -> dict[str, Points]:
        """The least points of each level, the most urgent first."""
        return dict(zip(self.names, self.least, strict=True))

    def reached(self, score: Points) -> str:
        """Return the highest level whose points are reached."""
        for name, least in zip(self.names, self.least, strict=True):
            if score >= least:
                return name
        return self.names[-1]

    def rank(self, name: str) -> int:
        """Return 0 for the most urgent level, and so on; raises InvalidValue for an unknown name."""
        if name in self.names:
            return self.names.index(name)
        near = nearest_name(str(name), self.names)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(self.names)}"
        raise InvalidValue(f"there is no priority {name!r}; {hint}")

    def band(self, name: str) -> tuple[Points | None, Points | None]:
        """Return the least points of a level (None for the lowest) and those of the next higher one."""
        rank = self.rank(name)
        least = None if rank == len(self.names) - 1 else self.least[rank]
        return least, self.least[rank - 1] if rank else None

    def highest(self, names: Iterable[str]) -> str:
        """Return the most urgent of these levels."""
        return min(names, key=self.rank)

    def lowest(self, names: Iterable[str]) -> str:
        """Return the least urgent of these levels."""
        return max(names, key=self.rank)
