"""What must hold for every routing decision, whatever the policy, the items and the agents."""

from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from supportkit import canonical
from supportkit.cases import Agent
from supportkit.routing import RANK_WORDS, Item, Route, RoutingPolicy, Skill, Step

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

names = st.sampled_from("abcd")
small = st.integers(0, 3)
moments = st.integers(-5, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))
few = st.lists(names, max_size=1)
free = st.builds(Agent, names, skills=st.just({"tv": 3, "net": 3}), load=small, tier=small)
agents = free | st.builds(
    Agent,
    names,
    presence=st.sampled_from(["available", "available", "available", "away", "offline"]),
    skills=st.fixed_dictionaries({"tv": small}, optional={"net": small}),
    capacity=st.none() | small,
    load=st.sampled_from([0, 0, 1, 2]),
    queues=st.none()
    | st.fixed_dictionaries({"q": st.tuples(small, small.map(lambda m: timedelta(minutes=m)))}),
    tier=small,
    idle_since=st.none() | moments,
    wrap_up_until=st.none() | moments,
    assigned_at=st.lists(moments.filter(lambda at: at <= NOON), max_size=2),
)
rosters = st.lists(agents, max_size=4).map(
    lambda people: [evolve(agent, id=name) for agent, name in zip(people, "cadb", strict=False)]
)
items = st.builds(
    Item,
    st.sampled_from("uvwxyz"),
    created_at=st.integers(-5, 0).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    queue=st.sampled_from([None, "q"]),
    size=st.sampled_from([1, 2]),
    skills=st.lists(
        st.builds(Skill, st.sampled_from(["tv", "net"]), small, required=st.booleans(), drop=small),
        max_size=2,
    ),
    sort_key=small,
    refused_by=few,
    excluded=few,
    affinity=few,
)
waiting_lines = st.lists(items, max_size=6, unique_by=lambda item: item.id)
lengths = st.none() | st.integers(0, 4).map(lambda minutes: timedelta(minutes=minutes))
steps = st.builds(
    Step,
    lengths,
    agents=st.none() | st.lists(names, max_size=3) | st.just("affinity"),
    skills=st.none() | st.just({"tv": 2}) | st.just([{"tv": 3}, {"net": 1}]),
    tiers=st.none() | st.just((0, 1)),
    drop=st.lists(st.sampled_from(["tv", "net"]), max_size=1),
    skip_if=st.sampled_from([None, "none_available", "none_logged_in"]),
)
policies = st.builds(
    RoutingPolicy,
    steps=st.just(()) | st.lists(steps, max_size=3),
    after_steps=st.sampled_from(["nobody", "anybody"]),
    earlier_first=st.booleans(),
    drop_after=st.sampled_from([None, None, timedelta(minutes=2)]),
    rate_limit=st.sampled_from([None, None, (1, timedelta(minutes=3))]),
    routes=st.sampled_from([(), (Route(queue="q", when_nobody="callback"),)]),
    rank=st.just(()) | st.lists(st.sampled_from(sorted(RANK_WORDS)), max_size=2),
    skills=st.sampled_from(["filter", "count_then_level", "ignore"]),
    pools=st.sampled_from([("available",), ("available", "away")]),
)


@given(policies, items, rosters, st.none() | names)
def test_the_one_chosen_may_always_have_it(policy, item, roster, last):
    decision = policy.decide(item, roster, now=NOON, last=last)
    if decision.agent is None:
        assert decision.outcome in {"wait", "callback"}
        return
    chosen = next(agent for agent in roster if agent.id == decision.agent)
    assert chosen.presence in policy.pools
    assert chosen.id not in item.refused_by | item.excluded
    assert chosen.capacity is None or chosen.load + item.size <= chosen.capacity
    assert chosen.wrap_up_until is None or chosen.wrap_up_until <= NOON
    if policy.skills != "ignore":
        assert all(
            chosen.skills.get(skill.name, -1) >= skill.level for skill in item.skills if skill.required
        )


@given(policies, items, rosters, st.none() | names)
def test_everybody_is_either_ranked_or_left_out_for_one_reason(policy, item, roster, last):
    decision = policy.decide(item, roster, now=NOON, last=last)
    excluded = decision.explain().excluded
    assert sum(decision.funnel.values()) == len(excluded)
    others = {agent.id for agent in roster} - set(excluded)
    assert set(decision.ranking) <= others
    assert len(policy.pools) > 1 or set(decision.ranking) == others


@given(policies, items, rosters, agents, st.integers(0, 6), st.none() | names)
def test_somebody_who_may_not_have_it_changes_nothing(policy, item, roster, stranger, place, last):
    stranger = evolve(stranger, id="zz")
    alone = policy.decide(item, [stranger], now=NOON)
    with_them = policy.decide(item, [*roster[:place], stranger, *roster[place:]], now=NOON, last=last)
    if alone.agent is None:
        without = policy.decide(item, roster, now=NOON, last=last)
        assert (with_them.agent, with_them.ranking) == (without.agent, without.ranking)


@given(policies, items, rosters)
def test_the_order_of_the_agents_matters_to_round_robin_only(policy, item, roster):
    if not any(clause.name == "round_robin" for clause in policy.rank):
        one, other = (policy.decide(item, people, now=NOON) for people in (roster, roster[::-1]))
        assert canonical.encode(one.to_plain()) == canonical.encode(other.to_plain())


