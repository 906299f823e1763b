"""Overrides, floors and caps: rules that set a priority, lift it to a level, or hold it down to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from supportkit.errors import InvalidValue
from supportkit.priority.levels import Levels
from supportkit.rules import (
    Expression,
    KeywordSet,
    LeafReason,
    Rule,
    RuleDecision,
    RuleReason,
    RuleSet,
    Schema,
    Truth,
)

__all__ = ["LINE_KEYS", "Adjusted", "Adjustment", "Adjustments", "told_faults"]

LINE_KEYS = ("when", "priority", "because")


@frozen
class Adjustment:
    """A line that fitted: which one (``overrides[0]``), the priority it names, and why."""

    line: str
    priority: str
    because: str | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        return {"line": self.line, "priority": self.priority, "because": self.because}

    def __str__(self) -> str:
        return f"{self.line}: {self.priority}" + (f", because: {self.because}" if self.because else "")


@frozen
class Adjusted:
    """The lines that fit, applied to the priority by score.

    The first override that fits sets the priority; else floors lift it, then caps hold it down. `missing`
    names what `undecided` lines lacked, by kind,
    `errors` are lines that met facts of a wrong kind and were passed over, `faults` what these were.
    """

    levels: Levels
    by_score: str
    override: Adjustment | None = None
    floors: tuple[Adjustment, ...] = ()
    caps: tuple[Adjustment, ...] = ()
    missing: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    undecided: Mapping[str, tuple[Adjustment, ...]] = field(factory=dict, hash=False)

    def at(self, by_score: str) -> Adjusted:
        """Return the same lines, applied to another priority by score."""
        return self if by_score == self.by_score else evolve(self, by_score=by_score)

    @property
    def provisional(self) -> bool:
        """Whether the priority would be another one if an undecided line fitted."""
        return any(other.priority != self.priority for other in self._others())

    def _others(self) -> Iterable[Adjusted]:
        """Yield what would come out if one of the undecided lines fitted."""
        for line in self.undecided.get("overrides", ()):
            yield evolve(self, override=line)
        for line in self.undecided.get("floors", ()):
            yield evolve(self, floors=(*self.floors, line))
        for line in self.undecided.get("caps", ()):
            yield evolve(self, caps=(*self.caps, line))

    @property
    def priority(self) -> str:
        """The priority after all these lines."""
        if self.override is not None:
            return self.override.priority
        lifted = self.levels.highest([self.by_score, *(line.priority for line in self.floors)])
        return self.levels.lowest([lifted, *(line.priority for line in self.caps)])


class Adjustments:
    """The lines of one policy; immutable."""

    __slots__ = ("_levels", "_lines", "_rules", "expressions")

    def __init__(
        self,
        levels: Levels,
        *,
        overrides: Sequence[Mapping[str, Any]],
        floors: Sequence[Mapping[str, Any]],
        caps: Sequence[Mapping[str, Any]],
        schema: Schema | None,
        keywords: Mapping[str, KeywordSet],
    ) -> None:
        kinds = {
            "overrides": (overrides, "first"),
            "floors": (floors, "rule_order"),
            "caps": (caps, "rule_order"),
        }
        self._levels = levels
        self._lines: dict[str, Adjustment] = {}
        self._rules: dict[str, RuleSet] = {}
        for kind, (given, hit) in kinds.items():
            rules = [self._rule(f"{kind}[{number}]", line) for number, line in enumerate(given)]
            self._rules[kind] = RuleSet(rules, schema=schema, hit=hit, keywords=keywords)
        self.expressions: tuple[Expression, ...] = tuple(
            expression for rules in self._rules.values() for expression in rules.expressions()
        )

    def _rule(self, name: str, given: Mapping[str, Any]) -> Rule:
        if not set(given) <= set(LINE_KEYS) or given.get("priority") is None:
            raise InvalidValue(f"{name}={dict(given)!r} needs a priority and knows {', '.join(LINE_KEYS)}")
        self._levels.rank(given["priority"])
        self._lines[name] = Adjustment(name, given["priority"], given.get("because"))
        when = given.get("when")
        return Rule(name, True if when is None else when, {"priority": given["priority"]})

    def apply(self, by_score: str, facts: Any, *, now: datetime, calendars: Mapping[str, Any]) -> Adjusted:
        """Return the lines that fit these facts, applied to a priority."""
        if not self._lines:
            return Adjusted(self._levels, by_score)
        decisions = {
            kind: rules.decide(facts, now=now, calendars=calendars) for kind, rules in self._rules.items()
        }
        override = next(iter(self._named(decisions["overrides"].matched)), None)
        floors, caps = (self._named(decisions[kind].matched) for kind in ("floors", "caps"))
        adjusted = Adjusted(self._levels, by_score, override)
        if override is None:
            adjusted = evolve(adjusted, floors=floors, caps=caps)
        return evolve(
            adjusted,
            missing=tuple(
                dict.fromkeys(name for decision in decisions.values() for name in decision.missing)
            ),
            errors=tuple(name for decision in decisions.values() for name in decision.errors),
            faults=tuple(fault for decision in decisions.values() for fault in told_faults(decision)),
            undecided={kind: self._named(decision.undecided) for kind, decision in decisions.items()},
        )

    def _named(self, names: Iterable[str]) -> tuple[Adjustment, ...]:
        return tuple(self._lines[name] for name in names)


def told_faults(decision: RuleDecision) -> list[str]:
    """Say of each line in error what it met."""
    if not decision.errors:
        return []
    reasons = [reason for reason in decision.explain() if reason.rule in decision.errors]
    return [f"{reason.rule}: {'; '.join(map(str, _to_blame(reason)))}" for reason in reasons]


def _to_blame(reason: RuleReason) -> list[LeafReason]:
    return [leaf for leaf in reason.deciding if leaf.truth is Truth.ERROR]
