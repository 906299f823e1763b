"""Which of several fitting agents is chosen, and what decided."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.routing import Item, RoutingPolicy, Skill

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def decided(people, rank, *, item=None, last=None, **options):
    agents = [Agent(name, **given) for name, given in people.items()]
    asked = Item("case", created_at=NOON, **(item or {}))
    return RoutingPolicy(rank=rank, **options).decide(asked, agents, now=NOON, last=last)


def ranking(*args, **options):
    return "".join(decided(*args, **options).ranking)


@pytest.mark.parametrize(
    ("rank", "people", "expected"),
    (
        (
            "longest_idle",
            {"a": {"idle_since": NOON - HOUR}, "b": {"idle_since": NOON - 2 * HOUR}, "c": {}},
            "bac",
        ),
        ("least_recent", {"a": {"last_assigned": NOON - HOUR}, "b": {"last_assigned": NOON}, "c": {}}, "cab"),
        ("fewest_open", {"a": {"load": 2}, "b": {"load": {"chat": 1}}, "c": {"load": 3, "parked": 3}}, "cba"),
        ("spare", {"a": {"capacity": 2, "load": 1}, "b": {"capacity": 10, "load": 8}, "c": {}}, "cba"),
        ("spare_percent", {"a": {"capacity": 2, "load": 1}, "b": {"capacity": 10, "load": 8}}, "ab"),
        ("spare_percent", {"a": {"capacity": 3, "load": 1}, "b": {}, "c": {"capacity": 9, "load": 3}}, "bac"),
        ("spare", {"a": {"capacity": 9, "total": 2}, "b": {"capacity": 3}}, "ba"),
        ("tier", {"a": {"tier": 2}, "b": {"tier": 1}}, "ba"),
        ("weighted", {"a": {"load": 3}, "b": {"load": 4, "attrs": {"weight": 2}}}, "ba"),
        ("weighted", {"a": {"load": 1, "attrs": {"weight": Decimal("0.5")}}, "b": {"load": 1}}, "ba"),
        (("attrs.rank", "asc"), {"a": {}, "b": {"attrs": {"rank": 2}}, "c": {"attrs": {"rank": 1}}}, "cba"),
        (("attrs.rank", "desc"), {"a": {}, "b": {"attrs": {"rank": -2}}, "c": {"attrs": {"rank": 1}}}, "cba"),
        ("attrs.rank desc", {"a": {"attrs": {"rank": 0}}, "b": {"attrs": {"rank": 1}}}, "ba"),
        ("longest_idle", {"b": {}, "a": {}, "c": {}}, "abc"),
    ),
)
def test_each_word_ranks_and_the_final_tie_goes_to_the_smaller_id(rank, people, expected):
    assert ranking(people, [rank]) == expected


def test_most_skilled_is_the_mean_level_over_the_asked_skills_only():
    people = {"a": {"skills": {"tv": 5, "net": 1}}, "b": {"skills": {"tv": 3, "net": 4, "fax": 9}}}
    assert ranking(people, ["most_skilled"], item={"skills": {"tv": 1, "net": 1}}) == "ba"
    assert ranking(people, ["most_skilled"], item={"skills": {"tv": 1}}) == "ab"
    assert ranking(people, ["most_skilled"]) == "ab"


@pytest.mark.parametrize(
    ("last", "expected"), ((None, "cab"), ("c", "abc"), ("a", "bca"), ("b", "cab"), ("gone", "cab"))
)
def test_round_robin_goes_on_after_the_last_one_in_the_order_given(last, expected):
    assert ranking({"c": {}, "a": {}, "b": {}}, ["round_robin"], last=last) == expected


def test_round_robin_goes_on_after_somebody_who_may_not_have_it_now():
    people = {"a": {}, "b": {"presence": "away"}, "c": {}}
    assert ranking(people, ["round_robin"], last="b") == "ca"


def test_parked_work_counts_in_the_load_when_the_policy_says_so():
    people = {"a": {"load": 2}, "c": {"load": 3, "parked": 3}}
    assert ranking(people, ["fewest_open"], count_parked=True) == "ac"


def test_the_spare_places_are_those_of_the_items_channel():
    people = {"a": {"capacity": {"chat": 3, "email": 9}, "load": {"chat": 2}}, "b": {"capacity": {"chat": 2}}}
    assert ranking(people, ["spare"], item={"channel": "chat"}) == "ba"


def test_a_value_that_is_no_integer_voids_the_clause_and_is_said():
    people = {"b": {"attrs": {"x": 1}, "tier": 2}, "a": {"attrs": {"x": "low"}, "tier": 1}}
    decision = decided(people, [("attrs.x", "asc"), "tier"])
    assert decision.ranking == ("a", "b")
    assert decision.reasons == ("decided_by:tier", "void:attrs.x")


def test_a_value_of_somebody_who_is_no_candidate_voids_nothing():
    people = {
        "a": {"attrs": {"x": 2}},
        "b": {"attrs": {"x": 1}},
        "c": {"attrs": {"x": "low"}, "presence": "away"},
    }
    assert ranking(people, [("attrs.x", "asc")]) == "ba"


@pytest.mark.parametrize("value", (True, 1.0))
def test_a_truth_and_a_float_are_no_integers(value):
    assert decided({"a": {"attrs": {"x": value}}, "b": {}}, [("attrs.x", "asc")]).reasons[1:] == (
        "void:attrs.x",
    )


def test_words_count_from_left_to_right_and_the_deciding_one_is_named():
    people = {"a": {"tier": 1, "load": 2}, "b": {"tier": 1, "load": 1}, "c": {"tier": 2}}
    decision = decided(people, ["tier", "fewest_open"])
    assert (decision.ranking, decision.reasons) == (("b", "a", "c"), ("decided_by:fewest_open",))
    assert decided({"a": {}, "b": {}}, ["tier"]).reasons == ("decided_by:id",)
    assert decided({"a": {}}, ["tier"]).reasons == ("only_candidate",)


def test_affinity_is_tried_in_turn_before_any_rank_but_never_over_a_barrier():
    people = {"a": {"tier": 1}, "b": {"tier": 9}, "c": {"tier": 8}, "d": {"tier": 2, "presence": "away"}}
    decision = decided(people, ["tier"], item={"affinity": [["d"], ["b", "c"]]})
    assert (decision.ranking, decision.reasons) == (("c", "b", "a"), ("decided_by:tier",))
    alone = decided(people, ["tier"], item={"affinity": [["d"], "b", ["c", "b"]]})
    assert (alone.ranking, alone.reasons) == (("b", "c", "a"), ("decided_by:affinity",))


def test_counted_skills_go_by_number_and_then_by_how_many_reach_their_level():
    asked = {"skills": [Skill("tv", 3, required=False), Skill("net", 3, required=False)]}
    people = {
        "a": {"skills": {"tv": 9}},
        "b": {"skills": {"tv": 1, "net": 1}},
        "c": {"skills": {"tv": 3, "net": 1}},
        "d": {},
    }
    decision = decided(people, ["longest_idle"], item=asked, skills="count_then_level")
    assert decision.ranking == ("c", "b", "a", "d")
    assert decision.reasons == ("decided_by:skill_count",)


@pytest.mark.parametrize("weight", (0, -1, True, "2", float("inf")))
def test_a_weight_that_is_no_number_above_zero_is_refused_by_name(weight):
    with pytest.raises(InvalidValue, match=r"agent a: weight="):
        decided({"a": {"attrs": {"weight": weight}}, "b": {}}, ["weighted"])


@pytest.mark.parametrize(
    ("rank", "hint"),
    (
        (["longest_idel"], "did you mean 'longest_idle'"),
        (["zzz"], "there are: longest_idle"),
        ([("attrs.x", "up")], "attrs.x"),
        ([("attrs.", "asc")], "attrs.x"),
        ([("load", "asc")], "attrs.x"),
        ([7], "attrs.x"),
    ),
)
def test_an_unknown_word_is_refused_with_the_nearest(rank, hint):
    with pytest.raises(InvalidValue, match=hint):
        RoutingPolicy(rank=rank)


def test_one_word_may_stand_alone():
    assert RoutingPolicy(rank="tier").rank == RoutingPolicy(rank=["tier"]).rank
