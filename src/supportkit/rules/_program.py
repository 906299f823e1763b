"""How a rule set is carried out: rule by rule, by generated code or by an index, with the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from supportkit.rules._generated import generated
from supportkit.rules._reading import Run
from supportkit.rules._rule_index import RuleIndex
from supportkit.rules.evaluation import Evaluator
from supportkit.rules.expression import Expression
from supportkit.rules.truth import Truth

__all__ = ["BACKENDS", "OneByOne", "Program", "chosen"]

BACKENDS: Final = ("auto", "closures", "generated", "index")

_FEW: Final = 4
"""Up to so many rules are evaluated sooner than code for them is made."""

_MANY: Final = 100
"""From so many rules on an index is worth what looking into it costs."""


class Program(Protocol):
    """What evaluates all rules of a set."""

    def run(self, facts: Any, run: Run, *, first: bool) -> list[tuple[int, Truth]]:
        """Return the rules that are not false with their truths, in order; up to the first hit if `first`."""


class OneByOne:
    """The plain way: each rule's closure in turn. The others must agree with it."""

    def __init__(self, evaluators: Sequence[Evaluator]) -> None:
        self._evaluators = evaluators

    def run(self, facts: Any, run: Run, *, first: bool) -> list[tuple[int, Truth]]:
        """Evaluate the rules in order."""
        found: list[tuple[int, Truth]] = []
        for position, evaluator in enumerate(self._evaluators):
            truth = evaluator(facts, run)
            if truth is not Truth.FALSE:
                found.append((position, truth))
                if first and truth is Truth.TRUE:
                    break
        return found


def chosen(
    backend: str, expressions: Sequence[Expression | None], evaluators: Sequence[Evaluator]
) -> Program:
    """Return the program that was asked for; ``auto`` chooses by size and by what an index can look up."""
    size = len(evaluators)
    if backend == "closures" or (backend == "auto" and size <= _FEW):
        return OneByOne(evaluators)
    if backend == "index" or (backend == "auto" and size >= _MANY):
        index = RuleIndex(expressions, evaluators)
        if backend == "index" or 2 * index.indexed >= size:
            return index
    return generated(expressions, evaluators)
