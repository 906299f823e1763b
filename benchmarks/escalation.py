"""A week of escalations: armed cases in a heap of their next instants; idle cases cost nothing."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime, timedelta

from rounds import Contender, Table, compared

from supportkit.cases import Event
from supportkit.escalation import EscalationPolicy

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = MONDAY + timedelta(days=7)
POLICY = EscalationPolicy.from_dict(
    {
        "silence": {
            "levels": [
                {"after": "1 hour", "to": "owner"},
                {"after": "8 hours", "to": "team_lead"},
                {"after": "1 day", "to": "duty_manager", "kind": "hierarchical"},
            ],
        }
    }
)


def measure(*, quick: bool) -> list[Table]:
    cases, rounds = (10_000, 3) if quick else (100_000, 2)
    firings = _fired(_armed(cases))
    few = _fired(_armed(cases // 10))
    bare, full = "the bare heap: take one, put one back", f"{cases:,} armed cases"
    contenders = [
        Contender(bare, firings, lambda: _bare(cases, firings)),
        Contender(full, firings, lambda: _week(cases), beside=bare),
        Contender(f"{cases // 10:,} armed cases", few, lambda: _week(cases // 10), beside=full),
        Contender(
            f"{cases // 10:,} armed among {cases:,} idle ones",
            few,
            lambda: _week(cases // 10, idle=cases),
            beside=full,
            budget=">= 0.8",
        ),
    ]
    return [
        compared(
            "A week of escalations, each case its own timer",
            contenders,
            unit="firings",
            rounds=rounds,
            note="A ladder of three levels; every case opens at another second of the first day. "
            "Each firing is one `EscalationPolicy.step` at the instant that the step before it named. Idle "
            "cases are those whose escalation has somebody (`acked`); nothing ever looks at them.",
        )
    ]


def _armed(count, *, idle=0):
    """Return the states of opened cases in a heap of their next instants; idle ones are not in there."""
    heap = []
    for number in range(count + idle):
        at = MONDAY + timedelta(seconds=number * 86_400 / (count + idle))
        step = POLICY.step(None, Event.of("case.opened", at=at), now=at)
        if idle and number % (1 + idle // count):
            step = POLICY.step(step.state, Event.of("escalation.acked", at=at, by="ann"), now=at)
        if step.next_change_at is not None:
            heap.append((step.next_change_at, number, step.state))
    heapq.heapify(heap)
    return heap


def _fired(heap):
    """Advance all cases to the end of the week, one instant at a time; return how many levels fired."""
    fired = 0
    while heap and heap[0][0] < WEEK:
        at, number, state = heap[0]
        step = POLICY.step(state, None, now=at)
        fired += len(step.firings)
        if step.next_change_at is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (step.next_change_at, number, step.state))
    return fired


def _week(count, *, idle=0):
    heap = _armed(count, idle=idle)
    return lambda: _fired(heap)


def _bare(count, firings):
    heap = [(MONDAY + timedelta(seconds=number), number, None) for number in range(count)]
    wait = timedelta(hours=9)

    def run():
        for _ in range(firings):
            at, number, state = heap[0]
            heapq.heapreplace(heap, (at + wait, number, state))

    return run
