"""Figures beside limits and peers: prints tables; unless quick, writes results.json and docs/performance.md.

.venv-bench/bin/python benchmarks/run.py [group ...] [--quick]

Each group is measured in one run and keeps the line of the machine that it was measured on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import assignment
import calendars
import conditions
import desk
import escalation
import imports
import intake
import keywords
import priority
import routing
import sla
from attrs import asdict
from rounds import Table

from supportkit import __version__

GROUPS = {
    "calendars": calendars,
    "sla": sla,
    "conditions": conditions,
    "keywords": keywords,
    "desk": desk,
    "priority": priority,
    "routing": routing,
    "escalation": escalation,
    "assignment": assignment,
    "intake": intake,
    "imports": imports,
}
HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results.json", HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure supportkit beside raw limits.")
    parser.add_argument(
        "groups", nargs="*", metavar="group", help=f"some of {', '.join(GROUPS)}; default all"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes; only prints")
    asked = parser.parse_args()
    unknown = set(asked.groups) - GROUPS.keys()
    if unknown:
        parser.error(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    for name in asked.groups or GROUPS:
        began, load = time.perf_counter(), os.getloadavg()[0]
        tables = GROUPS[name].measure(quick=asked.quick)
        for table in tables:
            print(f"\n## {table.title}\n\n{_markdown(table)}", flush=True)
        machine = _machine(load)
        print(f"\n{machine}; {time.perf_counter() - began:.0f} s")
        if not asked.quick:
            _keep(name, tables, machine)


def _keep(name: str, tables: list[Table], machine: str) -> None:
    """Put the figures of one group in the place of its earlier ones."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    results[name] = {"machine": machine, "tables": [asdict(each) for each in tables]}
    results = {group: results[group] for group in GROUPS if group in results}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    _write_page(results)
    print(f"wrote {RESULTS.relative_to(HERE.parent)} and {PAGE.relative_to(HERE.parent)}")


def _machine(load: float) -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = (line.partition(":") for line in info.read_text(encoding="utf-8").splitlines())
        cpu = next((value.strip() for name, _, value in lines if name.strip() == "model name"), cpu)
    return (
        f"supportkit {__version__}, {datetime.now(UTC):%Y-%m-%d}: {cpu}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}, {platform.python_implementation()} "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, load {load:.1f} at the start"
    )


def _markdown(table: Table) -> str:
    if any("modules" in row for row in table.rows):
        return _imports(table)
    checked = any("wrong" in row for row in table.rows)
    head = (
        f"| what | {table.unit} a second | processor µs | ratio | compared with | budget |"
        f"{' wrong |' if checked else ''}\n|---|---:|---:|---:|---|---|{'---:|' if checked else ''}"
    )
    lines = [_row(row, checked=checked) for row in table.rows]
    clock = "processor time" if table.clock == "cpu" else "wall time"
    return "\n".join([head, *lines, "", f"{table.note} Rates and ratios in {clock}.".strip()])


def _row(row, *, checked):
    if "absent" in row:
        return f"| {row['name']} | not installed | | | | |{' |' if checked else ''}"
    return (
        f"| {row['name']} | {_figure(row['per_second'])} | {_figure(row['cpu_s'] * 1e6)} "
        f"| {_ratio(row['ratio'])} | {row['beside'] or ''} | {row['budget']} |"
        f"{' ' + row['wrong'] + ' |' if checked else ''}"
    )


def _imports(table: Table) -> str:
    head = "| what | milliseconds | modules loaded | extras loaded | budget |\n|---|---:|---:|---|---|"
    lines = [
        f"| {row['name']} | {row['milliseconds']:.0f} | {row['modules']} "
        f"| {', '.join(row['extras']) or 'none'} | {row['budget']} |"
        for row in table.rows
        if "modules" in row
    ]
    return "\n".join([head, *lines, "", "Beyond the start of Python itself, in a fresh process, wall time."])


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    if value is None:
        return ""
    return f"1/{1 / value:,.0f}" if value < 0.05 else f"{value:.2f}"


def _write_page(results: dict[str, dict]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE} lacks the lines {BEGIN} and {END}, between which the figures stand")
    figures = "\n\n".join(_of_group(each) for each in results.values())
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def _of_group(result: dict) -> str:
    tables = [Table(**each) for each in result["tables"]]
    figures = "\n\n".join(f"## {each.title}\n\n{_markdown(each)}" for each in tables)
    return f"{figures}\n\n*{result['machine']}.*"


if __name__ == "__main__":
    main()
