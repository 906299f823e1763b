"""Real complaints routed to products by a policy of keywords, each with its reasons."""

import csv
import gzip
import sys
from pathlib import Path

import pytest

from supportkit import Policy

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
import complaints


@pytest.fixture(scope="module")
def policy():
    return Policy.load(complaints.POLICY)


@pytest.fixture(scope="module")
def decisions(support_data, policy):
    path = support_data / "cfpb_complaints" / "narratives_with_product.csv.gz"
    return list(complaints.routed(policy, complaints.read(path)))


def test_more_complaints_find_their_product_than_by_seven_plain_rules(decisions):
    found = complaints.tally(decisions)
    assert found.products.total() == len(decisions) == 2700
    assert found.share > complaints.SEVEN_RULES
    assert found.unrouted < 303


def test_the_share_is_that_of_a_plain_recount(support_data, decisions):
    path = support_data / "cfpb_complaints" / "narratives_with_product.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        chosen = [row["Product"] for row in csv.DictReader(file)]
    given = [decision.value["category"] if decision.value else None for _, decision in decisions]
    right = sum(one == other for one, other in zip(chosen, given, strict=True))
    assert complaints.tally(decisions).share == right / 2700


def test_every_decision_says_which_words_led_to_it(policy, decisions):
    for complaint, decision in decisions:
        found = complaints.words(decision, policy, complaint.text)
        assert bool(found) is (decision.status == "ok")
        assert all(word in complaint.text for word in found)


def test_decisions_explain_themselves(decisions):
    for _, decision in decisions[::60]:
        told = str(decision.explain())
        assert all(f"{rule} holds" in told for rule in decision.matched)
        assert decision.matched or "no_match" in told


def test_the_products_are_those_of_the_form(policy, decisions):
    offered = {complaint.product for complaint, _ in decisions}
    assert policy.classification is not None
    assert {rule.then["category"] for rule in policy.classification.rules} == offered - {
        "Other financial service"
    }
