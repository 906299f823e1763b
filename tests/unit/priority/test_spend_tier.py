"""spend_tier: the first tier that fits."""

from decimal import Decimal

import pytest

from supportkit.cases import Unknown
from supportkit.errors import InvalidValue
from supportkit.priority import spend_tier

TIERS = [("gold", 2000), ("silver", Decimal("500.00"))]


@pytest.mark.parametrize(
    ("amount", "tier"),
    ((Decimal(2000), "gold"), (1999.99, "silver"), (500, "silver"), (Decimal("499.99"), None)),
)
def test_the_minimum_is_inclusive_and_below_all_is_none(amount, tier):
    assert spend_tier(amount, TIERS) == tier


def test_the_first_that_fits_wins_even_when_listed_in_the_wrong_order():
    assert spend_tier(3000, list(reversed(TIERS))) == "silver"


def test_unknown_stays_unknown_and_says_what_was_missing():
    unknown = Unknown(("rate EUR/GBP",))
    assert spend_tier(unknown, TIERS) is unknown
    assert spend_tier(None, TIERS) == Unknown(("amount",))


def test_text_is_no_amount():
    with pytest.raises(InvalidValue, match="amount='2000'"):
        spend_tier("2000", TIERS)
