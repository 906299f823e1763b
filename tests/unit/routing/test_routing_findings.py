"""What is wrong with a routing policy, found before any customer waits."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing import Load, Route, RoutingPolicy, Skill, Step, findings

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PEOPLE = (Agent("ann", skills={"tv": 3}, tier=1), Agent("bob", tier=2))
CALL = {"when_nobody": "callback"}


def codes(policy, agents=PEOPLE, **more):
    return [(found.code, found.path) for found in findings(policy, agents=agents, **more)]


def test_a_policy_for_everybody_has_nothing_wrong():
    assert codes(RoutingPolicy()) == []
    assert codes(RoutingPolicy(routes=[Route(queue="tv", skills={"tv": 3})])) == []


@pytest.mark.parametrize(
    ("skills", "code", "path"),
    (
        ({"tv": 4}, "skill_not_held", "routing.routes[0].skills.tv"),
        ({"fr": 1}, "skill_not_held", "routing.routes[0].skills.fr"),
    ),
)
def test_a_skill_that_nobody_holds_at_its_level_is_named(skills, code, path):
    assert codes(RoutingPolicy(routes=[Route(skills=skills, **CALL)])) == [(code, path)]


def test_skills_that_nobody_holds_together_leave_nobody():
    people = [Agent("ann", skills={"tv": 1}), Agent("bob", skills={"fr": 1})]
    policy = RoutingPolicy(routes=[Route(skills={"tv": 1, "fr": 1}, **CALL)])
    assert codes(policy, people) == [("nobody_fits", "routing.routes[0]")]


def test_a_skill_that_is_dropped_in_time_leaves_somebody():
    routes = [Route(skills=[Skill("tv"), Skill("fr", required=False)], **CALL)]
    people = [Agent("ann", skills={"tv": 1}), Agent("bob", skills={"fr": 1})]
    assert codes(RoutingPolicy(routes=routes), people) == [("nobody_fits", "routing.routes[0]")]
    assert codes(RoutingPolicy(routes=routes, drop_after=MINUTE), people) == []


@pytest.mark.parametrize(
    ("options", "found"),
    (
        ({"steps": [Step(MINUTE)]}, True),
        ({"steps": [Step(MINUTE)], "after_steps": "anybody"}, False),
        ({"steps": [Step(MINUTE), Step()]}, False),
    ),
)
def test_a_route_must_not_end_at_nobody(options, found):
    policy = RoutingPolicy(routes=[Route(queue="q")], **options)
    assert codes(policy) == ([("ends_at_nobody", "routing.routes[0]")] if found else [])
    assert codes(RoutingPolicy(routes=[Route(queue="q", **CALL)], **options)) == []


def test_a_route_that_nobody_serves_ends_at_nobody_from_the_beginning():
    people = [Agent("ann", queues={"other": (1, 0)})]
    found = findings(RoutingPolicy(routes=[Route(queue="q")]), agents=people)
    assert [each.code for each in found] == ["nobody_fits", "ends_at_nobody"]
    assert "from the beginning" in found[1].message


def test_an_hour_at_which_nobody_who_fits_is_on_shift_is_shown():
    day = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"})
    early = BusinessCalendar("UTC", weekly={"mon-fri": "07:00-15:00"})
    policy = RoutingPolicy(routes=[Route(queue="tv", skills={"tv": 1}, **CALL)])
    hours = {"tv": BusinessCalendar("UTC", weekly={"mon-fri": "08:00-17:00"})}
    (found,) = findings(policy, agents=PEOPLE, shifts={"ann": day, "bob": early}, hours=hours, now=MONDAY)
    assert (found.code, found.at) == ("nobody_on_shift", MONDAY + timedelta(hours=8))
    cover = (*PEOPLE, Agent("cat", skills={"tv": 1}))
    assert codes(policy, cover, shifts={"ann": day, "cat": early}, hours=hours, now=MONDAY) == []
    assert codes(policy, cover, shifts={"ann": day}, hours=hours, now=MONDAY) == []  # cat is always there


def test_steps_that_never_come_or_hold_nobody_are_found():
    steps = [
        Step(MINUTE, tiers=(7, 9)),
        Step(MINUTE, agents="affinity"),
        Step(),
        Step(MINUTE, agents=["ann"]),
    ]
    assert codes(RoutingPolicy(steps=steps)) == [
        ("empty_step", "routing.steps[0]"),
        ("unreachable_step", "routing.steps[3]"),
    ]


@pytest.mark.parametrize(
    ("skip_if", "presence", "blocked"),
    (
        ("none_logged_in", "away", True),
        (None, "away", True),
        ("none_available", "away", False),
        ("none_logged_in", "offline", False),
        ("none_logged_in", "available", False),
    ),
)
def test_a_tier_on_a_break_keeps_everybody_waiting_for_nobody(skip_if, presence, blocked):
    people = [Agent("ann", tier=1, presence=presence), Agent("bob", tier=2)]
    steps = [Step(MINUTE, tiers=(1, 1), skip_if=skip_if), Step()]
    assert codes(RoutingPolicy(steps=steps), people) == (
        [("blocked_step", "routing.steps[0]")] if blocked else []
    )


@pytest.mark.parametrize(
    ("options", "opens"),
    (
        ({"steps": [Step(4 * MINUTE), Step(3 * MINUTE), Step()]}, 7),
        ({"steps": [Step(4 * MINUTE), Step(3 * MINUTE)]}, 4),
        ({"steps": [Step(4 * MINUTE), Step(3 * MINUTE)], "after_steps": "anybody"}, 7),
        ({"drop_after": 3 * MINUTE}, 6),
    ),
)
def test_steps_that_take_longer_than_the_target_are_late(options, opens):
    skills = [Skill("tv", required=False, drop=1), Skill("fr", required=False, drop=2)]
    policy = RoutingPolicy(routes=[Route(queue="q", skills=skills, **CALL)], **options)
    late = ("late_steps", "routing.routes[0]")
    assert late in codes(policy, targets={"q": opens * MINUTE - timedelta(seconds=1)})
    assert late not in codes(policy, targets={"q": opens * MINUTE})
    assert late in codes(policy, targets={"*": timedelta(0)})
    assert late not in codes(policy, targets={"other": timedelta(0)})


def test_strict_priority_starves_a_class_at_a_load():
    busy = Load(arrivals={"urgent": 6, "normal": 5}, served_per_agent=5, servers=2)
    assert codes(RoutingPolicy(), load=busy) == [("starves", "load.normal")]
    calm = Load(arrivals={"urgent": 6, "normal": 3}, served_per_agent=5, servers=2)
    assert codes(RoutingPolicy(), load=calm) == []
    targets = {"urgent": timedelta(hours=1), "normal": MINUTE}
    assert codes(RoutingPolicy(), load=calm, targets=targets) == [("late_class", "load.normal")]
    with pytest.raises(InvalidValue, match="names no class"):
        findings(RoutingPolicy(), agents=(), load=Load(arrivals={}, served_per_agent=1, servers=1))
