"""A rule set by index: the rules that cannot be false are found without looking at the others.

Conditions become rows of atoms (`_atoms`), rows become bits, and each fact that is read leaves some rows
standing (`_columns`). What stands without doubt is true; what is in doubt is evaluated as ever, so that
unknown, error and what was missing come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from supportkit.rules._atoms import Atom, Part, rows_of
from supportkit.rules._columns import COLUMNS, Answer, Placed, bits, mask_of
from supportkit.rules._reading import Reader, Run, is_absent
from supportkit.rules._values import Failure, Recorded, classified
from supportkit.rules.evaluation import Evaluator, reader_of
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import FieldRef
from supportkit.rules.truth import Truth

__all__ = ["RuleIndex"]

_Path: TypeAlias = tuple[str, ...]


class RuleIndex:
    """The rules of a set behind columns; `indexed` tells how many of them have an atom in every row."""

    def __init__(self, expressions: Sequence[Expression | None], evaluators: Sequence[Evaluator]) -> None:
        self._evaluators = evaluators
        table = _Table()
        for rule, expression in enumerate(expressions):
            table.add(rule, expression)
        self._rules = table.rules
        self._everything = (1 << len(self._rules)) - 1
        self._doubt = mask_of(table.doubtful)
        self._groups = _Groups(table.plain)
        self._steps = [
            (*self._groups.place(path), table.readers[path], *_Fact(columns, self._everything).steps)
            for path, columns in sorted(table.placed.items(), key=lambda item: -_size(item[1]))
        ]
        self.indexed = len(expressions) - len(table.loose)

    def run(self, facts: Any, run: Run, *, first: bool) -> list[tuple[int, Truth]]:
        """Return the rules that are not false with their truths, in order; up to the first hit if `first`."""
        standing, doubt = self._everything, self._doubt
        groups = self._groups.of(facts)
        for place, key, read, table, otherwise, answer in self._steps:
            group = groups[place]
            value = read(facts, run) if group is None else group.get(key)
            if table is not None and type(value) is str:
                standing &= table.get(value, otherwise)
            else:
                left, unsure = answer(value)
                standing &= left
                doubt |= unsure
            if not standing:
                return []
        doubt &= standing
        sure = {self._rules[row] for row in bits(standing & ~doubt)} if doubt else None
        return self._settled(
            dict.fromkeys(self._rules[row] for row in bits(standing)), sure, facts, run, first
        )

    def _settled(
        self, rules: Any, sure: set[int] | None, facts: Any, run: Run, first: bool
    ) -> list[tuple[int, Truth]]:
        found: list[tuple[int, Truth]] = []
        for rule in rules:
            truth = Truth.TRUE if sure is None or rule in sure else self._evaluators[rule](facts, run)
            if truth is Truth.FALSE:
                continue
            found.append((rule, truth))
            if first and truth is Truth.TRUE:
                break
        return found


class _Table:
    """The rows of all rules, and on which fact and column each of their atoms is placed."""

    def __init__(self) -> None:
        self.rules: list[int] = []
        self.doubtful: list[int] = []
        self.loose: set[int] = set()
        self.placed: dict[_Path, dict[str, Placed]] = {}
        self.readers: dict[_Path, Reader] = {}
        self.plain: set[_Path] = set()

    def add(self, rule: int, expression: Expression | None) -> None:
        rows = [()] if expression is None else rows_of(expression.node, expression.keywords)
        for row in rows:
            number = len(self.rules)
            self.rules.append(rule)
            atoms = self._place(row, number)
            for atom in atoms:
                if atom.path not in self.readers:
                    assert expression is not None
                    node = FieldRef(atom.path)
                    self.readers[atom.path] = reader_of(node, expression.keywords, expression.declared)
                    if expression.declared.reads_plainly(atom.path):
                        self.plain.add(atom.path)
            if not atoms and row:
                self.loose.add(rule)
            if len(atoms) < len(row) or expression is None:
                self.doubtful.append(number)

    def _place(self, row: Sequence[Part], number: int) -> list[Atom]:
        """Place the atoms of a row; of several alternatives on one column only the first can be looked up."""
        taken: set[tuple[_Path, str]] = set()
        atoms = []
        for part in row:
            if not isinstance(part, Atom):
                continue
            place = (part.path, part.column)
            if part.positive and part.column != "range":
                if place in taken:
                    continue
                taken.add(place)
            self.placed.setdefault(part.path, {}).setdefault(part.column, []).append((number, part))
            atoms.append(part)
        return atoms


def _size(columns: dict[str, Placed]) -> int:
    return sum(map(len, columns.values()))


class _Groups:
    """Facts that stand side by side in one dict are read from it without going down the path each time."""

    def __init__(self, plain: AbstractSet[_Path]) -> None:
        self._plain = {path for path in plain if len(path) <= 2}
        self._names = sorted({path[0] for path in self._plain if len(path) == 2})

    def place(self, path: _Path) -> tuple[int, str]:
        """Return which of the groups holds the fact, and its key there."""
        if path not in self._plain:
            return 0, ""
        return (1 if len(path) == 1 else 2 + self._names.index(path[0])), path[-1]

    def of(self, facts: Any) -> list[dict[str, Any] | None]:
        """Return the groups of these facts, None for those that must be read by their path."""
        root = _dict(facts)
        if root is None:
            return [None] * (2 + len(self._names))
        return [None, root, *(_dict(root.get(name)) for name in self._names)]


def _dict(value: Any) -> dict[str, Any] | None:
    """Return a plain dict; one with a single key may be a typed literal, which evaluation knows to read."""
    return value if type(value) is dict and len(value) > 1 else None


class _Fact:
    """One fact and its columns."""

    def __init__(self, columns: dict[str, Placed], everything: int) -> None:
        self._columns = [COLUMNS[name](placed, everything) for name, placed in columns.items()]
        self._absent = _joined([column.absent for column in self._columns])
        self._unreadable = _joined([column.unreadable for column in self._columns])

    @property
    def steps(self) -> tuple[Mapping[str, int] | None, int, Callable[[Any], Answer]]:
        """The rows left standing by each text, by any other one (where no more is asked), and `answer`."""
        texts = self._columns[0].texts if len(self._columns) == 1 else None
        return (*(texts or (None, 0)), self.answer)

    def answer(self, value: Any) -> Answer:
        if type(value) is str:
            kind = "text"
        elif is_absent(value):
            return self._absent
        elif isinstance(value, Failure):
            return self._unreadable
        elif isinstance(value, Recorded):
            return _joined([column.recorded(value) for column in self._columns])
        else:
            kind, value = classified(value)
        if len(self._columns) == 1:
            return self._columns[0].at(kind, value)
        return _joined([column.at(kind, value) for column in self._columns])


def _joined(answers: list[Answer]) -> Answer:
    standing, doubt = answers[0]
    for left, unsure in answers[1:]:
        standing &= left
        doubt |= unsure
    return standing, doubt
