"""Reading one part of a policy document: every fault is collected with its path, none stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from attrs import evolve, field, frozen

from supportkit.errors import ExpressionError, Fault, InvalidValue, PolicyError, SupportkitError, nearest_name
from supportkit.rules import Expression, KeywordSet, Schema, parse

__all__ = ["Reading"]

T = TypeVar("T")


@frozen
class Reading:
    """One reading of a document: its faults so far, and what conditions may refer to."""

    faults: list[Fault] = field(factory=list)
    schema: Schema | None = None
    keywords: Mapping[str, KeywordSet] = field(factory=dict)

    def fault(self, code: str, path: str, message: str, hint: str | None = None) -> None:
        """Note one thing that is wrong."""
        self.faults.append(Fault(code, path=path, message=message, hint=hint))

    def mapping(self, value: Any, path: str, known: Iterable[str] | None = None) -> dict[str, Any]:
        """Return a mapping's known keys; anything else, and every unknown key, is a fault."""
        if not isinstance(value, Mapping):
            self.fault("not_a_mapping", path, f"{value!r} is no mapping", "write `name: value` lines")
            return {}
        if known is None:
            return dict(value)
        names = tuple(known)
        for key in value:
            if key not in names:
                near = nearest_name(str(key), names)
                hint = f"did you mean {near!r}?" if near else f"known are {', '.join(names)}"
                self.fault(
                    "unknown_key", f"{path}.{key}" if path else str(key), f"there is no {key!r} here", hint
                )
        return {key: item for key, item in value.items() if key in names}

    def items(self, value: Any, path: str) -> list[tuple[str, Any]]:
        """Return a list's items with their paths; anything else is a fault."""
        if not isinstance(value, list | tuple):
            self.fault(
                "not_a_list", path, f"{value!r} is no list", "begin each line with `- `, or write [...]"
            )
            return []
        return [(f"{path}[{number}]", item) for number, item in enumerate(value)]

    def texts(self, value: Any, path: str) -> tuple[str, ...]:
        """Return a list of texts; a single text is a list of one."""
        if isinstance(value, str):
            return (value,)
        found = []
        for place, item in self.items(value, path):
            found.append(self.text(item, place))
        return tuple(found)

    def text(self, value: Any, path: str) -> str:
        """Return a text; anything else is a fault."""
        if isinstance(value, str):
            return value
        self.fault("not_a_text", path, f"{value!r} is no text")
        return ""

    def flag(self, value: Any, path: str) -> bool:
        """Return a yes or no."""
        words = {"true": True, "yes": True, "false": False, "no": False}
        if str(value).lower() not in words:
            self.fault("bad_value", path, f"{value!r} is neither true nor false")
        return words.get(str(value).lower(), False)

    def whole(self, value: Any, path: str) -> int | None:
        """Return a whole number."""
        try:
            return int(value)
        except (TypeError, ValueError):
            self.fault("bad_value", path, f"{value!r} is no whole number")
            return None

    def condition(self, value: Any, path: str) -> Expression | None:
        """Return a condition from its text; its faults get their place in the document."""
        if isinstance(value, str) and not value.strip():
            self.fault(
                "empty_condition", path, "this condition is empty", "leave `when` out to fit everything"
            )
            return None
        try:
            return parse(value, schema=self.schema, keywords=self.keywords)
        except ExpressionError as error:
            self.faults.extend(evolve(fault, path=path) for fault in error.faults)
            return None

    def build(self, path: str, make: Callable[[], T]) -> T | None:
        """Return what `make` builds; what it raises becomes faults at `path` (or at the paths it names)."""
        try:
            return make()
        except PolicyError as error:
            self.faults.extend(f if f.path else evolve(f, path=path) for f in error.faults)
        except ExpressionError as error:
            self.faults.extend(evolve(fault, path=path) for fault in error.faults)
        except (InvalidValue, SupportkitError) as error:
            self.fault("bad_value", path, str(error))
        return None

    def finish(self) -> None:
        """Raise PolicyError when anything was wrong."""
        if self.faults:
            raise PolicyError(self.faults)
