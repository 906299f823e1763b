"""Points by rules of one's own: every line that fits adds its points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.errors import InvalidValue
from supportkit.priority.adjustments import told_faults
from supportkit.priority.factor import Contribution
from supportkit.priority.points import Points, exact, reachable, total
from supportkit.rules import Expression, KeywordSet, Rule, RuleSet, Schema

__all__ = ["RULE_KEYS", "RulesFactor"]

RULE_KEYS = ("when", "points", "because")


@frozen(init=False)
class RulesFactor:
    """Adds the points of every line {when, points, because} whose condition is true.

    A line without `when` always fits. Lines that could not be decided add nothing; what they lacked is
    missing when they bear points. Lines that met a fact of a wrong kind are passed over and told in `error`.
    `schema`, `keywords` and `calendars` are what conditions are checked against and may name. Raises
    InvalidValue or PolicyError for what can never be right.

    >>> from datetime import UTC, datetime
    >>> factor = RulesFactor([{"when": "case.reopens > 1", "points": 15, "because": "It came back twice."}])
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> print(factor.contribute({"case": {"reopens": 2}}, now=noon))
    +15 rules (rules[0] 15, It came back twice.)
    """

    points: Mapping[str, Points]
    reads: tuple[str, ...]
    expressions: tuple[Expression, ...]
    name: str
    _rules: RuleSet = field(repr=False, eq=False)
    _because: Mapping[str, str | None] = field(repr=False)
    _calendars: Mapping[str, Any] = field(repr=False, eq=False)

    def __init__(
        self,
        lines: Sequence[Mapping[str, Any]],
        *,
        schema: Schema | None = None,
        keywords: Mapping[str, KeywordSet] | None = None,
        calendars: Mapping[str, Any] | None = None,
    ) -> None:
        named = {f"rules[{number}]": line for number, line in enumerate(lines)}
        rules = RuleSet(
            [_rule(name, line) for name, line in named.items()],
            schema=schema,
            hit="rule_order",
            keywords=keywords or {},
        )
        self.__attrs_init__(
            points={name: exact(line["points"], name=f"{name}.points") for name, line in named.items()},
            reads=tuple(sorted(rules.fields())),
            expressions=rules.expressions(),
            name="rules",
            rules=rules,
            because={name: line.get("because") for name, line in named.items()},
            calendars=dict(calendars or {}),
        )

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return reachable(0, self.points.values())

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:
        """Return the points of all lines that fit, with these lines as evidence."""
        decision = self._rules.decide(facts, now=now, calendars=self._calendars)
        points = total(self.points[line] for line in decision.matched)
        open_ends = [self.points[line] for line in decision.undecided]
        return Contribution(
            points,
            {line: self._evidence(line) for line in decision.matched},
            decision.missing if any(open_ends) else (),
            self.name,
            "; ".join(told_faults(decision)),
            reachable(points, open_ends),
        )

    def _evidence(self, line: str) -> Any:
        because = self._because[line]
        return self.points[line] if because is None else [self.points[line], because]


def _rule(name: str, line: Mapping[str, Any]) -> Rule:
    if not set(line) <= set(RULE_KEYS) or line.get("points") is None:
        raise InvalidValue(f"{name}={dict(line)!r} needs points and knows {', '.join(RULE_KEYS)}")
    when = line.get("when")
    return Rule(name, True if when is None else when, {"points": line["points"]})
