"""Laws of business time, for any calendar: yours, and those that are made of several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from supportkit.calendars import OpenTime
from supportkit.canonical import instant_text
from supportkit.cases import MICROSECOND, utc
from supportkit.errors import NoOpenTime
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.strategies.calendars import clock_changes, every_zone
from supportkit.testing.strategies.instants import instants

__all__ = ["LAWS", "of_calendar"]

_ZERO = timedelta(0)
Judge = Callable[[Any, Any], Counterexample | bool]


def of_calendar(_calendar: OpenTime) -> tuple[Law, ...]:
    """Return the laws that a calendar must keep: all of them; check each with `law.check(calendar)`.

    A law is vacuous (LawVacuous) for a calendar that never opens where the law is about open time.

    >>> from supportkit.calendars import BusinessCalendar
    >>> office = BusinessCalendar("Europe/London", weekly={"mon-fri": "08:00-18:00"})
    >>> for law in of_calendar(office):
    ...     law.check(office, max_examples=10)
    """
    return LAWS


def _moments(calendar: Any) -> st.SearchStrategy[datetime]:
    """Instants within two days of what the calendar knows by date or of a change of clocks, or anywhere."""
    keys = getattr(calendar, "zones", ())
    changes = clock_changes(zones=st.sampled_from(keys) if keys else every_zone(), first=1970, last=2099)
    marks = st.sampled_from(_marked(calendar) or [datetime(2024, 1, 1, tzinfo=UTC)])
    near = st.timedeltas(timedelta(days=-2), timedelta(days=2))
    return st.one_of(
        instants(), st.builds(_later, marks, near), st.builds(_later, changes, near), st.builds(utc, changes)
    )


def _marked(calendar: Any) -> list[datetime]:
    sides = [side for side in (getattr(calendar, name, None) for name in ("left", "right")) if side]
    days = [
        *getattr(calendar, "special", ()),
        *getattr(calendar, "holidays", ()),
        *getattr(calendar, "breaks", ()),
    ]
    marks = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days]
    marks += [end for closure in getattr(calendar, "closures", ()) for end in closure]
    return [*marks, *(mark for side in sides for mark in _marked(side))]


def _later(at: datetime, by: timedelta) -> datetime:
    return utc(at) + by


def _amounts(calendar: Any) -> st.SearchStrategy[tuple[datetime, timedelta]]:
    short = st.timedeltas(MICROSECOND, timedelta(hours=12))
    return st.tuples(_moments(calendar), short | st.timedeltas(MICROSECOND, timedelta(days=60)))


def _stretches(calendar: Any) -> st.SearchStrategy[tuple[datetime, datetime]]:
    lengths = st.timedeltas(_ZERO, timedelta(days=20))
    return st.tuples(_moments(calendar), lengths).map(lambda drawn: (drawn[0], drawn[0] + drawn[1]))


def _found(text: str, *at: datetime) -> Counterexample:
    return Counterexample(f"{text}, asked at {' and '.join(map(instant_text, at))}")


def _taken_back(calendar: OpenTime, drawn: tuple[datetime, timedelta]) -> Counterexample | bool:
    at, worked = drawn
    try:
        end = calendar.add(at, worked)
    except NoOpenTime:
        return False
    passed, before = calendar.between(at, end), calendar.between(at, end - MICROSECOND)
    if passed != worked:
        return _found(f"{worked} added, but {passed} pass until {instant_text(end)}", at)
    if before != worked - MICROSECOND:
        return _found(f"{worked} have passed before {instant_text(end)}", at)
    return True


def _taken_forth(calendar: OpenTime, drawn: tuple[datetime, timedelta]) -> Counterexample | bool:
    at, worked = drawn
    try:
        start = calendar.subtract(at, worked)
    except NoOpenTime:
        return False
    passed, after = calendar.between(start, at), calendar.between(start + MICROSECOND, at)
    if passed != worked:
        return _found(f"{worked} subtracted, but {passed} pass from {instant_text(start)}", at)
    if after != worked - MICROSECOND:
        return _found(f"{worked} still pass from later than {instant_text(start)}", at)
    return True


def _additive(calendar: OpenTime, drawn: tuple[datetime, ...]) -> Counterexample | bool:
    a, b, c = drawn
    whole, parts = calendar.between(a, c), calendar.between(a, b) + calendar.between(b, c)
    if whole != parts:
        return _found(f"{whole} pass at once, {parts} in two parts", a, b, c)
    if calendar.between(b, a) != -calendar.between(a, b):
        return _found(f"{calendar.between(a, b)} one way, {calendar.between(b, a)} the other", a, b)
    if not _ZERO <= calendar.between(min(a, b), max(a, b)) <= max(a, b) - min(a, b):
        return _found(f"{calendar.between(a, b)} of open time in {b - a}", a, b)
    return True


def _member(calendar: OpenTime, at: datetime) -> Counterexample | bool:
    is_open, passed = calendar.is_open(at), calendar.between(at, at + MICROSECOND)
    if is_open != (passed == MICROSECOND):
        return _found(f"{'open' if is_open else 'closed'}, but {passed} pass in a microsecond", at)
    return True


def _bounds(calendar: OpenTime, at: datetime) -> Counterexample | bool:
    try:
        opening, closing = calendar.next_open(at), calendar.previous_open(at)
    except NoOpenTime:
        return False
    if not calendar.is_open(opening) or calendar.between(closing, opening):
        return _found(f"closed until {instant_text(opening)}, since {instant_text(closing)}, but not so", at)
    if (opening == at) != calendar.is_open(at):
        return _found(f"the next opening is {instant_text(opening)}", at)
    try:
        end = calendar.next_close(at)
    except NoOpenTime:
        return True
    if calendar.is_open(end) or calendar.between(opening, end) != end - opening or end <= at:
        return _found(f"the next closing is {instant_text(end)}", at)
    return True


def _accounted(calendar: Any, drawn: tuple[datetime, datetime]) -> Counterexample | bool:
    a, b = drawn
    worked = calendar.between(a, b)
    spans = [(span.start, span.end) for span in calendar.spans(a, b)]
    if sum((end - start for start, end in spans), _ZERO) != worked:
        return _found(f"the open spans do not add up to {worked}", a, b)
    if any(one[1] >= two[0] for one, two in pairwise(spans)) or any(start >= end for start, end in spans):
        return _found("open spans touch, overlap or are empty", a, b)
    if not hasattr(calendar, "explain"):
        return bool(worked)
    lines = list(calendar.explain(a, b))
    ends = [a, *(line.end for line in lines)]
    if [line.start for line in lines] != ends[:-1] or ends[-1] != b:
        return _found("the ledger has gaps or overlaps", a, b)
    if [(line.start, line.end) for line in lines if line.counted] != spans:
        return _found("the ledger counts other time than the open spans", a, b)
    return bool(worked)


def _law(name: str, statement: str, cases: Callable[[Any], st.SearchStrategy[Any]], judge: Judge) -> Law:
    return Law(
        name,
        statement,
        source="business time",
        cases=cases,
        judge=judge,
        premise="the calendar was never open where it was looked at",
        way_out="give the calendar hours, or check(calendar, max_examples=500)",
    )


LAWS = (
    _law(
        "between_takes_back_add",
        "What is added has passed by then, and not a microsecond before.",
        _amounts,
        _taken_back,
    ),
    _law(
        "between_takes_back_subtract",
        "What is subtracted passes from then on, and not from a microsecond later.",
        _amounts,
        _taken_forth,
    ),
    _law(
        "open_time_adds_up",
        "Open time is signed, the sum of its parts, and never more than the time on the clock.",
        lambda calendar: st.tuples(*[_moments(calendar)] * 3),
        _additive,
    ),
    _law(
        "open_is_what_counts",
        "An instant is open exactly when the microsecond after it counts.",
        _moments,
        _member,
    ),
    _law(
        "openings_and_closings_are_where_it_changes",
        "The next opening is open, nothing is open before it, and the next closing ends it.",
        _moments,
        _bounds,
    ),
    _law(
        "every_stretch_is_accounted_for",
        "Open spans are apart and add up; the ledger covers all time once and counts just these.",
        _stretches,
        _accounted,
    ),
)
