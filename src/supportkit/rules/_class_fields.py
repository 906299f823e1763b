"""Reads typed fields off classes: attrs, dataclasses, TypedDict and pydantic models, by their hints.

None of these libraries is imported: what tells a class is what it carries.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal

from attrs import evolve, frozen

from supportkit.errors import InvalidValue

__all__ = ["Found", "fields_of_class"]

_SIMPLE: Final[dict[Any, str]] = {
    bool: "bool",
    int: "int",
    float: "decimal",
    Decimal: "decimal",
    str: "text",
    datetime: "datetime",
    date: "date",
    timedelta: "duration",
}
_PYDANTIC: Final = {
    "AwareDatetime": "datetime",
    "PastDatetime": "datetime",
    "FutureDatetime": "datetime",
    "PastDate": "date",
    "FutureDate": "date",
    "EmailStr": "text",
}
_WRAPPERS: Final = frozenset({typing.Required, typing.NotRequired, typing.Final})
_SAID: Final = ("private", "unit", "min", "max")
_NUMBERS: Final = frozenset({"int", "decimal"})
_PLAIN: Final = frozenset(_SIMPLE.values())


@frozen
class Found:
    """A field as a class tells it: where, of which type, and with which options."""

    path: str
    type: str
    options: Mapping[str, Any]


@frozen
class _Shape:
    """What a hint says of a value."""

    type: str = "record"
    values: tuple[Any, ...] = ()
    nullable: bool = False
    record: Any = None
    element: _Shape | None = None
    said: Mapping[str, Any] = {}


@frozen
class _Member:
    """One attribute of a class: its hint, and what the class says of it beside the hint."""

    name: str
    hint: Any
    said: Mapping[str, Any] = {}
    constraints: tuple[Any, ...] = ()
    nullable: bool = False


def fields_of_class(prefix: str, cls: Any) -> Iterator[Found]:
    """Yield the fields of a class below a path; raises InvalidValue for a class without typed fields."""
    members = _members(cls)
    if not members:
        message = (
            f"{cls!r} has no typed fields; use an attrs class, a dataclass, a TypedDict or a pydantic model"
        )
        raise InvalidValue(message)
    yield from _below(prefix, members, (cls,), nullable=False)


def _below(
    prefix: str, members: Iterable[_Member], seen: tuple[Any, ...], *, nullable: bool
) -> Iterator[Found]:
    for member in members:
        if not member.name.startswith("_"):
            shape = _constrained(_shape(member.hint), member.constraints)
            absent = nullable or member.nullable or shape.nullable
            shape = evolve(shape, nullable=absent, said={**shape.said, **member.said})
            yield from _fields(f"{prefix}.{member.name}", shape, seen)


def _fields(path: str, shape: _Shape, seen: tuple[Any, ...]) -> Iterator[Found]:
    """Yield the field of one shape; a record of a known class is its fields, unless it holds itself."""
    inner = _known(shape.record, seen)
    if inner:
        yield from _below(path, inner, (*seen, shape.record), nullable=shape.nullable)
        return
    element = shape.element
    options = {"nullable": shape.nullable, "values": shape.values, **shape.said}
    if element is not None and element.type not in {"record", "list", "set"}:
        options |= {"of": element.type, "values": element.values}
    yield Found(path, shape.type, options)
    if element is not None and shape.type == "list":
        yield from _below(path, _known(element.record, seen), (*seen, element.record), nullable=False)


def _known(record: Any, seen: tuple[Any, ...]) -> list[_Member]:
    return [] if record is None or record in seen else _members(record)


def _members(cls: Any) -> list[_Member]:
    models = getattr(cls, "model_fields", None)
    if isinstance(models, Mapping):
        return [*_of_model(models), *_computed(cls)]
    if not isinstance(cls, type):
        return []
    said = _declared(cls)
    if said is None:
        return []
    hints = _hints(cls)
    optional: frozenset[str] = getattr(cls, "__optional_keys__", frozenset())
    return [
        _Member(name, hints[name], more, nullable=name in optional and not _is_required(hints[name]))
        for name, more in said.items()
        if name in hints
    ]


def _declared(cls: type) -> dict[str, Mapping[str, Any]] | None:
    """Return the names of an attrs class, dataclass or TypedDict with their metadata; None for others."""
    if hasattr(cls, "__attrs_attrs__"):
        return {each.name: _said(each.metadata) for each in cls.__attrs_attrs__}
    if dataclasses.is_dataclass(cls):
        return {each.name: _said(each.metadata) for each in dataclasses.fields(cls)}
    return {name: {} for name in _hints(cls)} if hasattr(cls, "__total__") else None


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        message = f"a hint of {cls!r} names what its module does not know: {error}"
        raise InvalidValue(message) from None


def _is_required(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.Required


def _of_model(models: Mapping[str, Any]) -> Iterator[_Member]:
    """Yield the fields of a pydantic model by their own names: an alias is not what objects are read by."""
    for name, each in models.items():
        extra = each.json_schema_extra if isinstance(each.json_schema_extra, Mapping) else {}
        yield _Member(name, each.annotation, _said(extra), tuple(each.metadata))


def _computed(cls: Any) -> Iterator[_Member]:
    for name, each in getattr(cls, "model_computed_fields", {}).items():
        yield _Member(name, each.return_type)


def _said(metadata: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: metadata[name] for name in _SAID if name in metadata}


def _constrained(shape: _Shape, constraints: Iterable[Any]) -> _Shape:
    """Return the shape with the inclusive bounds and the unit of constraints like annotated-types'."""
    found = dict(shape.said)
    for each in constraints:
        for name, inclusive, exclusive, step in (("min", "ge", "gt", 1), ("max", "le", "lt", -1)):
            bound, beyond = getattr(each, inclusive, None), getattr(each, exclusive, None)
            if bound is not None:
                found[name] = bound
            elif isinstance(beyond, int) and shape.type == "int":
                found[name] = beyond + step
        if type(each).__name__ == "Unit":
            found["unit"] = each.unit
    return evolve(shape, said=found)


