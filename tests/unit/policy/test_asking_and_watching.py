"""The sections ``questions`` and ``channels``."""

from datetime import timedelta

import pytest

from supportkit import Policy
from supportkit.errors import PolicyError

QUESTIONS = [
    {
        "ask": "serial", "when": 'case.kind == "fault"', "known_from": "customer.purchases",
        "text": {"en": "Which serial number?", "nl": "Welk serienummer?"},
    },
    {"ask": "since", "keep": "case", "text": "Since when?"},
]  # fmt: skip


def faults(document):
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(document)
    return [(fault.code, fault.path) for fault in caught.value.faults]


def test_questions_are_read_and_written_again():
    policy = Policy.from_dict({"questions": QUESTIONS})
    serial, since = policy.questions
    assert (serial.ask, serial.known_from, serial.keep, serial.words("nl")) == (
        "serial",
        ("customer.purchases",),
        "customer",
        "Welk serienummer?",
    )
    assert (since.when, since.keep, since.words("de")) == (None, "case", "Since when?")
    assert Policy.from_dict(policy.to_dict()).version == policy.version
    assert Policy.from_dict({}).questions == ()


def test_the_facts_that_questions_read_are_recorded():
    assert Policy.from_dict({"questions": QUESTIONS}).reading.reads["questions"] == {
        "case.kind",
        "customer.purchases",
    }


@pytest.mark.parametrize(
    ("line", "code", "path"),
    (
        ({"when": "True"}, "missing_key", "questions[0].ask"),
        ({"ask": "serial", "wen": "True"}, "unknown_key", "questions[0].wen"),
        ({"ask": "?"}, "bad_value", "questions[0]"),
        ({"ask": "serial", "keep": "never"}, "bad_value", "questions[0]"),
        ({"ask": "serial", "when": "case.kin == 1"}, "unknown_field", "questions[0].when"),
        ({"ask": "serial", "known_from": ["customer.purchase"]}, "unknown_field", "questions[0].known_from"),
        ({"ask": ["serial"]}, "not_a_text", "questions[0].ask"),
    ),
)
def test_each_fault_of_a_question_is_named_with_its_place(line, code, path):
    assert (code, path) in faults({"questions": [line]})


def test_a_question_is_asked_once():
    assert faults({"questions": [{"ask": "Serial number"}, {"ask": "serial_number"}]}) == [
        ("asked_twice", "questions[1].ask")
    ]


def test_channels_are_watched_in_the_time_of_a_calendar():
    calendars = {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "09:00-17:00"}}}
    watched = {
        "mail": {"silent_after": "4 hours", "calendar": "office"},
        "phone": {"silent_after": "30 minutes"},
    }
    channels = Policy.from_dict({"calendars": calendars, "channels": watched}).channels
    assert {name: (one.silent_after, one.calendar) for name, one in channels.items()} == {
        "mail": (timedelta(hours=4), "office"),
        "phone": (timedelta(minutes=30), "always"),
    }


@pytest.mark.parametrize(
    ("said", "code", "path"),
    (
        ({}, "missing_key", "channels.mail.silent_after"),
        ({"silent_after": "soon"}, "bad_value", "channels.mail.silent_after"),
        ({"silent_after": "0 minutes"}, "bad_value", "channels.mail.silent_after"),
        ({"silent_after": "31 days"}, "bad_value", "channels.mail.silent_after"),
        ({"silent_after": "1 day", "calendar": "ofice"}, "unknown_calendar", "channels.mail.calendar"),
        ({"silent_after": "1 day", "kalender": "office"}, "unknown_key", "channels.mail.kalender"),
    ),
)
def test_each_fault_of_a_watched_channel_is_named_with_its_place(said, code, path):
    assert faults({"channels": {"mail": said}}) == [(code, path)]
