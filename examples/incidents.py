"""Run a real incident log through a desk: opened, assigned, waiting, resolved, reopened, closed.

The log is the "Incident management process enriched event log" of a ServiceNow instance (UCI Machine Learning
Repository no. 498, CC BY 4.0). Its columns `resolved_at`, `closed_at`, `closed_code` and `resolved_by` carry
the final value on every row; here nothing is read before it was known. What cannot be believed (an event
before the opening, time going back, an owner that vanishes) is clamped and recorded, never dropped.

    python examples/incidents.py incident_event_log.csv --limit 2000
"""

from __future__ import annotations

import argparse
import csv
import gzip
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import Factory, define, frozen

from supportkit import Desk, Policy
from supportkit.channels import ManualChannel
from supportkit.storage import SqliteStore

POLICY = Path(__file__).with_name("incidents.yaml")
PRIORITIES = {"1": "critical", "2": "high", "3": "moderate", "4": "low"}
WAITING = {
    "Awaiting User Info": "waiting_customer",
    "Awaiting Vendor": "waiting_third_party",
    "Awaiting Problem": "waiting_third_party",
    "Awaiting Evidence": "waiting_third_party",
}
Row = dict[str, str]


@frozen
class Entry:
    """One row of the log at the instant at which it became known, after the row before it."""

    number: str
    index: int
    at: datetime
    row: Row
    before: Row | None
    faults: tuple[str, ...] = ()
    opened_at: datetime | None = None


@define
class Report:
    """What became of the incidents, as the desk's log tells it."""

    counts: Counter[str] = Factory(Counter)
    verdicts: Counter[tuple[str, str, str]] = Factory(Counter)
    made_sla: Counter[tuple[str, bool]] = Factory(Counter)


def read(path: Path, limit: int | None = None) -> list[Entry]:
    """Read the log and put all rows into the order in which they became known."""
    opener = gzip.open if path.suffix == ".gz" else open
    entries: list[Entry] = []
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        incidents = groupby(csv.DictReader(file), key=lambda row: row["number"])
        for count, (number, rows) in enumerate(incidents):
            if limit is not None and count >= limit:
                break
            entries += _entries(number, rows)
    return sorted(entries, key=lambda entry: (entry.at, entry.number, entry.index))


def _entries(number: str, rows: Iterable[Row]) -> Iterator[Entry]:
    before: Row | None = None
    last: datetime | None = None
    for index, row in enumerate(rows):
        at, opened = moment(row["sys_updated_at"]), moment(row["opened_at"])
        faults = []
        if at < opened:
            at, faults = opened, ["event_before_opening"]
        if last is not None and at < last:
            at, faults = last, [*faults, "time_went_back"]
        yield Entry(number, index, at, row, before, tuple(faults), opened if index == 0 else None)
        before, last = row, at


def moment(text: str) -> datetime:
    """Read a day-first time of the log; it names no zone, so all of it is taken as UTC."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def known(value: str) -> str | None:
    """Return a cell's value, None where the log says that it is missing."""
    return None if value in {"?", ""} else value


