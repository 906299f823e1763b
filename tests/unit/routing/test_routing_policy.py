"""The decision as a whole: routes, pools, outcomes, reasons."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from supportkit import canonical
from supportkit.cases import Agent
from supportkit.errors import InvalidValue, NaiveDatetime, PolicyError
from supportkit.routing import Item, Route, RoutingPolicy, Skill
from supportkit.rules import KeywordSet, fact

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETS = {"outage": KeywordSet("outage", ["no signal"])}
ROUTES = [
    Route("contact.text.mentions(keywords.outage)", "network", {"network": 2}),
    Route(fact.contact.entry_point == "tv-line", "tv", when_nobody="callback"),
    Route(queue="general", when_nobody="callback"),
]
PEOPLE = [Agent("ann", skills={"network": 3}), Agent("bob"), Agent("cleo", skills={"network": 1})]


def policy(**options):
    return RoutingPolicy(**({"routes": ROUTES, "keywords": SETS} | options))


def item(text="hello", entry_point="main", **more):
    return Item(
        "case", created_at=NOON, **{"facts": {"contact": {"text": text, "entry_point": entry_point}}} | more
    )


@pytest.mark.parametrize(
    ("text", "entry_point", "queue", "index"),
    (
        ("No signal!", "tv-line", "network", 0),
        ("hello", "tv-line", "tv", 1),
        ("hello", "main", "general", 2),
    ),
)
def test_the_first_route_that_fits_gives_the_queue(text, entry_point, queue, index):
    facts = item(text, entry_point).facts
    route, found = policy().route(facts, now=NOON)
    decision = policy().decide(item(text, entry_point), PEOPLE, now=NOON)
    assert (route.queue, found) == (queue, index)
    assert (decision.queue, decision.route, decision.reasons[0]) == (queue, index, f"route:{index}")


def test_a_routes_skills_are_asked_besides_the_items_own_at_the_higher_level():
    assert policy().decide(item("no signal"), PEOPLE, now=NOON).ranking == ("ann",)
    both = policy().decide(item("no signal", skills={"network": 4, "tv": 1}), PEOPLE, now=NOON)
    assert both.funnel == {"skills": 3}
    lower = policy().decide(item("no signal", skills={"network": 1}), PEOPLE, now=NOON)
    assert lower.ranking == ("ann",)


@pytest.mark.parametrize("routes", ((), (Route(),)))
def test_of_a_skill_asked_for_twice_the_stricter_demand_counts(routes):
    asked = [Skill("network", 3, required=False), Skill("network", 1)]
    decision = policy(routes=routes, skills="count_then_level").decide(item(skills=asked), PEOPLE, now=NOON)
    assert decision.ranking == ("ann",)


def test_an_item_that_waits_in_another_queue_takes_nothing_of_the_route():
    routes = [Route(queue="general", skills={"latin": 9}, when_nobody="callback")]
    decision = policy(routes=routes).decide(item(queue="network"), [], now=NOON)
    assert (decision.queue, decision.outcome, decision.route) == ("network", "wait", None)
    same = policy(routes=routes).decide(item(queue="general"), [], now=NOON)
    assert (same.outcome, same.route) == ("callback", 0)


def test_a_route_without_a_queue_leaves_the_items_own():
    decision = policy(routes=[Route(skills={"network": 2})]).decide(item(queue="tv"), PEOPLE, now=NOON)
    assert (decision.queue, decision.ranking) == ("tv", ("ann",))


def test_a_route_chosen_before_holds_instead_of_the_facts_now():
    before = Route(queue="network", skills={"network": 2}, when_nobody="callback")
    decision = policy().decide(item(queue="network"), PEOPLE, now=NOON, route=before)
    assert (decision.ranking, decision.route, decision.reasons) == (("ann",), None, ("only_candidate",))
    assert policy().decide(item(queue="network"), [], now=NOON, route=before).outcome == "callback"
    assert policy().pick(Agent("bob"), [item()], now=NOON, route=before).item is None


def test_without_a_fitting_route_anybody_may_have_it_and_it_is_said():
    one = policy(routes=ROUTES[:1])
    decision = one.decide(item(), PEOPLE, now=NOON)
    assert one.route(item().facts, now=NOON) is None
    assert (decision.agent, decision.queue, decision.reasons[0]) == ("ann", None, "no_route")


def test_what_an_undecided_route_lacked_is_named_and_a_route_in_error_is_listed():
    unknown = policy().decide(item(facts={"contact": {"text": "hello"}}), PEOPLE, now=NOON)
    assert (unknown.route, unknown.missing, unknown.provisional) == (2, ("contact.entry_point",), True)
    wrong = policy().decide(item(entry_point=7), PEOPLE, now=NOON)
    assert (wrong.route, wrong.errors, wrong.provisional) == (2, ("routes[1]",), False)
    assert "provisional, a route could fit with: contact.entry_point" in str(unknown.explain())


@pytest.mark.parametrize(
    ("people", "outcome", "reasons"),
    (
        ([], "callback", ("nobody_logged_in",)),
        ([Agent("a", presence="offline")], "callback", ("nobody_logged_in",)),
        ([Agent("a", presence="away")], "wait", ()),
        ([Agent("a", capacity=1, load=1)], "wait", ()),
        ([Agent("a", wrap_up_until=NOON + timedelta(minutes=1))], "wait", ()),
        ([Agent("a", capacity=0)], "callback", ("nobody_logged_in",)),
        ([Agent("r"), Agent("a", presence="offline")], "callback", ("nobody_logged_in",)),
        ([Agent("r"), Agent("a", presence="away")], "wait", ()),
        ([Agent("r")], "callback", ("exhausted", "nobody_logged_in")),
        ([Agent("r"), Agent("x")], "callback", ("exhausted", "nobody_logged_in")),
        ([Agent("x")], "callback", ("nobody_logged_in",)),
    ),
)
def test_with_a_callback_route_it_waits_only_while_somebody_who_could_take_it_is_logged_in(
    people, outcome, reasons
):
    one = policy(routes=[Route(queue="general", when_nobody="callback")])
    decision = one.decide(item(refused_by=["r"], excluded=["x"]), people, now=NOON)
    assert (decision.outcome, decision.agent, decision.reasons[1:]) == (outcome, None, reasons)


def test_without_a_callback_route_it_waits_and_says_when_all_refused():
    decision = policy(routes=[]).decide(item(refused_by=["ann"]), [Agent("ann")], now=NOON)
    assert (decision.outcome, decision.reasons) == ("wait", ("exhausted", "nobody_logged_in"))


def test_the_first_pool_with_somebody_who_fits_is_asked():
    people = [Agent("a", presence="away"), Agent("b", capacity=1, load=1), Agent("c", presence="unavailable")]
    assert policy(pools=("available", "away", "unavailable")).decide(item(), people, now=NOON).ranking == (
        "a",
    )
    assert policy(pools=("available", "unavailable", "away")).decide(item(), people, now=NOON).ranking == (
        "c",
    )
    assert policy().decide(item(), people, now=NOON).outcome == "wait"
    assert policy(pools="away").decide(item(), people, now=NOON).agent == "a"


def test_a_decision_tells_when_somebody_becomes_free_even_when_it_is_an_offer():
    people = [Agent("a"), *(Agent(f"b{n}", wrap_up_until=NOON + timedelta(minutes=n)) for n in (3, 2))]
    decision = policy().decide(item(), people, now=NOON)
    assert (decision.agent, decision.next_change_at) == ("a", NOON + timedelta(minutes=2))


def test_a_decision_is_explained_line_by_line():
    people = [*PEOPLE, Agent("dan", wrap_up_until=NOON + timedelta(minutes=3), skills={"network": 2})]
    explained = policy().decide(item("no signal"), people, now=NOON).explain()
    assert str(explained).splitlines() == [
        "offer to ann: route:0, only_candidate",
        "  1 of 4 agents fit",
        "  2 left out by skills",
        "  1 left out by wrap_up",
        "  bob: skills",
        "  cleo: skills",
        "  dan: wrap_up",
        "  looks different from 2026-07-01T12:03:00+00:00 on",
    ]
    assert explained.excluded == {"bob": "skills", "cleo": "skills", "dan": "wrap_up"}


def test_a_decision_to_wait_says_whose_work_in_hand_is_all_that_stands_between():
    people = [
        Agent("ann", skills={"network": 3}, capacity=1, load=1),
        Agent("bob", capacity=1, load=1),
        Agent("cleo", skills={"network": 2}, presence="away", capacity=1, load=1),
        Agent("dan", skills={"network": 2}, load={"email": 1}),
    ]
    decision = policy(blend={"email": "email"}).decide(item("no signal", channel="chat"), people, now=NOON)
    assert (decision.outcome, decision.when_free) == ("wait", ("ann", "dan"))
    assert "  could go to ann, dan as soon as there is room" in decision.explain().lines


def test_a_decision_is_written_small_and_can_be_pickled():
    people = [Agent(f"agent-{number:04}") for number in range(1000)]
    decision = policy(version="v3").decide(item(), people, now=NOON)
    plain = decision.to_plain()
    assert len(canonical.encode(plain)) < 700
    assert (plain["fitting"], len(plain["ranking"]), plain["policy_version"]) == (1000, 8, "v3")
    assert pickle.loads(pickle.dumps(decision)) == decision


@pytest.mark.parametrize(
    ("options", "hint"),
    (
        ({"skills": "filtr"}, "did you mean 'filter'"),
        ({"skills": "x"}, "choose one of"),
        ({"pools": ()}, "leaves nobody"),
        ({"steps": [{"within": 5}]}, r"steps=\[Step\("),
        ({"after_steps": "everybody"}, "did you mean 'anybody'"),
        ({"after_steps": None}, "nobody, anybody"),
        ({"drop_after": timedelta(0)}, "give a period"),
        ({"drop_after": "soon"}, "30 minutes"),
        ({"blend": ["email"]}, "{'email': "),
        ({"blend": {"email": 5}}, r"blend\['email'\]=5"),
        ({"rate_limit": 5}, r"write \(5, timedelta"),
        ({"rate_limit": (0, timedelta(hours=1))}, r"write \(5, timedelta"),
        ({"rate_limit": (5, timedelta(0))}, r"write \(5, timedelta"),
    ),
)
def test_options_that_can_never_be_right_are_refused(options, hint):
    with pytest.raises(InvalidValue, match=hint):
        RoutingPolicy(**options)


def test_faulty_conditions_are_refused_all_together_and_now_needs_a_zone():
    with pytest.raises(PolicyError) as caught:
        RoutingPolicy(routes=[Route("a =="), Route("mentions(a, keywords.x)")], keywords=SETS)
    assert len(caught.value.faults) == 2
    with pytest.raises(NaiveDatetime):
        policy().decide(item(), PEOPLE, now=NOON.replace(tzinfo=None))


def test_a_policy_names_the_facts_its_routes_read():
    assert policy().reads == {"contact.text", "contact.entry_point"}
    assert RoutingPolicy().reads == frozenset()
