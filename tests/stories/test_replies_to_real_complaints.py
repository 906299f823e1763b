"""Where the threshold of coverage lies, on 2,700 real complaints: their own words pass it, others' do not."""

import csv
import gzip

import pytest

from supportkit.recovery import check_reply

CANNED = (
    "Thank you for contacting us about your account. We apologise for any inconvenience and will review your "
    "complaint and contact you."
)
FIRST = 40


def beginning(narrative):
    return " ".join(narrative.split()[:FIRST])


@pytest.fixture(scope="module")
def narratives(support_data):
    path = support_data / "cfpb_complaints" / "narratives_with_product.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        told = [row["Consumer complaint narrative"] for row in csv.DictReader(file)]
    assert len(told) == 2700
    return told


def share_that_covers(narratives, reply_to):
    """Return the share of complaints whose reply takes up enough; one without five telling words says little."""
    found = [
        check_reply(reply_to(number), concern=narrative)
        for number, narrative in enumerate(narratives)
        if len(narrative.split()) > FIRST
    ]
    telling = [one for one in found if len(one.terms) >= 5]
    return sum("coverage" not in one.codes for one in telling) / len(telling)


def test_the_threshold_tells_their_own_words_from_somebody_elses(narratives):
    assert share_that_covers(narratives, lambda number: beginning(narratives[number])) > 0.98
    assert share_that_covers(narratives, lambda number: beginning(narratives[number - 1])) < 0.08


def test_a_canned_reply_covers_next_to_nobodys_concern(narratives):
    assert share_that_covers(narratives, lambda _: CANNED) < 0.005
