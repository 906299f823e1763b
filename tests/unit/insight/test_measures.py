"""Measures: what each counts, out of what, and that nothing to measure is no zero."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.cases import Log
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.insight import (
    DEFINITIONS,
    Durations,
    Measures,
    Ratio,
    Spread,
    Terms,
    made_good,
    measures,
    measures_by,
    read_record,
)

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours):
    return NINE + hours * HOUR


def told(*events, by="customer"):
    """A log of events given as (hours after nine, kind, fields)."""
    log = Log("c").opened(at=NINE, by=by)
    for hours, kind, said in events:
        log = log.add(kind, at=at(hours), **said)
    return log


def wrote(hours, **said):
    return hours, "contact.received", {"actor": "customer", **said}


def replied(hours, **said):
    return hours, "contact.replied", {"actor": "agent:ann", "audience": "customer", **said}


def given_to(hours, agent, team=None):
    return hours, "case.assigned", {"agent": agent, "team": team}


def solved(hours, **said):
    return hours, "case.resolved", {"actor": "agent:ann", **said}


def ended(hours, how, due):
    return hours, f"promise.{how}", {"id": "p", "due": at(due)}


def scored(hours, score):
    return hours, "feedback.given", {"score": score}


def remedy(hours, amount, currency="EUR", **said):
    return hours, "recovery.remedy_given", {"amount": Decimal(amount), "currency": currency, **said}


COMPLAINT = (0, "recovery.complaint_raised", {})
SORRY = "recovery.apologised"
REOPENED = "case.reopened"
REJECTED = (1, "recovery.assessed", {"genuine": False})
ASKED = (4, "feedback.asked", {})

CASES = [
    ("promises_kept", [ended(1, "kept", 2), ended(3, "broken", 3)], Ratio(1, 2)),
    ("promises_broken", [ended(1, "kept", 2), ended(3, "broken", 3)], Ratio(1, 2)),
    ("promises_kept", [ended(1, "superseded", 2)], Ratio(0, 0)),
    ("promises_superseded", [ended(1, "superseded", 2), ended(1, "kept", 2)], Ratio(1, 2)),
    ("promises_kept_early", [ended(1, "kept", 3), ended(2, "kept", 2)], Ratio(1, 2)),
    ("promises_beaten_by", [ended(1, "kept", 3), ended(2, "kept", 2)], Durations([2 * HOUR])),
    ("first_answer", [replied(1, automated=True), replied(2), replied(3)], Durations([2 * HOUR])),
    ("first_answer", [replied(1, audience="internal")], Durations()),
    ("unanswered", [], Ratio(1, 1)),
    ("unanswered", [(1, "case.merged", {"into": "d"})], Ratio(0, 0)),
    ("waiting", [wrote(1), replied(2), wrote(3), replied(4)], Durations([2 * HOUR, HOUR])),
    ("waiting", [solved(3)], Durations([3 * HOUR])),
    ("waiting", [wrote(1)], Durations()),
    (
        "waiting",
        [replied(1), solved(2), wrote(3), (3, REOPENED, {}), replied(5)],
        Durations([HOUR, 2 * HOUR]),
    ),
    ("waiting", [replied(1), solved(2), wrote(3), replied(5)], Durations([HOUR])),
    (
        "waiting",
        [(2, "case.merged", {"of": "d", "waiting_since": at(-1)}), replied(3)],
        Durations([4 * HOUR]),
    ),
    (
        "waiting",
        [replied(1), wrote(2, holds=[(at(2), at(3)), (at(2.5), at(4))]), replied(2)],
        Durations([timedelta(0), HOUR, HOUR, HOUR]),
    ),
    ("waiting", [wrote(2, holds=[(at(-1), at(2))]), replied(5)], Durations([5 * HOUR, HOUR])),
    ("waiting", [wrote(2, holds=[(at(-1), at(2))])], Durations([HOUR])),
    ("waiting", [wrote(1), (2, "case.merged", {"into": "d"})], Durations()),
    ("time_to_solution", [solved(2), (3, REOPENED, {}), solved(5)], Durations([5 * HOUR])),
    ("right_first_time", [given_to(0, "ann"), solved(1)], Ratio(1, 1)),
    ("right_first_time", [given_to(0, None, "net"), given_to(1, "ann", "net"), solved(2)], Ratio(1, 1)),
    ("right_first_time", [given_to(0, "ann"), given_to(1, "bob"), solved(2)], Ratio(0, 1)),
    ("right_first_time", [given_to(0, "ann"), solved(2), given_to(3, "bob")], Ratio(1, 1)),
    ("right_first_time", [given_to(0, "ann")], Ratio(0, 0)),
    ("right_first_time", [(2, "case.merged", {"into": "d"})], Ratio(0, 0)),
    ("solved_at_first_contact", [replied(1), solved(1)], Ratio(1, 1)),
    ("solved_at_first_contact", [wrote(1), solved(2)], Ratio(0, 1)),
    ("solved_at_first_contact", [solved(2), (3, REOPENED, {}), solved(5)], Ratio(0, 1)),
    ("transfers", [given_to(0, "ann"), given_to(1, "bob"), given_to(2, "ann"), solved(3)], Ratio(2, 1)),
    ("reopened", [solved(1), (2, REOPENED, {}), solved(3), (4, REOPENED, {})], Ratio(1, 1)),
    ("reopened", [solved(1), (2, "case.closed", {})], Ratio(0, 1)),
    (
        "reopened",
        [(1, "case.status_changed", {"to": "resolved"}), (2, "case.status_changed", {"to": "open"})],
        Ratio(1, 1),
    ),
    ("time_to_apology", [(1, *COMPLAINT[1:]), (3, SORRY, {}), (4, SORRY, {})], Durations([2 * HOUR])),
    ("time_to_apology", [(1, SORRY, {}), (2, *COMPLAINT[1:])], Durations()),
    ("apologised_in_time", [COMPLAINT, (24, SORRY, {})], Ratio(1, 1)),
    ("apologised_in_time", [COMPLAINT, (25, SORRY, {})], Ratio(0, 1)),
    ("apologised_in_time", [COMPLAINT], Ratio(0, 0)),
    ("apologised_in_time", [COMPLAINT, solved(1)], Ratio(0, 1)),
    ("apologised_in_time", [COMPLAINT, wrote(25)], Ratio(0, 1)),
    ("apologised_in_time", [COMPLAINT, (25, "case.merged", {"into": "d"})], Ratio(0, 0)),
    ("apologised_in_time", [(0, "case.classified", {"kind": "complaint"}), (2, SORRY, {})], Ratio(1, 1)),
    ("recovered", [COMPLAINT, solved(1), scored(2, 5)], Ratio(1, 1)),
    ("recovered", [COMPLAINT, solved(1), scored(2, 5), scored(3, 3)], Ratio(0, 1)),
    ("recovered", [solved(1), scored(2, 5)], Ratio(0, 0)),
    ("recovered", [COMPLAINT, solved(1), scored(2, 5), (3, REOPENED, {})], Ratio(0, 1)),
    ("recovered", [COMPLAINT, solved(1)], Ratio(0, 0)),
    ("recovery_unknown", [COMPLAINT, solved(1)], Ratio(1, 1)),
    ("recovery_unknown", [COMPLAINT, solved(1), scored(2, 1)], Ratio(0, 1)),
    ("rejections_reversed", [COMPLAINT, REJECTED, (2, "recovery.assessed", {"genuine": True})], Ratio(1, 1)),
    ("rejections_reversed", [COMPLAINT, (0, "recovery.assessed", {"genuine": True}), REJECTED], Ratio(0, 1)),
    ("rejections_reversed", [COMPLAINT, (0, "recovery.assessed", {"genuine": True})], Ratio(0, 0)),
    (
        "remedy_spread",
        [remedy(1, 10), remedy(2, 25), remedy(3, 99, scheme="nl.power.outage")],
        Spread({("unknown", "EUR"): [Decimal(35)]}),
    ),
    ("feedback_answered", [solved(3), ASKED, scored(5, 4), (6, "feedback.asked", {})], Ratio(1, 2)),
    ("feedback_answered", [solved(3), ASKED, (5, "feedback.asked", {"about": "referral"})], Ratio(0, 1)),
    ("satisfaction", [scored(1, 4), scored(2, 2)], Ratio(6, 2)),
]


@pytest.mark.parametrize(("name", "events", "figure"), CASES)
def test_a_measure_counts_what_its_definition_says(name, events, figure):
    assert measures([told(*events)])[name] == figure


def test_every_measure_has_a_case_with_something_to_measure():
    measured = {name for name, _, figure in CASES if figure.of}
    assert measured | {"remedy_spread"} == {each.name for each in DEFINITIONS}


def test_like_cases_are_compared_by_what_each_was_given_in_all():
    logs = [told(remedy(1, 10), remedy(2, 25)), told(remedy(1, 70)), told(remedy(1, 0))]
    figure = measures(logs)["remedy_spread"]
    assert (figure.value, figure.of) == (2.0, 1)


@pytest.mark.parametrize("name", [each.name for each in DEFINITIONS])
def test_nothing_to_measure_is_none_and_never_zero(name):
    assert measures([])[name].value is None
    assert measures([told()], until=NINE)[name].value is None


def test_cases_that_agents_began_have_no_first_answer():
    found = measures([told(replied(1), solved(2), by="agent")])
    assert found["first_answer"].of == found["unanswered"].of == found["solved_at_first_contact"].of == 0


LIFE = told(
    given_to(0, "ann"), ended(1, "kept", 2), solved(2), (4, REOPENED, {}), given_to(5, "bob"), solved(6)
)


@pytest.mark.parametrize(
    ("since", "until", "right", "reopened", "kept"),
    (
        (None, None, Ratio(0, 1), Ratio(1, 1), Ratio(1, 1)),
        (None, 3, Ratio(1, 1), Ratio(0, 1), Ratio(1, 1)),
        (None, 2, Ratio(0, 0), Ratio(0, 0), Ratio(1, 1)),
        (3, 5, Ratio(0, 0), Ratio(0, 0), Ratio(0, 0)),
        (3, 7, Ratio(0, 1), Ratio(0, 0), Ratio(0, 0)),
        (1, 2, Ratio(0, 0), Ratio(0, 0), Ratio(1, 1)),
        (-9, 0, Ratio(0, 0), Ratio(0, 0), Ratio(0, 0)),
    ),
)
def test_a_period_counts_what_is_dated_in_it_and_knows_nothing_later(since, until, right, reopened, kept):
    found = measures(
        [LIFE], since=None if since is None else at(since), until=None if until is None else at(until)
    )
    assert (found["right_first_time"], found["reopened"], found["promises_kept"]) == (right, reopened, kept)


def test_a_promise_must_be_beaten_by_more_than_early():
    kept = told(ended(1, "kept", 2), ended(1, "kept", 4))
    assert measures([kept], early=HOUR)["promises_kept_early"] == Ratio(1, 2)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(InvalidValue, match="ends after it begins"):
        measures([], since=at(1), until=NINE)
    with pytest.raises(NaiveDatetime, match="since="):
        measures([], since=datetime(2026, 7, 1))


def test_measures_of_different_terms_do_not_add_up():
    with pytest.raises(InvalidValue, match="do not add up"):
        measures([], satisfied=4) + measures([], satisfied=5)


def test_a_measure_that_does_not_exist_is_refused_with_the_nearest_name():
    with pytest.raises(InvalidValue, match="did you mean 'promises_kept'"):
        Measures(figures=measures([]).figures)["promise_kept"]
    with pytest.raises(InvalidValue, match="there are promises_kept, "):
        measures([])["zzz"]


def test_a_table_has_a_line_for_each_measure_and_shows_nothing_as_a_dash():
    table = measures([told(ended(1, "kept", 26), replied(1), solved(2))]).to_table().splitlines()
    assert table[0] == "1 cases"
    assert table[1].split()[:4] == ["promises_kept", "100.0", "%", "of"]
    assert table[3].split()[:6] == ["promises_beaten_by", "1", "d", "1", "h", "of"]
    assert table[-1].split()[:4] == ["satisfaction", "-", "of", "0"]
    assert len(table) == len(DEFINITIONS) + 1


def test_a_report_as_plain_types_says_value_and_number():
    found = measures([told(replied(1), scored(2, 4), scored(2, 5))]).to_dict()
    assert found["cases"] == 1
    assert (
        found["satisfaction"] == {"value": {"$float": "4.5"}, "of": 2}
        or found["satisfaction"]["value"] == 4.5
    )
    assert found["promises_kept"] == {"value": None, "of": 0}


def test_whether_a_complaint_was_made_good_is_unknown_without_a_complaint_and_elsewhere():
    assert made_good(read_record(told(solved(1), scored(2, 5))), satisfied=4) is None
    assert made_good(read_record(told(COMPLAINT, (1, "case.merged", {"into": "d"}))), satisfied=4) is None


def test_segments_are_told_apart_by_what_a_case_says_by_customer_or_by_any_function():
    logs = [told(given_to(0, "ann", team), solved(1)) for team in ("net", "bill", "net")] + [told()]
    by_team = measures_by(logs, by="team")
    assert {name: found.cases for name, found in by_team.items()} == {"bill": 1, "net": 2, "unknown": 1}
    assert list(measures_by(logs, by={})) == ["unknown"]
    assert list(measures_by(logs, by=lambda case: case.status, terms=Terms(until=NINE + HOUR))) == [
        "new",
        "open",
    ]
    with pytest.raises(InvalidValue, match="did you mean 'team'"):
        measures_by(logs, by="taem")


def test_a_record_needs_an_event():
    with pytest.raises(InvalidValue, match="at least the event that opened it"):
        read_record([])


def test_a_machine_solves_nothing_itself():
    ways = [
        read_record(told(solved(1, **said))).solution.automatic
        for said in ({}, {"automated": True}, {"actor": "desk"}, {"actor": None})
    ]
    assert ways == [False, True, True, False]


def test_what_the_matter_is_comes_from_the_finest_word_for_it():
    log = told((0, "case.classified", {"kind": "fault", "category": "line"}))
    closed = log.add("case.resolved", at=at(1), code="cable", article="kb-7")
    linked = closed.add("problem.linked", at=at(2), problem="p1").add(
        "problem.linked", at=at(2), problem="p1"
    )
    assert [read_record(each).topic for each in (told(), log, closed, linked)] == [
        "unknown",
        "line",
        "cable",
        "p1",
    ]
    assert (read_record(linked).problems, read_record(linked).articles) == (("p1",), ("kb-7",))
