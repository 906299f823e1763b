from datetime import UTC, datetime, timedelta

import attrs
import pytest

from supportkit.cases import Contact, Promise
from supportkit.errors import UnknownZone
from supportkit.intake import ACK_TEMPLATES, ack_text, promise_text

DUE = datetime(2026, 7, 1, 16, tzinfo=UTC)
PROMISE = Promise("p", due=DUE)


def words(promise=PROMISE, *, subject="No signal", zone="Europe/London", form="message", **options):
    contact = Contact(id="m", channel="email", at=DUE, subject=subject, form=form)
    return ack_text(contact, promise=promise, zone=zone, **options)


@pytest.mark.parametrize(
    ("language", "line"),
    (
        ("en", "A person will answer you by Wednesday 1 July 2026, 17:00 (Europe/London, UTC+01:00)."),
        (
            "de-AT",
            "Ein Mensch antwortet Ihnen bis Mittwoch, 1. Juli 2026, 17:00 Uhr (Europe/London, UTC+01:00).",
        ),
        (
            "nl_NL",
            "Een medewerker antwoordt u uiterlijk woensdag 1 juli 2026, 17:00 uur (Europe/London, UTC+01:00).",
        ),
        ("xx", "A person will answer you by Wednesday 1 July 2026, 17:00 (Europe/London, UTC+01:00)."),
    ),
)
def test_the_promised_time_is_told_in_the_customers_language(language, line):
    assert words(language=language)[1].splitlines()[2] == line


@pytest.mark.parametrize(
    ("zone", "time"),
    (
        ("America/New_York", "Wednesday 1 July 2026, 12:00 (America/New_York, UTC-04:00)"),
        ("Asia/Kolkata", "Wednesday 1 July 2026, 21:30 (Asia/Kolkata, UTC+05:30)"),
        ("Pacific/Auckland", "Thursday 2 July 2026, 04:00 (Pacific/Auckland, UTC+12:00)"),
    ),
)
def test_the_promised_time_is_told_in_the_customers_zone(zone, time):
    assert time in words(zone=zone)[1]


def test_a_repeated_hour_is_told_apart_by_its_offset():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    texts = [words(Promise("p", due=first + timedelta(hours=hour)))[1] for hour in (0, 1)]
    assert "01:30 (Europe/London, UTC+01:00)" in texts[0]
    assert "01:30 (Europe/London, UTC+00:00)" in texts[1]


def test_we_tell_no_later_time_than_we_owe():
    assert "16:59 (" in words(Promise("p", due=DUE - timedelta(microseconds=1)))[1]


def test_without_a_promise_no_time_is_named():
    for promise in (None, Promise("p", due=None)):
        text = words(promise)[1]
        assert "A person will read it and answer you." in text
        assert not any(letter.isdigit() for letter in text)


def test_a_call_back_is_promised_as_one():
    assert "We will call you back by" in words(attrs.evolve(PROMISE, what="callback"))[1]


@pytest.mark.parametrize(
    ("subject", "reference", "expected"),
    (
        ("No signal", None, "Re: No signal"),
        ("RE: No signal", None, "RE: No signal"),
        ("No\r\nBcc: all@x.example", None, "Re: No Bcc: all@x.example"),
        ("", None, "We have your message"),
        (None, "[#17]", "We have your message [#17]"),
        ("No signal", "[#17]", "Re: No signal [#17]"),
        ("Re: No signal [#17]", "[#17]", "Re: No signal [#17]"),
    ),
)
def test_the_subject_answers_theirs_and_carries_the_reference(subject, reference, expected):
    assert words(subject=subject, reference=reference)[0] == expected


def test_the_reference_stands_in_the_text_too():
    assert words(reference="[#17]")[1].endswith("\nYour reference: [#17]\n")


def test_templates_are_data_of_the_host():
    mine = {
        "fr": attrs.evolve(
            ACK_TEMPLATES["en"],
            greeting="Merci.",
            weekdays="lu ma me je ve sa di",
            months=" ".join("abcdefghijkl"),
        )
    }
    text = words(language="it", templates=mine)[1]
    assert text.startswith("Merci.\n")
    assert "me 1 g 2026" in text


def test_an_unknown_zone_is_refused():
    with pytest.raises(UnknownZone):
        words(zone="Mars/Olympus")


def test_what_is_still_to_be_asked_stands_between_promise_and_reference():
    text = words(reference="[#17]", questions=["Since when?", "Which lights?"])[1]
    asked = "\nSo that we can help you sooner, please tell us:\n- Since when?\n- Which lights?\n\nYour reference: [#17]\n"
    assert text.endswith(asked)
    assert "tell us" not in words()[1]


@pytest.mark.parametrize(
    ("language", "subject", "begins"),
    (
        ("en", "We have noticed a fault [#17]", "One of your devices"),
        ("de", "Wir haben eine Störung bemerkt [#17]", "Eines Ihrer Geräte"),
        ("nl", "Wij hebben een storing opgemerkt [#17]", "Een van uw apparaten"),
    ),
)
def test_the_owner_of_a_device_is_told_what_it_reported(language, subject, begins):
    told = words(form="signal", subject="ALARM 17", reference="[#17]", language=language)
    assert (told[0], told[1].startswith(begins)) == (subject, True)


def test_a_promise_alone_can_be_told_in_any_zone_and_language():
    promise = Promise("p", due=datetime(2026, 7, 1, 16, tzinfo=UTC))
    assert promise_text(promise, zone="Europe/Amsterdam", language="nl-BE") == (
        "Een medewerker antwoordt u uiterlijk woensdag 1 juli 2026, 18:00 uur (Europe/Amsterdam, UTC+02:00)."
    )
    assert promise_text(Promise("p"), zone="UTC") == "A person will read it and answer you."


def test_a_known_customer_is_greeted_by_name():
    assert words(name="Jo  van\nDam")[1].startswith("Hello Jo van Dam,\n\nThank you")
    assert words(name="{weekday}", language="nl")[1].startswith("Beste {weekday},\n")
    assert words(name=" ")[1].startswith("Thank you")
