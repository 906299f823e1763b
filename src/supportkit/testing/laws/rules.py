"""Laws of rule sets, for any of yours: tried on facts near the values that its conditions ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from hypothesis import strategies as st

from supportkit.rules import Expression, Rule, RuleDecision, RuleSet, Truth, from_json, parse
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.strategies.facts import MORNING, facts
from supportkit.testing.strategies.vocabulary import asks_absence

__all__ = ["of_rules"]

_Calendars: TypeAlias = Mapping[str, Any]
_Judge: TypeAlias = Callable[[RuleSet, Any, _Calendars], Counterexample | bool]
_CONNECTIVES = frozenset({"all", "any", "none"})


def of_rules(rule_set: RuleSet, *, calendars: _Calendars | None = None) -> tuple[Law, ...]:
    """Return the laws that a rule set must keep; check each with `law.check(rule_set)`.

    `calendars` are those that ``age(field, "name")`` names. With a schema that rules are typed by, facts are
    drawn from it and none may put a rule in error; without one, types are guessed by what conditions compare.

    >>> from supportkit.cases import FACTS
    >>> rules = RuleSet([Rule("big", "customer.spend_365d >= 900", {"priority": "high"})], schema=FACTS)
    >>> for law in of_rules(rules):
    ...     law.check(rules)
    """
    known = calendars or {}
    return tuple(_law(each, known) for each in _LAWS if each[2](rule_set))


def _decided(rule_set: RuleSet, known: Any, calendars: _Calendars) -> RuleDecision:
    return rule_set.decide(known, now=MORNING, calendars=calendars)


def _found(text: str, *known: Any) -> Counterexample:
    return Counterexample(text, lines=tuple(f"on the facts {each!r}" for each in known))


def _again(rule_set: RuleSet, known: Any, calendars: _Calendars) -> Counterexample | bool:
    one, other = (_decided(rule_set, known, calendars) for _ in range(2))
    return True if one == other else _found(f"asked twice: {_told(one)}, then {_told(other)}", known)


def _changed(change: Callable[[Any], Any], what: str) -> _Judge:
    """Return the judge that decides once more with each condition changed in what must not matter."""

    def judge(rule_set: RuleSet, known: Any, calendars: _Calendars) -> Counterexample | bool:
        before = _decided(rule_set, known, calendars)
        after = _decided(_with_conditions(rule_set, change), known, calendars)
        if before == after:
            return True
        return _found(f"as written: {_told(before)}, {what}: {_told(after)}", known)

    return judge


def _with_conditions(rule_set: RuleSet, change: Callable[[Expression], Any]) -> RuleSet:
    rules = [
        rule if expression is None else Rule(rule.id, change(expression), rule.then, note=rule.note)
        for rule, expression in rule_set.sources
    ]
    options = ("schema", "hit", "aggregate", "default", "output_values", "strict", "keywords")
    return RuleSet(rules, **{name: getattr(rule_set, name) for name in options})


def _turned_around(expression: Expression) -> Expression:
    return from_json(_reversed(expression.to_json()), keywords=expression.keywords)


def _reversed(node: Any) -> Any:
    if not isinstance(node, dict) or "op" not in node:
        return node
    turned = {**node, **{key: _reversed(node[key]) for key in ("over", "where") if key in node}}
    if "args" in node:
        args = [_reversed(arg) for arg in node["args"]]
        turned["args"] = args[::-1] if node["op"] in _CONNECTIVES else args
    return turned


def _reread(expression: Expression) -> Expression:
    written = from_json(expression.to_json(), keywords=expression.keywords)
    return parse(written.to_text(), keywords=expression.keywords)


def _explained(rule_set: RuleSet, known: Any, calendars: _Calendars) -> Counterexample | bool:
    decision = _decided(rule_set, known, calendars)
    told: dict[Truth, list[str]] = {truth: [] for truth in Truth}
    for reason in decision.explain():
        if reason.reached:
            told[reason.truth].append(reason.rule)
    listed = {
        Truth.TRUE: decision.matched,
        Truth.UNKNOWN: decision.undecided,
        Truth.ERROR: decision.errors,
    }
    for truth, rules in listed.items():
        if tuple(told[truth]) != rules:
            return _found(f"{list(rules)} decided to be {truth.value}, {told[truth]} explained to be", known)
    return bool(decision.matched or decision.undecided or decision.errors)


def _sound(rule_set: RuleSet, known: Any, calendars: _Calendars) -> Counterexample | bool:
    errors = _decided(rule_set, known, calendars).errors
    return (
        _found(f"{', '.join(errors)} in error, though the facts are of the right types", known)
        if errors
        else True
    )


def _lacking(rule_set: RuleSet, known: Any, calendars: _Calendars) -> Counterexample | bool:
    decision = _decided(rule_set, known, calendars)
    if decision.undecided and not decision.missing:
        return _found(f"{', '.join(decision.undecided)} undecided, but nothing is named as missing", known)
    return bool(decision.undecided)


def _settled(rule_set: RuleSet, drawn: tuple[Any, Any], calendars: _Calendars) -> Counterexample | bool:
    """A rule that is decided on some facts stays so when more become known."""
    fewer, more = drawn
    tested = False
    for rule, expression in rule_set.sources:
        if expression is None or asks_absence(expression):
            continue
        before, after = (
            expression.evaluate(known, now=MORNING, calendars=calendars) for known in (fewer, more)
        )
        if before in {Truth.TRUE, Truth.FALSE}:
            tested = tested or fewer != more
            if after is not before:
                return _found(f"{rule.id} is {before.value}, with more facts {after.value}", fewer, more)
    return tested


def _final(rule_set: RuleSet, drawn: tuple[Any, Any], calendars: _Calendars) -> Counterexample | bool:
    """A decision that is not provisional stays when more becomes known."""
    fewer, more = drawn
    before, after = (_decided(rule_set, known, calendars) for known in (fewer, more))
    if before.provisional or before.errors or after.errors or fewer == more:
        return False
    if before.value == after.value:
        return True
    text = f"not provisional: {_told(before)}, but with more facts: {_told(after)}"
    return _found(text, fewer, more)


def _completed(known: Any, others: Any) -> Any:
    """Return the facts with what is absent in them taken from the others."""
    if not isinstance(known, Mapping) or not isinstance(others, Mapping):
        return others if known is None else known
    return {name: _completed(known.get(name), others.get(name)) for name in {**known, **others}}


def _told(decision: RuleDecision) -> str:
    parts = {"matched": decision.matched, "undecided": decision.undecided, "errors": decision.errors}
    listed = "".join(f", {name} {', '.join(ids)}" for name, ids in parts.items() if ids)
    return f"{decision.status} {decision.value!r}{listed}"


def _has_rules(rule_set: RuleSet) -> bool:
    return bool(rule_set.expressions())


def _is_typed(rule_set: RuleSet) -> bool:
    return rule_set.schema is not None and _has_rules(rule_set)


def _has_connectives(rule_set: RuleSet) -> bool:
    turned = ((each, _turned_around(each)) for each in rule_set.expressions())
    return any(each != other for each, other in turned)


def _only_facts(rule_set: RuleSet) -> bool:
    return _some_facts(rule_set) and not any(map(asks_absence, rule_set.expressions()))


def _some_facts(rule_set: RuleSet) -> bool:
    return len(rule_set.fields()) > 1 and _reads_facts(rule_set)


def _reads_facts(rule_set: RuleSet) -> bool:
    return any(not asks_absence(each) and each.fields() for each in rule_set.expressions())


def _one(rule_set: RuleSet) -> st.SearchStrategy[Any]:
    return facts(rule_set)


def _two(rule_set: RuleSet) -> st.SearchStrategy[Any]:
    """Facts of which few are missing, after the same facts without some of them."""
    known = st.builds(_completed, facts(rule_set), facts(rule_set))
    return st.tuples(known, st.lists(st.integers(0, 20), min_size=1, max_size=4)).map(
        lambda drawn: (_without(*drawn), drawn[0])
    )


def _without(known: Any, places: Iterable[int]) -> Any:
    paths = sorted(_paths(known))
    hidden = {paths[place % len(paths)] for place in places} if paths else set()
    return _kept(known, hidden, ())


def _paths(known: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in known.items():
        if isinstance(value, Mapping) and value:
            yield from _paths(value, (*above, name))
        elif not isinstance(value, Mapping):
            yield (*above, name)


def _kept(known: Any, hidden: set[tuple[str, ...]], above: tuple[str, ...]) -> Any:
    if not isinstance(known, Mapping):
        return known
    left = {name: value for name, value in known.items() if (*above, name) not in hidden}
    return {name: _kept(value, hidden, (*above, name)) for name, value in left.items()}


def _law(given: tuple[Any, ...], calendars: _Calendars) -> Law:
    name, statement, applies, cases, judge = given
    return Law(
        name,
        statement,
        source="rules",
        applies=applies,
        cases=cases,
        judge=partial(_judged, judge, calendars),
        premise="no facts were drawn on which the rules say anything of the kind",
        way_out="check(rule_set, max_examples=500), or see whether the rules can ever match: analyse",
    )


def _judged(judge: _Judge, calendars: _Calendars, rule_set: RuleSet, drawn: Any) -> Counterexample | bool:
    return judge(rule_set, drawn, calendars)


_LAWS: tuple[tuple[Any, ...], ...] = (
    ("same_facts_same_decision", "The same facts are decided alike.", _has_rules, _one, _again),
    (
        "the_order_of_conditions_is_free",
        "What stands first in all and any changes no decision.",
        _has_connectives,
        _one,
        _changed(_turned_around, "turned around"),
    ),
    (
        "every_form_says_the_same",
        "A condition written as JSON and as text and read again decides alike.",
        _has_rules,
        _one,
        _changed(_reread, "written and read again"),
    ),
    ("every_decision_is_explained", "Reasons say what was decided.", _has_rules, _one, _explained),
    ("typed_facts_meet_no_error", "Facts of the right types put no rule in error.", _is_typed, _one, _sound),
    (
        "undecided_rules_say_what_they_lack",
        "Where a rule is undecided, a missing fact is named.",
        _reads_facts,
        _one,
        _lacking,
    ),
    (
        "what_is_decided_stays",
        "A rule that is true or false stays so when more facts become known.",
        _some_facts,
        _two,
        _settled,
    ),
    (
        "what_is_not_provisional_stays",
        "A value that is not provisional stays when more facts become known.",
        _only_facts,
        _two,
        _final,
    ),
)  # fmt: skip
