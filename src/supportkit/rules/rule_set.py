"""Rule sets: conditions with outputs, and a hit policy that says which outputs count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from attrs import evolve, field, frozen

from supportkit.errors import ExpressionError, Fault, InvalidValue, PolicyError
from supportkit.rules import _hit_policies as hits
from supportkit.rules._lowering import Lowering
from supportkit.rules._program import BACKENDS, Program, chosen
from supportkit.rules.decision import Asked, RuleDecision
from supportkit.rules.decision_log import content_version
from supportkit.rules.evaluation import Evaluator, Run
from supportkit.rules.expression import Expression, checked_now, finished
from supportkit.rules.json_form import from_json
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.schema import Schema
from supportkit.rules.text import parse
from supportkit.rules.truth import Truth

__all__ = ["Rule", "RuleDecision", "RuleSet"]


def _outputs(then: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(then, Mapping):
        return dict(then)
    message = f"then={then!r} is no mapping of outputs; write {{'priority': 'high'}}"
    raise InvalidValue(message)


@frozen
class Rule:
    """A condition and the outputs that hold when it is true.

    `when` is an Expression, its text form or its JSON form (`True` always holds); `then` maps output
    names to plain values; `note` is for people.
    """

    id: str
    when: Any
    then: Mapping[str, Any] = field(converter=_outputs)
    note: str = field(default="", kw_only=True)


def _rules(given: Any) -> tuple[Rule, ...]:
    rules = tuple(given) if isinstance(given, Iterable) else (given,)
    for rule in rules:
        if not isinstance(rule, Rule):
            message = f"{rule!r} is no Rule; write Rule(id, when, then)"
            raise InvalidValue(message)
    return rules


@frozen(eq=False, slots=False)
class RuleSet:
    """Rules in order under one hit policy.

    `hit` is first, unique, any, priority, collect, rule_order or output_order; `aggregate` (sum, min,
    max, count over the output named ``value``) goes with collect. `default` is the value when nothing
    matches; `output_values` lists the values of an output best first, for priority and output_order.
    `keywords` are the sets that conditions name. An empty rule set is legal. `backend` says how the rules are
    carried out, always with the same decisions: ``auto`` chooses by size among ``closures``, ``generated``
    (one function) and ``index`` (rules that cannot hold are not looked at).

    Raises PolicyError with all faults of all rules together; with ``strict=False`` faulty rules stay in
    the set and are listed in every decision's `errors` (`faults` says what is wrong with them).

    >>> from datetime import UTC, datetime
    >>> gold = Rule("gold", "customer.plan == 'gold'", {"priority": "high"})
    >>> rules = RuleSet([gold], default={"priority": "normal"})
    >>> rules.decide({"customer": {"plan": "gold"}}, now=datetime(2026, 1, 31, tzinfo=UTC)).value
    {'priority': 'high'}
    """

    rules: tuple[Rule, ...] = field(converter=_rules)
    schema: Schema | None = field(default=None, kw_only=True)
    hit: str = field(default="first", kw_only=True)
    aggregate: str | None = field(default=None, kw_only=True)
    default: Any = field(default=None, kw_only=True)
    output_values: Mapping[str, Sequence[Any]] | None = field(default=None, kw_only=True)
    strict: bool = field(default=True, kw_only=True)
    keywords: Mapping[str, KeywordSet] | None = field(default=None, kw_only=True, repr=False)
    backend: str = field(default="auto", kw_only=True, repr=False)
    faults: tuple[Fault, ...] = field(init=False, repr=False)
    sources: tuple[tuple[Rule, Expression | None], ...] = field(init=False, repr=False)
    _evaluators: tuple[Evaluator, ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.backend not in BACKENDS:
            message = f"backend={self.backend!r} is none of {', '.join(BACKENDS)}"
            raise InvalidValue(message)
        wrong = hits.option_faults(self.hit, self.aggregate, self.output_values)
        if wrong:
            raise PolicyError(wrong)
        read = [self._read(rule) for rule in self.rules]
        faults = [*_repeated(self.rules), *(fault for _, found in read for fault in found)]
        if self.strict and faults:
            raise PolicyError(faults)
        pairs = zip(self.rules, read, strict=True)
        sources = tuple((rule, None if found else expression) for rule, (expression, found) in pairs)
        object.__setattr__(self, "faults", tuple(faults))
        object.__setattr__(self, "sources", sources)
        evaluators = tuple(_in_error if each is None else each.evaluator for _, each in sources)
        object.__setattr__(self, "_evaluators", evaluators)

    def _read(self, rule: Rule) -> tuple[Expression | None, list[Fault]]:
        faults = hits.output_faults(rule, self.hit, self.aggregate, self.output_values)
        try:
            expression = self._condition(rule.when)
            expression.evaluator  # noqa: B018 -- compiling finds keyword sets that nobody gave
        except ExpressionError as error:
            return None, [_located(fault, rule) for fault in error.faults] + faults
        return expression, faults

    def _condition(self, when: Any) -> Expression:
        if isinstance(when, str):
            return parse(when, schema=self.schema, keywords=self.keywords)
        if not isinstance(when, Expression):
            return from_json(when, schema=self.schema, keywords=self.keywords)
        keywords = {**(self.keywords or {}), **when.keywords}
        return finished(when.node, Lowering(keywords), self.schema, when.declared)

    def prepared(self) -> RuleSet:
        """Return the set itself, with everything made that the first decision would otherwise wait for."""
        self._program  # noqa: B018 -- it is kept once it was made
        return self

    @cached_property
    def version(self) -> str:
        """A digest of rules, options, keyword sets and schema: equal content, equal version on every machine.

        Raises InvalidValue for outputs that have no canonical JSON.
        """
        return content_version(self)

    @cached_property
    def _program(self) -> Program:
        """What evaluates the rules, made when the first decision is asked for."""
        expressions = [expression for _, expression in self.sources]
        return chosen(self.backend, expressions, self._evaluators)

    def fields(self) -> frozenset[str]:
        """Return the dotted paths of the facts that its conditions read."""
        return frozenset().union(*(each.fields() for each in self.expressions()))

    def expressions(self) -> tuple[Expression, ...]:
        """Return the conditions of the rules that could be read."""
        return tuple(expression for _, expression in self.sources if expression is not None)

    def decide(
        self, facts: Any, *, now: datetime, calendars: Mapping[str, Any] | None = None
    ) -> RuleDecision:
        """Evaluate the rules and settle them by the hit policy; raises nothing for facts of any shape.

        `facts` is a nested mapping or any object read by attribute.
        """
        asked = Asked(self, facts, checked_now(now), calendars or {})
        run = Run(asked.now, asked.calendars)
        found = hits.Found()
        for position, truth in self._program.run(facts, run, first=self.hit == "first"):
            found.add(position, self.rules[position], truth)
        outcome = hits.settled(self, found)
        return RuleDecision(
            status=outcome.status,
            value=outcome.value,
            matched=_ids(found.matched),
            undecided=_ids(found.undecided),
            errors=_ids(found.errors),
            missing=tuple(sorted(set(run.missing))) if run.missing else (),
            provisional=outcome.provisional,
            asked=asked,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        options = "schema hit aggregate default output_values strict keywords backend".split()
        return _restored, (self.rules, {name: getattr(self, name) for name in options})


def _in_error(_facts: Any, _run: Run) -> Truth:
    return Truth.ERROR


def _ids(found: list[tuple[int, Rule]]) -> tuple[str, ...]:
    return tuple([rule.id for _, rule in found]) if found else ()


def _restored(rules: tuple[Rule, ...], options: dict[str, Any]) -> RuleSet:
    return RuleSet(rules, **options)


def _located(fault: Fault, rule: Rule) -> Fault:
    path = f"rules.{rule.id}.when"
    return evolve(fault, path=f"{path}.{fault.path}" if fault.path else path)


def _repeated(rules: Iterable[Rule]) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for rule in rules:
        if rule.id in seen:
            message = f"two rules are called {rule.id!r}"
            faults.append(Fault("duplicate_id", path=f"rules.{rule.id}", message=message, hint="rename one"))
        seen.add(rule.id)
    return faults
