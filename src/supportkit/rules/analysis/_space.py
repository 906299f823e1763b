"""All inputs that some conditions can tell apart, and the sets of them for which a condition holds or not.

Every leaf is settled by the evaluator itself, on one value from each cell of the fact it looks at. What no
cell can tell (patterns, quantifiers, two facts compared) is a free variable: more inputs than there are,
never fewer. So an empty set proves that nothing is there, and what is not empty is shown by a witness.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from supportkit.rules._computing import UNDECLARED, Declared
from supportkit.rules._values import classified
from supportkit.rules.analysis._asked import Asked, Path, Questions, facts_read, is_constant, opaque_key
from supportkit.rules.analysis._cells import Cell, kind_cells, number_cells, typed_cells
from supportkit.rules.analysis._diagrams import EMPTY, FULL, Diagrams, TooLarge
from supportkit.rules.analysis._leaves import Look, is_connective, look_of, resolved
from supportkit.rules.analysis._parts import Part, excludes, implies, parts_of
from supportkit.rules.evaluation import Run, compiled
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import Literal, Node, Op
from supportkit.rules.schema import Field, Schema
from supportkit.rules.truth import Truth

__all__ = ["Holds", "Space", "Variable", "facts_of"]

_MOST_VARIABLES = 300
_STATES = (Cell("value", True), Cell("value", False))
_UNSETTLED = Cell("odd")
_COMPARED: Mapping[str, tuple[Any, ...]] = {"int": (1,), "decimal": (1,), "text": ("another",)}
"""Gives a fact that is compared with another one several values to be tried."""
_ODD: tuple[tuple[str, Any], ...] = (("bool", True), ("number", 0), ("text", "text"), ("list", ["x"]))


@frozen
class Holds:
    """The inputs for which a condition is true, and those for which it is false."""

    true: int
    false: int


@frozen
class Variable:
    """One thing in which inputs differ: a fact, a part in it, a term over it, or an opaque leaf."""

    about: Hashable
    path: Path | None
    cells: tuple[Cell, ...]

    @property
    def is_fact(self) -> bool:
        """Whether the cells are those of a fact itself."""
        return self.about == self.path


class Space:
    """The inputs of some conditions; raises TooLarge when they differ in too many ways."""

    def __init__(
        self,
        expressions: Iterable[Expression],
        schema: Schema | None,
        *,
        now: datetime,
        calendars: Mapping[str, Any],
    ) -> None:
        self.diagrams = Diagrams()
        self.schema = schema
        self.now = now
        self.calendars = calendars
        self.questions = Questions()
        # A computed fact is free like any other here; whether it can come out so, only an evaluation tells.
        self._reading = UNDECLARED if schema is None else Declared(schema.declared.instants)
        for each in expressions:
            self.questions.ask(resolved(each.node), each.keywords)
        self.variables = tuple(self._variables())
        if len(self.variables) > _MOST_VARIABLES:
            raise TooLarge
        self.number = {variable.about: number for number, variable in enumerate(self.variables)}
        self._limits = list(self._relations())

    # -- variables -----------------------------------------------------------------------------------------

    def _variables(self) -> Iterable[Variable]:
        for path, asked in self.questions.facts.items():
            yield Variable(path, path, tuple(self._cells(path, asked)))
            for term, literals in asked.terms.items():
                yield Variable(term, path, tuple(_term_cells(term, literals)))
            free = self._declared(path) is None or len({type(part.sample) for part in asked.parts}) > 1
            for part in sorted(asked.parts, key=lambda part: len(str(part.sample))):
                states = (*_STATES, _UNSETTLED) if free and part.in_list else _STATES
                yield Variable((path, part), path, states)
        for term, literals in self.questions.counts.items():
            yield Variable(term, None, (*_term_cells(term, literals), self._unsettled(term)))
        for key, leaf in self.questions.opaque.items():
            yield Variable(key, None, (*_STATES, self._unsettled(leaf)))

    def _unsettled(self, node: Node) -> Cell:
        """Return the cell of neither true nor false: legal where a fact that is looked at may be missing."""
        fields = map(self._declared, facts_read(node))
        return Cell("missing") if any(each is None or each.nullable for each in fields) else _UNSETTLED

    def _declared(self, path: Path) -> Field | None:
        return None if self.schema is None else self.schema.field(".".join(path))

    def _cells(self, path: Path, asked: Asked) -> Iterable[Cell]:
        field = self._declared(path)
        absent = [Cell("missing"), *([Cell("no_key")] if asked.has_key else [])]
        if field is not None:
            literals = asked.literals + (list(_COMPARED.get(field.type, ())) if asked.beside else [])
            found = typed_cells(field, literals, ordered=asked.ordered, folded=asked.folded)
            yield from found or [Cell("odd")]
            yield from absent if field.nullable else ()
            return
        below = self._below(path)
        if below:
            yield Cell("open", {})
            yield from absent if all(each.nullable for each in below) else ()
            return
        yield from _untyped_cells(asked)
        yield from absent
        yield from _odd_cells(path, asked)

    def _below(self, path: Path) -> list[Field]:
        prefix = ".".join(path) + "."
        if self.schema is None:
            return []
        own = (each for each in self.schema if self.schema.list_above(each.path) is None)
        return [each for each in own if each.path.startswith(prefix)]

    # -- what excludes what --------------------------------------------------------------------------------

    def _relations(self) -> Iterable[tuple[frozenset[int], int]]:
        for path, asked in self.questions.facts.items():
            yield from self._part_relations(path, list(asked.parts))
            for outer in (path[:end] for end in range(1, len(path))):
                if outer in self.questions.facts:
                    yield self._absent_below(outer, path)

    def _part_relations(self, path: Path, parts: list[Part]) -> Iterable[tuple[frozenset[int], int]]:
        field = self._declared(path)
        if field is None or field.type != "text":
            parts = [part for part in parts if not part.in_list]
        for place, one in enumerate(parts):
            for other in parts[place + 1 :]:
                for first, second in ((one, other), (other, one)):
                    if implies(first, second):
                        yield self._never(((path, first), 0), ((path, second), 1))
                if excludes(one, other):
                    yield self._never(((path, one), 0), ((path, other), 0))

    def _never(self, *states: tuple[Hashable, int]) -> tuple[frozenset[int], int]:
        numbers = [self.number[about] for about, _ in states]
        both = self.diagrams.meet_all([self._at(self.number[about], {cell}) for about, cell in states])
        return frozenset(numbers), self.diagrams.inverse(both)

    def _absent_below(self, outer: Path, path: Path) -> tuple[frozenset[int], int]:
        """What lies below something absent has not even a key."""
        parent, child = self.number[outer], self.number[path]
        gone = self.where(parent, lambda cell: cell.is_missing)
        last = [n for n, cell in enumerate(self.variables[child].cells) if cell.is_missing][-1:]
        wrong = self.diagrams.without(gone, self._at(child, set(last)))
        return frozenset({parent, child}), self.diagrams.inverse(wrong)

    def possible(self, region: int) -> int:
        """Return the set without what cannot be, as far as the facts that it depends on are related."""
        support = self.diagrams.support(region)
        for numbers, allowed in self._limits:
            if region == EMPTY:
                break
            if numbers <= support:
                region = self.diagrams.meet(region, allowed)
        return region

    # -- sets of inputs ------------------------------------------------------------------------------------

    def _at(self, number: int, cells: set[int]) -> int:
        size = len(self.variables[number].cells)
        return self.diagrams.node(number, tuple(FULL if n in cells else EMPTY for n in range(size)))

    def where(self, number: int, test: Any) -> int:
        """Return the inputs whose cell of one variable passes a test."""
        cells = self.variables[number].cells
        return self._at(number, {n for n, cell in enumerate(cells) if test(cell)})

    def within(self, region: int, test: Any) -> int:
        """Return the part of a set in which every variable that matters passes the test of cells."""
        wanted = [self.where(number, test) for number in sorted(self.diagrams.support(region), reverse=True)]
        return self.diagrams.meet(region, self.diagrams.meet_all(wanted))

    def holds(self, expression: Expression) -> Holds:
        """Return where a condition is true and where it is false."""
        return self._holds(resolved(expression.node), expression.keywords)

    def _holds(self, node: Node, keywords: dict[str, KeywordSet]) -> Holds:
        if not is_connective(node):
            return self._leaf(node, keywords)
        assert isinstance(node, Op)
        inner = [self._holds(arg, keywords) for arg in node.args]
        if node.name == "not":
            return Holds(inner[0].false, inner[0].true)
        return self._all(inner) if node.name == "all" else self._any(inner)

    def _all(self, parts: Sequence[Holds]) -> Holds:
        d = self.diagrams
        return Holds(d.meet_all([p.true for p in parts]), d.join_all([p.false for p in parts]))

    def _any(self, parts: Sequence[Holds]) -> Holds:
        d = self.diagrams
        return Holds(d.join_all([p.true for p in parts]), d.meet_all([p.false for p in parts]))

    def _leaf(self, leaf: Node, keywords: dict[str, KeywordSet]) -> Holds:
        look = look_of(leaf)
        if is_constant(leaf):
            return _constant(self._truth(leaf, keywords, {}))
        if look.how == "opaque":
            return self._state(opaque_key(leaf, keywords))
        if look.path is None:
            assert isinstance(leaf, Op)
            return self._of_term(leaf, look, keywords)
        cells = self.variables[self.number[look.path]].cells
        found = [self._in_cell(leaf, look, cell, keywords) for cell in cells]
        number, node = self.number[look.path], self.diagrams.node
        return Holds(
            node(number, tuple(each.true for each in found)),
            node(number, tuple(each.false for each in found)),
        )

    def _in_cell(self, leaf: Node, look: Look, cell: Cell, keywords: dict[str, KeywordSet]) -> Holds:
        assert look.path is not None
        if look.how == "parts" and cell.state == "open" and not isinstance(cell.value, Mapping):
            assert isinstance(leaf, Op)
            if not any(isinstance(arg, Literal) and arg.value is None for arg in leaf.args):
                return self._of_parts(leaf, look.path, cell, keywords)
        if look.term is not None and cell.is_there and (cell.state == "open" or look.term.name == "age"):
            assert isinstance(leaf, Op)
            return self._of_term(leaf, look, keywords)
        return _constant(self._truth(leaf, keywords, facts_of([(look.path, cell)])))

    def _of_parts(self, leaf: Op, path: Path, cell: Cell, keywords: dict[str, KeywordSet]) -> Holds:
        text = isinstance(cell.value, str)
        found = [self._of_part(part, path, text=text) for part in parts_of(leaf, keywords)]
        if leaf.name == ("in" if text else "mentions"):
            return _NEITHER
        return self._all(found) if leaf.name == "contains_all" else self._any(found)

    def _of_part(self, part: Part | None, path: Path, *, text: bool) -> Holds:
        if part is None:
            return _NO
        if not (part.in_text if text else part.in_list):
            return _NEITHER
        if text and part.what == "" and part.sort != "matches":
            return _YES
        return self._state((path, part))

    def _of_term(self, leaf: Op, look: Look, keywords: dict[str, KeywordSet]) -> Holds:
        """Put a value from each cell of the term in its place and evaluate."""
        assert look.term is not None
        number = self.number[look.term]
        truths = [
            self._truth(evolve(leaf, args=(Literal(cell.value), *leaf.args[1:])), keywords, {})
            if cell.is_there
            else Truth.UNKNOWN
            for cell in self.variables[number].cells
        ]
        return Holds(
            self._at(number, {n for n, truth in enumerate(truths) if truth is Truth.TRUE}),
            self._at(number, {n for n, truth in enumerate(truths) if truth is Truth.FALSE}),
        )

    def _state(self, about: Hashable) -> Holds:
        number = self.number[about]
        return Holds(self._at(number, {0}), self._at(number, {1}))

    def _truth(self, leaf: Node, keywords: dict[str, KeywordSet], facts: Any) -> Truth:
        return compiled(leaf, keywords, self._reading)(facts, Run(self.now, self.calendars))


_YES, _NO, _NEITHER = Holds(FULL, EMPTY), Holds(EMPTY, FULL), Holds(EMPTY, EMPTY)


def _constant(truth: Truth) -> Holds:
    return {Truth.TRUE: _YES, Truth.FALSE: _NO}.get(truth, _NEITHER)


def _term_cells(term: Op, literals: Sequence[Any]) -> list[Cell]:
    if term.name == "age":
        return kind_cells("duration", literals, ordered=True, folded=False)
    return [Cell("value", each) for each in number_cells(literals, 0, None, whole=True)]


def _untyped_cells(asked: Asked) -> Iterable[Cell]:
    kinds = sorted(asked.kinds) or ["given"]
    for kind in kinds:
        literals = [each for each in asked.literals if classified(each)[0] == kind]
        if kind == "given":
            yield from (Cell("value", each) for each in ("given", "another"))
        elif kind != "other":
            yield from kind_cells(kind, literals, ordered=asked.ordered, folded=asked.folded)


def _odd_cells(path: Path, asked: Asked) -> Iterable[Cell]:
    if asked.kinds:
        yield next(Cell("odd", value) for kind, value in (*_ODD, ("map", {})) if kind not in asked.kinds)
    if "number" in asked.kinds:
        yield Cell("odd", float("nan"))
    if len(path) > 1:
        yield Cell("unreadable", 0)


def facts_of(chosen: Iterable[tuple[Path, Cell]]) -> dict[str, Any]:
    """Return nested facts that lie in these cells; those of outer paths are laid first."""
    facts: dict[str, Any] = {}
    for path, cell in sorted(chosen, key=lambda pair: len(pair[0])):
        *outer, last = path
        here: Any = facts
        for key in outer if cell.state != "no_key" else ():
            here = here.setdefault(key, {}) if isinstance(here, dict) else here
        if not isinstance(here, dict) or cell.state == "no_key":
            continue
        if cell.state == "unreadable":
            _cut(facts, path)
        else:
            here[last] = dict(cell.value) if isinstance(cell.value, Mapping) else cell.value
    return facts


def _cut(facts: dict[str, Any], path: Path) -> None:
    """Put something that has no fields where the parent of the path was."""
    here = facts
    for key in path[:-2]:
        here = here[key]
    here[path[-2]] = 0
