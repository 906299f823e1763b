"""How a desk is doing: what is behind, what is broken, what nobody looks after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from supportkit.cases import Case
from supportkit.desk.case_file import CaseFile
from supportkit.ports import CaseRow, OutboxRow

__all__ = ["Health", "health_of", "is_planned", "unplanned_of"]


@frozen(kw_only=True)
class Health:
    """How a desk is doing, in counts, and since when the oldest thing waits.

    `waiting` cases stand in line, `without_agent` are open and no agent has them. `parked` names cases that
    raised while they were advanced, `stale` counts open ones that the policy in force has not met yet,
    `unplanned` open ones without a next action (see `Desk.unplanned`). `oldest_due` is the earliest instant
    at which something falls due: one long past says that nobody calls `tick`. `oldest_promise` is when the
    next open promise is due. `outbox` counts messages by state, `failing` those that failed for good or were
    put off and wait for another try. `faults` are (code, subject) pairs: ``channel_silent`` with a channel by
    which nothing came in for longer than the policy allows, ``customer_unreachable`` (see `Desk.reach`).
    """

    cases: int
    open: int
    waiting: int
    without_agent: int = 0
    parked: tuple[str, ...] = ()
    stale: int = 0
    unplanned: int = 0
    oldest_due: datetime | None = None
    oldest_promise: datetime | None = None
    outbox: Mapping[str, int] = {}
    failing: int = 0
    faults: tuple[tuple[str, str], ...] = ()


def health_of(rows: Sequence[CaseRow], messages: Iterable[OutboxRow], *, epoch: int, now: datetime) -> Health:
    """Return the health of a desk with these cases and messages that decides by the policy of `epoch`."""
    messages = tuple(messages)
    open_rows = [row for row in rows if row.open]
    cases = [CaseFile.from_bytes(row.snapshot).case for row in open_rows]
    promised = (promise.due for case in cases for promise in case.promises)
    return Health(
        cases=len(rows),
        open=len(open_rows),
        waiting=sum(row.signature is not None for row in open_rows),
        without_agent=sum(row.owner is None for row in open_rows),
        parked=tuple(row.ref for row in rows if row.fails),
        stale=sum(row.epoch < epoch for row in open_rows),
        unplanned=sum(not is_planned(case, now=now) for case in cases),
        oldest_due=min((row.due_at for row in rows if row.due_at is not None), default=None),
        oldest_promise=min((due for due in promised if due is not None), default=None),
        outbox=dict(Counter(message.state for message in messages)),
        failing=sum(_fails(message) for message in messages),
    )


def _fails(message: OutboxRow) -> bool:
    return message.state == "failed" or (message.state == "pending" and message.tries > 0)


def is_planned(case: Case, *, now: datetime) -> bool:
    """Tell whether the case has a next action with an owner and a date that has not passed."""
    action = case.next_action
    return action is not None and bool(action.owner) and action.due is not None and action.due >= now


def unplanned_of(cases: Iterable[Case], *, now: datetime) -> tuple[Case, ...]:
    """Return the open cases among these that have no plan: complaints first, then the longest open."""
    found = [case for case in cases if case.is_open and not is_planned(case, now=now)]
    return tuple(sorted(found, key=lambda case: (case.kind != "complaint", case.opened_at, case.id)))
