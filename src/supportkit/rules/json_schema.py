"""A JSON Schema of the JSON form, so that editors and forms know what a condition may say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from supportkit.rules._lowering import ABSENT, BOUNDS
from supportkit.rules.operators import NEGATIVES, OPERATORS
from supportkit.rules.schema import KIND_OF_TYPE

if TYPE_CHECKING:
    from supportkit.rules.schema import Field, Schema

__all__ = ["json_schema"]

_Part: TypeAlias = dict[str, Any]

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_PATH: Final = r"^[^.]+(\.[^.]+)*$"
_NAME: Final = r"^[^\d_.\s][^.\s]*$"
_TAGGED: Final = {"$dec": None, "$date": "date", "$dt": "date-time", "$dur": "duration", "$float": None}
_KINDS: Final = {each: kind for each, kind in KIND_OF_TYPE.items() if kind not in {None, "list"}} | {
    "bool": "flag"
}
_ORDERED: Final = frozenset({"int", "decimal", "text", "date", "datetime", "duration"})
_TEXTS: Final = frozenset({"text", "enum"})
_LISTS: Final = frozenset({"list", "set"})
_FIRST: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("lt", "le", "gt", "ge", "between"), _ORDERED),
    **dict.fromkeys(("contains", "contains_any", "contains_all"), _TEXTS | _LISTS),
    **dict.fromkeys(("starts_with", "ends_with", "matches", "mentions"), _TEXTS),
    "len": _TEXTS | _LISTS,
    "age": frozenset({"datetime"}),
    "flag": frozenset({"bool"}),
    "over": _LISTS,
}
"""The types of the fields that may stand first; operators that are not here take any."""
_MADE: Final = {"len": "int", "count": "int", "age": "duration"}


def json_schema(schema: Schema | None = None) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `from_json` reads.

    Without a schema of facts it is the grammar: operators, how many arguments each takes, options, typed
    literals. With one it names the fields that each operator takes, and the values that each may be compared
    with; inside `some`, `every` and `count` any path is legal, since the elements have names of their own.
    It cannot say what only reading can: whether the text of a typed literal or a pattern is a good one, how
    deep and long a condition is, and that values of two fields compare.

    >>> json_schema()["$defs"]["is_set"]["properties"]["args"]["maxItems"]
    1
    """
    definitions = _literals()
    if schema is not None:
        definitions |= _Grammar("element_", None, "element_").definitions()
    definitions |= _Grammar("", schema, "" if schema is None else "element_").definitions()
    node = {"$ref": "#/$defs/condition"}
    versioned = _object({"v": {"const": 1}, "expr": node})
    return {"$schema": _DRAFT, "title": "condition", "anyOf": [node, versioned], "$defs": definitions}


def _object(properties: Mapping[str, Any], *, optional: Mapping[str, Any] | None = None) -> _Part:
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def _shared(name: str) -> _Part:
    return {"$ref": f"#/$defs/{name}"}


def _literals() -> dict[str, _Part]:
    tagged = {tag: _tagged(tag, shape) for tag, shape in _TAGGED.items()}
    text, items = {"type": "string"}, {"type": "array", "items": _shared("literal")}
    bare = {
        "type": "object",
        "not": {"anyOf": [{"required": ["field"]}, {"required": ["op"]}]},
        "propertyNames": {"not": {"pattern": r"^\$"}},
        "additionalProperties": _shared("literal"),
    }
    wrapped = _object({"$map": {"type": "object", "additionalProperties": _shared("literal")}})
    plain = {"type": ["null", "boolean", "number", "string"]}
    return {
        "flag": {"type": "boolean"},
        "text": text,
        "number": {"anyOf": [{"type": "number"}, tagged["$dec"], tagged["$float"]]},
        "date": {"anyOf": [text, tagged["$date"]]},
        "instant": {"anyOf": [text, tagged["$dt"]]},
        "duration": {"anyOf": [text, tagged["$dur"]]},
        "literal": {"anyOf": [plain, items, *tagged.values(), wrapped, bare]},
    }


def _tagged(tag: str, shape: str | None) -> _Part:
    return _object({tag: {"type": "string"} if shape is None else {"type": "string", "format": shape}})


