"""Each shipped factor: points, evidence, and what is missing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest

from supportkit.cases import Unknown
from supportkit.errors import InvalidValue
from supportkit.priority import (
    ChannelFactor,
    Contribution,
    Factor,
    KeywordFactor,
    LabelFactor,
    OpenCaseFactor,
    ReachFactor,
    SpendFactor,
    fact_at,
)
from supportkit.rules import KeywordSet, observe, text_leaves

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETS = {
    "outage": KeywordSet("outage", ["no signal", "cannot call"]),
    "legal": KeywordSet("legal", ["lawyer"], negation=True),
}
KEYWORDS = KeywordFactor({"outage": 40, "legal": 30}, SETS)
SPEND = SpendFactor({2000: 10, 500: 5}, currency="GBP")


def given(factor, **facts):
    return factor.contribute(facts, now=NOW)


def test_a_keyword_set_counts_once_and_says_where_it_stands():
    said = given(KEYWORDS, contact={"subject": "No signal", "text": "no signal, cannot call"})
    assert said.points == 40
    assert said.evidence == {"outage": {"contact.subject": ["0-9"], "contact.text": ["0-9", "11-22"]}}
    assert str(said) == "+40 keywords (outage contact.subject 0-9 contact.text 0-9, 11-22)"


def test_a_negated_keyword_still_counts_and_is_marked():
    said = given(KEYWORDS, contact={"text": "I need no lawyer"})
    assert (said.points, said.evidence) == (30, {"legal": {"contact.text": ["10-16 negated"]}})


def test_an_absent_subject_is_not_missing_as_long_as_there_is_a_text():
    assert given(KEYWORDS, contact={"subject": None, "text": "hello"}).missing == ()
    assert given(KEYWORDS, contact={}).missing == ("contact.subject", "contact.text")
    assert given(KeywordFactor({}, SETS)).missing == ()


def test_recorded_facts_of_a_text_give_the_same_contribution_as_the_text():
    texts = {"subject": "No signal", "text": "my lawyer says hello"}
    recorded = {
        name: observe(text, text_leaves(KEYWORDS.expressions, [f"contact.{name}"]))
        for name, text in texts.items()
    }
    assert given(KEYWORDS, contact=recorded) == given(KEYWORDS, contact=texts)
    assert given(KEYWORDS, contact=texts).points == 70


def test_a_text_that_is_gone_and_was_never_asked_is_missing():
    gone = observe("no signal", text_leaves(KeywordFactor({"outage": 1}, SETS).expressions, ["contact.text"]))
    said = given(KEYWORDS, contact={"text": gone})
    assert (said.points, said.missing) == (40, ("contact.text",))
    absent = observe(None, ())
    assert given(KEYWORDS, contact={"text": absent}).missing == ("contact.subject", "contact.text")


def test_other_fields_can_be_searched():
    factor = KeywordFactor({"outage": 40}, SETS, "x.acme.title")
    assert given(factor, x={"acme": {"title": "cannot call"}}).points == 40


def test_an_unknown_keyword_set_names_the_nearest():
    with pytest.raises(InvalidValue, match="did you mean 'outage'"):
        KeywordFactor({"outrage": 1}, SETS)
    with pytest.raises(InvalidValue, match="there are: none"):
        KeywordFactor({"outage": 1}, {})


@pytest.mark.parametrize(
    ("spent", "points"),
    (("1999.99", 5), ("2000.00", 10), ("500", 5), ("499.99", 0), ("-20", 0), ("99999", 10)),
)
def test_spend_reaches_a_tier_at_its_minimum_and_is_bounded(spent, points):
    assert given(SPEND, customer={"spend_365d": Decimal(spent)}).points == points


@pytest.mark.parametrize("unknown", (None, Unknown(("rate EUR/GBP",))))
def test_unknown_spend_adds_nothing_and_is_missing(unknown):
    said = given(SPEND, customer={"spend_365d": unknown})
    lacking = getattr(unknown, "missing", ())
    assert (said.points, said.missing) == (0, ("customer.spend_365d", *lacking))
    assert str(said).startswith("+0 spend (unknown: customer.spend_365d")


def test_spend_evidence_names_amount_tier_and_currency():
    said = given(SPEND, customer={"spend_365d": 700.5})
    assert said.evidence == {"spent": Decimal("700.5"), "reached": 500, "currency": "GBP"}


@pytest.mark.parametrize(
    ("window", "path"),
    (
        (timedelta(days=30), "customer.spend_30d"),
        (timedelta(days=90), "customer.spend_90d"),
        (None, "customer.lifetime_spend"),
    ),
)
def test_the_window_chooses_the_fact(window, path):
    assert SpendFactor({1: 1}, window=window).reads == (path,)


def test_spend_that_would_count_against_a_customer_is_refused():
    with pytest.raises(InvalidValue, match="more must never be worth less"):
        SpendFactor({500: 10, 2000: 5})
    with pytest.raises(InvalidValue, match="fewer than the 0 below"):
        SpendFactor({500: -1})
    with pytest.raises(InvalidValue, match="no window of spend"):
        SpendFactor({500: 1}, window=timedelta(days=7))


@pytest.mark.parametrize(("count", "points"), ((0, 0), (1, 25), (2, 25), (9, 25)))
def test_an_open_case_counts_once_without_a_cap(count, points):
    assert given(OpenCaseFactor(25), customer={"open_cases": count}).points == points


def test_several_open_cases_count_up_to_the_cap():
    assert given(OpenCaseFactor(10, cap=25), customer={"open_cases": 3}).points == 25


def test_an_unknown_count_of_open_cases_is_missing_and_a_wrong_one_refused():
    assert given(OpenCaseFactor(25), customer={}).missing == ("customer.open_cases",)
    for wrong in (True, -1, "2"):
        with pytest.raises(InvalidValue, match="is no count"):
            given(OpenCaseFactor(25), customer={"open_cases": wrong})


@pytest.mark.parametrize(("points", "cap"), ((-1, None), (5, 4)))
def test_open_case_points_never_lower(points, cap):
    with pytest.raises(InvalidValue, match="open_case"):
        OpenCaseFactor(points, cap=cap)


@pytest.mark.parametrize(
    ("contact", "points", "missing"),
    (
        ({"channel": "social", "visibility": "public"}, 25, ()),
        ({"channel": "social", "visibility": "private"}, 5, ()),
        ({"channel": "email", "visibility": "public"}, 20, ()),
        ({"channel": "public", "visibility": "private"}, 0, ()),
        ({"channel": "social"}, 5, ("contact.visibility",)),
        ({}, 0, ("contact.channel", "contact.visibility")),
    ),
)
def test_channel_and_visibility_add_up(contact, points, missing):
    said = given(ChannelFactor({"social": 5, "public": 20}), contact=contact)
    assert (said.points, said.missing) == (points, missing)


def test_a_channel_factor_reads_only_what_it_needs():
    assert ChannelFactor({"public": 1}).reads == ("contact.visibility",)
    assert ChannelFactor({"phone": 1}).reads == ("contact.channel",)


@pytest.mark.parametrize(
    ("contact", "points", "missing"),
    (
        ({"visibility": "public", "reach": 1000}, 10, ()),
        ({"visibility": "public", "reach": 999}, 0, ()),
        ({"visibility": "private", "reach": None}, 0, ()),
        ({"visibility": "public"}, 0, ("contact.reach",)),
        ({"reach": 5000}, 0, ("contact.visibility",)),
    ),
)
def test_reach_counts_only_where_the_world_can_see_it(contact, points, missing):
    said = given(ReachFactor({1000: 10}), contact=contact)
    assert (said.points, said.missing) == (points, missing)


def test_a_reach_that_is_no_count_is_refused():
    with pytest.raises(InvalidValue, match="no number of people"):
        given(ReachFactor({1: 1}), contact={"visibility": "public", "reach": "many"})


def test_a_label_adds_its_points_and_another_one_nothing():
    factor = LabelFactor("customer.plan", {"gold": 10, "trial": -5})
    assert [given(factor, customer={"plan": plan}).points for plan in ("gold", "trial", "basic")] == [
        10,
        -5,
        0,
    ]
    assert given(factor, customer={"plan": None}).missing == ("customer.plan",)
    assert str(given(factor, customer={"plan": "trial"})) == "-5 plan (plan trial)"


def test_a_fact_of_a_wrong_kind_is_refused_by_name():
    with pytest.raises(InvalidValue, match=r"customer\.plan=7 is no text"):
        given(LabelFactor("customer.plan", {"gold": 1}), customer={"plan": 7})
    with pytest.raises(InvalidValue, match=r"contact\.text=7 is no text"):
        given(KEYWORDS, contact={"text": 7})
    with pytest.raises(InvalidValue, match="is no number"):
        given(SPEND, customer={"spend_365d": "700"})


def test_facts_are_read_from_objects_too_and_a_plain_value_has_no_fields():
    class Ticket:
        customer = MappingProxyType({"plan": "gold"})

    assert fact_at(Ticket(), "customer.plan") == "gold"
    assert fact_at(Ticket(), "customer.age.years") is None
    assert fact_at(Ticket(), "owner.name") is None
    with pytest.raises(InvalidValue, match="below str"):
        fact_at(Ticket(), "customer.plan.name")


@pytest.mark.parametrize("factor", (KEYWORDS, SPEND, OpenCaseFactor(1), ChannelFactor({}), ReachFactor({})))
def test_shipped_factors_satisfy_the_protocol(factor):
    assert isinstance(factor, Factor)


def test_a_single_missing_name_may_be_given_as_text():
    assert Contribution(0, {}, "customer.age").missing == ("customer.age",)
