"""Segments: by what the cases of a report are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import fields_dict

from supportkit.cases import Case
from supportkit.errors import InvalidValue, nearest_name

__all__ = ["By", "checked_segment", "segmented"]

By: TypeAlias = str | Mapping[str, str] | Callable[[Case], str | None]
"""A name of what a case says (``channel``), the segment of each customer by id, or a function of the case."""


def checked_segment(by: str) -> str:
    """Return what of a case makes segments; raises InvalidValue, with the nearest one, for another name."""
    if by not in fields_dict(Case):
        near = nearest_name(by, fields_dict(Case))
        hint = f"did you mean {near!r}?" if near else "use channel, priority, kind, ..."
        raise InvalidValue(f"a case has no {by!r} to make segments of; {hint}")
    return by


def segmented(by: By) -> Callable[[Case], str]:
    """Return the function that gives a case's segment, ``unknown`` for what has none.

    >>> segmented("channel")(Case(id="17", channel="phone")), segmented({"jo": "gold"})(Case(id="17"))
    ('phone', 'unknown')
    """
    found = _segment(by)
    return lambda case: found(case) or "unknown"


def _segment(by: By) -> Callable[[Case], str | None]:
    if isinstance(by, Mapping):
        return lambda case: by.get(case.customer or "")
    if not isinstance(by, str):
        return by
    checked_segment(by)
    return lambda case: None if getattr(case, by) is None else str(getattr(case, by))
