"""What a desk tells of what it learnt: the same as the pure reports over its own log."""

from datetime import timedelta
from decimal import Decimal

import pytest

from office import MONDAY, make_office
from supportkit.cases import Purchase
from supportkit.errors import CommandRefused
from supportkit.insight import Tip, measures
from supportkit.rules import parse

CLASSES = [
    {"when": 'contact.text.mentions("complain")', "kind": "complaint", "category": "line"},
    {"kind": "question"},
]


@pytest.fixture
def office():
    return make_office(
        classify=CLASSES,
        learning={
            "benchmark": {"by": "kind", "longest_wait": {"complaint": "1 hour", "other": "1 day"}},
            "tips": [
                {
                    "id": "modem",
                    "text": "A restart a month keeps it quick.",
                    "when": 'contact.product == "modem"',
                },
                {"id": "dry", "text": "Keep it dry."},
            ],
        },
    )


def solved(office, text="How do I pay?", *, code="bill", article=None, hours=1, **said):
    case_id = office.writes(said.pop("who", "jo"), text, **said).case_id
    office.clock.pass_(hours=hours)
    office.desk.reply(case_id, "Like this.", by="bob")
    office.desk.resolve(case_id, by="bob", code=code, article=article)
    return case_id


def test_measures_are_those_of_the_log_by_the_terms_of_the_policy(office):
    solved(office)
    office.writes("big", "I complain")
    found = office.desk.measures()
    logs = [office.desk.history(case.id) for case in office.desk.cases()]
    plain = measures(logs, until=office.clock() + timedelta(microseconds=1))
    assert found == plain
    assert (found.cases, found["promises_kept"].value, found["first_answer"].value) == (
        2,
        1.0,
        timedelta(hours=1),
    )
    assert office.desk.measures(until=MONDAY).cases == 0
    assert office.desk.measures(since=office.clock())["first_answer"].of == 1
    assert (
        office.desk.measures(
            since=office.clock() + timedelta(hours=1), now=office.clock() + timedelta(hours=2)
        )["first_answer"].of
        == 0
    )


def test_measures_are_told_apart_by_segment(office):
    solved(office)
    office.writes("big", "I complain")
    found = office.desk.measures_by("kind")
    assert {name: each.cases for name, each in found.items()} == {"complaint": 1, "question": 1}
    assert found["question"] + found["complaint"] == office.desk.measures()
    assert office.desk.measures_by("kind", until=MONDAY) == {}


def flicker(office, number, **said):
    return office.writes(f"jo{number}", "Error X-42 again, the light flickers", **said).case_id


def test_cases_with_the_same_words_are_one_problem_and_join_the_one_they_are_linked_to(office):
    office.writes("jo", "An old question")
    office.clock.pass_(days=30)
    cases = [flicker(office, number) for number in range(5)]
    (problem,) = office.desk.problems()
    assert (problem.cases, problem.marks[0], problem.known) == (tuple(sorted(cases)), "error:X-42", False)
    assert [each.marks for each in office.desk.problems(texts=False)] == [("kind:question",)]
    office.desk.link_problem(cases[0], "modem-firmware", by="bob")
    assert office.desk.problems()[0].id == "modem-firmware"
    office.clock.pass_(days=40)
    assert office.desk.problems() == ()


def test_a_desk_that_began_today_has_no_spikes(office):
    for number in range(5):
        flicker(office, number)
    assert office.desk.problems() == ()


def test_an_article_is_wanted_for_what_is_solved_without_one(office):
    cases = [solved(office, who=f"jo{number}") for number in range(3)]
    (gap,) = office.desk.knowledge_gaps()
    assert (gap.topic, gap.cases) == ("bill", tuple(sorted(cases)))
    solved(office, article="kb-1")
    assert office.desk.knowledge_gaps() == ()


def test_the_report_for_product_development_comes_from_the_log(office):
    cases = [flicker(office, number, product="modem") for number in range(2)]
    report = office.desk.product_report(
        since=MONDAY, until=MONDAY + timedelta(days=1), spend={"jo": Decimal(3)}
    )
    (line,) = report.lines
    assert (line.product, line.topic, line.cases, sorted(line.examples)) == (
        "modem",
        "question",
        2,
        sorted(cases),
    )
    assert len(line.answer_back) == 2


def test_the_floor_of_service_is_held_against_the_benchmark(office):
    office.writes("jo", "I complain")
    office.clock.pass_(hours=2)
    solved(office)
    complaint, question = office.desk.service_floor()
    assert (complaint.segment, complaint.worst, complaint.below) == ("complaint", timedelta(hours=3), True)
    assert (question.segment, question.worst, question.below) == ("question", timedelta(hours=1), False)
    with pytest.raises(CommandRefused, match=r"no learning\.benchmark") as refused:
        make_office().desk.service_floor()
    assert refused.value.code == "no_benchmark"


def test_what_customers_bought_afterwards_is_told_by_how_it_ended(office):
    solved(office)
    bought = {"jo": [Purchase(office.clock() + timedelta(days=3), "20", "GBP")]}
    office.clock.pass_(days=31)
    found = {each.outcome: each for each in office.desk.repeat_purchases(bought, within=timedelta(days=30))}
    assert (found["no_complaint"].bought.value, found["no_complaint"].value) == (1.0, Decimal("20.00"))


def test_hints_come_after_the_solution_and_fit_the_case(office):
    case_id = office.writes("jo", "How do I pay?", product="modem").case_id
    assert office.desk.suggestions(case_id) == ()
    office.desk.resolve(case_id, by="bob")
    assert [each.tip for each in office.desk.suggestions(case_id)] == ["modem", "dry"]
    own = Tip("cable", "Use the short cable.", when=parse('contact.product == "modem"'))
    assert [each.tip for each in office.desk.suggestions(case_id, tips=[own])] == ["modem", "dry", "cable"]
    office.writes("jo", "Now I complain")
    assert office.desk.suggestions(case_id, tips=[own]) == ()
    with pytest.raises(CommandRefused, match="has no case 'case-0'"):
        office.desk.suggestions("case-0")
