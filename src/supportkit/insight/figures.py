"""What a measure comes to: a ratio, a sample of durations, a spread of amounts; figures of parts add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from attrs import field, frozen

from supportkit.errors import InvalidValue

__all__ = ["Durations", "Figure", "Ratio", "Spread"]

Group = tuple[str, str]


@frozen
class Ratio:
    """`count` out of `of`; its value is None, never 0, when there is nothing to count out of.

    A share when `count` is a part of `of`, a mean when it is a sum over them.

    >>> (Ratio(1, 2) + Ratio(2, 2)).value, Ratio().value
    (0.75, None)
    """

    count: int = 0
    of: int = 0

    @property
    def value(self) -> float | None:
        """The ratio, or None."""
        return self.count / self.of if self.of else None

    @classmethod
    def total(cls, parts: Iterable[Ratio]) -> Ratio:
        """Return the ratio over all parts."""
        found = [(part.count, part.of) for part in parts if part.of]
        return cls(sum(count for count, _ in found), sum(of for _, of in found))

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio.total((self, other))


def _sorted(values: Iterable[timedelta]) -> tuple[timedelta, ...]:
    return tuple(sorted(values))


@frozen
class Durations:
    """A sample of durations, shortest first; its value is the median, None when it is empty.

    >>> sample = Durations([timedelta(hours=3), timedelta(hours=1)]) + Durations([timedelta(hours=8)])
    >>> sample.value.seconds // 3600, sample.worst.seconds // 3600, sample.quantile(0.25).seconds // 3600
    (3, 8, 1)
    """

    values: tuple[timedelta, ...] = field(default=(), converter=_sorted)

    @property
    def of(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def value(self) -> timedelta | None:
        """The median: the middle one, of two middle ones the shorter."""
        return self.quantile(0.5)

    @property
    def mean(self) -> timedelta | None:
        """The sum by the number, or None."""
        return sum(self.values, timedelta()) / self.of if self.values else None

    @property
    def worst(self) -> timedelta | None:
        """The longest, or None."""
        return self.values[-1] if self.values else None

    def quantile(self, share: float) -> timedelta | None:
        """Return the shortest one that at least `share` of the sample does not exceed; None when empty.

        Raises InvalidValue for a share outside 0..1.
        """
        if not 0 <= share <= 1:
            raise InvalidValue(f"share={share!r} is no share; give a number from 0 to 1")
        if not self.values:
            return None
        return self.values[next(rank for rank in range(self.of) if rank + 1 >= share * self.of)]

    @classmethod
    def total(cls, parts: Iterable[Durations]) -> Durations:
        """Return the sample of all parts."""
        return cls(value for part in parts for value in part.values)

    def __add__(self, other: Durations) -> Durations:
        return Durations.total((self, other))


def _amounts(groups: Mapping[Group, Iterable[Decimal]]) -> dict[Group, tuple[Decimal, ...]]:
    return {group: tuple(sorted(amounts)) for group, amounts in sorted(groups.items())}


@frozen
class Spread:
    """Amounts given in like cases, by the kind of matter and the currency, the lowest first.

    Its value is the largest ratio of highest to lowest amount in a group of two or more: 1.0 says that like
    cases got like remedies. None when no group has two amounts above nothing.

    >>> spread = Spread({("late", "EUR"): [Decimal(10)]}) + Spread({("late", "EUR"): [Decimal(30)]})
    >>> spread.value, spread.of
    (3.0, 1)
    """

    groups: Mapping[Group, tuple[Decimal, ...]] = field(factory=dict, converter=_amounts)

    @property
    def of(self) -> int:
        """How many groups have two or more amounts above nothing."""
        return len(self._ratios)

    @property
    def value(self) -> float | None:
        """The largest ratio of highest to lowest, or None."""
        return max(self._ratios, default=None)

    @property
    def _ratios(self) -> list[float]:
        positive = [[amount for amount in amounts if amount > 0] for amounts in self.groups.values()]
        return [float(amounts[-1] / amounts[0]) for amounts in positive if len(amounts) > 1]

    @classmethod
    def total(cls, parts: Iterable[Spread]) -> Spread:
        """Return the amounts of all parts, group by group."""
        groups: dict[Group, list[Decimal]] = {}
        for part in parts:
            for group, amounts in part.groups.items():
                groups.setdefault(group, []).extend(amounts)
        return cls(groups)

    def __add__(self, other: Spread) -> Spread:
        return Spread.total((self, other))


Figure = Ratio | Durations | Spread
