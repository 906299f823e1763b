"""Reads operands: facts along their path, elements in scope, and the values computed from them.

A reader takes the facts and the `Run`, and returns the value, None when absent, or a Failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from supportkit.rules._literals import TAGS
from supportkit.rules._values import Failure, Recorded, classified, step, unreadable

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet

__all__ = [
    "Reader",
    "Run",
    "age",
    "aware",
    "coalesce",
    "element",
    "elements",
    "is_absent",
    "length",
    "path_reader",
    "root",
]


class Run:
    """One evaluation: its clock and calendars, the list elements in scope, and what was found missing."""

    __slots__ = ("bound", "calendars", "computed", "found", "missing", "now")

    def __init__(self, now: datetime, calendars: Mapping[str, Any]) -> None:
        self.now = now
        self.calendars = calendars
        self.bound: list[Any] = []
        self.missing: list[str] = []
        self.computed: dict[str, Any] = {}
        self.found: dict[tuple[KeywordSet, str], bool] = {}


Reader: TypeAlias = Callable[[Any, Run], Any]


def is_absent(value: Any) -> bool:
    """Tell whether a value counts as absent: null, or an observed text that was not there."""
    return value is None or (isinstance(value, Recorded) and not value.present)


def guarded(read: Reader, what: str) -> Reader:
    """Return the reader with whatever it raises as a Failure: values of a host may raise anything."""

    def guarded(facts: Any, run: Run) -> Any:
        try:
            return read(facts, run)
        except Exception as error:  # noqa: BLE001 -- see above; that is a fact in error, never a fatal one
            return unreadable(what, error)

    return guarded


def root(facts: Any, _run: Run) -> Any:
    return facts


def path_reader(path: tuple[str, ...]) -> Reader:
    plain = not any(key in TAGS for key in path)

    def read(facts: Any, _run: Run) -> Any:
        value = facts
        try:
            for key in path:
                if plain and type(value) is dict and (len(value) > 1 or key in value):
                    value = value.get(key)
                else:
                    value = step(value, key)
                if value is None:
                    return None
                if type(value) is Failure:
                    return value
        except Exception as error:  # noqa: BLE001 -- a key of the host's own may raise when compared
            return unreadable(".".join(path), error)
        return value

    return read


def element(depth: int, path: tuple[str, ...]) -> Reader:
    below = path_reader(path)

    def read(_facts: Any, run: Run) -> Any:
        value = run.bound[depth]
        return value if value is None else below(value, run)

    return read


def aware(read: Reader, name: str) -> Reader:
    def aware(facts: Any, run: Run) -> Any:
        value = read(facts, run)
        if isinstance(value, datetime) and classified(value)[0] == "naive":
            return Failure(f"{name} has no time zone, so it names no instant")
        return value

    return guarded(aware, name)


def coalesce(readers: list[Reader]) -> Reader:
    def coalesce(facts: Any, run: Run) -> Any:
        for read in readers:
            value = read(facts, run)
            if value is not None and not (isinstance(value, Recorded) and not value.present):
                return value
        return None

    return guarded(coalesce, "coalesce")


def length(read: Reader) -> Reader:
    def length(facts: Any, run: Run) -> Any:
        value = read(facts, run)
        if value is None or isinstance(value, Failure | Recorded):
            return value
        kind, value = classified(value)
        if kind in {"text", "list", "map"}:
            return len(value)
        return Failure(f"{type(value).__name__} has no length")

    return guarded(length, "len")


def age(read: Reader, calendar: str | None) -> Reader:
    def age(facts: Any, run: Run) -> Any:
        value = read(facts, run)
        if value is None or isinstance(value, Failure | Recorded):
            return value
        kind, instant = classified(value)
        if kind != "instant":
            return Failure(f"age needs an instant, not {type(value).__name__}")
        if calendar is None:
            return run.now - instant
        if calendar not in run.calendars:
            return Failure(f"there is no calendar {calendar!r}")
        return run.calendars[calendar].between(instant, run.now)

    return guarded(age, "age")


def elements(value: Any) -> Any:
    """Return something to iterate over, None when absent, or a Failure."""
    if isinstance(value, Recorded) and not value.present:
        return None
    if value is None or isinstance(value, Failure):
        return value
    kind, items = classified(value)
    if kind != "list":
        return Failure(f"{type(value).__name__} is no list")
    try:
        return items if type(items) in _PLAIN_LISTS else tuple(items)
    except Exception as error:  # noqa: BLE001 -- a host's list may raise anything; that is a fact in error
        return unreadable(type(value).__name__, error)


_PLAIN_LISTS: Final = frozenset({list, tuple, set, frozenset})
