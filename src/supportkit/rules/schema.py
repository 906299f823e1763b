"""The typed fields that conditions may read: what each is, checked when a condition is loaded."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal

from attrs import field, frozen

from supportkit.errors import InvalidValue, UnknownField, nearest_name
from supportkit.rules._lowering import path_of
from supportkit.sequences import as_tuple

__all__ = ["TYPES", "Field", "Schema"]

TYPES: Final = (
    "bool",
    "int",
    "decimal",
    "text",
    "enum",
    "date",
    "datetime",
    "duration",
    "set",
    "list",
    "record",
)


@frozen
class Field:
    """One typed fact.

    `path` is dotted, one segment is enough; `type` is one of `TYPES`. `values` are the legal values of an
    enum (or of the elements of a set), `min` and `max` inclusive bounds, `unit` a word for people. The
    value of a `private` field is left out of explanations. Raises InvalidValue for an unknown type, an
    empty path segment or an enum without values.

    >>> Field("customer.plan", "enum", values=("gold", "basic"), nullable=True).path
    'customer.plan'
    """

    path: str
    type: str
    nullable: bool = field(default=False, kw_only=True)
    values: tuple[Any, ...] = field(default=(), converter=as_tuple, kw_only=True)
    min: Any = field(default=None, kw_only=True)
    max: Any = field(default=None, kw_only=True)
    unit: str | None = field(default=None, kw_only=True)
    private: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if path_of(self.path) is None:
            message = f"{self.path!r} is no path of a field; write it like 'customer.plan'"
            raise InvalidValue(message)
        if self.type not in TYPES:
            message = f"field {self.path} has the type {self.type!r}; choose one of {', '.join(TYPES)}"
            raise InvalidValue(message)
        if self.type == "enum" and not self.values:
            message = f"field {self.path} is an enum without values; list them in values="
            raise InvalidValue(message)


class Schema:
    """The fields that conditions may read. Raises InvalidValue when two have the same path.

    >>> schema = Schema([Field("customer.plan", "text"), Field("customer.open_cases", "int")])
    >>> schema.nearest("customer.plam")
    'customer.plan'
    """

    __slots__ = ("_fields", "_parents", "instants")

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields: dict[str, Field] = {}
        for item in fields:
            if item.path in self._fields:
                message = f"the field {item.path} is declared twice"
                raise InvalidValue(message)
            self._fields[item.path] = item
        self._parents = frozenset(parent for path in self._fields for parent in _parents(path))
        self.instants = frozenset(tuple(each.path.split(".")) for each in self if each.type == "datetime")

    @classmethod
    def of(cls, **classes: type) -> Schema:
        """Read the fields off classes: attrs, dataclasses, TypedDict or pydantic models, by their hints.

        Nested classes become nested paths; hints without a type of ours become records, below which any
        path is legal. Raises InvalidValue for a class without hints of its own.

        >>> @frozen
        ... class Customer:
        ...     plan: str
        ...     open_cases: int | None
        >>> [(item.path, item.type, item.nullable) for item in Schema.of(customer=Customer)]
        [('customer.plan', 'text', False), ('customer.open_cases', 'int', True)]
        """
        return cls(item for name, each in classes.items() for item in _fields_of(name, each, ()))

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, path: object) -> bool:
        return path in self._fields

    def __or__(self, other: Schema) -> Schema:
        """Return both schemas in one; raises InvalidValue when they share a path."""
        return Schema([*self, *other])

    def __eq__(self, other: object) -> bool:
        return self._fields == other._fields if isinstance(other, Schema) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._fields))

    def __repr__(self) -> str:
        return f"Schema({list(self)!r})"

    @property
    def paths(self) -> tuple[str, ...]:
        """All declared paths."""
        return tuple(self._fields)

    def field(self, path: str) -> Field | None:
        """Return the declared field; None for a parent of fields or a path below a record.

        Raises UnknownField, with the nearest path, for any other path.
        """
        if path in self._fields:
            return self._fields[path]
        if path in self._parents:
            return None
        for parent in _parents(path):
            declared = self._fields.get(parent)
            if declared is not None and declared.type == "record":
                return None
        near = self.nearest(path)
        hint = f"; did you mean {near!r}?" if near else ""
        message = f"there is no field {path!r}{hint}"
        raise UnknownField(message, nearest=near)

    def is_parent(self, path: str) -> bool:
        """Tell whether fields are declared below the path."""
        return path in self._parents

    def nearest(self, path: str) -> str | None:
        """Return the declared path that was most likely meant."""
        return nearest_name(path, self._fields)


def _parents(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


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


def _fields_of(prefix: str, cls: type, seen: tuple[type, ...]) -> Iterator[Field]:
    hints = _hints(cls)
    if not hints:
        message = (
            f"{cls!r} has no typed fields; use an attrs class, a dataclass, a TypedDict or a pydantic model"
        )
        raise InvalidValue(message)
    for name, hint in hints.items():
        if not name.startswith("_"):
            yield from _field_of(f"{prefix}.{name}", hint, (*seen, cls))


def _hints(cls: Any) -> dict[str, Any]:
    names: Any = next(
        (
            getattr(cls, attribute)
            for attribute in ("model_fields", "__dataclass_fields__")
            if isinstance(getattr(cls, attribute, None), Mapping)
        ),
        None,
    )
    if names is None and hasattr(cls, "__attrs_attrs__"):
        names = [attribute.name for attribute in cls.__attrs_attrs__]
    if names is None and not hasattr(cls, "__total__"):
        return {}
    hints = typing.get_type_hints(cls)
    return hints if names is None else {name: hints[name] for name in names if name in hints}


def _field_of(path: str, hint: Any, seen: tuple[type, ...]) -> Iterator[Field]:
    hint, nullable = _without_none(hint)
    type_, values = _type_of(hint)
    nested = isinstance(hint, type) and hint not in seen and type_ == "record" and bool(_hints(hint))
    if nested:
        yield from _fields_of(path, hint, seen)
    else:
        yield Field(path, type_, nullable=nullable, values=values)


def _without_none(hint: Any) -> tuple[Any, bool]:
    while typing.get_origin(hint) in {typing.Annotated, typing.Required, typing.NotRequired}:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) not in {typing.Union, types.UnionType}:
        return hint, False
    options = typing.get_args(hint)
    left = [option for option in options if option is not type(None)]
    if len(left) == 1:
        return _without_none(left[0])[0], len(left) < len(options)
    return Any, len(left) < len(options)


def _type_of(hint: Any) -> tuple[str, tuple[Any, ...]]:
    origin = typing.get_origin(hint) or hint
    if origin in _SIMPLE:
        return _SIMPLE[origin], ()
    if origin is Literal:
        values = typing.get_args(hint)
        return ("enum", values) if all(isinstance(value, str) for value in values) else ("record", ())
    if not isinstance(origin, type):
        return "record", ()
    if issubclass(origin, Enum):
        return "enum", tuple(member.value for member in origin)
    if issubclass(origin, AbstractSet):
        return "set", ()
    if issubclass(origin, Sequence):
        return "list", ()
    return "record", ()
