"""Why a rule did not hold: the fewest leaves to flip, with what each of them needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import frozen

from supportkit.errors import UnknownField, nearest_name
from supportkit.rules import _candidates
from supportkit.rules._display import Display, Seen
from supportkit.rules._overlay import overlaid
from supportkit.rules._trace import Trace, Tracer, reasons
from supportkit.rules._wording import Wording
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import Node
from supportkit.rules.reasons import RuleReason
from supportkit.rules.truth import NEGATED, Truth

if TYPE_CHECKING:
    from supportkit.rules.decision import RuleDecision
    from supportkit.rules.rule_set import Rule, RuleSet

__all__ = ["Need", "Way", "WhyNot", "why_not"]

_MOST_WAYS: Final = 16
_Demand: TypeAlias = dict[Node, Truth]


@frozen
class Need:
    """A leaf that must come out otherwise: its text, what was read, and what it needs, in words."""

    leaf: str
    seen: tuple[Seen, ...]
    needed: str
    missing: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        seen = [each.to_plain() for each in self.seen]
        return {"leaf": self.leaf, "seen": seen, "needed": self.needed, "missing": list(self.missing)}


@frozen
class Way:
    """One smallest set of leaves to flip.

    `changes` are values by path with which the rule holds, tried out; empty where no value can be named, as
    for a leaf that compares two facts.
    """

    needs: tuple[Need, ...]
    changes: Mapping[str, Any]

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals."""
        from supportkit.canonical import to_plain  # noqa: PLC0415 -- only asked for here

        return {"needs": [need.to_plain() for need in self.needs], "changes": to_plain(dict(self.changes))}


