"""A rule set as one generated function: each fact read once, usual values compared in line.

The source is made of names and numbers of our own; texts, paths and literals of users are handed in as
constants and never become source. A rule whose facts are of the usual types is decided in line, with exactly
the answer that evaluation gives; any other value (absent, recorded, in error, of another type) goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from supportkit.rules._keyword_index import KeywordIndex
from supportkit.rules._reading import Run
from supportkit.rules.evaluation import Evaluator, needle_sets, reader_of
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import FieldRef, Literal, Node, Op
from supportkit.rules.truth import Truth

__all__ = ["generated"]

_RULES_A_FUNCTION: Final = 200
"""Python slows down in functions of many thousand lines."""

_SIGNS: Final = {"eq": "==", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_USUAL: Final = {
    "text": "t{0} is str",
    "words": "t{0} is str and not x{0}(v{0})",
    "number": "t{0} is int or (t{0} is Decimal and v{0}.is_finite())",
    "bool": "t{0} is bool",
    "instant": "t{0} is datetime and v{0}.tzinfo is UTC",
}
_Function: TypeAlias = Callable[[Any, Run, bool], list[tuple[int, Truth]]]


def generated(expressions: Sequence[Expression | None], evaluators: Sequence[Evaluator]) -> _Generated:
    """Return the functions of a rule set."""
    pieces = range(0, len(evaluators), _RULES_A_FUNCTION)
    return _Generated([_function(expressions, evaluators, start) for start in pieces])


class _Generated:
    def __init__(self, functions: Sequence[_Function]) -> None:
        self.functions = functions

    def run(self, facts: Any, run: Run, *, first: bool) -> list[tuple[int, Truth]]:
        found: list[tuple[int, Truth]] = []
        for function in self.functions:
            found += function(facts, run, first)
            if first and found and found[-1][1] is Truth.TRUE:
                break
        return found


def _function(
    expressions: Sequence[Expression | None], evaluators: Sequence[Evaluator], start: int
) -> _Function:
    writer = _Writer()
    stop = min(start + _RULES_A_FUNCTION, len(evaluators))
    rules = [line for number in range(start, stop) for line in writer.rule(number, expressions[number])]
    writer.constants |= {f"e{number}": evaluators[number] for number in range(start, stop)}
    lines = ["def function(facts, run, first):", " found = []", *writer.head(), *rules, " return found"]
    space = writer.constants
    exec(compile("\n".join(lines), "<rules>", "exec"), space)  # noqa: S102 -- source of our own names only
    function: _Function = space["function"]
    return function


class _Inline(Exception):
    """This node is left to evaluation."""


class _Writer:
    """Writes the lines of rules; `constants` is what they name."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {
            "TRUE": Truth.TRUE,
            "FALSE": Truth.FALSE,
            "Decimal": Decimal,
            "datetime": datetime,
            "UTC": UTC,
        }
        self._facts: dict[tuple[str, ...], int] = {}
        self._kinds: dict[tuple[int, str], str] = {}
        self._words: dict[int, dict[KeywordSet, int]] = {}
        self._expression: Expression | None = None

    def head(self) -> Iterator[str]:
        """Yield what reads each fact once and asks of what type it is."""
        for number in self._facts.values():
            yield f" v{number} = r{number}(facts, run); t{number} = type(v{number})"
        for number, sets in self._words.items():
            index = KeywordIndex(list(sets))
            self.constants |= {f"h{number}": index.hits, f"x{number}": index.cuts}
            yield f" w{number} = -1"
        for (number, kind), flag in self._kinds.items():
            yield f" {flag} = {_USUAL[kind].format(number)}"

    def rule(self, number: int, expression: Expression | None) -> Iterator[str]:
        """Yield the lines of one rule; without an expression it is evaluated."""
        hit = [f"  found.append(({number}, TRUE))", "  if first: return found"]
        try:
            usual, test = self._condition(expression)
        except _Inline:
            yield " if True:"
        else:
            yield f" if {usual}:"
            yield f"  if {test}:"
            yield from (f" {line}" for line in hit)
            yield " else:"
        yield f"  truth = e{number}(facts, run)"
        yield "  if truth is not FALSE:"
        yield f"   found.append(({number}, truth))"
        yield "   if first and truth is TRUE: return found"

    def _condition(self, expression: Expression | None) -> tuple[str, str]:
        if expression is None:
            raise _Inline
        self._expression = expression
        flags: dict[str, None] = {}
        test = self._test(expression.node, flags)
        return " and ".join(flags) or "True", test

    def _test(self, node: Node, flags: dict[str, None]) -> str:
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return repr(node.value)
        if isinstance(node, FieldRef):
            return self._fact(node, "bool", flags)
        if not isinstance(node, Op):
            raise _Inline
        if node.name == "not":
            return f"(not {self._test(node.args[0], flags)})"
        if node.name in {"all", "any"}:
            sign, empty = (" and ", "True") if node.name == "all" else (" or ", "False")
            return f"({sign.join(self._test(arg, flags) for arg in node.args) or empty})"
        return f"({self._leaf(node, flags)})"

    def _leaf(self, node: Op, flags: dict[str, None]) -> str:
        field, *others = node.args
        if node.fold or not isinstance(field, FieldRef):
            raise _Inline
        if node.name == "mentions":
            return self._mentions(node, field, flags)
        values = [other.value for other in others if isinstance(other, Literal)]
        if len(values) < len(others) or not values:
            raise _Inline
        return self._comparison(node, field, values, flags)

    def _comparison(self, node: Op, field: FieldRef, values: list[Any], flags: dict[str, None]) -> str:
        if node.name == "in" and type(values[0]) is tuple:
            kind = _kind_of(list(values[0]))
            value = self._fact(field, kind, flags)
            return f"{value} in {self._constant(frozenset(values[0]))}"
        kind = _kind_of(values)
        if node.name in _SIGNS and (node.name == "eq" or kind != "bool"):
            return f"{self._fact(field, kind, flags)} {_SIGNS[node.name]} {self._constant(values[0])}"
        if node.name == "between" and kind != "bool":
            above, below = ("<" + "=" * (bound in "[]") for bound in node.bounds)
            value = self._fact(field, kind, flags)
            return f"{self._constant(values[0])} {above} {value} {below} {self._constant(values[1])}"
        if kind == "text" and node.name == "contains":
            return f"{self._constant(values[0])} in {self._fact(field, kind, flags)}"
        if kind == "text" and node.name in {"starts_with", "ends_with"}:
            name = node.name.replace("_", "")
            return f"{self._fact(field, kind, flags)}.{name}({self._constant(values[0])})"
        raise _Inline

    def _mentions(self, node: Op, field: FieldRef, flags: dict[str, None]) -> str:
        assert self._expression is not None
        value = self._fact(field, "words", flags)
        number = self._facts[field.path]
        places = self._words.setdefault(number, {})
        mask = 0
        for each in needle_sets(node, self._expression.keywords):
            mask |= 1 << places.setdefault(each, len(places))
        searched = f"(w{number} if w{number} >= 0 else (w{number} := h{number}({value})))"
        return f"{searched} & {self._constant(mask)}"

    def _fact(self, field: FieldRef, kind: str, flags: dict[str, None]) -> str:
        assert self._expression is not None
        number = self._facts.setdefault(field.path, len(self._facts))
        name = f"r{number}"
        if name not in self.constants:
            self.constants[name] = reader_of(field, self._expression.keywords, self._expression.declared)
        flags[self._kinds.setdefault((number, kind), f"{kind}{number}")] = None
        return f"v{number}"

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name


def _kind_of(values: Sequence[Any]) -> str:
    """Return the kind of literals that stand in line; raises _Inline for others, or of several kinds."""
    kinds = {_kind(value) for value in values}
    if len(kinds) != 1:
        raise _Inline
    return kinds.pop()


def _kind(value: Any) -> str:
    if type(value) is str:
        return "text"
    if type(value) is bool:
        return "bool"
    if type(value) is int or (type(value) is Decimal and value.is_finite()):
        return "number"
    if type(value) is datetime and value.tzinfo is UTC:
        return "instant"
    raise _Inline
