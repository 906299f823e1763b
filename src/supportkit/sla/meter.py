"""A meter is a metric made ready to measure: its kind, its statuses, its targets with their calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from attrs import field, frozen

from supportkit.calendars import ALWAYS, OpenTime
from supportkit.errors import InvalidValue, nearest_name
from supportkit.rules import Failure, Truth
from supportkit.sla.cycle import Choice
from supportkit.sla.knowledge import within_reach
from supportkit.sla.metric import Kind, Metric, Rule
from supportkit.sla.target import Measured, Target
from supportkit.sla.within import Within, allowance

__all__ = ["Era", "Meter", "calendar_book", "in_one_zone", "joined_books"]


@frozen
class Era:
    """The targets that hold from `since` on (None: from the first), each with its calendar's key."""

    since: datetime | None
    targets: tuple[tuple[Target, str, OpenTime], ...] = field(repr=False)


@frozen
class Meter:
    """One metric of a policy under its name; `eras` are in order of time."""

    name: str
    metric: Metric
    kind: Kind
    pause: frozenset[str]
    hide: frozenset[str]
    eras: tuple[Era, ...]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, name: str, metric: Metric, eras: tuple[Era, ...]) -> Meter:
        """Make the meter of a metric, which lives as `metric` says in all eras."""
        kind = metric.kind(name)
        targets = [target for era in eras for target, _, _ in era.targets]
        amounts = {t.within.path for t in targets if t.within.path is not None}
        paths = {path for t in targets if t.when is not None for path in t.when.fields()} | amounts
        return cls(
            name,
            metric,
            kind,
            frozenset(kind.pause if metric.pause is None else metric.pause),
            frozenset(metric.hide),
            eras,
            tuple(sorted(paths)),
        )

    @property
    def targets(self) -> tuple[tuple[Target, str, OpenTime], ...]:
        """The targets of the last era, with the key of their calendar and the calendar."""
        return self.eras[-1].targets

    @property
    def attached(self) -> bool:
        """Whether it starts with its first target instead of the opening."""
        return self.metric.start == "attached"

    @property
    def opens(self) -> bool:
        """Whether it starts with the opening."""
        return "opened" in self.kind.starts and not self.attached

    @property
    def measures_again(self) -> bool:
        """Whether any carry rule needs all marks from the start on."""
        return "retroactive_with_pauses" in self.metric.carry.values()

    @property
    def outlives_teams(self) -> bool:
        """Whether a clock that starts with a team goes on when another one takes over."""
        return self.metric.carry.get("reassignment", "restart") != "restart"

    def carry(self, occasion: str | None) -> Rule:
        """Return what a clock takes along on an occasion."""
        return self.metric.carry.get(occasion, "keep") if occasion else "keep"

    @property
    def reopen(self) -> str:
        """What a reopening does to a clock that solving stopped: leave_out, count or restart."""
        return "restart" if self.metric.carry.get("reopen") == "restart" else self.metric.reopen

    def choice(
        self,
        facts: Any,
        *,
        started: datetime,
        at: datetime,
        calendars: Mapping[str, OpenTime],
        policy: str | None = None,
        measured: Measured | None = None,
    ) -> Choice | None:
        """Return the first target that fits, for a cycle that started then; None if none does.

        `policy` is the version that chooses, `measured` remembers business days counted before.
        """
        undecided: tuple[int, ...] = ()
        for position, (target, key, calendar) in enumerate(self._targets_at(at), 1):
            if target.when is not None:
                truth = target.when.evaluate(facts, now=at, calendars=calendars)
                if truth is Truth.FALSE:
                    continue
                if truth is not Truth.TRUE:
                    undecided = (*undecided, position)
                    continue
            said = None
            path = target.within.path
            if path is not None and (said := _said(facts, path, calendar)) is None:
                undecided = (*undecided, position)
                continue
            return target.chosen(
                key, calendar, started=started, at=at, said=said, undecided=undecided, policy=policy,
                measured=measured,
            )  # fmt: skip
        return None

    def _targets_at(self, at: datetime) -> tuple[tuple[Target, str, OpenTime], ...]:
        eras = (era.targets for era in reversed(self.eras) if era.since is None or era.since <= at)
        return next(eras, ())


