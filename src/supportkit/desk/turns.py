"""Where a waiting case stands, and whose turn it is when a floor guards a tier of cases against neglect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from supportkit.cases import MICROSECOND, Case
from supportkit.policy import Policy
from supportkit.priority import Floor

__all__ = ["Turn", "filed_under", "moved", "next_place_at", "place_of"]

# Counts are kept for 35 days; mostly the last hour says it all.
_WINDOWS = (timedelta(hours=1), timedelta(days=1), timedelta(days=35))
_Counted = Callable[..., Sequence[datetime]]


def place_of(policy: Policy, case: Case, *, now: datetime) -> int | None:
    """Return where a waiting case stands at `now`; smaller goes first."""
    if not _ages(policy, case):
        return case.sort_key
    return policy.priority.place(case.priority, case.sort_key, since=case.opened_at, now=now)  # type: ignore[arg-type]


def filed_under(policy: Policy, case: Case, *, now: datetime) -> int | None:
    """Return the key under which a store files a waiting case until `next_place_at`."""
    moves = _ages(policy, case) and policy.priority.order.steps
    return place_of(policy, case, now=now) if moves else case.sort_key


def next_place_at(policy: Policy, case: Case, *, now: datetime) -> datetime | None:
    """Return when a waiting case moves ahead by itself: the next step of its ageing."""
    if not _ages(policy, case):
        return None
    return policy.priority.order.next_change_at(case.priority, case.opened_at, now=now)  # type: ignore[arg-type]


def moved(policy: Policy, case: Case, priority: str, *, now: datetime) -> int | None:
    """Return the sort key of a case whose priority is set otherwise than by its score."""
    if case.opened_at is None or priority not in policy.priority.levels.names:
        return case.sort_key
    return policy.priority.moved(priority, case.sort_key, since=case.opened_at, now=now)


def _ages(policy: Policy, case: Case) -> bool:
    """Whether the case has all that its place depends on; its level may be one of an earlier policy."""
    known = case.priority in policy.priority.levels.names
    return known and case.sort_key is not None and case.opened_at is not None


@frozen
class Turn:
    """How often an agent was given others while the floor's tier waited, and when that was counted last."""

    agent: str
    floor: Floor | None
    since: int = 0
    latest: datetime | None = None

    @classmethod
    def of(cls, agent: str, floor: Floor | None, counted: _Counted, *, now: datetime) -> Turn:
        """Read it from the counters of a store, further back only where an hour does not say it."""
        if floor is None:
            return cls(agent, None)
        passed: Sequence[datetime] = ()
        served: Sequence[datetime] = ()
        for window in _WINDOWS:
            passed, served = (counted(f"{name}:{agent}", since=now - window) for name in ("passed", "served"))
            if served or len(passed) >= floor.every - 1:
                break
        since = sum(not served or at > served[-1] for at in passed)
        return cls(agent, floor, since, max([*passed, *served], default=None))

    def chosen(
        self, head: str | None, neglected: Callable[[], str | None], guarded: Iterable[str]
    ) -> tuple[str | None, str | None]:
        """Return the case that is next, and what to count: another one was ``passed`` or the tier ``served``.

        `head` is who would be next, `neglected` the head of the guarded tier, `guarded` all of that tier.
        """
        if self.floor is None or head is None:
            return head, None
        first = head if head in set(guarded) else neglected()
        if first is None:  # nobody of the tier waits: the count begins again
            return head, "served" if self.since else None
        if first == head or self.since + 1 >= self.floor.every:
            return first, "served" if self.since else None
        return head, "passed"

    def count(self, name: str, *, now: datetime) -> tuple[str, datetime]:
        """Return the counter and an instant later than all before, so that the order of counts is known."""
        return f"{name}:{self.agent}", now if self.latest is None else max(now, self.latest + MICROSECOND)
