"""What a rule set decided, with everything that is needed to say why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from supportkit.rules.decision_log import DecisionRecord, recorded
from supportkit.rules.evaluation import Run
from supportkit.rules.explanation import Explanation, explained
from supportkit.rules.nearest_miss import WhyNot, why_not
from supportkit.rules.what_if import WhatIf, supposed

if TYPE_CHECKING:
    from supportkit.rules.rule_set import RuleSet

__all__ = ["Asked", "RuleDecision"]


@frozen
class Asked:
    """What a decision was asked with, kept to explain it later."""

    rule_set: RuleSet
    facts: Any
    now: datetime
    calendars: Mapping[str, Any]


@frozen
class RuleDecision:
    """What a rule set decided, and what stood in its way.

    `status` is ok, default, no_match or error. `value` is a map of outputs (single-hit policies), a list
    of maps (multi-hit) or a scalar (aggregates). `matched`, `undecided` (a fact was missing) and `errors`
    are rule ids in rule order; for `first` only the hit is matched, and the other two name rules before
    it. `missing` names the facts whose absence left a rule open; `provisional` says that an undecided
    rule could have changed the value.
    """

    status: str
    value: Any
    matched: tuple[str, ...]
    undecided: tuple[str, ...]
    errors: tuple[str, ...]
    missing: tuple[str, ...]
    provisional: bool
    _asked: Asked = field(eq=False, repr=False)

    def explain(self) -> Explanation:
        """Return why: for each rule the leaves that settled it, the values seen and those missing.

        The facts are read again, so mutable facts must not have changed since.
        """
        rules = self._asked.rule_set
        first = rules.hit == "first"
        return explained(
            self.status, self.matched, rules.sources, self._asked.facts, self.run(), rules.schema, first=first
        )

    def why_not(self, rule_id: str) -> WhyNot:
        """Return the nearest miss of a rule: the fewest leaves to flip for it to hold, and what they need.

        Says of a rule that holds what stood in its way. Raises UnknownField, with the nearest id, for a rule
        that there is not.

        >>> from datetime import UTC, datetime
        >>> from supportkit.rules import Rule, RuleSet
        >>> rules = RuleSet([Rule("gold", "customer.spend_365d >= 1000", {"level": "high"})])
        >>> decision = rules.decide({"customer": {"spend_365d": 880}}, now=datetime(2026, 1, 31, tzinfo=UTC))
        >>> print(decision.why_not("gold"))
        gold does not hold
          customer.spend_365d is 880, needs >= 1000
        """
        return why_not(self, self._asked.rule_set, self._asked.facts, rule_id)

    def what_if(self, changes: Mapping[str, Any]) -> WhatIf:
        """Decide again with some facts changed, by dotted path or nested; None makes a fact absent.

        The facts themselves, mappings or objects, are not touched. Raises UnknownField for a path that the
        schema does not know, InvalidValue for a path through a list.

        >>> from datetime import UTC, datetime
        >>> from supportkit.rules import Rule, RuleSet
        >>> rules = RuleSet([Rule("gold", "customer.spend_365d >= 1000", {"level": "high"})])
        >>> decision = rules.decide({"customer": {"spend_365d": 880}}, now=datetime(2026, 1, 31, tzinfo=UTC))
        >>> decision.what_if({"customer.spend_365d": 1000}).decision.value
        {'level': 'high'}
        """
        return supposed(self, self._asked.rule_set, self._asked.facts, changes)

    def record(self, *, about: str = "", private: bool = True) -> DecisionRecord:
        """Return what a log keeps: version, clock, the facts that the rules read, and the outcome.

        `about` says what it was decided for (a case id). With ``private=False`` private facts are left out,
        except for what the conditions made of them. Raises InvalidValue for outputs without canonical JSON.
        """
        asked = self._asked
        return recorded(self, asked.rule_set, asked.facts, asked.calendars, about=about, private=private)

    def asked_again(self, facts: Any) -> RuleDecision:
        """Return what the same rule set decides over other facts, with the same clock and calendars."""
        return self._asked.rule_set.decide(facts, now=self._asked.now, calendars=self._asked.calendars)

    def run(self) -> Run:
        """Return a new evaluation with the clock and the calendars of the decision."""
        return Run(self._asked.now, self._asked.calendars)

    @property
    def now(self) -> datetime:
        """The clock that it was decided by."""
        return self._asked.now
