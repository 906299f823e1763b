"""The typed fields that conditions may read: what each is, checked when a condition is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from attrs import field, frozen

from supportkit.errors import InvalidValue, UnknownField, nearest_name
from supportkit.rules._class_fields import fields_of_class
from supportkit.rules._computing import Declared, completed
from supportkit.rules._lowering import path_of
from supportkit.sequences import as_tuple

__all__ = ["KIND_OF_TYPE", "TYPES", "Field", "Schema"]

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
_HOLDING: Final = frozenset({"list", "record"})


KIND_OF_TYPE: Final = {
    "bool": "bool",
    "int": "number",
    "decimal": "number",
    "text": "text",
    "enum": "text",
    "date": "date",
    "datetime": "instant",
    "duration": "duration",
    "set": "list",
    "list": "list",
    "record": None,
}
"""The kind of the values of each type, as conditions compare them; None for records, which they do not."""


@frozen
class Field:
    """One typed fact.

    `path` is dotted, one segment is enough; `type` is one of `TYPES`. `values` are the legal values of an
    enum (or of the elements of a set or list), `min` and `max` inclusive bounds, `unit` a word for people.
    The value of a `private` field is left out of explanations. `of` is the type of the elements of a set or
    list of plain values; the parts of records in a list are fields of their own, below the list's path.

    `compute` makes the value of other facts, those at the paths in `reads`: a pure function of a mapping by
    dotted path, in which an absent fact is None, and of ``now=``. It is called when a condition first reads
    the field, at most once for each evaluation, and not at all when the facts hold a value at `path`. None
    is a missing fact; what it raises is an error of the leaves that read the field.

    Raises InvalidValue for an unknown type, an empty path segment, an enum without values, `compute` without
    `reads` or the other way round.

    >>> Field("customer.plan", "enum", values=("gold", "basic"), nullable=True).path
    'customer.plan'
    >>> from datetime import UTC, datetime
    >>> from supportkit.rules import parse
    >>> def weekend(facts, *, now):
    ...     return facts["contact.at"].weekday() > 4
    >>> schema = Schema([Field("contact.at", "datetime"),
    ...                  Field("weekend", "bool", compute=weekend, reads=["contact.at"])])
    >>> saturday = datetime(2026, 7, 4, 12, tzinfo=UTC)
    >>> parse("weekend", schema=schema).evaluate({"contact": {"at": saturday}}, now=saturday)
    <Truth.TRUE: 'true'>
    """

    path: str
    type: str
    nullable: bool = field(default=False, kw_only=True)
    values: tuple[Any, ...] = field(default=(), converter=as_tuple, kw_only=True)
    min: Any = field(default=None, kw_only=True)
    max: Any = field(default=None, kw_only=True)
    unit: str | None = field(default=None, kw_only=True)
    private: bool = field(default=False, kw_only=True)
    of: str | None = field(default=None, kw_only=True)
    compute: Callable[..., Any] | None = field(default=None, kw_only=True)
    reads: tuple[str, ...] = field(default=(), converter=as_tuple, kw_only=True)

    def __attrs_post_init__(self) -> None:
        wrong = next(self._wrong(), None)
        if wrong is not None:
            raise InvalidValue(wrong)

    def _wrong(self) -> Iterator[str]:
        if path_of(self.path) is None:
            yield f"{self.path!r} is no path of a field; write it like 'customer.plan'"
        if self.type not in TYPES:
            yield f"field {self.path} has the type {self.type!r}; choose one of {', '.join(TYPES)}"
        if self.type == "enum" and not self.values:
            yield f"field {self.path} is an enum without values; list them in values="
        if self.of is not None and (self.type not in {"set", "list"} or self.of not in TYPES):
            yield f"field {self.path} is a {self.type} of={self.of!r}; sets and lists are of a type"
        if self.compute is not None and not callable(self.compute):
            yield f"field {self.path} is computed by {self.compute!r}, which cannot be called"
        if (self.compute is None) is not (not self.reads):
            yield f"field {self.path} is computed by a function of what it reads; give compute= and reads="
        unread = next((path for path in self.reads if path_of(path) is None), None)
        if unread is not None:
            yield f"field {self.path} reads {unread!r}, which is no path; write it like 'customer.plan'"


class Schema:
    """The fields that conditions may read.

    Fields below a list are the parts of its elements: conditions read them inside `some`, `every` and
    `count`. Raises InvalidValue when two fields have the same path, when one stands below a plain value, and
    when computed fields read each other in a circle.

    >>> schema = Schema([Field("customer.plan", "text"), Field("customer.open_cases", "int")])
    >>> schema.nearest("customer.plam")
    'customer.plan'
    """

    __slots__ = ("_fields", "_parents", "declared")

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields: dict[str, Field] = {}
        for item in fields:
            if item.path in self._fields:
                message = f"the field {item.path} is declared twice"
                raise InvalidValue(message)
            self._fields[item.path] = item
        self._parents = frozenset(parent for path in self._fields for parent in _parents(path))
        for item in self:
            self._refuse_misplaced(item)
        own = [item for item in self if self.list_above(item.path) is None]
        self.declared = Declared(
            frozenset(tuple(each.path.split(".")) for each in own if each.type == "datetime"),
            {each.path: each for each in own if each.compute is not None},
        )

    def _refuse_misplaced(self, item: Field) -> None:
        for parent in _parents(item.path):
            above = self._fields.get(parent)
            if above is not None and (above.type not in _HOLDING or above.of is not None):
                message = f"the field {item.path} stands below {parent}, a {above.type}, which has no fields"
                raise InvalidValue(message)
            if above is not None and above.type == "list" and item.compute is not None:
                message = f"the field {item.path} is a part of elements of {parent}; only facts are computed"
                raise InvalidValue(message)

    @classmethod
    def of(cls, **classes: type) -> Schema:
        """Read the fields off classes: attrs, dataclasses, TypedDict or pydantic models, by their hints.

        Nested classes become nested paths, also those of the elements of a list; what may be missing or
        None is nullable; hints without a type of ours become records, below which any path is legal. Bounds
        come from constraints in the manner of annotated-types (pydantic's too), and `private`, `unit`, `min`
        and `max` from the metadata of an attribute (``json_schema_extra`` of a pydantic field). Raises
        InvalidValue for a class without typed fields or with a hint that cannot be resolved.

        >>> @frozen
        ... class Customer:
        ...     plan: str
        ...     open_cases: int | None
        >>> [(item.path, item.type, item.nullable) for item in Schema.of(customer=Customer)]
        [('customer.plan', 'text', False), ('customer.open_cases', 'int', True)]
        """
        found = (item for name, each in classes.items() for item in fields_of_class(name, each))
        return cls(Field(item.path, item.type, **item.options) for item in found)

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
        """All declared paths of facts; parts of list elements are none."""
        return tuple(path for path in self._fields if self.list_above(path) is None)

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

    def completed(self, facts: Any, paths: Iterable[str], *, now: datetime) -> Any:
        """Return the facts with the computed fields among the paths in their place, for readers by path.

        They are computed when they are read; reading one that cannot be computed raises InvalidValue.
        Conditions need none of this. Where no path is computed the facts come back as they are.
        """
        return completed(facts, self.declared, paths, now=now)

    def part(self, path: str) -> Field | None:
        """Return the declared part of list elements; None where no part of that list is declared.

        Raises UnknownField, with the nearest path, for any other path.
        """
        above = self.list_above(path)
        return None if above is None or above.path not in self._parents else self.field(path)

    def list_above(self, path: str) -> Field | None:
        """Return the list of whose elements the path is a part."""
        above = (self._fields.get(parent) for parent in _parents(path))
        return next((each for each in above if each is not None and each.type == "list"), None)

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
