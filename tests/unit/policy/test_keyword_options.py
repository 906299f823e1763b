"""The options of keyword sets in a policy document."""

import pytest

from supportkit import Policy
from supportkit.errors import PolicyError


def keyword_set(**options):
    return Policy.from_dict({"keywords": {"net": {"phrases": ["no signal"], **options}}}).keywords["net"]


def test_invisible_characters_may_keep_words_apart():
    assert keyword_set().found("no sig\u200bnal")
    assert not keyword_set(strip_ignorable="no").found("no sig\u200bnal")


@pytest.mark.parametrize("negation", ("yes", {"window": "2", "cues": ["not"]}))
def test_what_is_denied_is_marked(negation):
    (match,) = keyword_set(negation=negation).find("There is not no signal")
    assert match.negated is True


def test_only_the_beginning_of_a_long_text_is_searched():
    assert not keyword_set(max_characters="20").found("x" * 30 + " no signal")
    assert keyword_set(max_characters="20").max_characters == 20


@pytest.mark.parametrize(
    ("options", "path"),
    (
        ({"strip_ignorable": "maybe"}, "keywords.net.strip_ignorable"),
        ({"negation": "maybe"}, "keywords.net.negation"),
        ({"negation": {"window": "two"}}, "keywords.net.negation.window"),
        ({"negation": {"widow": "2"}}, "keywords.net.negation.widow"),
        ({"max_characters": "many"}, "keywords.net.max_characters"),
        ({"max_characters": ["20"]}, "keywords.net.max_characters"),
        ({"max_characters": "0"}, "keywords.net"),
    ),
)
def test_options_that_cannot_be_are_refused_at_their_place(options, path):
    with pytest.raises(PolicyError) as caught:
        keyword_set(**options)
    assert path in {fault.path for fault in caught.value.faults}