@frozen
class WhyNot:
    """Why a rule did not decide: what it was worth, who came before it, and the nearest ways to make it hold.

    `because` says what stood in the way of a rule that does hold (an earlier hit, a clash); `ways` are the
    smallest sets of leaves to flip, equally near (at most 16), none when it holds already or never can.
    """

    rule: str
    truth: Truth
    because: str
    ways: tuple[Way, ...]
    missing: tuple[str, ...]
    reason: RuleReason

    def text(self, *, labels: Mapping[str, str] | None = None, words: Mapping[str, str] | None = None) -> str:
        """Return the text with names for facts (`labels`, by path) and other words, see `Explanation`."""
        wording = Wording(labels, words)
        because = f", {self.because}" if self.because else ""
        lines = [f"{self.rule} {wording.say(self.truth.value)}{because}"]
        for number, way in enumerate(self.ways):
            lines += ["or"] * bool(number)
            lines += [f"  {self._need(need, wording)}" for need in way.needs]
        return "\n".join(lines)

    def _need(self, need: Need, wording: Wording) -> str:
        seen = ", ".join(map(wording.seen, need.seen)) or need.leaf
        return wording.say("needs", seen=seen, needed=need.needed)

    def __str__(self) -> str:
        return self.text()

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types and typed literals."""
        return {
            "rule": self.rule,
            "truth": self.truth.value,
            "because": self.because,
            "ways": [way.to_plain() for way in self.ways],
            "missing": list(self.missing),
            "reason": self.reason.to_plain(),
        }


def why_not(decision: RuleDecision, rules: RuleSet, facts: Any, rule_id: str) -> WhyNot:
    """Find the nearest miss of one rule; raises UnknownField, with the nearest id, for an unknown one."""
    rule, expression = _source(rules, rule_id)
    if expression is None:
        reason = RuleReason(rule_id, Truth.ERROR, (), rule.note)
        return WhyNot(rule_id, Truth.ERROR, "since its condition could not be read", (), (), reason)
    display = Display(rules.schema)
    trace = Tracer(facts, decision.run(), display).trace(expression)
    reason = RuleReason(rule_id, trace.truth, reasons(trace), rule.note)
    missing = tuple(sorted({name for leaf in reason.deciding for name in leaf.missing}))
    if trace.truth is Truth.TRUE:
        return WhyNot(rule_id, trace.truth, _surpassed(decision, rules, rule), (), missing, reason)
    ways = _ways(decision, rules, facts, expression, trace)
    because = "" if ways else "and no change of facts that can be named makes it hold"
    return WhyNot(rule_id, trace.truth, because, ways, missing, reason)


def _source(rules: RuleSet, rule_id: str) -> tuple[Rule, Expression | None]:
    for rule, expression in rules.sources:
        if rule.id == rule_id:
            return rule, expression
    near = nearest_name(str(rule_id), [rule.id for rule in rules.rules])
    hint = f"; did you mean {near!r}?" if near else ""
    raise UnknownField(f"there is no rule {rule_id!r}{hint}", nearest=near)


def _surpassed(decision: RuleDecision, rules: RuleSet, rule: Rule) -> str:
    """Say what stood in the way of a rule that holds."""
    others = ", ".join(name for name in decision.matched if name != rule.id)
    if rules.hit == "first" and others:
        return f"but {others} comes before it and had hit"
    if decision.status == "error" and rules.hit in {"unique", "any"}:
        return f"but so does {others}, and hit={rules.hit!r} lets none of them decide"
    if rules.hit == "priority" and decision.value != dict(rule.then):
        return f"but of {others} one has the better output"
    return "and it counted"


def _ways(
    decision: RuleDecision, rules: RuleSet, facts: Any, expression: Expression, trace: Trace
) -> tuple[Way, ...]:
    """Return the smallest sets of leaves to flip that can be met together."""
    traced = {leaf.node: leaf for leaf in trace.leaves()}
    found: list[Way] = []
    size = 0
    for demand in _demands(trace, Truth.TRUE, traced):
        flips = [traced[node] for node, truth in demand.items() if traced[node].truth is not truth]
        if found and len(flips) > size:
            break
        changes = _candidates.changes(demand, flips, facts, decision.run(), expression, rules.schema)
        if changes is None:
            continue
        if changes and expression.evaluator(overlaid(facts, changes), decision.run()) is not Truth.TRUE:
            continue
        size = len(flips)
        found.append(Way(tuple(_need(leaf, demand[leaf.node]) for leaf in flips), changes))
    return tuple(found)


def _need(trace: Trace, wanted: Truth) -> Need:
    leaf = trace.leaf
    assert leaf is not None
    return Need(leaf.text, leaf.seen, _candidates.needed(trace.node, wanted), leaf.missing)


def _demands(trace: Trace, wanted: Truth, traced: Mapping[Node, Trace]) -> list[_Demand]:
    """Return what the leaves must be worth for the outcome, the fewest flips first."""
    if trace.leaf is not None:
        return [{trace.node: wanted}]
    name = trace.node.name  # type: ignore[attr-defined]
    if name == "not":
        return _demands(trace.parts[0], NEGATED[wanted], traced)
    below = [_demands(part, wanted, traced) for part in trace.parts]
    if wanted is (Truth.TRUE if name == "any" else Truth.FALSE):
        return _nearest((demand for demands in below for demand in demands), traced)
    joint: list[_Demand] = [{}]
    for demands in below:
        joint = _nearest(_joined(joint, demands), traced)
    return joint


def _joined(left: Iterable[_Demand], right: Iterable[_Demand]) -> Iterable[_Demand]:
    for one, other in product(left, right):
        if all(one.get(node, truth) is truth for node, truth in other.items()):
            yield {**one, **other}


def _nearest(demands: Iterable[_Demand], traced: Mapping[Node, Trace]) -> list[_Demand]:
    return sorted(demands, key=lambda demand: _distance(demand, traced))[:_MOST_WAYS]


def _distance(demand: _Demand, traced: Mapping[Node, Trace]) -> int:
    return sum(traced[node].truth is not truth for node, truth in demand.items())
