"""Points for a label a customer bears: the plan they pay for, how critical we are to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.priority.factor import Contribution, text_at
from supportkit.priority.points import Points, exact

__all__ = ["LabelFactor"]


@frozen(init=False)
class LabelFactor:
    """Adds the points of the label that a text fact holds; a label without points adds nothing.

    `path` is the fact, ``customer.plan`` or ``customer.criticality`` for the factors of a policy
    document; `name` defaults to its last segment.

    >>> from datetime import UTC, datetime
    >>> factor = LabelFactor("customer.criticality", {"critical": 40})
    >>> facts = {"customer": {"criticality": "critical"}}
    >>> factor.contribute(facts, now=datetime(2026, 7, 1, tzinfo=UTC)).points
    40
    """

    path: str
    points: Mapping[str, Points]
    reads: tuple[str, ...]
    name: str

    def __init__(self, path: str, points: Mapping[str, Any], *, name: str | None = None) -> None:
        name = name or path.rpartition(".")[2]
        exactly = {label: exact(value, name=f"{name}.{label}") for label, value in points.items()}
        self.__attrs_init__(path=path, points=exactly, reads=(path,), name=name)

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return min(0, *self.points.values(), 0), max(0, *self.points.values(), 0)

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of the label."""
        label = text_at(facts, self.path)
        if label is None:
            return Contribution(
                0, {}, self.reads if any(self.extent) else (), self.name, possible=self.extent
            )
        return Contribution(self.points.get(label, 0), {self.name: label}, (), self.name)
