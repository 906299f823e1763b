"""What a report takes for granted: its period, and where the lines are drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from supportkit.cases.instants import maybe_instant
from supportkit.errors import InvalidValue

__all__ = ["Terms"]


@frozen(kw_only=True)
class Terms:
    """What a report takes for granted: the period, and where the lines are drawn.

    `early` is by how much a promise must be beaten to count as kept early, `apology_within` by when somebody
    says sorry after a complaint, `satisfied` the lowest score of a satisfied customer.
    """

    since: datetime | None = maybe_instant(kw_only=True)
    until: datetime | None = maybe_instant(kw_only=True)
    early: timedelta = timedelta(0)
    apology_within: timedelta = timedelta(days=1)
    satisfied: int = 4

    def __attrs_post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise InvalidValue(
                f"since={self.since} lies after until={self.until}; a period ends after it begins"
            )

    def covers(self, at: datetime | None) -> bool:
        """Whether an instant lies in the period."""
        return at is not None and (self.since is None or at >= self.since)
