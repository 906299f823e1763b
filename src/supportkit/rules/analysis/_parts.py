"""What may stand inside a text or a list, as conditions ask for it, and what follows from what.

Of texts only containment, beginnings, ends and words are compared with each other; patterns are opaque.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Final

from attrs import field, frozen

from supportkit.rules._folding import folded
from supportkit.rules._keyword_needles import Needle
from supportkit.rules._literals import literal_key
from supportkit.rules._pattern_syntax import (
    Alternatives,
    Assertion,
    Character,
    Repeat,
    Sequence,
    read_pattern,
)
from supportkit.rules.evaluation import needle_sets
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import Literal, Op

__all__ = ["Part", "excludes", "implies", "parts_of", "sample_of_pattern"]

_EDGES: Final = {"starts_with": "starts", "ends_with": "ends"}
_FEW: Final = 5
"""Phrases of one leaf up to which each is looked at by itself."""
_PROBES: Final = "a0A _-.,:/@#!?\nzZ9\N{LATIN SMALL LETTER E WITH ACUTE}"


@frozen
class Part:
    """One thing that a text or a list may hold: `sort` says how, `what` tells it from others.

    `sample` is a text that holds it, or the element itself.
    """

    sort: str
    what: Hashable
    fold: bool
    sample: Any = field(eq=False)
    in_text: bool = True
    in_list: bool = False


def parts_of(node: Op, keywords: dict[str, KeywordSet]) -> tuple[Part | None, ...]:
    """Return the parts that a leaf looks for, None for a null, which is never found."""
    if node.name == "mentions":
        return tuple(_phrases(needle_sets(node, keywords)))
    needle = node.args[0] if node.name == "in" else node.args[1]
    assert isinstance(needle, Literal)
    if node.name == "matches":
        return (Part("matches", needle.value, node.fold, sample_of_pattern(needle.value, fold=node.fold)),)
    if node.name in _EDGES:
        return (_text(_EDGES[node.name], needle.value, fold=node.fold),)
    many = node.name in {"contains_any", "contains_all"}
    values = needle.value if many and isinstance(needle.value, tuple) else (needle.value,)
    return tuple(None if value is None else _contained(value, node) for value in values)


def _contained(value: Any, node: Op) -> Part:
    if not isinstance(value, str):
        return Part("contains", literal_key(value), node.fold, value, in_text=False, in_list=True)
    what = folded(value) if node.fold else value
    return Part("contains", what, node.fold, value, in_list=True)


def _text(sort: str, value: Any, *, fold: bool) -> Part:
    if not isinstance(value, str):
        return Part(sort, literal_key(value), fold, value, in_text=False)
    return Part(sort, folded(value) if fold else value, fold, value)


def _phrases(sets: tuple[KeywordSet, ...]) -> Iterator[Part]:
    """Yield a part for each phrase, or one for all of them when they are many."""
    found = [
        ((folding, needle), each.phrases[index].text)
        for each in sets
        for folding, needle, index in each.needles()
    ]
    if len(found) > _FEW:
        yield Part("phrase", frozenset(what for what, _ in found), False, found[0][1])
    else:
        yield from (Part("phrase", frozenset([what]), False, text) for what, text in found)


def implies(one: Part, other: Part) -> bool:
    """Tell whether every text that holds `one` holds the other too."""
    if one.sort == "phrase" or other.sort == "phrase":
        return one.sort == other.sort and _phrases_imply(one.what, other.what)
    if "matches" in {one.sort, other.sort} or one.fold != other.fold:
        return False
    inner, outer = str(other.what), str(one.what)
    if other.sort == "contains":
        return inner in outer
    if one.sort != other.sort:
        return False
    return outer.startswith(inner) if one.sort == "starts" else outer.endswith(inner)


def excludes(one: Part, other: Part) -> bool:
    """Tell whether no text holds both: two beginnings (or ends) of which neither goes on as the other."""
    same = one.sort == other.sort and one.sort in {"starts", "ends"} and one.fold == other.fold
    return same and not implies(one, other) and not implies(other, one)


def _phrases_imply(one: Any, other: Any) -> bool:
    return all(any(_phrase_implies(outer, inner) for inner in other) for outer in one)


def _phrase_implies(one: Any, other: Any) -> bool:
    (folding, outer), (other_folding, inner) = one, other
    if folding != other_folding:
        return False
    if outer.text == inner.text:
        return (outer.left or not inner.left) and (outer.right or not inner.right)
    return _is_plain(outer) and _is_plain(inner) and f" {inner.text} " in f" {outer.text} "


def _is_plain(needle: Needle) -> bool:
    """Whole words of ASCII letters and digits: no boundary or expansion can stand between them."""
    words = needle.text.split(" ")
    return needle.left and needle.right and all(word.isascii() and word.isalnum() for word in words)


def sample_of_pattern(pattern: str, *, fold: bool) -> str | None:
    """Return a text that the pattern likely matches, None when no probe passes one of its tests."""
    part, _ = read_pattern(pattern, fold=fold)
    return _sample(part, pattern)


def _sample(part: Any, pattern: str) -> str | None:
    if isinstance(part, Assertion):
        return ""
    if isinstance(part, Character):
        return next((probe for probe in pattern + _PROBES if part.test(probe)), None)
    if isinstance(part, Alternatives):
        return next((text for each in part.options if (text := _sample(each, pattern)) is not None), None)
    if isinstance(part, Repeat):
        one = _sample(part.part, pattern)
        return None if one is None else one * max(part.least, 1 if part.most != 0 else 0)
    assert isinstance(part, Sequence)
    texts = [_sample(each, pattern) for each in part.parts]
    return None if None in texts else "".join(filter(None, texts))
