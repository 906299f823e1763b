"""The facts that choose targets: what was handed in, and over it what the log says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supportkit.rules import TextFacts

__all__ = ["nested", "recordable", "recorded", "within_reach"]

_NOTHING = object()


def within_reach(facts: Any, paths: Iterable[str]) -> dict[str, Any]:
    """Return the facts at these dotted paths of mappings or attributes, by path; absent ones are left out."""
    found = ((path, _read(facts, path)) for path in paths)
    return {path: value for path, value in found if value is not _NOTHING}


def _read(facts: Any, path: str) -> Any:
    value = facts
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name, _NOTHING)
        else:
            value = _NOTHING if name.startswith("_") else getattr(value, name, _NOTHING)
        if value is _NOTHING:
            break
    return value


def nested(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts by path as nested mappings; later layers win.

    >>> nested({"case.kind": "question", "plan": "gold"}, {"case.kind": "complaint"})
    {'case': {'kind': 'complaint'}, 'plan': 'gold'}
    """
    facts: dict[str, Any] = {}
    for layer in layers:
        for path, value in sorted(layer.items()):
            *parents, name = path.split(".")
            place = facts
            for parent in parents:
                below = place.get(parent)
                place[parent] = dict(below) if isinstance(below, Mapping) else {}
                place = place[parent]
            place[name] = value
    return facts


def recordable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts by path nested as an event holds them: texts only as what was read from them."""
    return nested(
        {
            path: {"$text": value.to_plain()} if isinstance(value, TextFacts) else value
            for path, value in facts.items()
        }
    )


def recorded(facts: Any, paths: Iterable[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given facts with those that an event recorded over them.

    What was read from a text is taken from the event only where nothing better was given.
    """
    found = dict(given)
    for path, value in within_reach(facts, paths).items():
        if not (isinstance(value, Mapping) and "$text" in value):
            found[path] = value
        elif path not in given:
            found[path] = TextFacts.from_plain(value["$text"])
    return found
