"""Replay a week of fire and ambulance calls through a `Router`, and lay its waits beside those of the log.

One row of the log is a unit that was sent to a call, and so one item: it asks for a unit of the row's kind,
which is then busy for as long as the row says. Which unit that is, and when it goes, the router decides.

    python examples/dispatch.py Fire_Department_Calls_for_Service.csv
"""

from __future__ import annotations

import argparse
import csv
import gzip
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from supportkit.cases import Agent
from supportkit.priority import QueueOrder
from supportkit.routing import Changed, Item, Router, RoutingPolicy

ZONE = ZoneInfo("America/Los_Angeles")
IN_SHIFTS = frozenset({"MEDIC", "PRIVATE"})
"""Ambulances come and go; everything else stands ready day and night."""
SHIFT_GAP = timedelta(hours=6)
"""An ambulance that hears nothing for longer than this has been off duty meanwhile."""
LETTERS = {"ENGINE": "E", "TRUCK": "T"}
"""What a station's own engine and truck are called: E03 and T03 live at station 03."""
URGENCY = {"E": 2, "3": 1}
"""How urgent a call is by the priority that it came with; the others 0."""
ORDERS: Mapping[str, Callable[[int], dict[str, int]]] = {
    "priority": lambda urgency: {"score": urgency, "rate": 1},
    "age": lambda _: {"score": 0, "rate": 1},
    "rates": lambda urgency: {"score": 0, "rate": 3**urgency},
}
"""What goes first: the most urgent; who waited longest; or whoever has the most points, three times as many
a minute with each degree of urgency."""
SOON = timedelta(seconds=120)

_FREE, _CAME, _ASKED, _WENT = range(4)
_Event = tuple[datetime, int, str, Callable[..., Changed]]
Times = Mapping[str, datetime]


@frozen
class Sent:
    """One row: a unit that the log sent to a call, and when it was free again (None: the log lacks it)."""

    call: str
    unit: str
    kind: str
    station: str
    given: str
    final: str
    received_at: datetime
    entered_at: datetime
    sent_at: datetime
    free_at: datetime | None

    @property
    def id(self) -> str:
        """The item's name: the call, and the unit that the log sent."""
        return f"{self.call}-{self.unit}"


@frozen
class Replay:
    """The unit that was sent to each item, when it went, and when it was free again."""

    units: dict[str, str] = field(factory=dict)
    sent_at: dict[str, datetime] = field(factory=dict)
    free_at: dict[str, datetime] = field(factory=dict)


@frozen
class Waits:
    """How long so many waited, in seconds; `soon` is the share of at most two minutes."""

    count: int
    median: float
    mean: float
    soon: float

    @classmethod
    def of(cls, waits: Sequence[timedelta]) -> Waits:
        """Sum them up."""
        seconds = [wait.total_seconds() for wait in waits]
        soon = sum(wait <= SOON for wait in waits)
        return cls(len(waits), median(seconds), sum(seconds) / len(waits), soon / len(waits))


# The log


