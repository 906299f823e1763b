"""Facts about a text that outlive it: what every condition on it was worth, and where keywords stood.

`observe` reads the text once; the `TextFacts` it returns may stand in the facts wherever the text stood, and
every decision comes out the same. What was never asked is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from supportkit.canonical import digest
from supportkit.errors import InvalidValue
from supportkit.rules._keyword_scan import Scan
from supportkit.rules._values import Recorded
from supportkit.rules.evaluation import Evaluator, Run, compiled, leaf_key, needle_sets
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet, Match
from supportkit.rules.nodes import FieldRef, Node, Op, walk
from supportkit.rules.operators import OPERATORS
from supportkit.rules.truth import Truth

__all__ = ["TextFacts", "TextLeaf", "observe", "text_leaves"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(order=True)
class TextLeaf:
    """One condition on one text field that needs nothing else; equal leaves have equal keys."""

    key: str
    path: str = field(eq=False, order=False)
    node: Node = field(eq=False, order=False, repr=False)
    keyword_sets: tuple[KeywordSet, ...] = field(eq=False, order=False, repr=False)

    @cached_property
    def test(self) -> Evaluator:
        """The compiled condition."""
        return compiled(self.node, {each.id: each for each in self.keyword_sets})


def text_leaves(expressions: Iterable[Expression], paths: Iterable[str]) -> frozenset[TextLeaf]:
    """Return the leaves of the conditions that read a text at one of the dotted paths.

    Raises InvalidValue for a leaf that compares the text with another fact: once the text is erased it
    could not be decided again.

    >>> from supportkit.rules import parse
    >>> leaves = text_leaves([parse("contact.text.mentions('fire') or a > 1")], ["contact.text"])
    >>> [leaf.path for leaf in leaves]
    ['contact.text']
    """
    wanted = frozenset(paths)
    return frozenset(leaf for each in expressions for leaf in _leaves(each, wanted))


def _leaves(expression: Expression, wanted: frozenset[str]) -> Iterator[TextLeaf]:
    keywords = expression.keywords
    for node in walk(expression.node):
        if not isinstance(node, Op) or OPERATORS[node.name].role != "predicate":
            continue
        read = {part.dotted for part in walk(node) if isinstance(part, FieldRef)}
        if node.name in {"is_set", "has_key"} or not read & wanted:
            continue
        if len(read) > 1 or any(
            isinstance(part, Op) and part.name in {"count", "age"} for part in walk(node)
        ):
            message = (
                f"{Expression(node).to_text()} compares a text with other facts; compare it with literals"
            )
            raise InvalidValue(message)
        sets = needle_sets(node, keywords) if node.name == "mentions" else ()
        yield TextLeaf(leaf_key(node, keywords), read.pop(), node, sets)


@frozen
class TextFacts(Recorded):
    """What is known of a text without the text.

    `scanned` is a digest of the leaves that were asked; `asked` holds their keys where known; `true` maps
    each leaf that held to the spans of its keywords (empty for other leaves); `cut` holds those that found
    nothing in what was searched of a text too long for them, and are unknown; `keywords` maps each keyword
    set (its `key`) to its matches.
    """

    present: bool
    scanned: str
    true: Mapping[str, tuple[tuple[int, int], ...]]
    error: frozenset[str]
    keywords: Mapping[str, tuple[tuple[int, int, int, bool | None], ...]]
    cut: frozenset[str] = frozenset()
    asked: frozenset[str] = field(default=frozenset(), eq=False, repr=False)

    def answer(self, leaf: str) -> Truth | None:
        """Return what the leaf with this key was worth, or None when it was never asked."""
        if leaf in self.true:
            return Truth.TRUE
        if leaf in self.error:
            return Truth.ERROR
        return Truth.FALSE if leaf in self.asked and leaf not in self.cut else None

    def matches(self, keyword_set: KeywordSet) -> tuple[Match, ...] | None:
        """Return what the set found in the text, or None when it was never asked."""
        found = self.keywords.get(keyword_set.key)
        if found is None:
            return () if not self.present else None
        phrases = keyword_set.phrases
        return tuple(Match(index, phrases[index].text, start, end, mark) for index, start, end, mark in found)

    def to_plain(self) -> dict[str, Any]:
        """Return what canonical JSON holds; `from_plain` with the same leaves gives an equal value."""
        plain: dict[str, Any] = {"scanned": self.scanned}
        if not self.present:
            plain["absent"] = True
        plain["true"] = {key: [list(span) for span in spans] for key, spans in self.true.items()}
        plain["error"] = sorted(self.error)
        if self.cut:
            plain["cut"] = sorted(self.cut)
        plain["keywords"] = {key: [list(found) for found in each] for key, each in self.keywords.items()}
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], leaves: Iterable[TextLeaf] = ()) -> TextFacts:
        """Read what `to_plain` gave.

        Without the leaves that were asked then, or with others, whatever was not true or in error is
        taken as never asked.
        """
        _, keys, scanned, _ = _prepared(frozenset(leaves))
        return cls(
            present=not plain.get("absent", False),
            scanned=plain["scanned"],
            true={key: tuple((start, end) for start, end in spans) for key, spans in plain["true"].items()},
            error=frozenset(plain["error"]),
            cut=frozenset(plain.get("cut", ())),
            keywords={key: tuple(map(tuple, each)) for key, each in plain["keywords"].items()},
            asked=keys if scanned == plain["scanned"] else frozenset(),
        )


def observe(text: str | None, leaves: Iterable[TextLeaf]) -> TextFacts:
    """Evaluate every leaf once on the text; all leaves must be of the field that holds it.

    >>> from supportkit.rules import parse
    >>> leaves = text_leaves([parse("contact.text.mentions('fire')")], ["contact.text"])
    >>> facts = {"contact": {"text": observe("Fire!", leaves)}}
    >>> parse("contact.text.mentions('fire')").evaluate(facts, now=_EPOCH)
    <Truth.TRUE: 'true'>
    """
    chosen, keys, scanned, sets = _prepared(frozenset(leaves))
    found, truths = _read(text, chosen, sets) if text is not None else ({}, {})
    spans = {leaf.key: _spans(leaf, found) for leaf in chosen if truths.get(leaf.key) is Truth.TRUE}
    return TextFacts(
        present=text is not None,
        scanned=scanned,
        true=spans,
        error=frozenset(key for key, truth in truths.items() if truth is Truth.ERROR),
        cut=frozenset(key for key, truth in truths.items() if truth is Truth.UNKNOWN),
        keywords={
            key: tuple((match.index, match.start, match.end, match.negated) for match in matches)
            for key, matches in found.items()
            if not key.startswith(":")
        },
        asked=keys,
    )


_Sets: TypeAlias = Mapping[str, KeywordSet]


@lru_cache(maxsize=64)
def _prepared(leaves: frozenset[TextLeaf]) -> tuple[tuple[TextLeaf, ...], frozenset[str], str, _Sets]:
    """Return leaves in order, their keys, the digest of these, and their keyword sets: once for a policy."""
    chosen = tuple(sorted(leaves))
    keys = frozenset(leaf.key for leaf in chosen)
    sets = {each.key: each for leaf in chosen for each in leaf.keyword_sets}
    return chosen, keys, _scanned(keys), dict(sorted(sets.items()))


def _read(
    text: str, chosen: Iterable[TextLeaf], sets: _Sets
) -> tuple[dict[str, tuple[Match, ...]], dict[str, Truth]]:
    """Search the text once for each keyword set; conditions that ask for one take what was found."""
    run, scan = Run(_EPOCH, {}), Scan(text)
    found = {key: each.find_in(scan) for key, each in sets.items()}
    run.found.update(((each, text), bool(found[key])) for key, each in sets.items())
    return found, {leaf.key: leaf.test(_facts(leaf.path, text), run) for leaf in chosen}


def _facts(path: str, text: str) -> Any:
    facts: Any = text
    for name in reversed(path.split(".")):
        facts = {name: facts}
    return facts


def _spans(leaf: TextLeaf, found: Mapping[str, tuple[Match, ...]]) -> tuple[tuple[int, int], ...]:
    spans = {(match.start, match.end) for each in leaf.keyword_sets for match in found[each.key]}
    return tuple(sorted(spans))


def _scanned(keys: Iterable[str]) -> str:
    return digest(sorted(keys), length=12)