def _said(facts: Any, path: str, calendar: OpenTime) -> Within | None:
    """Return what a fact allows; None when it is missing or says nothing that can be read."""
    value = within_reach(facts, (path,)).get(path)
    if value is None or isinstance(value, Failure):
        return None
    try:
        return in_one_zone(allowance(path, value), calendar)
    except InvalidValue:  # told as an error by the report
        return None


def in_one_zone(within: Within, calendar: Any, *, where: str = "") -> Within:
    """Return an amount; raises InvalidValue for business days of a calendar in several zones."""
    zones = getattr(calendar, "zones", ())
    if within.days is not None and len(zones) > 1:
        raise InvalidValue(
            f"{where}{within.text!r} could be days of {' or of '.join(zones)}; "
            "give an amount of working time, or a calendar of one zone"
        )
    return within


class _Book(dict[str, OpenTime]):
    """Calendars by key; a key that a state brings along from another policy is told, not guessed."""

    def __missing__(self, key: str) -> OpenTime:
        raise InvalidValue(
            f"a clock was measured in the calendar {key!r}, which this policy does not have; "
            "keep it in calendars= as long as cases that used it are open",
        )


Bound: TypeAlias = dict[str, tuple[tuple[Target, str, OpenTime], ...]]


def calendar_book(
    metrics: Mapping[str, Metric], named: Mapping[str, Any]
) -> tuple[Mapping[str, OpenTime], Bound, dict[str, Any]]:
    """Return the calendars by key, the targets of each metric with theirs, and how each key is shown.

    A calendar given as an object has its version as key and is shown as it is. Raises InvalidValue for a
    name that is no calendar of the policy.
    """
    for name, calendar in named.items():
        if not isinstance(calendar, OpenTime):
            raise InvalidValue(f"calendars[{name!r}] = {calendar!r} is no calendar")
    book = _Book({"always": ALWAYS, **named})
    shown: dict[str, Any] = {name: name for name in book}
    bound: Bound = {}
    for name, metric in metrics.items():
        keys = [_key(target.calendar, book) for target in metric.targets]
        for target, key in zip(metric.targets, keys, strict=True):
            shown.setdefault(key, target.calendar)
            book.setdefault(key, target.calendar)
            in_one_zone(target.within, book[key], where=f"{name}: ")
        bound[name] = tuple((t, key, book[key]) for t, key in zip(metric.targets, keys, strict=True))
    return book, bound, shown


def joined_books(
    books: Iterable[tuple[Mapping[str, OpenTime], Bound, dict[str, Any]]],
) -> tuple[Mapping[str, OpenTime], list[Bound], dict[str, Any]]:
    """Join the books of several versions; a name whose calendar changed gets a key of its own for each."""
    book, bounds, shown = _Book(), [], {}
    for theirs, bound, names in books:
        keys = {}
        for key, calendar in theirs.items():
            known = book.get(key, calendar)
            same = known is calendar or known.version == calendar.version  # type: ignore[attr-defined]
            keys[key] = key if same else f"{key}@{calendar.version[:12]}"  # type: ignore[attr-defined]
            book[keys[key]] = calendar
            shown[keys[key]] = names.get(key, key)
        bounds.append(
            {name: tuple((t, keys[key], c) for t, key, c in targets) for name, targets in bound.items()}
        )
    return book, bounds, shown


def _key(calendar: Any, book: Mapping[str, OpenTime]) -> str:
    if not isinstance(calendar, str):
        return f"calendar:{calendar.version[:12]}"
    if calendar not in book:
        near = nearest_name(calendar, book)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(book)}"
        raise InvalidValue(f"no calendar is called {calendar!r}; {hint}")
    return calendar
