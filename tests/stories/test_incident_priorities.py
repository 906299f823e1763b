"""The priorities of 17,136 real incidents come out again, and callers with many incidents stay bounded."""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from supportkit.priority import Matrix, MatrixFactor, OpenCaseFactor, PriorityPolicy

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
PRIORITIES = {"1 - Critical": 1, "2 - High": 2, "3 - Moderate": 3, "4 - Low": 4}
AXIS = ("1 - High", "2 - Medium", "3 - Low")
# The factory table of a ServiceNow base system, where "5 - Planning" stands for the lowest pair.
TABLE = {
    "1 - High": dict(zip(AXIS, (1, 2, 3), strict=True)),
    "2 - Medium": dict(zip(AXIS, (2, 3, 4), strict=True)),
    "3 - Low": dict(zip(AXIS, (3, 4, 4), strict=True)),
}
LEVELS = {"1": 40, "2": 30, "3": 20, "4": 0}


def moment(text):
    return datetime.strptime(text, "%d/%m/%Y %H:%M")


@pytest.fixture(scope="module")
def rows(support_data):
    path = support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def last_rows(rows):
    return list({row["number"]: row for row in rows}.values())


@pytest.fixture(scope="module")
def callers(rows):
    """Who called, as each incident's first row says: two were handed to another caller later."""
    return {row["number"]: row["caller_id"] for row in reversed(rows)}


@pytest.fixture(scope="module")
def open_before(last_rows, callers):
    """For each incident of a known caller, how many others of theirs were not resolved when it was opened."""
    ends, counts = defaultdict(list), {}
    for row in sorted(last_rows, key=lambda row: (moment(row["opened_at"]), int(row["number"][3:]))):
        caller, opened = callers[row["number"]], moment(row["opened_at"])
        if caller == "?":
            continue
        counts[row["number"]] = sum(end > opened for end in ends[caller])
        over = row["resolved_at"] if row["resolved_at"] != "?" else row["closed_at"]
        ends[caller].append(moment(over))
    return counts


def test_the_matrix_gives_the_priority_of_every_incident(last_rows):
    matrix = Matrix(AXIS, AXIS, TABLE)
    found = Counter(
        matrix.lookup(row["impact"], row["urgency"]).priority == PRIORITIES[row["priority"]]
        for row in last_rows
    )
    assert found == {True: 17_136}


def test_as_a_factor_it_reaches_the_same_levels(last_rows):
    cells = {impact: {urgency: str(cell) for urgency, cell in row.items()} for impact, row in TABLE.items()}
    policy = PriorityPolicy([MatrixFactor(Matrix(AXIS, AXIS, cells), LEVELS)], levels=LEVELS)
    for row in last_rows:
        at = moment(row["opened_at"]).replace(tzinfo=UTC)
        facts = {"case": {"impact": row["impact"], "urgency": row["urgency"], "opened_at": at}}
        assert policy.decide(facts, now=at).priority == row["priority"][0]


def test_two_of_five_callers_have_an_unresolved_incident_already(open_before):
    assert len(open_before) == 17_133
    assert sum(count > 0 for count in open_before.values()) == 7_398


def test_a_caller_with_hundreds_of_incidents_gains_no_more_than_the_cap(callers, open_before):
    busiest, incidents = Counter(callers.values()).most_common(1)[0]
    assert incidents == 413
    counts = {open_before[number] for number, caller in callers.items() if caller == busiest}
    assert max(counts) == 19
    for factor in (OpenCaseFactor(10, cap=25), OpenCaseFactor(25)):
        gains = [factor.contribute({"customer": {"open_cases": count}}, now=NOON).points for count in counts]
        assert max(gains) == 25
