"""What has become true and the log does not say yet, as events, each dated exactly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from supportkit.calendars import zone_data_version
from supportkit.cases import MICROSECOND, Event
from supportkit.errors import NoOpenTime
from supportkit.sla.clock import Clock
from supportkit.sla.cycle import Calendars, Cycle, Recorded
from supportkit.sla.pledge import Pledge
from supportkit.sla.report import Change

__all__ = ["next_changes", "next_outcome", "of_cycle", "of_promise"]


def of_cycle(cycle: Cycle, clock: Clock, book: Calendars, facts: Any, *, at: datetime) -> Iterator[Event]:
    """Yield what the log lacks about one cycle, `clock` being its state now; nothing is dated before `at`."""
    assert cycle.choice is not None
    known = cycle.recorded
    said: dict[str, Any] = {"metric": clock.metric, "cycle": clock.cycle}
    held: dict[str, Any] = {"due": clock.due, "target": cycle.choice.text, "calendar": cycle.choice.calendar}
    if known is None:
        if clock.state == "cancelled":
            return
        yield _event("target.set", at, **said, **held, **_grounds(cycle, facts), started=clock.started)
        known = Recorded().holding(**held)
    elif clock.state == "cancelled" and known.state != "removed":
        yield _event("target.removed", at, **said, due=known.due)
    elif clock.state in {"running", "paused"} and _moved(known, held):
        grounds = _grounds(cycle, facts) if known.target != cycle.choice.text else {}
        yield _event("target.moved", at, **said, **held, **grounds, previous=known.due, state=clock.state)
        known = known.holding(**held)
    for share in clock.warned:
        if share not in known.warned:
            passed = None if share in cycle.warned else cycle.warning(share, book)
            yield _event("target.warned", _not_before(at, passed), **said, level=share)
    yield from _verdict(cycle, clock, known, said, book, at)


def _verdict(
    cycle: Cycle, clock: Clock, known: Recorded, said: dict[str, Any], book: Calendars, at: datetime
) -> Iterator[Event]:
    due = cycle.due(book)
    if clock.verdict == known.verdict:
        return
    if clock.verdict == "breached":
        yield _event("target.breached", _not_before(at, due), **said, due=due, elapsed=clock.target)
    elif known.verdict == "breached":
        yield _event("target.revised", at, **said, due=due, verdict=clock.verdict, previous=known.verdict)
    elif clock.verdict == "met":
        yield _event("target.met", at, **said, due=due, elapsed=clock.elapsed)


def _moved(known: Recorded, held: dict[str, Any]) -> bool:
    now = (held["due"], held["target"], held["calendar"])
    return known.state != "running" or now != (known.due, known.target, known.calendar)


def _grounds(cycle: Cycle, facts: Any) -> dict[str, Any]:
    """Return why this target: the facts its conditions read, and the targets that could not be decided."""
    assert cycle.choice is not None
    grounds = {"facts": facts or None, "undecided": cycle.choice.undecided, "zone_data": zone_data_version()}
    return {name: value for name, value in grounds.items() if value}


def of_promise(pledge: Pledge, now: datetime, *, at: datetime) -> Iterator[Event]:
    """Yield the outcome of a promise that the log does not say yet."""
    outcome = pledge.outcome_at(now)
    if pledge.recorded or outcome == "open":
        return
    more = {"by": pledge.by} if outcome == "superseded" else {}
    moment = _not_before(at, pledge.due) if outcome == "broken" else at
    yield _event(f"promise.{outcome}", moment, id=pledge.id, what=pledge.what, due=pledge.due, **more)


def next_changes(cycle: Cycle, clock: Clock, book: Calendars, *, now: datetime) -> Iterator[Change]:
    """Yield what changes after `now` on a clock that runs on by itself."""
    if clock.state != "running" or cycle.choice is None:
        return
    for level in cycle.choice.warn:
        if level not in clock.warned and (instant := cycle.warning(level, book)) is not None:
            yield Change(instant, clock.metric, clock.cycle, level)
    late = None if clock.verdict == "breached" else _late(cycle, book, now)
    if late is not None:
        yield Change(late, clock.metric, clock.cycle, "breach")


def _late(cycle: Cycle, book: Calendars, now: datetime) -> datetime | None:
    due = cycle.due(book)
    if due is None or cycle.choice is None:
        return None
    if now <= due:
        return due + MICROSECOND
    try:  # used up to the last microsecond: late as soon as the calendar opens again
        return book[cycle.choice.calendar].next_open(now) + MICROSECOND
    except NoOpenTime:
        return None


def next_outcome(pledge: Pledge, *, now: datetime) -> Iterator[Change]:
    """Yield when an open promise will be broken."""
    if pledge.due is not None and pledge.outcome_at(now) == "open":
        yield Change(pledge.due + MICROSECOND, "promise", pledge.number, "promise")


def _not_before(at: datetime, instant: datetime | None) -> datetime:
    return at if instant is None else max(at, instant)


def _event(kind: str, at: datetime, **said: Any) -> Event:
    return Event.of(kind, at=at, actor="desk", **said)
