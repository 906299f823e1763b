"""How people feel counts beside other reasons, never alone."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue
from supportkit.priority import LabelFactor, OpenCaseFactor, PriorityPolicy, SentimentFactor

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MOODS = SentimentFactor({-0.3: 5, -0.7: 10})
BOTH = (MOODS, OpenCaseFactor(3))
LEVELS = {"high": 10, "normal": 0}


def decide(sentiment, open_cases=0, factors=BOTH):
    facts = {"contact": {"sentiment": sentiment}, "customer": {"open_cases": open_cases}}
    return PriorityPolicy(factors, levels=LEVELS).decide(facts, now=NOON)


@pytest.mark.parametrize(
    ("sentiment", "points"), ((1, 0), (Decimal("-0.29"), 0), (-0.3, 5), (-0.7, 10), (-1, 10))
)
def test_the_worst_mood_reached_counts(sentiment, points):
    assert MOODS.contribute({"contact": {"sentiment": sentiment}}, now=NOON).points == points


@pytest.mark.parametrize(
    ("sentiment", "open_cases", "score"), ((-1, 0, 0), (-1, 1, 13), (0, 1, 3), (None, 1, 3))
)
def test_a_mood_counts_only_beside_another_reason(sentiment, open_cases, score):
    assert decide(sentiment, open_cases).score == score


def test_a_mood_alone_is_shown_without_points_and_leaves_nothing_open():
    decision = decide(-1)
    assert str(decision.contributions[0]) == "+0 sentiment (sentiment -1)"
    assert not decide(None).provisional
    assert decide(None).contributions[0].missing == ()


def test_it_stays_open_while_another_reason_may_still_be_learnt():
    decision = decide(-1, open_cases=None)
    assert (decision.score, decision.priority, decision.provisional) == (0, "normal", True)
    assert decide(-1, open_cases=1).priority == "high"


def test_a_reason_that_may_cancel_out_leaves_the_mood_open():
    plan = LabelFactor("customer.plan", {"trial": -3})
    assert decide(-1, open_cases=None, factors=(MOODS, plan)).provisional


@pytest.mark.parametrize("felt", ("angry", 2, float("nan"), True))
def test_what_is_no_sentiment_is_refused(felt):
    with pytest.raises(InvalidValue):
        MOODS.contribute({"contact": {"sentiment": felt}}, now=NOON)


@pytest.mark.parametrize("moods", ({-2: 5}, {-1: 5, 0: 9}, {-1: -5}))
def test_moods_lie_between_the_worst_and_the_best_and_points_never_fall(moods):
    with pytest.raises(InvalidValue):
        SentimentFactor(moods)
