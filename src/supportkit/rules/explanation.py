"""Why a rule set decided as it did: for each rule the leaves that settled it and the values they saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from supportkit.errors import UnknownField
from supportkit.rules._printer import node_to_text
from supportkit.rules._reading import is_absent, path_reader
from supportkit.rules._values import Failure, Recorded
from supportkit.rules.evaluation import Run, compiled
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import Node, Op
from supportkit.rules.operators import OPERATORS
from supportkit.rules.schema import Schema
from supportkit.rules.truth import Truth

if TYPE_CHECKING:
    from supportkit.rules.rule_set import Rule

__all__ = ["Explanation", "LeafReason", "RuleReason", "explained"]

_WORDS: Final = {
    Truth.TRUE: "holds",
    Truth.FALSE: "does not hold",
    Truth.UNKNOWN: "is open",
    Truth.ERROR: "is in error",
}
_LONGEST: Final = 80


@frozen
class LeafReason:
    """One leaf that settled its rule: its text, what it was worth, and what was read for it.

    `seen` pairs each dotted path with the value as people may see it.
    """

    text: str
    truth: Truth
    seen: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        seen = ", ".join(f"{path} is {value}" for path, value in self.seen)
        return f"{self.text} {_WORDS[self.truth]}" + (f" ({seen})" if seen else "")


@frozen
class RuleReason:
    """What one rule was worth, and by which leaves; not `reached` when an earlier rule had hit."""

    rule: str
    truth: Truth
    leaves: tuple[LeafReason, ...]
    note: str = ""
    reached: bool = True

    def __str__(self) -> str:
        leaves = "; ".join(map(str, self.leaves)) or self.note or "its condition is constant"
        after = "" if self.reached else " (after the hit)"
        return f"{self.rule}{after} {_WORDS[self.truth]}: {leaves}"


@frozen
class Explanation:
    """The reasons of a decision, rule by rule; `str()` gives one line each, the deciding ones first."""

    status: str
    matched: tuple[str, ...]
    rules: tuple[RuleReason, ...]

    def __iter__(self) -> Iterator[RuleReason]:
        return iter(self.rules)

    def __str__(self) -> str:
        order = [Truth.TRUE, Truth.UNKNOWN, Truth.ERROR, Truth.FALSE]
        head = f"{self.status}: {', '.join(self.matched) or 'nothing matched'}"
        rules = sorted(self.rules, key=lambda each: (not each.reached, order.index(each.truth)))
        return "\n".join([head, *map(str, rules)])


def explained(
    status: str,
    matched: tuple[str, ...],
    sources: Sequence[tuple[Rule, Expression | None]],
    facts: Any,
    run: Run,
    schema: Schema | None,
    *,
    first: bool,
) -> Explanation:
    """Evaluate every rule again, this time with reasons; `first`: rules after the hit were not reached."""
    reasons, reached = [], True
    for rule, expression in sources:
        reasons.append(evolve(_reason(rule, expression, facts, run, schema), reached=reached))
        reached = reached and not (first and rule.id in matched)
    return Explanation(status, matched, tuple(reasons))


def _reason(
    rule: Rule, expression: Expression | None, facts: Any, run: Run, schema: Schema | None
) -> RuleReason:
    if expression is None:
        return RuleReason(rule.id, Truth.ERROR, (), "its condition could not be read")
    tracer = _Tracer(expression, facts, run, schema)
    return RuleReason(
        rule.id, tracer.truth(expression.node), tuple(map(tracer.leaf, tracer.deciding(expression.node)))
    )


class _Tracer:
    def __init__(self, expression: Expression, facts: Any, run: Run, schema: Schema | None) -> None:
        self._keywords = expression.keywords
        self._facts = facts
        self._run = run
        self._schema = schema
        self._truths: dict[int, Truth] = {}

    def truth(self, node: Node) -> Truth:
        known = self._truths.get(id(node))
        if known is None:
            known = self._truths[id(node)] = compiled(node, self._keywords)(self._facts, self._run)
        return known

    def deciding(self, node: Node) -> list[Node]:
        """Return the leaves that fix the outcome, as few as one branch needs."""
        if not isinstance(node, Op) or OPERATORS[node.name].role != "connective":
            return [node]
        if node.name == "not":
            return self.deciding(node.args[0])
        truth = self.truth(node)
        decides = Truth.FALSE if node.name == "all" else Truth.TRUE
        branches = [self.deciding(arg) for arg in node.args if self.truth(arg) is truth]
        if truth is decides:
            return min(branches, key=len)
        return [leaf for branch in branches for leaf in branch]

    def leaf(self, node: Node) -> LeafReason:
        return LeafReason(node_to_text(node), self.truth(node), tuple(self._seen(node)))

    def _seen(self, node: Node) -> Iterable[tuple[str, str]]:
        for path in sorted(Expression(node).fields()):
            value = path_reader(tuple(path.split(".")))(self._facts, self._run)
            yield path, self._shown(path, value)

    def _shown(self, path: str, value: Any) -> str:
        if is_absent(value):
            return "missing"
        if isinstance(value, Failure):
            return f"unreadable: {value.reason}"
        if isinstance(value, Recorded):
            return "a text that was observed"
        if self._private(path):
            return "private"
        text = repr(value)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def _private(self, path: str) -> bool:
        try:
            declared = self._schema.field(path) if self._schema is not None else None
        except UnknownField:
            return False
        return declared is not None and declared.private
