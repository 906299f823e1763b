"""Facts with some of them changed; what lies beneath is never touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from supportkit.errors import InvalidValue
from supportkit.rules._literals import TAGS
from supportkit.rules._lowering import path_of
from supportkit.rules._values import classified, step

__all__ = ["flattened", "overlaid"]


def flattened(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes by dotted path; nested mappings are entered, typed literals are values.

    Raises InvalidValue for a path that is none.
    """
    return dict(_flat(changes, ()))


def _flat(changes: Mapping[Any, Any], above: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for path, value in changes.items():
        keys = path_of(path) if isinstance(path, str) else None
        if keys is None:
            raise InvalidValue(f"{path!r} is no path of a fact; write it like 'customer.plan'")
        if isinstance(value, Mapping) and value and not (len(value) == 1 and next(iter(value)) in TAGS):
            yield from _flat(value, above + keys)
        else:
            yield ".".join(above + keys), value


def overlaid(facts: Any, changes: Mapping[str, Any]) -> Any:
    """Return the facts with changed values by dotted path, for reading only.

    Raises InvalidValue for a path through a list, which must be given whole.
    """
    for path, value in changes.items():
        facts = _changed(facts, tuple(path.split(".")), value, path)
    return facts


def _changed(facts: Any, keys: tuple[str, ...], value: Any, path: str) -> Any:
    if not keys:
        return value
    kind = classified(facts)[0]
    if kind == "list":
        raise InvalidValue(f"{path!r} leads through a list; give the whole list")
    if isinstance(facts, Mapping) and kind == "map":
        return _ChangedMapping(facts, keys[0], _changed(step(facts, keys[0]), keys[1:], value, path))
    if facts is None or kind != "other":
        return {keys[0]: _changed(None, keys[1:], value, path)}
    return _ChangedObject(facts, keys[0], _changed(step(facts, keys[0]), keys[1:], value, path))


class _ChangedMapping(Mapping[str, Any]):
    __slots__ = ("_beneath", "_key", "_value")

    def __init__(self, beneath: Mapping[str, Any], key: str, value: Any) -> None:
        self._beneath, self._key, self._value = beneath, key, value

    def __getitem__(self, key: str) -> Any:
        return self._value if key == self._key else self._beneath[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self._value if key == self._key else self._beneath.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key == self._key or key in self._beneath

    def __iter__(self) -> Iterator[str]:
        yield from self._beneath
        if self._key not in self._beneath:
            yield self._key

    def __len__(self) -> int:
        return len(self._beneath) + (self._key not in self._beneath)


class _ChangedObject:
    """An object with one attribute changed; what raises beneath stays a fact that cannot be read."""

    __slots__ = ("_beneath", "_key", "_value")

    def __init__(self, beneath: Any, key: str, value: Any) -> None:
        self._beneath, self._key, self._value = beneath, key, value

    def __getattr__(self, name: str) -> Any:
        if name == self._key:
            return self._value
        value = step(self._beneath, name)
        if value is None and not hasattr(self._beneath, name):
            raise AttributeError(name)
        return value
