"""How matches become one decision: the hit policies of decision tables (OMG DMN 1.4, section 8.2.8)."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import Factory, define, frozen

from supportkit.errors import Fault, nearest_name
from supportkit.rules._values import ORDERED, classified, equal, ordered
from supportkit.rules.truth import Truth

if TYPE_CHECKING:
    from supportkit.rules.rule_set import Rule, RuleSet

__all__ = ["Found", "Outcome", "option_faults", "output_faults", "settled"]

_HITS: Final = ("first", "unique", "any", "priority", "collect", "rule_order", "output_order")
_AGGREGATES: Final = ("sum", "min", "max", "count")
_RANKED: Final = frozenset({"priority", "output_order"})
_LISTS: Final = frozenset({"collect", "rule_order", "output_order"})
_EXACT: Final = Context(prec=5000, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])


@define
class Found:
    """The rules by what their conditions were worth, with their positions; owned by one decision."""

    matched: list[tuple[int, Rule]] = Factory(list)
    undecided: list[tuple[int, Rule]] = Factory(list)
    errors: list[tuple[int, Rule]] = Factory(list)

    def add(self, position: int, rule: Rule, truth: Truth) -> None:
        if truth is Truth.TRUE:
            self.matched.append((position, rule))
        elif truth is Truth.UNKNOWN:
            self.undecided.append((position, rule))
        elif truth is Truth.ERROR:
            self.errors.append((position, rule))


@frozen
class Outcome:
    """What the hit policy made of the matches."""

    status: str
    value: Any
    provisional: bool


def option_faults(
    hit: object, aggregate: str | None, output_values: Mapping[str, Sequence[Any]] | None
) -> list[Fault]:
    """Return what is wrong with the options of a rule set."""
    faults = []
    if hit not in _HITS:
        near = nearest_name(str(hit), _HITS)
        hint = f"did you mean {near!r}?" if near else f"choose one of {', '.join(_HITS)}"
        faults.append(Fault("bad_option", path="hit", message=f"there is no hit policy {hit!r}", hint=hint))
    if aggregate is not None and (aggregate not in _AGGREGATES or hit != "collect"):
        hint = f"choose one of {', '.join(_AGGREGATES)}, with hit='collect'"
        message = f"aggregate is {aggregate!r} with hit {hit!r}"
        faults.append(Fault("bad_option", path="aggregate", message=message, hint=hint))
    ranked = isinstance(hit, str) and hit in _RANKED
    if (ranked and not output_values) or not _are_ranks(output_values or {}):
        hint = 'give output_values={"value": [best, ...]}'
        message = f"output_values={output_values!r} does not list the values of outputs, best first"
        faults.append(Fault("bad_option", path="output_values", message=message, hint=hint))
    return faults


def _are_ranks(given: Any) -> bool:
    return isinstance(given, Mapping) and all(isinstance(values, list | tuple) for values in given.values())


def output_faults(
    rule: Rule, hit: str, aggregate: str | None, output_values: Mapping[str, Sequence[Any]] | None
) -> list[Fault]:
    """Return what is wrong with the outputs of one rule under these options."""
    path = f"rules.{rule.id}.then"
    if aggregate in {"sum", "min", "max"}:
        if "value" not in rule.then:
            return [Fault("missing_output", path=path, message=f"{aggregate} needs an output named 'value'")]
        kind = classified(rule.then["value"])[0]
        if kind not in ({"number"} if aggregate == "sum" else ORDERED):
            wanted = "adds numbers" if aggregate == "sum" else "compares numbers, texts, dates and durations"
            message = f"{aggregate} {wanted}, not {rule.then['value']!r}"
            return [Fault("type_error", path=f"{path}.value", message=message)]
    if hit not in _RANKED:
        return []
    return [
        Fault(
            "unknown_output_value",
            path=f"{path}.{output}",
            message=f"{rule.then.get(output)!r} is not among the output values of {output!r}",
            hint=f"there are: {', '.join(map(repr, values))}",
        )
        for output, values in (output_values or {}).items()
        if _place(rule.then.get(output), values) is None
    ]


def settled(rule_set: RuleSet, found: Found) -> Outcome:
    """Apply the hit policy; raises nothing."""
    undecided = bool(found.undecided)
    if not found.matched:
        return _unmatched(rule_set, undecided)
    hit = rule_set.hit
    if hit in _LISTS:
        return _several(rule_set, found)
    if hit == "unique" and len(found.matched) > 1:
        return Outcome("error", None, provisional=False)
    if hit == "any":
        return _agreed(found)
    if hit == "priority":
        return _best(rule_set, found)
    return Outcome("ok", dict(found.matched[0][1].then), undecided)


def _unmatched(rule_set: RuleSet, undecided: bool) -> Outcome:
    default, aggregate = rule_set.default, rule_set.aggregate
    if default is None:
        empty: Any = 0 if aggregate == "count" else [] if rule_set.hit in _LISTS and not aggregate else None
        return Outcome("no_match", empty, undecided)
    value = dict(default) if isinstance(default, Mapping) else default
    if aggregate and isinstance(value, dict):
        value = value.get("value")
    elif rule_set.hit in _LISTS and not aggregate and not isinstance(value, list | tuple):
        value = [value]
    return Outcome("default", value, undecided)


def _agreed(found: Found) -> Outcome:
    first = found.matched[0][1]
    if not all(_agree(first, rule) for _, rule in found.matched[1:]):
        return Outcome("error", None, provisional=False)
    provisional = not all(_agree(first, rule) for _, rule in found.undecided)
    return Outcome("ok", dict(first.then), provisional)


def _agree(one: Rule, other: Rule) -> bool:
    return equal(one.then, other.then) is Truth.TRUE


def _best(rule_set: RuleSet, found: Found) -> Outcome:
    best = min(found.matched, key=lambda pair: (_rank(rule_set, pair[1]), pair[0]))
    mark = (_rank(rule_set, best[1]), best[0])
    provisional = any(
        (_rank(rule_set, rule), position) < mark and not _agree(rule, best[1])
        for position, rule in found.undecided
    )
    return Outcome("ok", dict(best[1].then), provisional)


def _rank(rule_set: RuleSet, rule: Rule) -> tuple[int, ...]:
    ranks = rule_set.output_values or {}
    places = (_place(rule.then.get(output), values) for output, values in ranks.items())
    return tuple(
        len(values) if place is None else place for place, values in zip(places, ranks.values(), strict=True)
    )


def _place(value: Any, values: Sequence[Any]) -> int | None:
    return next((place for place, each in enumerate(values) if equal(value, each) is Truth.TRUE), None)


def _several(rule_set: RuleSet, found: Found) -> Outcome:
    undecided = bool(found.undecided)
    rules = [rule for _, rule in found.matched]
    if rule_set.aggregate == "count":
        return Outcome("ok", len(rules), undecided)
    if rule_set.aggregate is not None:
        value = _aggregated(rule_set.aggregate, [rule.then["value"] for rule in rules])
        return Outcome("error" if value is None else "ok", value, undecided)
    if rule_set.hit == "output_order":
        rules.sort(key=lambda rule: _rank(rule_set, rule))
    return Outcome("ok", [dict(rule.then) for rule in rules], undecided)


def _aggregated(aggregate: str, values: list[Any]) -> Any:
    if aggregate == "sum":
        return _sum(values)
    better = operator.lt if aggregate == "min" else operator.gt
    best = values[0]
    for value in values:
        truth = ordered(value, best, better)
        if truth is Truth.ERROR:
            return None
        best = value if truth is Truth.TRUE else best
    return best


def _sum(values: list[Any]) -> Any:
    """Add exactly: whole numbers stay whole, floats count by their shortest decimal text."""
    numbers = [classified(value)[1] for value in values]
    if all(isinstance(number, int) for number in numbers):
        return sum(numbers)
    total = Decimal(0)
    for number in numbers:
        total = _EXACT.add(total, Decimal(repr(number)) if isinstance(number, float) else Decimal(number))
    return total if any(isinstance(number, Decimal) for number in numbers) else float(total)
