"""What an evaluation says: the clocks, the promises, and when to look again."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from supportkit.canonical import instant_text
from supportkit.cases import Promise
from supportkit.errors import nearest_name
from supportkit.sla.clock import Clock, idle_clock

__all__ = ["Change", "SlaReport"]


@frozen
class Change:
    """What will change by itself, and from which instant on it can be seen.

    `what` is a warning level (``"50%"``), ``breach``, ``promise`` (it is broken) or ``policy`` (another
    version holds). `key` is the same whenever it is asked: an alert with a key that was sent is not sent
    again.
    """

    at: datetime
    metric: str | None
    cycle: int
    what: str
    key: str = field(init=False)

    @key.default
    def _key(self) -> str:
        return f"{self.metric}#{self.cycle}:{self.what}" if self.metric else f"policy:{instant_text(self.at)}"


@frozen(kw_only=True)
class SlaReport:
    """The clocks of a case at one instant; ``report.<metric>`` is a metric's newest cycle, or an idle clock.

    `clocks` holds every cycle of every metric, the earliest start first (a report of a saved state: the
    current cycles and the last ones that are over). `promises` are those made to the customer, with
    their state. `next_change_at` is the next instant at which anything here changes by itself, or None.
    `missing` names the facts that the targets' conditions read and nobody gave, `errors` says which of them
    could not be read and why: lines that need one of these are passed over. `policy_version` says by which
    policy it was judged.
    """

    clocks: tuple[Clock, ...] = ()
    schedule: tuple[Change, ...] = ()
    promises: tuple[Promise, ...] = ()
    missing: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    policy_version: str | None = None
    _metrics: tuple[str, ...] = field(default=(), repr=False)

    @property
    def next_change_at(self) -> datetime | None:
        """The next instant at which anything here changes by itself: look again then, not before."""
        return self.schedule[0].at if self.schedule else None

    def __getattr__(self, name: str) -> Clock:
        if name.startswith("_") or name not in self._metrics:
            near = nearest_name(name, self._metrics)
            hint = (
                f"did you mean {near!r}?" if near else f"its metrics are {', '.join(self._metrics) or 'none'}"
            )
            raise AttributeError(f"this report has no metric {name!r}; {hint}", name=name, obj=self)
        return self[name]

    def __getitem__(self, metric: str) -> Clock:
        """Return the newest cycle of a metric, or an idle clock."""
        if metric not in self._metrics:
            raise KeyError(metric)
        cycles = [clock for clock in self.clocks if clock.metric == metric]
        return max(cycles, key=lambda clock: clock.cycle, default=idle_clock(metric))

    def explain(self) -> str:
        """Return one line for each clock (what is owed by when, how far, the verdict), then one an error."""
        clocks = [_told(clock) for clock in self.clocks] or ["no clock has begun"]
        return "\n".join(clocks + [f"in error, lines that read it are passed over: {e}" for e in self.errors])


def _told(clock: Clock) -> str:
    due = "no due time" if clock.due is None else f"due {clock.due.isoformat()}"
    return (
        f"{clock.metric} #{clock.cycle}: {clock.state}, {clock.verdict}; {clock.elapsed} of {clock.target} "
        f"in {clock.calendar}, {due}"
    )
