"""Spend is exact within its window, or honestly unknown."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit.cases import MICROSECOND, Purchase, Unknown, spend
from supportkit.errors import InvalidValue, NaiveDatetime

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def spent(*bought, days=30, currency="GBP", rates=()):
    purchases = [Purchase(at, amount, code) for at, amount, code in bought]
    return spend(purchases, now=NOON, days=days, currency=currency, rates=dict(rates))


@pytest.mark.parametrize(
    ("at", "counted"),
    (
        (NOON - timedelta(days=30) - MICROSECOND, False),
        (NOON - timedelta(days=30), False),
        (NOON - timedelta(days=30) + MICROSECOND, True),
        (NOON, True),
        (NOON + MICROSECOND, False),
    ),
)
def test_the_window_is_open_at_its_beginning_and_closed_at_now(at, counted):
    assert spent((at, "5", "GBP")) == (Decimal("5.00") if counted else Decimal("0.00"))


def test_without_days_everything_until_now_counts():
    assert (
        spent((datetime(1990, 1, 1, tzinfo=UTC), "5", "GBP"), (NOON + MICROSECOND, "7", "GBP"), days=None)
        == 5
    )


def test_refunds_are_subtracted_even_below_zero():
    assert spent((NOON, "20", "GBP"), (NOON, "-30.50", "GBP")) == Decimal("-10.50")


@pytest.mark.parametrize(
    ("amounts", "currency", "expected"),
    (
        (("0.125",), "GBP", "0.12"),
        (("0.135",), "GBP", "0.14"),
        (("0.005", "0.005", "0.005"), "GBP", "0.02"),
        (("0.5",), "JPY", "0"),
        (("1.5",), "JPY", "2"),
        (("0.0005",), "BHD", "0.000"),
        (("0.0015",), "BHD", "0.002"),
        (("1",), "CLF", "1.0000"),
        ((), "GBP", "0.00"),
    ),
)
def test_the_sum_is_rounded_once_half_even_to_the_minor_unit(amounts, currency, expected):
    total = spent(*((NOON, amount, currency) for amount in amounts), currency=currency)
    assert str(total) == expected


def test_each_currency_is_converted_exactly_and_the_sum_rounded_after():
    rates = {"EUR": Decimal("0.333"), "USD": Decimal(3)}
    bought = [(NOON, "0.01", "EUR"), (NOON, "0.005", "EUR"), (NOON, "0.01", "USD"), (NOON, "1", "GBP")]
    # 0.00333 + 0.001665 + 0.03 + 1
    assert spent(*bought, rates=rates) == Decimal("1.03")


def test_long_sums_lose_no_cent():
    assert spent((NOON, "12345678901234567890123456789012345.67", "GBP"), (NOON, "0.01", "GBP")) == Decimal(
        "12345678901234567890123456789012345.68"
    )


def test_a_missing_rate_makes_the_sum_unknown_and_is_named():
    assert spent((NOON, 1, "USD"), (NOON, 1, "EUR"), (NOON, 1, "GBP")) == Unknown(
        ("rate EUR/GBP", "rate USD/GBP")
    )


def test_a_rate_is_missed_only_by_what_counts():
    assert spent((NOON - timedelta(days=31), 1, "USD"), (NOON, 1, "GBP")) == 1


def test_purchases_that_nobody_asked_for_are_unknown_and_none_are_nothing():
    assert spend(None, now=NOON, days=30, currency="GBP", rates={}) == Unknown(("purchases",))
    assert spend((), now=NOON, days=30, currency="GBP", rates={}) == 0


def test_currencies_may_be_written_small():
    assert spent((NOON, "1", "gbp"), currency="gbp") == 1


def test_a_currency_that_is_none_and_a_naive_now_are_refused():
    with pytest.raises(InvalidValue, match="ISO 4217"):
        spent(currency="pounds")
    with pytest.raises(NaiveDatetime):
        spend((), now=NOON.replace(tzinfo=None), days=1, currency="GBP", rates={})


@pytest.mark.parametrize("rate", (0.85, 0, "-1", "much", Decimal("NaN")))
def test_a_rate_is_exact_and_above_zero(rate):
    with pytest.raises(InvalidValue):
        spent((NOON, "5", "EUR"), rates={"EUR": rate})


def test_a_rate_that_is_not_needed_is_not_asked():
    assert spent((NOON, "5", "GBP"), rates={"EUR": 0}) == 5


@pytest.mark.parametrize("days", (-1, 1.5, True, 10**9))
def test_a_window_is_a_number_of_days_that_calendars_have(days):
    with pytest.raises(InvalidValue, match="days="):
        spent((NOON, "5", "GBP"), days=days)


def test_nothing_left_has_no_sign():
    assert str(spent((NOON, "-0.004", "GBP"))) == "0.00"
