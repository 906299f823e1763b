"""Facts about a text that may be erased."""

from datetime import UTC, datetime

import pytest

from supportkit.canonical import decode, encode
from supportkit.errors import InvalidValue
from supportkit.rules import KeywordSet, Rule, RuleSet, TextFacts, Truth, observe, parse, text_leaves

NOW = datetime(2026, 1, 31, tzinfo=UTC)
LEGAL = KeywordSet("legal", ["lawyer", "sue"], negation=True)
CONDITIONS = [
    'contact.text.mentions("fire", keywords.legal)',
    "contact.text.mentions(keywords.legal)",
    "len(coalesce(contact.text, '')) > 5 and customer.n > 1",
    'contains(contact.text, "x") or some(contains(contact.text, "lawyer") for p in purchases)',
    "is_set(contact.text) and has_key(contact.text)",
    "contact.text > 5",
    'fold(contact.text == "FIRE")',
    'absent(contact.text != "fire", "true")',
    "contact.text",
    "some(p for p in contact.text)",
    "contact.text.below > 1",
    "coalesce(contact.text, True)",
]


def leaves_of(conditions=CONDITIONS):
    return text_leaves([parse(each, keywords={"legal": LEGAL}) for each in conditions], ["contact.text"])


def worth(condition, text):
    facts = {"contact": {"text": text}, "customer": {"n": 2}, "purchases": [1]}
    return parse(condition, keywords={"legal": LEGAL}).evaluate(facts, now=NOW)


@pytest.mark.parametrize("text", ("Fire! My lawyer will not sue", "fire", "", None))
@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_was_observed_decides_as_the_text_does(condition, text):
    observed = observe(text, leaves_of())
    assert worth(condition, observed) is worth(condition, text)
    read_back = TextFacts.from_plain(decode(encode(observed.to_plain())), leaves_of())
    assert read_back == observed
    assert worth(condition, read_back) is worth(condition, text)


def test_what_was_never_asked_is_unknown_and_named_as_missing():
    observed = observe("fire", leaves_of(['contains(contact.text, "x")']))
    rule_set = RuleSet([Rule("r", 'contains(contact.text, "y") and len(contact.text) > 1', {})])
    decision = rule_set.decide({"contact": {"text": observed}}, now=NOW)
    assert (decision.undecided, decision.missing) == (("r",), ("contact.text",))
    assert worth('contains(contact.text, "x")', observed) is Truth.FALSE


def test_without_the_leaves_that_were_asked_only_what_held_is_known():
    asked = leaves_of(['contains(contact.text, "x")', 'contains(contact.text, "fire")', "contact.text > 5"])
    bare = TextFacts.from_plain(observe("fire", asked).to_plain())
    assert worth('contains(contact.text, "fire")', bare) is Truth.TRUE
    assert worth('contains(contact.text, "x")', bare) is Truth.UNKNOWN
    assert worth("contact.text > 5", bare) is Truth.ERROR


def test_no_word_of_the_text_is_kept():
    plain = observe("Fire! My lawyer will not sue me, says Alice", leaves_of()).to_plain()
    assert plain["keywords"] == {LEGAL.key: [[0, 9, 15, False], [1, 25, 28, True]]}
    spans = sorted(each for each in plain["true"].values() if each)
    assert spans == [[[0, 4], [9, 15], [25, 28]], [[9, 15], [25, 28]]]
    for word in ("Fire", "lawyer", "sue", "Alice"):
        assert word not in encode(plain).decode()
    assert observe(None, leaves_of()).to_plain() == {
        "scanned": plain["scanned"],
        "absent": True,
        "true": {},
        "error": [],
        "keywords": {},
    }


def test_matches_of_a_keyword_set_are_read_back():
    observed = observe("My lawyer will not sue", leaves_of())
    assert observed.matches(LEGAL) == LEGAL.find("My lawyer will not sue")
    assert observed.matches(KeywordSet("legal", ["lawyer"])) is None
    assert observe(None, leaves_of()).matches(LEGAL) == ()
    assert observe("x", leaves_of()).matches(LEGAL) == ()


def test_a_text_compared_with_other_facts_cannot_be_erased():
    for condition in (
        "contains(contact.text, customer.name)",
        "len(contact.text) > case.n",
        "some(contact.text == p for p in a)",
        "len(contact.text) > count(p for p in [True])",
    ):
        with pytest.raises(InvalidValue, match="compares a text with other facts"):
            leaves_of([condition])


def test_equal_leaves_are_asked_once_and_keyword_sets_count_by_content():
    same = leaves_of(
        ['contains(contact.text, "x")', 'not contains(contact.text, "x") and contact.text.contains("x")']
    )
    assert [leaf.path for leaf in same] == ["contact.text"]
    one, other = (
        text_leaves(
            [parse("mentions(contact.text, keywords.k)", keywords={"k": KeywordSet("k", [word])})],
            ["contact.text"],
        )
        for word in ("x", "y")
    )
    assert one != other
    assert leaves_of(["mentions(contact.subject, 'x')", "a > 1"]) == frozenset()
