"""Keywords in texts: where they stand, and where they do not."""

import pickle
import sys

import pytest

from supportkit.errors import InvalidValue, PluginError
from supportkit.rules import KeywordSet, Match, Phrase, keywords
from supportkit.rules._keyword_automaton import NeedleAutomaton
from supportkit.rules._keyword_needles import Needles


def spans(text, *phrases, **options):
    return [
        (match.phrase, match.start, match.end) for match in KeywordSet("k", phrases, **options).find(text)
    ]


@pytest.mark.parametrize(
    ("text", "phrases", "found"),
    (
        ("No signal since eight", ["no signal"], [("no signal", 0, 9)]),
        ("no  \n signal", ["no signal"], [("no signal", 0, 12)]),
        ("refund requested", ["refund request", "refund"], [("refund", 0, 6)]),
        ("refund request", ["refund", "refund request"], [("refund request", 0, 14)]),
        ("asp.net, c++11 and .NET", [".net", "c++"], [(".net", 3, 7), ("c++", 9, 12), (".net", 19, 23)]),
        ("snakes", ["nake"], []),
        ("snake_case", ["snake"], []),
        ("x²", ["x"], []),
        ("STRASSE und Straße", ["straße"], [("straße", 0, 7), ("straße", 12, 18)]),
        ("Straße", ["s"], []),
        ("ﬁre ﬁx", ["fire", "f", "i"], [("fire", 0, 3)]),
        ("㈱ (株)", ["(株)"], [("(株)", 0, 1), ("(株)", 2, 5)]),
        ("㈱", ["株"], []),
        ("cafe\u0301 CAFÉ", ["café"], [("café", 0, 5), ("café", 6, 10)]),
        ("cafe\u0301", ["cafe"], []),
        ("İstanbul", ["istanbul"], []),
        ("re\u00adfund and re\u200bfund\ufe0f!", ["refund"], [("refund", 0, 7), ("refund", 12, 19)]),
        ("\u202erefund\u202c", ["refund"], [("refund", 1, 7)]),
        ("返金してください", ["返金"], [("返金", 0, 2)]),
        ("請求refund", ["refund"], [("refund", 2, 8)]),
        ("환불해 주세요", ["환불"], [("환불", 0, 2)]),
        ("\u1112\u116a\u11ab\u1107\u116e\u11af", ["환불"], [("환불", 0, 6)]),
        ("ขอเงินคืน", ["เงิน"], [("เงิน", 2, 6)]),
        ("हिन्दी", ["हि"], []),
        ("", ["x"], []),
        ("x", ["", "\u200b"], []),
        ("go", ["Go", "go"], [("Go", 0, 2), ("go", 0, 2)]),
        ("a", ["a b", "a"], [("a", 0, 1)]),
    ),
)
def test_phrases_stand_at(text, phrases, found):
    assert spans(text, *phrases) == found


@pytest.mark.parametrize(
    ("text", "phrase", "options", "found"),
    (
        ("NHS nhs", "NHS", {"case": "exact"}, [0]),
        ("refunds", "refund", {"boundary": "start"}, [0]),
        ("a prefund", "refund", {"boundary": "end"}, [3]),
        ("prefunds", "refund", {"boundary": "none"}, [1]),
        ("prefund", "refund", {"boundary": "start"}, []),
        ("ｒｅｆｕｎｄ", "refund", {"normalize": "none"}, []),
        ("e\u0301", "e", {"normalize": "none", "boundary": "none"}, []),
        ("Mémo", "memo", {"diacritics": "ignore"}, [0]),
        ("memo", "mémo", {"diacritics": "ignore", "normalize": "none", "case": "exact"}, [0]),
        ("re\u200bfund fund", "fund", {"strip_ignorable": False}, [3, 8]),
        ("no  signal no signal", "no signal", {"whitespace": "exact"}, [11]),
        ("no\nsignal", "no signal", {"whitespace": "exact"}, []),
        ("aaa", "aa", {"boundary": "none"}, [0]),
        ("aaa", "aa", {"boundary": "none", "overlap": "all"}, [0, 1]),
    ),
)
def test_options_change_what_counts(text, phrase, options, found):
    assert [start for _, start, _ in spans(text, phrase, **options)] == found


