"""A week of real calls through a router: the log's own figures are recounted, and no law of dispatch is broken."""

import csv
import gzip
import heapq
import random
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, median

import dispatch
import pytest


@pytest.fixture(scope="module")
def path(support_data):
    return support_data / "sf_fire_calls" / "sf_fire_calls_2016-12-31_2017-01-07.csv.gz"


@pytest.fixture(scope="module")
def rows(path):
    return dispatch.read(path)


@pytest.fixture(scope="module")
def replays(rows):
    return {title: dispatch.replay(rows, **options) for title, options in dispatch.WAYS.items()}


@pytest.fixture(params=dispatch.WAYS)
def replayed(request, replays):
    return replays[request.param]


def seconds(text):
    return (datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p") - datetime(2016, 12, 31)).total_seconds()


def test_the_log_itself_waits_as_a_recount_of_its_columns_says(path, rows):
    calls = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            calls[row["Final Priority"], row["Call Number"]].append(
                seconds(row["Dispatch DtTm"]) - seconds(row["Received DtTm"])
            )
    found = dispatch.waits(rows, {row.id: row.sent_at for row in rows})
    for priority, expected in (("2", (1462, 142, 0.400)), ("3", (2098, 99, 0.630))):
        first = [min(waited) for (said, _), waited in calls.items() if said == priority]
        recount = len(first), median(first), mean(first), sum(wait <= 120 for wait in first) / len(first)
        one = found[priority]
        assert (one.count, one.median, one.mean, one.soon) == pytest.approx(recount)
        assert (one.count, one.median, round(one.soon, 3)) == expected


def test_no_call_is_lost(rows, replayed):
    assert replayed.sent_at.keys() == {row.id for row in rows}


def test_nobody_goes_before_they_are_asked_for_or_longer_than_the_log_says(rows, replayed):
    asked, spans, first = dispatch.asked_at(rows), dispatch.busy(rows), {}
    for row in rows:  # in the order in which the log sent them
        later = row.sent_at - first.setdefault(row.call, row.sent_at)
        assert asked[row.id] == row.entered_at + later
        assert row.entered_at <= asked[row.id] <= replayed.sent_at[row.id]
        assert replayed.free_at[row.id] - replayed.sent_at[row.id] == spans[row.id]
        assert row.free_at is None or spans[row.id] == row.free_at - row.sent_at


def test_no_unit_is_on_two_calls_at_once_nor_on_another_kinds(rows, replayed):
    kinds, jobs = {row.unit: row.kind for row in rows}, defaultdict(list)
    for row in rows:
        unit = replayed.units[row.id]
        assert kinds[unit] == row.kind
        jobs[unit].append((replayed.sent_at[row.id], replayed.free_at[row.id]))
    for own in map(sorted, jobs.values()):
        assert all(end <= start for (_, end), (start, _) in pairwise(own))


def test_ambulances_go_only_while_on_duty(rows, replayed):
    duty, last = defaultdict(list), max(dispatch.asked_at(rows).values())
    for start, end, unit in dispatch.shifts(rows):
        duty[unit].append((start, end if end < last else max(replayed.sent_at.values())))
    for name, unit in replayed.units.items():
        if unit in duty:
            assert any(start <= replayed.sent_at[name] <= end for start, end in duty[unit])


@pytest.mark.parametrize("title", dispatch.WAYS)
def test_nobody_is_passed_over_by_a_lower_priority_or_a_younger_call(title, rows, replays):
    asked, sent = dispatch.asked_at(rows), replays[title].sent_at
    by, passed_over, waited = dispatch.WAYS[title].get("by", "priority"), 0, 0

    def place(row, now):
        urgency = {"E": 2, "3": 1}.get(row.given, 0)
        points = (now - row.received_at) * 3**urgency
        return {"priority": (-urgency, row.received_at), "age": row.received_at, "rates": -points}[by]

    for kind in {row.kind for row in rows}:
        own = [row for row in rows if row.kind == kind]
        late = [row for row in own if sent[row.id] > asked[row.id]]
        waited += len(late)
        for row in own:
            now = sent[row.id]
            others = [one for one in late if asked[one.id] < now < sent[one.id]]
            passed_over += any(place(one, now) < place(row, now) for one in others)
    assert waited > 50
    assert passed_over == 0


def test_units_that_are_always_there_are_sent_whenever_a_plain_count_says(rows, replays):
    """A number of free units and a sorted list of calls know when somebody goes, whoever it is."""
    asked, spans, sent = dispatch.asked_at(rows), dispatch.busy(rows), replays["router"].sent_at
    for kind in {row.kind for row in rows} - dispatch.IN_SHIFTS:
        own = [row for row in rows if row.kind == kind]
        free, waiting = len({row.unit for row in own}), []
        events = [(asked[row.id], 1, row.id, row) for row in own]
        heapq.heapify(events)
        while events:
            now, came, _, row = heapq.heappop(events)
            if came:
                place = -dispatch.URGENCY.get(row.given, 0), row.received_at, row.id
                heapq.heappush(waiting, (place, row))
            else:
                free += 1
            while free and waiting:
                _, row = heapq.heappop(waiting)
                free -= 1
                assert sent[row.id] == now
                heapq.heappush(events, (now + spans[row.id], 0, row.id, row))


def test_the_order_of_the_rows_decides_nothing(rows, replays):
    shuffled = sorted(random.Random(3).sample(rows, len(rows)), key=lambda row: row.sent_at)
    assert shuffled != rows
    again = dispatch.replay(shuffled)
    assert again == replays["router"]


def test_units_were_rarely_short_so_the_log_waited_for_something_else(rows, replays):
    log = dispatch.waits(rows, {row.id: row.sent_at for row in rows})
    least = dispatch.waits(rows, dispatch.asked_at(rows))
    found = dispatch.waits(rows, replays["router"].sent_at)
    for priority in ("2", "3"):
        assert least[priority].mean <= found[priority].mean < least[priority].mean + 10
        assert log[priority].mean > found[priority].mean + 30


def test_priority_shifts_the_wait_for_scarce_ambulances_to_those_who_can_wait(rows, replays):
    found = [dispatch.ambulance_waits(rows, one.sent_at) for one in list(replays.values())[1:]]
    by_priority, by_points, by_age = found
    assert by_priority["3"].mean < by_age["3"].mean / 2
    assert by_priority["2"].mean > by_points["2"].mean > by_age["2"].mean
    assert by_priority["3"].mean < by_points["3"].mean < by_age["3"].mean
    even = [one.mean for one in by_age.values()]
    assert max(even) < 1.5 * min(even)
    assert timedelta(seconds=by_priority["E"].mean) < timedelta(minutes=1)
