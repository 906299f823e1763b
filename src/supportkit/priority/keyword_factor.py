"""Points for what a message mentions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue, nearest_name
from supportkit.priority.factor import Contribution, fact_at
from supportkit.priority.points import Points, exact, reachable, total
from supportkit.rules import Expression, KeywordSet, Match, TextFacts, from_json

__all__ = ["KeywordFactor"]


@frozen(init=False)
class KeywordFactor:
    """Adds the points of every keyword set that is mentioned, each set once however often it is found.

    `points` maps ids of keyword sets to points, `keyword_sets` the ids to the sets. The `fields` are read
    as text, or as `TextFacts` when the text itself may not be kept. An absent field mentions nothing; texts
    are missing when all fields are absent, or when a text is gone and was never asked for the set. A match
    flagged as negated still counts, the evidence says so. `expressions` are the conditions it asks.

    >>> from datetime import UTC, datetime
    >>> outage = KeywordSet("outage", ["no signal"])
    >>> factor = KeywordFactor({"outage": 40}, {"outage": outage})
    >>> said = {"contact": {"text": "No signal since eight"}}
    >>> factor.contribute(said, now=datetime(2026, 7, 1, tzinfo=UTC)).points
    40
    """

    points: Mapping[str, Points]
    sets: tuple[KeywordSet, ...]
    reads: tuple[str, ...]
    expressions: tuple[Expression, ...]
    name: str

    def __init__(
        self,
        points: Mapping[str, Any],
        keyword_sets: Mapping[str, KeywordSet],
        fields: Sequence[str] = ("contact.subject", "contact.text"),
    ) -> None:
        for name in points:
            if name not in keyword_sets:
                near = nearest_name(name, keyword_sets)
                hint = (
                    f"did you mean {near!r}?" if near else f"there are: {', '.join(keyword_sets) or 'none'}"
                )
                raise InvalidValue(f"there is no keyword set {name!r}; {hint}")
        paths = (fields,) if isinstance(fields, str) else tuple(fields)
        self.__attrs_init__(
            points={name: exact(value, name=f"keywords.{name}") for name, value in points.items()},
            sets=tuple(keyword_sets[name] for name in points),
            reads=paths,
            expressions=tuple(_mentions(path, name, keyword_sets) for path in paths for name in points),
            name="keywords",
        )

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return reachable(0, self.points.values())

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of the sets that are mentioned, with set, field and spans as evidence."""
        texts = {path: text for path in self.reads if (text := _text(facts, path)) is not None}
        evidence: dict[str, Any] = {}
        missing: list[str] = [] if texts or not self.sets else list(self.reads)
        unasked = [] if texts else list(self.points.values())
        for name, keywords in zip(self.points, self.sets, strict=True):
            matches = {path: _matches(text, keywords) for path, text in texts.items()}
            where = {path: [_span(match) for match in found] for path, found in matches.items() if found}
            if where:
                evidence[name] = where
            elif gone := [path for path, found in matches.items() if found is None]:
                missing += gone
                unasked.append(self.points[name])
        points = total(self.points[name] for name in evidence)
        possible = reachable(points, unasked)
        return Contribution(points, evidence, tuple(dict.fromkeys(missing)), self.name, possible=possible)


def _mentions(path: str, name: str, keyword_sets: Mapping[str, KeywordSet]) -> Expression:
    node = {"op": "mentions", "args": [{"field": path}, {"keywords": name}]}
    return from_json(node, keywords={name: keyword_sets[name]})


def _text(facts: Any, path: str) -> str | TextFacts | None:
    value = fact_at(facts, path)
    if isinstance(value, TextFacts):
        return value if value.present else None
    if value is None or isinstance(value, str):
        return value
    raise InvalidValue(f"{path}={value!r} is no text")


def _matches(text: str | TextFacts, keywords: KeywordSet) -> tuple[Match, ...] | None:
    """Return the matches, None when the text is gone and was never asked for this set."""
    return keywords.find(text) if isinstance(text, str) else text.matches(keywords)


def _span(match: Match) -> str:
    return f"{match.start}-{match.end}" + (" negated" if match.negated else "")
