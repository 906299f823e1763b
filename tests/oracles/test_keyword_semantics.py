"""Where keywords stand in texts of many scripts, as the suites of other matchers ask it.

A row gives phrases, a text and the parts of the text that are found, in order; equal parts are told apart by count.
"""

import pytest

from supportkit.rules import KeywordSet

SOFT, ZERO, JOINER, BIDI, EMOJI, ACUTE = "\u00ad", "\u200b", "\u200d", "\u202e", "\ufe0f", "\u0301"


def found(phrases, text, **options):
    phrases = [phrases] if isinstance(phrases, str) else phrases
    return [(match.start, match.end) for match in KeywordSet("k", phrases, **options).find(text)]


def parts(phrases, text, **options):
    return [text[start:end] for start, end in found(phrases, text, **options)]


def table(*rows):
    return pytest.mark.parametrize(("phrases", "text", "expected"), rows)


@table(
    ("cat", "cat", ["cat"]),
    ("cat", "a cat.", ["cat"]),
    ("cat", "concatenate", []),
    ("cat", "cats", []),
    ("cat", "tomcat", []),
    ("cat", "cat's", ["cat"]),
    ("cat", "cat-flap", ["cat"]),
    ("cat", "cat_flap", []),
    ("cat", "cat2", []),
    ("cat", "cat²", []),
    ("cat", "(cat)", ["cat"]),
    ("cat", "cat,cat;cat", ["cat", "cat", "cat"]),
    ("cat", "CAT Cat", ["CAT", "Cat"]),
    ("cat", "", []),
    ("cat", "ca t", []),
    ("2", "2 of 12", ["2"]),
    ("c++", "C++", ["C++"]),
    ("c++", "in C++11", ["C++"]),
    ("c++", "objc++", []),
    ("c", "c++", ["c"]),
    (["c", "c++"], "c++ or c", ["c++", "c"]),
    ("c#", "C#, F#", ["C#"]),
    (".net", "asp.net", [".net"]),
    (".net", ".network", []),
    ("asp.net", "ASP.NET Core", ["ASP.NET"]),
    ("net", "asp.net", ["net"]),
    ("at&t", "my AT&T bill", ["AT&T"]),
    ("$", "costs $5", ["$"]),
    ("100%", "100% sure", ["100%"]),
    ("can't", "I can't call", ["can't"]),
    ("can", "can't", ["can"]),
    ("...", "so .... what", ["..."]),
    ("e-mail", "E-Mail", ["E-Mail"]),
    ("naïve", "NAÏVE", ["NAÏVE"]),
    ("über", "Übergabe über", ["über"]),
    ("ber", "über", []),
    ("привет", "Привет, мир", ["Привет"]),
    ("вет", "привет", []),
    ("σοφος", "ΣΟΦΟΣ", ["ΣΟΦΟΣ"]),
    ("σοφος", "σοφος", ["σοφος"]),
    ("שלום", "שלום עולם", ["שלום"]),
    ("لوم", "سلوم", []),
    ("हिन्दी", "हिन्दी में", ["हिन्दी"]),
    ("हिन्द", "हिन्दी", []),
    ("退款", "我要退款。", ["退款"]),
    ("退款", "我要退款吗", ["退款"]),
    ("返金", "返金してください", ["返金"]),
    ("ポイント", "ポイントが消えた", ["ポイント"]),
    ("환불", "환불해 주세요", ["환불"]),
    ("คืนเงิน", "ขอคืนเงินด้วย", ["คืนเงิน"]),
    ("sim", "sim卡", ["sim"]),
    ("卡", "sim卡", ["卡"]),
    ("sim卡", "换sim卡了", ["sim卡"]),
    ("👍", "ok👍ok", ["👍"]),
    ("😀", "😀😀", ["😀", "😀"]),
)
def test_a_word_ends_where_its_script_ends_it(phrases, text, expected):
    assert parts(phrases, text) == expected


