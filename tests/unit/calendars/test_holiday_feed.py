"""Holidays from iCalendar feeds: which dates events stand for, and what is refused."""

import builtins
from datetime import UTC, date, datetime

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.errors import InvalidValue, PluginError


def feed(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//office//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*map(str.strip, lines), "END:VCALENDAR", ""])


def calendar(holidays):
    return BusinessCalendar("Europe/London", weekly={"mon-fri": "09:00-17:00"}, holidays=holidays)


def holidays(*events):
    return {day.isoformat(): name for day, name in calendar({"ical": feed(*events)}).holidays.items()}


@pytest.mark.parametrize(
    ("event", "expected"),
    (
        ("DTSTART;VALUE=DATE:20261225", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226", ["2026-12-25"]),
        (
            "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261228",
            ["2026-12-25", "2026-12-26", "2026-12-27"],
        ),
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P2D", ["2026-12-25", "2026-12-26"]),
        ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20971225\nRRULE:FREQ=YEARLY", ["2097-12-25", "2098-12-25", "2099-12-25"]),
        ("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=2", ["2026-12-25", "2027-12-25"]),
        (
            "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;UNTIL=20271225T000000Z",
            ["2026-12-25", "2027-12-25"],
        ),
        (
            "DTSTART;VALUE=DATE:20261225\nDURATION:P2D\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20271225",
            ["2026-12-25", "2026-12-26", "2028-12-25", "2028-12-26"],
        ),
        (
            "DTSTART;VALUE=DATE:20261225\nRDATE;VALUE=DATE:20270105,20280105\nRDATE;VALUE=DATE:20290105",
            ["2026-12-25", "2027-01-05", "2028-01-05", "2029-01-05"],
        ),
        ("DTSTART;VALUE=DATE:20261225\nTRANSP:TRANSPARENT", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:19601225", []),
    ),
)
def test_an_event_stands_for_its_dates(event, expected):
    assert list(holidays(f"UID:1\nSUMMARY:Day off\n{event}")) == expected
    assert set(holidays(f"UID:1\nSUMMARY:Day off\n{event}").values()) <= {"Day off"}


def test_the_summary_is_the_name_and_the_first_event_names_a_date():
    found = holidays(
        "UID:1\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas\\, at last",
        "UID:2\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Second",
        "UID:3\nDTSTART;VALUE=DATE:20261226",
    )
    assert found == {"2026-12-25": "Christmas, at last", "2026-12-26": "holiday"}


def test_an_occurrence_that_was_moved_is_where_it_was_moved_to():
    found = holidays(
        "UID:1\nSUMMARY:Inventory\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=YEARLY;COUNT=3",
        "UID:1\nSUMMARY:Inventory, later\nRECURRENCE-ID;VALUE=DATE:20270105\nDTSTART;VALUE=DATE:20270111",
    )
    assert found == {"2026-01-05": "Inventory", "2027-01-11": "Inventory, later", "2028-01-05": "Inventory"}


def test_a_feed_is_read_from_a_file_and_mixed_with_dates(tmp_path):
    file = tmp_path / "holidays.ics"
    file.write_text(
        "\ufeff" + feed("UID:1\nDTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas Day"), encoding="utf-8"
    )
    for source in (file, str(file)):
        mixed = calendar([{"ical": source}, "2026-12-24", {"2026-12-31": "Stocktaking"}])
        assert {day.day: name for day, name in mixed.holidays.items()} == {
            24: "holiday",
            25: "Christmas Day",
            31: "Stocktaking",
        }
    named = calendar({"ical": file, "2026-12-25": "Closed"})
    assert named.holidays == {date(2026, 12, 25): "Closed"}
    assert named.on_holiday(datetime(2026, 12, 25, 12, tzinfo=UTC)) == "Closed"
    assert BusinessCalendar.from_dict(named.to_dict()) == named  # without the file


@pytest.mark.parametrize(
    ("source", "message"),
    (
        (
            feed("UID:1\nSUMMARY:Party\nDTSTART:20261224T150000Z"),
            "the event 'Party' is told in times.*special hours",
        ),
        (
            feed("UID:7\nDTSTART;VALUE=DATE:20261224\nDTEND:20261224T150000Z"),
            "the event '7' is told in times",
        ),
        (feed("UID:1\nSUMMARY:Late"), "the event 'Late' is told in times"),
        (feed("UID:1\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;INTERVAL=0"), "INTERVAL of 1 or more"),
        ("BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR", "this is no iCalendar feed"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\n", "END:VCALENDAR is missing"),
        ("/nowhere/holidays.ics", "'/nowhere/holidays.ics' cannot be read"),
        (None, "cannot be read"),
    ),
)
def test_what_names_no_whole_dates_is_refused(source, message):
    with pytest.raises(InvalidValue, match=message):
        calendar({"ical": source})


def test_without_the_extra_the_way_out_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "icalendar":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PluginError, match="holidays"):
        calendar({"ical": feed()})
