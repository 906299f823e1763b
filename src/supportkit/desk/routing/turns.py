"""Where a waiting case stands, and whose turn it is when a floor guards a tier of cases against neglect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from supportkit.cases import MICROSECOND, Case
from supportkit.policy import Policy
from supportkit.priority import Floor

__all__ = [
    "Turn",
    "assignments_of",
    "filed_under",
    "last_served",
    "moved",
    "next_place_at",
    "place_of",
    "served_next",
    "takes_turns",
    "turns_in",
]

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


def assignments_of(agent: str) -> str:
    """Return the name of the counter of what an agent is given, by routing or by a human."""
    return f"assigned:{agent}"


def takes_turns(policy: Policy) -> bool:
    """Return whether a policy looks at who was given work last."""
    return any(clause.name == "round_robin" for clause in policy.routing.rank)


def turns_in(queue: str | None, channel: str | None) -> str:
    """Return the first part of the counters of turns in a queue and channel; an agent's id follows."""
    return f"turn:{queue or ''}/{channel or ''}:"


def last_served(turns: Mapping[str, datetime]) -> str | None:
    """Return who was given work last, None when nobody was within the 35 days for which counts are kept."""
    return max(turns, key=turns.__getitem__, default=None)


def served_next(turns: Mapping[str, datetime], *, now: datetime) -> datetime:
    """Return the instant to count a turn at: later than all before, so that their order is known."""
    return max([now, *(at + MICROSECOND for at in turns.values())])


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
