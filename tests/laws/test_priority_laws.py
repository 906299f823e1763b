"""What must hold for every priority, whatever the policy and the facts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit import canonical
from supportkit.priority import (
    Ageing,
    ChannelFactor,
    Floor,
    KeywordFactor,
    LabelFactor,
    Matrix,
    MatrixFactor,
    OpenCaseFactor,
    PriorityPolicy,
    QueueItem,
    QueueOrder,
    ReachFactor,
    RulesFactor,
    SentimentFactor,
    SpendFactor,
)
from supportkit.rules import KeywordSet, observe, text_leaves

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETS = {"outage": KeywordSet("outage", ["no signal", "down"]), "legal": KeywordSet("legal", ["lawyer"])}

points = st.integers(0, 100) | st.decimals(0, 100, places=2)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
amounts = st.decimals(-100, 100_000, places=2)
texts = st.sampled_from(["", "hello", "no signal", "No Signal, my lawyer says", "it is down"])


@st.composite
def tiers(draw):
    """Minimums with points that never fall."""
    minimums = draw(st.lists(st.integers(0, 50_000), unique=True, max_size=4))
    gains = sorted(draw(st.lists(points, min_size=len(minimums), max_size=len(minimums))))
    return dict(zip(sorted(minimums), gains, strict=True))


@st.composite
def lines(draw):
    """Overrides, floors or caps over facts that may lack."""
    condition = st.sampled_from(
        ["customer.plan == 'gold'", "contact.automated", "customer.spend_30d > 10", "True"]
    )
    line = st.fixed_dictionaries(
        {"when": condition, "priority": st.sampled_from(["urgent", "high", "normal"])}
    )
    return draw(st.lists(line, max_size=2))


@st.composite
def policies(draw, *, adjusted=True):
    """Policies of all shipped factors."""
    some = points.filter(lambda value: value >= 0)
    factors = [
        KeywordFactor({"outage": draw(points), "legal": draw(points)}, SETS),
        SpendFactor(draw(tiers()), currency="GBP"),
        OpenCaseFactor(gain := draw(some), cap=draw(st.none() | some.map(lambda more: gain + more))),
        ChannelFactor({"social": draw(points), "public": draw(points)}),
        ReachFactor(draw(tiers())),
        LabelFactor("customer.plan", {"gold": draw(points)}),
    ]
    high, more = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    ageing = draw(st.none() | st.decimals("0.1", 20, places=1).map(Ageing.linear))
    lists = {name: draw(lines()) for name in ("overrides", "floors", "caps")} if adjusted else {}
    return PriorityPolicy(
        factors, levels={"urgent": high + more, "high": high, "normal": 0}, ageing=ageing, **lists
    )


@st.composite
def facts(draw):
    """Facts of which any may be unknown."""
    customer = {
        "spend_365d": draw(st.none() | amounts),
        "spend_30d": draw(st.none() | amounts),
        "open_cases": draw(st.none() | st.integers(0, 5)),
        "plan": draw(st.sampled_from([None, "gold", "basic"])),
    }
    contact = {
        "channel": draw(st.sampled_from([None, "social", "email"])),
        "visibility": draw(st.sampled_from([None, "public", "private"])),
        "reach": draw(st.none() | st.integers(0, 60_000)),
        "automated": draw(st.sampled_from([None, True, False])),
        "subject": draw(st.none() | texts),
        "text": draw(st.none() | texts),
    }
    return {"customer": customer, "contact": contact, "case": {"opened_at": draw(instants)}}


def with_customer(given_facts, **changes):
    return given_facts | {"customer": given_facts["customer"] | changes}


def not_lower(policy, more, less):
    """Whether the first decision is at least as urgent as the second, in level, score and place."""
    rank = policy.levels.rank
    return (
        rank(more.priority) <= rank(less.priority)
        and more.score >= less.score
        and more.sort_key <= less.sort_key
    )


@given(policies(), facts(), st.lists(amounts, min_size=2, max_size=2).map(sorted))
def test_more_spend_never_lowers_a_priority(policy, known, spent):
    less, more = (policy.decide(with_customer(known, spend_365d=amount), now=NOON) for amount in spent)
    assert not_lower(policy, more, less)


@given(policies(), facts(), st.integers(0, 5))
def test_an_open_case_more_never_lowers_a_priority(policy, known, count):
    less, more = (policy.decide(with_customer(known, open_cases=n), now=NOON) for n in (count, count + 1))
    assert not_lower(policy, more, less)


@given(policies(), facts(), instants, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_waiting_longer_never_lowers_a_place(policy, known, opened, longer):
    late, early = (
        policy.decide(known | {"case": {"opened_at": opened - waited}}, now=NOON)
        for waited in (timedelta(0), longer)
    )
    assert not_lower(policy, early, late)


@given(policies(adjusted=False), facts())
def test_unknown_spend_counts_like_none_and_is_provisional(policy, known):
    unknown = policy.decide(with_customer(known, spend_365d=None), now=NOON)
    none = policy.decide(with_customer(known, spend_365d=Decimal(-1)), now=NOON)
    assert (unknown.priority, unknown.score, unknown.sort_key) == (none.priority, none.score, none.sort_key)
    has_points = bool(policy.factors[1].tiers.most)
    assert not has_points or (unknown.provisional and "customer.spend_365d" in unknown.missing)


MOODS = SentimentFactor({0: 3, -0.5: 8})


@given(policies(), facts(), st.none() | st.decimals(-1, 1, places=2))
def test_sentiment_alone_changes_nothing(policy, known, sentiment):
    felt = known | {"contact": known["contact"] | {"sentiment": sentiment}}
    moody = PriorityPolicy([MOODS, *policy.factors], levels=policy.levels.points, ageing=policy.order.ageing)
    calm = moody.decide(known | {"contact": known["contact"] | {"sentiment": 1}}, now=NOON)
    decision = moody.decide(felt, now=NOON)
    if not any(item.points for item in calm.contributions):
        assert (decision.priority, decision.score, decision.sort_key) == (
            calm.priority,
            calm.score,
            calm.sort_key,
        )
    assert 0 <= decision.score - calm.score <= 8
    alone = moody.decide({"contact": {"sentiment": sentiment}, "case": {"opened_at": NOON}}, now=NOON)
    assert alone.score == 0


FACTS_OF = {
    "customer.plan": ["gold", "trial"],
    "customer.spend_365d": [0, 100],
    "customer.open_cases": [0, 2],
    "contact.visibility": ["private", "public"],
    "contact.channel": ["phone", "other"],
    "contact.reach": [0, 5000],
    "contact.sentiment": [-1, 1],
    "contact.text": ["hello", "no signal, my lawyer says"],
    "case.impact": ["high", "low"],
    "case.urgency": ["high", "low"],
    "case.reopens": [0, 3],
}
SHIPPED = st.sampled_from(
    [
        KeywordFactor({"outage": 20, "legal": -10}, SETS, fields="contact.text"),
        SpendFactor({50: 10}),
        OpenCaseFactor(10, cap=15),
        ChannelFactor({"phone": -5, "public": 10}),
        ReachFactor({1000: 10}),
        LabelFactor("customer.plan", {"gold": 10, "trial": -10}),
        MatrixFactor(
            Matrix(
                ["high", "low"],
                ["high", "low"],
                {"high": {"high": 20, "low": -5}, "low": {"high": 5, "low": 0}},
            )
        ),
        RulesFactor(
            [{"when": "case.reopens > 1", "points": 15}, {"when": "customer.plan == 'trial'", "points": -5}]
        ),
        SentimentFactor({-0.5: 10}),
    ]
)


def deep(flat):
    groups = {"customer": {}, "contact": {}, "case": {"opened_at": NOON}}
    for path, value in flat.items():
        group, _, name = path.partition(".")
        groups[group][name] = value
    return groups


@settings(max_examples=300, deadline=None)
@given(
    st.lists(SHIPPED, unique_by=lambda factor: factor.name, min_size=1, max_size=3),
    st.fixed_dictionaries({"overrides": lines(), "floors": lines(), "caps": lines()}),
    st.fixed_dictionaries({path: st.sampled_from(some) for path, some in FACTS_OF.items()}),
    st.data(),
    st.none() | st.just(Ageing.linear(2)) | st.just(Ageing.steps(timedelta(hours=1), "high")),
)
def test_no_completion_of_what_is_missing_changes_what_is_not_provisional(
    factors, lists, known, data, ageing
):
    policy = PriorityPolicy(factors, levels={"urgent": 30, "high": 15, "normal": 0}, ageing=ageing, **lists)
    read = sorted(policy.reads & FACTS_OF.keys())
    known |= dict.fromkeys(data.draw(st.sets(st.sampled_from(read), min_size=1, max_size=3)))
    decision = policy.decide(deep(known), now=NOON)
    lacking = sorted(path for path in policy.reads & FACTS_OF.keys() if known[path] is None)[:5]
    if decision.provisional:
        return
    for values in product(*(FACTS_OF[path] for path in lacking)):
        learnt = policy.decide(deep(known | dict(zip(lacking, values, strict=True))), now=NOON)
        assert (learnt.priority, learnt.sort_key) == (decision.priority, decision.sort_key)


unsure = st.fixed_dictionaries(
    {
        "customer.spend_30d": st.sampled_from([None, None, 5, 50]),
        "customer.plan": st.sampled_from([None, None, "gold", "basic"]),
        "contact.automated": st.sampled_from([None, None, True, False]),
    }
)
CERTAIN = {"customer.spend_30d": 50, "customer.plan": "gold", "contact.automated": True}


def nested(flat, channel):
    contact = {"channel": channel, "automated": flat["contact.automated"]}
    customer = {name: flat[f"customer.{name}"] for name in ("spend_30d", "plan")}
    return {"contact": contact, "customer": customer, "case": {"opened_at": NOON}}


@given(
    st.fixed_dictionaries({"overrides": lines(), "floors": lines(), "caps": lines()}),
    unsure,
    st.sampled_from("abc"),
)
def test_a_decision_that_is_not_provisional_stands_whatever_is_learnt(lists, known, channel):
    policy = PriorityPolicy(
        [ChannelFactor({"a": 60, "b": 30})], levels={"urgent": 60, "high": 30, "normal": 0}, **lists
    )
    decision = policy.decide(nested(known, channel), now=NOON)
    unknown = [name for name, value in known.items() if value is None]
    outcomes = {
        policy.decide(nested(known | {name: CERTAIN[name] for name in learnt}, channel), now=NOON).priority
        for count in range(len(unknown) + 1)
        for learnt in combinations(unknown, count)
    }
    assert decision.provisional or outcomes == {decision.priority}


@given(policies(), facts())
def test_a_decision_from_recorded_texts_is_equal_byte_for_byte(policy, known):
    recorded = {
        name: observe(known["contact"][name], text_leaves(policy.expressions, [f"contact.{name}"]))
        for name in ("subject", "text")
    }
    anew = policy.decide(known | {"contact": known["contact"] | recorded}, now=NOON)
    first = policy.decide(known, now=NOON)
    assert canonical.encode(anew.to_plain()) == canonical.encode(first.to_plain())


@pytest.mark.parametrize("rate", (Fraction(1, 100), 1, Fraction(7, 3), 30))
@given(st.tuples(points, instants), st.tuples(points, instants))
def test_the_static_key_orders_like_score_plus_points_for_waiting_at_every_instant(rate, one, other):
    """Both sides grow by the same rate, so now cancels out: only arrival and score are left."""
    order = QueueOrder(Ageing.linear(rate))
    waited = Fraction((one[1] - other[1]) // timedelta(microseconds=1))
    worth = (Fraction(one[0]) - Fraction(other[0])) * 3_600_000_000 / rate
    assert abs(order.key(*one) - order.key(*other) - (waited - worth)) < 1


scores = st.integers(-2, 2) | st.integers(-500, 500)


@given(scores, instants, scores, instants)
def test_without_ageing_a_higher_score_always_goes_first_then_the_older(score, created, other, later):
    order = QueueOrder()
    assert (order.key(score, created) < order.key(other, later)) == ((-score, created) < (-other, later))


queue_items = st.builds(
    QueueItem,
    st.sampled_from("abcdefgh"),
    st.integers(0, 5),
    st.integers(-6, 0).map(lambda hours: NOON + timedelta(hours=hours)),
    st.none() | st.integers(-2, 9).map(lambda hours: NOON + timedelta(hours=hours)),
    tier=st.sampled_from([None, "basic"]),
)
waiting_lines = st.lists(queue_items, max_size=8, unique_by=lambda item: item.id)


@given(waiting_lines, st.integers(0, 4), st.timedeltas(timedelta(minutes=7), timedelta(hours=3)))
def test_the_order_by_steps_is_total_and_waiting_never_lowers_a_level(items, cap, every):
    order = QueueOrder(Ageing.steps(every, cap))
    keys = [order.key_at(item, now=NOON) for item in items]
    assert len(set(keys)) == len(items)
    for item, key in zip(items, keys, strict=True):
        later = order.key_at(item, now=NOON + every)
        assert later[0] == (item.level if item.level <= cap else max(cap, key[0] - 1))


@pytest.mark.parametrize("every", (1, 2, 3))
@given(arrivals=st.lists(waiting_lines, max_size=12))
def test_while_a_neglected_tier_waits_every_kth_pick_at_the_latest_is_its_head(every, arrivals):
    order = QueueOrder(floor=Floor("basic", every))
    waiting, since, passed_over = [], 0, 0
    for arrived in arrivals:
        known = {item.id for item in waiting}
        waiting += [item for item in arrived if item.id not in known]
        basics = [item for item in waiting if item.tier == "basic"]
        item, since = order.pick(waiting, since, now=NOON)
        waiting = [other for other in waiting if other is not item]
        passed_over = passed_over + 1 if basics and item not in basics else 0
        assert passed_over < every
        if item in basics:
            assert item is min(basics, key=lambda one: order.key_at(one, now=NOON))
