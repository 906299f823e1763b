"""Makes facts from a set of inputs, and keeps only those that an evaluation confirms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product
from typing import Any, Final

from supportkit.rules.analysis._asked import Path, facts_read
from supportkit.rules.analysis._cells import Cell
from supportkit.rules.analysis._diagrams import FULL
from supportkit.rules.analysis._parts import Part
from supportkit.rules.analysis._space import Space, Variable, facts_of
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import FieldRef, Node, Op
from supportkit.rules.truth import Truth

__all__ = ["complete", "legal", "witness"]

_BOXES: Final = 40
_TRIES: Final = 24
_LONGEST: Final = 10_000
_SEPARATORS: Final = " |/;~\n\N{SECTION SIGN}\N{CURRENCY SIGN}"


def complete(cell: Cell) -> bool:
    """Tell whether a complete input may lie in the cell."""
    return cell.is_there


def legal(cell: Cell) -> bool:
    """Tell whether a legal input may lie in the cell: complete, or with a fact missing."""
    return cell.is_there or cell.is_missing


def witness(
    space: Space, region: int, accept: Callable[[dict[str, Any]], bool], *, fill: Iterable[Path]
) -> dict[str, Any] | None:
    """Return facts of the set that `accept` confirms, complete ones first; None when none is found.

    `fill` are the facts that are given a value even where it does not matter.
    """
    wanted = frozenset(fill)
    for test in (complete, legal, None):
        part = space.possible(region if test is None else space.within(region, test))
        for box in islice(space.diagrams.boxes(part), _BOXES):
            for facts in islice(_realised(space, box, wanted), _TRIES):
                if accept(facts):
                    return facts
    return None


def _realised(space: Space, box: dict[int, int], fill: frozenset[Path]) -> Iterator[dict[str, Any]]:
    chosen: dict[Path, list[Cell]] = {}
    lists = dict(_lists(space, box))
    beside = _beside(space, box)
    for number, variable in enumerate(space.variables):
        if (
            variable.is_fact
            and variable.path is not None
            and (number in box or variable.path in beside or _touched(space, box, variable, fill))
        ):
            tried = number not in box and variable.path in beside
            cells = variable.cells if tried else variable.cells[box.get(number, 0) :][:1]
            found = [each for cell in cells for each in _choices(space, box, variable, cell)]
            open_ = tried or all(cell.state == "open" for cell in found)
            chosen[variable.path] = lists.get(variable.path, found) if open_ else found
    for taken in product(*chosen.values()):
        yield facts_of(zip(chosen, taken, strict=True))


def _beside(space: Space, box: dict[int, int]) -> frozenset[Path]:
    """Return the facts that the leaves which only an evaluation can tell, or counts, look at in this box."""
    nodes = [space.questions.opaque.get(about, about) for about in (space.variables[n].about for n in box)]
    terms = [each for each in nodes if isinstance(each, Node)]
    return frozenset(path for each in terms for path in facts_read(each))


def _touched(space: Space, box: dict[int, int], variable: Variable, fill: frozenset[Path]) -> bool:
    return variable.path in fill or any(space.variables[number].path == variable.path for number in box)


def _choices(space: Space, box: dict[int, int], variable: Variable, cell: Cell) -> list[Cell]:
    """Return the cell with values that hold the parts and have the length and age which the box asks for."""
    states = {space.variables[n].about: space.variables[n].cells[c] for n, c in box.items()}
    mine = {
        about: state
        for about, state in states.items()
        if space.variables[space.number[about]].path == variable.path
    }
    parts = [
        about[1]
        for about, state in mine.items()
        if isinstance(about, tuple) and _is_part(about) and state.value
    ]
    values = [cell.value]
    if cell.state == "open" and isinstance(cell.value, str):
        values = list(_texts(cell.value, parts, _needles(variable, space)))
    elif cell.state == "open" and isinstance(cell.value, list):
        held = [part.sample for part in parts]
        values = [held, [*held, "other"]]
    for term, state in mine.items():
        if isinstance(term, Op):
            values = [
                made for value in values for made in _with_term(space, term, state.value, value)
            ] or values
    return [Cell(cell.state, value) for value in values]


def _is_part(about: Any) -> bool:
    return len(about) == 2 and isinstance(about[1], Part)


def _needles(variable: Variable, space: Space) -> str:
    assert variable.path is not None
    asked = space.questions.facts[variable.path]
    return "".join(str(part.sample) for part in asked.parts) + "".join(map(str, asked.literals))


def _texts(base: str, parts: list[Part], taken: str) -> Iterator[str]:
    """Yield texts that hold the parts and, as far as possible, no other needle."""
    gap = next((each for each in _SEPARATORS if each not in taken), "\N{FULL BLOCK}")
    if not parts:
        yield from (base, gap, "")
        return
    longest = {
        sort: max((p.sample for p in parts if p.sort == sort), key=len, default="")
        for sort in ("starts", "ends")
    }
    inner = [part.sample for part in parts if part.sort not in longest and part.sample is not None]
    whole = gap.join([longest["starts"], *inner, longest["ends"]])
    yield from (
        whole,
        whole.strip(gap),
        longest["starts"] or longest["ends"] or (inner[0] if inner else base),
        base,
    )
    yield base + whole


def _with_term(space: Space, term: Op, wanted: Any, value: Any) -> Iterator[Any]:
    if term.name == "age":
        yield from _aged(space, term, wanted)
    elif isinstance(value, str) and len(value) <= wanted <= _LONGEST:
        yield value + "." * (wanted - len(value))
    elif isinstance(value, str) and wanted < len(value):
        yield value[:wanted]
    elif isinstance(value, list) and len(value) <= wanted <= _LONGEST:
        yield value + [f"other {number}" for number in range(wanted - len(value))]


def _aged(space: Space, term: Op, wanted: Any) -> Iterator[Any]:
    try:
        if len(term.args) == 1:
            yield space.now - wanted
            return
        calendar = space.calendars.get(str(getattr(term.args[1], "value", "")))
        if calendar is not None:
            yield calendar.subtract(space.now, wanted)
    except (ArithmeticError, ValueError, LookupError):
        return  # no instant is that old, or no calendar reaches that far


# -- lists of records --------------------------------------------------------------------------------------


def _lists(space: Space, box: dict[int, int]) -> Iterator[tuple[Path, list[Cell]]]:
    """Yield lists for the quantifiers and counts that the box asks about."""
    for number, cell in box.items():
        about = space.variables[number].about
        node: Any = about[0] if isinstance(about, tuple) and not _is_part(about) else about
        state = space.variables[number].cells[cell]
        if not isinstance(node, Op) or node.name not in {"some", "every", "count"} or not state.is_there:
            continue
        over, where = node.args
        if isinstance(over, FieldRef) and node.variable is not None:
            keys = about[1] if isinstance(about, tuple) else ()
            if not keys:
                yield over.path, [Cell("open", each) for each in _elements(space, node, where, state.value)]


def _elements(space: Space, node: Op, where: Node, wanted: Any) -> Iterator[list[Any]]:
    if node.name == "count":
        yield from ([found[0]] * wanted for found in [_element(space, node, where, Truth.TRUE)] if found)
        yield from [[]] if wanted == 0 else []
        return
    truth = Truth.TRUE if wanted else Truth.FALSE
    found = _element(space, node, where, truth)
    if (node.name == "some") is bool(wanted):
        yield from [found] if found else []
    else:
        yield from [[], found] if found else [[]]


def _element(space: Space, node: Op, where: Node, truth: Truth) -> list[Any]:
    """Return one element for which the inner condition has that truth, in a list; an empty list for none."""
    expression = Expression(where)
    assert node.variable is not None
    inner = Space([expression], None, now=space.now, calendars=space.calendars)
    holds = inner.holds(expression)
    region = holds.true if truth is Truth.TRUE else holds.false

    def accept(facts: dict[str, Any]) -> bool:
        found = expression.evaluate(facts, now=space.now, calendars=space.calendars)
        return found is truth and set(facts) <= {node.variable}

    facts = witness(inner, region, accept, fill=()) if region != FULL else {node.variable: {}}
    return [] if facts is None or node.variable not in facts else [facts[node.variable]]
