"""Holidays by the code of a country: which dates they stand for, and what is refused."""

import pickle
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.errors import InvalidValue, PluginError


def calendar(holidays, zone="Europe/London"):
    return BusinessCalendar(zone, weekly={"mon-sun": "08:00-18:00"}, holidays=holidays)


def in_year(holidays, year):
    return {f"{day:%m-%d}": name for day, name in calendar(holidays).holidays.items() if day.year == year}


def test_a_code_stands_for_the_public_holidays_and_their_observed_days():
    assert set(in_year("GB-ENG", 2026)) == {
        "01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28",
    }  # fmt: skip
    assert in_year("GB-ENG", 2026)["12-28"] == "Boxing Day (observed)"


def test_the_parts_of_a_country_differ():
    assert {"01-02", "11-30"} <= in_year("GB-SCT", 2026).keys()
    assert "04-06" not in in_year("GB-SCT", 2026)
    assert in_year("DE-BY", 2026).keys() - in_year("DE", 2026).keys() == {"01-06", "06-04", "11-01"}


def test_open_time_leaves_them_out_and_says_their_name():
    office = calendar("GB-ENG")
    christmas_eve = datetime(2026, 12, 24, 17, tzinfo=UTC)
    assert office.add(christmas_eve, timedelta(hours=2)) == datetime(2026, 12, 27, 9, tzinfo=UTC)
    assert [line.name for line in office.explain(christmas_eve, christmas_eve + timedelta(days=1))] == [
        None,
        None,
        "Christmas Day",
    ]


def test_a_list_mixes_codes_and_dates_and_a_code_gives_the_name():
    mixed = in_year(["2026-12-24", "GB-ENG", date(2026, 12, 25), "GB-SCT"], 2026)
    assert (mixed["12-24"], mixed["12-25"], mixed["11-30"]) == (
        "holiday",
        "Christmas Day",
        "Saint Andrew's Day",
    )
    assert in_year(["GB-SCT", "GB-ENG"], 2026).keys() == in_year(["GB-ENG", "GB-SCT"], 2026).keys()


def test_the_years_are_fixed_so_that_no_clock_is_asked():
    days = list(calendar("GB-ENG").holidays)
    assert (days[0].year, days[-1].year) == (1970, 2099)


def test_a_calendar_carries_the_dates_wherever_it_goes():
    office = calendar("GB-ENG")
    assert BusinessCalendar.from_dict(office.to_dict()) == office == pickle.loads(pickle.dumps(office))
    assert office == calendar(dict(office.holidays))


def test_codes_are_read_from_a_document_like_from_python():
    said = {"zone": "Europe/London", "weekly": {"mon-sun": "08:00-18:00"}, "holidays": ["GB-ENG"]}
    assert BusinessCalendar.from_dict(said) == calendar("GB-ENG") == calendar(" GB-ENG ")


@pytest.mark.parametrize("code", ("GB-ENG", "DE-BY", "US"))
def test_the_language_of_the_machine_changes_nothing(code, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")
    at_home = calendar(code)
    monkeypatch.setenv("LANGUAGE", "th")
    assert calendar(code).version == at_home.version


@pytest.mark.parametrize(
    ("code", "hint"),
    (
        ("GB-ENX", "GB has the parts ENG, NIR, SCT, WLS"),
        ("GB-", "did you mean 'GB'?"),
        ("AF-X", "AF has no parts"),
        ("gb-eng", "did you mean 'GB-ENG'?"),
        ("GBX", "did you mean 'GB'?"),
        ("England", "write a code of ISO 3166 like"),
        ("holiday_base", "write a code of ISO 3166 like"),
    ),
)
@pytest.mark.parametrize("shape", (str, lambda code: [code]))
def test_a_code_that_nobody_knows_is_refused_with_the_way_out(code, hint, shape):
    with pytest.raises(InvalidValue) as refused:
        calendar(shape(code))
    assert f"there is no country or part of one {code!r}" in str(refused.value)
    assert hint in str(refused.value)


def test_without_the_extra_a_code_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(
        PluginError, match=r"holidays: 'GB-ENG' needs .* pip install 'supportkit\[holidays\]'"
    ):
        calendar("GB-ENG")


def test_without_a_code_the_tables_are_never_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "holidays", raising=False)
    calendar(["2026-12-25"])
    assert "holidays" not in sys.modules
