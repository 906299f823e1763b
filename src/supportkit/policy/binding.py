"""Your objects, not ours: facts read straight from the host's own objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from supportkit.errors import InvalidValue, nearest_name
from supportkit.rules import Schema

__all__ = ["Binding", "BoundFacts"]


@frozen
class Binding:
    """Turns a host's object into facts, along attribute paths that were checked once."""

    paths: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, Any] = field(repr=False)

    @classmethod
    def checked(cls, paths: Mapping[str, str], schema: Schema) -> Binding:
        """Check fact names and attribute paths; see `Policy.bind`."""
        found = {name: _path(name, path, schema) for name, path in paths.items()}
        groups: dict[str, Any] = {}
        for name, path in sorted(found.items()):
            *outer, last = name.split(".")
            group = groups
            for step in outer:
                group = group.setdefault(step, {})
                if not isinstance(group, dict):
                    raise InvalidValue(f"{name}: what it is a part of is bound already; bind one of the two")
            group[last] = path
        return cls(found, groups)

    def __call__(self, source: Any) -> BoundFacts:
        """Return the facts of one object, a nested mapping that reads the object when it is asked."""
        return BoundFacts(source, self.groups)


def _path(name: str, path: str, schema: Schema) -> tuple[str, ...]:
    schema.field(name)
    steps = tuple(str(path).split("."))
    if any(not step.isidentifier() or step.startswith("__") for step in steps):
        raise InvalidValue(f"{name}: {path!r} is no path of attributes; write it like 'account.spend_365d'")
    return steps


class BoundFacts(Mapping[str, Any]):
    """The facts of one object, as a nested mapping that reads the object when it is asked.

    None on the way, or a key that a mapping lacks, is a missing fact. Whatever else stands in the way (an
    attribute that is not there, a property that raises, a method) raises InvalidValue that names the path.
    """

    __slots__ = ("_paths", "_source")

    def __init__(self, source: Any, paths: Mapping[str, Any]) -> None:
        self._source, self._paths = source, paths

    def __getitem__(self, name: str) -> Any:
        path = self._paths[name]
        if isinstance(path, Mapping):
            return BoundFacts(self._source, path)
        return _read(self._source, path)

    def __contains__(self, name: object) -> bool:
        return name in self._paths  # without reading the host's object

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _read(source: Any, path: tuple[str, ...]) -> Any:
    value = source
    for number, step in enumerate(path, 1):
        if value is None:
            return None
        try:
            value = value.get(step) if isinstance(value, Mapping) else getattr(value, step)
        except Exception as error:
            raise InvalidValue(_unreadable(path, number, value, error)) from error
        if callable(value):
            raise InvalidValue(
                f"{'.'.join(path[:number])} can be called (a method, a manager of related objects), which "
                "never happens here; bind a value or a property"
            )
    return value


def _unreadable(path: tuple[str, ...], number: int, owner: Any, error: Exception) -> str:
    """Say what was raised, and which attribute was likely meant when there is none of that name."""
    near = None
    if isinstance(error, AttributeError) and not hasattr(type(owner), path[number - 1]):
        near = nearest_name(path[number - 1], dir(owner))
    hint = f"; did you mean {'.'.join([*path[: number - 1], near])!r}?" if near else ""
    return f"{'.'.join(path)} cannot be read: {type(error).__name__}: {error}{hint}"
