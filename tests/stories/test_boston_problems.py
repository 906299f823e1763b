"""A winter of a city's service requests: the blizzard and the potholes after it show on the day they come."""

import csv
import gzip
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.insight import ProblemRules, ProblemWatch, Sighting, problems

RULES = ProblemRules(
    window=timedelta(days=1), base=timedelta(days=14), at_least=20, customers=10, significance=1e-6
)
BEGAN = datetime(2015, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def requests(support_data):
    """Every request as a sighting, by its type and what it is about; the place stands in for the customer."""
    with gzip.open(
        support_data / "boston_311" / "boston_311_2015_h1.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        return [
            Sighting(
                row["CASE_ENQUIRY_ID"],
                datetime.strptime(row["OPEN_DT"], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC),
                row["Location"] or None,
                {f"category:{row['TYPE']}", f"product:{row['REASON']}"},
            )
            for row in csv.DictReader(file)
        ]


def found(requests, month, day):
    """What stood out in the day that ends at this midnight: cases and what was to be expected, by type."""
    seen = problems(requests, now=datetime(2015, month, day, tzinfo=UTC), rules=RULES, since=BEGAN)
    return {
        next(mark.partition(":")[2] for mark in problem.marks if mark.startswith("category:")): (
            len(problem.cases),
            round(problem.expected, 1),
        )
        for problem in seen
        if any(mark.startswith("category:") for mark in problem.marks)
    }


def test_the_blizzard_of_january_shows_on_its_days(requests):
    assert found(requests, 1, 27)["Space Savers"] == (31, 1.3)
    assert found(requests, 1, 28)["Request for Snow Plowing (Emergency Responder)"] == (60, 1.4)
    assert found(requests, 1, 29)["Misc. Snow Complaint"] == (95, 3.4)
    assert found(requests, 1, 30)["MBTA Request"] == (36, 0.7)


def test_the_potholes_of_march_show_when_the_thaw_comes(requests):
    assert found(requests, 3, 14)["Pothole Repair (Internal)"] == (362, 29.8)


def test_a_watch_that_hears_each_day_finds_the_same_and_keeps_little(requests):
    watch, arriving = ProblemWatch(RULES, since=BEGAN), iter([*requests, None])
    coming = next(arriving)
    for days in range(20, 30):
        now = BEGAN + timedelta(days=days)
        while coming is not None and coming.at <= now:
            watch.add(coming)
            coming = next(arriving)
        watch.forget(now=now)
        assert watch.problems(now=now) == problems(requests, now=now, rules=RULES, since=BEGAN)
    assert len(watch) < 6_000
