"""What may join work in hand, and how much is given in a stretch of time."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.routing import Item, Route, RoutingPolicy

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def asked(agent, *, channel="phone", now=NOON, **options):
    item = Item("case", created_at=NOON, channel=channel)
    return RoutingPolicy(**options).decide(item, [Agent("ann", **agent)], now=now)


@pytest.mark.parametrize(
    ("load", "channel", "barrier"),
    (
        ({}, "phone", None),
        ({"email": 0}, "phone", None),
        ({"email": 1}, "phone", None),
        ({"email": 1}, "chat", "blend"),
        ({"email": 1}, "email", None),
        ({"phone": 1}, "email", "blend"),
        ({"phone": 1}, "phone", None),
        ({"chat": 1}, "email", None),
        ({"chat": 1, "email": 1}, "phone", "blend"),
        ({"chat": 1, "email": 1}, "email", None),
        ({"email": 1}, None, "blend"),
        (3, "chat", None),
    ),
)
def test_only_what_the_blend_lists_interrupts_and_more_of_the_same_always_may(load, channel, barrier):
    blend = {"email": ["phone"], "phone": (), "chat": "email"}
    decision = asked({"load": load}, channel=channel, blend=blend)
    assert dict(decision.excluded).get("ann") == barrier


def test_parked_work_is_not_in_hand_unless_it_counts():
    agent = {"load": {"phone": 1}, "parked": {"phone": 1}}
    assert asked(agent, channel="email", blend={}).agent == "ann"
    assert asked(agent, channel="email", blend={}, count_parked=True).funnel == {"blend": 1}


def test_a_blend_never_widens_a_capacity():
    agent = {"load": {"email": 1}, "capacity": 1}
    assert asked(agent, blend={"email": ["phone"]}).funnel == {"capacity": 1}


def test_what_keeps_work_apart_may_end_so_nobody_is_called_back():
    agent = {"load": {"phone": 1}}
    routes = [Route(queue="q", when_nobody="callback")]
    assert asked(agent, channel="email", blend={}, routes=routes).outcome == "wait"


@pytest.mark.parametrize(
    ("given", "opens"),
    (
        ([], None),
        ([-20], None),
        ([-20, -50], 10),
        ([-20, -20], 40),
        ([-20, -30, -50], 30),
        ([-60, -20], None),
        ([-20, 5], None),
    ),
)
def test_a_window_holds_at_most_n_and_opens_when_the_nth_latest_leaves_it(given, opens):
    agent = {"assigned_at": [NOON + n * MINUTE for n in given]}
    decision = asked(agent, rate_limit=(2, HOUR))
    at = None if opens is None else NOON + opens * MINUTE
    assert (decision.funnel, decision.next_change_at) == ({} if at is None else {"rate": 1}, at)
    if at is not None:
        assert asked(agent, rate_limit=(2, HOUR), now=at).agent == "ann"
        assert asked(agent, rate_limit=(2, HOUR), now=at - timedelta(microseconds=1)).agent is None


def test_the_last_assignment_counts_even_when_the_others_are_not_told():
    agent = {"last_assigned": NOON - 20 * MINUTE}
    assert asked(agent, rate_limit=(1, "1 hour")).next_change_at == NOON + 40 * MINUTE
    twice = {"last_assigned": NOON - MINUTE, "assigned_at": [NOON - MINUTE]}
    assert asked(twice, rate_limit=(2, HOUR)).agent == "ann"


def test_of_waits_that_end_by_themselves_the_longest_is_told():
    agent = {"wrap_up_until": NOON + MINUTE, "last_assigned": NOON}
    decision = asked(agent, rate_limit=(1, HOUR))
    assert (decision.funnel, decision.next_change_at) == ({"rate": 1}, NOON + HOUR)


def test_manual_excess_blocks_until_it_is_below_the_capacity():
    for load, agent in ((3, None), (2, None), (1, "ann")):
        assert asked({"capacity": 2, "load": load}).agent == agent


def test_a_group_has_a_capacity_of_its_own():
    agent = {"group_capacity": {"vip": 2}, "group_load": {"vip": 2}, "capacity": 9}
    items = [Item(name, created_at=NOON, group=group) for name, group in (("v", "vip"), ("w", None))]
    assert RoutingPolicy().pick(Agent("ann", **agent), items, now=NOON).item == "w"
