"""The routing section of a policy document: text scalars, all faults together."""

from datetime import UTC, datetime

import pytest

from supportkit.cases import FACTS, Agent
from supportkit.errors import PolicyError
from supportkit.routing import Item, RoutingPolicy, Skill
from supportkit.rules import KeywordSet

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETS = {"outage": KeywordSet("outage", ["no signal"])}
ROUTES = [
    {"when": "contact.text.mentions(keywords.outage)", "queue": "network", "skills": {"network": "2"}},
    {
        "when": {"op": "eq", "args": [{"field": "contact.channel"}, "phone"]},
        "queue": "phones",
        "skills": ["phone"],
    },
    {"queue": "general", "when_nobody": "callback"},
]


def read(section, **options):
    return RoutingPolicy.from_dict(section, keywords=SETS, schema=FACTS, **options)


def faults(section):
    with pytest.raises(PolicyError) as caught:
        read(section)
    return {fault.path: fault for fault in caught.value.faults}


def test_a_plain_list_is_short_for_routes():
    short, long = read(ROUTES), read({"routes": ROUTES})
    assert short.routes == long.routes
    assert [route.queue for route in short.routes] == ["network", "phones", "general"]
    assert [route.skills for route in short.routes] == [(Skill("network", 2),), (Skill("phone"),), ()]
    assert short.routes[2].when_nobody == "callback"


def test_the_whole_section_is_read():
    policy = read(
        {
            "routes": ROUTES,
            "rank": ["tier", "attrs.wit desc", ["attrs.age", "asc"], {"attrs.x": "asc"}],
            "skills": "count_then_level",
            "pools": ["available", "away"],
            "count_parked": "yes",
        },
        version="v2",
    )
    assert [clause.to_plain() for clause in policy.rank] == [
        "tier",
        ["attrs.wit", "desc"],
        ["attrs.age", "asc"],
        ["attrs.x", "asc"],
    ]
    assert (policy.skills, policy.pools, policy.version) == ("count_then_level", ("available", "away"), "v2")
    full = Agent("ann", capacity=1, load=1, parked=1)
    assert policy.decide(Item("a", created_at=NOON), [full], now=NOON).funnel == {"capacity": 1}
    assert read({"count_parked": False}).decide(Item("a", created_at=NOON), [full], now=NOON).agent == "ann"


def test_nothing_said_gives_the_stated_defaults():
    policy = read({})
    assert (policy.routes, policy.rank, policy.skills, policy.pools) == (
        (),
        RoutingPolicy().rank,
        "filter",
        ("available",),
    )
    assert read({"rank": "tier"}).rank == RoutingPolicy(rank=["tier"]).rank


@pytest.mark.parametrize(
    ("section", "path", "code", "hint"),
    (
        ("general", "routing", "bad_value", "name: value"),
        ({"rutes": []}, "routing.rutes", "unknown_key", "did you mean 'routes'?"),
        ({"steps": [{}]}, "routing.steps", "not_built", "leave it out"),
        ({"blend": {}}, "routing.blend", "not_built", "leave it out"),
        ({"rate_limit": "5"}, "routing.rate_limit", "not_built", "leave it out"),
        ({"drop_after": "5 minutes"}, "routing.drop_after", "not_built", "leave it out"),
        ({"earlier_first": "no"}, "routing.earlier_first", "not_built", "leave it out"),
        ({"after_steps": "anybody"}, "routing.after_steps", "not_built", "leave it out"),
        ({"rank": ["tier", "idle"]}, "routing.rank[1]", "bad_value", None),
        ({"rank": {"a": "b"}}, "routing.rank", "bad_value", "`- `"),
        ({"skills": "count"}, "routing.skills", "bad_value", "filter, count_then_level, ignore"),
        ({"pools": []}, "routing.pools", "bad_value", "available"),
        ({"pools": [""]}, "routing.pools[0]", "bad_value", None),
        ({"count_parked": "maybe"}, "routing.count_parked", "bad_value", None),
        ([{"queu": "x"}], "routing[0].queu", "unknown_key", "did you mean 'queue'?"),
        ({"routes": ["x"]}, "routing.routes[0]", "bad_value", "name: value"),
        ([{"queue": ["x"]}], "routing[0].queue", "bad_value", None),
        ([{"skills": {"tv": "high"}}], "routing[0].skills.tv", "bad_value", None),
        ([{"skills": "tv"}], "routing[0].skills", "bad_value", "name: value"),
        ([{"skills": ["tv", 7]}], "routing[0].skills[1]", "bad_value", None),
        ([{"when_nobody": "call"}], "routing[0].when_nobody", "bad_value", "did you mean 'callback'?"),
        ([{"when": "contact.chanel == 'x'"}], "routing[0].when", "unknown_field", "contact.channel"),
    ),
)
def test_each_fault_has_its_path_and_a_hint(section, path, code, hint):
    found = faults(section)
    assert found[path].code == code
    assert hint is None or hint in found[path].hint


def test_all_faults_come_together():
    assert set(faults({"rutes": 1, "rank": ["x"], "routes": [{"when": "(", "skills": {"a": "b"}}]})) == {
        "routing.rutes",
        "routing.rank[0]",
        "routing.routes[0].when",
        "routing.routes[0].skills.a",
    }
