"""Calendars of a document that are made of others, and feeds that lie beside it."""

from datetime import UTC, date, datetime

import pytest

from supportkit import Policy
from supportkit.errors import PolicyError

LONDON = {"zone": "Europe/London", "weekly": {"mon-fri": "09:00-17:00"}}
TOKYO = {"zone": "Asia/Tokyo", "weekly": {"mon-fri": "09:00-17:00"}}
FEED = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//office//EN
BEGIN:VEVENT
UID:1
SUMMARY:Shutdown
DTSTART;VALUE=DATE:20260803
END:VEVENT
END:VCALENDAR
"""


def calendars(**section):
    return Policy.from_dict({"calendars": section}).calendars


def faults(**section):
    with pytest.raises(PolicyError) as caught:
        calendars(**section)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_calendars_are_joined_by_name_in_any_order():
    read = calendars(
        handover={"intersection": ["world", "always"]},
        world={"union": ["london", "tokyo"]},
        london=LONDON,
        tokyo=TOKYO,
        rest={"difference": ["always", "world"]},
    )
    assert read["world"] == read["london"] | read["tokyo"]
    assert read["handover"] == read["world"] & read["always"]
    at = datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert (read["world"].is_open(at), read["rest"].is_open(at)) == (True, False)


def test_a_policy_with_joined_calendars_survives_its_document():
    policy = Policy.from_dict({"calendars": {"world": {"union": ["london", TOKYO]}, "london": LONDON}})
    again = Policy.from_dict(policy.to_dict())
    assert (again.version, again.calendars["world"]) == (policy.version, policy.calendars["world"])
    given = Policy.from_dict({"calendars": {"world": policy.calendars["world"]}})  # a value in Python
    assert given.calendars["world"] == policy.calendars["world"]
    assert policy.home_zone == "Europe/London"
    other = Policy.from_dict(
        {"calendars": {"world": {"union": ["london", TOKYO]}, "london": {**LONDON, "zone": "UTC"}}}
    )
    assert other.version != policy.version


def test_a_circle_is_refused_once():
    assert faults(a={"union": ["b", "c"]}, b={"union": ["a", "c"]}, c=LONDON) == {
        "calendars.b": "the calendar 'a' is made of itself (a -> b -> a); leave one of them out"
    }


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    found = faults(world={"union": ["london", "tokio"]}, london=LONDON, tokyo=TOKYO)
    assert found == {"calendars.world": "there is no calendar 'tokio'; did you mean 'tokyo'?"}
    assert "known are" in faults(world={"union": ["?", "?"]})["calendars.world"]


def test_a_part_at_fault_is_told_at_its_own_place():
    found = faults(
        world={"union": ["london", "tokyo"]}, london={**LONDON, "zone": "Europe/Londn"}, tokyo=TOKYO
    )
    assert list(found) == ["calendars.london"]


def test_the_name_always_is_taken():
    assert faults(always=LONDON)["calendars.always"] == "the calendar 'always' is built in"


@pytest.mark.parametrize("holidays", ("{ical: company.ics}", "[{ical: company.ics}, 2026-12-24]"))
def test_a_feed_lies_beside_the_document(tmp_path, holidays):
    (tmp_path / "company.ics").write_text(FEED, encoding="utf-8")
    file = tmp_path / "support.yaml"
    file.write_text(
        f"calendars: {{office: {{zone: UTC, weekly: {{mon: 09:00-17:00}}, holidays: {holidays}}}}}\n",
        encoding="utf-8",
    )
    policy = Policy.load(file)
    assert policy.calendars["office"].holidays[date(2026, 8, 3)] == "Shutdown"
    before = policy.version
    (tmp_path / "company.ics").write_text(FEED.replace("20260803", "20260804"), encoding="utf-8")
    assert Policy.load(file).version != before


def test_a_feed_may_be_written_into_the_document(tmp_path):
    lines = "".join(f"        {line}\n" for line in FEED.splitlines())
    text = f"calendars:\n  office:\n    zone: UTC\n    weekly: {{}}\n    holidays:\n      ical: |\n{lines}"
    file = tmp_path / "support.yaml"
    file.write_text(text, encoding="utf-8")
    assert Policy.load(file).calendars["office"].holidays == {date(2026, 8, 3): "Shutdown"}
