"""Facts and their kinds: reading them along a path, and comparing values of one kind.

Kinds: number (int, float, Decimal), text, bool, date, instant (aware datetime), naive (datetime without a
zone), duration, list (lists, tuples, sets), map. Everything else is of kind other and compares with nothing.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from attrs import frozen

from supportkit.rules._folding import folded
from supportkit.rules._literals import TAGS, literal_from_json
from supportkit.rules.truth import Truth, all_true

__all__ = [
    "ORDERED",
    "Failure",
    "Recorded",
    "attribute",
    "classified",
    "contained",
    "equal",
    "ordered",
    "step",
    "unreadable",
]


class Recorded:
    """What stands for a text that is no longer there; see `supportkit.rules.text_facts`."""

    __slots__ = ()

    present: bool
    scanned: str
    asked: frozenset[str]
    true: Mapping[str, Any]
    error: frozenset[str]
    cut: frozenset[str]

    def answer(self, leaf: str) -> Truth | None:
        """Return what the leaf was worth on the text, or None when it was never asked."""
        raise NotImplementedError


@frozen
class Failure:
    """Stands for a value that could not be read; every leaf that meets it is in error."""

    reason: str


_KINDS: Final[dict[type, str]] = {
    bool: "bool",
    int: "number",
    float: "number",
    Decimal: "number",
    str: "text",
    date: "date",
    timedelta: "duration",
    list: "list",
    tuple: "list",
    set: "list",
    frozenset: "list",
}
_BASES: Final[tuple[tuple[Any, str, Callable[[Any], Any]], ...]] = (
    (str, "text", str.__str__),
    (bool, "bool", bool),
    (int, "number", int.__int__),
    (float, "number", float.__float__),
    (Decimal, "number", Decimal),
    (date, "date", lambda value: value),
    (timedelta, "duration", lambda value: value),
    (list | tuple | AbstractSet, "list", lambda value: value),
)
"""Kinds of subclasses, and how what a class of its own makes of comparing is left behind."""
_FIELDLESS: Final = (bytes, bytearray, Recorded)
ORDERED: Final = frozenset({"number", "text", "date", "instant", "naive", "duration"})


def classified(value: Any) -> tuple[str, Any]:
    """Return the kind of a value, and the value in the shape that comparisons expect.

    Instants come in UTC, enum members as their value, and typed JSON literals (``{"$dec": "1.10"}``) as
    what they stand for.
    """
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind, value
    try:
        return _classified(value)
    except Exception:  # noqa: BLE001 -- a host's class may raise anything; what cannot be read is of no kind
        return "other", value


def _classified(value: Any) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, Enum):
        return classified(value.value)
    if isinstance(value, Mapping):
        return _mapping(value)
    for base, name, plain in _BASES:
        if isinstance(value, base):
            return name, plain(value)
    return "other", value


def _moment(value: datetime) -> tuple[str, Any]:
    try:
        if value.utcoffset() is None:
            return "naive", value.replace(tzinfo=None)
        return "instant", value.astimezone(UTC)
    except (OverflowError, ValueError):
        return "other", value


def _mapping(value: Mapping[Any, Any]) -> tuple[str, Any]:
    thawed = _thawed(value)
    return ("map", thawed) if isinstance(thawed, Mapping) else classified(thawed)


def _thawed(value: Mapping[Any, Any]) -> Any:
    if len(value) == 1 and next(iter(value)) in TAGS:
        try:
            return literal_from_json(value)
        except (TypeError, ValueError):
            return value
    return value


def step(parent: Any, key: str) -> Any:
    """Read one segment below `parent`, which is not None: the value, None when absent, or a Failure."""
    try:
        return _below(parent, key)
    except Exception as error:  # noqa: BLE001 -- a host's objects may raise anything; that is a fact in error
        return unreadable(key, error)


def _below(parent: Any, key: str) -> Any:
    if isinstance(parent, Mapping):
        value = parent.get(key)
        if value is not None and key not in TAGS:
            return value
        thawed = _thawed(parent)
        return value if thawed is parent else _below(thawed, key)
    if isinstance(parent, Recorded) and not parent.present:
        return None
    if isinstance(parent, _FIELDLESS) or classified(parent)[0] != "other":
        return Failure(f"{key!r} is read below {type(parent).__name__}, which has no fields")
    return attribute(parent, key)


def attribute(owner: Any, name: str, absent: Any = None) -> Any:
    """Return an attribute of a host's object, `absent` for one that is not there or is private.

    Raises what a property raises: one that failed is no fact that is missing.
    """
    if name.startswith("_"):
        return absent
    try:
        return getattr(owner, name)
    except AttributeError:
        if hasattr(type(owner), name):
            raise
        return absent


def unreadable(what: str, error: Exception) -> Failure:
    """Return what stands for a value that raised when it was read."""
    try:
        return Failure(f"{what!r} raised {type(error).__name__}: {error}")
    except Exception:  # noqa: BLE001 -- an error may fail to say what it is
        return Failure(f"{what!r} raised {type(error).__name__}")


def equal(left: Any, right: Any, fold: bool = False) -> Truth:
    """Compare two values for equality; null equals only null, two kinds give ERROR."""
    if left is None or right is None:
        return Truth.TRUE if left is right else Truth.FALSE
    kind, left = classified(left)
    other, right = classified(right)
    if kind != other or kind == "other":
        return Truth.ERROR
    if kind == "list":
        return _equal_lists(left, right, fold)
    if kind == "map":
        return _equal_maps(left, right, fold)
    if kind == "number":
        return _compared(left, right, operator.eq)
    if kind == "text" and fold:
        return Truth.TRUE if folded(left) == folded(right) else Truth.FALSE
    return Truth.TRUE if left == right else Truth.FALSE


def _equal_lists(left: Any, right: Any, fold: bool) -> Truth:
    if len(left) != len(right):
        return Truth.FALSE
    if isinstance(left, AbstractSet) or isinstance(right, AbstractSet):
        return _equal_sets(left, right, fold)
    return all_true(equal(one, other, fold) for one, other in zip(left, right, strict=True))


def _equal_sets(left: Any, right: Any, fold: bool) -> Truth:
    """Pair off what is equal: a set equals every list of its elements. The others decide, kind by kind."""
    ranked = [[(_rank(item, fold), item) for item in side] for side in (left, right)]
    one, other = (Counter(rank for rank, _ in side) for side in ranked)
    alone = [_by_kind(ranked[0], one - other), _by_kind(ranked[1], other - one)]
    if not alone[0]:
        return Truth.TRUE
    pairs = (equal(first, second, fold) for first in alone[0] for second in alone[1])
    return Truth.FALSE if Truth.FALSE in pairs else Truth.ERROR


def _by_kind(ranked: list[tuple[Hashable, Any]], wanted: Counter[Hashable]) -> list[Any]:
    return list({classified(item)[0]: item for rank, item in ranked if rank in wanted}.values())


def _rank(value: Any, fold: bool) -> Hashable:
    """Return the same key for equal values, and one of its own for what equals nothing."""
    if value is None:
        return None
    kind, value = classified(value)
    if kind == "number":
        number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
        return object() if number.is_nan() else (kind, number)
    if kind == "text":
        return kind, folded(value) if fold else value
    if kind == "map":
        return kind, frozenset((key, _rank(item, fold)) for key, item in value.items())
    if kind == "list":
        ranks = [_rank(item, fold) for item in value]
        return (kind, *(sorted(ranks, key=repr) if isinstance(value, AbstractSet) else ranks))
    return object() if kind == "other" else (kind, value)


def _equal_maps(left: Mapping[Any, Any], right: Mapping[Any, Any], fold: bool) -> Truth:
    if left.keys() != right.keys():
        return Truth.FALSE
    return all_true(equal(left[key], right[key], fold) for key in left)


def ordered(left: Any, right: Any, compare: Callable[[Any, Any], bool], fold: bool = False) -> Truth:
    """Compare two values by order; only two values of one ordered kind have one, others give ERROR."""
    kind, left = classified(left)
    other, right = classified(right)
    if kind != other or kind not in ORDERED:
        return Truth.ERROR
    if kind == "number":
        return _compared(left, right, compare)
    if kind == "text" and fold:
        left, right = folded(left), folded(right)
    return Truth.TRUE if compare(left, right) else Truth.FALSE


def _compared(left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> Truth:
    if isinstance(left, float) and isinstance(right, Decimal):
        left = Decimal(float.__repr__(left))
    elif isinstance(right, float) and isinstance(left, Decimal):
        right = Decimal(float.__repr__(right))
    if _is_nan(left) or _is_nan(right):
        return Truth.FALSE
    return Truth.TRUE if compare(left, right) else Truth.FALSE


def _is_nan(value: Any) -> bool:
    return value.is_nan() if isinstance(value, Decimal) else value != value  # noqa: PLR0124 -- only NaN differs from itself


def contained(needle: Any, elements: Iterable[Any], fold: bool = False) -> Truth:
    """Tell whether one element equals the needle: TRUE if any does, else ERROR if one is of another kind."""
    plain = type(needle) is str and not fold
    result = Truth.FALSE
    for element in elements:
        if element is None:
            continue
        if plain and type(element) is str:
            if element == needle:
                return Truth.TRUE
            continue
        truth = equal(needle, element, fold)
        if truth is Truth.TRUE:
            return truth
        if truth is Truth.ERROR:
            result = truth
    return result
