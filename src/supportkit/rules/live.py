"""A rule set in use that is exchanged for another in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.rules.decision import RuleDecision
from supportkit.rules.rule_set import Rule, RuleSet

__all__ = ["LiveRuleSet"]


class LiveRuleSet:
    """Decides with the rule set that is in force; threads that decide see the old one or the new one, whole.

    `swap` reads and prepares the new rules first and puts them in force last: when anything is wrong with
    them, it raises and the old ones stay. `current.version` tells which are in force.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> live = LiveRuleSet(RuleSet([Rule("gold", "customer.plan == 'gold'", {"priority": "high"})]))
    >>> live.swap([Rule("gold", "customer.plan == ", {"priority": "urgent"})])
    Traceback (most recent call last):
    supportkit.errors.PolicyError: ...
    >>> live.decide({"customer": {"plan": "gold"}}, now=noon).value
    {'priority': 'high'}
    >>> before = live.swap([Rule("gold", "customer.plan == 'gold'", {"priority": "urgent"})])
    >>> live.decide({"customer": {"plan": "gold"}}, now=noon).value
    {'priority': 'urgent'}
    """

    __slots__ = ("_current",)

    def __init__(self, rule_set: RuleSet) -> None:
        self._current = rule_set.prepared()

    @property
    def current(self) -> RuleSet:
        """The rule set in force."""
        return self._current

    def swap(self, rules: RuleSet | Iterable[Rule]) -> RuleSet:
        """Put other rules in force and return the set that was; a list of rules keeps its options.

        Raises PolicyError, with all faults, for rules that cannot be read; then nothing changes.
        """
        new = rules if isinstance(rules, RuleSet) else evolve(self._current, rules=rules)
        prepared = new.prepared()
        before, self._current = self._current, prepared
        return before

    def decide(
        self, facts: Any, *, now: datetime, calendars: Mapping[str, Any] | None = None
    ) -> RuleDecision:
        """Decide with the set in force, see `RuleSet.decide`."""
        return self._current.decide(facts, now=now, calendars=calendars)
