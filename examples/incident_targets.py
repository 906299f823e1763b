"""Judge every incident of a real log by a policy, without a desk: a `Log` for each, and one call.

The log and its policy are those of `incidents.py`, which runs them through a desk and says where they are
from.

    python examples/incident_targets.py incident_event_log.csv
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import incidents
from attrs import Factory, define
from incidents import PRIORITIES, WAITING, Entry

from supportkit import Log, Policy
from supportkit.sla import SlaReport

FACTS = {"case": {"kind": "incident"}}


@define
class Tally:
    """What became of the incidents."""

    verdicts: Counter[tuple[str, str, str]] = Factory(Counter)
    """Newest cycles by metric, last priority and verdict."""
    clocks: int = 0
    """Clocks whose ledger adds up to the time elapsed; one that does not stops the run."""


def histories(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the rows of each incident, oldest first."""
    rows: dict[str, list[Entry]] = {}
    for entry in entries:
        rows.setdefault(entry.number, []).append(entry)
    return rows


def log_of(entries: list[Entry]) -> Log:
    """Build the log of one incident from its rows."""
    opened = entries[0].opened_at
    assert opened is not None
    log, status = Log(entries[0].number).opened(at=opened), "open"
    for entry in entries:
        before = entry.before or {}
        if entry.row["priority"] != before.get("priority"):
            log = log.priority(PRIORITIES[entry.row["priority"][0]], at=entry.at)
        log = _owned(log, entry, before)
        wanted = _status(entry.row["incident_state"], status)
        if wanted != status:
            log, status = _moved(log, status, wanted, entry.at), wanted
    return log


def _owned(log: Log, entry: Entry, before: incidents.Row) -> Log:
    team, agent = (incidents.known(entry.row[name]) for name in ("assignment_group", "assigned_to"))
    same = all(entry.row[name] == before.get(name) for name in ("assignment_group", "assigned_to"))
    return (
        log if same or (team is None and agent is None) else log.assigned(at=entry.at, team=team, agent=agent)
    )


def _status(state: str, status: str) -> str:
    if state == "Resolved":
        return status if status == "closed" else "resolved"
    return "closed" if state == "Closed" else WAITING.get(state, "open")


def _moved(log: Log, before: str, wanted: str, at: datetime) -> Log:
    if wanted == "resolved":
        return log.resolved(at=at)
    if wanted == "closed":
        return log.closed(at=at)
    if before in {"resolved", "closed"}:
        log = log.reopened(at=at)
    return log.status(wanted, at=at)


def judged(policy: Policy, rows: dict[str, list[Entry]], now: datetime) -> Iterator[tuple[str, SlaReport]]:
    """Yield the number of each incident with its clocks at `now`."""
    for number, entries in rows.items():
        yield number, policy.sla.evaluate(log_of(entries), facts=FACTS, now=now)


def counted(policy: Policy, rows: dict[str, list[Entry]], now: datetime) -> Tally:
    """Judge all incidents and add up the ledgers of all their clocks."""
    tally = Tally()
    for number, report in judged(policy, rows, now):
        priority = PRIORITIES[rows[number][-1].row["priority"][0]]
        for metric in ("resolution", "ownership"):
            tally.verdicts[metric, priority, report[metric].verdict] += 1
        for clock in report.clocks:
            if clock.explain().counted != clock.elapsed:
                raise SystemExit(f"{number}: the ledger of {clock.metric} #{clock.cycle} does not add up")
            tally.clocks += 1
    return tally


def show(tally: Tally, rows: dict[str, list[Entry]]) -> None:
    """Print the verdicts beside the log's own, whose limits nobody published."""
    made = Counter(
        (PRIORITIES[last.row["priority"][0]], last.row["made_sla"].lower() == "true")
        for last in (entries[-1] for entries in rows.values())
    )
    print("Resolution by our targets, beside the log's own made_sla (unknown limits; it stops at closing)")
    print(f"{'priority':<10} {'met':>7} {'breached':>9} {'pending':>8}   {'log: met':>9} {'log: missed':>12}")
    for priority in PRIORITIES.values():
        ours = [tally.verdicts["resolution", priority, how] for how in ("met", "breached", "pending")]
        theirs = [made[priority, True], made[priority, False]]
        print(f"{priority:<10} {ours[0]:>7,} {ours[1]:>9,} {ours[2]:>8,}   {theirs[0]:>9,} {theirs[1]:>12,}")
    print(f"{tally.clocks:,} clocks, and the ledger of every one adds up to the time elapsed")


def main() -> None:
    """Read the arguments, judge all incidents, print the report."""
    parser = argparse.ArgumentParser(description="Judge a real incident log by a policy.")
    parser.add_argument("path", type=Path, help="incident_event_log.csv, as it is or as .gz")
    parser.add_argument("--limit", type=int, help="only the first so many incidents")
    options = parser.parse_args()
    started = perf_counter()
    entries = incidents.read(options.path, options.limit)
    rows = histories(entries)
    read = perf_counter()
    tally = counted(Policy.load(incidents.POLICY), rows, entries[-1].at + timedelta(hours=1))
    print(f"{len(rows):,} incidents, {len(entries):,} rows\n")
    show(tally, rows)
    print(f"{read - started:.0f} seconds to read, {perf_counter() - read:.0f} to judge and explain")


if __name__ == "__main__":
    main()
