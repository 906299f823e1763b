"""Fairness: what each agent was given, in effort over a window, without flooding whoever comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from attrs import evolve, field, frozen

from supportkit.cases import Agent, utc
from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue

__all__ = ["EFFORT", "Fairness", "Share", "Work", "shares", "with_effort"]

EFFORT: Final = "effort"
"""The attribute under which an agent's counted effort stands, in whole seconds, for ``attrs.effort asc``."""

_OTHER = "other"
_LONGEST = timedelta(days=35)
_NONE = timedelta(0)
_LEFT, _CAME, _GIVEN = range(3)
Span = tuple[datetime, datetime | None]
_Clipped = tuple[datetime, datetime, bool]  # from, until, and whether it goes on
Work = tuple[datetime, timedelta]
"""When somebody was given something, and what effort it takes."""


def _efforts(value: Any) -> Mapping[str, timedelta]:
    said = value if isinstance(value, Mapping) else {_OTHER: value}
    return {name: read_duration(effort) for name, effort in said.items()}


@frozen(kw_only=True)
class Fairness:
    """How a desk measures what it gives: over the last `window`, `effort` for each matter of a queue.

    `effort` is one duration, or one by queue with ``other`` for the rest (left out: nothing). `catch_up` is
    how much less than the least of the others who are there somebody who comes back may count for. Raises
    InvalidValue for a window that is none or beyond 35 days, and for a negative duration.

    >>> Fairness(effort={"network": "30 minutes", "other": "5 minutes"}).of("general")
    datetime.timedelta(seconds=300)
    """

    effort: Mapping[str, timedelta] = field(converter=_efforts)
    window: timedelta = field(default=timedelta(days=7), converter=read_duration)
    catch_up: timedelta = field(default=_NONE, converter=read_duration)

    def __attrs_post_init__(self) -> None:
        if not _NONE < self.window <= _LONGEST:
            raise InvalidValue(
                f"window={self.window!r} is no time, or beyond the 35 days that counts are kept"
            )
        if min(self.catch_up, *self.effort.values()) < _NONE:
            raise InvalidValue("an effort or a catch_up below zero; write something like '10 minutes'")

    def of(self, queue: str | None) -> timedelta:
        """Return what a matter of the queue takes."""
        return self.effort.get(self.kind(queue), _NONE)

    def kind(self, queue: str | None) -> str:
        """Return under which name of `effort` a queue counts."""
        return queue if queue is not None and queue in self.effort else _OTHER


@frozen(kw_only=True)
class Share:
    """What an agent was given in the window: `effort`, of all of it the `part`, while `present` so long.

    `counted` is the effort for the next choice: that of an agent who came back is lifted to the others'.
    """

    effort: timedelta
    part: float
    present: timedelta
    counted: timedelta


def shares(
    given: Mapping[str, Iterable[Work]],
    present: Mapping[str, Iterable[Span]],
    *,
    now: datetime,
    window: timedelta | str,
    catch_up: timedelta | str = _NONE,
) -> dict[str, Share]:
    """Return each agent's share over the window that ends now, by id.

    `given` holds what each was given, `present` when each was there: half-open spans, the last one without
    an end for who is there still. Whoever comes back within the window counts for no less than the least of
    those who are there, less `catch_up`: with equal efforts e they get at most ``catch_up / e + 1`` in a row
    before somebody else has a turn. What is missed by being away is never made up for, and what somebody has
    more than the others stays. Raises InvalidValue for a window or a catch_up below zero.

    >>> from datetime import UTC
    >>> nine, hour = datetime(2026, 7, 1, 9, tzinfo=UTC), timedelta(hours=1)
    >>> given = {"ann": [(nine, hour), (nine + hour, hour)]}
    >>> there = {"ann": [(nine, None)], "bob": [(nine + 2 * hour, None)]}
    >>> back = shares(given, there, now=nine + 3 * hour, window="1 day")["bob"]
    >>> back.effort, back.counted
    (datetime.timedelta(0), datetime.timedelta(seconds=7200))
    """
    now, period, lag = utc(now), read_duration(window), read_duration(catch_up)
    if period <= _NONE or lag < _NONE:
        raise InvalidValue(f"window={window!r} is no time, or catch_up={catch_up!r} is below zero")
    since = now - period
    work = {name: [each for each in pieces if since < each[0] <= now] for name, pieces in given.items()}
    spans = {name: list(_within(some, since, now)) for name, some in present.items()}
    counted = _counted(work, spans, lag=lag)
    efforts = {name: sum((effort for _, effort in work.get(name, ())), _NONE) for name in counted}
    total = sum(efforts.values(), _NONE)
    return {
        name: Share(
            effort=efforts[name],
            part=efforts[name] / total if total else 0.0,
            present=sum((end - start for start, end, _ in spans.get(name, ())), _NONE),
            counted=level,
        )
        for name, level in counted.items()
    }


def _within(spans: Iterable[Span], since: datetime, now: datetime) -> Iterator[_Clipped]:
    for start, end in spans:
        begins, goes_on = max(start, since), end is None or end > now
        ends = now if end is None else min(end, now)
        if begins <= ends:
            yield begins, ends, goes_on


def _counted(
    work: Mapping[str, list[Work]],
    spans: Mapping[str, list[_Clipped]],
    *,
    lag: timedelta,
) -> dict[str, timedelta]:
    """Go through the window: work adds up, and who comes is lifted to the least of those who are there."""
    counted = dict.fromkeys(sorted({*work, *spans}), _NONE)
    there: set[str] = set()
    for _, what, name, effort in sorted(_happenings(work, spans)):
        if what == _LEFT:
            there.discard(name)
        elif what == _GIVEN:
            counted[name] += effort
        else:
            _come(counted, there, name, lag=lag)
    return counted


def _come(counted: dict[str, timedelta], there: set[str], name: str, *, lag: timedelta) -> None:
    least = min((counted[other] for other in there if other != name), default=_NONE)
    counted[name] = max(counted[name], least - lag)
    there.add(name)


def _happenings(
    work: Mapping[str, list[Work]], spans: Mapping[str, list[_Clipped]]
) -> Iterator[tuple[datetime, int, str, timedelta]]:
    for name, pieces in work.items():
        for at, effort in pieces:
            yield at, _GIVEN, name, effort
    for name, some in spans.items():
        for start, end, goes_on in some:
            yield start, _CAME, name, _NONE
            if not goes_on:
                yield end, _LEFT, name, _NONE


def with_effort(agent: Agent, share: Share | None) -> Agent:
    """Return the agent with the counted effort among its attributes, for the rank ``attrs.effort asc``."""
    seconds = 0 if share is None else round(share.counted.total_seconds())
    return evolve(agent, attrs={**agent.attrs, EFFORT: seconds})
