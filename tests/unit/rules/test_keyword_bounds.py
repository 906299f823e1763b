"""Texts too long to be searched to their end: what was not seen is unknown, never false."""

from datetime import UTC, datetime

import pytest

from supportkit.errors import InvalidValue
from supportkit.rules import KeywordSet, Rule, RuleSet, TextFacts, Truth, fact, observe, text_leaves
from supportkit.rules._keyword_index import KeywordIndex

NOW = datetime(2026, 1, 5, tzinfo=UTC)
OUTAGE = KeywordSet("outage", ["no signal", "outages"], max_characters=20)
LONG = "There was no problem, I thought, until the outages came."


@pytest.mark.parametrize(
    ("text", "found"),
    (
        ("no signal", ["no signal"]),
        ("There is no signal and no money", ["no signal"]),
        ("there are no signals", []),
        ("1234567890 no signals", []),
        ("1234567890 no signal!", []),
        ("outages" * 9, []),
        (LONG, []),
    ),
)
def test_only_whole_words_within_the_limit_are_read(text, found):
    assert [match.phrase for match in OUTAGE.find(text)] == found
    assert OUTAGE.found(text) is bool(found)


def test_a_set_tells_whether_it_cuts_a_text():
    assert (OUTAGE.cuts("x" * 20), OUTAGE.cuts("x" * 21)) == (False, True)
    assert not KeywordSet("k", ["a"], max_characters=None).cuts("x" * 1_000_000)
    assert KeywordSet("k", ["a"]).cuts("x" * 100_001)
    assert KeywordIndex([KeywordSet("k", ["a"], max_characters=None), OUTAGE]).cuts("x" * 21)
    assert not KeywordIndex([OUTAGE]).cuts("x" * 20)


def test_a_word_beyond_the_default_limit_is_found_without_one():
    text = "x " * 50_000 + "refund"
    assert not KeywordSet("k", ["refund"]).found(text)
    assert KeywordSet("k", ["refund"], max_characters=None).find(text)[0].start == 100_000


def test_a_condition_that_found_nothing_in_a_cut_text_is_unknown_and_names_it():
    rules = RuleSet([Rule("a", fact.text.mentions(OUTAGE), {"queue": "network"})])
    decision = rules.decide({"text": LONG}, now=NOW)
    assert (decision.undecided, decision.missing, decision.provisional) == (("a",), ("text",), True)
    assert rules.decide({"text": "no signal " + LONG}, now=NOW).matched == ("a",)
    assert rules.decide({"text": "all is well"}, now=NOW).undecided == ()


def test_what_is_kept_of_a_cut_text_decides_alike():
    leaves = text_leaves([fact.text.mentions(OUTAGE), fact.text.contains("money")], ["text"])
    kept = observe(LONG, leaves)
    again = TextFacts.from_plain(kept.to_plain(), leaves)
    assert again == kept
    assert len(kept.cut) == 1
    assert fact.text.mentions(OUTAGE).evaluate({"text": again}, now=NOW) is Truth.UNKNOWN
    assert fact.text.contains("money").evaluate({"text": again}, now=NOW) is Truth.FALSE


@pytest.mark.parametrize("limit", (0, -1, True, 1.5, "9"))
def test_a_limit_is_a_number_above_zero(limit):
    with pytest.raises(InvalidValue, match="max_characters"):
        KeywordSet("k", ["a"], max_characters=limit)
