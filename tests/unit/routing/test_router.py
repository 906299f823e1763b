"""The router: work and agents come together, whatever comes, goes, is offered or runs out."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.errors import CommandRefused, InvalidValue, NaiveDatetime
from supportkit.priority import QueueOrder
from supportkit.routing import Item, Offers, Router, RoutingPolicy, Skill, Step, WaitTerms, expected_waits

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALMOST = timedelta(microseconds=1)


def at(minutes):
    return NINE + minutes * MINUTE


def opened(*agents, policy=None, **options):
    router = Router(policy or RoutingPolicy(), QueueOrder(), **options)
    for agent in agents:
        router.set_agent(agent if isinstance(agent, Agent) else Agent(agent, capacity=1), now=NINE)
    return router


def put(router, name, minutes=0, **options):
    created = options.pop("created", minutes)
    score = options.pop("score", 0)
    return router.put(Item(name, created_at=at(created), **options), score=score, now=at(minutes))


def where(router, name):
    item = router.state.items[name]
    return item.state, item.agent


def refused(call, *arguments, **options):
    with pytest.raises(CommandRefused) as caught:
        call(*arguments, **options)
    return caught.value.code


# Pushing


def test_an_arriving_item_goes_to_the_agent_who_is_idle_longest():
    router = opened(Agent("ann", idle_since=at(-1)), Agent("bob", idle_since=at(-2)))
    assert put(router, "a").assigned == (("a", "bob"),)
    assert router.state.items["a"][1:] == ("assigned", "bob", 2)


def test_a_freed_agent_takes_the_highest_score_and_then_the_oldest():
    router = opened("ann")
    put(router, "first")
    for name, score, created in (("low", 0, 1), ("old", 5, 2), ("young", 5, 3)):
        put(router, name, 3, score=score, created=created)
    taken = [router.complete(name, now=at(4)).assigned for name in ("first", "old", "young")]
    assert taken == [(("old", "ann"),), (("young", "ann"),), (("low", "ann"),)]


def test_a_sort_key_of_the_item_is_kept():
    router = opened()
    put(router, "a", sort_key=7)
    assert router.state.items["a"].item.sort_key == 7


@pytest.mark.parametrize(
    "come",
    (
        lambda router: router.set_presence("ann", "available", now=at(5)),
        lambda router: router.set_agent(Agent("ann"), now=at(5)),
        lambda router: router.set_agent(Agent("new"), now=at(5)),
    ),
)
def test_who_comes_takes_what_waits(come):
    router = opened(Agent("ann", presence="away"))
    put(router, "a")
    assert [item for item, _ in come(router).assigned] == ["a"]


def test_who_comes_to_work_is_idle_since_then():
    router = opened(Agent("ann", presence="away"))
    router.set_presence("ann", "available", now=at(5))
    assert router.state.agents["ann"].idle_since == at(5)


def test_who_completes_is_idle_since_then_and_was_assigned_before():
    router = opened("ann")
    put(router, "a", 1)
    router.complete("a", now=at(3))
    agent = router.state.agents["ann"]
    assert (agent.last_assigned, agent.idle_since, agent.load) == (at(1), at(3), 0)


def test_round_robin_goes_on_after_the_last_of_each_channel():
    router = opened(*map(Agent, ("cat", "ann", "bob")), policy=RoutingPolicy(rank="round_robin"))
    for number, channel in enumerate(("chat", "chat", "phone", "chat", "chat")):
        put(router, f"{number}", channel=channel)
    assert [where(router, f"{n}")[1] for n in range(5)] == ["cat", "ann", "cat", "bob", "cat"]


def test_without_push_nothing_moves_until_somebody_takes_it():
    router = opened(Agent("ann", capacity=1), push=False)
    assert put(router, "a").assigned == ()
    put(router, "b")
    assert router.take("ann", now=at(1)).assigned == (("a", "ann"),)
    assert not router.take("ann", now=at(1)).changed
    assert where(router, "b") == ("waiting", None)


# Capacity


@pytest.mark.parametrize(
    ("agent", "sizes", "taken"),
    (
        ({"capacity": 2}, (1, 1, 1), 2),
        ({"capacity": 2, "load": 1}, (1, 1), 1),
        ({"capacity": 3}, (2, 2, 1), 2),
        ({"capacity": 2, "load": 2, "parked": 1}, (1, 1), 1),
        ({"total": 1}, (1, 1), 1),
        ({"capacity": 0}, (1,), 0),
        ({"capacity": {"chat": 2}, "total": 3}, (1, 1, 1), 2),
        ({"capacity": {"chat": 3}, "load": {"chat": 1}}, (1, 1, 1), 2),
        ({"group_capacity": {"vip": 1}}, (1, 1), 1),
        ({}, (9, 9), 2),
    ),
)
def test_an_agent_is_given_what_fits(agent, sizes, taken):
    router = opened(Agent("ann", **agent))
    for number, size in enumerate(sizes):
        put(router, f"{number}", channel="chat", size=size, group="vip")
    assert sum(state == "assigned" for _, state, _, _ in router.state.items.values()) == taken


def test_work_in_one_channel_leaves_room_in_another():
    router = opened(Agent("ann", capacity={"chat": 1, "phone": 1}))
    put(router, "a", channel="chat")
    put(router, "b", channel="phone")
    assert router.state.agents["ann"].load == {"chat": 1, "phone": 1}


def test_blending_keeps_a_chat_from_a_call_in_hand():
    policy = RoutingPolicy(blend={"email": "phone"})
    router = opened(Agent("ann"), policy=policy)
    for channel in ("email", "phone", "chat"):
        put(router, channel, channel=channel)
    assert [where(router, name)[0] for name in ("email", "phone", "chat")] == [
        "assigned",
        "assigned",
        "waiting",
    ]


def test_a_person_may_be_given_more_by_hand_and_is_pushed_nothing_until_below():
    router = opened("ann")
    for name in ("a", "b"):
        put(router, name)
    router.assign("b", "ann", now=at(1))
    put(router, "c", 1)
    assert router.complete("a", now=at(2)).assigned == ()
    assert router.complete("b", now=at(3)).assigned == (("c", "ann"),)


def test_an_agent_who_is_replaced_keeps_the_work_in_hand():
    router = opened("ann")
    put(router, "a")
    put(router, "b")
    assert router.set_agent(Agent("ann", capacity=2), now=at(1)).assigned == (("b", "ann"),)
    assert router.state.agents["ann"].load == 2


# Offers


def offered(*agents, **options):
    router = opened(*agents, push=False, **options)
    put(router, "a")
    return router, router.offer("a", "ann", ttl=MINUTE, now=NINE)


def test_an_offer_holds_a_place_beside_the_load_and_becomes_work_when_accepted():
    router, offer = offered("ann")
    assert (where(router, "a"), router.state.agents["ann"].load) == (("offered", None), 0)
    put(router, "b")
    assert refused(router.claim, "b", "ann", version=1, now=NINE) == "capacity"
    assert router.accept(offer.id, now=at(1) - ALMOST).changed
    assert not router.accept(offer.id, now=at(9)).changed
    assert (where(router, "a"), router.state.agents["ann"].load) == (("assigned", "ann"), 1)


def test_an_offer_is_over_at_the_instant_at_which_it_expires():
    router, offer = offered("ann")
    assert router.next_change_at == offer.expires_at == at(1)
    assert refused(router.accept, offer.id, now=at(1)) == "expired"
    item = router.state.items["a"]
    assert (item.state, item.item.refused_by, item.item.created_at) == ("waiting", {"ann"}, NINE)
    assert router.advance(now=at(1)).expired == (offer.id,)


def test_who_lets_an_offer_expire_gets_the_presence_said():
    router, _ = offered("ann", presence_on_timeout="away")
    router.advance(now=at(1))
    assert router.state.agents["ann"].presence == "away"


def test_an_item_declined_goes_to_another_and_never_back():
    router, offer = offered("ann", "bob")
    answer = router.decline(offer.id, reason="wrong team", now=NINE)
    assert answer.declined == ((offer.id, "wrong team"),)
    assert not router.decline(offer.id, now=NINE).changed
    assert not router.take("ann", now=NINE).changed
    assert router.take("bob", now=NINE).assigned == (("a", "bob"),)


def test_the_first_to_accept_has_it_where_offers_are_parallel():
    router, first = offered("ann", "bob", parallel_offers=True)
    second = router.offer("a", "bob", ttl=MINUTE, now=NINE)
    assert router.accept(second.id, now=NINE).rescinded == (first.id,)
    assert refused(router.accept, first.id, now=NINE) == "rescinded"
    assert where(router, "a") == ("assigned", "bob")


def test_an_item_with_two_offers_waits_when_the_last_is_declined():
    router, first = offered("ann", "bob", parallel_offers=True)
    second = router.offer("a", "bob", ttl=MINUTE, now=NINE)
    router.decline(first.id, now=NINE)
    assert where(router, "a") == ("offered", None)
    router.decline(second.id, now=NINE)
    assert where(router, "a") == ("waiting", None)


@pytest.mark.parametrize(
    ("how", "code"),
    (
        (lambda router: router.cancel("a", now=NINE), "canceled"),
        (lambda router: router.assign("a", "bob", now=NINE), "rescinded"),
        (lambda router: router.set_presence("ann", "offline", now=NINE), "rescinded"),
        (lambda router: router.decline("a/offer-1", now=NINE), "declined"),
    ),
)
def test_an_offer_that_ended_otherwise_cannot_be_accepted(how, code):
    router, offer = offered("ann", "bob")
    how(router)
    assert refused(router.accept, offer.id, now=NINE) == code
    assert router.state.offers[offer.id] == code


def test_an_offer_rescinded_by_logging_out_is_no_refusal():
    router, _ = offered("ann", grace=MINUTE)
    router.set_presence("ann", "offline", now=NINE)
    router.set_presence("ann", "available", now=NINE)
    assert router.take("ann", now=NINE).assigned == (("a", "ann"),)


# Offers of a policy

ASKING = RoutingPolicy(offers=Offers(within=MINUTE, on_timeout="away", grace=2 * MINUTE))


def test_a_policy_with_offers_asks_where_another_one_gives():
    router = opened("ann", "bob", policy=ASKING)
    (first,) = put(router, "a").offered
    assert (first.item, first.agent, first.expires_at) == ("a", "ann", at(1))
    assert where(router, "a") == ("offered", None)
    assert [offer.agent for offer in router.decline(first.id, now=NINE).offered] == ["bob"]
    answer = router.advance(now=at(1))
    assert (answer.expired, answer.offered, where(router, "a")) == (("a/offer-2",), (), ("waiting", None))
    assert router.state.agents["bob"].presence == "away"


def test_offers_of_a_policy_fill_no_more_places_than_there_are():
    router = opened("ann", policy=ASKING)
    for name in "ab":
        put(router, name)
    assert [where(router, name)[0] for name in "ab"] == ["offered", "waiting"]
    assert router.accept("a/offer-1", now=NINE).offered == ()
    assert [offer.item for offer in router.complete("a", now=NINE).offered] == ["b"]


@pytest.mark.parametrize(
    ("terms", "options", "back_after"),
    (
        ({"grace": "2 minutes"}, {}, 2),
        ({"grace": "2 minutes"}, {"grace": "1 minute"}, 1),
        ({}, {}, None),
    ),
)
def test_the_grace_is_the_policys_unless_the_router_says_another(terms, options, back_after):
    router = opened("ann", policy=RoutingPolicy(offers=Offers(within=MINUTE, **terms)), **options)
    router.accept(put(router, "a").offered[0].id, now=NINE)
    router.set_presence("ann", "offline", now=NINE)
    assert router.next_change_at == (None if back_after is None else at(back_after))


def test_a_router_tells_how_long_each_may_wait():
    policy = RoutingPolicy(waits=WaitTerms(handling_time="10 minutes"))
    router = opened("ann", "bob", policy=policy)
    for name in "abcd":
        put(router, name)
    waits = router.waits(now=at(1))
    assert [(name, wait.ahead, wait.servers) for name, wait in waits.items()] == [("c", 0, 2), ("d", 1, 2)]
    assert waits == expected_waits(policy, [router.state.items[name].item for name in "dc"],
                                   router.state.agents.values(), now=at(1))  # fmt: skip
    with pytest.raises(InvalidValue, match="handling"):
        opened("ann").waits(now=NINE)


# Refusals


def test_a_claim_is_a_comparison_with_the_version_seen():
    router = opened("ann", "bob", push=False)
    put(router, "a")
    assert router.claim("a", "ann", version=1, now=NINE).assigned == (("a", "ann"),)
    assert refused(router.claim, "a", "bob", version=1, now=NINE) == "version"
    assert refused(router.claim, "a", "bob", version=2, now=NINE) == "not_waiting"


@pytest.mark.parametrize(
    ("agent", "item", "code"),
    (
        ({"presence": "away", "capacity": 0}, {"refused_by": "ann"}, "presence"),
        ({"capacity": 0}, {"refused_by": "ann"}, "refused_before"),
        ({"capacity": 0}, {"skills": {"fr": 1}}, "capacity"),
        ({}, {"skills": {"fr": 1}}, "skills"),
        ({}, {"excluded": "ann"}, "excluded"),
        ({"wrap_up_until": at(1)}, {}, "wrap_up"),
    ),
)
def test_offers_and_claims_are_refused_for_the_first_reason(agent, item, code):
    router = opened(Agent("ann", **agent), push=False)
    put(router, "a", **item)
    assert refused(router.offer, "a", "ann", ttl=MINUTE, now=NINE) == code
    assert refused(router.claim, "a", "ann", version=9, now=NINE) == "version"
    assert refused(router.claim, "a", "ann", version=1, now=NINE) == code
    assert router.state.items["a"].version == 1


def test_one_offer_at_a_time_unless_they_are_parallel():
    router, _ = offered("ann", "bob")
    assert refused(router.offer, "a", "bob", ttl=MINUTE, now=NINE) == "already_offered"
    assert refused(router.claim, "a", "bob", version=1, now=NINE) == "already_offered"
    parallel, _ = offered("ann", parallel_offers=True)
    assert refused(parallel.offer, "a", "ann", ttl=MINUTE, now=NINE) == "already_offered"


def test_what_is_over_stays_over():
    router = opened("ann")
    put(router, "done")
    put(router, "gone")
    router.complete("done", now=NINE)
    router.cancel("gone", now=NINE)
    assert not router.complete("done", now=NINE).changed
    assert not router.cancel("gone", now=NINE).changed
    assert refused(router.assign, "done", "ann", now=NINE) == "completed"
    assert refused(router.cancel, "done", now=NINE) == "completed"
    assert refused(router.complete, "gone", now=NINE) == "canceled"
    assert refused(router.offer, "gone", "ann", ttl=MINUTE, now=NINE) == "canceled"


@pytest.mark.parametrize(
    ("call", "code"),
    (
        (lambda router: router.cancel("b", now=NINE), "unknown_item"),
        (lambda router: router.take("eve", now=NINE), "unknown_agent"),
        (lambda router: router.accept("a/offer-9", now=NINE), "unknown_offer"),
        (lambda router: router.complete("a", now=NINE), "not_assigned"),
        (lambda router: put(router, "a", created=1), "already_put"),
    ),
)
def test_what_cannot_be_is_refused_by_name(call, code):
    router = opened("ann", push=False)
    put(router, "a")
    assert refused(call, router) == code


def test_the_same_item_put_twice_changes_nothing():
    router = opened()
    put(router, "a")
    assert not put(router, "a").changed
    assert router.state.items["a"].version == 1


def test_a_person_moves_work_from_one_agent_to_another():
    router = opened("ann", Agent("bob", presence="offline"))
    put(router, "a")
    assert router.assign("a", "bob", now=NINE).assigned == (("a", "bob"),)
    assert not router.assign("a", "bob", now=NINE).changed
    assert [agent.load for agent in router.state.agents.values()] == [0, 1]


def test_time_never_falls():
    router = opened("ann")
    router.advance(now=at(1))
    with pytest.raises(InvalidValue, match=r"09:00:59.*09:01:00"):
        router.advance(now=at(1) - timedelta(seconds=1))
    with pytest.raises(NaiveDatetime):
        router.advance(now=datetime(2026, 7, 1))


@pytest.mark.parametrize("option", ({"grace": -MINUTE},))
def test_a_router_refuses_what_can_never_be_right(option):
    with pytest.raises(InvalidValue):
        opened(**option)
    router, _ = offered("ann")
    with pytest.raises(InvalidValue, match="ttl"):
        router.offer("a", "ann", ttl=timedelta(0), now=NINE)


# Presence and time


def test_work_goes_back_with_its_age_when_the_grace_time_is_over():
    router = opened("ann", grace=5 * MINUTE)
    put(router, "a", created=-3)
    router.set_presence("ann", "offline", now=at(1))
    assert router.next_change_at == at(6)
    assert not router.advance(now=at(6) - ALMOST).changed
    assert router.advance(now=at(6)).returned == ("a",)
    assert router.state.items["a"].item.created_at == at(-3)


def test_who_is_back_within_the_grace_time_keeps_the_work():
    router = opened("ann", grace=5 * MINUTE)
    put(router, "a")
    before = router.state.items["a"]
    for minute, presence in ((1, "offline"), (3, "available"), (4, "offline"), (8, "away")):
        router.set_presence("ann", presence, now=at(minute))
    assert not router.advance(now=at(60)).changed
    assert router.state.items["a"] == before


def test_work_given_after_a_logout_stays_when_the_grace_time_ends():
    router = opened(Agent("ann", capacity=2), grace=5 * MINUTE)
    for name in "ab":
        put(router, name)
    router.set_presence("ann", "offline", now=at(1))
    put(router, "late", 2)
    router.assign("late", "ann", now=at(2))
    router.set_agent(Agent("bob", capacity=1, presence="away"), now=at(2))
    router.assign("b", "bob", now=at(2))
    router.assign("b", "ann", now=at(3))
    assert router.advance(now=at(6)).returned == ("a",)
    assert [where(router, name) for name in ("b", "late")] == [("assigned", "ann")] * 2


def test_without_grace_work_goes_back_at_once_to_somebody_else():
    router = opened("ann")
    put(router, "a")
    router.set_agent(Agent("bob"), now=at(1))
    answer = router.set_presence("ann", "offline", now=at(2))
    assert (answer.returned, answer.assigned) == (("a",), (("a", "bob"),))


def test_a_step_that_ends_widens_the_circle_by_itself():
    policy = RoutingPolicy(steps=[Step(2 * MINUTE, skills={"fr": 3}), Step()])
    router = opened("ann", policy=policy)
    put(router, "a")
    assert router.next_change_at == at(2)
    assert router.advance(now=at(3)).assigned == (("a", "ann"),)
    assert router.state.agents["ann"].last_assigned == at(2)


def test_a_step_is_skipped_when_the_last_of_its_own_leaves():
    policy = RoutingPolicy(steps=[Step(9 * MINUTE, agents=["ann"], skip_if="none_available"), Step()])
    router = opened("ann", "bob", policy=policy)
    for name in ("a", "b"):
        put(router, name)
    assert where(router, "b") == ("waiting", None)
    assert router.set_presence("ann", "away", now=at(1)).assigned == (("b", "bob"),)


def test_optional_skills_drop_and_required_ones_never():
    policy = RoutingPolicy(drop_after=MINUTE)
    router = opened("ann", policy=policy)
    put(router, "wish", skills=[Skill("fr", required=False)])
    put(router, "must", skills={"fr": 1})
    router.advance(now=at(1))
    assert [where(router, name)[0] for name in ("wish", "must")] == ["assigned", "waiting"]
    router.complete("wish", now=at(600))
    assert where(router, "must") == ("waiting", None)


def test_an_agent_sees_a_queue_after_its_delay_and_the_lower_number_first():
    router = opened(Agent("ann", capacity=1, queues={"sales": (2, 0), "help": (1, 3 * MINUTE)}))
    put(router, "now", queue="sales")
    put(router, "sales", queue="sales", created=-9)
    put(router, "young", 1, queue="help", score=9)
    put(router, "old", 1, queue="help", created=-3)
    put(router, "other", queue="else", minutes=1)
    taken = [router.complete(name, now=at(2)).assigned for name in ("now", "old", "sales")]
    assert taken == [(("old", "ann"),), (("sales", "ann"),), ()]
    assert router.next_change_at == at(4)
    assert router.advance(now=at(4)).assigned == (("young", "ann"),)


def test_wrap_up_ends_by_itself():
    router = opened(Agent("ann", wrap_up_until=at(2)))
    put(router, "a")
    assert router.next_change_at == at(2)
    assert router.advance(now=at(2)).assigned == (("a", "ann"),)


def test_of_two_who_are_free_at_the_same_instant_the_smaller_id_takes_first():
    router = opened(*(Agent(name, wrap_up_until=at(2)) for name in ("bob", "ann")))
    put(router, "a")
    assert router.advance(now=at(2)).assigned == (("a", "ann"),)


def test_a_limit_per_time_opens_again_by_itself():
    router = opened(Agent("ann"), policy=RoutingPolicy(rate_limit=(2, 10 * MINUTE)))
    for minute in range(3):
        put(router, f"{minute}", minute)
    assert where(router, "2") == ("waiting", None)
    assert router.next_change_at == at(10)
    assert router.advance(now=at(30)).assigned == (("2", "ann"),)
    assert router.state.agents["ann"].last_assigned == at(10)


def test_what_time_did_before_a_command_is_told_with_it():
    router = opened(Agent("ann", wrap_up_until=at(2)))
    put(router, "a")
    assert put(router, "b", 5).assigned == (("a", "ann"), ("b", "ann"))
    assert router.state.agents["ann"].last_assigned == at(5)


def test_a_router_says_why_nobody_has_an_item():
    router = opened("ann", Agent("bob", skills={"fr": 1}, presence="away"))
    put(router, "a", skills={"fr": 1})
    assert router.decide("a", now=at(1)).explain().excluded == {"ann": "skills", "bob": "presence"}


@pytest.mark.parametrize("capacity", (0.4, {"chat": 0.4}))
def test_parts_of_a_place_that_came_and_went_leave_nothing_behind(capacity):
    router = opened(Agent("ann", capacity=capacity))
    for name, size in (("a", 0.1), ("b", 0.3)):
        assert put(router, name, size=size, channel="chat").assigned
    for name in "ab":  # 0.1 + 0.3 - 0.1 - 0.3 is not 0 in binary fractions
        router.complete(name, now=NINE)
    assert put(router, "whole", size=0.4, channel="chat").assigned == (("whole", "ann"),)
