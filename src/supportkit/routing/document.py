"""The ``routing`` section of a policy document, read into a RoutingPolicy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from supportkit.cases import PRESENCES
from supportkit.routing._reader import Reader
from supportkit.routing.fairness import EFFORT, Fairness
from supportkit.routing.item import Skill
from supportkit.routing.offers import Offers
from supportkit.routing.policy import SKILL_MODES, RoutingPolicy
from supportkit.routing.rank import Clause, Strategy, read_rank
from supportkit.routing.rate_limit import RateLimit
from supportkit.routing.relaxation import AFTER_STEPS, Relaxation
from supportkit.routing.route import WHEN_NOBODY, FollowUp, Route
from supportkit.routing.step import AFFINITY, SKIP_IF, Step
from supportkit.routing.wait_terms import WaitTerms
from supportkit.rules import KeywordSet, Schema

__all__ = ["read_policy"]

_KEYS = (
    "routes",
    "rank",
    "skills",
    "pools",
    "count_parked",
    "steps",
    "after_steps",
    "earlier_first",
    "drop_after",
    "blend",
    "rate_limit",
    "offers",
    "waits",
    "fairness",
)
_OFFERS = ("within", "on_timeout", "grace")
_WAITS = ("handling_time", "announce")
_FAIRNESS = ("window", "effort", "catch_up")
_ROUTE = ("when", "queue", "skills", "when_nobody", "inform", "follow_up")
_STEP = ("within", "agents", "skills", "tiers", "drop", "skip_if")
_SKILL = ("level", "required", "drop")
_LIMIT = re.compile(r"(\d{1,9}) in (.+)")


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
    keys = {"routes": section} if plain_list else reader.mapping(section, "routing", _KEYS)
    routes = _routes(reader, keys.pop("routes", ()), "routing" if plain_list else "routing.routes", calendars)
    options = {name: _option(reader, name, value, strategies) for name, value in keys.items()}
    _check_rank(reader, options)
    _check_presences(reader, options)
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


def _check_presences(reader: Reader, options: Mapping[str, Any]) -> None:
    """Refuse a presence after silence that nobody has, and asking those who are not there."""
    terms, pools = options.get("offers"), tuple(options.get("pools") or ("available",))
    if terms is None:
        return
    known = tuple(dict.fromkeys((*PRESENCES, *pools)))
    if terms.on_timeout is not None and terms.on_timeout not in known:
        path = "routing.offers.on_timeout"
        reader.unknown("unknown_presence", "presence", terms.on_timeout, known, path)
    if "offline" in pools:
        why = "whoever is offline cannot be asked: offers are taken back from them"
        reader.fault("bad_value", "routing.pools", why, "leave out `offline`, or `offers`")


def _check_rank(reader: Reader, options: Mapping[str, Any]) -> None:
    ranks = [clause[0] for clause in options.get("rank") or () if not isinstance(clause, str)]
    if options.get("fairness") is not None and f"attrs.{EFFORT}" not in ranks:
        why = "effort is measured and nothing ranks by it"
        reader.fault("unused", "routing.fairness", why, f"write `rank: [attrs.{EFFORT} asc, longest_idle]`")


def _option(reader: Reader, name: str, value: Any, strategies: Mapping[str, Strategy]) -> Any:
    path = f"routing.{name}"
    match name:
        case "rank":
            return _rank(reader, value, strategies)
        case "skills":
            return reader.choice(value, path, SKILL_MODES)
        case "pools":
            return _pools(reader, value, path)
        case "count_parked" | "earlier_first":
            return reader.flag(value, path)
        case "steps":
            steps = [_step(reader, item, place) for place, item in reader.items(value, path)]
            return [step for step in steps if step is not None]
        case "after_steps":
            return reader.choice(value, path, AFTER_STEPS)
        case "drop_after":
            return reader.built(lambda: Relaxation(drop_after=value).drop_after, path)
        case "blend":
            return {
                name: reader.texts(item, f"{path}.{name}")
                for name, item in reader.mapping(value, path).items()
            }
        case "offers" | "waits" | "fairness":
            return _TERMS[name](reader, value, path)
        case _:
            return _rate_limit(reader, value, path)


def _rank(reader: Reader, value: Any, strategies: Mapping[str, Strategy]) -> list[Any]:
    given = [("routing.rank", value)] if isinstance(value, str) else reader.items(value, "routing.rank")
    return [clause for path, item in given if (clause := _clause(reader, item, path, strategies)) is not None]


def _clause(reader: Reader, item: Any, path: str, strategies: Mapping[str, Strategy]) -> Any:
    if isinstance(item, Mapping) and len(item) == 1:
        item = next(iter(item.items()))
    read: tuple[Clause, ...] | None = reader.built(lambda: read_rank([item], strategies), path)
    return read[0].to_plain() if read else None


def _routes(reader: Reader, value: Any, path: str, calendars: Mapping[str, Any]) -> list[Route]:
    routes = [_route(reader, item, place, calendars) for place, item in reader.items(value, path)]
    return [route for route in routes if route is not None]


def _route(reader: Reader, item: Any, path: str, calendars: Mapping[str, Any]) -> Route | None:
    before = len(reader.faults)
    line = reader.mapping(item, path, _ROUTE)
    when = reader.condition(line["when"], f"{path}.when") if "when" in line else None
    queue = reader.text(line["queue"], f"{path}.queue") if "queue" in line else None
    skills = _skills(reader, line.get("skills", {}), f"{path}.skills")
    nobody = reader.choice(line.get("when_nobody", "wait"), f"{path}.when_nobody", WHEN_NOBODY)
    inform = reader.texts(line.get("inform", ()), f"{path}.inform")
    later = (
        _follow_up(reader, line["follow_up"], f"{path}.follow_up", calendars) if "follow_up" in line else None
    )
    return Route(when, queue, skills, nobody, inform, later) if len(reader.faults) == before else None


def _follow_up(reader: Reader, value: Any, path: str, calendars: Mapping[str, Any]) -> FollowUp | None:
    """Read ``2 days``, or ``{within: 16 hours, calendar: office}``."""
    said = value if isinstance(value, Mapping) else {"within": value}
    said = reader.mapping(said, path, ("within", "calendar"))
    within = reader.duration(said.get("within"), f"{path}.within")
    calendar = said.get("calendar")
    if calendar is not None and calendar not in calendars:
        reader.unknown("unknown_calendar", "calendar", calendar, calendars, f"{path}.calendar")
    return None if within is None else FollowUp(within, calendar)


def _pools(reader: Reader, value: Any, path: str) -> list[str]:
    pools = reader.texts(value, path)
    if value in ([], ()):
        reader.fault("bad_value", path, "no pools leave nobody", "write `pools: [available]`")
    return pools


def _rate_limit(reader: Reader, value: Any, path: str) -> RateLimit | None:
    match = _LIMIT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        reader.fault("bad_value", path, f"{value!r} is no limit", "write it like '5 in 1 hour'")
        return None
    return reader.built(lambda: RateLimit.read((int(match[1]), match[2])), path)


def _offers(reader: Reader, value: Any, path: str) -> Offers | None:
    """Read ``{within: 2 minutes, on_timeout: away, grace: 5 minutes}``; None and ``no`` mean: assign."""
    if value in (None, False, "no"):
        return None
    before = len(reader.faults)
    said = reader.mapping(value, path, _OFFERS)
    if "within" not in said and len(reader.faults) == before:
        reader.fault("missing", f"{path}.within", "offers need a time to answer", "write `within: 2 minutes`")
    options: dict[str, Any] = {
        name: reader.duration(said[name], f"{path}.{name}") for name in ("within", "grace") if name in said
    }
    if "on_timeout" in said:
        options["on_timeout"] = reader.text(said["on_timeout"], f"{path}.on_timeout")
    return reader.built(lambda: Offers(**options), path) if len(reader.faults) == before else None


def _waits(reader: Reader, value: Any, path: str) -> WaitTerms | None:
    """Read ``{handling_time: 10 minutes, announce: yes}``: nothing can be told without a handling time."""
    before = len(reader.faults)
    said = reader.mapping(value, path, _WAITS)
    place = f"{path}.handling_time"
    if "handling_time" not in said:
        if len(reader.faults) == before:
            why = "waits are estimated from how long a matter takes"
            reader.fault("missing", place, why, "write `handling_time: 10 minutes`")
        return None
    handling = reader.duration(said["handling_time"], place)
    announce = reader.flag(said.get("announce", False), f"{path}.announce")
    if handling is None or announce is None or len(reader.faults) > before:
        return None
    return reader.built(lambda: WaitTerms(handling_time=handling, announce=announce), path)


def _fairness(reader: Reader, value: Any, path: str) -> Fairness | None:
    """Read ``{effort: 10 minutes, window: 7 days, catch_up: 0 minutes}``; effort also by queue."""
    before = len(reader.faults)
    said = reader.mapping(value, path, _FAIRNESS)
    if "effort" not in said and len(reader.faults) == before:
        why = "effort is measured by what a matter takes"
        reader.fault("missing", f"{path}.effort", why, "write `effort: 10 minutes`")
    options: dict[str, Any] = {
        name: reader.duration(said[name], f"{path}.{name}") for name in ("window", "catch_up") if name in said
    }
    if isinstance(efforts := said.get("effort"), Mapping):
        options["effort"] = {
            name: reader.duration(each, f"{path}.effort.{name}") for name, each in efforts.items()
        }
    elif "effort" in said:
        options["effort"] = reader.duration(efforts, f"{path}.effort")
    return reader.built(lambda: Fairness(**options), path) if len(reader.faults) == before else None


_TERMS: dict[str, Callable[[Reader, Any, str], Any]] = {
    "offers": _offers,
    "waits": _waits,
    "fairness": _fairness,
}


def _step(reader: Reader, value: Any, path: str) -> Step | None:
    before = len(reader.faults)
    said = reader.mapping(value, path, _STEP)
    options: dict[str, Any] = {
        name: reader.texts(said[name], f"{path}.{name}") for name in ("agents", "drop") if name in said
    }
    if said.get("agents") == AFFINITY:
        options["agents"] = AFFINITY
    if "within" in said:
        options["within"] = reader.duration(said["within"], f"{path}.within")
    if "skip_if" in said:
        options["skip_if"] = reader.choice(said["skip_if"], f"{path}.skip_if", SKIP_IF)
    if "skills" in said:
        options["skills"] = _alternatives(reader, said["skills"], f"{path}.skills")
    if "tiers" in said:
        ends = reader.items(said["tiers"], f"{path}.tiers")
        options["tiers"] = [reader.whole(item, place) for place, item in ends]
    return reader.built(lambda: Step(**options), path) if len(reader.faults) == before else None


def _alternatives(reader: Reader, value: Any, path: str) -> list[dict[str, int | None]]:
    """Read ``{name: least level}``, or a list of such mappings: any one of them."""
    sets = [(path, value)] if isinstance(value, Mapping) else reader.items(value, path)
    return [
        {name: reader.whole(level, f"{place}.{name}") for name, level in reader.mapping(item, place).items()}
        for place, item in sets
    ]


def _skills(reader: Reader, value: Any, path: str) -> list[Skill]:
    """Read ``{name: level}``, ``{name: {level, required, drop}}``, or a list of names whose level is 1."""
    if isinstance(value, list | tuple):
        names = [reader.text(item, place) for place, item in reader.items(value, path)]
        return [Skill(name) for name in names if name is not None]
    skills = [
        _skill(reader, name, said, f"{path}.{name}") for name, said in reader.mapping(value, path).items()
    ]
    return [skill for skill in skills if skill is not None]


def _skill(reader: Reader, name: str, value: Any, path: str) -> Skill | None:
    if not isinstance(value, Mapping):
        level = reader.whole(value, path)
        return None if level is None else Skill(name, level)
    before = len(reader.faults)
    said = reader.mapping(value, path, _SKILL)
    options: dict[str, Any] = {
        key: reader.whole(said[key], f"{path}.{key}") for key in ("level", "drop") if key in said
    }
    if "required" in said:
        options["required"] = reader.flag(said["required"], f"{path}.required")
    return Skill(name, **options) if len(reader.faults) == before else None