class _Grammar:
    """The definitions of all operators over the fields of one schema; `inside` names those of elements."""

    def __init__(self, prefix: str, schema: Schema | None, inside: str) -> None:
        self._prefix = prefix
        self._schema = schema
        self._inside = inside
        facts = () if schema is None else tuple(each for each in schema if each.path in schema.paths)
        self._facts: tuple[Field, ...] = facts

    def definitions(self) -> dict[str, _Part]:
        """Return them by name."""
        names = [*OPERATORS, *NEGATIVES]
        found = {name: self._operator(name) for name in names}
        found["flag_fact"] = self._field(_FIRST["flag"])
        found["reference"] = self._chosen(("coalesce", *_MADE), [self._field(None)])
        conditions = [name for name in names if name not in _MADE]
        always = _shared("literal") if self._schema is None else _shared("flag")
        flags = tuple(_MADE) if self._schema is None else ()
        found["condition"] = self._chosen((*conditions, *flags), [always, self._ref("flag_fact")])
        return {self._prefix + name: part for name, part in found.items()}

    def _chosen(self, names: Iterable[str], others: list[_Part]) -> _Part:
        """Return one of the operators, chosen by its name at once, or something else without one."""
        cases = [{"if": _op_is(name), "then": self._ref(name)} for name in names]
        known: _Part = {"properties": {"op": {"enum": list(names)}}, "allOf": cases}
        return {"if": {"type": "object", "required": ["op"]}, "then": known, "else": {"anyOf": others}}

    def _ref(self, name: str) -> _Part:
        return _shared(self._prefix + name)

    def _operator(self, name: str) -> _Part:
        operator = OPERATORS[NEGATIVES.get(name, name)]
        options = {option: _OPTIONS[option] for option in sorted(operator.options)}
        if operator.role == "quantifier" or name == "count":
            where = _shared(f"{self._inside}condition")
            over = {"over": self._operand("over"), "as": {"type": "string", "pattern": _NAME}, "where": where}
            return _object({"op": {"const": name}, **over}, optional=options)
        args: _Part = {"type": "array", "minItems": operator.least}
        if operator.most is not None:
            args["maxItems"] = operator.most
        args |= self._arguments(operator.name, operator.role)
        made = _object({"op": {"const": name}, "args": args}, optional=options)
        tied = list(self._tied(operator.name))
        return {**made, "allOf": tied} if tied else made

    def _arguments(self, name: str, role: str) -> _Part:
        if role == "connective":
            return {"items": self._ref("condition")}
        first, rest = self._operand(name), self._operand("any")
        if name == "has_key":
            first = self._field(None)
        elif name == "mentions":
            rest = {"anyOf": [_shared("text"), _object({"keywords": {"type": "string"}})]}
        elif name in {"matches", "age"}:
            rest = _shared("text")
        elif name == "coalesce":
            first = rest
        return {"prefixItems": [first], "items": rest}

    def _operand(self, name: str) -> _Part:
        types = None if self._schema is None else _FIRST.get(name)
        made = [each for each, type_ in _MADE.items() if types is None or type_ in types]
        return self._chosen(("coalesce", *sorted(made)), [self._field(types), _shared("literal")])

    def _field(self, types: frozenset[str] | None) -> _Part:
        return _object({"field": {"type": "string", **self._paths(types)}})

    def _paths(self, types: frozenset[str] | None) -> _Part:
        if self._schema is None:
            return {"pattern": _PATH}
        known = [each.path for each in self._facts if types is None or each.type in types | {"record"}]
        known += sorted({parent for each in self._facts for parent in _parents(each.path)} - {*known})
        free = [re.escape(each.path) for each in self._facts if each.type == "record"]
        below: list[_Part] = [{"pattern": rf"^({'|'.join(free)})(\.[^.]+)+$"}] if free else []
        return {"anyOf": [{"enum": known}, *below]}

    def _tied(self, name: str) -> Iterator[_Part]:
        """Yield what may stand beside each field: literals of its kind, its legal values."""
        for value, paths in self._groups(name):
            first = {"properties": {"field": {"enum": paths}}, "required": ["field"]}
            operator = {"type": "object", "anyOf": [{"required": ["op"]}, {"required": ["field"]}]}
            beside: _Part = {"if": operator, "then": self._ref("reference"), "else": {"anyOf": value}}
            yield {
                "if": {"properties": {"args": {"prefixItems": [first]}}},
                "then": {"properties": {"args": {"prefixItems": [True], "items": beside}}},
            }

    def _groups(self, name: str) -> Iterable[tuple[list[_Part], list[str]]]:
        groups: dict[str, tuple[list[_Part], list[str]]] = {}
        for each in self._facts:
            if each.type in _FIRST.get(name, {each.type}) and (value := _beside(name, each)):
                groups.setdefault(repr(value), (value, []))[1].append(each.path)
        return groups.values()


def _op_is(name: str) -> _Part:
    return {"properties": {"op": {"const": name}}, "required": ["op"]}


def _parents(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _beside(name: str, field: Field) -> list[_Part]:
    """Return the literals that an operator may compare the field with; none where nothing is known."""
    held = field.type in _LISTS
    kind = _KINDS.get((field.of or "record") if held else field.type)
    legal: _Part | None = {"enum": list(field.values)} if field.values else _shared(kind) if kind else None
    if legal is None or held is not name.startswith("contains"):
        return [_shared("text")] if name == "contains" and not held else []
    if name in {"in", "contains_any", "contains_all"}:
        return [{"type": "array", "items": {"anyOf": [legal, {"type": "null"}]}}]
    if name in {"eq", "contains"}:
        return [legal, {"type": "null"}]
    return [legal] if name in _FIRST and name != "mentions" and field.type in _ORDERED else []


_OPTIONS: Final[dict[str, _Part]] = {
    "absent": {"enum": list(ABSENT)},
    "bounds": {"enum": list(BOUNDS)},
    "fold": {"type": "boolean"},
}