@pytest.mark.parametrize(
    ("boundary", "expected"),
    (
        ("word", ["cat"]),
        ("start", ["cat", "cat"]),
        ("end", ["cat", "cat"]),
        ("none", ["cat", "cat", "cat", "cat"]),
    ),
)
def test_a_side_is_checked_when_the_boundary_says_so(boundary, expected):
    assert parts("cat", "cat cats tomcat concatenate", boundary=boundary) == expected


@table(
    ("strasse", "Straße", ["Straße"]),
    ("straße", "STRASSE", ["STRASSE"]),
    ("stras", "Straße", []),
    ("s", "ß", []),
    ("ss", "ß", ["ß"]),
    ("fi", "ﬁ", ["ﬁ"]),
    ("f", "ﬁ", []),
    ("fish", "ﬁsh", ["ﬁsh"]),
    ("office", "oﬃce", ["oﬃce"]),
    ("(株)", "㈱", ["㈱"]),
    ("株", "㈱", []),
    ("istanbul", "İstanbul", []),
    ("i̇stanbul", "İstanbul", ["İstanbul"]),
    ("stanbul", "İstanbul", []),
    ("ıstanbul", "ISTANBUL", []),
    ("k", "\u212a", ["\u212a"]),
    ("å", "\u212b", ["\u212b"]),
    ("refund", "ｒｅｆｕｎｄ", ["ｒｅｆｕｎｄ"]),
    ("ｒｅｆｕｎｄ", "REFUND", ["REFUND"]),
    ("カード", "ｶｰﾄﾞ", ["ｶｰﾄﾞ"]),
    ("ガ", "カ\u3099", ["カ\u3099"]),
    ("カ", "カ\u3099", []),
    ("x2", "x²", ["x²"]),
    ("tel", "℡", ["℡"]),
    ("café", f"cafe{ACUTE}", [f"cafe{ACUTE}"]),
    (f"cafe{ACUTE}", "café", ["café"]),
    ("cafe", f"cafe{ACUTE}", []),
    ("cafe", "café", []),
    ("각", "\u1100\u1161\u11a8", ["\u1100\u1161\u11a8"]),
    ("\u1100\u1161\u11a8", "각", ["각"]),
    ("가", "각", []),
    ("1⁄2", "½", ["½"]),
    ("iv", "Ⅳ", ["Ⅳ"]),
)
def test_folding_never_cuts_a_character_and_spans_are_of_the_original(phrases, text, expected):
    assert parts(phrases, text) == expected


@table(
    ("refund", f"re{SOFT}fund", [f"re{SOFT}fund"]),
    ("refund", f"r{ZERO}e{ZERO}fund", [f"r{ZERO}e{ZERO}fund"]),
    ("refund", f"{ZERO}refund{ZERO}", ["refund"]),
    ("refund", f"re{BIDI}fund", [f"re{BIDI}fund"]),
    ("refund", "re\u2060fund", ["re\u2060fund"]),
    ("refund", "\ufeffrefund", ["refund"]),
    (f"re{SOFT}fund", "refund", ["refund"]),
    ("refund", f"refund{ZERO}s", []),
    ("cat", f"con{ZERO}cat{ZERO}enate", []),
    ("❤", f"❤{EMOJI}", ["❤"]),
    (f"❤{EMOJI}", "❤", ["❤"]),
    ("no signal", f"no {ZERO}signal", [f"no {ZERO}signal"]),
    ("no signal", "no  signal", ["no  signal"]),
    ("no signal", "no\nsignal", ["no\nsignal"]),
    ("no signal", "no\u00a0signal", ["no\u00a0signal"]),
    ("no signal", "no\u3000\tsignal", ["no\u3000\tsignal"]),
    ("no  signal", "no signal", ["no signal"]),
    ("no signal", "nosignal", []),
    ("no signal", "no signals", []),
    ("no signal", "no. signal", []),
)
def test_what_cannot_be_seen_hides_no_word(phrases, text, expected):
    assert parts(phrases, text) == expected


