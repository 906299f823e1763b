"""Keyword sets: words and phrases found in customers' texts, with spans in the original text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

from attrs import field, frozen

from supportkit.canonical import digest
from supportkit.errors import InvalidValue
from supportkit.rules._folding import SELF_DELIMITING, Folded, Folding, blocks
from supportkit.rules._negation import Negation

__all__ = ["KeywordSet", "Match", "Phrase"]

_CHOICES: Final[dict[str, tuple[Any, ...]]] = {
    "case": ("fold", "exact"),
    "boundary": ("word", "start", "end", "none"),
    "normalize": ("NFKC", "none"),
    "diacritics": ("keep", "ignore"),
    "strip_ignorable": (True, False),
    "whitespace": ("collapse", "exact"),
    "overlap": ("longest", "all"),
}


def _choice(instance: object, attribute: Any, value: object) -> None:
    choices = _CHOICES[attribute.name]
    if value is not None and (value not in choices or type(value) is not type(choices[0])):
        message = f"{attribute.name}={value!r} of {instance!r}; choose one of {', '.join(map(repr, choices))}"
        raise InvalidValue(message)


@frozen
class Phrase:
    """One word or phrase; `case` and `boundary` default to what its set says.

    >>> Phrase("NHS", case="exact").text
    'NHS'
    """

    text: str
    case: str | None = field(default=None, kw_only=True, validator=_choice)
    boundary: str | None = field(default=None, kw_only=True, validator=_choice)


@frozen
class Match:
    """A phrase found in a text: its index and text, and the half-open span in the original code points.

    `negated` is None when the set does not look for negation.
    """

    index: int
    phrase: str
    start: int
    end: int
    negated: bool | None = None


def _phrases(given: Iterable[str | Phrase]) -> tuple[Phrase, ...]:
    if isinstance(given, str):
        message = f"phrases={given!r} is one text; give a list of phrases"
        raise InvalidValue(message)
    return tuple(_phrase(item) for item in given)


def _phrase(item: str | Phrase) -> Phrase:
    if isinstance(item, Phrase):
        return item
    if isinstance(item, str):
        return Phrase(item)
    message = f"{item!r} is no phrase; give text or Phrase(text)"
    raise InvalidValue(message)


def _negation(given: Any) -> Negation | None:
    return Negation.of(given)


@frozen(slots=False, cache_hash=True)
class KeywordSet:
    """Phrases searched together, under one id.

    Options, the default first: `case` fold | exact; `boundary` word | start | end | none (which sides
    must not lie inside a word); `normalize` NFKC | none; `diacritics` keep | ignore; `strip_ignorable`
    (zero-width characters, soft hyphens, bidi controls, variation selectors); `whitespace` collapse |
    exact; `overlap` longest | all. `negation` is False, True (English cues within three words before, in
    the same clause) or ``{"window": words, "cues": [words]}``; it marks matches and drops none.

    Boundaries are tested first, then leftmost-longest picks among what passed. Scripts without spaces
    (Han, kana, Hangul, Thai, Lao, Myanmar, Khmer) delimit themselves. A match never begins or ends
    inside the expansion of one character or between a letter and its marks. Duplicated phrases are
    found as often as they are listed; an empty phrase is never found. Raises InvalidValue for an
    unknown option.

    >>> outage = KeywordSet("outage", ["no signal", "signal", "c++"])
    >>> [(match.phrase, match.start, match.end) for match in outage.find("NO  signal in C++11!")]
    [('no signal', 0, 10), ('c++', 14, 17)]
    """

    id: str
    phrases: tuple[Phrase, ...] = field(converter=_phrases)
    case: str = field(default="fold", kw_only=True, validator=_choice)
    boundary: str = field(default="word", kw_only=True, validator=_choice)
    normalize: str = field(default="NFKC", kw_only=True, validator=_choice)
    diacritics: str = field(default="keep", kw_only=True, validator=_choice)
    strip_ignorable: bool = field(default=True, kw_only=True, validator=_choice)
    whitespace: str = field(default="collapse", kw_only=True, validator=_choice)
    overlap: str = field(default="longest", kw_only=True, validator=_choice)
    negation: Negation | None = field(default=None, kw_only=True, converter=_negation)

    def find(self, text: str) -> tuple[Match, ...]:
        """Return the matches by start, longer first, then in the order of the phrases."""
        return self.find_in(Scan(text))

    def find_in(self, scan: Scan) -> tuple[Match, ...]:
        """Return what `find` does; sets that share a scan fold and split the text once between them."""
        spans = sorted(self._spans(scan), key=lambda span: (span[0], -span[1], span[2]))
        if not spans:
            return ()
        if self.overlap == "longest":
            spans = list(_leftmost_longest(spans))
        starts = [start for start, _, _ in spans]
        negated = self.negation.marks(scan.text, starts) if self.negation else [None] * len(spans)
        return tuple(
            Match(index, self.phrases[index].text, start, end, mark)
            for (start, end, index), mark in zip(spans, negated, strict=True)
        )

    def found(self, text: str) -> bool:
        """Tell whether any phrase is found; cheaper than `find`."""
        return next(self._spans(Scan(text)), None) is not None

    @cached_property
    def key(self) -> str:
        """The id with a digest of the phrases and options: another content, another key."""
        options = [getattr(self, name) for name in _CHOICES]
        phrases = [[phrase.text, phrase.case, phrase.boundary] for phrase in self.phrases]
        negation = self.negation and [self.negation.window, sorted(self.negation.cues)]
        return f"{self.id}:{digest([self.id, phrases, options, negation], length=12)}"

    @cached_property
    def _indexes(self) -> tuple[_Index, ...]:
        cases: dict[str, list[tuple[int, Phrase]]] = {}
        for index, phrase in enumerate(self.phrases):
            cases.setdefault(phrase.case or self.case, []).append((index, phrase))
        return tuple(_Index(self._folding(case), phrases, self.boundary) for case, phrases in cases.items())

    def _folding(self, case: str) -> Folding:
        return Folding(case, self.normalize, self.diacritics, self.strip_ignorable, self.whitespace)

    def _spans(self, scan: Scan) -> Iterator[tuple[int, int, int]]:
        for index in self._indexes:
            yield from index.spans(scan)

    def __getstate__(self) -> dict[str, Any]:
        hidden = {"_indexes", "key"}
        return {name: value for name, value in self.__dict__.items() if name not in hidden}


def _leftmost_longest(spans: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    taken = (-1, 0)
    for span in spans:
        if span[0] >= taken[1] or span[:2] == taken:
            taken = span[:2]
            yield span


_SELF: Final = "".join(f"{chr(low)}-{chr(high)}" for low, high in SELF_DELIMITING)
_TOKEN: Final = re.compile(rf"[^\W{_SELF}]+")
"""Runs of word characters that do not delimit themselves: where a whole word can begin."""


class Scan:
    """A text, and what searching it takes: folded, with its words, worked out once for each folding."""

    __slots__ = ("_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._read: dict[Folding, tuple[Folded, frozenset[str]]] = {}

    def folded(self, folding: Folding) -> tuple[Folded, frozenset[str]]:
        """Return the folded text and the set of its words."""
        read = self._read.get(folding)
        if read is None:
            folded = folding.of(self.text)
            read = self._read[folding] = folded, frozenset(_TOKEN.findall(folded.text))
        return read


class _Index:
    """The phrases of one folding: by first word where they can only begin one, else by first character."""

    def __init__(self, folding: Folding, phrases: Iterable[tuple[int, Phrase]], boundary: str) -> None:
        self._folding = folding
        self._needles: dict[str, list[tuple[int, bool, bool]]] = {}
        words: dict[str, set[int]] = {}
        characters: dict[str, set[int]] = {}
        for index, phrase in phrases:
            needle = folding.of(phrase.text).text
            if not needle:
                continue
            sides = phrase.boundary or boundary
            left, right = sides in {"word", "start"}, sides in {"word", "end"}
            self._needles.setdefault(needle, []).append((index, left, right))
            first = _TOKEN.match(needle)
            if left and first and (right or first.end() < len(needle)):
                words.setdefault(first[0], set()).add(len(needle))
            else:
                characters.setdefault(needle[0], set()).add(len(needle))
        self._words = {word: sorted(lengths) for word, lengths in words.items()}
        self._characters = {character: sorted(lengths) for character, lengths in characters.items()}
        self._firsts = re.compile(f"[{re.escape(''.join(characters))}]") if characters else None

    def spans(self, scan: Scan) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, phrase index) of everything that passes its boundaries, in no order."""
        folded, words = scan.folded(self._folding)
        for start, lengths in self._candidates(folded.text, words):
            for end in (start + length for length in lengths if start + length <= len(folded.text)):
                for index, left, right in self._needles.get(folded.text[start:end], ()):
                    span = _bounded(folded, start, end, left=left, right=right)
                    if span is not None:
                        yield (*span, index)

    def _candidates(self, text: str, words: frozenset[str]) -> Iterator[tuple[int, list[int]]]:
        if self._words and not words.isdisjoint(self._words):
            for token in _TOKEN.finditer(text):
                lengths = self._words.get(token[0])
                if lengths:
                    yield token.start(), lengths
        if self._firsts is not None:
            for first in self._firsts.finditer(text):
                yield first.start(), self._characters[first[0]]


def _bounded(folded: Folded, start: int, end: int, *, left: bool, right: bool) -> tuple[int, int] | None:
    text = folded.text
    if left and start and blocks(text[start], text[start - 1]):
        return None
    if right and end < len(text) and blocks(text[end - 1], text[end]):
        return None
    return folded.span(start, end)
