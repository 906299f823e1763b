"""Holidays by code in a policy: expanded when it is loaded, and part of its version."""

import sys
from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from supportkit import Log, Policy
from supportkit.errors import PolicyError

OFFICE = {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}, "holidays": "GB-ENG"}
DOCUMENT = {
    "calendars": {"office": OFFICE},
    "sla": {"first_response": [{"within": "1 business day", "calendar": "office"}]},
}


def test_a_target_steps_over_the_holidays_of_the_country():
    thursday = datetime(2026, 4, 2, 9, tzinfo=UTC)  # before Good Friday and Easter Monday
    report = Policy.from_dict(DOCUMENT).sla.evaluate(Log("1").opened(at=thursday), facts={}, now=thursday)
    assert report.first_response.due == thursday + timedelta(days=5)


def test_the_document_keeps_the_code_and_makes_the_same_policy_again():
    policy = Policy.from_dict(DOCUMENT)
    assert policy.to_dict()["calendars"]["office"]["holidays"] == "GB-ENG"
    assert Policy.from_dict(policy.to_dict()).version == policy.version


def test_other_tables_make_another_version(monkeypatch):
    before = Policy.from_dict(DOCUMENT)
    tables = holidays.country_holidays

    def proclaimed(*args, **options):
        days = tables(*args, **options)
        days[date(2027, 5, 10)] = "Coronation"
        return days

    monkeypatch.setattr(holidays, "country_holidays", proclaimed)
    assert Policy.from_dict(DOCUMENT).version != before.version
    assert before.calendars["office"].on_holiday(datetime(2027, 5, 10, tzinfo=UTC)) is None


def test_a_code_nobody_knows_and_a_missing_extra_are_faults_of_the_policy(monkeypatch):
    with pytest.raises(PolicyError) as refused:
        Policy.from_dict({"calendars": {"office": OFFICE | {"holidays": "GB-ENX"}}})
    assert [fault.path for fault in refused.value.faults] == ["calendars.office"]
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(PolicyError, match=r"calendars\.office: .*pip install 'supportkit\[holidays\]'"):
        Policy.from_dict(DOCUMENT)
