"""Impact times urgency as a factor of priority, alone and in a policy document."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest

from supportkit.errors import InvalidValue, PolicyError
from supportkit.priority import Factor, Matrix, MatrixFactor, PriorityPolicy

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
IMPACT, URGENCY = ["all", "team", "one"], ["now", "soon"]
TABLE = {
    "all": {"now": "urgent", "soon": "high"},
    "team": {"now": 40, "soon": Decimal("12.5")},
    "one": {"now": "high", "soon": 0},
}
LEVELS = {"urgent": 60, "high": 30, "normal": 0}
FACTOR = MatrixFactor(Matrix(IMPACT, URGENCY, TABLE), LEVELS)


def given(factor=FACTOR, **case):
    return factor.contribute({"case": case}, now=NOON)


@pytest.mark.parametrize(
    ("impact", "urgency", "points", "cell"),
    (
        ("all", "now", 60, "urgent"),
        ("all", "soon", 30, "high"),
        ("team", "now", 40, None),
        ("team", "soon", Decimal("12.5"), None),
        ("one", "soon", 0, None),
    ),
)
def test_a_cell_holds_points_or_names_the_level_whose_points_it_gives(impact, urgency, points, cell):
    found = given(impact=impact, urgency=urgency)
    assert (found.points, found.missing) == (points, ())
    assert found.evidence == {"impact": impact, "urgency": urgency} | ({"cell": cell} if cell else {})


@pytest.mark.parametrize(
    ("case", "least", "missing"),
    (
        ({"impact": "all"}, 30, ("case.urgency",)),
        ({"impact": "all", "urgency": None}, 30, ("case.urgency",)),
        ({"urgency": "now"}, 30, ("case.impact",)),
        ({}, 0, ("case.impact", "case.urgency")),
    ),
)
def test_while_an_axis_is_unknown_the_least_that_is_possible_counts(case, least, missing):
    found = given(**case)
    assert (found.points, found.missing, found.evidence["at least"]) == (least, missing, least)


def test_an_axis_that_changes_nothing_is_not_missed():
    flat = MatrixFactor(
        Matrix(
            ["high", "low"], ["any", "some"], {impact: {"any": 5, "some": 5} for impact in ("high", "low")}
        )
    )
    assert (given(flat, impact="high").points, given(flat, impact="high").missing) == (5, ())


def test_learning_more_never_lowers_and_not_knowing_takes_nothing_away():
    for impact, urgency in product([*IMPACT, None], [*URGENCY, None]):
        known = [
            given(impact=i, urgency=u).points
            for i, u in product(IMPACT, URGENCY)
            if impact in {i, None} and urgency in {u, None}
        ]
        assert 0 <= given(impact=impact, urgency=urgency).points <= min(known)
    harsh = MatrixFactor(Matrix(["high", "low"], ["any"], {"high": {"any": 5}, "low": {"any": -5}}))
    assert (given(harsh).points, given(harsh, impact="low", urgency="any").points) == (0, -5)


def test_a_label_outside_its_axis_is_refused_and_in_a_decision_told():
    with pytest.raises(InvalidValue, match="impact='everyone' is none of all, team, one"):
        given(impact="everyone", urgency="now")
    decision = PriorityPolicy([FACTOR], levels=LEVELS).decide({"case": {"impact": "everyone"}}, now=NOON)
    assert (decision.priority, decision.provisional, decision.errors) == ("normal", True, ("matrix",))
    assert "+0 matrix (in error: impact='everyone' is none of all, team, one)" in str(decision.explain())


def test_a_cell_that_is_no_number_and_no_level_is_refused():
    with pytest.raises(InvalidValue, match="cell 'urgent'"):
        MatrixFactor(Matrix(["high"], ["high"], {"high": {"high": "urgent"}}))


def test_it_satisfies_the_protocol():
    assert isinstance(FACTOR, Factor)
    assert FACTOR.reads == ("case.impact", "case.urgency")


def section(matrix, levels=LEVELS):
    return {"levels": levels, "factors": [{"matrix": matrix}]}


def test_a_document_says_it_in_text():
    table = {i: {u: str(cell) for u, cell in row.items()} for i, row in TABLE.items()}
    policy = PriorityPolicy.from_dict(section({"impact": IMPACT, "urgency": URGENCY, "table": table}))
    assert policy.factors[0] == FACTOR
    decision = policy.decide({"case": {"impact": "all", "urgency": "now", "opened_at": NOON}}, now=NOON)
    assert str(decision.explain()) == (
        "priority urgent: 60 points reach urgent\n  +60 matrix (impact all, urgency now, cell urgent)"
    )


def test_a_level_that_is_called_like_a_number_is_meant_by_its_name():
    matrix = {"impact": ["high"], "urgency": ["high", "low"], "table": {"high": {"high": "1", "low": "5"}}}
    policy = PriorityPolicy.from_dict(section(matrix, {"1": 60, "2": 0}))
    assert policy.factors[0].points == {"1": 60, 5: 5}


ONE = {"impact": ["high"], "urgency": ["high"]}


@pytest.mark.parametrize(
    ("matrix", "path", "code", "said"),
    (
        ({}, ".impact", "missing_key", "matrix has no impact"),
        ({}, ".urgency", "missing_key", "write `impact: [high, low]`"),
        (ONE, ".table", "missing_key", "matrix has no table"),
        (ONE | {"tabel": {}, "table": {"high": {"high": "1"}}}, ".tabel", "unknown_key", "did you mean 'table'?"),
        (ONE | {"impact": "high", "table": {"high": {"high": "1"}}}, ".impact", "bad_value", "is no list"),
        (ONE | {"table": {"high": ["1"]}}, ".table.high", "bad_value", "is no mapping"),
        (ONE | {"table": {"high": {"high": "urgnt"}}}, ".table.high.high", "unknown_level", "did you mean 'urgent'?"),
        (ONE | {"table": {"high": {"high": "1..5"}}}, ".table.high.high", "bad_value", "is no number"),
        (ONE | {"table": {"high": {"low": "1"}}}, "", "bad_value", "lacks high/high and has unknown cells high/low"),
        (ONE | {"impact": ["high", "high"], "table": {}}, "", "bad_value", "list different labels"),
    ),
)  # fmt: skip
def test_what_is_wrong_with_a_matrix_is_told_at_its_place(matrix, path, code, said):
    with pytest.raises(PolicyError) as refused:
        PriorityPolicy.from_dict(section(matrix))
    faults = {fault.path: fault for fault in refused.value.faults}
    fault = faults[f"priority.factors[0].matrix{path}"]
    assert fault.code == code
    assert said in f"{fault.message} {fault.hint}"


def test_levels_at_fault_are_told_once_and_not_at_each_cell():
    with pytest.raises(PolicyError) as refused:
        PriorityPolicy.from_dict(section(ONE | {"table": {"high": {"high": "urgent"}}}, {"high": "many"}))
    assert [fault.path for fault in refused.value.faults] == ["priority.levels.high"]