@given(policies, waiting_lines, rosters)
def test_no_capacity_is_ever_exceeded_by_a_run_of_decisions(policy, waiting, roster):
    people = {agent.id: evolve(agent, load=0) for agent in roster}
    for item in waiting:
        chosen = policy.decide(item, people.values(), now=NOON).agent
        if chosen is not None:
            people[chosen] = evolve(people[chosen], load=people[chosen].load + item.size)
    assert all(agent.capacity is None or agent.load <= agent.capacity for agent in people.values())


@given(policies, items, rosters, st.integers(0, 599_999_999))
def test_nothing_changes_before_the_instant_that_a_decision_names(policy, item, roster, microseconds):
    first = policy.decide(item, roster, now=NOON)
    later = NOON + timedelta(microseconds=microseconds)
    if first.next_change_at is None or later < first.next_change_at:
        assert policy.decide(item, roster, now=later) == first
    else:
        assert first.next_change_at > NOON


@given(policies, items, rosters, st.integers(0, 10))
def test_required_skills_are_never_relaxed_and_only_optional_ones_are_dropped(policy, item, roster, minutes):
    decision = policy.decide(item, roster, now=NOON + timedelta(minutes=minutes))
    required = {skill.name for skill in item.skills if skill.required}
    optional = {skill.name for skill in item.skills} - required
    assert set(decision.dropped) <= optional
    assert len(set(decision.dropped)) == len(decision.dropped)
    if policy.skills != "ignore":
        held = {agent.id: agent.skills for agent in roster}
        levels = [(skill.name, skill.level) for skill in item.skills if skill.required]
        for name in decision.ranking:
            assert all(held[name].get(skill, -1) >= level for skill, level in levels)


@given(st.lists(steps, max_size=3), items, rosters, st.integers(0, 9), st.integers(0, 9))
def test_a_growing_circle_never_lets_anybody_out_again(some, item, roster, one, other):
    policy = RoutingPolicy(
        steps=some, earlier_first=True, after_steps="anybody", drop_after=timedelta(minutes=2), rank=()
    )
    early, late = (policy.decide(item, roster, now=NOON + timedelta(minutes=n)) for n in sorted((one, other)))
    assert set(early.ranking) <= set(late.ranking)
    assert early.step <= late.step
    assert set(early.dropped) <= set(late.dropped)


@given(policies, items, st.integers(1, 9), st.integers(0, 9))
def test_a_wait_that_begins_anew_keeps_its_age(policy, one, minutes, since):
    """The older of two equal items goes first, whenever its present wait began."""
    old = evolve(one, id="z", waiting_since=one.created_at + timedelta(minutes=since))
    young = evolve(old, id="a", created_at=one.created_at + timedelta(minutes=minutes))
    pick = policy.pick(Agent("zz", skills={"tv": 9, "net": 9}), [young, old], now=NOON)
    alone = policy.pick(Agent("zz", skills={"tv": 9, "net": 9}), [old], now=NOON)
    assert alone.item is None or pick.item == "z"


def relaxing(**more):
    lasting = st.integers(1, 3).map(lambda minutes: timedelta(minutes=minutes))
    own = st.builds(
        Step, lasting, agents=st.none() | st.lists(names, max_size=2), tiers=st.none() | st.just((0, 1))
    )
    return st.builds(RoutingPolicy, steps=st.lists(own, min_size=1, max_size=3), **more)


@given(
    relaxing(
        after_steps=st.sampled_from(["nobody", "anybody"]),
        drop_after=st.sampled_from([None, timedelta(minutes=2)]),
    ),
    items,
    rosters,
    st.integers(1, 12),
    st.sampled_from([-1, 0, 1]),
)
def test_no_step_ends_before_the_instant_that_a_decision_names(policy, item, roster, half_minutes, more):
    first = policy.decide(item, roster, now=NOON)
    later = NOON + timedelta(seconds=30 * half_minutes, microseconds=more)
    if first.next_change_at is None or later < first.next_change_at:
        assert policy.decide(item, roster, now=later) == first


@given(policies, waiting_lines, agents)
def test_a_pick_is_the_smallest_sort_key_then_the_oldest_of_what_may_be_had(policy, waiting, agent):
    agent = evolve(agent, queues=None)
    pick = policy.pick(agent, waiting, now=NOON)
    fitting = [item for item in waiting if policy.decide(item, [agent], now=NOON).agent]
    best = min(fitting, key=lambda item: (item.sort_key, item.created_at, item.id), default=None)
    assert pick.item == (best and best.id)


@given(policies, waiting_lines, agents)
def test_an_item_picked_by_an_agent_would_be_offered_to_that_agent(policy, waiting, agent):
    pick = policy.pick(agent, waiting, now=NOON)
    for item in waiting:
        if item.id == pick.item:
            assert policy.decide(item, [agent], now=NOON).agent == agent.id


@given(items, rosters)
def test_a_callback_route_never_leaves_an_item_that_nobody_logged_in_could_take(item, roster):
    policy = RoutingPolicy(routes=[Route(queue="q", when_nobody="callback")])
    absent = [evolve(agent, presence="offline") for agent in roster]
    assert policy.decide(item, absent, now=NOON).outcome == "callback"
