"""Points are exact and have one shape per value."""

from decimal import Decimal, localcontext

import pytest

from supportkit.errors import InvalidValue
from supportkit.priority.points import exact, plain_points, total


@pytest.mark.parametrize(
    ("given", "expected"),
    (
        (40, 40),
        (Decimal("40.0"), 40),
        (Decimal("4E+1"), 40),
        (0.1, Decimal("0.1")),
        (Decimal("0.10"), Decimal("0.1")),
        (Decimal(0), 0),
        (-2.5, Decimal("-2.5")),
    ),
)
def test_a_number_is_kept_exactly_and_in_one_shape(given, expected):
    assert exact(given) == expected
    assert repr(exact(given)) == repr(expected)


@pytest.mark.parametrize(
    "given", (True, "40", None, Decimal("NaN"), float("inf"), 10**18, Decimal("1E-19"), Decimal("1E+999999"))
)
def test_what_is_no_reasonable_number_is_refused(given):
    with pytest.raises(InvalidValue, match=r"points="):
        exact(given)


def test_a_sum_does_not_depend_on_the_callers_decimal_context():
    parts = [Decimal("0.123456789"), 1, Decimal("100000.000000001")]
    with localcontext() as context:
        context.prec = 3
        rough = total(parts)
    assert rough == total(parts) == Decimal("100001.12345679")


def test_a_sum_of_fractions_that_is_whole_is_an_int():
    assert repr(total([Decimal("0.5"), Decimal("0.5")])) == "1"


def test_points_are_written_without_exponent():
    assert plain_points(exact(Decimal("0.0000001"))) == "0.0000001"