def _shape(hint: Any) -> _Shape:
    origin = typing.get_origin(hint)
    if origin in _WRAPPERS:
        inner = _shape(typing.get_args(hint)[0])
        return evolve(inner, nullable=inner.nullable or origin is typing.NotRequired)
    if hasattr(hint, "__metadata__"):
        return _constrained(_shape(typing.get_args(hint)[0]), hint.__metadata__)
    for alias in ("__value__", "__supertype__"):
        if hasattr(hint, alias):
            return _shape(getattr(hint, alias))
    if origin in {typing.Union, types.UnionType}:
        return _union(typing.get_args(hint))
    if origin is Literal:
        return _labels(typing.get_args(hint))
    return _of_type(hint if origin is None else origin, typing.get_args(hint))


def _union(options: Iterable[Any]) -> _Shape:
    """Return what all options have in common: one type, numbers, labels; else nothing is known."""
    shapes = [_shape(option) for option in options if option is not type(None)]
    nullable = type(None) in options or any(shape.nullable for shape in shapes)
    types_ = {shape.type for shape in shapes}
    if len(shapes) == 1:
        return evolve(shapes[0], nullable=nullable)
    if types_ == {"enum"}:
        return _Shape("enum", tuple(dict.fromkeys(v for shape in shapes for v in shape.values)), nullable)
    if types_ <= _NUMBERS:
        return _Shape("decimal" if "decimal" in types_ else "int", nullable=nullable)
    same = len(types_) == 1 and types_ <= _PLAIN
    return _Shape(types_.pop() if same else "record", nullable=nullable)


def _labels(values: Iterable[Any]) -> _Shape:
    """Return an enum of texts, or whole numbers among which only some are legal."""
    plain = [value.value if isinstance(value, Enum) else value for value in values]
    labels = tuple(value for value in plain if value is not None)
    nullable = len(labels) < len(plain)
    if labels and all(isinstance(value, str) for value in labels):
        return _Shape("enum", tuple(map(str, labels)), nullable)
    if labels and all(isinstance(value, int) and not isinstance(value, bool) for value in labels):
        return _Shape("int", tuple(map(int, labels)), nullable)
    return _Shape(nullable=nullable)


def _of_type(cls: Any, args: tuple[Any, ...]) -> _Shape:
    if not isinstance(cls, type) or issubclass(cls, bytes | bytearray):
        return _Shape()
    if issubclass(cls, Enum):
        return _labels(cls)
    simple = next((_SIMPLE[base] for base in cls.__mro__ if base in _SIMPLE), None)
    if simple is None and cls.__module__.partition(".")[0] == "pydantic":
        simple = _PYDANTIC.get(cls.__name__)
    if simple is not None:
        return _Shape(simple)
    if issubclass(cls, AbstractSet):
        return _Shape("set", element=_element(args))
    if issubclass(cls, Sequence):
        return _Shape("list", element=_element(args))
    return _Shape(record=cls)


def _element(args: tuple[Any, ...]) -> _Shape | None:
    """Return the shape of the elements where all have one: ``list[int]``, ``tuple[int, ...]``."""
    kinds = [arg for arg in args if arg is not Ellipsis]
    return _shape(kinds[0]) if len(kinds) == 1 else None
