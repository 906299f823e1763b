"""Rank words of hosts and plugins: they decide, or they are void and say why."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from supportkit import Policy, Registry
from supportkit.cases import Agent
from supportkit.errors import InvalidValue, PolicyError
from supportkit.plugins import StrategySpec, hookimpl
from supportkit.routing import Item, Route, RoutingPolicy, Skill

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
PEOPLE = [
    Agent("ann", attrs={"km": 70}, tier=1),
    Agent("bob", attrs={"km": 3}, tier=2),
    Agent("cid", attrs={"km": 9}, tier=2),
]
ITEM = Item("case-1", created_at=NOON)


def decided(key, *, rank=("near", "tier"), item=ITEM, **options):
    return RoutingPolicy(rank=rank, strategies={"near": key}, **options).decide(item, PEOPLE, now=NOON)


def by_distance(agent, item):
    return agent.attrs["km"]


class Plugin:
    __name__ = "acme"

    def __init__(self, key):
        self.key = key

    @hookimpl
    def supportkit_register_strategies(self):
        return [StrategySpec("near", key=self.key)]


@pytest.mark.parametrize(
    ("key", "ranking"),
    (
        (by_distance, ("bob", "cid", "ann")),
        (lambda agent, item: -agent.attrs["km"], ("ann", "cid", "bob")),
        (lambda agent, item: (agent.tier, Decimal(agent.attrs["km"])), ("ann", "bob", "cid")),
        (lambda agent, item: Fraction(1, agent.attrs["km"]), ("ann", "cid", "bob")),
        (lambda agent, item: float("inf") if agent.id == "bob" else 1, ("ann", "cid", "bob")),
        (lambda agent, item: (), ("ann", "bob", "cid")),
    ),
)
def test_the_smaller_key_comes_first(key, ranking):
    decision = decided(key)
    assert (decision.ranking, decision.errors) == (ranking, ())
    assert not any(reason.startswith("void:") for reason in decision.reasons)


def test_the_word_that_decided_is_named():
    assert decided(by_distance).reasons == ("decided_by:near",)
    assert decided(lambda agent, item: 0).reasons == ("decided_by:tier",)


def refusing_bob(agent, item):
    if agent.id == "bob":
        raise LookupError("nobody called bob")
    return 0


@pytest.mark.parametrize(
    ("key", "error"),
    (
        (refusing_bob, "rank near, agent bob: LookupError: nobody called bob"),
        (lambda agent, item: "near", "rank near, agent ann: 'near' is neither a number nor a tuple of numbers"),
        (lambda agent, item: None, "rank near, agent ann: None is neither"),
        (lambda agent, item: [1], "rank near, agent ann: [1] is neither"),
        (lambda agent, item: (1, "x"), "rank near, agent ann: (1, 'x') is neither"),
        (lambda agent, item: float("nan"), "rank near, agent ann: nan is neither"),
        (lambda agent, item: Decimal("sNaN"), "rank near, agent ann: "),
        (lambda agent, item: 1 if agent.id == "bob" else (1,), "rank near: two of its keys cannot be compared: "),
    ),
)  # fmt: skip
def test_a_word_that_fails_for_one_is_void_for_all_and_the_others_decide(key, error):
    decision = decided(key)
    assert decision.ranking == ("ann", "bob", "cid")
    assert decision.reasons == ("decided_by:tier", "void:near")
    (told,) = decision.errors
    assert told.startswith(error)
    assert decision.to_plain()["errors"] == [told]


def test_a_strategy_is_asked_once_for_each_agent_with_what_the_route_asks_for():
    asked = []
    route = Route(queue="network", skills={"net": 1})
    people = [Agent("ann", skills={"net": 1}), Agent("bob")]
    item = Item("case-1", created_at=NOON, facts={"case": {"kind": "x"}})
    policy = RoutingPolicy(
        routes=[route], rank="near", strategies={"near": lambda a, i: asked.append((a.id, i)) or 0}
    )
    policy.decide(item, people, now=NOON)
    assert asked == [("ann", Item("case-1", created_at=NOON, queue="network", skills=[Skill("net")]))]


@pytest.mark.parametrize("name", ("tier", "attrs.x"))
def test_a_strategy_cannot_take_the_name_of_a_rank(name):
    with pytest.raises(InvalidValue, match=f"the strategy '{name}' has the name of a built-in rank"):
        RoutingPolicy(strategies={name: by_distance})


def test_an_unknown_rank_names_strategies_too():
    with pytest.raises(InvalidValue, match="there is no rank 'naer'; did you mean 'near'"):
        decided(by_distance, rank="naer")


def mutating(agent, item):
    agent.attrs["km"] = 0
    return 0


async def later():
    return 1


@pytest.mark.parametrize(
    ("key", "error"),
    (
        (mutating, "TypeError: 'mappingproxy' object does not support item assignment"),
        (refusing_bob, "LookupError: nobody called bob"),
        (lambda agent, item: "far", "InvalidValue: 'far' is neither a number nor a tuple of numbers"),
        (lambda agent, item: later(), "TypeError: it returned a coroutine; hooks are not async"),
    ),
)
def test_a_plugin_at_fault_is_named_in_the_decision(key, error):
    document = {"routing": {"routes": [{"queue": "general"}], "rank": ["near", "tier"]}}
    policy = Policy.from_dict(document, registry=Registry.build(plugins=[Plugin(key)]))
    decision = policy.routing.decide(ITEM, PEOPLE, now=NOON)
    (told,) = decision.errors
    assert (decision.agent, f"plugin 'acme', hook supportkit_register_strategies: {error}" in told) == (
        "ann",
        True,
    )


def test_a_document_may_name_the_word_in_any_shape():
    registry = Registry.build(plugins=[Plugin(by_distance)])
    for rank in ("near", ["near"]):
        policy = Policy.from_dict({"routing": {"routes": [], "rank": rank}}, registry=registry)
        assert policy.routing.decide(ITEM, PEOPLE, now=NOON).agent == "bob"
        assert [clause.to_plain() for clause in policy.routing.rank] == ["near"]


def test_an_unknown_word_in_a_document_is_a_fault_that_tells_the_way_out():
    with pytest.raises(
        PolicyError,
        match=r"routing.rank\[0\]: there is no rank 'near'.*for a part of a plugin, pass registry=Registry.build",
    ):
        Policy.from_dict({"routing": {"routes": [], "rank": ["near"]}})
