"""Checks a tree against a schema: paths, kinds, legal values; coerces literals once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from attrs import evolve

from supportkit.errors import UnknownField, nearest_name
from supportkit.rules._literals import thaw
from supportkit.rules._lowering import HOLE, Lowering, Place
from supportkit.rules._values import ORDERED, classified
from supportkit.rules.nodes import FieldRef, KeywordRef, Literal, Node, Op
from supportkit.rules.operators import OPERATORS
from supportkit.rules.schema import KIND_OF_TYPE, Field, Schema

__all__ = ["checked"]

_TAG_OF_KIND: Final = {"date": "$date", "instant": "$dt", "duration": "$dur"}
_EXAMPLES: Final = {
    "date": 'date("2026-01-31")',
    "instant": 'instant("2026-01-31T10:00:00Z")',
    "duration": 'duration("PT2H")',
}


def checked(node: Node, lowering: Lowering, schema: Schema) -> Node:
    """Return the tree with its literals coerced; what is wrong is noted in `lowering`."""
    return _Checker(lowering, schema).condition(node, {}, Place())


_Bound: TypeAlias = Mapping[str, Field | None]
"""The names of list elements in scope, each with the list they are elements of where it is declared."""


class _Checker:
    def __init__(self, lowering: Lowering, schema: Schema) -> None:
        self._lowering = lowering
        self._schema = schema

    def condition(self, node: Node, bound: _Bound, near: Place) -> Node:
        place = self._lowering.place_of(node, near)
        if not isinstance(node, Op) or not OPERATORS[node.name].is_condition:
            return self._flag(node, bound, place)
        if OPERATORS[node.name].role == "connective":
            args = tuple(self.condition(arg, bound, place) for arg in node.args)
            return self._kept(evolve(node, args=args), place)
        if OPERATORS[node.name].role == "quantifier":
            return self._quantified(node, bound, place)
        return self._leaf(node, bound, place)

    def _flag(self, node: Node, bound: _Bound, place: Place) -> Node:
        node = self.operand(node, bound, place)
        kind = self._kind(node, bound)
        if kind not in {None, "bool"}:
            self._fault(
                place,
                f"a condition is true or false, but this is of kind {kind}",
                "compare it with something",
            )
        return node

    def _quantified(self, node: Op, bound: _Bound, place: Place) -> Node:
        over = self.operand(node.args[0], bound, place)
        self._want(over, {"list"}, node.name, bound, place)
        assert node.variable is not None
        where = self.condition(node.args[1], {**bound, node.variable: self._list(over, bound)}, place)
        return self._kept(evolve(node, args=(over, where)), place)

    def operand(self, node: Node, bound: _Bound, near: Place) -> Node:
        place = self._lowering.place_of(node, near)
        if isinstance(node, FieldRef):
            self._known(node, bound, place)
        if not isinstance(node, Op):
            return node
        if node.name == "count":
            return self._quantified(node, bound, place)
        args = tuple(self.operand(arg, bound, place) for arg in node.args)
        if node.name == "len":
            self._want(args[0], {"text", "list", "map"}, "len", bound, place)
        if node.name == "age":
            self._want(args[0], {"instant"}, "age", bound, place)
        return self._kept(evolve(node, args=args), place)

    def _list(self, over: Node, bound: _Bound) -> Field | None:
        field = self._field(over, bound)
        return field if field is not None and field.type in {"list", "set"} else None

    def _known(self, node: FieldRef, bound: _Bound, place: Place) -> None:
        try:
            field = self._declared(node, bound)
        except UnknownField as error:
            name, over = node.path[0], bound.get(node.path[0])
            near = error.nearest
            if near and over is not None:
                near = near.replace(over.path, name, 1)
            hint = f"did you mean {near!r}?" if near else None
            self._lowering.fault("unknown_field", place, f"there is no field {node.dotted!r}", hint)
            return
        if field is not None and node.path[0] not in bound:
            self._read_by(field, place)

    def _read_by(self, field: Field, place: Place) -> None:
        above = self._schema.list_above(field.path)
        if above is not None:
            part = field.path.removeprefix(f"{above.path}.")
            hint = f"ask its elements: some(one.{part} == ... for one in {above.path})"
            self._fault(place, f"{field.path} is a part of the elements of {above.path}", hint)
        for path in self._schema.declared.inputs([field.path]):
            try:
                self._schema.field(path)
            except UnknownField as error:
                message = f"the computed field {field.path} reads a field that there is not: {error}"
                self._lowering.fault("unknown_field", place, message, "declare it, or change reads=")

    def _leaf(self, node: Op, bound: _Bound, place: Place) -> Node:
        args = tuple(self.operand(arg, bound, place) for arg in node.args)
        if node.name in {"is_set", "has_key"}:
            return self._kept(evolve(node, args=args), place)
        if node.name in {"mentions", "matches", "starts_with", "ends_with"}:
            for arg in args:
                self._want(arg, {"text"}, node.name, bound, place)
        elif node.name in {"contains", "contains_any", "contains_all"}:
            args = self._containment(node.name, args, bound, place)
        elif node.name == "in":
            self._want(args[1], {"list"}, "in", bound, place)
            args = (args[0], self._coerced(args[1], args[0], bound, place, each=True))
        else:
            args = self._comparison(node, args, bound, place)
        return self._kept(evolve(node, args=args), place)

    def _containment(
        self, name: str, args: tuple[Node, ...], bound: _Bound, place: Place
    ) -> tuple[Node, ...]:
        hay, needle = args
        self._want(hay, {"text", "list"}, name, bound, place)
        many = name != "contains"
        if many:
            self._want(needle, {"list"}, name, bound, place)
        elif self._kind(hay, bound) == "text":
            self._want(needle, {"text"}, name, bound, place)
        field = self._field(hay, bound)
        if field is None or field.type not in {"set", "list"}:
            return hay, needle
        needle = self._elements(needle, field, hay, place, many=many)
        if field.values:
            self._legal(needle, field, place, each=many)
        return hay, needle

    def _elements(self, needle: Node, field: Field, hay: Node, near: Place, *, many: bool) -> Node:
        """Return what is looked for as the kind of the elements, where that is declared."""
        if field.of is None or not isinstance(needle, Literal) or needle is HOLE:
            return needle
        if many and not isinstance(needle.value, tuple):
            return needle
        place, kind = self._lowering.place_of(needle, near), KIND_OF_TYPE[field.of]
        values = map(self._converter(kind, place), needle.value if many else (needle.value,))
        wanted = Literal(tuple(values))
        if kind is not None:
            self._same_kinds(wanted, kind, hay, place)
        return self._kept(wanted if many else Literal(wanted.value[0]), place)

    def _comparison(self, node: Op, args: tuple[Node, ...], bound: _Bound, place: Place) -> tuple[Node, ...]:
        if node.name != "eq" and any(isinstance(arg, Literal) and arg.value is None for arg in args):
            self._fault(place, "null has no order", "test it with is_set(...)")
            return args
        first = args[0]
        rest = tuple(self._coerced(arg, first, bound, place, each=False) for arg in args[1:])
        if isinstance(first, Literal) and len(rest) > 1:
            first = self._coerced(first, rest[0], bound, place, each=False)
        if node.name != "eq":
            self._orderable(first, node.name, bound, place)
        for arg in rest:
            self._same_kind(first, arg, bound, place)
        return first, *rest

    def _orderable(self, node: Node, name: str, bound: _Bound, place: Place) -> None:
        field = self._field(node, bound)
        kind = self._kind(node, bound)
        if field is not None and field.type == "enum":
            self._fault(
                place, f"{field.path} is an enum, whose values have no order", "list them: x in {...}"
            )
        elif kind is not None and kind not in ORDERED:
            self._fault(
                place, f"{name} orders numbers, texts, dates and durations, not {_shown(node)} ({kind})"
            )

    def _same_kind(self, left: Node, right: Node, bound: _Bound, place: Place) -> None:
        kinds = self._kind(left, bound), self._kind(right, bound)
        if None in kinds or kinds[0] == kinds[1]:
            return
        example = _EXAMPLES.get(kinds[0] or "") or _EXAMPLES.get(kinds[1] or "")
        hint = f"write it like {example}" if example else None
        text = f"{_shown(left)} ({kinds[0]}) never compares with {_shown(right)} ({kinds[1]})"
        self._fault(place, text, hint)

    def _coerced(self, node: Node, other: Node, bound: _Bound, near: Place, *, each: bool) -> Node:
        """Return a literal as the kind it is compared with, and check it against the legal values."""
        if not isinstance(node, Literal) or node is HOLE:
            return node
        place = self._lowering.place_of(node, near)
        kind = self._kind(other, bound)
        convert = self._converter(kind, place)
        if each and isinstance(node.value, tuple):
            node = self._kept(Literal(tuple(map(convert, node.value))), place)
            self._same_kinds(node, kind, other, place)
        elif not each:
            node = self._kept(Literal(convert(node.value)), place)
        field = self._field(other, bound)
        if field is not None and field.values and field.type not in {"set", "list"}:
            self._legal(node, field, place, each=each)
        return node

    def _converter(self, kind: str | None, place: Place) -> Callable[[Any], Any]:
        tag = _TAG_OF_KIND.get(kind or "")

        def convert(value: Any) -> Any:
            if tag is None or not isinstance(value, str):
                return value
            try:
                moment = thaw(tag, value)
            except ValueError as error:
                self._lowering.fault("bad_literal", place, str(error))
                return None
            if isinstance(moment, datetime) and moment.tzinfo is None:
                self._lowering.fault(
                    "bad_literal", place, f"{value!r} has no time zone", "end it with Z or an offset"
                )
                return None
            return moment

        return convert

    def _same_kinds(self, node: Node, kind: str | None, other: Node, place: Place) -> None:
        assert isinstance(node, Literal)
        for value in node.value:
            found = None if value is None else classified(value)[0]
            if None not in {found, kind} and found != kind:
                self._fault(place, f"{_shown(other)} ({kind}) is never {value!r} ({found})")

    def _legal(self, node: Node, field: Field, near: Place, *, each: bool) -> None:
        if not isinstance(node, Literal) or node is HOLE:
            return
        place = self._lowering.place_of(node, near)
        for value in node.value if each and isinstance(node.value, tuple) else (node.value,):
            if value is not None and value not in field.values and _alike(value, field):
                near_value = nearest_name(
                    str(value), [item for item in field.values if isinstance(item, str)]
                )
                known = ", ".join(map(str, field.values))
                hint = f"did you mean {near_value!r}?" if near_value else f"there are: {known}"
                self._lowering.fault("unknown_enum_value", place, f"{field.path} is never {value!r}", hint)

    def _want(self, node: Node, kinds: set[str], name: str, bound: _Bound, near: Place) -> None:
        kind = self._kind(node, bound)
        if kind is not None and kind not in kinds:
            place = self._lowering.place_of(node, near)
            hint = f"write [{_shown(node)}]" if kinds == {"list"} and isinstance(node, Literal) else None
            self._fault(
                place, f"{name} takes {' or '.join(sorted(kinds))}, not {_shown(node)} ({kind})", hint
            )

    def _field(self, node: Node, bound: _Bound) -> Field | None:
        if not isinstance(node, FieldRef):
            return None
        try:
            return self._declared(node, bound)
        except UnknownField:
            return None

    def _declared(self, node: FieldRef, bound: _Bound) -> Field | None:
        """Return the field of a fact, of a list's element or of a part of one; raises UnknownField."""
        if node.path[0] not in bound:
            return self._schema.field(node.dotted)
        over, parts = bound[node.path[0]], node.path[1:]
        if over is None:
            return None
        if parts:
            return self._part(node, over, parts)
        return None if over.of is None else Field(over.path, over.of, values=over.values)

    def _part(self, node: FieldRef, over: Field, parts: tuple[str, ...]) -> Field | None:
        if over.of in {None, "record"}:
            return self._schema.part(".".join((over.path, *parts)))
        message = f"{node.dotted!r} is read below an element of {over.path}, a {over.of}"
        raise UnknownField(message)

    def _kind(self, node: Node, bound: _Bound) -> str | None:
        """Return the kind of an operand, or None when it is not known before there are facts."""
        if node is HOLE or isinstance(node, KeywordRef):
            return None
        if isinstance(node, Literal):
            return None if node.value is None else classified(node.value)[0]
        if isinstance(node, FieldRef):
            field = self._field(node, bound)
            return None if field is None else KIND_OF_TYPE[field.type]
        assert isinstance(node, Op)
        if node.name == "coalesce":
            kinds = {self._kind(arg, bound) for arg in node.args}
            return kinds.pop() if len(kinds) == 1 else None
        return {"len": "number", "count": "number", "age": "duration"}[node.name]

    def _kept(self, node: Node, place: Place) -> Node:
        return self._lowering.put(node, place)

    def _fault(self, place: Place, message: str, hint: str | None = None) -> None:
        self._lowering.fault("type_error", place, message, hint)


def _alike(value: Any, field: Field) -> bool:
    """Tell whether the value is of the kind of the legal ones; others are faults of their own."""
    return classified(value)[0] in {classified(legal)[0] for legal in field.values}


def _shown(node: Node) -> str:
    from supportkit.rules._printer import node_to_text  # noqa: PLC0415 -- only for messages

    return node_to_text(node)
