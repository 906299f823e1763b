"""The facts that choose targets: what was handed in, and over it what the log says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supportkit.errors import SupportkitError
from supportkit.rules import Failure, TextFacts, attribute

__all__ = ["nested", "recordable", "recorded", "within_reach"]

_NOTHING = object()


def within_reach(facts: Any, paths: Iterable[str]) -> dict[str, Any]:
    """Return the facts at these dotted paths of mappings or attributes, by path; absent ones are left out.

    A fact whose reading raises is a Failure: conditions on it are in error.
    """
    found = ((path, _read(facts, path)) for path in paths)
    return {path: value for path, value in found if value is not _NOTHING}


def _read(facts: Any, path: str) -> Any:
    value = facts
    try:
        for name in path.split("."):
            value = (
                value.get(name, _NOTHING) if isinstance(value, Mapping) else attribute(value, name, _NOTHING)
            )
            if value is _NOTHING:
                break
    except Exception as error:  # noqa: BLE001 - a host's property may raise anything; that is a fact in error
        return Failure(
            str(error) if isinstance(error, SupportkitError) else f"{type(error).__name__}: {error}"
        )
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
            if not isinstance(value, Failure)
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
