"""A freed agent picks an item."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.priority import Ageing, QueueOrder
from supportkit.routing import Item, Route, RoutingPolicy, waits

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def waiting(name, *, age=0, **given):
    return Item(name, created_at=NOON - age * MINUTE, **given)


def picked(items, *, agent=None, **options):
    return RoutingPolicy(**options).pick(agent or Agent("ann"), items, now=NOON)


@pytest.mark.parametrize(
    ("items", "item", "reason"),
    (
        ([waiting("a", sort_key=5), waiting("b", sort_key=4)], "b", "decided_by:sort_key"),
        ([waiting("a", sort_key=5), waiting("b", sort_key=5, age=1)], "b", "decided_by:age"),
        ([waiting("b", sort_key=5), waiting("a", sort_key=5)], "a", "decided_by:id"),
        ([waiting("a", age=9), waiting("b", sort_key=5)], "b", "decided_by:sort_key"),
        ([waiting("a"), waiting("b", age=1)], "b", "decided_by:age"),
        ([waiting("a")], "a", "only_candidate"),
    ),
)
def test_the_smallest_sort_key_then_the_oldest_then_the_smaller_id(items, item, reason):
    pick = picked(items)
    assert (pick.item, pick.reasons) == (item, (reason,))


def test_the_lowest_number_of_the_agents_queues_comes_before_the_sort_key():
    agent = Agent("ann", queues={"tv": (2, 0), "net": (1, 0)})
    items = [
        waiting("t", queue="tv", sort_key=1),
        waiting("n", queue="net", sort_key=9),
        waiting("free", sort_key=0),
    ]
    pick = picked(items, agent=agent)
    assert (pick.item, pick.reasons) == ("n", ("decided_by:queue_number",))
    assert picked([items[0], items[2]], agent=agent).item == "t"
    assert picked(items).item == "free"


def test_only_what_the_agent_may_have_is_picked():
    items = [
        waiting("refused", age=9, refused_by=["ann"]),
        waiting("skilled", age=8, skills={"tv": 1}),
        waiting("seen-later", age=1, queue="tv"),
        waiting("fits", queue="net"),
    ]
    agent = Agent("ann", queues={"tv": (1, 4 * MINUTE), "net": (2, 0)})
    pick = picked(items, agent=agent)
    assert (pick.item, pick.next_change_at) == ("fits", NOON + 3 * MINUTE)


def test_a_pick_of_nothing_says_why():
    assert picked([]).reasons == ("nothing_waits",)
    pick = picked(
        [waiting("a"), waiting("b", excluded=["ann"])], agent=Agent("ann", wrap_up_until=NOON + MINUTE)
    )
    assert (pick.item, pick.reasons) == (None, ("nothing_fits", "excluded:1", "wrap_up:1"))
    assert pick.to_plain() == {
        "item": None,
        "reasons": ["nothing_fits", "excluded:1", "wrap_up:1"],
        "next_change_at": {"$dt": "2026-07-01T12:01:00Z"},
    }


def test_an_agent_of_any_pool_may_pick():
    assert picked([waiting("a")], agent=Agent("ann", presence="away")).item is None
    assert (
        picked([waiting("a")], agent=Agent("ann", presence="away"), pools=("available", "away")).item == "a"
    )


def test_routes_give_skills_to_picked_items_too():
    routes = [Route("contact.form == 'call'", "phones", {"phone": 1})]
    items = [waiting("call", age=9, facts={"contact": {"form": "call"}}), waiting("mail")]
    assert picked(items, routes=routes).item == "mail"
    assert picked(items, routes=routes, agent=Agent("ann", skills={"phone": 1})).item == "call"


def test_now_needs_a_zone():
    with pytest.raises(NaiveDatetime):
        RoutingPolicy().pick(Agent("ann"), [], now=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("items", "item", "reason", "minutes"),
    (
        ([waiting("plain", age=12), waiting("gold", age=5, rate=2)], "plain", "decided_by:points", 2),
        ([waiting("plain", age=9), waiting("gold", age=5, rate=2)], "gold", "decided_by:points", None),
        ([waiting("plain", age=10), waiting("gold", age=5, rate=2)], "plain", "decided_by:age", 1 / 6e7),
        ([waiting("one", age=6, rate=2), waiting("two", age=5, rate=2)], "one", "decided_by:age", None),
        ([waiting("late", age=1, rate=9), waiting("key", sort_key=0)], "key", "decided_by:sort_key", None),
        ([waiting("gold", rate=3), waiting("b", age=8), waiting("c", age=6)], "b", "decided_by:age", 4),
    ),
)
def test_at_several_rates_the_most_points_go_first_until_another_item_has_as_many(
    items, item, reason, minutes
):
    pick = picked(items)
    assert (pick.item, pick.reasons) == (item, (reason,))
    assert pick.next_change_at == (None if minutes is None else NOON + minutes * MINUTE)


def test_only_what_can_come_first_changes_a_pick():
    agent = Agent("ann", queues={"tv": (1, 0), "net": (2, 0)})
    items = [
        waiting("first", age=9, queue="tv"),
        waiting("another-queue", age=8, rate=3, queue="net"),
        waiting("not-theirs", age=8, rate=3, queue="tv", excluded=["ann"]),
        waiting("seldom", age=1, rate=0.5, queue="tv"),
    ]
    pick = picked(items, agent=agent)
    assert (pick.item, pick.next_change_at) == ("first", None)
    pick = picked([*items, waiting("gold", rate=4, queue="tv")], agent=agent)
    assert (pick.item, pick.next_change_at) == ("first", NOON + 3 * MINUTE)


def test_the_keys_of_an_order_say_when_items_of_any_rate_came():
    """A score of an order with rates is worth as much as at the place that the order itself gives."""
    order = QueueOrder(Ageing.rates({"gold": 6, "basic": 2}))
    came = {"gold": (1, NOON - 30 * MINUTE), "basic": (2, NOON - 60 * MINUTE)}
    items = [
        Item(tier, created_at=at, rate=rate, sort_key=order.key(score, at, tier=tier))
        for (tier, (score, at)), rate in zip(came.items(), (6, 2), strict=True)
    ]
    for later, first in ((-29, "basic"), (0, "basic"), (1, "gold")):
        now = NOON + later * MINUTE
        places = {item.id: order.place(item.sort_key, tier=item.id, now=now) for item in items}
        pick = RoutingPolicy().pick(Agent("ann"), items, now=now)
        assert pick.item == first
        assert places[first] == min(places.values())
    assert waits.overtake(items[1], items[0]) == NOON


@pytest.mark.parametrize("key", ("first", (1, 2), float("inf")))
def test_a_sort_key_that_is_no_number_cannot_be_compared_at_several_rates(key):
    items = [waiting("a", sort_key=key), waiting("b", sort_key=key, rate=2)]
    with pytest.raises(InvalidValue, match=r"item a: sort_key=.* several rates"):
        picked(items)
    assert picked(items[:1]).item == "a"
