"""Calendars made of others: open when either is, when both are, or when one is and the other is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from typing import Any, Literal, get_args

from attrs import field, frozen

from supportkit.calendars._dates import DatePattern
from supportkit.calendars._intervals import minus, union
from supportkit.calendars._wall import Tile
from supportkit.calendars._year import MARGIN, Table, compiled
from supportkit.calendars._zoned import joined
from supportkit.calendars._zones import year_length
from supportkit.calendars.business_calendar import BusinessCalendar
from supportkit.calendars.calendar import Calendar
from supportkit.calendars.open_time import Hours
from supportkit.calendars.span import Reason
from supportkit.errors import InvalidValue

__all__ = ["CombinedCalendar", "CombinedHours", "read_calendar"]

How = Literal["union", "intersection", "difference"]
Told = tuple[Reason, str | None]

_STRENGTH: tuple[Reason, ...] = ("closure", "holiday", "break", "special", "hours")
_DATES: Mapping[How, Callable[[bool, bool], bool]] = {
    "union": lambda left, right: left or right,
    "intersection": lambda left, right: left and right,
    "difference": lambda left, _: left,
}


@frozen(eq=False)
class CombinedHours:
    """The open time of two others combined, year by year."""

    how: How
    left: Hours
    right: Hours
    labels: tuple[str | None, str | None]
    """What the ledger calls each side; None where a side names its parts itself."""
    opening_years: tuple[int, int] = field(init=False)
    last_change_year: int = field(init=False)
    _alike: dict[tuple[Table, Table], Table] = field(init=False, factory=dict)

    @opening_years.default
    def _years_of_openings(self) -> tuple[int, int]:
        (first, last), (first_right, last_right) = self.left.opening_years, self.right.opening_years
        if self.how == "union":
            return min(first, first_right), max(last, last_right)
        if self.how == "intersection":
            return max(first, first_right), min(last, last_right)
        return first, last

    @last_change_year.default
    def _year_of_last_change(self) -> int:
        return max(self.left.last_change_year, self.right.last_change_year)

    def table(self, number: int) -> Table:
        """Compile a year; years in which both sides are alike share one table."""
        pair = self.left.table(number), self.right.table(number)
        if pair not in self._alike:
            self._alike[pair] = compiled(self._combined(_intervals(pair[0]), _intervals(pair[1]), number))
        return self._alike[pair]

    def tiles(self, low: int, high: int) -> Iterator[Tile]:
        """Yield [low, high) cut into (start, end, reason, name), neighbours of one kind joined."""
        pieces = _side_by_side(self.left.tiles(low, high), self.right.tiles(low, high))
        return joined((start, end, *self._told(left, right)) for start, end, left, right in pieces)

    def _combined(
        self, left: list[tuple[int, int]], right: list[tuple[int, int]], number: int
    ) -> list[tuple[int, int]]:
        if self.how == "union":
            return union(left + right)
        if self.how == "difference":
            return minus(left, right)
        return minus(left, minus([(-MARGIN, year_length(number) + MARGIN)], right))

    def _told(self, left: Told, right: Told) -> Told:
        """Return why an instant is open or closed, from what is said of it on both sides."""
        opens = left[0] == "open", right[0] == "open"
        if self.how == "difference":
            return ("closure", self.labels[1]) if opens[1] else left
        if any(opens) if self.how == "union" else all(opens):
            return "open", None
        if left == right:
            return left
        closed = [
            (told[0], _tagged(told[1], label))
            for told, label, is_open in zip((left, right), self.labels, opens, strict=True)
            if not is_open
        ]
        return min(closed, key=lambda told: _STRENGTH.index(told[0]))


@frozen(eq=False, repr=False)
class CombinedCalendar(Calendar):
    """Two calendars combined, each in its own zone; made by ``a | b``, ``a & b`` and ``a - b``.

    Every instant is open when either is (``|``), when both are (``&``), when the left is and the right is
    not (``-``). A date is a business date when it is one of either, of both, of the left. It is on holiday
    (or a break) by the left or the right in ``&``, by both in ``|``, by the left in ``-``. The ledger says
    which side closed it: by its zone, or by ``left`` and ``right`` when these are the same. What the right
    takes away in ``-`` is a ``closure``.

    >>> london = BusinessCalendar("Europe/London", weekly={"mon-fri": "09:00-17:00"})
    >>> tokyo = BusinessCalendar("Asia/Tokyo", weekly={"mon-fri": "09:00-17:00"})
    >>> from datetime import UTC, datetime
    >>> print((london | tokyo).next_open(datetime(2026, 7, 1, 18, tzinfo=UTC)))
    2026-07-02 00:00:00+00:00
    """

    how: How
    left: Calendar
    right: Calendar
    source: CombinedHours = field(init=False)
    """The open time of both sides, from which years are compiled."""

    @source.default
    def _hours(self) -> CombinedHours:
        differ = self.left.zones != self.right.zones
        sides = [
            None if isinstance(calendar, CombinedCalendar) else calendar.zones[0] if differ else side
            for side, calendar in (("left", self.left), ("right", self.right))
        ]
        return CombinedHours(self.how, self.left.source, self.right.source, (sides[0], sides[1]))

    @property
    def zones(self) -> tuple[str, ...]:
        """The keys of the zones of both sides, each once."""
        return tuple(dict.fromkeys(self.left.zones + self.right.zones))

    @property
    def dates(self) -> DatePattern:
        """The business dates of either side, of both, or of the left."""
        return self.left.dates.combined(self.right.dates, _DATES[self.how])

    def day(self, ordinal: int) -> tuple[datetime, datetime]:
        """Return when the hours of a business date first open and last close."""
        if self.how == "difference":
            return self.left.day(ordinal)
        sides = [side.day(ordinal) for side in (self.left, self.right) if side.dates.holds(ordinal)]
        openings, closings = zip(*sides, strict=True)
        if self.how == "union":
            return min(openings), max(closings)
        return max(openings), min(closings)

    def on_holiday(self, t: datetime) -> str | None:
        """Return the name of the holiday of `t`, which in a union both sides have."""
        left = self.left.on_holiday(t)
        if self.how == "difference":
            return left
        right = self.right.on_holiday(t)
        return left and right and left if self.how == "union" else left or right

    def on_break(self, t: datetime) -> bool:
        """Return whether `t` lies in a break, which in a union both sides have."""
        return _breaks(self.how)(self.left.on_break(t), self.right.on_break(t))

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"union": [left, right]}`` (or intersection, difference) with both as plain values."""
        return {self.how: [self.left.to_dict(), self.right.to_dict()]}

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any]) -> Calendar:
        """Read a calendar from what `to_dict` gives; raises InvalidValue."""
        return read_calendar(mapping)


