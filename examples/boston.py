"""Recount the target dates and on-time flags of a city's service requests.

The requests are those of the City of Boston's 311 line opened in the first half of 2015 ("311 Service
Requests", Open Data Commons PDDL 1.0). For each the city published a target date and whether it was on time,
never the rules. `boston.yaml` holds rules read off these figures; this script says how far they reach.

    python examples/boston.py boston_311_2015_h1.csv.gz
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from attrs import Factory, define, frozen

from supportkit import Log, Policy
from supportkit.calendars import zone
from supportkit.sla import SlaReport

POLICY = Path(__file__).with_name("boston.yaml")
BOSTON = zone("America/New_York")
EXTRACTED = datetime(2016, 1, 12, 22, 22, 40, tzinfo=BOSTON)
"""When the city's table was copied: what was open then counts as open."""
TOLERANCE = timedelta(seconds=120)
"""The city stamped the opening and the target at different moments, up to two minutes apart."""


@frozen
class ServiceRequest:
    """One request of the table; `flag` is ONTIME, OVERDUE or nothing."""

    number: str
    kind: str
    opened: datetime
    target: datetime | None
    closed: datetime | None
    flag: str


@define
class Tally:
    """How far the recount agrees with the city."""

    targets: Counter[str] = Factory(Counter)
    """Published targets by kind of request, where our policy has one."""
    near: Counter[str] = Factory(Counter)
    """Those within the tolerance of ours."""
    flags: Counter[tuple[str, bool]] = Factory(Counter)
    """Requests by the city's flag, and whether we call them on time."""


def read(path: Path) -> Iterator[ServiceRequest]:
    """Read the table; its times are wall times in Boston."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            opened = moment(row["OPEN_DT"])
            assert opened is not None
            target, closed = moment(row["TARGET_DT"]), moment(row["CLOSED_DT"])
            yield ServiceRequest(
                row["CASE_ENQUIRY_ID"], row["TYPE"], opened, target, closed, row["OnTime_Status"]
            )


def moment(text: str) -> datetime | None:
    """Read a time such as ``01/16/2015 08:30:00 AM``."""
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=BOSTON) if text else None


def judged(policy: Policy, request: ServiceRequest) -> SlaReport:
    """Return the clocks of a request at the time of the copy: by our rules, and by the published target."""
    log = Log(request.number).opened(at=request.opened)
    if request.closed is not None:  # some were closed seconds before they were entered
        log = log.closed(at=max(request.closed, request.opened))
    facts = {"case": {"category": request.kind}, "x": {"boston": {"target_at": request.target}}}
    return policy.sla.evaluate(log, facts=facts, now=EXTRACTED)


def counted(policy: Policy, requests: Iterable[ServiceRequest]) -> Tally:
    """Judge all requests and compare."""
    tally = Tally()
    for request in requests:
        report = judged(policy, request)
        ours = report.resolution.due
        if ours is not None and request.target is not None:
            tally.targets[request.kind] += 1
            tally.near[request.kind] += abs(ours - request.target) <= TOLERANCE
        tally.flags[request.flag, report.published.verdict != "breached"] += 1
    return tally


def show(tally: Tally) -> None:
    """Print the shares by kind, and the flags."""
    print(f"{'kind of request':<30} {'targets':>8} {'within 120 s of ours':>21}")
    for kind, total in sorted(tally.targets.items(), key=lambda item: -tally.near[item[0]] / item[1]):
        print(f"{kind:<30} {total:>8,} {tally.near[kind] / total:>21.1%}")
    print("\nOn time by the published target, beside the city's flag")
    for flag in ("ONTIME", "OVERDUE", ""):
        said = [
            f"{tally.flags[flag, on_time]:>7,} {word}"
            for on_time, word in ((True, "on time"), (False, "late"))
        ]
        print(f"{flag or '(none)':<10} {'   '.join(said)}")


def main() -> None:
    """Read the arguments, judge all requests, print the report."""
    parser = argparse.ArgumentParser(description="Recount the target dates of Boston's service requests.")
    parser.add_argument("path", type=Path, help="the table as .csv or .csv.gz")
    started = perf_counter()
    show(counted(Policy.load(POLICY), read(parser.parse_args().path)))
    print(f"\n{perf_counter() - started:.0f} seconds")


if __name__ == "__main__":
    main()
