"""Measures beside a recount: over generated histories, and over an incident log with published figures."""

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.cases import Log
from supportkit.insight import ProblemRules, measures, problems
from supportkit.testing.strategies import service_logs, sightings

SOLVED, OPEN = ("resolved", "closed"), ("new", "open", "waiting_customer", "waiting_third_party")


def statuses(log):
    """Where a case stands after each event, read without the library's fold."""
    status, seen = "new", []
    for event in log:
        said = event.payload
        if event.kind == "case.resolved":
            status = "resolved"
        elif event.kind == "case.closed":
            status = "closed"
        elif event.kind == "case.reopened" and status in SOLVED:
            status = "open"
        elif event.kind == "case.status_changed":
            status = said.to
        elif event.kind == "case.merged":
            status = "merged"
        elif event.kind == "case.assigned" and status == "new" and said.agent:
            status = "open"
        seen.append(status)
    return seen


def hands(log):
    """How often a case changed hands."""
    moves, agent, team = 0, None, None
    for event in log:
        if event.kind == "case.assigned":
            said = event.payload
            moves += bool(
                (agent and said.agent and said.agent != agent) or (team and said.team and said.team != team)
            )
            agent, team = said.agent or agent, said.team or team
    return moves


def recount(logs):
    """Count it all again, event by event, in the slow and plain way."""
    count = Counter()
    for log in logs:
        events, seen = list(log), statuses(log)
        by_customer = events[0].payload.by == "customer"
        human = [
            e for e in events if e.kind == "contact.replied" and not e.automated and e.audience == "customer"
        ]
        kinds = Counter(event.kind for event in events)
        count["kept"] += kinds["promise.kept"]
        count["ended"] += kinds["promise.kept"] + kinds["promise.broken"]
        count["early"] += sum(e.kind == "promise.kept" and e.at < e.payload.due for e in events)
        count["unanswered"] += by_customer and not human and seen[-1] != "merged"
        count["opened"] += by_customer and seen[-1] != "merged"
        count["answered"] += by_customer and bool(human)
        turns = [i for i in range(1, len(seen)) if seen[i] in SOLVED and seen[i - 1] not in SOLVED]
        backs = [i for i in range(1, len(seen)) if seen[i] in OPEN and seen[i - 1] in SOLVED]
        count["ever"] += bool(turns)
        count["back"] += bool(turns) and bool(backs)
        if seen[-1] in SOLVED:
            until = events[: turns[-1] + 1]
            count["solved"] += 1
            count["right"] += hands(until) == 0
            count["moves"] += hands(until)
        given_ = [
            e.payload.score for e in events if e.kind == "feedback.given" and e.payload.score is not None
        ]
        count["scores"] += len(given_)
        count["points"] += sum(given_)
        count.update(complaint(events, seen, turns[-1] if turns else None))
    return count


def complaint(events, seen, solved_at):
    count = Counter()
    raised = next((e.at for e in events if e.kind == "recovery.complaint_raised"), None)
    if raised is None:
        return count
    sorry = [e.at for e in events if e.kind == "recovery.apologised" and e.at >= raised]
    count["sorry"] += bool(sorry)
    over = bool(sorry) or seen[-1] not in OPEN or events[-1].at > raised + timedelta(days=1)
    count["due"] += over and not (seen[-1] == "merged" and not sorry)
    count["in time"] += bool(sorry) and sorry[0] <= raised + timedelta(days=1)
    told = [e.payload.score for e in events[solved_at or 0 :] if e.kind == "feedback.given"]
    if seen[-1] in SOLVED and told:
        count["judged"] += 1
        count["recovered"] += told[-1] >= 4
    elif seen[-1] in OPEN and any(seen[i] in SOLVED for i in range(len(seen))):
        count["judged"] += 1
    return count


@given(st.lists(service_logs(max_events=16), max_size=5))
def test_measures_agree_with_a_plain_recount(logs):
    found, count = measures(logs), recount(logs)
    pairs = {
        "promises_kept": ("kept", "ended"), "promises_kept_early": ("early", "ended"),
        "unanswered": ("unanswered", "opened"), "right_first_time": ("right", "solved"),
        "transfers": ("moves", "solved"), "reopened": ("back", "ever"), "satisfaction": ("points", "scores"),
        "apologised_in_time": ("in time", "due"), "recovered": ("recovered", "judged"),
    }  # fmt: skip
    for name, (counted, of) in pairs.items():
        assert (name, found[name].count, found[name].of) == (name, count[counted], count[of])
    assert (found["first_answer"].of, found["time_to_apology"].of) == (count["answered"], count["sorry"])


NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
RULES = ProblemRules(significance=0.05, at_least=3, recurring=5)


def exact_tail(now, before, share):
    """The binomial tail in whole fractions."""
    both = now + before
    return sum(comb(both, k) * share**k * (1 - share) ** (both - k) for k in range(now, both + 1))


def standing_out(seen):
    """The marks that stand out by the definition, counted without the library."""
    joined = {}
    for each in seen:
        at, who, marks = joined.get(each.case, (each.at, None, set()))
        whose = min(filter(None, (who, each.customer)), default=None)
        joined[each.case] = (min(at, each.at), whose, marks | each.marks)
    begin = NOON - RULES.window
    now, before = {}, Counter()
    for case, (at, who, marks) in joined.items():
        for mark in marks:
            if begin < at <= NOON:
                now.setdefault(mark, {})[case] = who or case
            elif begin - RULES.base < at <= begin:
                before[mark] += 1
    tried = {m: c for m, c in now.items() if len(c) >= 3 and len(set(c.values())) >= 2}
    share = Fraction(RULES.window / (RULES.window + RULES.base)).limit_denominator(100)
    named = {"error", "code", "asset"}
    return {
        mark
        for mark, cases in tried.items()
        if exact_tail(len(cases), before[mark], share) <= Fraction(5, 100) / len(tried)
        or (mark.partition(":")[0] in named and len(cases) >= 5)
    }


@given(sightings(now=NOON))
def test_every_mark_that_stands_out_is_in_one_problem_and_no_other_is(seen):
    marks = Counter(mark for problem in problems(seen, now=NOON, rules=RULES) for mark in problem.marks)
    assert set(marks) == standing_out(seen)
    assert set(marks.values()) <= {1}


@pytest.fixture(scope="module")
def incidents(support_data):
    """Each incident's rows as a log: states, groups, and how often it was handed on by its own count."""
    path = support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [list(rows) for _, rows in groupby(csv.DictReader(file), key=lambda row: row["number"])]


OPENED = datetime(2016, 3, 1, tzinfo=UTC)
STATES = {"Resolved": "resolved", "Closed": "closed", "New": "new"}


def as_log(rows, at, *, by_count):
    log, state, group, count = Log(rows[0]["number"]).opened(at=at), "New", None, -1
    for row in rows:
        at += timedelta(minutes=1)
        now = STATES.get(row["incident_state"], "open")
        held = row["assignment_group"]
        if by_count:
            for hand in range(count + 1, int(row["reassignment_count"]) + 1):
                log = log.assigned(at=at, agent=f"hand {hand}")
            count = int(row["reassignment_count"])
        elif held not in {"?", group}:
            log, group = log.assigned(at=at, team=held), held
        if now != state:
            log, state = log.status(now, at=at), now
    return log


def passed_on_late(rows, column, start):
    """Whether an incident was passed on, but for the first time after it was last solved."""
    solved = max(
        i
        for i, row in enumerate(rows)
        if row["incident_state"] in STATES
        and row["incident_state"] != "New"
        and (i == 0 or rows[i - 1]["incident_state"] not in {"Resolved", "Closed"})
    )
    values = [row[column] for row in rows if row[column] != "?"]
    before = [row[column] for row in rows[: solved + 1] if row[column] != "?"]
    return len({start, *values} - {None}) > 1 and len({start, *before} - {None}) <= 1


@pytest.mark.parametrize(
    ("by_count", "untouched", "column", "start"),
    ((False, 17_136 - 6_640, "assignment_group", None), (True, 8_784, "reassignment_count", "0")),
)
def test_real_incidents_give_the_shares_that_were_counted_in_their_table(
    incidents, by_count, untouched, column, start
):
    found = measures(as_log(rows, OPENED, by_count=by_count) for rows in incidents)
    late = sum(passed_on_late(rows, column, start) for rows in incidents)
    assert (found.cases, found["right_first_time"].of) == (17_136, 17_136)
    assert found["right_first_time"].count == untouched + late
    assert late <= 5
    assert (found["reopened"].count, round(100 * found["reopened"].value, 2)) == (202, 1.18)
