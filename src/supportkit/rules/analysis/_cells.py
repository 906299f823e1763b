"""The values of one field, cut into cells: within a cell every comparison with a literal comes out alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from typing import Any, Final

from attrs import frozen

from supportkit.rules._literals import literal_key
from supportkit.rules._values import classified
from supportkit.rules.analysis._diagrams import TooLarge
from supportkit.rules.schema import KIND_OF_TYPE, Field

__all__ = ["Cell", "kind_cells", "kind_of", "number_cells", "typed_cells"]

_EXACT: Final = Context(prec=400)
_WIDEST: Final = 300
"""Digits before or after the point up to which midpoints are exact."""
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- naive arithmetic serves both kinds
_FIRST, _LAST = (datetime.min - _EPOCH) // _MICROSECOND, (datetime.max - _EPOCH) // _MICROSECOND  # noqa: DTZ901
_SAMPLES: Final = {"date": date(2026, 1, 6), "instant": datetime(2026, 1, 6, 10, tzinfo=UTC)}
_TYPE_KINDS: Final[dict[str, str]] = {
    **{each: kind for each, kind in KIND_OF_TYPE.items() if kind is not None},
    "int": "int",
    "enum": "enum",
    "record": "map",
}


@frozen
class Cell:
    """Some values of one field, with one of them.

    `state` is value (all literals compare alike), open (a text or list whose parts are looked into as well),
    missing (null), no_key (not even null), odd (of a kind that no rule asks for; untyped fields only) or
    unreadable (a parent is no map; untyped fields only).
    """

    state: str
    value: Any = None

    @property
    def is_there(self) -> bool:
        """Whether the value is one that a complete input may hold."""
        return self.state in {"value", "open"}

    @property
    def is_missing(self) -> bool:
        """Whether the field is absent."""
        return self.state in {"missing", "no_key"}


def kind_of(field: Field) -> str:
    """Return the kind of a field's values (`bool` and `int` are kinds of their own here)."""
    return _TYPE_KINDS.get(field.type, field.type)


def typed_cells(field: Field, literals: Sequence[Any], *, ordered: bool, folded: bool) -> list[Cell]:
    """Return the cells of the values of a declared field, without the missing ones."""
    if field.values and field.type not in {"set", "list", "record"}:
        return [Cell("value", value) for value in field.values]
    return kind_cells(kind_of(field), literals, low=field.min, high=field.max, ordered=ordered, folded=folded)


def kind_cells(
    kind: str, literals: Sequence[Any], *, low: Any = None, high: Any = None, ordered: bool, folded: bool
) -> list[Cell]:
    """Return the cells of the values of one kind.

    `ordered`: some rule asks for their order; `folded`: some rule compares texts without regard to case.
    """
    if kind == "bool":
        return [Cell("value", True), Cell("value", False)]
    if kind in {"int", "number"}:
        return [Cell("value", each) for each in number_cells(literals, low, high, whole=kind == "int")]
    if kind in _STEPS:
        to_int, from_int, (first, last) = _STEPS[kind]
        least = to_int(low) if _is(kind, low) else first
        most = to_int(high) if _is(kind, high) else last
        marks = [to_int(classified(each)[1]) for each in literals if _is(kind, each)]
        sample = to_int(_SAMPLES[kind]) if kind in _SAMPLES else 0
        return [Cell("value", from_int(each)) for each in _whole(marks, least, most, sample)]
    if kind == "text":
        return _text_cells([each for each in literals if isinstance(each, str)], ordered, folded)
    return _part_cells(kind, literals)


def _is(kind: str, value: Any) -> bool:
    return value is not None and classified(value)[0] == kind


def _part_cells(kind: str, literals: Sequence[Any]) -> list[Cell]:
    """Lists and maps: each literal one is a cell, all others are open."""
    other: Any = {} if kind == "map" else []
    found = {literal_key(each): each for each in literals if _is(kind, each)}
    points = [Cell("value", list(each) if kind == "list" else dict(each)) for each in found.values()]
    return [Cell("open", other), *points]


# -- numbers, dates, instants, durations -------------------------------------------------------------------


def number_cells(literals: Iterable[Any], low: Any, high: Any, *, whole: bool) -> list[Any]:
    """Return one number from each stretch that the literals mark off between the bounds."""
    marks = [exact for each in literals if (exact := _number(each)) is not None]
    bounds = _number(low), _number(high)
    if not whole:
        return [_plain(each) for each in _dense(sorted(set(marks)), *bounds)]
    ends = (
        None if bounds[0] is None else math.ceil(bounds[0]),
        None if bounds[1] is None else math.floor(bounds[1]),
    )
    return _whole([side for each in marks for side in (math.floor(each), math.ceil(each))], *ends, 0)


