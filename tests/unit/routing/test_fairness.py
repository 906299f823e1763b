"""Who was given how much, and what that means for whoever comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.errors import InvalidValue, PolicyError
from supportkit.routing import Fairness, Item, RoutingPolicy, shares, with_effort

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def at(hours):
    return NINE + hours * HOUR


def counted(works, there, *, now=5, **options):
    given_to = {name: [(at(hour), HOUR) for hour in hours] for name, hours in works.items()}
    present = {
        name: [(at(start), None if end is None else at(end)) for start, end in spans]
        for name, spans in there.items()
    }
    found = shares(given_to, present, now=at(now), **{"window": "7 days", **options})
    return {name: share.counted / HOUR for name, share in found.items()}


@pytest.mark.parametrize(
    ("there", "expected"),
    (
        ({"ann": [(0, None)], "bob": [(0, None)]}, {"ann": 3, "bob": 1}),
        ({"ann": [(0, None)], "bob": [(0, None)], "new": [(4, None)]}, {"ann": 3, "bob": 1, "new": 1}),
        ({"ann": [(0, None)], "bob": [(0, 3)], "new": [(4, None)]}, {"ann": 3, "bob": 1, "new": 3}),
        ({"ann": [(0, None)], "bob": [(0, 2), (4, None)]}, {"ann": 3, "bob": 3}),
        ({"ann": [(0, 3), (4, None)], "bob": [(0, None)]}, {"ann": 3, "bob": 1}),
        ({"ann": [(0, 4)], "bob": [(4, None)]}, {"ann": 3, "bob": 1}),
        ({"ann": [(0, None)], "bob": [(5, None)]}, {"ann": 3, "bob": 3}),
    ),
    ids=("both there", "a newcomer", "a newcomer beside one", "back", "had more", "alone", "this instant"),
)
def test_who_comes_counts_for_the_least_of_those_who_are_there(there, expected):
    assert counted({"ann": (0, 1, 2), "bob": (1,)}, there) == expected


def test_what_may_be_caught_up_is_left_below():
    there = {"ann": [(0, None)], "bob": [(4, None)]}
    assert counted({"ann": (0, 1, 2)}, there, catch_up=2 * HOUR) == {"ann": 3, "bob": 1}


def test_what_is_older_than_the_window_counts_for_nothing():
    there = {"ann": [(0, None)], "bob": [(4, None)]}
    assert counted({"ann": (0, 1, 2)}, there, window=3 * HOUR) == {"ann": 0, "bob": 0}
    assert counted({"ann": (0, 1, 3)}, there, window=3 * HOUR) == {"ann": 1, "bob": 1}


def test_a_share_says_effort_part_and_presence():
    works = {"ann": [(at(0), 3 * HOUR)], "bob": [(at(1), HOUR)]}
    there = {"ann": [(at(-9), at(1)), (at(2), None)], "bob": [(at(2), None)], "cat": []}
    found = shares(works, there, now=at(4), window="8 hours")
    ann, bob, cat = (found[name] for name in ("ann", "bob", "cat"))
    assert (ann.effort, ann.part, ann.present) == (3 * HOUR, 0.75, 7 * HOUR)
    assert (bob.effort, bob.part, bob.present, bob.counted) == (HOUR, 0.25, 2 * HOUR, 3 * HOUR)
    assert (cat.effort, cat.part, cat.present, cat.counted) == (0 * HOUR, 0, 0 * HOUR, 0 * HOUR)


def test_nothing_given_is_no_part():
    assert shares({}, {"ann": [(NINE, None)]}, now=at(1), window="1 day")["ann"].part == 0


@given(
    before=st.integers(0, 12),
    lag=st.integers(0, 5),
    sizes=st.lists(st.integers(1, 40), min_size=12, max_size=30),
)
def test_whoever_comes_back_is_not_given_more_in_a_row_than_they_may_catch_up(before, lag, sizes):
    """`catch_up / effort + 1`, whatever they missed; and from then on all are given alike."""
    policy = RoutingPolicy(rank=[("attrs.effort", "asc")])
    effort, people = 10 * MINUTE, ("ann", "bob", "cat")
    works = {name: [(NINE + n * MINUTE, effort) for n in range(before)] for name in ("bob", "cat")}
    there = {"ann": [(at(8), None)], "bob": [(NINE, None)], "cat": [(NINE, None)]}
    now, served = at(8), []
    for number, gap in enumerate(sizes):
        now += gap * timedelta(seconds=1)
        found = shares(works, there, now=now, window="1 day", catch_up=lag * effort)
        agents = [with_effort(Agent(name), found[name]) for name in people]
        chosen = policy.decide(Item(f"i{number}", created_at=now), agents, now=now).agent
        works.setdefault(chosen, []).append((now, effort))
        served.append(chosen)
    first_other = next((n for n, name in enumerate(served) if name != "ann"), len(served))
    assert first_other == min(before, lag) + 1
    rest = served[first_other:]
    assert all(rest[n : n + 3].count("ann") <= 1 for n in range(len(rest) - 2))


def test_effort_goes_by_queue_with_the_rest_as_other():
    terms = Fairness(effort={"network": "30 minutes", "other": "5 minutes"})
    assert [terms.of(queue) for queue in ("network", "general", None)] == [
        30 * MINUTE,
        5 * MINUTE,
        5 * MINUTE,
    ]
    assert Fairness(effort={"network": "30 minutes"}).of("general") == 0 * MINUTE
    assert Fairness(effort="10 minutes").of("network") == 10 * MINUTE


@pytest.mark.parametrize(
    "options",
    ({"window": "0 days"}, {"window": "36 days"}, {"catch_up": timedelta(-1)}, {"effort": timedelta(-1)}),
)
def test_terms_that_measure_nothing_are_refused(options):
    with pytest.raises(InvalidValue):
        Fairness(**{"effort": "10 minutes", **options})


def test_a_window_that_is_none_is_refused():
    with pytest.raises(InvalidValue, match="window"):
        shares({}, {}, now=NINE, window="0 days")


@pytest.mark.parametrize(
    ("fairness", "rank", "path"),
    (
        ({"window": "7 days"}, "attrs.effort asc", "routing.fairness.effort"),
        ({"effort": "soon"}, "attrs.effort asc", "routing.fairness.effort"),
        ({"effort": {"tv": "soon"}}, "attrs.effort asc", "routing.fairness.effort.tv"),
        ({"effort": "1 hour", "window": "99 days"}, "attrs.effort asc", "routing.fairness"),
        ({"effort": "1 hour", "per": "day"}, "attrs.effort asc", "routing.fairness.per"),
        ({"effort": "1 hour"}, "longest_idle", "routing.fairness"),
    ),
)
def test_a_policy_that_is_fair_to_nobody_is_refused_by_name(fairness, rank, path):
    with pytest.raises(PolicyError) as refused:
        RoutingPolicy.from_dict({"fairness": fairness, "rank": rank})
    assert [fault.path for fault in refused.value.faults] == [path]
