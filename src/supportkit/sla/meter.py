"""A meter is a metric made ready to measure: its kind, its statuses, its targets with their calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.calendars import ALWAYS, OpenTime
from supportkit.errors import InvalidValue, nearest_name
from supportkit.rules import Truth
from supportkit.sla.cycle import Choice
from supportkit.sla.metric import Kind, Metric
from supportkit.sla.target import Target

__all__ = ["Meter", "calendar_book"]


@frozen
class Meter:
    """One metric of a policy under its name."""

    name: str
    metric: Metric
    kind: Kind
    pause: frozenset[str]
    hide: frozenset[str]
    targets: tuple[tuple[Target, str, OpenTime], ...] = field(repr=False)
    paths: tuple[str, ...]

    @classmethod
    def of(cls, name: str, metric: Metric, keys: Mapping[int, str], book: Mapping[str, OpenTime]) -> Meter:
        """Make the meter; `keys` names the calendar of each target (by identity), `book` holds them."""
        kind = metric.kind(name)
        paths = {path for t in metric.targets if t.when is not None for path in t.when.fields()}
        return cls(
            name,
            metric,
            kind,
            frozenset(kind.pause if metric.pause is None else metric.pause),
            frozenset(metric.hide),
            tuple((target, keys[id(target)], book[keys[id(target)]]) for target in metric.targets),
            tuple(sorted(paths)),
        )

    @property
    def attached(self) -> bool:
        """Whether it starts with its first target instead of the opening."""
        return self.metric.start == "attached"

    def choice(
        self, facts: Any, *, started: datetime, at: datetime, calendars: Mapping[str, OpenTime]
    ) -> Choice | None:
        """Return the first target whose condition holds, for a cycle that started then; None if none does."""
        undecided: tuple[int, ...] = ()
        for position, (target, key, calendar) in enumerate(self.targets, 1):
            if target.when is not None:
                truth = target.when.evaluate(facts, now=at, calendars=calendars)
                if truth is Truth.FALSE:
                    continue
                if truth is not Truth.TRUE:
                    undecided = (*undecided, position)
                    continue
            return target.chosen(key, calendar, started=started, at=at, undecided=undecided)
        return None


class _Book(dict[str, OpenTime]):
    """Calendars by key; a key that a state brings along from another policy is told, not guessed."""

    def __missing__(self, key: str) -> OpenTime:
        raise InvalidValue(
            f"a clock was measured in the calendar {key!r}, which this policy does not have; "
            "keep it in calendars= as long as cases that used it are open",
        )


def calendar_book(
    metrics: Iterable[Metric], named: Mapping[str, Any]
) -> tuple[Mapping[str, OpenTime], dict[int, str], dict[str, Any]]:
    """Return the calendars by key, the key for each target (by identity), and how each key is shown.

    A calendar given as an object has its version as key and is shown as it is. Raises InvalidValue for a
    name that is no calendar of the policy.
    """
    for name, calendar in named.items():
        if not isinstance(calendar, OpenTime):
            raise InvalidValue(f"calendars[{name!r}] = {calendar!r} is no calendar")
    book = _Book({"always": ALWAYS, **named})
    shown: dict[str, Any] = {name: name for name in book}
    keys: dict[int, str] = {}
    for metric in metrics:
        for target in metric.targets:
            keys[id(target)] = key = _key(target.calendar, book)
            shown.setdefault(key, target.calendar)
            book.setdefault(key, target.calendar)
    return book, keys, shown


def _key(calendar: Any, book: Mapping[str, OpenTime]) -> str:
    if not isinstance(calendar, str):
        return f"calendar:{calendar.version[:12]}"
    if calendar not in book:
        near = nearest_name(calendar, book)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(book)}"
        raise InvalidValue(f"no calendar is called {calendar!r}; {hint}")
    return calendar