def read_calendar(value: Any, *, named: Callable[[str], Calendar] | None = None) -> Calendar:
    """Read a calendar of any kind from plain values, as a policy document holds them.

    Besides the keys of `BusinessCalendar` there are ``union``, ``intersection`` and ``difference``, each
    alone and with a list of two or more calendars: mappings like this one, or names that `named` knows.
    Raises InvalidValue.

    >>> office = {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}
    >>> leave = {"zone": "Europe/London", "weekly": {}, "special": {"2026-07-01": "00:00-24:00"}}
    >>> print(read_calendar({"difference": [office, leave]}).how)
    difference
    """
    hows = [how for how in get_args(How) if isinstance(value, Mapping) and how in value]
    if not hows:
        return BusinessCalendar.from_dict(value)
    how, parts = hows[0], value[hows[0]]
    if len(value) > 1:
        others = ", ".join(str(key) for key in value if key != how)
        raise InvalidValue(
            f"calendar: {how!r} stands alone, without {others}; name that calendar and join it"
        )
    if not isinstance(parts, list | tuple) or len(parts) < 2:
        raise InvalidValue(f"calendar: {how}: {parts!r} joins nothing; list two or more calendars")
    read = [_part(part, how, named) for part in parts]
    return reduce(lambda left, right: CombinedCalendar(how, left, right), read)


def _part(value: Any, how: str, named: Callable[[str], Calendar] | None) -> Calendar:
    if not isinstance(value, str):
        return read_calendar(value, named=named)
    if named is None:
        raise InvalidValue(f"calendar: {how}: {value!r} is a name, which only a policy document knows")
    return named(value)


def _breaks(how: How) -> Callable[[bool, bool], bool]:
    """A break of a side closes an intersection, and a union only together with the other side's."""
    return _DATES[{"union": "intersection", "intersection": "union"}.get(how, how)]  # type: ignore[index]


def _tagged(name: str | None, label: str | None) -> str | None:
    if label is None:
        return name
    return f"{name} ({label})" if name else label


def _intervals(table: Table) -> list[tuple[int, int]]:
    return list(zip(table.bounds[::2], table.bounds[1::2], strict=True))


def _side_by_side(left: Iterator[Tile], right: Iterator[Tile]) -> Iterator[tuple[int, int, Told, Told]]:
    """Cut two rows of tiles that cover the same stretch into pieces on which neither changes."""
    one, two = next(left, None), next(right, None)
    while one and two:
        end = min(one[1], two[1])
        yield max(one[0], two[0]), end, one[2:], two[2:]
        one, two = next(left, None) if one[1] == end else one, next(right, None) if two[1] == end else two