class Incidents:
    """Feeds the rows to a desk, one change at a time, each with a key, so that a second run changes nothing.

    What a row calls for follows from the rows before it (`status`), never from the desk, which may already
    know more after a run that was interrupted.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.cases: dict[str, str] = {}
        self.status: dict[str, str] = {}

    def feed(self, entry: Entry) -> None:
        """Tell the desk what this row changed."""
        if entry.before is None:
            self._open(entry)
        for fault in entry.faults:
            self._do("record_fault", entry, fault, given={"sys_updated_at": entry.row["sys_updated_at"]})
        self._classify(entry)
        self._own(entry)
        self._move(entry)

    def _open(self, entry: Entry) -> None:
        contact = {
            "channel": "phone", "form": "call", "account": known(entry.row["caller_id"]) or "unknown caller",
            "key": entry.number, "product": known(entry.row["cmdb_ci"]),
        }  # fmt: skip
        said = {name: value for name, value in contact.items() if value is not None}
        receipt = self.desk.receive("manual", said, now=entry.at, key=entry.number)
        case = receipt.contacts[0].case_id
        assert case is not None
        self.cases[entry.number], self.status[entry.number] = case, "open"

    def _over(self, entry: Entry) -> bool:
        return self.status[entry.number] in {"resolved", "closed"}

    def _do(self, command: str, entry: Entry, *args: Any, by: str = "desk", **options: Any) -> None:
        what = "/".join((command, *map(str, args)))
        key = f"{entry.number}/{entry.index}/{what}"
        case = self.cases[entry.number]
        getattr(self.desk, command)(case, *args, by=by, now=entry.at, key=key, **options)

    def _classify(self, entry: Entry) -> None:
        row, before = entry.row, entry.before or {}
        names = ("category", "impact", "urgency", "priority")
        if all(row[name] == before.get(name) for name in names):
            return
        self._do(
            "classify", entry, kind="incident", category=known(row["category"]), impact=row["impact"],
            urgency=row["urgency"], priority=PRIORITIES[row["priority"][0]], reason="as the log says",
        )  # fmt: skip

    def _own(self, entry: Entry) -> None:
        row, before = entry.row, entry.before or {}
        names = ("assignment_group", "assigned_to")
        if all(row[name] == before.get(name, "?") for name in names):
            return
        team, agent = known(row["assignment_group"]), known(row["assigned_to"])
        if team is None and agent is None:
            self._do(
                "record_fault", entry, "owner_vanished", given={name: before.get(name) for name in names}
            )
        elif self._over(entry):
            self._do("note", entry, f"owner after the end: {team} {agent}")
        else:
            self._do("assign", entry, team=team, agent=agent)

    def _move(self, entry: Entry) -> None:
        state, before = entry.row["incident_state"], (entry.before or {}).get("incident_state")
        if state == before:
            return
        by = known(entry.row["sys_updated_by"]) or "desk"
        if state == "Closed":
            self._close(entry, by)
        elif state == "Resolved":
            if not self._over(entry):
                self._change("resolve", "resolved", entry, by, outcome="resolved")
        else:
            self._work(entry, WAITING.get(state, "open"), by, f"{before} -> {state}")

    def _work(self, entry: Entry, wanted: str, by: str, reason: str) -> None:
        """Reopen what was over, then wait, or go on working."""
        if self._over(entry):
            self._change("reopen", "open", entry, by, reason=reason)
        if wanted == self.status[entry.number]:
            return
        if wanted == "open":
            self._change("resume", wanted, entry, by)
        else:
            self._change("hold", wanted, entry, by, status=wanted, reason=reason)

    def _change(self, command: str, becomes: str, entry: Entry, by: str, **options: Any) -> None:
        self._do(command, entry, by=by, **options)
        self.status[entry.number] = becomes

    def _close(self, entry: Entry, by: str) -> None:
        code = known(entry.row["closed_code"])
        if code is None:
            self._do("record_fault", entry, "closed_without_code")
        self._change("close", "closed", entry, by, outcome="closed", code=code or "none recorded")


def run(entries: list[Entry], desk: Desk, *, progress: Any = None) -> Incidents:
    """Feed all rows in the order in which they became known, with a tick every hour in between."""
    incidents = Incidents(desk)
    tick = entries[0].at
    for done, entry in enumerate(entries, 1):
        while tick <= entry.at:
            desk.tick(now=tick)
            tick += timedelta(hours=1)
        incidents.feed(entry)
        if progress is not None and (done % 500 == 0 or done == len(entries)):
            progress(done, len(entries), entry.at)
    desk.tick(now=entries[-1].at + timedelta(hours=1))
    return incidents


def report(desk: Desk, entries: list[Entry]) -> Report:
    """Count what the desk's log says, and beside it the log's own verdict."""
    found = Report()
    for case in desk.cases():
        found.counts["incidents"] += 1
        for event in desk.history(case.id):
            said: Any = event.payload
            if event.kind in {"case.resolved", "case.reopened", "case.closed"}:
                found.counts[event.kind.partition(".")[2]] += 1
            elif event.kind == "case.status_changed" and said.to.startswith("waiting_"):
                found.counts["waiting"] += 1
            elif event.kind == "case.assigned" and said.cause == "assigned":
                found.counts["assigned"] += 1
            elif event.kind == "case.fault":
                found.counts[f"fault: {said.code}"] += 1
            elif event.kind in {"target.met", "target.breached"}:
                found.verdicts[said.metric, case.priority or "none", event.kind.partition(".")[2]] += 1
    last = {entry.number: entry.row for entry in entries}
    for row in last.values():
        found.made_sla[PRIORITIES[row["priority"][0]], row["made_sla"].lower() == "true"] += 1
    return found


def show(found: Report) -> None:
    """Print the report beside the log's own figures, which were measured by limits that nobody published."""
    print("\nWhat happened, as the desk's log tells it")
    for name, number in sorted(found.counts.items()):
        print(f"  {name:<28} {number:>7,}")
    print("\nResolution by our targets, beside the log's own made_sla (unknown limits; it stops at closing)")
    print(f"  {'priority':<10} {'met':>7} {'breached':>9}   {'log: met':>9} {'log: missed':>12}")
    for priority in PRIORITIES.values():
        ours = [found.verdicts["resolution", priority, how] for how in ("met", "breached")]
        theirs = [found.made_sla[priority, how] for how in (True, False)]
        print(f"  {priority:<10} {ours[0]:>7,} {ours[1]:>9,}   {theirs[0]:>9,} {theirs[1]:>12,}")


def main() -> None:
    """Read the arguments, run the log, print the report."""
    parser = argparse.ArgumentParser(description="Run a real incident log through a desk.")
    parser.add_argument("path", type=Path, help="incident_event_log.csv, as it is or as .gz")
    parser.add_argument("--limit", type=int, help="only the first so many incidents")
    parser.add_argument(
        "--database", type=Path, help="SQLite file (default: a new one); a second run goes on with it"
    )
    options = parser.parse_args()
    database = options.database or Path(tempfile.mkdtemp(prefix="supportkit-")) / "incidents.sqlite"
    started = perf_counter()
    entries = read(options.path, options.limit)
    print(f"{len(entries):,} rows of {len({entry.number for entry in entries}):,} incidents -> {database}")
    desk = Desk(
        Policy.load(POLICY), name="incidents", store=SqliteStore(database), channels=[ManualChannel()]
    )

    def progress(done: int, total: int, at: datetime) -> None:
        print(f"  {done:>7,} of {total:,} rows, {at:%Y-%m-%d %H:%M}", flush=True)

    incidents = run(entries, desk, progress=progress)
    show(report(desk, entries))
    example = next(iter(incidents.cases.values()))
    print(f"\n{perf_counter() - started:.0f} seconds. Try next:")
    print(f"  supportkit explain --desk incidents {database} {example}")


if __name__ == "__main__":
    main()
