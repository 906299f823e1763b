"""The ``routing`` section of a policy document, read into a RoutingPolicy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.routing._reader import Reader
from supportkit.routing.item import Skill
from supportkit.routing.policy import SKILL_MODES, RoutingPolicy
from supportkit.routing.rank import Clause, Strategy, read_rank
from supportkit.routing.route import WHEN_NOBODY, Route
from supportkit.rules import KeywordSet, Schema

__all__ = ["read_policy"]

_LATER = ("steps", "after_steps", "earlier_first", "drop_after", "blend", "rate_limit")
_BUILT = ("routes", "rank", "skills", "pools", "count_parked")
_ROUTE = ("when", "queue", "skills", "when_nobody", "inform")


def read_policy(
    section: Any,
    *,
    schema: Schema | None,
    keywords: Mapping[str, KeywordSet],
    calendars: Mapping[str, Any],
    strategies: Mapping[str, Strategy],
    version: str | None,
) -> RoutingPolicy:
    """Read the section; raises PolicyError with everything that is wrong with it."""
    reader = Reader(schema=schema, keywords=keywords)
    plain_list = isinstance(section, list | tuple)
    keys = {"routes": section} if plain_list else reader.mapping(section, "routing", (*_BUILT, *_LATER))
    for name in (later for later in _LATER if later in keys):
        reader.fault("not_built", f"routing.{name}", f"{name} is not built yet", "leave it out")
    routes = _routes(reader, keys.get("routes", ()), "routing" if plain_list else "routing.routes")
    options: dict[str, Any] = {}
    if "rank" in keys:
        options["rank"] = _rank(reader, keys["rank"], strategies)
    if "skills" in keys:
        options["skills"] = reader.choice(keys["skills"], "routing.skills", SKILL_MODES)
    if "pools" in keys:
        options["pools"] = [
            reader.text(item, path) for path, item in reader.items(keys["pools"], "routing.pools")
        ]
    if "count_parked" in keys:
        options["count_parked"] = reader.flag(keys["count_parked"], "routing.count_parked")
    if options.get("pools") == []:
        reader.fault("bad_value", "routing.pools", "no pools leave nobody", "write `pools: [available]`")
    reader.finish()
    return RoutingPolicy(
        routes=routes,
        schema=schema,
        keywords=keywords,
        calendars=calendars,
        strategies=strategies,
        version=version,
        **options,
    )


def _rank(reader: Reader, value: Any, strategies: Mapping[str, Strategy]) -> list[Any]:
    given = [("routing.rank", value)] if isinstance(value, str) else reader.items(value, "routing.rank")
    return [clause for path, item in given if (clause := _clause(reader, item, path, strategies)) is not None]


def _clause(reader: Reader, item: Any, path: str, strategies: Mapping[str, Strategy]) -> Any:
    if isinstance(item, Mapping) and len(item) == 1:
        item = next(iter(item.items()))
    read: tuple[Clause, ...] | None = reader.built(lambda: read_rank([item], strategies), path)
    return read[0].to_plain() if read else None


def _routes(reader: Reader, value: Any, path: str) -> list[Route]:
    routes = [_route(reader, item, place) for place, item in reader.items(value, path)]
    return [route for route in routes if route is not None]


def _route(reader: Reader, item: Any, path: str) -> Route | None:
    before = len(reader.faults)
    line = reader.mapping(item, path, _ROUTE)
    when = reader.condition(line["when"], f"{path}.when") if "when" in line else None
    queue = reader.text(line["queue"], f"{path}.queue") if "queue" in line else None
    skills = _skills(reader, line.get("skills", {}), f"{path}.skills")
    nobody = reader.choice(line.get("when_nobody", "wait"), f"{path}.when_nobody", WHEN_NOBODY)
    inform = [
        reader.text(name, place) for place, name in reader.items(line.get("inform", ()), f"{path}.inform")
    ]
    return Route(when, queue, skills, nobody, inform) if len(reader.faults) == before else None


def _skills(reader: Reader, value: Any, path: str) -> list[Skill]:
    """Read ``{name: level}``, or a list of names whose level is 1."""
    if isinstance(value, list | tuple):
        names = [reader.text(item, place) for place, item in reader.items(value, path)]
        return [Skill(name) for name in names if name is not None]
    levels = {
        name: reader.whole(level, f"{path}.{name}") for name, level in reader.mapping(value, path).items()
    }
    return [Skill(name, level) for name, level in levels.items() if level is not None]
