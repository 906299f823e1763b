"""Two rule sets side by side: proven to decide alike, or facts that they decide differently."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.rules import _hit_policies as hits
from supportkit.rules._literals import as_literal, literal_key
from supportkit.rules.analysis._analyse import SAMPLE_NOW
from supportkit.rules.analysis._diagrams import EMPTY, FULL, TooLarge
from supportkit.rules.analysis._space import Space
from supportkit.rules.analysis._witness import witness
from supportkit.rules.expression import checked_now
from supportkit.rules.rule_set import RuleDecision, RuleSet
from supportkit.rules.truth import Truth

__all__ = ["Comparison", "compare"]

_MOST_PIECES: Final = 2000


@frozen
class Comparison:
    """How two rule sets compare.

    `verdict` is equivalent (the same value for every input), different or not_proven (too large, or left
    open by what only an evaluation can tell). When different, `facts` are decided as `old` and `new` say.
    """

    verdict: str
    facts: Mapping[str, Any] | None = None
    old: RuleDecision | None = None
    new: RuleDecision | None = None

    def __str__(self) -> str:
        if self.old is None or self.new is None:
            return self.verdict
        return f"{self.verdict}: {self.facts} was {_told(self.old)}, becomes {_told(self.new)}"


def _told(decision: RuleDecision) -> str:
    return f"{decision.value!r} ({', '.join(decision.matched) or decision.status})"


def compare(
    old: RuleSet, new: RuleSet, *, now: datetime = SAMPLE_NOW, calendars: Mapping[str, Any] | None = None
) -> Comparison:
    """Return whether two rule sets give every input the same value, or an input that shows they do not.

    Ids of rules may differ, and so may the hit policies; a default counts as a value like any other, a
    clash of unique or any as one that equals no other value. Facts that are missing or of no use to a rule
    count as for `analyse`. Raises InvalidValue when the two have different schemas.

    >>> from supportkit.rules import Field, Rule, RuleSet, Schema
    >>> schema = Schema([Field("customer.spend", "decimal", min=0)])
    >>> def tiers(*lines):
    ...     rules = [Rule(tier, when, {"tier": tier}) for tier, when in lines]
    ...     return RuleSet(rules, schema=schema, default={"tier": "basic"})
    >>> was = tiers(("gold", "customer.spend >= 1000"), ("silver", "customer.spend >= 100"))
    >>> now = tiers(("silver", "100 <= customer.spend < 1000"), ("gold", "customer.spend >= 1000"))
    >>> compare(was, now).verdict
    'equivalent'
    >>> strict = tiers(("gold", "customer.spend > 1000"), ("silver", "customer.spend > 99"))
    >>> compared = compare(was, strict)
    >>> compared.facts, compared.old.value, compared.new.value
    ({'customer': {'spend': Decimal('1000')}}, {'tier': 'gold'}, {'tier': 'silver'})
    """
    if old.schema != new.schema:
        raise InvalidValue(
            "the two rule sets have different schemas, so their inputs differ too; build both with one schema"
        )
    pair = _Pair(old, new, checked_now(now), calendars or {})
    try:
        return pair.compared()
    except TooLarge:
        return Comparison("not_proven")


class _Pair:
    def __init__(self, old: RuleSet, new: RuleSet, now: datetime, calendars: Mapping[str, Any]) -> None:
        self.old, self.new = old, new
        self.now, self.calendars = now, calendars

    def compared(self) -> Comparison:
        """Cut the inputs by what each set decides; where two values meet, look for facts that show it."""
        both = [*self.old.expressions(), *self.new.expressions()]
        space = Space(both, self.old.schema, now=self.now, calendars=self.calendars)
        before, after = self._outcomes(space, self.old), self._outcomes(space, self.new)
        fields = [tuple(name.split(".")) for each in both for name in each.fields()]
        verdict = "equivalent"
        for value, inputs in before.items():
            for other, others in after.items():
                region = EMPTY if value == other else space.possible(space.diagrams.meet(inputs, others))
                if region == EMPTY:
                    continue
                verdict = "not_proven"
                facts = witness(space, region, self._differs, fill=fields)
                if facts is not None:
                    return Comparison("different", facts, *self._decided(facts))
        return Comparison(verdict)

    def _decided(self, facts: Any) -> tuple[RuleDecision, RuleDecision]:
        asked: dict[str, Any] = {"now": self.now, "calendars": self.calendars}
        return self.old.decide(facts, **asked), self.new.decide(facts, **asked)

    def _differs(self, facts: Any) -> bool:
        old, new = self._decided(facts)
        return _key(old.status, old.value) != _key(new.status, new.value)

    def _outcomes(self, space: Space, rules: RuleSet) -> dict[Hashable, int]:
        """Return the inputs of each value that the rule set can give."""
        pieces: list[tuple[int, tuple[int, ...]]] = [(FULL, ())]
        settled = []
        for number, (_, expression) in enumerate(rules.sources):
            if expression is None:
                continue
            true = space.holds(expression).true
            hit = [(space.possible(space.diagrams.meet(one, true)), (*ids, number)) for one, ids in pieces]
            missed = [(space.possible(space.diagrams.without(one, true)), ids) for one, ids in pieces]
            if rules.hit == "first":
                settled += hit
                hit = []
            pieces = [piece for piece in (*hit, *missed) if piece[0] != EMPTY]
            if len(pieces) + len(settled) > _MOST_PIECES:
                raise TooLarge
        outcomes: dict[Hashable, int] = {}
        for inputs, numbers in (*settled, *pieces):
            key = _outcome(rules, numbers)
            outcomes[key] = space.diagrams.join(outcomes.get(key, EMPTY), inputs)
        return outcomes


def _outcome(rules: RuleSet, numbers: tuple[int, ...]) -> Hashable:
    found = hits.Found()
    for number in numbers:
        found.add(number, rules.rules[number], Truth.TRUE)
    outcome = hits.settled(rules, found)
    return _key(outcome.status, outcome.value)


def _key(status: str, value: Any) -> Hashable:
    return status == "error", literal_key(as_literal(value))