def read(path: Path) -> list[Sent]:
    """Return the rows in the order in which units were sent; times are local wall time."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        rows = [_row(row) for row in csv.DictReader(file)]
    return sorted(rows, key=lambda row: (row.sent_at, row.id))


def _row(row: Mapping[str, str]) -> Sent:
    names = ("Call Number", "Unit ID", "Unit Type", "Station Area", "Original Priority", "Final Priority")
    call, unit, kind, station, given, final = (row[name] for name in names)
    received, entered, sent = (_instant(row[f"{stage} DtTm"]) for stage in ("Received", "Entry", "Dispatch"))
    free = row["Available DtTm"]
    return Sent(
        call, unit, kind, station, given, final, received, entered, sent, _instant(free) if free else None
    )


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZONE)


def waits(rows: Iterable[Sent], sent_at: Times) -> dict[str, Waits]:
    """Return how long calls waited, from being received until the first unit went, by final priority."""
    first: dict[str, datetime] = {}
    calls: dict[str, Sent] = {}
    for row in rows:
        if row.id in sent_at:
            calls[row.call] = row
            first[row.call] = min(first.get(row.call, sent_at[row.id]), sent_at[row.id])
    found: dict[str, list[timedelta]] = defaultdict(list)
    for name, row in calls.items():
        found[row.final].append(first[name] - row.received_at)
    return {priority: Waits.of(found[priority]) for priority in sorted(found)}


def ambulance_waits(rows: Sequence[Sent], sent_at: Times) -> dict[str, Waits]:
    """Return how long ambulances were waited for, from being asked for, by what the router goes by."""
    asked, names = asked_at(rows), {2: "E", 1: "3", 0: "2"}
    found: dict[str, list[timedelta]] = defaultdict(list)
    for row in rows:
        if row.kind in IN_SHIFTS and row.id in sent_at:
            found[names[URGENCY.get(row.given, 0)]].append(sent_at[row.id] - asked[row.id])
    return {priority: Waits.of(found[priority]) for priority in sorted(found)}


# What the router is told


def asked_at(rows: Iterable[Sent]) -> Times:
    """Return when each unit was asked for: as the call was entered, or later as the log sent it later."""
    rows = list(rows)
    first: dict[str, datetime] = {}
    for row in rows:
        first[row.call] = min(first.get(row.call, row.sent_at), row.sent_at)
    return {row.id: row.entered_at + (row.sent_at - first[row.call]) for row in rows}


def busy(rows: Sequence[Sent]) -> dict[str, timedelta]:
    """Return how long each row kept its unit: without an end in the log, until the unit went again."""
    last = max(row.sent_at for row in rows)
    again: dict[str, datetime] = {}
    found = {}
    for row in reversed(rows):
        found[row.id] = (row.free_at or again.get(row.unit, last)) - row.sent_at
        again[row.unit] = row.sent_at
    return found


def shifts(rows: Iterable[Sent]) -> list[tuple[datetime, datetime, str]]:
    """Return (from, until, ambulance) in order: from a first call to the end of a last one, no long gap."""
    own: dict[str, list[list[datetime]]] = defaultdict(list)
    for row in rows:
        if row.kind in IN_SHIFTS:
            known, end = own[row.unit], row.free_at or row.sent_at
            if not known or row.sent_at - known[-1][1] > SHIFT_GAP:
                known.append([row.sent_at, end])
            known[-1][1] = max(known[-1][1], end)
    return sorted((start, end, unit) for unit, known in own.items() for start, end in known)


def _item(row: Sent, rate: int) -> Item:
    letter = LETTERS.get(row.kind)
    at_home = [f"{letter}{row.station.zfill(2)}"] if letter else []
    return Item(row.id, created_at=row.received_at, skills={row.kind: 1}, affinity=at_home, rate=rate)


# The replay


def replay(rows: Sequence[Sent], *, by: str = "priority", without_every: int | None = None) -> Replay:
    """Send units to all that was asked for, as time goes on; `without_every` leaves out each n-th shift.

    `by` is one of ORDERS; of equals the call that was received first goes first. At one instant units become
    free, then ambulances come, then calls, then ambulances go; one that is busy ends its call first, and
    whoever is there when the last call comes stays.
    """
    router, spans, happened = Router(RoutingPolicy(), QueueOrder()), busy(rows), Replay()
    begin = min(row.received_at for row in rows)
    for unit, kind in sorted({row.unit: row.kind for row in rows}.items()):
        presence = "away" if kind in IN_SHIFTS else "available"
        router.set_agent(Agent(unit, capacity=1, skills={kind: 1}, presence=presence), now=begin)
    events: list[Any] = [*_asking(router, rows, by), *_coming_and_going(router, rows, without_every)]
    heapq.heapify(events)
    while events:
        now, _, _, act = heapq.heappop(events)
        for item, unit in act(now=now).assigned:
            happened.units[item], happened.sent_at[item] = unit, now
            free = happened.free_at[item] = now + spans[item]
            heapq.heappush(events, (free, _FREE, item, partial(router.complete, item)))
    return happened


def _asking(router: Router, rows: Sequence[Sent], by: str) -> Iterator[_Event]:
    asked = asked_at(rows)
    for row in rows:
        place = ORDERS[by](URGENCY.get(row.given, 0))
        put = partial(router.put, _item(row, place["rate"]), score=place["score"])
        yield asked[row.id], _ASKED, row.id, put


def _coming_and_going(router: Router, rows: Sequence[Sent], without_every: int | None) -> Iterator[_Event]:
    last = max(asked_at(rows).values())
    for number, (start, end, unit) in enumerate(shifts(rows), start=1):
        if without_every is None or number % without_every:
            yield start, _CAME, unit, partial(router.set_presence, unit, "available")
            if end < last:
                yield end, _WENT, unit, partial(router.set_presence, unit, "away")


WAYS: Mapping[str, Mapping[str, Any]] = {
    "router": {},
    "router, every 10th shift missing": {"without_every": 10},
    "the same, three times the points": {"without_every": 10, "by": "rates"},
    "the same, oldest call first": {"without_every": 10, "by": "age"},
}


def told(title: str, found: Mapping[str, Waits]) -> str:
    """Return a line for each priority."""
    return "\n".join(
        f"{title:<33} {priority:>8} {one.count:>6,} {one.median:>7.0f} {one.mean:>6.0f} {one.soon:>8.1%}"
        for priority, one in found.items()
    )


def main() -> None:
    """Replay the log in four ways and print the waits."""
    parser = argparse.ArgumentParser(description="Replay dispatched calls through a router.")
    parser.add_argument("path", type=Path, help="the calls for service, as .csv or .csv.gz")
    rows = read(parser.parse_args().path)
    print(
        f"{len(rows):,} units sent to {len({row.call for row in rows}):,} calls, {len(shifts(rows))} shifts"
    )
    started = perf_counter()
    sent = {"the log": {row.id: row.sent_at for row in rows}, "a unit always free": asked_at(rows)}
    sent |= {title: replay(rows, **options).sent_at for title, options in WAYS.items()}
    print(f"replayed {len(WAYS)} times in {perf_counter() - started:.1f} seconds")
    for title, by_priority in (
        ("received to first unit", waits),
        ("asked to ambulance sent", ambulance_waits),
    ):
        print(f"\n{title:<33} priority  count  median   mean <= 120 s")
        for name, sent_at in sent.items():
            print(told(name, by_priority(rows, sent_at)))


if __name__ == "__main__":
    main()
