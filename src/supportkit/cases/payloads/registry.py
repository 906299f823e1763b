"""Kinds of events, their payload classes and versions, and how old ones are read today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform

import attrs
from attrs import field, frozen

from supportkit.canonical import from_plain, to_plain
from supportkit.cases.instants import utc
from supportkit.errors import InvalidValue

__all__ = [
    "OtherPayload",
    "Payload",
    "known_kinds",
    "make_payload",
    "payload",
    "read_payload",
    "shape",
    "upcaster",
]

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
_CLASSES: dict[str, type[Payload]] = {}
_UPCASTERS: dict[tuple[str, int], Upcaster] = {}
_DEFAULTS: dict[type[Payload], dict[str, Any]] = {}


def _settled(value: Any) -> Any:
    """Turn lists into tuples and instants into UTC, so that what is written equals what is read back."""
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if isinstance(value, datetime):
        return utc(value, name="payload")
    if isinstance(value, list | tuple):
        return tuple(_settled(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _settled(item) for key, item in value.items()}
    return value


def _settle_fields(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:  # noqa: ARG001 - attrs' shape
    return [f if f.converter else f.evolve(converter=_settled) for f in fields]


@dataclass_transform(kw_only_default=True, frozen_default=True)
def shape(cls: type) -> Any:
    """Make a frozen payload class (of one kind, or the common part of several)."""
    return attrs.frozen(cls, kw_only=True, field_transformer=_settle_fields)


@frozen(kw_only=True, field_transformer=_settle_fields)
class Payload:
    """What an event says beyond its envelope; `extra` keeps fields that this version does not know."""

    kind_name: ClassVar[str] = ""
    payload_version: ClassVar[int] = 1
    extra: Mapping[str, Any] = field(factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the fields that say something, by name; defaults are left out."""
        said = {
            name: value
            for name, default in _defaults(type(self)).items()
            if (value := getattr(self, name)) != default
        }
        return said | dict(self.extra)

    def to_plain(self) -> dict[str, Any]:
        """Return the payload as canonical JSON's plain types, its version under ``v``."""
        return {"v": self.payload_version, **to_plain({"": self.fields()})[""]}


def _defaults(cls: type[Payload]) -> dict[str, Any]:
    """Return the default of each field of a payload class by name, without `extra`."""
    defaults = _DEFAULTS.get(cls)
    if defaults is None:
        defaults = {a.name: _default(a) for a in attrs.fields(cls) if a.name != "extra"}
        _DEFAULTS[cls] = defaults
    return defaults


def _default(attribute: attrs.Attribute[Any]) -> Any:
    default: Any = attribute.default
    return default.factory() if hasattr(default, "factory") else default


@shape
class OtherPayload(Payload):
    """The payload of a kind that nobody registered; everything it says is in `extra`."""


P = TypeVar("P", bound=type[Payload])


@dataclass_transform(kw_only_default=True, frozen_default=True)
def payload(kind: str, *, version: int = 1) -> Callable[[P], P]:
    """Register a payload class for a kind; plugins use kinds named ``x.<distribution>.<name>``.

    Raises InvalidValue when the kind has a class already.
    """

    def register(cls: P) -> P:
        if kind in _CLASSES:
            message = f"event kind {kind!r} already has the payload class {_CLASSES[kind].__name__}"
            raise InvalidValue(message)
        made = shape(cls)
        made.kind_name = kind
        made.payload_version = version
        _CLASSES[kind] = made
        return made  # type: ignore[no-any-return]

    return register


def upcaster(kind: str, *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register how the plain fields of `version` become those of the next one; it must be pure."""

    def register(function: Upcaster) -> Upcaster:
        _UPCASTERS[kind, version] = function
        return function

    return register


def known_kinds() -> tuple[str, ...]:
    """Return all kinds that have a payload class, sorted."""
    return tuple(sorted(_CLASSES))


def make_payload(kind: str, fields: Mapping[str, Any]) -> Payload:
    """Build the payload of a kind; names that its class does not know are kept in `extra`."""
    cls = _CLASSES.get(kind)
    if cls is None:
        return OtherPayload(extra=dict(fields))
    names = _defaults(cls)
    known = {name: value for name, value in fields.items() if name in names}
    return cls(**known, extra={name: value for name, value in fields.items() if name not in names})


def read_payload(kind: str, plain: Mapping[str, Any]) -> Payload:
    """Read what `Payload.to_plain` wrote, lifting old versions step by step to today's.

    A version that is not ours (a newer one, a plugin's that is not here) is read as far as we know it; the
    rest is kept in `extra`, the version too, so that it is written as it was read.
    """
    fields = dict(plain)
    version = fields.pop("v", 1)
    while (lift := _UPCASTERS.get((kind, version))) is not None:
        fields, version = lift(fields), version + 1
    if version != _CLASSES.get(kind, OtherPayload).payload_version:
        fields["v"] = version
    return make_payload(kind, {name: from_plain(value) for name, value in fields.items()})
