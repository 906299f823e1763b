"""Reads a part of a policy document, where scalars may be text, and gathers everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from supportkit.errors import ExpressionError, Fault, InvalidValue, PolicyError, nearest_name
from supportkit.priority.points import Points, exact
from supportkit.rules import Expression, KeywordSet, Schema, from_json, parse

__all__ = ["Reader"]

_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
_T = TypeVar("_T")


class Reader:
    """Gathers faults while a section is read; owned by one call of `from_dict`."""

    def __init__(self, *, keywords: Mapping[str, KeywordSet], schema: Schema | None) -> None:
        self.faults: list[Fault] = []
        self.keywords = keywords
        self.schema = schema

    def fault(self, code: str, path: str, message: str, hint: str | None = None) -> None:
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
        names = None if known is None else list(known)
        for key in value:
            if names is not None and key not in names:
                self.unknown("unknown_key", "key", key, names, f"{path}.{key}")
        return {key: item for key, item in value.items() if names is None or key in names}

    def items(self, value: Any, path: str) -> list[tuple[str, Any]]:
        """Return (path, item) for each item of a list."""
        if not isinstance(value, list | tuple):
            self.fault("bad_value", path, f"{value!r} is no list", "begin each item with `- `")
            return []
        return [(f"{path}[{number}]", item) for number, item in enumerate(value)]

    def number(self, value: Any, path: str) -> Points | None:
        """Return the number, exactly."""
        text = value.strip() if isinstance(value, str) else ""
        if isinstance(value, str) and not _NUMBER.fullmatch(text):
            self.fault("bad_value", path, f"{value!r} is no number", "write it like 40 or 0.5")
            return None
        return self.built(lambda: exact(Decimal(text) if text else value, name=path.rpartition(".")[2]), path)

    def numbers(self, value: Any, path: str) -> dict[str, Points]:
        """Return a mapping of names to numbers."""
        read = {key: self.number(item, f"{path}.{key}") for key, item in self.mapping(value, path).items()}
        return {key: number for key, number in read.items() if number is not None}

    def text(self, value: Any, path: str) -> str | None:
        if isinstance(value, str) and value.strip():
            return value
        self.fault("bad_value", path, f"{value!r} is no text")
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
