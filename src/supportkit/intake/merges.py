"""What became of records that were merged into others."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

__all__ = ["Merges"]


@frozen
class Merges:
    """Which record each record was merged into, None for one that stands alone.

    Where merges run in a circle, its smallest id stands for all of it.

    >>> merges = Merges({"old": "new", "new": None})
    >>> merges.root("old"), merges.root("unheard of")
    ('new', 'unheard of')
    """

    into: Mapping[str, str | None]

    def __len__(self) -> int:
        return len(self.into)

    def path(self, record: str) -> tuple[str, ...]:
        """Return the record and what it was merged into, step by step, no step twice."""
        steps = [record]
        while (target := self.into.get(steps[-1])) is not None and target not in steps:
            steps.append(target)
        return tuple(steps)

    def circle(self, record: str) -> str | None:
        """Return the smallest id of the circle that a record's merges end in, None when there is none."""
        if self.into.get(record) is None:
            return None
        steps = self.path(record)
        target = self.into.get(steps[-1])
        return None if target is None else min(steps[steps.index(target) :])

    def root(self, record: str) -> str:
        """Return the record that stands for this one after all merges."""
        if self.into.get(record) is None:
            return record
        return self.circle(record) or self.path(record)[-1]
