"""Points for impact and urgency together, looked up in a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.priority.factor import Contribution, text_at
from supportkit.priority.matrix import Matrix
from supportkit.priority.points import Points, exact

__all__ = ["MatrixFactor"]


@frozen(init=False)
class MatrixFactor:
    """Adds the points of the cell of ``case.impact`` and ``case.urgency``.

    A cell of the matrix holds points, or the name of one of the `levels` ({name: least points}), which
    stands for the points from which that level is reached. While an axis is not known, the factor adds
    the least that is still possible, and never takes anything away. Raises InvalidValue for a cell that
    is neither.

    >>> from datetime import UTC, datetime
    >>> table = {"high": {"high": "urgent", "low": 40}, "low": {"high": 20, "low": 0}}
    >>> factor = MatrixFactor(Matrix(["high", "low"], ["high", "low"], table), {"urgent": 60, "normal": 0})
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> print(factor.contribute({"case": {"impact": "high", "urgency": "high"}}, now=noon))
    +60 matrix (impact high, urgency high, cell urgent)
    >>> print(factor.contribute({"case": {"impact": "high"}}, now=noon))
    +40 matrix (impact high, at least 40; unknown: case.urgency)
    """

    matrix: Matrix
    points: Mapping[Any, Points] = field(repr=False)
    reads: tuple[str, ...]
    name: str

    def __init__(self, matrix: Matrix, levels: Mapping[str, Any] | None = None) -> None:
        named = levels or {}
        cells = {cell for row in matrix.table.values() for cell in row.values()}
        points = {cell: exact(named.get(cell, cell), name=f"cell {cell!r}") for cell in cells}
        self.__attrs_init__(
            matrix=matrix, points=points, reads=("case.impact", "case.urgency"), name="matrix"
        )

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return min(0, *self.points.values()), max(0, *self.points.values())

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of the cell; raises InvalidValue for a label outside its axis."""
        labels = {path.rpartition(".")[2]: text_at(facts, path) for path in self.reads}
        found = self.matrix.lookup(labels["impact"], labels["urgency"])
        evidence: dict[str, Any] = {name: label for name, label in labels.items() if label is not None}
        possible = {self.points[cell] for cell in found.possible}
        if len(possible) > 1:
            least = max(0, min(possible))
            missing = tuple(f"case.{name}" for name in found.missing)
            ends = min(possible), max(possible)
            return Contribution(least, evidence | {"at least": least}, missing, self.name, possible=ends)
        if isinstance(found.priority, str):
            evidence["cell"] = found.priority
        return Contribution(possible.pop(), evidence, (), self.name)
