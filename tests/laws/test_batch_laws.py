"""A batch gives the answers of its calendar, element by element, near clock changes and anywhere."""

import operator
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from supportkit import BusinessCalendar
from supportkit.calendars import Batch
from supportkit.errors import NoOpenTime
from supportkit.testing import strategies

MICRO = timedelta(microseconds=1)
ZERO = timedelta(0)
CHANGES = {
    "Australia/Lord_Howe": "2024-04-06T15:00",  # half an hour back
    "Pacific/Apia": "2011-12-30T10:00",  # a date left out
    "America/Sao_Paulo": "2018-11-04T03:00",  # no midnight
    "Asia/Beirut": "2023-03-29T22:00",
    "America/Santiago": "2024-04-07T03:00",  # midnight twice
    "Africa/Casablanca": "2024-03-10T02:00",
    "Antarctica/Troll": "2024-03-31T01:00",  # two hours
    "America/New_York": "2024-11-03T06:00",
}


@st.composite
def questions(draw):
    """A calendar with a clock change, perhaps combined with another; and instants: the ends of its hours, some beside them, some anywhere."""
    key = draw(st.sampled_from(sorted(CHANGES)))
    change = datetime.fromisoformat(CHANGES[key]).replace(tzinfo=UTC)
    early, late = change - timedelta(days=9), change + timedelta(days=9)
    calendar = draw(strategies.calendars(zones=st.just(key), earliest=early, latest=late))
    combine = draw(st.sampled_from([None, operator.or_, operator.and_, operator.sub]))
    if combine is not None:
        calendar = combine(calendar, draw(strategies.calendars(earliest=early, latest=late)))
    ends = [change, *(end for span in calendar.spans(early, late) for end in (span.start, span.end))]
    beside = st.tuples(st.sampled_from(ends), st.sampled_from([-MICRO, ZERO, MICRO, timedelta(hours=1)])).map(
        sum_of
    )
    instants = st.sampled_from(ends) | beside | strategies.instants()
    amounts = st.timedeltas(-timedelta(days=3), timedelta(days=400)) | st.sampled_from([ZERO, MICRO, -MICRO])
    fitting = st.tuples(st.sampled_from(ends), st.sampled_from(ends)).map(lambda two: calendar.between(*two))
    rows = draw(st.lists(st.tuples(instants, instants, amounts | fitting), min_size=1, max_size=8))
    return calendar, rows


def sum_of(two):
    return two[0] + two[1]


def array(instants):
    return np.array([t.astimezone(UTC).replace(tzinfo=None) for t in instants], "datetime64[us]")


def one_by_one(method, *columns):
    """The scalar answers, or the error."""
    try:
        return [method(*row) for row in zip(*columns, strict=True)]
    except NoOpenTime:
        return NoOpenTime


def at_once(method, *arrays):
    try:
        return method(*arrays)
    except NoOpenTime:
        return NoOpenTime


def same_instants(scalar, batch):
    if scalar is NoOpenTime or batch is NoOpenTime:
        return scalar is batch
    return array(scalar).tolist() == batch.tolist()


WEEKLY_SHIFTS = BusinessCalendar("UTC", weekly={"mon": "22:00-06:00", "tue": ["00:00-12:00", "12:00-24:00"]})


@given(questions())
@example((WEEKLY_SHIFTS, [(datetime(2024, 12, 31, 23, tzinfo=UTC), datetime(2025, 1, 7, tzinfo=UTC), MICRO)]))
def test_a_batch_answers_as_the_calendar_does(question):
    calendar, rows = question
    batch = Batch(calendar)
    a, b, worked = zip(*rows, strict=True)
    starts, ends, amounts = array(a), array(b), np.array(worked, "timedelta64[us]")

    assert batch.between(starts, ends).tolist() == one_by_one(calendar.between, a, b)
    assert batch.is_open(starts).tolist() == one_by_one(calendar.is_open, a)
    for name in ("next_open", "previous_open"):
        assert same_instants(one_by_one(getattr(calendar, name), a), at_once(getattr(batch, name), starts))
    for name in ("add", "subtract"):
        scalar = one_by_one(getattr(calendar, name), a, worked)
        assert same_instants(scalar, at_once(getattr(batch, name), starts, amounts))


@given(questions())
def test_a_batch_made_of_the_answers_takes_them_back(question):
    calendar, rows = question
    starts = array(row[0] for row in rows)
    amounts = np.maximum(np.array([row[2] for row in rows], "timedelta64[us]"), np.timedelta64(1, "us"))
    batch = Batch(calendar)
    ends = at_once(batch.add, starts, amounts)
    assume(ends is not NoOpenTime)
    assert (batch.between(starts, ends) == amounts).all()
