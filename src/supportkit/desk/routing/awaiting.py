"""How long cases in line may expect to wait, and how long they did wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from supportkit.cases import Agent, Event
from supportkit.desk.draft import Draft
from supportkit.desk.routing.matching import item_of, own_item
from supportkit.policy import Policy
from supportkit.ports import CaseRow
from supportkit.routing import Calibration, ExpectedWait, Route, expected_waits

__all__ = ["calibrated", "expect", "waits_in_line"]


def waits_in_line(
    policy: Policy, rows: Sequence[CaseRow], agents: Sequence[Agent], *, now: datetime
) -> dict[str, ExpectedWait]:
    """Return what each waiting case may expect, by its id, the next one first."""
    items = [item_of(policy, row, now=now) for row in rows]
    return expected_waits(policy.routing, items, agents, now=now, route=Route())


def expect(draft: Draft) -> dict[str, Any] | None:
    """Work out how long the case, which has just been put into line, may wait; None where nobody can say."""
    situation, routing = draft.situation, draft.policy.routing
    if routing.waits is None or situation.line is None or not draft.line.waiting:
        return None
    others = (row for row in situation.line if row.ref != draft.ref)
    items = [own_item(draft), *(item_of(draft.policy, row, now=draft.now) for row in others)]
    draft.expected = expected_waits(routing, items, situation.agents, now=draft.now, route=Route())[draft.ref]
    return draft.expected.to_plain()


def calibrated(logs: Iterable[Iterable[Event]]) -> Calibration:
    """Return how often waits that are over kept within what was expected when they began.

    A wait is over when an agent has the case; one for which nothing could be expected counts for nothing.
    """
    seen = [pair for log in logs for pair in _waits(log)]
    if not seen:
        return Calibration(0, None, None)
    within = [
        sum(real <= timedelta(seconds=expected[bound]) for expected, real in seen) for bound in ("p50", "p90")
    ]
    return Calibration(len(seen), within[0] / len(seen), within[1] / len(seen))


def _waits(log: Iterable[Event]) -> Iterator[tuple[Any, timedelta]]:
    """Yield what was expected of each wait of a case and how long it was."""
    began: Event | None = None
    for event in log:
        said: Any = event.payload
        if event.kind == "routing.queued":
            began = event if said.expected is not None and said.expected["p50"] is not None else None
        elif event.kind == "case.assigned" and said.agent is not None and began is not None:
            yield began.payload.expected, event.at - began.at  # type: ignore[attr-defined]
            began = None
        elif event.kind == "routing.cancelled":
            began = None
