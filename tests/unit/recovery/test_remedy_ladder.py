"""Fix, else compensate, else apologise; not genuine: the money back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue
from supportkit.recovery import Assessment, propose

CASES = [
    # genuine, fixable, compensable -> kind, missing
    ((True, True, None), "fix", ()),
    ((True, True, False), "fix", ()),
    ((True, False, True), "compensate", ()),
    ((True, False, False), "apologise", ()),
    ((True, None, None), "fix", ("fixable",)),
    ((True, None, True), "fix", ("fixable",)),
    ((True, False, None), "compensate", ("compensable",)),
    ((False, None, None), "refund", ()),
    ((False, True, True), "refund", ()),
]


@pytest.mark.parametrize(("said", "kind", "missing"), CASES)
def test_the_ladder_is_tried_in_order(said, kind, missing):
    proposal = propose(Assessment(*said))
    assert (proposal.kind, proposal.also, proposal.missing) == (kind, (), missing)
    assert proposal.provisional is bool(missing)


@pytest.mark.parametrize(("said", "kind", "missing"), CASES)
def test_who_was_at_fault_says_sorry_as_well_and_once(said, kind, missing):
    proposal = propose(Assessment(*said, at_fault=True))
    assert proposal.kind == kind
    assert proposal.also == (() if kind == "apologise" else ("apologise",))
    assert proposal.reasons[-1] == "we were at fault"
    assert proposal.missing == missing


def test_every_rung_that_was_passed_is_explained():
    assert propose(Assessment(True, False, False)).explain() == (
        "apologise: it is genuine; it cannot be fixed; nothing makes up for it"
    )


def test_the_product_may_stay_when_the_money_goes_back():
    assert propose(Assessment(False, keeps_product=True)).kind == "refund_keep"


@pytest.mark.parametrize(
    ("effort", "cap", "kind"),
    (
        (8, 8, "fix"),
        (9, 8, "refund"),
        (Decimal("80.01"), Decimal(80), "refund"),
        (timedelta(hours=5), timedelta(hours=4), "refund"),
        (9, None, "fix"),
        (None, 8, "fix"),
    ),
)
def test_effort_above_the_cap_without_a_fix_offers_the_money_back(effort, cap, kind):
    proposal = propose(Assessment(True), effort=effort, cap=cap)
    assert proposal.kind == kind
    assert not (kind == "refund" and proposal.missing)


def test_effort_ends_the_attempts_to_fix_and_nothing_else():
    assert propose(Assessment(True, False, True), effort=9, cap=8).kind == "compensate"


def test_effort_and_cap_are_of_one_kind():
    with pytest.raises(InvalidValue, match="two kinds"):
        propose(Assessment(True), effort=timedelta(hours=1), cap=8)


@pytest.mark.parametrize(
    ("prompt", "apologised", "also", "reason"),
    (
        (False, False, ("apologise",), "slow, and nobody said sorry: money alone does not help"),
        (True, True, (), "prompt, and somebody said sorry: money adds little"),
        (True, False, (), "it can be made up for"),
        (False, True, (), "it can be made up for"),
        (None, False, (), "it can be made up for"),
    ),
)
def test_money_helps_most_where_one_of_speed_and_apology_was_lacking(prompt, apologised, also, reason):
    proposal = propose(Assessment(True, False, True), prompt=prompt, apologised=apologised)
    assert (proposal.kind, proposal.also, proposal.reasons[-1]) == ("compensate", also, reason)


def test_how_it_went_changes_nothing_but_money():
    assert propose(Assessment(True, True), prompt=False, apologised=False).also == ()
    assert propose(Assessment(True, False, False), prompt=False, apologised=False).also == ()


@pytest.mark.parametrize("said", ({"genuine": None}, {"genuine": "yes"}, {"genuine": True, "fixable": 1}))
def test_an_assessment_is_decided_by_true_and_false(said):
    with pytest.raises(InvalidValue, match="neither True nor False"):
        Assessment(**said)
