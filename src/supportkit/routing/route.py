"""Routes: which queue and skills a matter needs, chosen by rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue
from supportkit.routing.item import Skill, as_skills
from supportkit.rules import Expression, KeywordSet, Rule, RuleSet, Schema
from supportkit.sequences import as_tuple

__all__ = ["WHEN_NOBODY", "Chosen", "FollowUp", "Route", "Routes"]

WHEN_NOBODY = ("wait", "callback")


@frozen
class FollowUp:
    """How soon somebody asks again: `within` counts on the wall, or in the open time of a `calendar`."""

    within: timedelta = field(converter=read_duration)
    calendar: str | None = None


def _follow_up(value: Any) -> FollowUp | None:
    return value if value is None or isinstance(value, FollowUp) else FollowUp(value)


@frozen
class Route:
    """Where matters go that fit `when` (an Expression, or its text or JSON form; None fits all).

    `skills` are required besides the item's own. `when_nobody` says what happens while nobody who could
    take it is logged in: ``wait``, or ``callback`` (so that it ends at a person all the same). `inform`
    names teams and agents who are told that there is such a case, without owning it; ``account_owner`` is
    whoever looks after the customer. `follow_up` (a duration, or a FollowUp) makes a next action of it: the
    queue in charge asks again by then.
    """

    when: Any = None
    queue: str | None = None
    skills: tuple[Skill, ...] = field(default=None, converter=as_skills)
    when_nobody: str = "wait"
    inform: tuple[str, ...] = field(default=(), converter=as_tuple)
    follow_up: FollowUp | None = field(default=None, converter=_follow_up)

    def __attrs_post_init__(self) -> None:
        if self.when_nobody not in WHEN_NOBODY:
            raise InvalidValue(f"when_nobody={self.when_nobody!r} is none of {', '.join(WHEN_NOBODY)}")


@frozen
class Chosen:
    """The route that fits first and its position, or None; with what could not be decided before it."""

    route: Route | None = None
    index: int | None = None
    missing: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Routes:
    """The routes of one policy, in order; immutable."""

    __slots__ = ("_calendars", "_rules", "expressions", "routes")

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        schema: Schema | None,
        keywords: Mapping[str, KeywordSet],
        calendars: Mapping[str, Any],
    ) -> None:
        self.routes = tuple(routes)
        self._calendars = dict(calendars)
        rules = [
            Rule(f"routes[{number}]", True if route.when is None else route.when, {"route": number})
            for number, route in enumerate(self.routes)
        ]
        self._rules = RuleSet(rules, schema=schema, keywords=keywords)
        self.expressions: tuple[Expression, ...] = self._rules.expressions()

    def choose(self, facts: Any, *, now: datetime) -> Chosen:
        """Return the first route that fits these facts."""
        if not self.routes:
            return Chosen()
        decision = self._rules.decide(facts, now=now, calendars=self._calendars)
        index = decision.value["route"] if decision.matched else None
        route = None if index is None else self.routes[index]
        return Chosen(route, index, decision.missing, decision.undecided, decision.errors)
