"""Laws of keyword sets and of many of them together, for any text."""

import sys
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import event, example, given
from hypothesis import strategies as st

import supportkit.rules
from supportkit.rules import KeywordSet, Phrase
from supportkit.rules._keyword_index import KeywordIndex

LETTERS = "abAB  ß-中é\u0301\u200b\n.İﬁ株"
texts = st.text(st.sampled_from(LETTERS), max_size=20)
sides = st.sampled_from(["word", "start", "end", "none"])


@st.composite
def phrases(draw):
    text = draw(st.text(st.sampled_from(LETTERS), max_size=4))
    case = draw(st.sampled_from([None, None, "fold", "exact"]))
    return Phrase(text, case=case, boundary=draw(st.none() | sides))


@st.composite
def keyword_sets(draw, **fixed):
    options = {
        "case": draw(st.sampled_from(["fold", "exact"])),
        "boundary": draw(sides),
        "normalize": draw(st.sampled_from(["NFKC", "none"])),
        "diacritics": draw(st.sampled_from(["keep", "ignore"])),
        "strip_ignorable": draw(st.booleans()),
        "whitespace": draw(st.sampled_from(["collapse", "exact"])),
        "overlap": draw(st.sampled_from(["longest", "all"])),
    }
    return KeywordSet("k", draw(st.lists(phrases(), max_size=5)), **(options | fixed))


@given(texts, st.lists(keyword_sets(), max_size=6))
@example("a b c", [KeywordSet("k", ["a"]), KeywordSet("k", ["a b c", "b"]), KeywordSet("k", ["a x"])])
@example("a a", [KeywordSet("k", ["a"]), KeywordSet("k", ["a a", "b"]), KeywordSet("k", ["a"])])
def test_an_index_over_many_sets_finds_what_each_set_finds(text, sets):
    expected = sum(1 << place for place, each in enumerate(sets) if each.find(text))
    event(f"{expected.bit_count()} of {len(sets)} found")
    assert KeywordIndex(sets).hits(text) == expected


words = st.sampled_from(
    ["a", "b", "c", "A", "ab", "é", "ß", "ﬁ", "c++", "x.y", "不", "e\u0301", *"defghijkl"]
)
gaps = st.sampled_from([" ", " ", " ", "  ", "\n", "-", "\u200b", "\u0301", "_"])


@st.composite
def busy(draw):
    """Draw a text of many words, and so many phrases out of it that it is walked word by word."""
    parts = draw(st.lists(st.tuples(words, gaps), min_size=12, max_size=30))
    places = draw(st.lists(st.tuples(st.integers(0, 29), st.integers(1, 4)), min_size=12, max_size=30))
    runs = [parts[place % len(parts) :][:length] for place, length in places]
    return _joined(parts), [_joined([*run[:-1], (run[-1][0], "")]) for run in runs]


def _joined(parts):
    return "".join(word + gap for word, gap in parts)


@given(busy(), sides)
def test_many_phrases_find_what_each_alone_finds(drawn, boundary):
    text, phrases = drawn
    together = KeywordSet("k", phrases, boundary=boundary, overlap="all").find(text)
    alone = [
        evolve(match, index=index)
        for index, phrase in enumerate(phrases)
        for match in KeywordSet("k", [phrase], boundary=boundary, overlap="all").find(text)
    ]
    event(f"{min(len(alone), 20)} found")
    assert together == tuple(sorted(alone, key=lambda match: (match.start, -match.end, match.index)))


@given(busy() | st.tuples(texts, st.lists(phrases(), max_size=6)), keyword_sets())
def test_native_code_finds_what_ours_finds(drawn, options):
    pytest.importorskip("ahocorasick_rs")
    text, phrases = drawn
    ours = evolve(options, phrases=phrases, engine="python")
    native = evolve(options, phrases=phrases, engine="fast")
    event(f"{min(len(ours.find(text)), 3)} found")
    assert native.find(text) == ours.find(text)
    assert native.found(text) is ours.found(text)


@given(texts, keyword_sets())
def test_found_is_whether_anything_is_found(text, keywords):
    assert keywords.found(text) is bool(keywords.find(text))


# -- cost ----------------------------------------------------------------------------------------------------

RULES = str(Path(supportkit.rules.__file__).parent)
NESTED = ["a" * length for length in range(1, 20)]


def steps(work):
    """Count the lines of our own that are run: a cost that no busy machine changes."""
    counted = 0

    def trace(frame, kind, _):
        nonlocal counted
        if not frame.f_code.co_filename.startswith(RULES):
            return None
        counted += kind == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize(
    ("piece", "phrases", "options"),
    (
        ("a", [*NESTED, "a" * 50 + "b"], {"boundary": "none"}),
        ("a" * 19 + "b", [*NESTED, "a" * 60], {"boundary": "none", "overlap": "all"}),
        ("a ", [" ".join("a" * length) for length in range(1, 40)] + ["a " * 50 + "b"], {}),
        ("a", NESTED, {}),
        ("x aaaa", NESTED, {}),
        ("a+", ["a" + "+" * length for length in range(1, 40)], {}),
        ("ab ", ["ab", "ab ab", "ab ab c"], {}),
        ("not ", ["not"], {"negation": True}),
        ("e\u0301", ["é", "e", "éé"], {"boundary": "none"}),
        ("\u0301", ["e", "\u0301"], {"boundary": "none"}),
        ("\u0301\u0323", ["e", "é"], {}),
        ("\u1100\u1161", ["가"], {}),
        ("ﬁ", ["fi", "f"], {}),
        ("\u200b", ["a"], {}),
        ("不", ["不不", "不" * 30], {}),
        (" \n", ["a b"], {}),
    ),
)
def test_a_text_twice_as_long_takes_no_more_than_twice_the_steps(piece, phrases, options):
    keywords = KeywordSet("k", phrases, engine="python", **options)
    keywords.find(piece)
    taken = [steps(lambda size=size: keywords.find(piece * size)) for size in (60, 120, 240)]
    first, second = (more - less for less, more in pairwise(taken))
    assert second <= 2.1 * first + 50, taken


def test_sets_that_do_not_occur_cost_an_index_nothing():
    text = "nothing of this " * 20
    few, many = (
        KeywordIndex([KeywordSet(f"k{n}", [f"word{n}", f"two w{n}"]) for n in range(size)])
        for size in (10, 2000)
    )
    few.hits(text), many.hits(text)
    assert steps(lambda: few.hits(text)) == steps(lambda: many.hits(text))


def test_phrases_that_do_not_occur_cost_a_set_nothing():
    text = "nothing of this " * 20
    few, many = (KeywordSet("k", [f"{n}word" for n in range(size)], engine="python") for size in (10, 2000))
    few.find(text), many.find(text)
    assert steps(lambda: few.find(text)) == steps(lambda: many.find(text))
