"""Keyword sets: words and phrases found in customers' texts, with spans in the original text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from supportkit.canonical import digest
from supportkit.errors import InvalidValue
from supportkit.rules._folding import Folding
from supportkit.rules._keyword_automaton import NeedleAutomaton, is_installed
from supportkit.rules._keyword_needles import Needle, Needles
from supportkit.rules._keyword_scan import Scan
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
    "engine": ("python", "fast"),
}
_FAST_FROM: Final = 100
"""Number of phrases from which native code is quicker than our own."""


def _choice(instance: object, attribute: Any, value: object) -> None:
    choices = _CHOICES[attribute.name]
    if value is not None and (value not in choices or type(value) is not type(choices[0])):
        message = f"{attribute.name}={value!r} of {instance!r}; choose one of {', '.join(map(repr, choices))}"
        raise InvalidValue(message)


def _limit(instance: object, attribute: Any, value: object) -> None:
    if value is not None and (type(value) is not int or value < 1):
        message = f"{attribute.name}={value!r} of {instance!r}; give a number above zero, or None for all"
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

    Of a text longer than `max_characters` (100,000; None: all of it) only the beginning is searched, up to
    the last white space within; `cuts` tells, and a condition that finds nothing there is unknown, not
    false. `engine` python | fast forces one way of searching; both find the same. Else native code is used
    from a hundred phrases on where the extra `fast` is installed.

    Boundaries are tested first, then leftmost-longest picks among what passed. Scripts without spaces
    (Han, kana, Hangul, Thai, Lao, Myanmar, Khmer) delimit themselves. A match never begins or ends
    inside the expansion of one character or between a letter and its marks. Duplicated phrases are
    found as often as they are listed; an empty phrase is never found. Raises InvalidValue for an
    unknown option, PluginError for ``engine="fast"`` without the extra.

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
    max_characters: int | None = field(default=100_000, kw_only=True, validator=_limit)
    engine: str | None = field(default=None, kw_only=True, eq=False, repr=False, validator=_choice)

    def find(self, text: str) -> tuple[Match, ...]:
        """Return the matches by start, longer first, then in the order of the phrases."""
        return self.find_in(Scan(text))

    def find_in(self, scan: Scan) -> tuple[Match, ...]:
        """Return what `find` does; sets that share a scan fold and split the text once between them."""
        spans = sorted(
            [
                (start, -end, index)
                for folding, needles in self._parts
                for start, end, indexes in needles.spans(scan.reading(folding, self.max_characters))
                for index in indexes
            ]
        )
        if not spans:
            return ()
        if self.overlap == "longest":
            spans = _leftmost_longest(spans)
        texts = self._texts
        if self.negation is None:
            return tuple([Match(index, texts[index], start, -end) for start, end, index in spans])
        marks = self.negation.marks(scan.text, [start for start, _, _ in spans])
        return tuple(
            Match(index, texts[index], start, -end, mark)
            for (start, end, index), mark in zip(spans, marks, strict=True)
        )

    def found(self, text: str) -> bool:
        """Tell whether any phrase is found; cheaper than `find`."""
        scan = Scan(text)
        return any(
            True
            for folding, needles in self._parts
            for _ in needles.present(scan.reading(folding, self.max_characters))
        )

    def cuts(self, text: str) -> bool:
        """Tell whether the text is longer than what is searched, so that something may stand unseen."""
        return self.max_characters is not None and len(text) > self.max_characters

    @cached_property
    def key(self) -> str:
        """The id with a digest of the phrases and options: another content, another key."""
        options = [getattr(self, name) for name in _CHOICES if name != "engine"] + [self.max_characters]
        phrases = [[phrase.text, phrase.case, phrase.boundary] for phrase in self.phrases]
        negation = self.negation and [self.negation.window, sorted(self.negation.cues)]
        return f"{self.id}:{digest([self.id, phrases, options, negation], length=12)}"

    def needles(self) -> Iterator[tuple[Folding, Needle, int]]:
        """Yield each phrase as it is searched, with its index; an empty one is left out."""
        foldings = {case: self._folding(case) for case in _CHOICES["case"]}
        for index, phrase in enumerate(self.phrases):
            folding = foldings[phrase.case or self.case]
            text = folding.of(phrase.text).text
            if text:
                sides = phrase.boundary or self.boundary
                yield folding, Needle(text, sides in {"word", "start"}, sides in {"word", "end"}), index

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(phrase.text for phrase in self.phrases)

    @cached_property
    def _parts(self) -> tuple[tuple[Folding, _Matcher], ...]:
        parts: dict[Folding, dict[Needle, tuple[int, ...]]] = {}
        for folding, needle, index in self.needles():
            indexes = parts.setdefault(folding, {})
            indexes[needle] = (*indexes.get(needle, ()), index)
        return tuple((folding, self._matcher(indexes)) for folding, indexes in parts.items())

    def _matcher(self, indexes: Mapping[Needle, tuple[int, ...]]) -> _Matcher:
        native = self.engine is None and len(indexes) >= _FAST_FROM and is_installed()
        return NeedleAutomaton(indexes) if native or self.engine == "fast" else Needles(indexes)

    def _folding(self, case: str) -> Folding:
        return Folding(case, self.normalize, self.diacritics, self.strip_ignorable, self.whitespace)

    def __getstate__(self) -> dict[str, Any]:
        hidden = {"_parts", "_texts", "key"}
        return {name: value for name, value in self.__dict__.items() if name not in hidden}


_Matcher: TypeAlias = Needles[tuple[int, ...]] | NeedleAutomaton[tuple[int, ...]]


def _leftmost_longest(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Keep of spans (start, -end, index) in order those that begin where the one kept before has ended."""
    kept, begun, free = [], -1, 0
    for span in spans:
        if span[0] >= free:
            begun, free = span[0], -span[1]
            kept.append(span)
        elif span[0] == begun and -span[1] == free:
            kept.append(span)
    return kept
