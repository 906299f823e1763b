"""Frozen values hold tuples; whoever builds them may give any iterable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["as_tuple"]


def as_tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values as a tuple: an attrs converter that type checkers understand, unlike `tuple`."""
    return tuple(values)
