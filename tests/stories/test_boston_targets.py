"""A city's own target dates and on-time flags, reproduced by a policy file of forty lines."""

import os
import sys
from pathlib import Path

import pytest

from supportkit import Policy

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
import boston

KINDS = {  # percent of the targets that plain arithmetic on dates had reached beforehand
    "Building Inspection Request": 100.0,
    "CE Collection": 99.7,
    "Sign Repair": 99.5,
    "Empty Litter Basket": 99.4,
    "Street Light Outages": 94.4,
    "Sidewalk Repair (Make Safe)": 91.2,
}


@pytest.fixture(scope="module")
def requests(support_data):
    return list(boston.read(support_data / "boston_311" / "boston_311_2015_h1.csv.gz"))


@pytest.fixture(scope="module")
def tally(requests):
    """All requests of the six kinds, and of the others every tenth, in CI every one."""
    step = 1 if os.environ.get("CI") else 10
    some = (each for n, each in enumerate(requests) if each.kind in KINDS or n % step == 0)
    return boston.counted(Policy.load(boston.POLICY), some)


@pytest.mark.parametrize(("kind", "percent"), tuple(KINDS.items()))
def test_business_days_from_the_next_opening_reach_the_published_target(tally, kind, percent):
    assert round(100 * tally.near[kind] / tally.targets[kind], 1) == percent


def test_every_flag_follows_from_the_published_target(tally):
    assert set(tally.flags) == {("ONTIME", True), ("OVERDUE", False), ("", False)}
    assert sum(tally.flags.values()) > 15_000


@pytest.mark.parametrize("needed", ("      2015-04-20: Patriots' Day\n", "      begin: next_open\n"))
def test_without_a_holiday_or_the_next_opening_many_targets_are_missed(requests, tally, needed, tmp_path):
    text = boston.POLICY.read_text("utf-8")
    assert needed in text
    (tmp_path / "boston.yaml").write_text(text.replace(needed, ""), "utf-8")
    signs = [each for each in requests if each.kind == "Sign Repair"]
    poorer = boston.counted(Policy.load(tmp_path / "boston.yaml"), signs)
    assert poorer.near["Sign Repair"] < 0.95 * tally.near["Sign Repair"]
