"""Steps, rings, dropped skills: who may have an item the longer it waits."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing import Item, Route, RoutingPolicy, Skill, Step

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALMOST = timedelta(microseconds=1)
PEOPLE = (
    Agent("ann", skills={"fr": 5}, tier=1),
    Agent("bob", skills={"fr": 3}, tier=2),
    Agent("cat", tier=3),
)


def asked(minutes, people=PEOPLE, *, item=None, **options):
    item = {"created_at": NOON} | (item or {})
    when = minutes if isinstance(minutes, timedelta) else minutes * MINUTE
    return RoutingPolicy(**options).decide(Item("case", **item), people, now=NOON + when)


def picture(decision):
    return decision.step, set(decision.ranking), decision.next_change_at


LADDER = [Step(MINUTE, skills={"fr": 5}), Step(2 * MINUTE, skills={"fr": 3}), Step(MINUTE, agents=["cat"])]


@pytest.mark.parametrize(
    ("after", "step", "who", "until"),
    (
        (0 * MINUTE, 0, {"ann"}, NOON + MINUTE),
        (MINUTE - ALMOST, 0, {"ann"}, NOON + MINUTE),
        (MINUTE, 1, {"ann", "bob"}, NOON + 3 * MINUTE),
        (3 * MINUTE - ALMOST, 1, {"ann", "bob"}, NOON + 3 * MINUTE),
        (3 * MINUTE, 2, {"cat"}, NOON + 4 * MINUTE),
        (4 * MINUTE, 3, set(), None),
    ),
)
def test_a_step_begins_where_the_one_before_ends_and_does_not_hold_at_its_end(after, step, who, until):
    assert picture(asked(after, steps=LADDER)) == (step, who, until)


def test_when_all_steps_are_spent_nobody_or_anybody_may_have_it():
    spent = asked(9, steps=LADDER)
    assert (spent.outcome, spent.funnel, spent.reasons) == (
        "wait",
        {"step": 3},
        ("steps_spent", "nobody_logged_in"),
    )
    assert asked(9, steps=LADDER, after_steps="anybody").ranking == ("ann", "bob", "cat")


def test_a_step_without_an_end_never_ends():
    steps = [Step(MINUTE, agents=["ann"]), Step(), Step(MINUTE, agents=["cat"])]
    assert picture(asked(10**6, steps=steps)) == (1, {"ann", "bob", "cat"}, None)


def test_a_step_of_no_time_is_passed_at_once():
    assert picture(asked(0, steps=[Step(timedelta(0), agents=["ann"]), Step()]))[0] == 1


@pytest.mark.parametrize(
    ("step", "who"),
    (
        (Step(agents="bob"), {"bob"}),
        (Step(agents=["bob", "cat", "gone"]), {"bob", "cat"}),
        (Step(agents=[]), set()),
        (Step(tiers=(2, 3)), {"bob", "cat"}),
        (Step(tiers=(1, 1)), {"ann"}),
        (Step(skills={"fr": 4}), {"ann"}),
        (Step(skills=[{"fr": 5}, {"fr": 3, "de": 1}]), {"ann"}),
        (Step(skills=[{"de": 1}, {"fr": 3}]), {"ann", "bob"}),
        (Step(skills={"fr": 0}), {"ann", "bob"}),
        (Step(skills={}), {"ann", "bob", "cat"}),
        (Step(tiers=(2, 3), skills={"fr": 1}), {"bob"}),
    ),
)
def test_ids_tiers_and_skills_narrow_a_step_together(step, who):
    assert set(asked(0, steps=[step]).ranking) == who


def test_a_steps_own_skills_end_with_it_and_the_items_required_ones_never():
    steps = [Step(MINUTE, skills={"fr": 5}, drop=["fr", "de"]), Step(drop=["fr"])]
    needs = {"skills": {"fr": 3}}
    assert set(asked(0, steps=steps, item=needs).ranking) == {"ann"}
    later = asked(5, steps=steps, item=needs, after_steps="anybody")
    assert (set(later.ranking), later.dropped) == ({"ann", "bob"}, ())


OPTIONAL = [Skill("fr", 5, required=False, drop=2), Skill("tv", 1, required=False, drop=1), Skill("net", 1)]
HOLDERS = (
    Agent("all", skills={"fr": 5, "tv": 1, "net": 1}),
    Agent("most", skills={"tv": 1, "net": 1}),
    Agent("must", skills={"net": 1}),
    Agent("none"),
)


def test_drops_add_up_over_the_steps():
    steps = [Step(MINUTE), Step(MINUTE, drop=["fr"]), Step(drop=["tv", "net", "unknown"])]
    seen = [asked(n, HOLDERS, steps=steps, item={"skills": OPTIONAL}) for n in range(3)]
    assert [set(d.ranking) for d in seen] == [{"all"}, {"all", "most"}, {"all", "most", "must"}]
    assert [d.dropped for d in seen] == [(), ("fr",), ("fr", "tv")]


@pytest.mark.parametrize(
    ("after", "dropped", "who", "until"),
    (
        (2 * MINUTE - ALMOST, (), {"all"}, NOON + 2 * MINUTE),
        (2 * MINUTE, ("fr",), {"all", "most"}, NOON + 4 * MINUTE),
        (4 * MINUTE, ("fr", "tv"), {"all", "most", "must"}, None),
        (60 * MINUTE, ("fr", "tv"), {"all", "most", "must"}, None),
    ),
)
def test_each_period_drops_the_group_with_the_highest_drop(after, dropped, who, until):
    decision = asked(after, HOLDERS, drop_after=2 * MINUTE, item={"skills": OPTIONAL})
    assert (decision.dropped, set(decision.ranking), decision.next_change_at) == (dropped, who, until)


def test_skills_of_one_drop_go_together_and_a_level_of_zero_is_the_last_group():
    skills = [Skill(name, required=False, drop=drop) for name, drop in (("a", 0), ("b", 3), ("c", 3))]
    seen = [asked(n, drop_after=MINUTE, item={"skills": skills}).dropped for n in (1, 2, 3)]
    assert seen == [("b", "c"), ("b", "c", "a"), ("b", "c", "a")]


def test_a_routes_optional_skills_drop_like_the_items_own():
    routes = [Route(skills=[Skill("fr", 9, required=False, drop=1), Skill("net")])]
    assert asked(0, HOLDERS, routes=routes, drop_after=MINUTE).ranking == ()
    assert set(asked(1, HOLDERS, routes=routes, drop_after=MINUTE).ranking) == {"all", "most", "must"}


def test_a_dropped_skill_ranks_nobody():
    skills = [Skill("fr", 1, required=False), Skill("de", 1)]
    people = (Agent("french", skills={"fr": 9, "de": 1}), Agent("german", skills={"de": 2}))
    options = {"steps": [Step(MINUTE), Step(drop=["fr"])], "rank": ["most_skilled"]}
    assert asked(0, people, item={"skills": skills}, **options).agent == "french"
    assert asked(1, people, item={"skills": skills}, **options).agent == "german"
    assert asked(1, people, item={"skills": skills}, skills="count_then_level", **options).agent == "german"


@pytest.mark.parametrize(
    ("skip_if", "own", "step"),
    (
        ("none_available", {"presence": "away"}, 1),
        ("none_available", {"presence": "offline"}, 1),
        ("none_available", {"capacity": 1, "load": 1}, 0),
        ("none_available", {"wrap_up_until": NOON + MINUTE}, 0),
        ("none_logged_in", {"presence": "away"}, 0),
        ("none_logged_in", {"presence": "offline"}, 1),
        (None, {"presence": "offline"}, 0),
    ),
)
def test_a_step_is_skipped_by_the_presence_of_its_own_agents_not_by_their_load(skip_if, own, step):
    steps = [Step(MINUTE, agents=["own"], skip_if=skip_if), Step(MINUTE, agents=["cat"])]
    decision = asked(0, (Agent("own", **own), Agent("cat")), steps=steps)
    assert decision.step == step
    assert (decision.agent == "cat") == (step == 1)


def test_a_skipped_step_takes_no_time():
    steps = [Step(5 * MINUTE, agents=["gone"], skip_if="none_available"), Step(2 * MINUTE), Step(agents=[])]
    assert picture(asked(1, steps=steps))[::2] == (1, NOON + 2 * MINUTE)
    assert asked(2, steps=steps).step == 2


def test_who_can_never_have_the_item_is_none_of_a_steps_own():
    steps = [Step(MINUTE, tiers=(3, 3), skip_if="none_available"), Step()]
    assert asked(0, steps=steps, item={"excluded": ["cat"]}).step == 1
    assert asked(0, steps=steps, item={"refused_by": ["cat"]}).step == 0


def test_an_agent_of_another_pool_is_available_when_the_pool_takes_work():
    steps = [Step(MINUTE, agents=["own"], skip_if="none_available"), Step()]
    people = (Agent("own", presence="away"), Agent("cat"))
    assert asked(0, people, steps=steps).step == 1
    assert asked(0, people, steps=steps, pools=("available", "away")).agent == "own"


def test_with_earlier_first_the_circle_grows_and_earlier_rings_keep_precedence():
    steps = [Step(MINUTE, agents=["cat"]), Step(MINUTE, tiers=(2, 2)), Step(MINUTE, agents=["ann"])]
    options = {"steps": steps, "earlier_first": True, "rank": ["most_skilled"], "after_steps": "anybody"}
    late = Agent("abe", skills={"fr": 9})
    seen = [asked(n, (*PEOPLE, late), **options) for n in range(4)]
    assert [d.ranking for d in seen] == [
        ("cat",),
        ("cat", "bob"),
        ("cat", "bob", "ann"),
        ("cat", "bob", "ann", "abe"),
    ]
    assert seen[1].reasons == ("decided_by:earlier_step",)


def test_rings_of_dropped_skills_keep_their_precedence_too():
    steps = [Step(MINUTE), Step(MINUTE, drop=["fr"]), Step(drop=["tv"])]
    people = tuple(Agent(agent.id, skills=agent.skills, load=9 - n) for n, agent in enumerate(HOLDERS))
    options = {"steps": steps, "rank": ["fewest_open"], "item": {"skills": OPTIONAL}}
    assert asked(2, people, **options).ranking == ("must", "most", "all")
    assert asked(2, people, earlier_first=True, **options).ranking == ("all", "most", "must")


def test_affinity_comes_before_an_earlier_step_and_never_overrides_one():
    steps = [Step(MINUTE, agents=["ann"]), Step()]
    item = {"affinity": ["cat"]}
    assert asked(0, steps=steps, item=item).agent == "ann"
    assert asked(1, steps=steps, item=item, earlier_first=True).ranking == ("cat", "ann", "bob")


def test_an_item_waits_a_bounded_time_for_whom_its_affinity_names():
    steps = [Step(2 * MINUTE, agents="affinity", skip_if="none_available"), Step()]
    busy = (Agent("owner", capacity=1, load=1), Agent("cat"))
    waits = asked(0, busy, steps=steps, item={"affinity": ["owner"]})
    assert (waits.outcome, waits.next_change_at) == ("wait", NOON + 2 * MINUTE)
    assert asked(2, busy, steps=steps, item={"affinity": ["owner"]}).agent == "cat"
    gone = (Agent("owner", presence="offline"), Agent("cat"))
    assert asked(0, gone, steps=steps, item={"affinity": ["owner"]}).agent == "cat"
    assert asked(0, busy, steps=steps).agent == "cat"  # nobody to wait for: no wait


def test_steps_count_from_the_beginning_of_the_wait_and_the_age_from_the_creation():
    item = {"waiting_since": NOON + 10 * MINUTE}
    assert picture(asked(10, steps=LADDER, item=item)) == (0, {"ann"}, NOON + 11 * MINUTE)
    old, young = (
        Item(name, created_at=NOON, waiting_since=NOON + n * MINUTE) for name, n in (("o", 5), ("y", 0))
    )
    assert RoutingPolicy(steps=[Step()]).pick(Agent("ann"), [young, old], now=NOON).item == "o"


def test_a_later_step_keeps_an_item_from_being_called_back():
    steps = [Step(MINUTE, agents=["gone"]), Step(MINUTE, agents=["cat"])]
    options = {"steps": steps, "routes": [Route(queue="q", when_nobody="callback")]}
    assert [asked(n, **options).outcome for n in range(3)] == ["wait", "offer", "callback"]
    french = {"skills": [Skill("it", required=False, drop=1)]}
    assert asked(0, item=french, routes=options["routes"]).outcome == "callback"
    assert asked(0, item=french, routes=options["routes"], drop_after=MINUTE).outcome == "wait"


def test_a_pick_knows_the_step_of_each_item():
    steps = [Step(2 * MINUTE, agents=["bob"]), Step()]
    items = [Item("old", created_at=NOON - 2 * MINUTE), Item("new", created_at=NOON - MINUTE, sort_key=1)]
    policy = RoutingPolicy(steps=steps)
    pick = policy.pick(Agent("ann"), items, now=NOON)
    assert (pick.item, pick.next_change_at) == ("old", NOON + MINUTE)
    assert policy.pick(Agent("bob"), items, now=NOON).item == "new"
    assert policy.pick(Agent("ann"), items[1:], now=NOON).reasons == ("nothing_fits", "step:1")


def test_a_pick_looks_at_others_only_when_told_who_they_are():
    steps = [Step(2 * MINUTE, agents=["bob"], skip_if="none_available"), Step()]
    item, policy = Item("i", created_at=NOON), RoutingPolicy(steps=steps)
    assert policy.pick(Agent("ann"), [item], now=NOON).item == "i"
    assert policy.pick(Agent("ann"), [item], now=NOON, present=[Agent("ann"), Agent("bob")]).item is None


def test_the_step_and_what_was_dropped_are_explained():
    steps = [Step(MINUTE), Step(drop=["fr"])]
    lines = asked(1, HOLDERS, steps=steps, item={"skills": OPTIONAL}).explain().lines
    assert lines[1:3] == ("  step 1, without fr", "  2 of 4 agents fit")


@pytest.mark.parametrize(
    ("wrong", "says"),
    (
        ({"within": -MINUTE}, "between nothing and ten years"),
        ({"within": "soon"}, "30 minutes"),
        ({"skip_if": "none_availabel"}, "did you mean 'none_available'"),
        ({"skip_if": "x"}, "none_available, none_logged_in"),
        ({"tiers": (2, 1)}, r"tiers=\(2, 1\)"),
        ({"tiers": 2}, "tiers=2"),
        ({"skills": ()}, "lets nobody in"),
        ({"skills": {"fr": "high"}}, "{name: level}"),
        ({"skills": {"fr": -1}}, "{name: level}"),
    ),
)
def test_a_step_that_can_never_be_right_is_refused(wrong, says):
    with pytest.raises(InvalidValue, match=says):
        Step(**wrong)
