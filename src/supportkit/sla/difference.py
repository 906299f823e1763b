"""What another policy, target or calendar would change on cases, told before it is adopted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from supportkit.cases import Log, utc
from supportkit.sla.clock import Clock, State, Verdict
from supportkit.sla.policy import SlaPolicy

__all__ = ["Difference", "diff"]

_BEGINNING = datetime.min.replace(tzinfo=UTC)


@frozen(kw_only=True)
class Difference:
    """One cycle that two policies see differently; a side that has no such cycle says None and ``idle``."""

    case_id: str
    metric: str
    cycle: int
    old_target: timedelta | None = None
    new_target: timedelta | None = None
    old_due: datetime | None = None
    new_due: datetime | None = None
    old_state: State = "idle"
    new_state: State = "idle"
    old_verdict: Verdict = "pending"
    new_verdict: Verdict = "pending"

    @property
    def flips(self) -> bool:
        """Whether the verdict changes, not only the due time."""
        return self.old_verdict != self.new_verdict

    def __str__(self) -> str:
        told = f"{self.case_id} {self.metric} #{self.cycle}"
        return (
            f"{told}: {self.old_state} {self.old_verdict}, due {_day(self.old_due)} -> "
            f"{self.new_state} {self.new_verdict}, due {_day(self.new_due)}"
        )


def diff(
    old: SlaPolicy,
    new: SlaPolicy,
    cases: Iterable[tuple[Log, Any]],
    *,
    now: datetime,
    since: datetime | None = None,
) -> Iterator[Difference]:
    """Yield every cycle of these cases that stands differently at `now` under the new policy.

    `cases` are logs with their facts. Without `since` the new policy is taken as if it had always held;
    with it, as coming into force then: what was over before keeps its verdict, and what goes on takes along
    what the metrics' carry rules say. Calendars belong to the policies: a holiday more is another policy.

    >>> from supportkit.sla import Target
    >>> eight, four = (SlaPolicy({"resolution": [Target(t, "always")]}) for t in ("8 hours", "4 hours"))
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> log = Log("17").opened(at=nine)
    >>> for each in diff(eight, four, [(log, {})], now=nine + timedelta(hours=5)):
    ...     print(each)
    17 resolution #1: running pending, due 2026-07-01 17:00Z -> running breached, due 2026-07-01 13:00Z
    """
    now = utc(now)
    other = new if since is None else SlaPolicy.over_time([(_BEGINNING, old), (since, new)])
    for log, facts in cases:
        before, after = (_cycles(policy, log, facts, now) for policy in (old, other))
        for key in sorted({*before, *after}):
            found = _difference(log.case_id, *key, before.get(key), after.get(key))
            if found is not None:
                yield found


def _cycles(policy: SlaPolicy, log: Log, facts: Any, now: datetime) -> dict[tuple[str, int], Clock]:
    return {(c.metric, c.cycle): c for c in policy.evaluate(log, facts=facts, now=now).clocks}


def _difference(
    case_id: str, metric: str, cycle: int, old: Clock | None, new: Clock | None
) -> Difference | None:
    sides: dict[str, Any] = {}
    for side, clock in (("old", old), ("new", new)):
        if clock is not None:
            said = {name: getattr(clock, name) for name in ("target", "due", "state", "verdict")}
            sides |= {f"{side}_{name}": value for name, value in said.items()}
    found = Difference(case_id=case_id, metric=metric, cycle=cycle, **sides)
    before = (found.old_target, found.old_due, found.old_state, found.old_verdict)
    return None if before == (found.new_target, found.new_due, found.new_state, found.new_verdict) else found


def _day(instant: datetime | None) -> str:
    return "never" if instant is None else f"{instant:%Y-%m-%d %H:%M}Z"