@table(
    (["refund", "refund request"], "refund requested", ["refund"]),
    (["refund", "refund request"], "refund request", ["refund request"]),
    (["refund request", "refund"], "a refund request, a refund", ["refund request", "refund"]),
    (["a b", "b c d"], "a b c d", ["a b"]),
    (["b c d", "a b"], "a b c d", ["a b"]),
    (["a", "a b", "a b c"], "a b c d", ["a b c"]),
    (["a b c d", "b"], "a b c e", ["b"]),
    (["no", "no signal at", "signal"], "no signal attic", ["no", "signal"]),
    (["x", "x"], "x", ["x", "x"]),
    (["he", "she", "hers"], "she hers", ["she", "hers"]),
)
def test_the_leftmost_longest_is_taken_after_the_boundaries(phrases, text, expected):
    assert parts(phrases, text) == expected


@table(
    (["refund", "refund request"], "refund request", ["refund request", "refund"]),
    (["a b", "b c d"], "a b c d", ["a b", "b c d"]),
    (["aa"], "aaa", ["aa", "aa"]),
    (["he", "she", "hers", "his"], "ushers", ["she", "hers", "he"]),
    (["b", "ab", "abc"], "abc", ["abc", "ab", "b"]),
)
def test_all_overlaps_come_by_start_then_longer_first(phrases, text, expected):
    options = {"overlap": "all", "boundary": "none" if " " not in text else "word"}
    assert parts(phrases, text, **options) == expected


def test_equal_spans_come_in_the_order_of_the_phrases():
    matches = KeywordSet("k", ["Fee", "fee", "FEE"], overlap="all").find("fee")
    assert [(match.index, match.phrase) for match in matches] == [(0, "Fee"), (1, "fee"), (2, "FEE")]


@pytest.mark.parametrize(
    ("options", "phrase", "text", "expected"),
    (
        ({"case": "exact"}, "SIM", "sim SIM Sim", ["SIM"]),
        ({"case": "exact"}, "sim", "ｓｉｍ", ["ｓｉｍ"]),
        ({"normalize": "none"}, "sim", "ｓｉｍ", []),
        ({"normalize": "none"}, "café", f"cafe{ACUTE}", []),
        ({"normalize": "none"}, "SIM", "sim", ["sim"]),
        ({"diacritics": "ignore"}, "cafe", "café", ["café"]),
        ({"diacritics": "ignore"}, "café", "CAFE", ["CAFE"]),
        ({"diacritics": "ignore"}, "cafe", f"cafe{ACUTE}", [f"cafe{ACUTE}"]),
        ({"diacritics": "ignore"}, "uber", "Über", ["Über"]),
        ({"strip_ignorable": False}, "refund", f"re{SOFT}fund", []),
        ({"whitespace": "exact"}, "no signal", "no  signal", []),
        ({"whitespace": "exact"}, "no signal", "no signal", ["no signal"]),
        ({"boundary": "start"}, "bill", "billing, rebill", ["bill"]),
        ({"boundary": "end"}, "bill", "billing, rebill", ["bill"]),
    ),
)
def test_an_option_changes_what_is_the_same_text(options, phrase, text, expected):
    assert parts(phrase, text, **options) == expected


@pytest.mark.parametrize(
    ("text", "negated"),
    (
        ("a refund", False),
        ("no refund", True),
        ("not a refund", True),
        ("never got my refund", True),
        ("not want my money refund", False),
        ("no. refund", False),
        ("no, refund", False),
        ("not only a refund", False),
        ("not just a refund", False),
        ("refund, not", False),
        ("Not a Refund", True),
        ("I don't want a refund", True),
    ),
)
def test_a_cue_within_three_words_of_the_same_clause_negates(text, negated):
    (match,) = KeywordSet("k", ["refund"], negation=True).find(text)
    assert match.negated is negated


def test_spans_count_code_points_of_the_original():
    assert found("refund", f"👍 e{ACUTE}ﬁ re{SOFT}fund!") == [(6, 13)]
    assert found(["ﬁ", "fi"], "ﬁ fi", overlap="all") == [(0, 1), (0, 1), (2, 4), (2, 4)]
