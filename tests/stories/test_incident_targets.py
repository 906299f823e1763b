"""Two thousand real incidents judged without a desk, beside a recount that knows neither calendars nor clocks."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportkit import Policy

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
import incident_targets
import incidents

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2016, 1, 4, tzinfo=UTC)
WAITING = {"Awaiting User Info", "Awaiting Vendor", "Awaiting Problem", "Awaiting Evidence"}
DAYS = {"3": 5, "4": 10}
HOURS = {"1": 8, "2": 24}


@pytest.fixture(scope="module")
def rows(support_data):
    path = support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"
    return incident_targets.histories(incidents.read(path, 2000))


@pytest.fixture(scope="module")
def now(rows):
    return max(entries[-1].at for entries in rows.values()) + timedelta(hours=1)


@pytest.fixture(scope="module")
def reports(rows, now):
    return dict(incident_targets.judged(Policy.load(incidents.POLICY), rows, now))


def service_minutes(t):
    """The minutes from Monday to Friday, eight to eighteen, since the first Monday of the year."""
    days, minute = divmod((t - MONDAY) // MINUTE, 1440)
    weeks, day = divmod(days, 7)
    today = min(max(minute - 480, 0), 600) if day < 5 else 0
    return (weeks * 5 + min(day, 5)) * 600 + today


def some_days_later(start, days):
    due = start
    while days:
        due += timedelta(days=1)
        days -= due.weekday() < 5
    while due.weekday() > 4 or due.hour >= 18:  # too late on that day, or no day of service: the next opening
        due = (due + timedelta(days=1)).replace(hour=0, minute=0)
    return max(due, due.replace(hour=8, minute=0)) if due.hour < 8 else due


def plain_verdict(entries, now):
    """Late or not, by adding up the minutes in which the incident was neither waiting nor over."""
    level, start = entries[0].row["priority"][0], entries[0].opened_at
    if level in DAYS:
        minutes, goal = (
            service_minutes,
            service_minutes(some_days_later(start, DAYS[level])) - service_minutes(start),
        )
    else:
        minutes, goal = (lambda t: (t - MONDAY) // MINUTE), HOURS[level] * 60
    elapsed, since, state = 0, start, "Active"
    for at, following in [*((entry.at, entry.row["incident_state"]) for entry in entries), (now, "end")]:
        if state not in WAITING | {"Resolved", "Closed"}:
            elapsed += minutes(at) - minutes(since)
        since, state = at, following
    if elapsed > goal:
        return "breached"
    return "met" if entries[-1].row["incident_state"] in {"Resolved", "Closed"} else "pending"


def test_the_verdicts_are_those_of_a_plain_recount(rows, reports, now):
    steady = {
        number: entries
        for number, entries in rows.items()
        if len({entry.row["priority"] for entry in entries}) == 1
    }
    assert len(steady) > 1900
    expected = {number: plain_verdict(entries, now) for number, entries in steady.items()}
    assert {number: reports[number].resolution.verdict for number in steady} == expected
    assert Counter(expected.values())["breached"] > 300


def test_the_ledger_of_every_clock_adds_up_and_no_two_lines_overlap(reports):
    ledgers = [(clock, clock.explain()) for report in reports.values() for clock in report.clocks]
    assert len(ledgers) > 6000
    for clock, ledger in ledgers:
        assert ledger.counted == clock.elapsed
        assert all(line.end <= after.start for line, after in zip(ledger, list(ledger)[1:], strict=False))


def test_what_waits_for_somebody_else_pauses_the_resolution(rows, reports):
    waited = [n for n, entries in rows.items() if any(e.row["incident_state"] in WAITING for e in entries)]
    assert len(waited) > 300
    reasons = Counter(
        line.name for n in waited for line in reports[n].resolution.explain() if line.reason == "paused"
    )
    assert set(reasons) >= {"waiting_customer", "waiting_third_party"}


def test_the_example_counts_all_of_them(rows, now):
    tally = incident_targets.counted(Policy.load(incidents.POLICY), dict(list(rows.items())[:200]), now)
    resolution = {key: count for key, count in tally.verdicts.items() if key[0] == "resolution"}
    assert sum(resolution.values()) == 200
