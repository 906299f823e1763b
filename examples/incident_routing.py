"""Learn who gets an incident from the first half of a real log, and route the second half by it.

The routes are plain ones, one for each cell of category, subcategory and location that the first half knows,
then for category and subcategory, then for the category, then for everything; the first that fits decides.

    python examples/incident_routing.py incident_event_log.csv
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from attrs import evolve, frozen

from supportkit.routing import Route, RoutingPolicy

KEYS = (("category", "subcategory", "location"), ("category", "subcategory"), ("category",), ())
"""What a route asks for, from the most particular to everything."""
UNKNOWN = "?"
NOW = datetime(2016, 5, 1, tzinfo=UTC)
"""Nothing in the routes depends on the time."""


@frozen
class Incident:
    """What is known when an incident is first assigned, and the group that it went to."""

    number: str
    opened_at: datetime
    assigned_at: datetime
    facts: dict[str, str]
    group: str
    last_group: str


@frozen
class Agreement:
    """How often the routes name the group that the incident was first given to."""

    incidents: int
    right: int
    by_keys: Counter[int]
    right_by_keys: Counter[int]

    @property
    def share(self) -> float:
        """The share of all incidents for which they do."""
        return self.right / self.incidents


def read(path: Path) -> list[Incident]:
    """Return the incidents with the row that first names a group, in the order of opening.

    Only that row is decided by, so nothing is known before it happened; `last_group` is where the incident
    ended, for comparison alone. Dates are day first.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    first: dict[str, Incident] = {}
    last: dict[str, str] = {}
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            last[row["number"]] = row["assignment_group"]
            if row["number"] not in first and row["assignment_group"] != UNKNOWN:
                facts = {name: row[name] for name in KEYS[0] if row[name] != UNKNOWN}
                times = (_instant(row["opened_at"]), _instant(row["sys_updated_at"]))
                first[row["number"]] = Incident(
                    row["number"], *times, facts, row["assignment_group"], UNKNOWN
                )
    known = (evolve(incident, last_group=last[number]) for number, incident in first.items())
    return sorted(known, key=lambda incident: (incident.opened_at, incident.number))


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def halves(incidents: Sequence[Incident]) -> tuple[Sequence[Incident], Sequence[Incident]]:
    """Return what to learn from and what to be judged by.

    The later half by opening is judged; of the earlier one is learnt what was assigned before that began.
    """
    middle = len(incidents) // 2
    before, after = incidents[:middle], incidents[middle:]
    return [one for one in before if one.assigned_at < after[0].opened_at], after


def learnt(incidents: Iterable[Incident]) -> list[Route]:
    """Return a route for each cell: to the group that most of its incidents went to (a tie: by name)."""
    seen = list(incidents)
    return [
        Route(_when(cell), queue=min(groups, key=lambda group: (-groups[group], group)))
        for keys in KEYS
        for cell, groups in _cells(seen, keys).items()
    ]


def _cells(
    incidents: Iterable[Incident], keys: Sequence[str]
) -> dict[tuple[tuple[str, str], ...], Counter[str]]:
    cells: defaultdict[tuple[tuple[str, str], ...], Counter[str]] = defaultdict(Counter)
    for incident in incidents:
        if all(key in incident.facts for key in keys):
            cells[tuple((key, incident.facts[key]) for key in keys)][incident.group] += 1
    return cells


def _when(cell: Iterable[tuple[str, str]]) -> str | None:
    return " and ".join(f'incident.{key} == "{value}"' for key, value in cell) or None


def judged(routes: Sequence[Route], incidents: Iterable[Incident]) -> Agreement:
    """Route each incident and compare with the group that it was first given to."""
    policy = RoutingPolicy(routes=routes)
    widths = [str(route.when or "").count("==") for route in routes]
    by_keys: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for incident in incidents:
        found = policy.route({"incident": incident.facts}, now=NOW)
        if found is not None:
            route, index = found
            by_keys[widths[index]] += 1
            right[widths[index]] += route.queue == incident.group
    return Agreement(by_keys.total(), right.total(), by_keys, right)


def ended_elsewhere(incidents: Iterable[Incident]) -> list[Incident]:
    """Return the incidents as if their last group had been the first one, without those that have none."""
    return [
        evolve(incident, group=incident.last_group)
        for incident in incidents
        if incident.last_group != UNKNOWN
    ]


def main() -> None:
    """Learn from the first half, judge by the second, print."""
    parser = argparse.ArgumentParser(description="Learn routes from one half of a log, judge by the other.")
    parser.add_argument("path", type=Path, help="incident_event_log.csv, as it is or as .gz")
    incidents = read(parser.parse_args().path)
    before, after = halves(incidents)
    routes, started = learnt(before), perf_counter()
    found = judged(routes, after)
    print(f"{len(before):,} incidents give {len(routes):,} routes; {len(after):,} are routed by them")
    print(
        f"in {perf_counter() - started:.1f} seconds, {found.share:.1%} to the group that they went to first"
    )
    for keys in sorted(found.by_keys, reverse=True):
        count = found.by_keys[keys]
        print(f"  by {keys} of 3 keys {count:>7,} {found.right_by_keys[keys] / count:>7.1%} right")
    print(f"a rule fitted to all rows that it is judged by: {judged(learnt(incidents), incidents).share:.1%}")
    ended, later = ended_elsewhere(before), ended_elsewhere(after)
    everything = ended_elsewhere(incidents)
    print(f"the group in which they ended: {judged(learnt(ended), later).share:.1%}", end="")
    print(f" (fitted: {judged(learnt(everything), everything).share:.1%})")


if __name__ == "__main__":
    main()
