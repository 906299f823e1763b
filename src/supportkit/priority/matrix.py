"""Impact times urgency: a table that has an answer for every pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue

__all__ = ["Matrix", "MatrixDecision"]

_AXES = ("impact", "urgency")


@frozen
class MatrixDecision:
    """The priority, or None with the still `possible` ones while an axis is `missing`.

    `cap` and `override` are recorded as they were given.
    """

    priority: Any
    possible: frozenset[Any]
    missing: tuple[str, ...]
    cap: Mapping[str, Any] | None
    override: Mapping[str, Any] | None


@frozen(init=False)
class Matrix:
    """A priority for every impact and urgency; total by construction.

    `impact` and `urgency` list the labels of each axis, the highest first. Raises InvalidValue, naming
    every cell, when one lacks or is too many.

    >>> axis = ["high", "low"]
    >>> matrix = Matrix(axis, axis, {"high": {"high": 1, "low": 2}, "low": {"high": 2, "low": 3}})
    >>> matrix.lookup("high", "low").priority
    2
    >>> sorted(matrix.lookup("low", None).possible)
    [2, 3]
    """

    impact: tuple[str, ...]
    urgency: tuple[str, ...]
    table: Mapping[str, Mapping[str, Any]]

    def __init__(
        self, impact: Sequence[str], urgency: Sequence[str], table: Mapping[str, Mapping[str, Any]]
    ) -> None:
        for name, labels in zip(_AXES, (impact, urgency), strict=True):
            if isinstance(labels, str) or not labels or len(set(labels)) != len(labels):
                raise InvalidValue(f"{name}={labels!r} is no axis; list different labels, the highest first")
        wanted = {(one, other) for one in impact for other in urgency}
        given = {
            (one, other) for one, row in table.items() for other, cell in row.items() if cell is not None
        }
        if wanted != given:
            lacking, foreign = _cells(wanted - given), _cells(given - wanted)
            raise InvalidValue(
                f"the matrix lacks {lacking or 'nothing'} and has unknown cells {foreign or 'none'}"
            )
        rows = {one: dict(table[one]) for one in impact}
        self.__attrs_init__(impact=tuple(impact), urgency=tuple(urgency), table=rows)

    def lookup(
        self,
        impact: str | None,
        urgency: str | None,
        *,
        cap: Mapping[str, Any] | None = None,
        override: Mapping[str, Any] | None = None,
    ) -> MatrixDecision:
        """Return the priority of a pair; None stands for an axis that is not known.

        `cap` ({"impact" or "urgency": label, "reason": text}) lowers an axis to that label before the
        look-up; `override` ({"priority", "reason"}) wins over the table. Both are recorded. Raises
        InvalidValue for a label outside its axis and for a cap or override without its reason.
        """
        _check(cap, {"reason"}, {"reason", *_AXES}, "cap")
        _check(override, {"priority", "reason"}, {"priority", "reason"}, "override")
        impacts = _labels("impact", self.impact, impact, cap)
        urgencies = _labels("urgency", self.urgency, urgency, cap)
        missing = tuple(name for name, label in zip(_AXES, (impact, urgency), strict=True) if label is None)
        possible = frozenset(self.table[one][other] for one in impacts for other in urgencies)
        if override is not None:
            return MatrixDecision(
                override["priority"], frozenset({override["priority"]}), missing, cap, override
            )
        priority = None if missing else self.table[impacts[0]][urgencies[0]]
        return MatrixDecision(priority, possible, missing, cap, None)


def _cells(pairs: set[tuple[str, str]]) -> str:
    return ", ".join(f"{one}/{other}" for one, other in sorted(pairs))


def _check(given: Mapping[str, Any] | None, needed: set[str], known: set[str], name: str) -> None:
    if given is None:
        return
    if not (needed <= set(given) <= known) or any(given[key] is None for key in given):
        raise InvalidValue(
            f"{name}={dict(given)!r} needs {', '.join(sorted(needed))} and knows {', '.join(sorted(known))}"
        )


def _labels(
    name: str, axis: tuple[str, ...], label: str | None, cap: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """Return the labels that this axis may stand for after the cap, the given one alone when it is known."""
    top = 0 if cap is None or name not in cap else _rank(name, axis, cap[name])
    if label is None:
        return axis[top:]
    return (axis[max(top, _rank(name, axis, label))],)


def _rank(name: str, axis: tuple[str, ...], label: str) -> int:
    if label in axis:
        return axis.index(label)
    raise InvalidValue(f"{name}={label!r} is none of {', '.join(axis)}")
