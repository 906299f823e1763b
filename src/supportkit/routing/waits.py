"""Waits of lines with priorities, waits read from what just happened, and who stands where.

Rates are plain numbers in one unit of time, times come in the same unit. Classes are given in lists, or by
name; the answer has the same shape. All classes are served at the same rate `mu`.

>>> strict([0.3, 0.5], 1, 1, priority=[1, 2])  # the urgent, the others
(1.142857142857143, 5.714285714285716)
>>> {name: round(wait, 2) for name, wait in accumulating({"gold": 0.3, "plain": 0.5}, 1, 1,
...     rates={"gold": 2, "plain": 1}).items()}
{'gold': 2.82, 'plain': 4.71}
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from attrs import frozen

from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.routing import erlang
from supportkit.routing._numbers import by_class, finite, positive, whole
from supportkit.routing.item import Item
from supportkit.routing.place import meeting, placing

__all__ = ["Design", "History", "accumulating", "design", "history", "overtake", "positions", "strict"]


@frozen
class Design:
    """Whether a ratio of two mean waits can be had, the largest that can, and the rates' ratio that gives it.

    `rate_ratio` is None when not `feasible`, infinity where only strict priority reaches the ratio.
    """

    feasible: bool
    max_ratio: float
    rate_ratio: float | None


@frozen
class History:
    """What a line says about the next wait without any model.

    `les` is the wait of whoever entered service last, None before anybody has; `hol` how long the head of the
    line has waited so far, 0 when nobody waits; `queue_length` how many do.
    """

    les: Any
    hol: Any
    queue_length: int


def accumulating(lam: Any, mu: float, servers: int, *, rates: Any) -> Any:
    """Return the mean wait of each class when points grow at its rate while it waits, the most points first.

    Kleinrock 1964 (Naval Research Logistics Quarterly 11), with the servers of Stanford, Taylor and Ziedins
    2014 (Queueing Systems 77). Rates are above 0, only their ratios count. All infinite when not stable.
    """
    arrivals, rate = _classes(lam, "rates", rates)
    rate = {name: positive(f"rates of {name!r}", value) for name, value in rate.items()}
    mu, servers = positive("mu", mu), whole("servers", servers)
    together = erlang.c(math.fsum(arrivals.values()), mu, servers, within=0).mean_wait
    if together == math.inf:
        return _shaped(lam, dict.fromkeys(arrivals, math.inf))
    loads = {name: value / (servers * mu) for name, value in arrivals.items()}
    waits: dict[Any, float] = {}
    for name in sorted(arrivals, key=rate.__getitem__):
        slower = math.fsum(loads[k] * waits[k] * (1 - rate[k] / rate[name]) for k in waits)
        faster = math.fsum(loads[k] * (1 - rate[name] / rate[k]) for k in loads if rate[k] > rate[name])
        waits[name] = (together - slower) / (1 - faster)
    return _shaped(lam, waits)


def strict(lam: Any, mu: float, servers: int, *, priority: Any, preemptive: bool = False) -> Any:
    """Return the mean wait of each class when a smaller `priority` always goes first; equals share a line.

    Whoever is served is not interrupted (Cobham 1954, Operations Research 2). `preemptive`: they are, and go
    on later; then the answer is the mean time in the system, service included. A class is infinite as soon as
    it and those before it bring more work than can be done, the classes before it stay finite.
    """
    arrivals, place = _classes(lam, "priority", priority)
    place = {name: _comparable(name, value) for name, value in place.items()}
    mu, servers = positive("mu", mu), whole("servers", servers)
    capacity = servers * mu
    p_wait = erlang.c(math.fsum(arrivals.values()), mu, servers, within=0).p_wait
    found: dict[Any, float] = {}
    before = 0.0
    for _, names in groupby(sorted(arrivals, key=place.__getitem__), key=place.__getitem__):
        line = list(names)
        until = before + math.fsum(arrivals[name] for name in line)
        if until >= capacity:
            mean = math.inf
        elif preemptive:
            mean = _time_in_system(before, until, mu, servers)
        else:
            mean = p_wait / capacity / ((1 - before / capacity) * (1 - until / capacity))
        found |= dict.fromkeys(line, mean)
        before = until
    return _shaped(lam, found)


def _time_in_system(before: float, until: float, mu: float, servers: int) -> float:
    """Return the mean time of the arrivals between two rates: those before them never see them.

    The number in the system of the first so many is that of a line of their own, at any number of servers.
    """
    if until - before <= 1e-6 * until or until == 0:  # the derivative, where the difference would cancel
        step = (servers * mu - until) * 1e-4
        low, high = max(until - step, 0.0), until + step
        return (_in_system(high, mu, servers) - _in_system(low, mu, servers)) / (high - low)
    return (_in_system(until, mu, servers) - _in_system(before, mu, servers)) / (until - before)


def _in_system(lam: float, mu: float, servers: int) -> float:
    return lam / mu + erlang.c(lam, mu, servers, within=0).mean_queue_length


def design(lam: Any, mu: float, servers: int, *, ratio: float) -> Design:
    """Return the rates of two classes that make the second wait `ratio` times as long as the first.

    `lam` is the arrivals of both classes, or of both together, since only the load rho counts: with rates r
    times as high for the first, W2/W1 = 1 / (1 - rho (1 - 1/r)), from 1 to 1 / (1 - rho) and no further
    (Kleinrock 1964). A ratio below 1 is not feasible either: exchange the classes.

    >>> design([0.3, 0.5], 1, 1, ratio=2)
    Design(feasible=True, max_ratio=5.000000000000001, rate_ratio=2.6666666666666665)
    >>> design([0.3, 0.5], 1, 1, ratio=8).feasible
    False
    """
    both = {0: lam} if isinstance(lam, int | float) else by_class("lam", lam)
    if len(both) > 2:
        raise InvalidValue(f"lam={lam!r}: a ratio is one of two classes; give two, or their sum")
    load = math.fsum(finite("lam", value) for value in both.values())
    mu, servers, ratio = positive("mu", mu), whole("servers", servers), positive("ratio", ratio)
    if load >= servers * mu:
        return Design(False, math.inf, None)
    rho = load / (servers * mu)
    largest = 1 / (1 - rho)
    if not 1 <= ratio <= largest:
        return Design(False, largest, None)
    if ratio == 1:
        return Design(True, largest, 1.0)
    kept = 1 - (1 - 1 / ratio) / rho
    return Design(True, largest, 1 / kept if kept > 0 else math.inf)


def history(trace: Iterable[Sequence[Any]], *, now: Any) -> History:
    """Return what the line looked like at `now`, from (came, entered service or None, left or None) of each.

    Instants are aware datetimes, or numbers, all of one kind; the third of each may be left out. What comes
    after `now` is not yet known. Waits of whoever entered last, or heads the line now, foretell the next wait
    without a model (Ibrahim and Whitt 2009, Manufacturing & Service Operations Management 11).

    >>> history([(0, 3), (1, 7), (4, None), (5, None, 6)], now=9)
    History(les=6, hol=5, queue_length=1)
    """
    now = _moment("now", now)
    entered, waiting = [], []
    for visit in trace:
        came, started, left = _visit(visit)
        if came > now:
            continue
        if started is not None and started <= now:
            entered.append((started, came))
        elif left is None or left > now:
            waiting.append(came)
    last = max(entered, default=None)
    none = timedelta(0) if isinstance(now, datetime) else 0
    return History(
        les=None if last is None else last[0] - last[1],
        hol=now - min(waiting) if waiting else none,
        queue_length=len(waiting),
    )


def positions(items: Iterable[Item], *, now: datetime) -> dict[str, int]:
    """Return the place of each item in the line at `now`, from 1 on, the first first.

    The smallest sort key first; without one, behind those that have one, the oldest. Where rates differ, the
    most points instead: the rate times the age, or times the time since the sort key. Ties go to the older
    item, then to the smaller id. Items that come after `now` have no place yet.
    """
    now = utc(now)
    there = [item for item in items if item.created_at <= now]
    line = sorted(there, key=placing(there, now=now))
    return {item.id: place for place, item in enumerate(line, start=1)}


def overtake(a: Item, b: Item) -> datetime | None:
    """Return the instant from which `b`, now behind, has the points of `a`, None if that never comes.

    It is rounded up to a microsecond; with exactly as many the older one is still ahead. None as well when
    `b` was never behind, when both grow at one rate, and when only one of them has a sort key.

    >>> from datetime import UTC
    >>> ten = datetime(2026, 7, 1, 10, tzinfo=UTC)
    >>> plain, gold = Item("plain", created_at=ten), Item("gold", created_at=ten.replace(minute=20), rate=3)
    >>> overtake(plain, gold).minute
    30
    """
    return meeting(a, b, at=max(a.created_at, b.created_at))


def _visit(visit: Sequence[Any]) -> tuple[Any, Any, Any]:
    if not isinstance(visit, list | tuple) or not 1 <= len(visit) <= 3:
        raise InvalidValue(f"trace: {visit!r} is no (came, entered service or None, left or None)")
    came, started, left = (*visit, None, None)[:3]
    return (
        _moment("came", came),
        None if started is None else _moment("entered", started),
        None if left is None else _moment("left", left),
    )


def _moment(name: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
    return value if number else utc(value, name=name)


def _classes(lam: Any, name: str, values: Any) -> tuple[dict[Any, float], dict[Any, Any]]:
    arrivals, others = by_class("lam", lam), by_class(name, values)
    if arrivals.keys() != others.keys():
        raise InvalidValue(f"lam and {name} name different classes: {list(arrivals)} and {list(others)}")
    return {key: finite(f"lam of {key!r}", value) for key, value in arrivals.items()}, others


def _comparable(name: Any, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise InvalidValue(f"priority of {name!r}: {value!r} is no number; the smallest goes first")
    return value


def _shaped(lam: Any, found: Mapping[Any, float]) -> Any:
    values = {name: found[name] for name in by_class("lam", lam)}
    return values if isinstance(lam, Mapping) else tuple(values.values())
