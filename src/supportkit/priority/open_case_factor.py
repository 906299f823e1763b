"""Points for somebody who already waits for us on another matter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.priority.factor import Contribution, fact_at
from supportkit.priority.points import Points, exact

__all__ = ["OpenCaseFactor"]


@frozen(init=False)
class OpenCaseFactor:
    """Adds points when the customer has an open case; with `cap`, points for each one up to the cap.

    Reads ``customer.open_cases``. Without `cap` the points count once, however many cases there are.
    Raises InvalidValue for negative points or a cap below them.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> factor = OpenCaseFactor(25, cap=40)
    >>> [factor.contribute({"customer": {"open_cases": n}}, now=noon).points for n in (0, 1, 2)]
    [0, 25, 40]
    """

    points: Points
    cap: Points
    reads: tuple[str, ...]
    name: str

    def __init__(self, points: Any, *, cap: Any = None) -> None:
        each = exact(points, name="open_case points")
        most = each if cap is None else exact(cap, name="open_case cap")
        if each < 0 or most < each:
            raise InvalidValue(
                f"open_case: points={each} and cap={most}; points are not negative, a cap is not below them"
            )
        self.__attrs_init__(points=each, cap=most, reads=("customer.open_cases",), name="open_case")

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return 0, self.cap

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points for the open cases."""
        count = fact_at(facts, "customer.open_cases")
        if count is None:
            return Contribution(0, {}, self.reads if self.cap else (), self.name, possible=(0, self.cap))
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise InvalidValue(f"customer.open_cases={count!r} is no count")
        return Contribution(min(self.points * count, self.cap), {"open cases": count}, (), self.name)
