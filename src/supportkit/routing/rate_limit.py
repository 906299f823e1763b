"""Rate limits: how much work an agent is given within a stretch of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from supportkit.cases import Agent
from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue

__all__ = ["RateLimit"]


@frozen
class RateLimit:
    """At most `count` assignments within any `window`, the half-open time (now - window, now].

    What counts are the agent's `assigned_at` and `last_assigned`: the host (or the desk) tells them.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> busy = Agent("ann", assigned_at=[nine - timedelta(minutes=50), nine - timedelta(minutes=20)])
    >>> RateLimit.read((2, "1 hour")).opens_at(busy, now=nine) - nine
    datetime.timedelta(seconds=600)
    """

    count: int
    window: timedelta

    @classmethod
    def read(cls, value: Any) -> RateLimit | None:
        """Return the limit from ``(n, window)``; raises InvalidValue for anything else."""
        if value is None or isinstance(value, cls):
            return value
        if isinstance(value, list | tuple) and len(value) == 2 and type(value[0]) is int and value[0] > 0:
            window = read_duration(value[1])
            if window > timedelta(0):
                return cls(value[0], window)
        raise InvalidValue(f"rate_limit={value!r} is no limit; write (5, timedelta(hours=1))")

    def opens_at(self, agent: Agent, *, now: datetime) -> datetime | None:
        """Return when the agent may be given more, None for now."""
        given = list(agent.assigned_at)
        if agent.last_assigned is not None and agent.last_assigned not in given:
            given.append(agent.last_assigned)
        counted = sorted(at for at in given if now - self.window < at <= now)
        return counted[-self.count] + self.window if len(counted) >= self.count else None
