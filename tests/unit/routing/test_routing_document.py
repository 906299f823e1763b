"""The routing section of a policy document: text scalars, all faults together."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import FACTS, PRESENCES, Agent
from supportkit.errors import PolicyError
from supportkit.policy import Policy
from supportkit.routing import FollowUp, Item, RoutingPolicy, Skill, Step
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


def test_relaxation_is_read_from_text():
    policy = read(
        {
            "routes": [
                {
                    "skills": {
                        "net": "2",
                        "fr": {"level": "3", "required": "no", "drop": "2"},
                        "tv": {"drop": "1"},
                    }
                }
            ],
            "steps": [
                {"within": "2 minutes", "agents": "affinity", "skip_if": "none_available"},
                {"within": "PT30S", "agents": ["ann"], "skills": {"fr": "4"}, "tiers": ["1", "2"]},
                {"within": "1 hour 30 minutes", "agents": "bob", "skills": [{"fr": "4"}, {"net": 1}]},
                {"drop": ["fr", "tv"]},
            ],
            "after_steps": "anybody",
            "earlier_first": "yes",
            "drop_after": "5 minutes",
            "blend": {"email": ["chat", "phone"], "chat": "phone", "phone": []},
            "rate_limit": "5 in 1 hour",
        }
    )
    skills = (Skill("net", 2), Skill("fr", 3, required=False, drop=2), Skill("tv", 1, drop=1))
    relaxation = policy.relaxation
    assert policy.routes[0].skills == skills
    assert relaxation.steps == (
        Step(timedelta(minutes=2), agents="affinity", skip_if="none_available"),
        Step(timedelta(seconds=30), agents=["ann"], skills={"fr": 4}, tiers=(1, 2)),
        Step(timedelta(minutes=90), agents=["bob"], skills=[{"fr": 4}, {"net": 1}]),
        Step(drop=["fr", "tv"]),
    )
    assert (relaxation.after_steps, relaxation.earlier_first) == ("anybody", True)
    assert relaxation.drop_after == timedelta(minutes=5)


def test_blend_and_limit_of_a_document_hold():
    policy = read({"blend": {"email": "phone"}, "rate_limit": "1 in 1 hour"})
    item, chat = (Item("a", created_at=NOON, channel=channel) for channel in ("phone", "chat"))
    mailing, late = Agent("ann", load={"email": 1}), NOON - timedelta(minutes=59)
    assert policy.decide(item, [mailing], now=NOON).agent == "ann"
    assert policy.decide(chat, [mailing], now=NOON).funnel == {"blend": 1}
    assert policy.decide(item, [Agent("ann", last_assigned=late)], now=NOON).funnel == {"rate": 1}


def test_a_document_with_every_key_comes_back_as_it_was_and_keeps_its_version():
    section = {
        "routes": [{"queue": "q", "skills": {"fr": {"level": 2, "required": "no"}}, "inform": "marketing"}],
        "steps": [{"within": "2 minutes", "tiers": [1, 2]}, {"drop": "fr", "skip_if": "none_logged_in"}],
        "after_steps": "anybody",
        "earlier_first": "no",
        "drop_after": "5 minutes",
        "blend": {"email": ["chat"]},
        "rate_limit": "5 in 1 hour",
        "pools": ["available"],
        "skills": "filter",
        "rank": ["attrs.effort asc", "tier"],
        "count_parked": "no",
        "offers": {"within": "2 minutes", "on_timeout": "away", "grace": "5 minutes"},
        "waits": {"handling_time": "10 minutes", "announce": "yes"},
        "fairness": {"effort": {"q": "10 minutes"}, "window": "7 days", "catch_up": "20 minutes"},
    }
    policy = Policy.from_dict({"routing": section})
    again = Policy.from_dict(policy.to_dict())
    assert (again.version, again.routing.relaxation) == (policy.version, policy.routing.relaxation)
    assert again.routing.routes[0].inform == ("marketing",)
    for name in ("offers", "waits", "fairness"):
        assert getattr(again.routing, name) == getattr(policy.routing, name)
    assert again.routing.fairness.of("q") == timedelta(minutes=10)


def test_an_agent_who_did_not_answer_may_become_anything_that_a_desk_or_a_pool_knows():
    for presence in (*PRESENCES, "training"):
        terms = {"within": "1 minute", "on_timeout": presence}
        policy = read({"offers": terms, "pools": ["available", "training"]})
        assert policy.offers.on_timeout == presence


def test_a_route_may_ask_again():
    office = {"office": BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"})}
    routes = [
        {"when": "contact.channel == 'x'", "follow_up": "2 days"},
        {"follow_up": {"within": "16 hours", "calendar": "office"}},
        {},
    ]
    found = [route.follow_up for route in read(routes, calendars=office).routes]
    assert found == [FollowUp(timedelta(days=2)), FollowUp(timedelta(hours=16), "office"), None]


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
        ({"steps": {"within": "1 minute"}}, "routing.steps", "bad_value", "`- `"),
        ({"steps": [{"within": "soon"}]}, "routing.steps[0].within", "bad_value", None),
        ({"steps": [{"for": "1 minute"}]}, "routing.steps[0].for", "unknown_key", "within"),
        ({"steps": [{}, {"skip_if": "none_there"}]}, "routing.steps[1].skip_if", "bad_value", "none_"),
        ({"steps": [{"skills": {"fr": "good"}}]}, "routing.steps[0].skills.fr", "bad_value", None),
        ({"steps": [{"skills": [{"fr": "x"}]}]}, "routing.steps[0].skills[0].fr", "bad_value", None),
        ({"steps": [{"skills": []}]}, "routing.steps[0]", "bad_value", None),
        ({"steps": [{"tiers": ["1"]}]}, "routing.steps[0]", "bad_value", None),
        ({"steps": [{"tiers": ["1", "x"]}]}, "routing.steps[0].tiers[1]", "bad_value", None),
        ({"steps": [{"agents": [7]}]}, "routing.steps[0].agents[0]", "bad_value", None),
        ({"after_steps": "all"}, "routing.after_steps", "bad_value", "anybody"),
        ({"earlier_first": "maybe"}, "routing.earlier_first", "bad_value", None),
        ({"drop_after": "soon"}, "routing.drop_after", "bad_value", None),
        ({"drop_after": "0 minutes"}, "routing.drop_after", "bad_value", None),
        ([{"follow_up": "soon"}], "routing[0].follow_up.within", "bad_value", None),
        ([{"follow_up": {"in": "1 day"}}], "routing[0].follow_up.in", "unknown_key", None),
        (
            [{"follow_up": {"within": "1 day", "calendar": "x"}}],
            "routing[0].follow_up.calendar",
            "unknown_calendar",
            None,
        ),
        ({"offers": {}}, "routing.offers.within", "missing", "2 minutes"),
        ({"offers": {"within": "0 minutes"}}, "routing.offers", "bad_value", None),
        ({"offers": {"within": "soon"}}, "routing.offers.within", "bad_value", None),
        ({"offers": {"within": "1 minute", "wihtin": 1}}, "routing.offers.wihtin", "unknown_key", "within"),
        (
            {"offers": {"within": "1 minute", "on_timeout": "awya"}},
            "routing.offers.on_timeout",
            "unknown_presence",
            "did you mean 'away'?",
        ),
        (
            {"offers": {"within": "1 minute"}, "pools": ["available", "offline"]},
            "routing.pools",
            "bad_value",
            "offline",
        ),
        ({"blend": ["email"]}, "routing.blend", "bad_value", "name: value"),
        ({"blend": {"email": [1]}}, "routing.blend.email[0]", "bad_value", None),
        ({"rate_limit": "5"}, "routing.rate_limit", "bad_value", "5 in 1 hour"),
        ({"rate_limit": "0 in 1 hour"}, "routing.rate_limit", "bad_value", None),
        ({"rate_limit": "5 in a while"}, "routing.rate_limit", "bad_value", None),
        ([{"skills": {"tv": {"levle": 1}}}], "routing[0].skills.tv.levle", "unknown_key", "level"),
        ([{"skills": {"tv": {"required": "perhaps"}}}], "routing[0].skills.tv.required", "bad_value", None),
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