def test_a_phrase_may_have_its_own_case_and_boundary():
    both = KeywordSet("k", [Phrase("US", case="exact"), Phrase("pay", boundary="start"), "bill"])
    assert [match.index for match in both.find("us US payments bills Bill")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "negated"),
    (
        ("I do not want a refund", True),
        ("I don't want a refund", True),
        ("I don’t want a refund", True),
        ("not today. A refund", False),
        ("No, a refund", False),
        ("not slow but refund", False),
        ("not only a refund", False),
        ("not just one refund", False),
        ("never in my life a refund", False),
        ("refund not", False),
        ("not the 2.5 refund", True),
        ("not. 2 refund", False),
        ("not really de\u0301ja\u0300 refund", True),
        ("Not\u00a0a refund", True),
        ("cannot get refund", True),
        ("not (really) refund", False),
        ("not only fast, no refund", True),
    ),
)
def test_negation_marks_a_match_within_three_words_of_its_clause(text, negated):
    (match,) = KeywordSet("k", ["refund"], negation=True).find(text)
    assert match.negated is negated
    assert KeywordSet("k", ["refund"]).find(text)[0].negated is None


def test_negation_takes_its_own_cues_and_window():
    custom = KeywordSet("k", ["Rückzahlung"], negation={"window": 1, "cues": ["keine"]})
    assert [match.negated for match in custom.find("Keine Rückzahlung! Keine schnelle Rückzahlung")] == [
        True,
        False,
    ]
    assert KeywordSet("k", [], negation=custom.negation).negation == custom.negation


@pytest.mark.parametrize(
    "wrong",
    (
        lambda: KeywordSet("k", "text"),
        lambda: KeywordSet("k", [1]),
        lambda: KeywordSet("k", [], case="lower"),
        lambda: KeywordSet("k", [], strip_ignorable=1),
        lambda: KeywordSet("k", [], negation="yes"),
        lambda: KeywordSet("k", [], negation={"window": 0}),
        lambda: KeywordSet("k", [], negation={"words": 3}),
        lambda: Phrase("x", boundary="left"),
        lambda: KeywordSet("k", [], engine="rust"),
    ),
)
def test_wrong_options_are_refused(wrong):
    with pytest.raises(InvalidValue):
        wrong()


def test_sets_are_values():
    one, other = KeywordSet("k", ["a", Phrase("b")]), KeywordSet("k", [Phrase("a"), "b"])
    assert (one, hash(one), one.key) == (other, hash(other), other.key)
    assert one.key != KeywordSet("k", ["a"]).key
    assert one.find("b") == (Match(1, "b", 0, 1),)
    assert pickle.loads(pickle.dumps(one)).find("b") == one.find("b")


def test_the_way_of_searching_is_no_part_of_a_set():
    one, other = KeywordSet("k", ["a"], engine="python"), KeywordSet("k", ["a"])
    assert (one, one.key) == (other, other.key)


def test_native_code_is_taken_from_a_hundred_phrases_on_where_it_is_installed(monkeypatch):
    pytest.importorskip("ahocorasick_rs")
    many = [f"word {number}" for number in range(100)]
    taken = [type(each._parts[0][1]) for each in (KeywordSet("k", many[1:]), KeywordSet("k", many))]
    assert taken == [Needles, NeedleAutomaton]
    monkeypatch.setattr(keywords, "is_installed", lambda: False)
    assert type(KeywordSet("k", many)._parts[0][1]) is Needles


def test_without_the_extra_native_code_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", None)
    assert KeywordSet("k", ["a"]).found("a")
    with pytest.raises(PluginError, match=r"supportkit\[fast\]"):
        KeywordSet("k", ["a"], engine="fast").find("a")
