"""Patterns of `matches`: what is refused at load, and that what is accepted means what `re` means."""

import re

import pytest

from supportkit.rules.patterns import Pattern, PatternFault


@pytest.mark.parametrize("text", ("(", "[", "a**", "(?P<1>a)", r"\q", "(?z)a", "[[a]"))
def test_a_bad_pattern_is_refused(text):
    with pytest.raises(PatternFault) as caught:
        Pattern(text)
    assert caught.value.code == "bad_pattern"


@pytest.mark.parametrize(
    "text",
    (
        "(a+)+$",
        r"(\w*\s*)*",
        "(?:a|a)*",
        "(a|ab)+c",
        "((?:x|xy)z)*",
        "(?:(?:a?b)|b)*",
        "(?:$|a|a?)*",
        "(?:a{1,99}){99}",
        "(?=a)b",
        "(?<!a)b",
        r"(a)\1",
        "(?P<x>a)(?P=x)",
        "a++",
        "(?>a)",
        "(?x)a",
        "(?i:a)",
        "(" * 101 + "a" + ")" * 101,
    ),
)
def test_an_unsafe_pattern_is_refused(text):
    with pytest.raises(PatternFault) as caught:
        Pattern(text)
    assert caught.value.code == "unsafe_pattern"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    (
        "refund|return",
        r"order #?\d{6,8}\b",
        r"\w+@\w+\.com",
        "^a.*z$",
        r"\Aab*\Z",
        r"(?:foo|bar)+",
        "(?i)STRASSE+",
        "(?m)^b+$",
        "(?s)a.+b",
        r"[]a-c^]+[^\]x]*",
        r"\x41+\u00e9*\N{DIGIT ONE}*\101*\0*\.+?",
        "a{,2}b{2,}c{3}x??",
        "{a}{,}{1x}+",
        "(?#note)a+(?P<name>b)*()",
        r"(?:a|\b)*c|",
        r"\Bé+",
        "",
    ),
)
@pytest.mark.parametrize(
    "subject",
    (
        "",
        "a",
        "\n",
        "refund 1",
        "order 1234567",
        "x me@home.com",
        "a\nb\n",
        "abz",
        "STRASSE",
        "foobar\n",
        "]^c!",
        "AAé1A\0..",
        "aabbccc",
        "{a}{,}{1x}",
        "abc",
        "née",
        "bbb\nabb",
    ),
)
def test_what_is_accepted_means_what_re_means(text, subject):
    pattern = Pattern(text)
    expected = re.search(text, subject) is not None
    assert pattern.found(subject) is expected
    assert pattern._automaton.found(subject) is expected


def test_folding_ignores_case_and_compatibility_forms():
    assert Pattern("STRASSE$", fold=True).found("Hauptstraße")
    assert not Pattern("STRASSE$").found("Hauptstrasse")
    assert Pattern("E+$", fold=True).found("E\u0301".replace("\u0301", "") + "ｅ")


def test_the_cache_of_an_automaton_is_bounded_and_emptied():
    pattern = Pattern("a+.b+")
    text = "".join(map(chr, range(0x4E00, 0x9FFF))) + "aaxbb"
    assert pattern.found(text)
    assert pattern._automaton._cached < 20_001


def test_the_place_before_the_last_line_feed_is_an_end():
    assert Pattern("a+$").found("aa\n")
    assert not Pattern(r"a+\Z").found("aa\n")
    assert not Pattern("a+$").found("aa\nb")
