"""Reads a part of a policy document, where scalars may be text, and gathers everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from supportkit.errors import ExpressionError, Fault, InvalidValue, PolicyError, nearest_name
from supportkit.rules.expression import Expression
from supportkit.rules.json_form import from_json
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.schema import Schema
from supportkit.rules.text import parse

__all__ = ["SectionReader"]

_FLAGS: Mapping[Any, bool] = {"true": True, "yes": True, "false": False, "no": False}
_T = TypeVar("_T")


class SectionReader:
    """Gathers faults while a section is read; owned by one call of `from_dict`."""

    def __init__(self, *, schema: Schema | None, keywords: Mapping[str, KeywordSet]) -> None:
        self.faults: list[Fault] = []
        self.schema = schema
        self.keywords = keywords

    def fault(self, code: str, path: str, message: str, hint: str | None = None) -> None:
        """Note one thing that is wrong."""
        self.faults.append(Fault(code, path=path, message=message, hint=hint))

    def unknown(self, code: str, what: str, name: object, known: Iterable[str], path: str) -> None:
        """Note that nothing is called `name`, with the nearest name that is."""
        names = list(known)
        near = nearest_name(str(name), names)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(names) or 'none'}"
        self.fault(code, path, f"there is no {what} {name!r}", hint)

    def mapping(self, value: Any, path: str, known: Iterable[str] | None = None) -> dict[str, Any]:
        """Return a mapping, without the keys that are not `known`; an empty one for anything else."""
        if not isinstance(value, Mapping):
            self.fault("bad_value", path, f"{value!r} is no mapping", "write `name: value` lines")
            return {}
        names = list(value) if known is None else list(known)
        for key in value:
            if key not in names:
                self.unknown("unknown_key", "key", key, names, f"{path}.{key}")
        return {key: item for key, item in value.items() if key in names}

    def items(self, value: Any, path: str) -> list[tuple[str, Any]]:
        """Return (path, item) for each item of a list."""
        if not isinstance(value, list | tuple):
            self.fault("bad_value", path, f"{value!r} is no list", "begin each item with `- `")
            return []
        return [(f"{path}[{number}]", item) for number, item in enumerate(value)]

    def text(self, value: Any, path: str) -> str | None:
        """Return a text that says something."""
        if isinstance(value, str) and value.strip():
            return value
        self.fault("bad_value", path, f"{value!r} is no text")
        return None

    def flag(self, value: Any, path: str) -> bool | None:
        """Return a yes or no."""
        if isinstance(value, bool):
            return value
        if value in _FLAGS:
            return _FLAGS[value]
        self.fault("bad_value", path, f"{value!r} is neither yes nor no")
        return None

    def condition(self, value: Any, path: str) -> Expression | None:
        """Return the condition in text or JSON form, bound to keywords and checked against the schema."""
        if isinstance(value, Expression):
            return value
        read = parse if isinstance(value, str) else from_json
        try:
            return read(value, schema=self.schema, keywords=self.keywords)
        except ExpressionError as error:
            self.faults += [
                Fault(one.code, one.file, one.line, one.column, path, one.message, one.hint)
                for one in error.faults
            ]
            return None

    def built(self, build: Callable[[], _T], path: str) -> _T | None:
        """Return what `build` makes, or note why it refused."""
        try:
            return build()
        except InvalidValue as error:
            self.fault("bad_value", path, str(error))
            return None

    def finish(self) -> None:
        """Raise PolicyError when anything was wrong."""
        if self.faults:
            raise PolicyError(self.faults)
