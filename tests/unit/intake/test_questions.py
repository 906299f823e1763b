from datetime import UTC, datetime

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.intake import Question, missing_questions, needed_questions
from supportkit.rules import parse

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SERIAL = Question(ask="serial", when=parse('case.kind == "fault"'), known_from=["customer.purchases"])
SINCE = Question(ask="Since when?", keep="case")
FAULT = {"kind": "fault"}


def bought(**said):
    return {"customer": {"purchases": [{"product": None, "serial": None, **said}]}, "case": FAULT}


def missing(facts, *questions, **options):
    return [one.ask for one in missing_questions(questions or (SERIAL, SINCE), facts, now=NOW, **options)]


@pytest.mark.parametrize(
    ("facts", "asked"),
    (
        ({"case": FAULT}, ["serial", "Since when?"]),
        ({"case": {"kind": "question"}}, ["Since when?"]),
        ({"case": {"kind": None}}, ["Since when?"]),
        ({}, ["Since when?"]),
        (bought(serial="A-1"), ["Since when?"]),
        (bought(serial=""), ["serial", "Since when?"]),
        (bought(product="router"), ["serial", "Since when?"]),
        ({"case": FAULT, "customer": {"purchases": []}}, ["serial", "Since when?"]),
        ({"case": FAULT, "customer": {"purchases": None}}, ["serial", "Since when?"]),
    ),
)
def test_what_a_case_needs_is_asked_unless_facts_answer_it(facts, asked):
    assert missing(facts) == asked


@pytest.mark.parametrize(("product", "asked"), (("router", []), ("phone", ["serial"]), (None, [])))
def test_purchases_of_another_product_answer_nothing(product, asked):
    assert missing(bought(product="router", serial="A-1"), SERIAL, product=product) == asked


@pytest.mark.parametrize("value", ("premium", 0, False, ["a"], {"any": "thing"}))
def test_a_fact_that_is_set_answers(value):
    question = Question(ask="plan", known_from="x.shop.plan")
    assert missing({"x": {"shop": {"plan": value}}}, question) == []


@pytest.mark.parametrize("value", (None, "", [], ()))
def test_an_empty_fact_answers_nothing(value):
    question = Question(ask="plan", known_from=["x.shop.plan", "x.other"])
    assert missing({"x": {"shop": {"plan": value}}}, question) == ["plan"]


@pytest.mark.parametrize("name", ("serial", "Serial", "SERIAL?", "s_e_r_i_a_l"))
def test_an_answer_is_known_however_its_question_is_written(name):
    assert missing({"case": FAULT}, known=[name]) == ["Since when?"]


def test_what_was_answered_in_other_matters_counts_only_where_it_is_kept():
    assert missing({"case": FAULT}, earlier=["serial", "since when"]) == ["Since when?"]
    assert missing({"case": FAULT}, known=["since when"], earlier=["serial"]) == []


def test_needed_leaves_answers_of_people_out_of_account():
    assert [one.ask for one in needed_questions([SERIAL, SINCE], bought(serial="A-1"), now=NOW)] == [
        "Since when?"
    ]


@pytest.mark.parametrize(
    ("language", "words"), (("de-AT", "Seriennummer?"), ("de", "Seriennummer?"), ("fr", "Serial number?"), ("EN_gb", "Serial number?"))
)  # fmt: skip
def test_a_question_is_put_in_the_customers_language(language, words):
    asked = Question(ask="serial", texts={"de": "Seriennummer?", "en": "Serial number?"})
    assert asked.words(language) == words
    assert Question(ask="serial", texts={"nl": "Serienummer?"}).words("fr") == "Serienummer?"
    assert Question(ask="serial").words() == "serial"


@pytest.mark.parametrize("said", ({"ask": "?!"}, {"ask": ""}, {"ask": "serial", "keep": "forever"}))
def test_a_question_that_cannot_be_meant_is_refused(said):
    with pytest.raises(InvalidValue):
        Question(**said)


def test_now_needs_a_zone():
    with pytest.raises(NaiveDatetime):
        needed_questions([SERIAL], {}, now=datetime(2026, 3, 2))
