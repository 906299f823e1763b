"""Phrases in 500-character texts beside other matchers; answers are checked against a plain loop first."""

from __future__ import annotations

import random
import re
import string
from importlib.util import find_spec

from rounds import Contender, Table, compared, must_agree, ready

from supportkit.rules import KeywordSet
from supportkit.rules._keyword_index import KeywordIndex

_WORD = re.compile(r"\w+")
NOTE = (
    "500-character texts of about 70 words, phrases of 1 to 3 words from a vocabulary of 50,000, two of them "
    "planted in each text; whole words, any case, all occurrences with their places. supportkit folds "
    "Unicode and keeps offsets besides; flashtext and re find no overlapping ones, re2 Set gives no places."
)


def measure(*, quick: bool) -> list[Table]:
    draw = random.Random(11)
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(4, 9))) for _ in range(50_000)]
    sizes = (100, 1_000, 10_000) if quick else (100, 1_000, 10_000, 100_000)
    tables = [_find(draw, words, size, rounds=5 if quick else 9) for size in sizes]
    return [*tables, _index(draw, words, rounds=5 if quick else 9)]


def _find(draw, words, size, *, rounds):
    phrases = _phrases(draw, words, size)
    texts = [_text(draw, words, phrases) for _ in range(100)]
    pure = KeywordSet("k", phrases, overlap="all", engine="python")
    made = {"supportkit": _spans(pure)}
    made |= {name: make(phrases) for name, make in _PEERS.items() if _fits(name, size)}
    must_agree(
        {"a plain loop": _plainly(phrases, texts[:20])}
        | {name: [run(text) for text in texts[:20]] for name, run in made.items() if name not in _FEWER}
    )
    runs = {"supportkit": pure.find} | {name: run for name, run in made.items() if name != "supportkit"}
    if find_spec("ahocorasick_rs"):
        fast = KeywordSet("k", phrases, overlap="all", engine="fast")
        must_agree({"pure": [pure.find(text) for text in texts], "fast": [fast.find(text) for text in texts]})
        runs["supportkit, extra fast"] = fast.find
    return compared(
        f"Keywords: {size:,} phrases",
        [_contender(name, run, texts, size) for name, run in runs.items()],
        unit="texts",
        rounds=rounds,
        note=NOTE,
    )


def _contender(name, run, texts, size):
    beside, budget = None, ""
    if name == "supportkit" and find_spec("flashtext"):
        beside, budget = "flashtext", "at least 2"
    elif name == "supportkit, extra fast":
        beside, budget = "supportkit", "at least 1.3" if size >= 1_000 else ""
    elif name != "flashtext":
        beside = "supportkit"
    some = texts if name != "re alternation" else texts[:10]

    def work():
        for text in some:
            run(text)

    return Contender(name, len(some), ready(work), beside, budget)


def _index(draw, words, *, rounds):
    texts = [_text(draw, words, words[:500]) for _ in range(100)]
    sets = [KeywordSet(word, [word]) for word in words[:500]]
    index = KeywordIndex(sets)
    must_agree(
        {
            "one index": [index.hits(text) for text in texts],
            "set by set": [
                sum(1 << place for place, each in enumerate(sets) if each.found(text)) for text in texts
            ],
        }
    )

    def together():
        for text in texts:
            index.hits(text)

    def one_by_one():
        for text in texts[:5]:
            for each in sets:
                each.found(text)

    return compared(
        "Keywords: which of 500 sets are found",
        [
            Contender("supportkit, one index", len(texts), ready(together), "supportkit, set by set"),
            Contender("supportkit, set by set", 5, ready(one_by_one)),
        ],
        unit="texts",
        rounds=rounds,
        note="Sets of one word each; 500-character texts. Under 15 µs a text is asked for.",
    )


def _phrases(draw, words, size):
    phrases = set()
    while len(phrases) < size:
        phrases.add(" ".join(draw.choices(words, k=draw.randint(1, 3))))
    return sorted(phrases)


