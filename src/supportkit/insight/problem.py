"""A candidate for a common problem, and when similar cases are one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import field, frozen

from supportkit.cases.instants import instant
from supportkit.errors import InvalidValue

__all__ = ["Problem", "ProblemRules"]


def _above_nothing(_: Any, attribute: Any, value: Any) -> None:
    if not value > type(value)(0):
        raise InvalidValue(f"{attribute.name}={value} is not above 0")


def _share(_: Any, attribute: Any, value: float) -> None:
    if not 0 < value <= 1:
        raise InvalidValue(f"{attribute.name}={value} is no share above 0; give a number up to 1")


@frozen(kw_only=True)
class ProblemRules:
    """When similar cases are a candidate for a common problem.

    `window` is what counts as now, `base` the time before it that says what is usual. A *spike* is a mark of
    `at_least` cases of at least `customers` customers whose count has a chance (see `tail`) of at most
    `significance`, shared among all marks that are tried. *Recurring* is a mark that names a thing (an error
    code, a model, a reason) on `recurring` cases, however usual. A mark joins a candidate that holds at least
    `overlap` of its cases.
    """

    window: timedelta = field(default=timedelta(days=7), validator=_above_nothing)
    base: timedelta = field(default=timedelta(days=28), validator=_above_nothing)
    at_least: int = field(default=3, validator=_above_nothing)
    customers: int = field(default=2, validator=_above_nothing)
    significance: float = field(default=0.01, validator=_share)
    recurring: int = field(default=10, validator=_above_nothing)
    overlap: float = field(default=0.5, validator=_share)


@frozen(kw_only=True)
class Problem:
    """A candidate for a common problem: its cases in the window, oldest first, and why it is one.

    `id` is that of the problem which its cases are linked to already (`known`), else derived from its leading
    mark, so that it stays the same from day to day. `marks` are what the cases have in common, the leading
    one first; `customers` how many they are of, `before` how many cases bore the leading mark in the base
    time, `expected` how many were to be expected now, `chance` the exact tail.
    """

    id: str
    kind: Literal["spike", "recurring"]
    marks: tuple[str, ...]
    cases: tuple[str, ...]
    customers: int
    before: int
    expected: float
    chance: float
    first_at: datetime = instant(kw_only=True)
    last_at: datetime = instant(kw_only=True)
    known: bool = False

    def __str__(self) -> str:
        usual = f"{self.expected:.1f} to be expected, chance {self.chance:.1g}"
        return f"{self.kind}: {', '.join(self.marks)}: {len(self.cases)} cases of {self.customers} ({usual})"
