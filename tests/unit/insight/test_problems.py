"""Common problems: what stands out against what is usual becomes one candidate, and only one."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb

import pytest

from supportkit.cases import Case
from supportkit.errors import InvalidValue
from supportkit.insight import ProblemRules, ProblemWatch, Sighting, problems, tail

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def seen(count, *marks, days_ago=1, start=0, customer=None, known=None):
    """Some cases that bear these marks, each of a customer of its own unless one is named."""
    return [
        Sighting(
            f"c{n}",
            NOON - days_ago * DAY + timedelta(minutes=n),
            customer or f"jo{n}",
            frozenset(marks),
            known,
        )
        for n in range(start, start + count)
    ]


def found(sightings, **rules):
    return problems(sightings, now=NOON, rules=ProblemRules(**rules))


@pytest.mark.parametrize(
    ("now", "before", "window", "base"),
    (
        (3, 0, 1, 3),
        (5, 2, 7, 28),
        (40, 12, 7, 28),
        (2, 30, 7, 28),
        (0, 0, 1, 1),
        (1, 400, 1, 9),
        (300, 200, 7, 28),
    ),
)
def test_the_tail_is_that_of_the_exact_binomial(now, before, window, base):
    share, all_ = Fraction(window, window + base), now + before
    exact = sum(comb(all_, k) * share**k * (1 - share) ** (all_ - k) for k in range(now, all_ + 1))
    assert tail(now, before, window=window * DAY, base=base * DAY) == pytest.approx(
        float(exact), rel=1e-9, abs=1e-300
    )


def test_thousands_of_cases_neither_overflow_nor_vanish():
    assert tail(5000, 20_000, window=7 * DAY, base=28 * DAY) == pytest.approx(0.5, abs=0.01)
    assert 0 < tail(5400, 20_000, window=7 * DAY, base=28 * DAY) < 1e-5
    assert tail(9000, 0, window=7 * DAY, base=28 * DAY) == 0.0
    assert tail(10, 20_000, window=28 * DAY, base=7 * DAY) == 1.0


@pytest.mark.parametrize(
    ("given", "what"), (({"now": -1, "before": 0}, "counts"), ({"now": 0, "before": -1}, "counts"))
)
def test_counts_below_nothing_are_refused(given, what):
    with pytest.raises(InvalidValue, match=what):
        tail(**given, window=DAY, base=DAY)


def test_a_time_of_no_length_is_refused():
    with pytest.raises(InvalidValue, match="no durations above 0"):
        tail(1, 1, window=DAY, base=timedelta(0))


def test_a_spike_is_one_candidate_however_many_marks_it_has():
    (problem,) = found(seen(8, "word:signal", "word:outage", "product:mobile", "error:E-42"))
    assert problem.kind == "spike"
    assert problem.marks[0] == "error:E-42"
    assert set(problem.marks) == {"word:signal", "word:outage", "product:mobile", "error:E-42"}
    assert problem.cases == tuple(f"c{n}" for n in range(8))
    assert (problem.customers, problem.before, problem.expected, problem.known) == (8, 0, 0.0, False)


def test_what_was_usual_before_is_no_spike():
    usual = [
        each for week in range(1, 6) for each in seen(8, "word:bill", days_ago=7 * week - 3, start=10 * week)
    ]
    assert found(usual) == ()
    assert found([*usual, *seen(25, "word:bill", start=100)])[0].marks == ("word:bill",)


def test_two_problems_at_once_stay_two_though_both_are_complaints():
    both = seen(9, "kind:complaint", "error:E-1") + seen(9, "kind:complaint", "error:X-2", start=20)
    one, other = sorted(found(both), key=lambda problem: problem.marks)
    assert (one.marks[0], other.marks[0]) == ("error:E-1", "error:X-2")
    assert set(one.cases).isdisjoint(other.cases)
    assert sum("kind:complaint" in problem.marks for problem in (one, other)) == 1


def test_a_broad_mark_with_cases_of_its_own_is_a_candidate_beside_the_narrow_one():
    both = seen(9, "product:modem", "error:E-1") + seen(12, "product:modem", start=20)
    narrow, broad = sorted(found(both), key=lambda problem: problem.marks)
    assert (narrow.marks, len(narrow.cases)) == (("error:E-1",), 9)
    assert (broad.marks, len(broad.cases)) == (("product:modem",), 12)


def test_what_is_left_of_a_broad_mark_must_stand_out_itself():
    usual = seen(12, "product:modem", days_ago=20, start=50)
    both = seen(9, "product:modem", "error:E-1") + seen(4, "product:modem", start=20)
    (problem,) = found([*usual, *both])
    assert (problem.marks, len(problem.cases)) == (("error:E-1", "product:modem"), 13)


def test_a_mark_that_is_mostly_in_a_candidate_brings_its_other_cases_along():
    mostly = seen(9, "word:flicker", "error:E-1") + seen(2, "word:flicker", start=20)
    (problem,) = found(mostly)
    assert problem.marks == ("error:E-1", "word:flicker")
    assert len(problem.cases) == 11


def test_one_customer_alone_is_no_common_problem():
    mailbox = seen(30, "word:password", customer="jo")
    assert found(mailbox) == ()
    assert len(found(mailbox, customers=1)) == 1
    nobody = [Sighting(each.case, each.at, None, each.marks) for each in seen(6, "word:password")]
    assert found(nobody)[0].customers == 6


def test_what_names_a_thing_recurs_even_when_it_is_usual():
    usual = [
        each
        for week in range(5)
        for each in seen(10, "code:cable", "word:cable", days_ago=7 * week + 1, start=20 * week)
    ]
    (problem,) = found(usual)
    assert (problem.kind, problem.marks) == ("recurring", ("code:cable",))
    assert found(usual, recurring=11) == ()


def test_too_few_cases_are_no_problem():
    assert found(seen(2, "error:E-1")) == ()
    assert len(found(seen(3, "error:E-1"), at_least=3, significance=0.05)) == 1


def test_many_marks_that_are_tried_ask_for_more_evidence():
    few = seen(4, "error:E-1")
    assert len(found(few, significance=0.01)) == 1
    crowd = [each for word in range(50) for each in seen(3, f"word:{word}", start=100 + 10 * word)]
    usual = [
        each for word in range(50) for each in seen(12, f"word:{word}", days_ago=20, start=1000 + 20 * word)
    ]
    assert found(few + crowd + usual, significance=0.01) == ()


def test_a_candidate_keeps_the_id_of_the_problem_its_cases_are_linked_to():
    fresh = found(seen(6, "error:E-1"))[0]
    linked = found(seen(2, "error:E-1", known="modem-outage") + seen(4, "error:E-1", start=10))[0]
    assert (fresh.known, linked.known, linked.id) == (False, True, "modem-outage")
    assert fresh.id == found(seen(9, "error:E-1", "word:light", start=50))[0].id


def test_candidates_linked_to_one_problem_are_one():
    both = seen(6, "error:E-1", known="p") + seen(6, "error:X-2", start=20, known="p")
    (problem,) = found(both)
    assert (problem.id, len(problem.cases), problem.marks) == ("p", 12, ("error:E-1", "error:X-2"))


def test_time_before_recording_began_is_no_time_without_cases():
    sightings = seen(4, "error:E-1")
    assert len(problems(sightings, now=NOON)) == 1
    assert problems(sightings, now=NOON, since=NOON - 8 * DAY) == ()
    assert problems(sightings, now=NOON, since=NOON - 7 * DAY) == ()


def test_windows_are_open_at_their_beginning_and_closed_at_their_end():
    assert len(found(seen(4, "error:E-1", days_ago=0)[:1] + seen(3, "error:E-1", start=1), at_least=4)) == 1
    early = [Sighting(f"e{n}", NOON - 7 * DAY, f"jo{n}", {"error:E-1"}) for n in range(4)]
    assert found(early) == ()
    late = [Sighting(f"l{n}", NOON + timedelta(microseconds=1), f"jo{n}", {"error:E-1"}) for n in range(4)]
    assert found(late) == ()


def test_a_case_seen_twice_counts_once_with_the_marks_of_both_times():
    first = [Sighting(f"c{n}", NOON - DAY, None, {"word:light"}) for n in range(4)]
    again = [Sighting(f"c{n}", NOON, f"jo{n}", {"error:E-1"}, "p") for n in range(4)]
    (problem,) = found(first + again)
    assert (problem.id, problem.marks, problem.customers) == ("p", ("error:E-1", "word:light"), 4)
    assert problem.last_at == NOON - DAY


def test_what_lies_before_the_base_time_can_be_forgotten():
    watch = ProblemWatch(ProblemRules(window=DAY, base=DAY))
    for each in (*seen(3, "error:E-1", days_ago=3), *seen(4, "error:E-1", days_ago=0.5, start=10)):
        watch.add(each)
    before = watch.problems(now=NOON)
    watch.forget(now=NOON)
    assert (len(watch), watch.problems(now=NOON)) == (4, before)


def test_a_case_bears_its_labels_assets_words_and_error_codes():
    case = Case(
        id="17", opened_at=NOON, customer="jo", kind="fault", category="line", product="modem", code="cable"
    )
    sighting = Sighting.of(
        case, text="Please HELP: the Modem shows ERR-404 and X2!", assets=["F-1"], known="p"
    )
    assert sighting.marks == {
        "kind:fault", "category:line", "product:modem", "code:cable", "asset:F-1", "error:ERR-404", "error:X2",
        "word:modem", "word:shows",
    }  # fmt: skip
    assert (sighting.customer, sighting.known) == ("jo", "p")
    said = "Seit gestern fehlt die Überweisung, könnten Sie bitte... Waarom werkt mijn modem niet?"
    assert Sighting.of(Case(id="18", opened_at=NOON), text=said).marks == {
        "word:gestern", "word:fehlt", "word:überweisung", "word:könnten", "word:werkt", "word:modem",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "codes"),
    (
        ("Error E42 and ERR-404-B, then LOS-7.", {"E42", "ERR-404-B", "LOS-7"}),
        ("No codes in HELP, 42, iPhone7 or e42", set()),
        ("A-" * 100_000, set()),
        ("A1-" * 50_000, {"A1-A1-A1-A1"}),
    ),
)
def test_error_codes_are_capitals_with_digits_and_hostile_texts_take_no_longer(text, codes):
    found = Sighting.of(Case(id="17", opened_at=NOON), text=text).marks
    assert {mark.removeprefix("error:") for mark in found if mark.startswith("error:")} == codes


def test_a_case_without_the_instant_of_its_opening_cannot_be_placed():
    with pytest.raises(InvalidValue, match="when it was opened"):
        Sighting.of(Case(id="17"))


def test_cases_themselves_can_be_searched():
    cases = [Case(id=str(n), opened_at=NOON, customer=f"jo{n}", product="modem") for n in range(5)]
    assert found(cases)[0].marks == ("product:modem",)


@pytest.mark.parametrize(
    "wrong",
    (
        {"window": timedelta(0)},
        {"base": -DAY},
        {"at_least": 0},
        {"customers": 0},
        {"significance": 0},
        {"overlap": 1.1},
        {"recurring": 0},
    ),
)
def test_rules_that_cannot_be_meant_are_refused_by_name(wrong):
    with pytest.raises(InvalidValue, match=next(iter(wrong))):
        ProblemRules(**wrong)
