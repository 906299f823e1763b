"""Routes learnt from the first half of a real log, judged by the second: no better than a fitted rule could be."""

import csv
import gzip
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
import incident_routing as routing

KEYS = ("category", "subcategory", "location")


@pytest.fixture(scope="module")
def path(support_data):
    return support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"


@pytest.fixture(scope="module")
def split(path):
    return routing.halves(routing.read(path))


@pytest.fixture(scope="module")
def routes(split):
    return routing.learnt(split[0])


@pytest.fixture(scope="module")
def ceiling(path):
    """The share of a rule that is fitted to the very rows it is judged by, from the rows alone."""
    cells, seen = defaultdict(Counter), set()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["assignment_group"] != "?" and row["number"] not in seen:
                seen.add(row["number"])
                cells[tuple(row[key] for key in KEYS)][row["assignment_group"]] += 1
    return sum(max(groups.values()) for groups in cells.values()) / len(seen)


def test_nothing_is_learnt_that_happened_after_the_second_half_began(split):
    before, after = split
    assert max(one.assigned_at for one in before) < min(one.opened_at for one in after)
    assert not {one.number for one in before} & {one.number for one in after}


def test_thousands_of_routes_agree_with_three_of_four_first_assignments_and_stay_below_the_ceiling(
    split, routes, ceiling
):
    found = routing.judged(routes, split[1])
    assert len(routes) > 2000
    assert found.incidents == len(split[1])
    assert 0.75 < found.share < ceiling < 0.83


def test_the_group_in_which_incidents_end_is_much_harder_to_tell(split):
    before, after = map(routing.ended_elsewhere, split)
    assert 0.45 < routing.judged(routing.learnt(before), after).share < 0.55


def test_each_incident_takes_the_most_particular_route_that_knows_it(split, routes):
    """Against dictionaries that are asked one after the other."""
    tables = [defaultdict(Counter) for _ in routing.KEYS]
    for one in split[0]:
        for table, keys in zip(tables, routing.KEYS, strict=True):
            if all(key in one.facts for key in keys):
                table[tuple(one.facts[key] for key in keys)][one.group] += 1
    policy = routing.RoutingPolicy(routes=routes)
    for one in split[1][::7]:
        cells = (
            table.get(tuple(one.facts.get(key) for key in keys))
            for table, keys in zip(tables, routing.KEYS, strict=True)
        )
        groups = next(filter(None, cells))
        found = policy.route({"incident": one.facts}, now=routing.NOW)
        assert found[0].queue == min(groups, key=lambda group: (-groups[group], group))
