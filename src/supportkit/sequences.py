"""Frozen values hold tuples; whoever builds them may give any iterable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["as_tuple"]


def as_tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values as a tuple; a text alone is one value, not its letters.

    An attrs converter that type checkers understand, unlike `tuple`.
    """
    return (values,) if isinstance(values, str) else tuple(values)
