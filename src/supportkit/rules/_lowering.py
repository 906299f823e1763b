"""What the three forms share: checked construction of the tree, all faults gathered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn
from unicodedata import normalize

from attrs import frozen

from supportkit.errors import ExpressionError, Fault, nearest_name
from supportkit.rules._canonical import build
from supportkit.rules.nodes import MAX_DEPTH, FieldRef, KeywordRef, Literal, Node, Op
from supportkit.rules.operators import NEGATIVES, OPERATORS
from supportkit.rules.patterns import Pattern, PatternFault

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet

__all__ = ["ABSENT", "BOUNDS", "HOLE", "NOWHERE", "Lowering", "Place", "is_name", "path_of"]

HOLE: Final = Literal("<what could not be read>")
"""Stands where a fault was found, so that the reading goes on and finds the other faults too."""

BOUNDS: Final = ("[]", "[)", "(]", "()")
ABSENT: Final = ("true", "false", "error")
_RESERVED: Final = frozenset(
    "False None True and as assert async await break class continue def del elif else except finally for "
    "from global if import in is lambda nonlocal not or pass raise return try while with yield".split()
)


@frozen
class Place:
    """Where in the input a node stands: line and column of a text, or the path in a JSON tree."""

    line: int | None = None
    column: int | None = None
    path: str = ""


NOWHERE: Final = Place()


def is_name(text: str) -> bool:
    """Tell whether a segment can be written in text as it is, without brackets."""
    stable = text.isascii() or normalize("NFKC", text) == text
    return text.isidentifier() and stable and not text.startswith("_") and text not in _RESERVED


def path_of(dotted: str) -> tuple[str, ...] | None:
    """Split a dotted path; None when it has an empty segment."""
    path = tuple(dotted.split("."))
    return path if all(path) else None


class Lowering:
    """Builds one tree and collects what is wrong with it."""

    def __init__(self, keywords: Mapping[str, KeywordSet] | None = None) -> None:
        self.faults: list[Fault] = []
        self.keywords = keywords
        self._places: dict[int, tuple[Node, Place]] = {}

    def fault(self, code: str, place: Place, message: str, hint: str | None = None) -> Node:
        self.faults.append(Fault(code, None, place.line, place.column, place.path, message, hint))
        return HOLE

    def place_of(self, node: Node, otherwise: Place = NOWHERE) -> Place:
        return self._places.get(id(node), (node, otherwise))[1]

    def put(self, node: Node, place: Place) -> Node:
        """Remember where a node stands."""
        self._places[id(node)] = (node, place)
        return node

    def finish(self, node: Node) -> Node:
        """Return the tree, or raise ExpressionError with all faults in the order of the input."""
        if self.faults:
            self.stop()
        return node

    def stop(self) -> NoReturn:
        """Raise ExpressionError with what was found so far."""
        raise ExpressionError(_in_order(self.faults))

    def field(self, dotted: str, place: Place) -> Node:
        path = path_of(dotted)
        if path is None:
            return self.fault("bad_path", place, f"{dotted!r} is no path", "write it like 'customer.plan'")
        return self.put(FieldRef(path), place)

    def keyword_set(self, name: str, place: Place) -> Node:
        if self.keywords is not None and name not in self.keywords:
            near = nearest_name(name, self.keywords)
            known = ", ".join(sorted(self.keywords)) or "none"
            hint = f"did you mean {near!r}?" if near else f"there are: {known}"
            return self.fault("unknown_keyword_set", place, f"no keyword set is called {name!r}", hint)
        return self.put(KeywordRef(name), place)

    def op(self, name: str, args: tuple[Node, ...], place: Place, **options: Any) -> Node:
        """Return the canonical node, or HOLE after noting what is wrong with it."""
        before = len(self.faults)
        self._check_name_and_arity(name, len(args), place)
        if len(self.faults) > before:
            return HOLE
        canonical = NEGATIVES.get(name, name)
        self._check_options(name, canonical, options, place)
        self._check_roles(canonical, args, place)
        self._check_special(canonical, args, place, fold=bool(options.get("fold")))
        if len(self.faults) > before:
            return HOLE
        node = build(name, args, **options)
        if node.depth > MAX_DEPTH:
            self.fault("too_deep", place, f"operators nest deeper than {MAX_DEPTH}", "split the condition")
            self.stop()
        return self.put(node, place)

    def _check_name_and_arity(self, name: str, count: int, place: Place) -> None:
        operator = OPERATORS.get(NEGATIVES.get(name, name))
        if operator is None:
            near = nearest_name(name, [*OPERATORS, *NEGATIVES])
            hint = f"did you mean {near!r}?" if near else None
            self.fault("unknown_op", place, f"there is no operator {name!r}", hint)
        elif count < operator.least or (operator.most is not None and count > operator.most):
            self.fault("arity", place, f"{name} takes {_arity(operator.least, operator.most)}, not {count}")

    def _check_options(self, name: str, canonical: str, options: Mapping[str, Any], place: Place) -> None:
        legal = OPERATORS[canonical].options
        for option in ("bounds", "fold", "absent"):
            if option in options and option not in legal:
                hint = (
                    "a keyword set says itself how it folds"
                    if (canonical, option) == ("mentions", "fold")
                    else None
                )
                self.fault("unknown_key", place, f"{name} has no option {option!r}", hint)
        for option, values in (("bounds", BOUNDS), ("absent", ABSENT)):
            value = options.get(option, values[0])
            if not isinstance(value, str) or value not in values:
                self.fault(
                    "bad_option", place, f"{option} is {value!r}", f"choose one of {', '.join(values)}"
                )
        if not isinstance(options.get("fold", False), bool):
            self.fault("bad_option", place, f"fold is {options['fold']!r}", "choose true or false")

    def _check_roles(self, canonical: str, args: tuple[Node, ...], place: Place) -> None:
        role = OPERATORS[canonical].role
        if role == "connective":
            return
        operands = args[:1] if role == "quantifier" or canonical == "count" else args
        for arg in operands:
            if isinstance(arg, Op) and OPERATORS[arg.name].is_condition:
                where = self.place_of(arg, place)
                self.fault(
                    "type_error", where, f"{canonical} takes values, but this is a condition", _COMBINE
                )

    def _check_special(self, canonical: str, args: tuple[Node, ...], place: Place, *, fold: bool) -> None:
        if canonical == "has_key" and not isinstance(args[0], FieldRef):
            self.fault("type_error", place, "has_key takes a field")
        if canonical == "age" and len(args) > 1 and not _is_text(args[1]):
            self.fault("type_error", place, "the second argument of age is the name of a calendar, in quotes")
        if canonical == "mentions":
            self._check_needles(args[1:], place)
        if canonical == "matches":
            self._check_pattern(args[1], place, fold=fold)

    def _check_needles(self, needles: Iterable[Node], place: Place) -> None:
        for needle in needles:
            if not isinstance(needle, KeywordRef) and not _is_text(needle):
                where = self.place_of(needle, place)
                self.fault(
                    "type_error", where, "mentions looks for words in quotes or keyword sets", _MENTIONS
                )

    def _check_pattern(self, pattern: Node, place: Place, *, fold: bool) -> None:
        where = self.place_of(pattern, place)
        if pattern is HOLE:
            return
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            self.fault("bad_pattern", where, "the pattern of matches is a text in quotes, known at load")
            return
        try:
            Pattern.of(pattern.value, fold=fold)
        except PatternFault as error:
            self.fault(error.code, where, str(error), error.hint)


_MENTIONS: Final = 'write it like mentions(contact.text, "no signal", keywords.outage)'
_COMBINE: Final = "combine conditions with and, or, not"


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str)


def _arity(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least} argument{'s' * (least != 1)}"
    if most > least:
        return f"{least} or {most} arguments"
    return f"{least} argument{'s' * (least != 1)}"


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))
