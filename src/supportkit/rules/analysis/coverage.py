"""What a log or a set of tests has exercised: rules and leaves that were never true, or never false."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.rules.analysis._leaves import leaves
from supportkit.rules.expression import Expression, checked_now
from supportkit.rules.rule_set import RuleSet
from supportkit.rules.truth import Truth

__all__ = ["Coverage", "Covered", "coverage"]


@frozen
class Covered:
    """How often a rule (`leaf` is None) or one leaf of it was worth what."""

    rule: str
    leaf: str | None
    counts: Mapping[Truth, int] = field(repr=False)

    def __str__(self) -> str:
        return self.rule if self.leaf is None else f"{self.rule}: {self.leaf}"


@frozen
class Coverage:
    """What each rule and each leaf was worth over all cases; every rule is asked, whatever hit before it."""

    cases: int
    items: tuple[Covered, ...]

    @property
    def never_true(self) -> tuple[Covered, ...]:
        """Rules and leaves that no case made true."""
        return tuple(each for each in self.items if not each.counts[Truth.TRUE])

    @property
    def never_false(self) -> tuple[Covered, ...]:
        """Rules and leaves that no case made false."""
        return tuple(each for each in self.items if not each.counts[Truth.FALSE])


def coverage(
    rule_set: RuleSet, cases: Iterable[Any], *, now: datetime, calendars: Mapping[str, Any] | None = None
) -> Coverage:
    """Return what the facts of `cases` made of every rule and of every leaf in it.

    A leaf is a comparison, a test of a text, a quantifier as a whole. Rules that could not be read are left
    out. Raises NaiveDatetime for a `now` without zone.

    >>> from datetime import UTC, datetime
    >>> from supportkit.rules import Rule, RuleSet
    >>> rules = RuleSet([Rule("vip", "customer.plan == 'gold' and customer.open > 2", {"p": 1})])
    >>> tests = [{"customer": {"plan": "gold", "open": 1}}, {"customer": {"plan": "basic", "open": 0}}]
    >>> covered = coverage(rules, tests, now=datetime(2026, 1, 6, tzinfo=UTC))
    >>> [str(each) for each in covered.never_true]
    ['vip', 'vip: customer.open > 2']
    """
    asked = checked_now(now)
    parts = [part for rule, each in rule_set.sources if each is not None for part in _parts(rule.id, each)]
    counts = [Counter[Truth]() for _ in parts]
    total = 0
    for facts in cases:
        total += 1
        for (_, _, expression), count in zip(parts, counts, strict=True):
            count[expression.evaluate(facts, now=asked, calendars=calendars)] += 1
    items = (Covered(rule, leaf, count) for (rule, leaf, _), count in zip(parts, counts, strict=True))
    return Coverage(total, tuple(items))


def _parts(rule: str, expression: Expression) -> list[tuple[str, str | None, Expression]]:
    found = [
        Expression(leaf, expression.keywords, declared=expression.declared)
        for leaf in dict.fromkeys(leaves(expression.node))
    ]
    whole: list[tuple[str, str | None, Expression]] = [(rule, None, expression)]
    return whole + [(rule, each.to_text(), each) for each in found if each != expression]
