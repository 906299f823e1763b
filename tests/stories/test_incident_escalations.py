"""Real incidents that were passed around or came back: each is raised once, at the instant a plain count says."""

import csv
import gzip
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from supportkit.cases import Event, Folding, case_facts
from supportkit.escalation import EscalationPolicy

POLICY = EscalationPolicy.from_dict(
    {
        "passed_around": {"mode": "counter", "of": "case.transfers", "at_least": 3, "to": "supervisor"},
        "again": {"mode": "counter", "of": "case.reopens", "at_least": 2, "to": "quality"},
    }
)


@pytest.fixture(scope="module")
def incidents(support_data):
    """The changes of every fourth incident: when, into which group, in which state."""
    path = support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"
    found = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["number"].removeprefix("INC")) % 4 == 0:
                at = datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
                found[row["number"]].append((at, row["assignment_group"], row["incident_state"]))
    return {number: sorted(rows, key=lambda row: row[0]) for number, rows in found.items()}


def events_of(rows):
    """Yield what happened: opened, another group, resolved, and back again."""
    yield Event.of("case.opened", at=rows[0][0])
    group, over = None, False
    for at, into, state in rows:
        if state in {"Resolved", "Closed"} and not over:
            over = True
            yield Event.of("case.resolved", at=at)
        elif state not in {"Resolved", "Closed"} and over:
            over = False
            yield Event.of("case.reopened", at=at)
        if into not in {"?", group}:
            group = into
            yield Event.of("case.assigned", at=at, team=into)


def raised(rows):
    state, folding, found = None, Folding(), {}
    for event in events_of(rows):
        folding.add(event)
        facts = {"case": case_facts(folding.case)}
        step = POLICY.step(state, event, now=event.at, facts=facts)
        for firing in step.firings:
            assert firing.plan not in found, "raised twice"
            found[firing.plan] = firing.fired_at
        state = step.state
    return found


def counted(rows):
    """Count by hand: the fourth group while the incident is open (or its reopening after that), the second return."""
    groups, returns, over, found = [], 0, False, {}
    for at, into, state in rows:
        was, over = over, state in {"Resolved", "Closed"}
        returns += was and not over
        groups += [into] if into != "?" and into != (groups or [None])[-1] else []
        for plan, reached in (("passed_around", len(groups) > 3), ("again", returns > 1)):
            if reached and not over:
                found.setdefault(plan, at)
    return found


def test_each_incident_is_raised_once_at_the_instant_a_plain_count_says(incidents):
    found = {number: raised(rows) for number, rows in incidents.items()}
    assert found == {number: counted(rows) for number, rows in incidents.items()}
    passed = sum("passed_around" in plans for plans in found.values())
    again = sum("again" in plans for plans in found.values())
    assert len(incidents) > 4_000
    assert 300 < passed < 1_000
    assert again >= 1
