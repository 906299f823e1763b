"""What a week came to, counted from the logs alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, define

from supportkit.cases import Event, Log, fold

__all__ = ["Figures", "count"]


@define
class Figures:
    """Counts over many logs.

    `verdicts` by (priority at the end, metric, met or breached), `promises` by how they ended, `waits` from
    standing in line to having an agent, by queue, `contacts` by what became of them.
    """

    cases: int = 0
    verdicts: Counter[tuple[str, str, str]] = Factory(Counter)
    promises: Counter[str] = Factory(Counter)
    fast_lane: int = 0
    hand_overs: int = 0
    reopened: int = 0
    escalations: Counter[tuple[str, str]] = Factory(Counter)
    waits: dict[str, list[timedelta]] = Factory(dict)
    acknowledged: int = 0
    silent: Counter[str] = Factory(Counter)
    faults: int = 0

    def wait_rows(self) -> list[tuple[str, int, timedelta, timedelta]]:
        """Return queue, number, median and longest wait, busiest queue first."""
        rows = [(queue, len(w), sorted(w)[len(w) // 2], max(w)) for queue, w in self.waits.items()]
        return sorted(rows, key=lambda row: (-row[1], row[0]))


def count(logs: Iterable[Log]) -> Figures:
    """Count what happened in these logs."""
    figures = Figures()
    for log in logs:
        _count_case(figures, log.events)
    return figures


def _count_case(figures: Figures, events: tuple[Event, ...]) -> None:
    case = fold(events)
    figures.cases += 1
    figures.hand_overs += case.transfers
    figures.reopened += case.reopens
    figures.faults += case.faults
    queued: tuple[str, datetime] | None = None
    for event in events:
        said: Any = event.payload
        if event.kind in {"target.met", "target.breached"}:
            figures.verdicts[case.priority or "none", said.metric, event.kind.partition(".")[2]] += 1
        elif event.kind.startswith("promise.") and event.kind != "promise.made":
            figures.promises[event.kind.partition(".")[2]] += 1
        elif event.kind == "escalation.fired":
            for target in said.targets:
                figures.escalations[said.plan, target] += 1
        elif event.kind == "ack.sent":
            figures.acknowledged += 1
        elif event.kind == "ack.suppressed":
            figures.silent[event.reason or "unknown"] += 1
        queued = _wait(figures, event, queued)
    figures.promises["open"] += len(case.promises)


def _wait(figures: Figures, event: Event, queued: tuple[str, datetime] | None) -> tuple[str, datetime] | None:
    """Measure from standing in line to having an agent; leaving the line otherwise measures nothing."""
    said: Any = event.payload
    if event.kind == "routing.queued":
        figures.fast_lane += said.fast_lane
        return (said.queue or "general", event.at)
    if event.kind == "case.assigned" and said.agent is not None and queued is not None:
        figures.waits.setdefault(queued[0], []).append(event.at - queued[1])
        return None
    return None if event.kind == "routing.cancelled" else queued
