"""What stands between an item and an agent: one reason each, and when time removes it."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing import BARRIERS, Item, RoutingPolicy, Skill

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def asked(item=None, agent=None, now=NOON, **options):
    item, agent = {"created_at": NOON} | (item or {}), agent or {}
    return RoutingPolicy(**options).decide(Item("case", **item), [Agent("ann", **agent)], now=now)


def barrier(*args, **options):
    return dict(asked(*args, **options).excluded).get("ann")


@pytest.mark.parametrize(
    ("item", "agent", "expected"),
    (
        ({}, {}, None),
        ({"excluded": ["ann"]}, {}, "excluded"),
        ({"refused_by": ["ann"]}, {}, "refused"),
        ({"queue": "tv"}, {"queues": {"net": (1, 0)}}, "queue"),
        ({"queue": "tv"}, {"queues": {"tv": (1, 0)}}, None),
        ({"queue": "tv"}, {"queues": {}}, "queue"),
        ({}, {"queues": {}}, None),
        ({"channel": "chat"}, {"channels_off": ["chat"]}, "channel_off"),
        ({"channel": "phone"}, {"channels_off": ["chat"]}, None),
        ({"permission": "refund"}, {}, "permission"),
        ({"permission": "refund"}, {"permissions": ["refund"]}, None),
        ({"skills": {"tv": 2}}, {"skills": {"tv": 1}}, "skills"),
        ({"skills": {"tv": 2}}, {"skills": {"tv": 2}}, None),
        ({"skills": {"tv": 0}}, {}, "skills"),
        ({"skills": {"tv": 1, "net": 1}}, {"skills": {"tv": 9}}, "skills"),
        ({}, {"presence": "away"}, "presence"),
        ({}, {"presence": "offline"}, "presence"),
    ),
)
def test_each_hard_filter_has_its_barrier(item, agent, expected):
    assert barrier(item, agent) == expected


@pytest.mark.parametrize(
    ("item", "agent", "expected"),
    (
        ({}, {"capacity": None, "load": 99}, None),
        ({}, {"capacity": 0}, "too_large"),
        ({}, {"capacity": 2, "load": 1}, None),
        ({}, {"capacity": 2, "load": 2}, "capacity"),
        ({"size": 2}, {"capacity": 2, "load": 1}, "capacity"),
        ({"size": 3}, {"capacity": 2}, "too_large"),
        ({"size": 0}, {"capacity": 2, "load": 2}, None),
        ({}, {"capacity": 2, "load": {"chat": 1, "email": 1}}, "capacity"),
        ({"channel": "chat"}, {"capacity": {"chat": 2}, "load": {"chat": 1, "email": 9}}, None),
        ({"channel": "chat"}, {"capacity": {"chat": 2}, "load": {"chat": 2}}, "capacity"),
        ({"channel": "chat"}, {"capacity": {"chat": 2}, "load": {"email": 2}}, None),
        ({"channel": "chat"}, {"capacity": {"chat": 2}, "load": 2}, "capacity"),
        ({"channel": "phone"}, {"capacity": {"chat": 2}}, "too_large"),
        ({}, {"capacity": {"chat": 2}}, "too_large"),
        (
            {"channel": "chat"},
            {"capacity": {"chat": 5}, "load": {"chat": 1, "email": 2}, "total": 3},
            "capacity",
        ),
        ({"channel": "chat"}, {"capacity": {"chat": 5}, "load": {"chat": 1, "email": 1}, "total": 3}, None),
        ({"group": "vip"}, {"group_capacity": {"vip": 1}, "group_load": {"vip": 1}}, "capacity"),
        ({"group": "vip"}, {"group_capacity": {"vip": 1}, "group_load": {"other": 1}}, None),
        ({"group": "vip"}, {"group_capacity": {"other": 0}}, None),
        ({}, {"capacity": 2, "load": 2, "parked": 1}, None),
        ({}, {"capacity": 2, "load": 1, "parked": 5}, None),
        ({"size": 3}, {"capacity": 2, "load": 1, "parked": 5}, "too_large"),
        ({"channel": "chat"}, {"capacity": {"chat": 2}, "load": {"chat": 2}, "parked": {"chat": 1}}, None),
        (
            {"channel": "chat"},
            {"capacity": {"chat": 2}, "load": {"chat": 2}, "parked": {"email": 1}},
            "capacity",
        ),
    ),
)
def test_an_item_fits_while_counted_load_and_its_size_stay_within_every_limit(item, agent, expected):
    assert barrier(item, agent) == expected


def test_parked_work_counts_when_the_policy_says_so():
    assert barrier(agent={"capacity": 2, "load": 2, "parked": 1}, count_parked=True) == "capacity"
    chat = {"capacity": {"chat": 2}, "load": {"chat": 2}, "parked": {"chat": 1}}
    assert barrier({"channel": "chat"}, chat, count_parked=True) == "capacity"


def test_wrap_up_ends_at_its_instant():
    agent = {"wrap_up_until": NOON + MINUTE}
    before = asked(agent=agent, now=NOON + MINUTE - timedelta(microseconds=1))
    assert (before.outcome, before.next_change_at) == ("wait", NOON + MINUTE)
    assert asked(agent=agent, now=NOON + MINUTE).agent == "ann"


@pytest.mark.parametrize("delay", (5 * MINUTE, 300, 300.0))
def test_an_item_is_unseen_until_it_is_as_old_as_the_delay_of_its_queue(delay):
    item, agent = {"queue": "tv"}, {"queues": {"tv": (1, delay)}}
    before = asked(item, agent, now=NOON + 5 * MINUTE - timedelta(microseconds=1))
    assert (dict(before.excluded), before.next_change_at) == ({"ann": "delay"}, NOON + 5 * MINUTE)
    assert asked(item, agent, now=NOON + 5 * MINUTE).agent == "ann"


def test_the_later_of_two_waits_says_when_it_changes():
    agent = {"queues": {"tv": (1, 5 * MINUTE)}, "wrap_up_until": NOON + 9 * MINUTE}
    assert asked({"queue": "tv"}, agent).next_change_at == NOON + 9 * MINUTE


def test_a_lasting_barrier_never_changes_by_itself():
    agent = {"wrap_up_until": NOON + MINUTE, "presence": "away"}
    assert asked(agent=agent).next_change_at is None


def test_an_item_from_the_future_is_not_held_back():
    assert asked({"created_at": NOON + MINUTE}, {"queues": None}).agent == "ann"


def test_a_delay_that_is_no_duration_is_refused_by_name():
    with pytest.raises(InvalidValue, match=r"ann.*'soon'.*'tv'"):
        asked({"queue": "tv"}, {"queues": {"tv": (1, "soon")}})


@pytest.mark.parametrize(
    ("mode", "skills", "expected"),
    (
        ("filter", [Skill("tv", 2, required=False)], "skills"),
        ("count_then_level", [Skill("tv", 2, required=False)], None),
        ("count_then_level", [Skill("tv", 2)], "skills"),
        ("ignore", [Skill("tv", 2)], None),
    ),
)
def test_optional_skills_are_enforced_unless_they_are_counted(mode, skills, expected):
    assert barrier({"skills": skills}, {"skills": {"tv": 1}}, skills=mode) == expected


def test_the_funnel_counts_each_agent_at_the_first_barrier_in_order():
    people = [
        Agent("a", presence="away"),
        Agent("b", presence="offline"),
        Agent("c", capacity=1, load=1),
        Agent("d", presence="away", channels_off=("chat",)),
        Agent("e"),
    ]
    decision = RoutingPolicy().decide(Item("case", created_at=NOON, channel="chat"), people, now=NOON)
    assert decision.funnel == {"channel_off": 1, "presence": 2, "capacity": 1}
    assert list(decision.funnel) == [code for code in BARRIERS if code in decision.funnel]
    assert (decision.considered, decision.ranking) == (5, ("e",))
