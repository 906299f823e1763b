"""Laws of keyword sets and of many of them together, for any text."""

from hypothesis import event, example, given
from hypothesis import strategies as st

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
@example("a a", [KeywordSet("k", ["a"]), KeywordSet("k", ["a a", "b"]), KeywordSet("k", ["a"])])
def test_an_index_over_many_sets_finds_what_each_set_finds(text, sets):
    expected = sum(1 << place for place, each in enumerate(sets) if each.found(text))
    event(f"{expected.bit_count()} of {len(sets)} found")
    assert KeywordIndex(sets).hits(text) == expected


@given(texts, keyword_sets())
def test_found_is_whether_anything_is_found(text, keywords):
    assert keywords.found(text) is bool(keywords.find(text))
