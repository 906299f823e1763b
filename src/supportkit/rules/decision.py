"""What a rule set decided, with everything that is needed to say why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from supportkit.rules.evaluation import Run
from supportkit.rules.explanation import Explanation, explained

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
        asked, rules = self._asked, self._asked.rule_set
        run = Run(asked.now, asked.calendars)
        first = rules.hit == "first"
        return explained(
            self.status, self.matched, rules.sources, asked.facts, run, rules.schema, first=first
        )
