"""YAML as people mean it: every scalar stays the text that was written.

``17:00``, ``no``, ``+44`` and ``1.10`` are not what YAML 1.1 makes of them, so nothing is converted here; the
schema of the policy gives each text its type. Duplicate keys, aliases, anchors and tags are refused, all of
them at once, with line and column.
"""

from __future__ import annotations

from typing import Any

import yaml
from attrs import field, frozen

from supportkit.errors import Fault, PolicyError

__all__ = ["Document", "read_yaml"]

_MAX_DEPTH = 60
Place = tuple[int, int]


@frozen
class Document:
    """A document as nested dicts, lists and texts, and where in the file each part stands.

    `places` maps the dotted path of a part (``sla.resolution[0].within``) to line and column, from 1.
    """

    data: Any
    places: dict[str, Place] = field(factory=dict, repr=False)
    file: str | None = None

    def located(self, fault: Fault) -> Fault:
        """Return the fault with file, line and column of its path, or of the nearest part around it.

        A fault inside a text (a rule) already carries its column there; it is added to the text's own.
        """
        path = fault.path
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        line, column = self.places.get(path, (None, None))
        if line is not None and column is not None and fault.column is not None and fault.line in {None, 1}:
            column += fault.column - 1
        return Fault(fault.code, self.file, line, column, fault.path, fault.message, fault.hint)


def read_yaml(text: str, *, file: str | None = None) -> Document:
    """Read YAML with all scalars as text; raises PolicyError with every fault that can be told apart."""
    try:
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        hint = "quote texts that hold ': ', '#', '{', or a comma inside {...}"
        message = f"this is no YAML: {error.problem or error.context}"
        raise PolicyError([Fault("broken_yaml", file, line, column, "", message, hint)]) from None
    except yaml.YAMLError as error:
        message = f"this is no YAML: {error}".splitlines()[0]
        raise PolicyError(
            [Fault("broken_yaml", file, None, None, "", message, "save it as UTF-8 text")]
        ) from None
    reader = _Reader(file)
    content = [event for event in events if not isinstance(event, _FRAME)]
    starts = [event for event in events if isinstance(event, yaml.DocumentStartEvent)]
    for start in starts[1:2]:
        reader.fault("several_documents", start, "", "a policy file holds one document", "remove the '---'")
    data = reader.node(iter(content), "") if content else {}
    if reader.faults:
        raise PolicyError(reader.faults)
    return Document(data, reader.places, file)


_FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Reader:
    """Builds the document from YAML's event stream; owned by one call of `read_yaml`."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.places: dict[str, Place] = {}

    def fault(self, code: str, event: yaml.Event, path: str, message: str, hint: str) -> None:
        self.faults.append(Fault(code, self.file, *_place(event), path, message, hint))

    def node(self, events: Any, path: str, *, depth: int = 0, first: yaml.Event | None = None) -> Any:
        event = first if first is not None else next(events)
        self._check(event, path)
        line, column = self.places[path] = _place(event)
        if isinstance(event, yaml.AliasEvent):
            return ""
        if isinstance(event, yaml.ScalarEvent):
            if event.style in {"'", '"'}:
                self.places[path] = (line, column + 1)
            return event.value
        if depth >= _MAX_DEPTH:
            fault = Fault(
                "too_deep", self.file, *self.places[path], path, f"nested deeper than {_MAX_DEPTH} levels"
            )
            raise PolicyError([*self.faults, fault])
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._mapping(events, path, depth)

    def _check(self, event: Any, path: str) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.fault("alias", event, path, f"the alias *{event.anchor} is refused", "write the value out")
            return
        if event.anchor is not None:
            self.fault("anchor", event, path, f"the anchor &{event.anchor} is refused", "write the value out")
        if event.tag is not None:
            self.fault("tag", event, path, f"the tag {event.tag} is refused", "write the plain value")

    def _sequence(self, events: Any, path: str, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self.node(events, f"{path}[{len(items)}]", depth=depth + 1, first=event))
        return items

    def _mapping(self, events: Any, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.fault("key", event, path, "a key must be plain text", "write `name: value`")
                self.node(events, path, depth=depth + 1, first=event)
                self.node(events, path, depth=depth + 1)
                continue
            self._check(event, path)
            key = event.value
            inner = f"{path}.{key}" if path else key
            if key in found:
                line = self.places[inner][0]
                message = f"the key {key!r} stands twice (first in line {line})"
                self.fault("duplicate_key", event, inner, message, "merge the two or remove one")
            value = self.node(events, inner, depth=depth + 1)
            found.setdefault(key, value)
        return found