def _text(draw, words, phrases):
    parts = draw.choices(words, k=80)
    for _ in range(2):
        parts.insert(draw.randrange(60), draw.choice(phrases))
    return " ".join(parts).capitalize()[:500]


def _plainly(phrases, texts):
    known, answers = {phrase: index for index, phrase in enumerate(phrases)}, []
    for text in texts:
        spans = [match.span() for match in _WORD.finditer(text)]
        runs = (
            (spans[first][0], spans[last][1])
            for first in range(len(spans))
            for last in range(first, min(first + 3, len(spans)))
        )
        found = ((known.get(text[start:end].lower()), start, end) for start, end in runs)
        answers.append(sorted(each for each in found if each[0] is not None))
    return answers


def _spans(keywords):
    return lambda text: sorted((match.index, match.start, match.end) for match in keywords.find(text))


def _standing(text, start, end):
    return not (
        (start and (text[start - 1].isalnum() or text[start - 1] == "_"))
        or (end < len(text) and (text[end].isalnum() or text[end] == "_"))
    )


def _flashtext(phrases):
    from flashtext import KeywordProcessor  # noqa: PLC0415 -- may be absent

    processor = KeywordProcessor()
    for phrase in phrases:
        processor.add_keyword(phrase)
    return lambda text: processor.extract_keywords(text, span_info=True)


def _pyahocorasick(phrases):
    import ahocorasick  # noqa: PLC0415 -- may be absent

    automaton = ahocorasick.Automaton()
    for index, phrase in enumerate(phrases):
        automaton.add_word(phrase, (index, len(phrase)))
    automaton.make_automaton()

    def run(text):
        text = text.lower()
        found = ((index, end + 1 - size, end + 1) for end, (index, size) in automaton.iter(text))
        return sorted(each for each in found if _standing(text, each[1], each[2]))

    return run


def _ahocorasick_rs(phrases):
    from ahocorasick_rs import AhoCorasick  # noqa: PLC0415 -- may be absent

    automaton = AhoCorasick(phrases)

    def run(text):
        text = text.lower()
        found = automaton.find_matches_as_indexes(text, overlapping=True)
        return sorted(each for each in found if _standing(text, each[1], each[2]))

    return run


def _re2_set(phrases):
    import re2  # noqa: PLC0415 -- may be absent

    options = re2.Options()
    options.case_sensitive, options.max_mem = False, 2**30
    chosen = re2.Set.SearchSet(options)
    for phrase in phrases:
        chosen.Add(rf"\b{phrase}\b")
    chosen.Compile()
    return chosen.Match


def _alternation(phrases):
    longest = sorted(phrases, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(longest)})\b", re.IGNORECASE)
    return lambda text: [match.span() for match in pattern.finditer(text)]


def _spacy(phrases):
    import spacy  # noqa: PLC0415 -- may be absent
    from spacy.matcher import PhraseMatcher  # noqa: PLC0415

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("k", list(nlp.pipe(phrases)))
    return lambda text: matcher(nlp(text))


_PEERS = {
    "flashtext": _flashtext,
    "pyahocorasick and an edge check": _pyahocorasick,
    "ahocorasick-rs and an edge check": _ahocorasick_rs,
    "google-re2 Set": _re2_set,
    "re alternation": _alternation,
    "spaCy PhraseMatcher": _spacy,
}
_MODULES = {
    "flashtext": "flashtext",
    "pyahocorasick and an edge check": "ahocorasick",
    "ahocorasick-rs and an edge check": "ahocorasick_rs",
    "google-re2 Set": "re2",
    "re alternation": "re",
    "spaCy PhraseMatcher": "spacy",
}
_FEWER = {"flashtext", "google-re2 Set", "re alternation", "spaCy PhraseMatcher"}
_MOST = {"re alternation": 1_000, "spaCy PhraseMatcher": 10_000}


def _fits(name, size):
    return find_spec(_MODULES[name]) is not None and size <= _MOST.get(name, size)
