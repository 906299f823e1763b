"""What raises or lowers a priority: the protocol of a factor, and what one gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from attrs import field, frozen

from supportkit.canonical import to_plain
from supportkit.errors import InvalidValue
from supportkit.priority.points import Points, exact, plain_points
from supportkit.rules import TextFacts, attribute

__all__ = ["Contribution", "Factor", "fact_at", "text_at"]


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@frozen
class Contribution:
    """What one factor adds to the score, with its evidence.

    `points` may be negative. `evidence` holds plain values that canonical JSON can write, no texts of
    customers. `missing` names the facts that were lacking and could have changed the points; `possible` are
    the least and the most that they could come to once these are known, None when nobody can tell. `factor`
    is filled in by the policy when it is empty; `error` too, with what was raised while it was asked.
    """

    points: Points = field(converter=exact)
    evidence: Mapping[str, Any] = field(factory=dict, hash=False)
    missing: tuple[str, ...] = field(default=(), converter=_names)
    factor: str = ""
    error: str = ""
    possible: tuple[Points, Points] | None = field(default=None, eq=False, repr=False)

    @property
    def range(self) -> tuple[Points, Points] | None:
        """The least and the most points it could come to; None when nobody can tell."""
        if self.possible is None and not self.missing and not self.error:
            return self.points, self.points
        return self.possible

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals."""
        plain = {
            "factor": self.factor,
            "points": to_plain(self.points),
            "evidence": to_plain(self.evidence),
            "missing": list(self.missing),
        }
        return plain | ({"error": self.error} if self.error else {})

    def __str__(self) -> str:
        points = plain_points(self.points) if self.points < 0 else f"+{plain_points(self.points)}"
        evidence = ", ".join(f"{key} {_shown(value)}" for key, value in self.evidence.items())
        lacking = f"unknown: {', '.join(self.missing)}" if self.missing else ""
        wrong = f"in error: {self.error}" if self.error else ""
        because = "; ".join(part for part in (evidence, lacking, wrong) if part) or "nothing found"
        return f"{points} {self.factor} ({because})"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_shown(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    return str(value)


@runtime_checkable
class Factor(Protocol):
    """Something that adds points; hosts and plugins write their own, no base class needed.

    `reads` are the dotted paths of the facts it looks at. `contribute` is pure: the same facts and
    `now` give the same contribution.
    """

    @property
    def name(self) -> str:
        """What it is called in explanations and events."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts it reads."""

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:
        """Return the points for these facts."""


def fact_at(facts: Any, path: str) -> Any:
    """Return the fact at a dotted path, None when it or a parent of it is missing or null.

    Mappings are read by key, other objects by attribute. Raises InvalidValue when the path goes
    through a plain value; what a mapping or a property of the host's raises goes through.

    >>> fact_at({"customer": {"plan": "gold"}}, "customer.plan")
    'gold'
    """
    value = facts
    for name in path.split("."):
        if value is None:
            return None
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, str | int | float | list | tuple | set | frozenset | TextFacts):
            raise InvalidValue(f"{path!r} reads {name!r} below {type(value).__name__}, which has no fields")
        else:
            value = attribute(value, name)
    return value


def text_at(facts: Any, path: str) -> str | None:
    """Return the text fact at a path or None; raises InvalidValue when it is no text."""
    value = fact_at(facts, path)
    if value is None or isinstance(value, str):
        return value
    raise InvalidValue(f"{path}={value!r} is no text")
