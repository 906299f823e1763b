"""The laws of business time: kept by our calendars, broken by ones that are wrong in a single answer."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import ALWAYS, BusinessCalendar, Ledger, OpenTime, Span
from supportkit.testing.laws import LawBroken, LawVacuous, of_calendar

OFFICE = BusinessCalendar(
    "Europe/London",
    weekly={"mon-fri": "08:00-12:00, 13:00-18:00", "sat": "22:00-06:00"},
    special={"2026-12-24": "08:00-12:00"},
    holidays={"2026-12-25": "Christmas Day"},
    breaks={"2026-12-23": "10:00-10:30"},
    closures=[("2026-08-01T12:00:00Z", "2026-08-03T12:00:00Z")],
)
MINUTE = timedelta(minutes=1)


class Wrong(OpenTime):
    """The office, but for the answers given."""

    def __init__(self, **answers):
        self.answers = answers

    def __getattribute__(self, name):
        answers = object.__getattribute__(self, "answers")
        return answers[name] if name in answers else getattr(OFFICE, name)


def counted_twice(a, b):
    lines = OFFICE.explain(a, b).lines
    return Ledger(lines + lines[-1:])


def uncounted(a, b):
    return Ledger(line for line in OFFICE.explain(a, b) if line.counted)


WRONG = {
    "between_takes_back_add": [
        {"add": lambda at, worked: OFFICE.add(at, worked) + MINUTE},
        {"add": lambda at, worked: OFFICE.next_open(OFFICE.add(at, worked))},  # past an exact fit
    ],
    "between_takes_back_subtract": [
        {"subtract": lambda at, worked: OFFICE.subtract(at, worked) - MINUTE},
        {"subtract": lambda at, worked: OFFICE.subtract(at, worked) + timedelta(microseconds=1)},
    ],
    "open_time_adds_up": [
        {"between": lambda a, b: abs(OFFICE.between(a, b))},
        {"between": lambda a, b: OFFICE.between(a, b) * 2},
        {"between": lambda a, b: b - a + (MINUTE if b > a else -MINUTE if b < a else b - a)},
    ],
    "open_is_what_counts": [{"is_open": lambda at: not OFFICE.is_open(at)}],
    "openings_and_closings_are_where_it_changes": [
        {"next_open": lambda at: at},
        {"previous_open": lambda at: OFFICE.previous_open(at - timedelta(days=9))},
        {"next_close": lambda at: OFFICE.next_close(at) + timedelta(days=1)},
        {"next_open": lambda at: OFFICE.next_open(at) + timedelta(microseconds=1)},
    ],
    "every_stretch_is_accounted_for": [
        {"spans": lambda a, b: iter([Span(a, b)])},
        {
            "spans": lambda a, b: (
                part for span in OFFICE.spans(a, b) for part in (span, Span(span.end, span.end))
            )
        },
        {"explain": counted_twice},
        {"explain": uncounted},
        {"explain": lambda a, b: OFFICE.explain(a, b + MINUTE)},
    ],
}


@pytest.mark.parametrize("law", of_calendar(OFFICE), ids=str)
@pytest.mark.parametrize(
    "calendar", (OFFICE, ALWAYS, OFFICE & ALWAYS, ALWAYS - OFFICE), ids=("office", "always", "&", "-")
)
def test_our_calendars_keep_every_law(law, calendar):
    law.check(calendar, max_examples=20)


@pytest.mark.parametrize(
    ("name", "answers"), tuple((name, answers) for name, wrong in WRONG.items() for answers in wrong)
)
def test_a_calendar_that_is_wrong_breaks_its_law(name, answers):
    law = next(law for law in of_calendar(OFFICE) if str(law) == name)
    with pytest.raises(LawBroken, match=name):
        law.check(Wrong(**answers), max_examples=500)


def test_every_law_can_be_broken():
    assert {str(law) for law in of_calendar(OFFICE)} == set(WRONG)


def test_laws_of_open_time_are_vacuous_where_there_is_none():
    never = BusinessCalendar("UTC", weekly={})
    vacuous = []
    for law in of_calendar(never):
        try:
            law.check(never, max_examples=10)
        except LawVacuous:
            vacuous.append(str(law))
    assert vacuous == [
        "between_takes_back_add",
        "between_takes_back_subtract",
        "openings_and_closings_are_where_it_changes",
        "every_stretch_is_accounted_for",
    ]


def test_a_broken_law_tells_the_instant():
    law = of_calendar(OFFICE)[0]
    with pytest.raises(LawBroken, match=r"added, but .* pass until 2\d{3}-.*asked at 2"):
        law.check(Wrong(add=lambda at, worked: OFFICE.add(at, worked) + timedelta(days=1)))


def test_marks_of_the_calendar_are_drawn():
    asked = []

    class Watched(Wrong):
        def __getattribute__(self, name):
            if name == "is_open":
                return lambda at: asked.append(at) or OFFICE.is_open(at)
            return super().__getattribute__(name)

    of_calendar(OFFICE)[3].check(Watched(), max_examples=100)
    christmas = datetime(2026, 12, 24, tzinfo=UTC)
    assert any(abs(at - christmas) < timedelta(days=4) for at in asked)
