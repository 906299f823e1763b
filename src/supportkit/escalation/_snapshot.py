"""A plan as the document has it, in plain values: what a case keeps that goes on by its first plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from supportkit.calendars import Calendar
from supportkit.canonical import duration_text
from supportkit.rules import Expression

__all__ = ["plain_plan"]


def plain_plan(value: Any) -> Any:
    """Return a part of a plan with durations as text and conditions as JSON, so that it can be stored."""
    if isinstance(value, Mapping):
        return {str(key): plain_plan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(plain_plan(inner) for inner in value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Expression):
        return plain_plan(value.to_json())
    return value.to_dict() if isinstance(value, Calendar) else value
