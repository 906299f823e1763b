"""Evaluates a condition once more, leaf by leaf, and finds the fewest leaves that fix its outcome."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from attrs import evolve, frozen

from supportkit.rules import _reading as reading
from supportkit.rules._computing import Declared
from supportkit.rules._display import Display, Seen
from supportkit.rules._printer import node_to_text
from supportkit.rules._reading import is_absent
from supportkit.rules._values import Failure, classified
from supportkit.rules.evaluation import (
    Run,
    Scope,
    compiled,
    inside,
    leaf_key,
    needle_sets,
    paths_of,
    reader_of,
)
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import FieldRef, Node, Op, walk
from supportkit.rules.operators import OPERATORS
from supportkit.rules.reasons import ElementReason, Found, LeafReason
from supportkit.rules.text_facts import TextFacts
from supportkit.rules.truth import NEGATED, Truth, all_true, any_true

__all__ = ["Trace", "Tracer", "deciding", "reasons"]

TRUE, FALSE, UNKNOWN, ERROR = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.ERROR

_RANKS: Final = {"all": (TRUE, UNKNOWN, ERROR, FALSE), "any": (FALSE, UNKNOWN, ERROR, TRUE)}
_MOST_ELEMENTS: Final = 20


@frozen(eq=False)
class Trace:
    """A node as it came out: connectives with their `parts`, every other condition with its `leaf`."""

    node: Node
    truth: Truth
    parts: tuple[Trace, ...] = ()
    leaf: LeafReason | None = None

    def leaves(self) -> Iterator[Trace]:
        """Yield the leaves, in the order of the condition."""
        if self.leaf is not None:
            yield self
        for part in self.parts:
            yield from part.leaves()


class Tracer:
    """Traces conditions over one set of facts; equal leaves are evaluated once for all of them."""

    def __init__(self, facts: Any, run: Run, display: Display) -> None:
        self._facts = facts
        self._run = run
        self._display = display
        self._known: dict[Hashable, Trace] = {}

    def trace(self, expression: Expression) -> Trace:
        """Return how every part of the condition came out."""
        words = tuple(expression.keywords.values())
        condition = _Condition(self, expression.keywords, expression.declared, words)
        return condition.node(expression.node, ())

    def leaf(self, condition: _Condition, node: Node, scope: Scope) -> Trace:
        """Evaluate one leaf, unless an equal one was evaluated before."""
        if scope:
            return self._evaluated(condition, node, scope)
        key = (node, condition.words, condition.declared)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._evaluated(condition, node, scope)
        return known

    def _evaluated(self, condition: _Condition, node: Node, scope: Scope) -> Trace:
        run, mark = self._run, len(self._run.missing)
        truth = compiled(node, condition.keywords, condition.declared, scope)(self._facts, run)
        missing = tuple(sorted(set(run.missing[mark:])))
        del run.missing[mark:]
        leaf = LeafReason(
            node_to_text(node),
            truth,
            tuple(self._seen(condition, node, scope)),
            missing=missing,
            threshold=_threshold(node),
            found=tuple(self._found(condition, node, scope)) if truth is TRUE else (),
            elements=tuple(self._elements(condition, node, scope, truth)),
        )
        return Trace(node, truth, leaf=leaf)

    def _read(self, condition: _Condition, node: Node, scope: Scope) -> Any:
        mark = len(self._run.missing)
        value = reader_of(node, condition.keywords, condition.declared, scope)(self._facts, self._run)
        del self._run.missing[mark:]
        return value

    def _seen(self, condition: _Condition, node: Node, scope: Scope) -> Iterator[Seen]:
        """Show each operand: a fact as it is; a computed one as it came out, or the facts that it lacked."""
        for operand in dict.fromkeys(_operands(node)):
            name, value = node_to_text(operand), self._read(condition, operand, scope)
            paths = tuple(_paths(operand, scope))
            if isinstance(operand, FieldRef):
                yield self._display.seen(name, paths[0], value)
            elif is_absent(value):
                refs = dict.fromkeys(part for part in operand.args if isinstance(part, FieldRef))
                for ref in refs:
                    yield from self._seen(condition, ref, scope)
            elif any(map(self._display.hides, paths)):
                yield Seen(name, paths[0], "private")
            else:
                yield self._display.seen(name, paths[0] if paths else name, value)

    def _found(self, condition: _Condition, node: Node, scope: Scope) -> Iterator[Found]:
        """Yield where a text mentions what it was searched for; of private texts the places alone."""
        if not isinstance(node, Op) or node.name != "mentions":
            return
        value = self._read(condition, node.args[0], scope)
        hidden = any(map(self._display.hides, paths_of(node.args[0], scope)))
        if isinstance(value, TextFacts):
            for start, end in value.true.get(leaf_key(node, condition.keywords), ()):
                yield Found("", None, start, end)
            return
        for each in needle_sets(node, condition.keywords):
            for match in each.find(classified(value)[1]):
                yield Found(each.id, None if hidden else match.phrase, match.start, match.end, match.negated)

    def _elements(
        self, condition: _Condition, node: Node, scope: Scope, truth: Truth
    ) -> Iterator[ElementReason]:
        """Yield the elements that decided `some` or `every`: the one that settles it, else all like it."""
        if not isinstance(node, Op) or OPERATORS[node.name].role != "quantifier":
            return
        over, where = node.args
        items = reading.elements(self._read(condition, over, scope))
        if items is None or isinstance(items, Failure):
            return
        path = paths_of(over, scope)[0] if isinstance(over, FieldRef) else ""
        if isinstance(items, AbstractSet):
            items = sorted(items, key=lambda item: self._display.text(path, item))
        most = 1 if truth is (TRUE if node.name == "some" else FALSE) else _MOST_ELEMENTS
        inner, bound = inside(node, scope), self._run.bound
        for index, item in enumerate(items):
            bound.append(item)
            try:
                trace = condition.node(where, inner)
            finally:
                bound.pop()
            if trace.truth is truth:
                yield ElementReason(index, trace.truth, reasons(trace))
                most -= 1
            if not most:
                return


@frozen(eq=False)
class _Condition:
    """What the leaves of one condition have in common."""

    tracer: Tracer
    keywords: Mapping[str, KeywordSet]
    declared: Declared
    words: tuple[KeywordSet, ...]

    def node(self, node: Node, scope: Scope) -> Trace:
        if not isinstance(node, Op) or OPERATORS[node.name].role != "connective":
            return self.tracer.leaf(self, node, scope)
        parts = tuple(self.node(arg, scope) for arg in node.args)
        truths = [part.truth for part in parts]
        if node.name == "not":
            return Trace(node, NEGATED[truths[0]], parts)
        return Trace(node, all_true(truths) if node.name == "all" else any_true(truths), parts)


def reasons(trace: Trace) -> tuple[LeafReason, ...]:
    """Return the leaves of a trace, those that decided it marked."""
    chosen = deciding(trace)
    return tuple(
        evolve(leaf.leaf, deciding=leaf.node in chosen) for leaf in trace.leaves() if leaf.leaf is not None
    )


def deciding(trace: Trace) -> frozenset[Node]:
    """Return the fewest leaves that fix the outcome, whatever all other leaves would be worth.

    One false part fixes `all`, one true part fixes `any`: the one with the fewest leaves is taken. An open
    outcome, or one in error, also needs the parts that keep it from being decided.
    """
    return _Fixing().of(trace, frozenset({trace.truth}))


class _Fixing:
    def __init__(self) -> None:
        self._known: dict[tuple[int, frozenset[Truth]], frozenset[Node]] = {}

    def of(self, trace: Trace, allowed: frozenset[Truth]) -> frozenset[Node]:
        """Return leaves that keep the outcome within `allowed`, to which it belongs."""
        key = (id(trace), allowed)
        if key not in self._known:
            self._known[key] = self._found(trace, allowed)
        return self._known[key]

    def _found(self, trace: Trace, allowed: frozenset[Truth]) -> frozenset[Node]:
        if trace.leaf is not None:
            return frozenset({trace.node})
        assert isinstance(trace.node, Op)
        if trace.node.name == "not":
            return self.of(trace.parts[0], frozenset(NEGATED[truth] for truth in allowed))
        return self._joined(trace, _RANKS[trace.node.name], allowed)

    def _joined(self, trace: Trace, ranks: tuple[Truth, ...], allowed: frozenset[Truth]) -> frozenset[Node]:
        """A connective is worth what ranks highest among its parts: none above, and one that high."""
        places = sorted(map(ranks.index, allowed))
        if places[-1] - places[0] >= len(places):
            places = [ranks.index(trace.truth)]
        low, high = places[0], places[-1]
        capped = frozenset(ranks[: high + 1])
        below = [self.of(part, capped) if high < 3 else frozenset() for part in trace.parts]
        fixed = frozenset[Node]().union(*below)
        if not low:
            return fixed
        within = frozenset(ranks[low : high + 1])
        candidates = [self.of(part, within) for part in trace.parts if ranks.index(part.truth) >= low]
        return fixed | min(candidates, key=lambda leaves: len(leaves - fixed))


def _operands(node: Node) -> Iterator[Node]:
    """Yield what a leaf reads: its operands that are not literals; of a quantifier its list."""
    if not isinstance(node, Op):
        args: tuple[Node, ...] = (node,)
    elif OPERATORS[node.name].role == "quantifier":
        args = node.args[:1]
    else:
        args = node.args if OPERATORS[node.name].is_condition else (node,)
    for arg in args:
        if isinstance(arg, FieldRef) or (isinstance(arg, Op) and any(True for _ in _refs(arg))):
            yield arg


def _refs(node: Node) -> Iterator[FieldRef]:
    return (part for part in walk(node) if isinstance(part, FieldRef))


def _paths(node: Node, scope: Scope) -> Iterator[str]:
    """Yield every path that an operand reads, those of list elements by the path of their list."""
    if isinstance(node, FieldRef):
        yield from paths_of(node, scope)
        return
    for place, arg in enumerate(node.args):
        deeper = isinstance(node, Op) and node.variable is not None and place > 0
        yield from _paths(arg, inside(node, scope) if deeper and isinstance(node, Op) else scope)


def _threshold(node: Node) -> str | None:
    """Return what a comparison compares with, when that is a literal."""
    if not isinstance(node, Op) or OPERATORS[node.name].role != "predicate":
        return None
    texts = [node_to_text(arg) for arg in node.args[1:] if not isinstance(arg, FieldRef | Op)]
    return ", ".join(texts) or None
