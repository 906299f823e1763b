"""Why a rule set decided as it did: for each rule the leaves that settled it and the values they saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from supportkit.rules._display import Display
from supportkit.rules._trace import Tracer, reasons
from supportkit.rules._wording import Wording
from supportkit.rules.evaluation import Run
from supportkit.rules.expression import Expression
from supportkit.rules.reasons import ElementReason, Found, LeafReason, RuleReason, Seen
from supportkit.rules.schema import Schema
from supportkit.rules.truth import Truth

if TYPE_CHECKING:
    from rich.tree import Tree

    from supportkit.rules.rule_set import Rule

__all__ = ["ElementReason", "Explanation", "Found", "LeafReason", "RuleReason", "Seen", "explained"]

_ORDER: Final = (Truth.TRUE, Truth.UNKNOWN, Truth.ERROR, Truth.FALSE)
UNREAD: Final = "its condition could not be read"


@frozen
class Explanation:
    """The reasons of a decision, rule by rule, those that an index skipped or that come after a hit too.

    `str()` gives one line for each rule, the deciding ones first; `rich.print` shows a tree. Iterates over
    the rules in their order.
    """

    status: str
    matched: tuple[str, ...]
    rules: tuple[RuleReason, ...]

    def __iter__(self) -> Iterator[RuleReason]:
        return iter(self.rules)

    def text(self, *, labels: Mapping[str, str] | None = None, words: Mapping[str, str] | None = None) -> str:
        """Return the text with names for facts (`labels`, by path) and other words, such as a translation.

        Raises InvalidValue for a word that there is not.

        >>> from datetime import UTC, datetime
        >>> from supportkit.rules import Rule, RuleSet
        >>> rules = RuleSet([Rule("gold", "customer.plan == 'gold'", {})])
        >>> decision = rules.decide({"customer": {"plan": "basic"}}, now=datetime(2026, 1, 31, tzinfo=UTC))
        >>> words = {"false": "trifft nicht zu", "value": "{name} ist {text}", "nothing": "nichts trifft zu"}
        >>> print(decision.explain().text(labels={"customer.plan": "Tarif"}, words=words))
        no_match: nichts trifft zu
        gold trifft nicht zu: customer.plan == "gold" trifft nicht zu (Tarif ist "basic")
        """
        wording = Wording(labels, words)
        return "\n".join([self._head(wording), *map(wording.rule, self._sorted())])

    def _head(self, wording: Wording) -> str:
        return f"{self.status}: {', '.join(self.matched) or wording.say('nothing')}"

    def _sorted(self) -> list[RuleReason]:
        return sorted(self.rules, key=lambda each: (not each.reached, _ORDER.index(each.truth)))

    def __str__(self) -> str:
        return self.text()

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types; equal explanations give equal canonical JSON."""
        rules = [reason.to_plain() for reason in self.rules]
        return {"status": self.status, "matched": list(self.matched), "rules": rules}

    def __rich__(self) -> Tree:
        """Return a tree of rules and leaves for `rich.print`; the deciding leaves stand out."""
        from rich.text import Text  # noqa: PLC0415 -- rich is an extra, and calls this itself
        from rich.tree import Tree  # noqa: PLC0415

        wording = Wording()
        tree = Tree(Text(self._head(wording), style="bold"))
        for reason in self._sorted():
            after = "" if reason.reached else f" ({wording.say('after')})"
            title = f"{reason.rule}{after} {wording.say(reason.truth.value)}"
            branch = tree.add(Text(title, style=_STYLES[reason.truth] if reason.reached else "dim"))
            for leaf in reason.leaves:
                branch.add(Text(wording.leaf(leaf), style="bold" if leaf.deciding else "dim"))
            if reason.note:
                branch.add(Text(reason.note, style="italic"))
        return tree


_STYLES: Final = {Truth.TRUE: "green", Truth.FALSE: "default", Truth.UNKNOWN: "yellow", Truth.ERROR: "red"}


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
    tracer = Tracer(facts, run, Display(schema))
    found, reached = [], True
    for rule, expression in sources:
        found.append(_reason(rule, expression, tracer, reached=reached))
        reached = reached and not (first and rule.id in matched)
    return Explanation(status, matched, tuple(found))


def _reason(rule: Rule, expression: Expression | None, tracer: Tracer, *, reached: bool) -> RuleReason:
    if expression is None:
        return RuleReason(rule.id, Truth.ERROR, (), UNREAD, reached)
    trace = tracer.trace(expression)
    return RuleReason(rule.id, trace.truth, reasons(trace), rule.note, reached)
