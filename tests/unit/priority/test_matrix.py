"""Impact and urgency: total, with recorded caps and overrides."""

import pytest

from supportkit.errors import InvalidValue
from supportkit.priority import Matrix

AXIS = ["high", "medium", "low"]
TABLE = {
    "high": {"high": 1, "medium": 2, "low": 3},
    "medium": {"high": 2, "medium": 3, "low": 4},
    "low": {"high": 3, "medium": 4, "low": 5},
}
MATRIX = Matrix(AXIS, AXIS, TABLE)
REASON = "a workaround exists"


def test_every_pair_has_its_cell():
    assert {(i, u): MATRIX.lookup(i, u).priority for i in AXIS for u in AXIS} == {
        (i, u): TABLE[i][u] for i in AXIS for u in AXIS
    }


@pytest.mark.parametrize(
    ("impact", "urgency", "possible", "missing"),
    (
        ("high", None, {1, 2, 3}, ("urgency",)),
        (None, "low", {3, 4, 5}, ("impact",)),
        (None, None, {1, 2, 3, 4, 5}, ("impact", "urgency")),
    ),
)
def test_a_missing_axis_gives_no_priority_but_what_is_still_possible(impact, urgency, possible, missing):
    decision = MATRIX.lookup(impact, urgency)
    assert (decision.priority, decision.possible, decision.missing) == (None, possible, missing)


@pytest.mark.parametrize(("impact", "priority"), (("high", 2), ("medium", 2), ("low", 3)))
def test_a_cap_lowers_an_axis_and_never_lifts_it(impact, priority):
    cap = {"impact": "medium", "reason": REASON}
    decision = MATRIX.lookup(impact, "high", cap=cap)
    assert (decision.priority, decision.possible, decision.cap) == (priority, {priority}, cap)


def test_a_cap_narrows_what_is_possible():
    cap = {"impact": "medium", "urgency": "low", "reason": REASON}
    assert MATRIX.lookup(None, "high", cap=cap).possible == {4, 5}


def test_an_override_wins_and_is_recorded():
    override = {"priority": "major", "reason": "the minister called"}
    decision = MATRIX.lookup(None, "low", override=override)
    assert (decision.priority, decision.possible, decision.missing) == ("major", {"major"}, ("impact",))
    assert decision.override == override


@pytest.mark.parametrize(
    "ask",
    (
        {"impact": "huge", "urgency": "low"},
        {"impact": "low", "urgency": "low", "cap": {"impact": "huge", "reason": REASON}},
        {"impact": "low", "urgency": "low", "cap": {"impact": "low"}},
        {"impact": "low", "urgency": "low", "cap": {"size": "low", "reason": REASON}},
        {"impact": "low", "urgency": "low", "override": {"priority": 1}},
        {"impact": "low", "urgency": "low", "override": {"priority": None, "reason": REASON}},
    ),
)
def test_labels_outside_an_axis_and_unexplained_changes_are_refused(ask):
    with pytest.raises(InvalidValue):
        MATRIX.lookup(ask.pop("impact"), ask.pop("urgency"), **ask)


def test_a_table_with_holes_or_strange_cells_is_refused_by_name():
    with pytest.raises(InvalidValue, match=r"lacks high/low.*unknown cells huge/high"):
        Matrix(["high"], ["high", "low"], {"high": {"high": 1, "low": None}, "huge": {"high": 1}})


@pytest.mark.parametrize("axis", ([], ["a", "a"], "high"))
def test_an_axis_is_a_list_of_different_labels(axis):
    with pytest.raises(InvalidValue, match="is no axis"):
        Matrix(axis, ["a"], {})
