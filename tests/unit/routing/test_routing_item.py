"""Items, skills, routes and steps as values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import inf, nan

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.routing import Item, Route, Skill, Step

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_skills_by_name_are_required():
    assert Item("a", created_at=NOON, skills={"tv": 2}).skills == (Skill("tv", 2, required=True),)
    assert Route(skills=[Skill("tv", required=False)]).skills == (Skill("tv", 1, required=False),)
    assert Route().skills == ()


def test_one_id_may_stand_for_a_list_of_ids():
    item = Item("a", created_at=NOON, excluded="ann", refused_by=["bob"], affinity=("cleo", ["dan", "eve"]))
    assert (item.excluded, item.refused_by) == ({"ann"}, {"bob"})
    assert item.affinity == (("cleo",), ("dan", "eve"))
    assert Item("a", created_at=NOON, affinity="cleo").affinity == (("cleo",),)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(NaiveDatetime):
        Item("a", created_at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    "build",
    (
        lambda: Item("a", created_at=NOON, size=-1),
        lambda: Item("a", created_at=NOON, size=True),
        lambda: Item("a", created_at=NOON, skills=["tv"]),
        lambda: Skill("tv", -1),
        lambda: Skill("tv", float("nan")),
        lambda: Route(when_nobody="call_back"),
        lambda: Step(timedelta(seconds=-1)),
        lambda: Step(skip_if="nobody"),
    ),
)
def test_what_can_never_be_right_is_refused(build):
    with pytest.raises(InvalidValue):
        build()


@pytest.mark.parametrize("rate", (0, -1, nan, inf, Decimal("nan"), True, "2", None))
def test_a_rate_is_a_finite_number_above_0(rate):
    with pytest.raises(InvalidValue, match="rate="):
        Item("a", created_at=NOON, rate=rate)


@pytest.mark.parametrize("rate", (2, 0.5, Fraction(1, 3), Decimal("1.5")))
def test_any_kind_of_number_is_a_rate(rate):
    assert Item("a", created_at=NOON, rate=rate).rate == rate


def test_a_step_without_end_is_the_default():
    assert Step(drop=["tv"]) == Step(None, drop=("tv",))
