"""By which date the law wants an answer."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from supportkit.errors import InvalidValue
from supportkit.recovery import STATUTORY_RULES, statutory_date

THURSDAY = date(2026, 7, 2)


@pytest.mark.parametrize(
    ("rule", "received", "holidays", "due"),
    (
        ("gb.disp.summary_resolution", date(2026, 7, 6), (), date(2026, 7, 9)),
        ("gb.disp.summary_resolution", THURSDAY, (), date(2026, 7, 7)),
        ("gb.disp.summary_resolution", date(2026, 7, 4), (), date(2026, 7, 8)),
        ("gb.disp.summary_resolution", date(2026, 12, 24), (date(2026, 12, 25), date(2026, 12, 28)), date(2026, 12, 31)),
        ("gb.disp.final_response", THURSDAY, (), date(2026, 8, 27)),
        ("gb.disp.final_response", THURSDAY, (date(2026, 8, 27),), date(2026, 8, 27)),
        ("gb.disp.final_response.payment", THURSDAY, (), date(2026, 7, 23)),
        ("gb.disp.final_response.payment", THURSDAY, (date(2026, 7, 3),), date(2026, 7, 24)),
        ("gb.disp.final_response.payment_exceptional", THURSDAY, (), date(2026, 8, 20)),
    ),
)  # fmt: skip
def test_dates_are_counted_from_the_day_after(rule, received, holidays, due):
    assert statutory_date(rule, received, holidays=holidays) == due


def test_a_holiday_on_a_weekend_moves_nothing():
    assert statutory_date("gb.disp.summary_resolution", THURSDAY, holidays=[date(2026, 7, 4)]) == date(
        2026, 7, 7
    )


def test_an_instant_stands_for_its_own_local_date():
    late = datetime(2026, 7, 2, 23, 30, tzinfo=UTC)
    assert statutory_date("gb.disp.final_response", late) == date(2026, 8, 27)
    there = late.astimezone(ZoneInfo("Europe/London"))
    assert statutory_date("gb.disp.final_response", there) == date(2026, 8, 28)


def test_every_rule_tells_its_source_its_letter_and_what_that_must_hold():
    for rule in STATUTORY_RULES.values():
        assert rule.source.startswith("FCA Handbook DISP 1.")
        assert rule.letter
        assert any("Ombudsman" in line for line in rule.content)


@pytest.mark.parametrize(
    ("make", "words"),
    (
        (lambda: statutory_date("gb.disp.final_respons", THURSDAY), "did you mean 'gb.disp.final_response'"),
        (lambda: statutory_date("fr.x", THURSDAY), "known are gb.disp.summary_resolution"),
        (lambda: statutory_date("gb.disp.final_response", "2026-07-02"), "received='2026-07-02' is no date"),
        (
            lambda: statutory_date("gb.disp.summary_resolution", THURSDAY, holidays=[timedelta(1)]),
            "holidays=",
        ),
    ),
)
def test_what_can_never_be_right_says_the_way_out(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()
