"""What is wrong with a routing policy for the people and the load there are: before any customer waits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from supportkit.calendars import ALWAYS, Calendar
from supportkit.cases import Agent, utc
from supportkit.errors import InvalidValue, NoOpenTime
from supportkit.routing import waits
from supportkit.routing.item import Item
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.route import Route
from supportkit.routing.step import AFFINITY, Step

__all__ = ["Load", "RoutingFinding", "findings"]

_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_ANY = "*"


@frozen
class RoutingFinding:
    """One thing that is wrong: a stable code, the place in the document, words, and an instant as witness."""

    code: str
    path: str
    message: str
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@frozen(kw_only=True)
class Load:
    """What arrives of each class (the first goes strictly before the next), and what is served, per hour."""

    arrivals: Mapping[str, float]
    served_per_agent: float
    servers: int


def findings(
    policy: RoutingPolicy,
    *,
    agents: Iterable[Agent],
    targets: Mapping[str, timedelta] | None = None,
    shifts: Mapping[str, Calendar] | None = None,
    hours: Mapping[str, Calendar] | None = None,
    load: Load | None = None,
    now: datetime = _MONDAY,
) -> tuple[RoutingFinding, ...]:
    """Return what is wrong with a policy, in the order of its document; nothing is good news.

    - ``nobody_fits``: a route asks what none of the `agents` has, at any step; ``skill_not_held`` names it.
    - ``nobody_on_shift``: at some instant of `hours` (by queue, else all the time) from `now` on, nobody who
      fits is on shift; `shifts` are calendars by agent (none: always there).
    - ``unreachable_step`` follows a step without end; ``empty_step`` names nobody of the agents.
    - ``blocked_step``: all of its agents who are logged in are on a break, so it waits for nobody.
    - ``ends_at_nobody``: a route where an item may wait for ever without a person or a call (R44).
    - ``late_steps``: the last step opens after the target of a queue (`targets`, ``*``: any other).
    - ``starves`` and ``late_class``: at this `load`, strict priority never serves a class, or its mean wait
      is beyond its target (Cobham, by `waits.strict`).

    >>> policy = RoutingPolicy(routes=[Route(queue="tv", skills={"tv": 3}, when_nobody="callback")])
    >>> [str(found) for found in findings(policy, agents=[Agent("ann", skills={"tv": 2})])]
    ["routing.routes[0].skills.tv: nobody has 'tv' at level 3"]
    """
    people, wanted, now = tuple(agents), targets or {}, utc(now)
    found: list[RoutingFinding] = []
    for number, route in enumerate(policy.routes or (Route(),)):
        path = f"routing.routes[{number}]" if policy.routes else "routing"
        found += _of_route(policy, route, path, people)
        found += _on_shift(policy, route, path, people, shifts or {}, hours or {}, now)
        found += _late(policy, route, path, wanted)
    for number, step in enumerate(policy.relaxation.steps):
        found += _of_step(policy, number, step, people)
    found += () if load is None else _starving(load, wanted)
    return tuple(found)


def _able(policy: RoutingPolicy, route: Route, people: tuple[Agent, ...]) -> tuple[Agent, ...]:
    """Return whom nothing lasting keeps from an item of the route, at one of its steps."""
    item = Item("item", created_at=_MONDAY)
    return tuple(agent for agent in people if policy.could(item, agent, people, now=_MONDAY, route=route))


def _of_route(
    policy: RoutingPolicy, route: Route, path: str, people: tuple[Agent, ...]
) -> Iterator[RoutingFinding]:
    before = False
    for skill in route.skills if policy.skills != "ignore" else ():
        if all(agent.skills.get(skill.name, -1) < skill.level for agent in people):
            before = True
            message = f"nobody has {skill.name!r} at level {skill.level}"
            yield RoutingFinding("skill_not_held", f"{path}.skills.{skill.name}", message)
    able = _able(policy, route, people)
    if not able and not before:
        yield RoutingFinding("nobody_fits", path, "none of the agents may ever have an item of this route")
    relaxation = policy.relaxation
    ends = (
        relaxation.steps
        and relaxation.after_steps == "nobody"
        and all(step.within is not None for step in relaxation.steps)
    )
    if route.when_nobody == "wait" and (ends or not able):
        why = "when its steps are spent" if ends else "from the beginning"
        message = f"an item waits for ever {why}; write `when_nobody: callback`, or a step without end"
        yield RoutingFinding("ends_at_nobody", path, message)


def _on_shift(
    policy: RoutingPolicy,
    route: Route,
    path: str,
    people: tuple[Agent, ...],
    shifts: Mapping[str, Calendar],
    hours: Mapping[str, Calendar],
    now: datetime,
) -> Iterator[RoutingFinding]:
    able = _able(policy, route, people)
    if not able or any(agent.id not in shifts for agent in able):
        return
    unmanned: Any = hours.get(route.queue or "", ALWAYS)
    for agent in able:
        unmanned = unmanned - shifts[agent.id]
    try:
        at = unmanned.next_open(now)
    except NoOpenTime:
        return
    message = f"nobody who fits is on shift at {at.isoformat()}"
    yield RoutingFinding("nobody_on_shift", path, message, at)


def _late(
    policy: RoutingPolicy, route: Route, path: str, targets: Mapping[str, timedelta]
) -> Iterator[RoutingFinding]:
    target = targets.get(route.queue or "", targets.get(_ANY))
    opens = policy.widest_after(route)
    if target is not None and opens > target:
        message = f"its last step opens after {opens}, its target is {target}"
        yield RoutingFinding("late_steps", path, message)


def _of_step(
    policy: RoutingPolicy, number: int, step: Step, people: tuple[Agent, ...]
) -> Iterator[RoutingFinding]:
    path, before = f"routing.steps[{number}]", policy.relaxation.steps[:number]
    if any(one.within is None and one.skip_if is None and one.agents != AFFINITY for one in before):
        yield RoutingFinding("unreachable_step", path, "a step before it never ends")
        return
    item = Item("item", created_at=_MONDAY)
    own = [agent for agent in people if step.admits(agent, item)]
    if not own and step.agents != AFFINITY:
        yield RoutingFinding("empty_step", path, "none of the agents belongs to it")
    there = [agent for agent in own if agent.presence != "offline"]
    on_break = [agent.id for agent in there if agent.presence not in policy.pools]
    if there and len(on_break) == len(there) and step.skip_if != "none_available":
        message = f"of its agents only {', '.join(on_break)} are there, on a break; skip it if none_available"
        yield RoutingFinding("blocked_step", path, message)


def _starving(load: Load, targets: Mapping[str, timedelta]) -> Iterator[RoutingFinding]:
    if not load.arrivals:
        raise InvalidValue("arrivals={} names no class; write {'urgent': 4.0, 'normal': 9.0}, per hour")
    order = {name: place for place, name in enumerate(load.arrivals)}
    means = waits.strict(load.arrivals, load.served_per_agent, load.servers, priority=order)
    for name, mean in means.items():
        path = f"load.{name}"
        if math.isinf(mean):
            message = "strict priority never serves this class at this load; let waiting age, or add people"
            yield RoutingFinding("starves", path, message)
        elif name in targets and mean > targets[name] / timedelta(hours=1):
            wait = timedelta(hours=mean)
            message = f"its mean wait is {wait}, its target is {targets[name]}"
            yield RoutingFinding("late_class", path, message)
