"""What can be said of one rule alone: the faults it was read with, and negative tests of missing facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from supportkit.errors import UnknownField
from supportkit.rules.analysis._space import Space
from supportkit.rules.analysis._witness import complete, witness
from supportkit.rules.emptiness import empty_parts
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import FieldRef, Node, Op
from supportkit.rules.rule_set import Rule, RuleSet
from supportkit.rules.schema import Schema
from supportkit.rules.truth import Truth

__all__ = ["repeated_ids", "static_codes", "undecided_negative"]

_CODES: Final[Mapping[str, str]] = {
    "unknown_field": "unknown_field",
    "unknown_keyword_set": "unknown_field",
    "unknown_enum_value": "unknown_enum_value",
    "unknown_output_value": "unknown_enum_value",
    "bad_pattern": "bad_pattern",
    "unsafe_pattern": "unsafe_pattern",
}


def static_codes(rule_set: RuleSet, rule: Rule, expression: Expression | None) -> list[str]:
    """Return the codes of what is wrong with a rule before there are facts, each once.

    A condition that has no form of its own (an unknown operator, too many arguments) is a type_error.
    """
    if expression is None:
        places = tuple(f"rules.{rule.id}.{part}" for part in ("when", "then"))
        codes = [fault.code for fault in rule_set.faults if fault.path.startswith(places)]
        return list(dict.fromkeys(_CODES.get(code, "type_error") for code in codes))
    return ["empty_needle"] if any(f.code == "empty_needle" for f in empty_parts(expression)) else []


def repeated_ids(rule_set: RuleSet) -> list[str]:
    """Return the ids that more than one rule has: what is found could not be told apart."""
    ids = [rule.id for rule in rule_set.rules]
    return [name for name in dict.fromkeys(ids) if ids.count(name) > 1]


def undecided_negative(space: Space, expression: Expression) -> tuple[bool, dict[str, Any] | None]:
    """Tell whether a negative test leaves the rule undecided for want of a nullable fact, with such facts."""
    for path in dict.fromkeys(_negative_paths(expression.node, space.schema)):
        number = space.number.get(path)
        if number is None:
            continue
        d, holds = space.diagrams, space.holds(expression)
        missing = space.where(number, lambda cell: cell.is_missing)
        region = d.meet(d.inverse(d.join(holds.true, holds.false)), missing)
        others = [space.where(n, complete) for n in sorted(d.support(region) - {number}, reverse=True)]
        region = space.possible(d.meet(region, d.meet_all(others)))

        def accept(facts: dict[str, Any]) -> bool:
            found = expression.evaluate(facts, now=space.now, calendars=space.calendars)
            return found is Truth.UNKNOWN

        facts = witness(space, region, accept, fill=map(_path, expression.fields()))
        if facts is not None:
            return True, facts
    return False, None


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split("."))


def _negative_paths(
    node: Node, schema: Schema | None, *, negative: bool = False
) -> Iterator[tuple[str, ...]]:
    if isinstance(node, Op) and node.name in {"all", "any", "not"}:
        for arg in node.args:
            yield from _negative_paths(arg, schema, negative=negative ^ (node.name == "not"))
    elif negative and not (isinstance(node, Op) and (node.absent or node.name in {"is_set", "has_key"})):
        for ref in (node,) if isinstance(node, FieldRef) else node.args:
            if isinstance(ref, FieldRef) and _is_nullable(ref, schema):
                yield ref.path


def _is_nullable(ref: FieldRef, schema: Schema | None) -> bool:
    try:
        field = None if schema is None else schema.field(ref.dotted)
    except UnknownField:  # the name of a list's element
        return False
    return field is not None and field.nullable