def _number(value: Any) -> Decimal | None:
    """Return a finite number exactly, a float by its shortest decimal text, or None for anything else."""
    if value is None or classified(value)[0] != "number":
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(classified(value)[1])
    if not number.is_finite():
        return None
    if abs(number.adjusted()) > _WIDEST or len(number.as_tuple().digits) > _WIDEST:
        raise TooLarge
    return number


def _plain(number: Decimal) -> Decimal:
    """Return the number as people write it: 3, not 3.00 or 3E+0."""
    short = number.normalize(_EXACT)
    return short.quantize(Decimal(1), context=_EXACT) if int(short.as_tuple().exponent) > 0 else short


def _whole(marks: Iterable[int], low: int | None, high: int | None, sample: int) -> list[int]:
    inside = sorted({m for m in marks if (low is None or m >= low) and (high is None or m <= high)})
    if not inside:
        nearest = sample if low is None else max(sample, low)
        return (
            [nearest if high is None else min(nearest, high)]
            if low is None or high is None or low <= high
            else []
        )
    found = [inside[0] - 1] if low is None or inside[0] > low else []
    for mark, above in zip(inside, [*inside[1:], None], strict=True):
        found.append(mark)
        if (above is None and (high is None or mark < high)) or (above is not None and mark + 1 < above):
            found.append(mark + 1)
    return found


def _dense(marks: list[Decimal], low: Decimal | None, high: Decimal | None) -> list[Decimal]:
    if low is not None and high is not None and low > high:
        return []
    inside = [m for m in marks if (low is None or m >= low) and (high is None or m <= high)]
    if not inside:
        return [low if low is not None else high if high is not None else Decimal(0)]
    found = [] if low == inside[0] else [_below(inside[0], low)]
    for mark, above in zip(inside, [*inside[1:], None], strict=True):
        found.append(mark)
        if above is not None:
            found.append(_between(mark, above))
        elif mark != high:
            found.append(-_below(-mark, None if high is None else -high))
    return found


def _below(mark: Decimal, low: Decimal | None) -> Decimal:
    near = _EXACT.subtract(mark, Decimal(1))
    return near if low is None or near >= low else low


def _between(mark: Decimal, above: Decimal) -> Decimal:
    near = _EXACT.add(mark, Decimal(1))
    return near if near < above else _EXACT.divide(_EXACT.add(mark, above), Decimal(2))


def _instant(value: int) -> datetime:
    return (_EPOCH + value * _MICROSECOND).replace(tzinfo=UTC)


_STEPS: Final[dict[str, tuple[Callable[[Any], int], Callable[[int], Any], tuple[int, int]]]] = {
    "date": (date.toordinal, date.fromordinal, (1, date.max.toordinal())),
    "instant": (
        lambda at: (at.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // _MICROSECOND,
        _instant,
        (_FIRST, _LAST),
    ),
    "naive": (lambda at: (at - _EPOCH) // _MICROSECOND, lambda n: _EPOCH + n * _MICROSECOND, (_FIRST, _LAST)),
    "duration": (
        lambda length: length // _MICROSECOND,
        lambda n: n * _MICROSECOND,
        (timedelta.min // _MICROSECOND, timedelta.max // _MICROSECOND),
    ),
}


# -- texts -------------------------------------------------------------------------------------------------

_OTHERS: Final = ("other", "something else", "x", "|", "~", "\N{SECTION SIGN}", "\N{CURRENCY SIGN}")


def _text_cells(literals: list[str], ordered: bool, folded: bool) -> list[Cell]:
    points = sorted(set(literals))
    others = _stretches(points) if ordered else [next(iter(_unlike(points)))]
    twins = [twin for each in points for twin in _twins(each, points)] if folded else []
    return [*(Cell("open", each) for each in [*others, *twins]), *(Cell("value", each) for each in points)]


def _unlike(points: list[str]) -> Iterable[str]:
    taken = {each.casefold() for each in points}
    yield from (each for each in _OTHERS if each.casefold() not in taken)
    yield "".join(points) + "|"


def _stretches(points: list[str]) -> list[str]:
    """Return a text from each stretch before, between and after the points, in the order of code points."""
    if not points:
        return ["other"]
    found = [""] if points[0] else []
    for point, above in zip(points, [*points[1:], None], strict=True):
        after = (point + end for end in ("|", " ", "!", "\0"))
        found += [text for text in after if above is None or text < above][:1]
    return found


def _twins(text: str, points: list[str]) -> list[str]:
    """Return another text that differs only in case or width."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    forms = (text.upper(), text.lower(), text.title(), text.swapcase(), wide)
    return [
        form for form in forms if form not in points and form.casefold() in {text.casefold(), wide.casefold()}
    ][:1]
