"""How values of facts are shown to people: in the text form of conditions, private ones never."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final

from attrs import frozen

from supportkit.rules._literals import as_literal
from supportkit.rules._printer import node_to_text
from supportkit.rules._reading import is_absent
from supportkit.rules._values import Failure, Recorded, classified
from supportkit.rules.nodes import Literal
from supportkit.rules.schema import Schema

__all__ = ["LONGEST", "Display", "Seen", "literal_text"]

LONGEST: Final = 80
_MOST_ITEMS: Final = 20


@frozen
class Seen:
    """A fact that was read: its name as the condition writes it, its dotted path, and how it looked.

    `state` is value, missing, private, unreadable or observed (a text of which only what conditions made of
    it is left); `text` is the value in the text form of conditions, or why it cannot be read, else empty.
    """

    name: str
    path: str
    state: str
    text: str = ""

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        plain = {"name": self.name, "path": self.path, "state": self.state}
        return {**plain, "text": self.text} if self.text else plain


def literal_text(value: Any) -> str:
    """Return a plain value in the text form of conditions, not shortened."""
    return node_to_text(Literal(as_literal(value)))


class Display:
    """Shows values of facts; what the schema declares private, or what lies below it, is masked."""

    __slots__ = ("_private",)

    def __init__(self, schema: Schema | None) -> None:
        self._private = frozenset(tuple(each.path.split(".")) for each in schema or () if each.private)

    def hides(self, path: str) -> bool:
        """Tell whether the path is private itself or lies below a private one."""
        return self._hides(tuple(path.split(".")))

    def _hides(self, keys: tuple[str, ...]) -> bool:
        return bool(self._private) and any(keys[:size] in self._private for size in range(1, len(keys) + 1))

    def seen(self, name: str, path: str, value: Any) -> Seen:
        """Return how a value looked that was read at a path."""
        if is_absent(value):
            return Seen(name, path, "missing")
        if self.hides(path):
            return Seen(name, path, "private")
        if isinstance(value, Failure):
            return Seen(name, path, "unreadable", _cut(value.reason))
        if isinstance(value, Recorded):
            return Seen(name, path, "observed")
        return Seen(name, path, "value", self.text(path, value))

    def text(self, path: str, value: Any) -> str:
        """Return a value for people, at most `LONGEST` characters; objects of the host by their class."""
        try:
            return _cut(self._text(tuple(path.split(".")), value))
        except Exception:  # noqa: BLE001 -- a host's value may raise, or hold itself; its class is told then
            return f"an object of the class {type(value).__name__}"

    def _text(self, keys: tuple[str, ...], value: Any) -> str:
        if self._hides(keys):
            return "private"
        if isinstance(value, Recorded):
            return "an observed text"
        kind, value = classified(value)
        if isinstance(value, dict):
            return self._map(keys, value)
        if kind == "list":
            return self._list(keys, value)
        if kind == "text":
            return literal_text(value[: LONGEST + 1])
        return _scalar(kind, value)

    def _map(self, keys: tuple[str, ...], value: Mapping[Any, Any]) -> str:
        items = islice(value.items(), _MOST_ITEMS)
        return (
            "{"
            + ", ".join(f"{literal_text(str(k))}: {self._text((*keys, str(k)), v)}" for k, v in items)
            + "}"
        )

    def _list(self, keys: tuple[str, ...], value: Any) -> str:
        texts = [self._text(keys, item) for item in islice(value, _MOST_ITEMS)]
        return (
            "{" + ", ".join(sorted(texts)) + "}"
            if isinstance(value, AbstractSet)
            else f"[{', '.join(texts)}]"
        )


def _scalar(kind: str, value: Any) -> str:
    try:
        return "null" if value is None else literal_text(value)
    except (TypeError, ValueError):  # a host's object, or a whole number of more digits than Python writes
        return "a huge number" if kind == "number" else f"an object of the class {type(value).__name__}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
