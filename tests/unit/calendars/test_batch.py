"""Arrays of instants: what goes in, what comes out, and the edges of time."""

import sys
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import numpy as np
import pytest

import supportkit.calendars
from supportkit import BusinessCalendar
from supportkit.calendars import ALWAYS, Batch
from supportkit.errors import InvalidValue, NoOpenTime, PluginError

OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"}, holidays=[date(2024, 5, 13)])
FRIDAY_3PM = "2024-05-10T15:00"


def times(*texts):
    return np.array(texts, "datetime64[us]")


@pytest.fixture
def office():
    return Batch(OFFICE)


@pytest.mark.parametrize(
    ("worked", "due"),
    (
        (timedelta(hours=2), "2024-05-10T17:00"),  # an exact fit ends at closing
        (timedelta(hours=2, microseconds=1), "2024-05-14T09:00:00.000001"),
        (timedelta(0), FRIDAY_3PM),
        (timedelta(hours=-6), "2024-05-10T09:00"),  # and begins at opening
        (timedelta(hours=-7), "2024-05-09T16:00"),
        (timedelta(days=365), "2028-07-24T15:00"),
    ),
)
def test_amounts_of_every_sign_are_added(office, worked, due):
    assert office.add(times(FRIDAY_3PM), worked) == times(due)
    assert office.subtract(times(FRIDAY_3PM), -worked) == times(due)


def test_one_array_may_hold_amounts_of_every_sign(office):
    amounts = np.array([2, 0, -6, "NaT"], "timedelta64[h]")
    added = office.add(times(FRIDAY_3PM), amounts)
    assert list(added[:3]) == list(times("2024-05-10T17:00", FRIDAY_3PM, "2024-05-10T09:00"))
    assert np.isnat(added[3])


def test_nothing_rolls_forward_when_added_and_back_when_subtracted(office):
    saturday = times("2024-05-11T12:00")
    assert office.add(saturday, timedelta(0)) == office.next_open(saturday) == times("2024-05-14T09:00")
    assert (
        office.subtract(saturday, timedelta(0)) == office.previous_open(saturday) == times("2024-05-10T17:00")
    )


def test_what_is_missing_stays_missing(office):
    t = times(FRIDAY_3PM, "NaT")
    for answer in (office.add(t, timedelta(hours=1)), office.next_open(t), office.between(t, t)):
        assert np.isnat(answer).tolist() == [False, True]
    assert office.is_open(t).tolist() == [True, False]
    assert np.isnat(office.add(times("NaT"), timedelta(hours=1))).all()


def test_results_have_the_shape_of_the_broadcast_arguments(office):
    column = times(FRIDAY_3PM, "2024-05-14T09:30").reshape(2, 1)
    hours = np.array([1, 2, 3], "timedelta64[h]")
    assert office.add(column, hours).shape == (2, 3)
    assert office.between(np.datetime64(FRIDAY_3PM), column).tolist() == [
        [timedelta(0)],
        [timedelta(hours=2.5)],
    ]
    assert office.is_open(times()).shape == (0,)


@pytest.mark.parametrize("unit", ("us", "ms", "s", "m", "ns"))
def test_any_unit_goes_in_and_microseconds_come_out(office, unit):
    due = office.add(np.array([FRIDAY_3PM], f"datetime64[{unit}]"), np.array([2], "timedelta64[h]"))
    assert due == times("2024-05-10T17:00")
    assert due.dtype == np.dtype("datetime64[us]")


@pytest.mark.parametrize(
    ("given", "says"),
    (
        (
            np.array(["2024-05-10T15:00:00.000000001"], "datetime64[ns]"),
            "holds what datetime64\\[us\\] cannot",
        ),
        (np.array([2**62], "datetime64[s]"), "holds what datetime64\\[us\\] cannot"),
        (np.array(["10000-01-01"], "datetime64[us]"), "10000-01-01T00:00:00.000000 lies outside the years"),
        (np.array(["0000-12-31"], "datetime64[us]"), "lies outside the years 1 to 9999"),
        (np.array([1_715_353_200]), "t: int64 is no array of times"),
        ([datetime(2024, 5, 10, tzinfo=UTC)], "t: object is no array of times"),
    ),
)
def test_what_is_no_instant_is_refused(office, given, says):
    with pytest.raises(InvalidValue, match=says):
        office.is_open(given)


@pytest.mark.parametrize(
    "amount", (np.array([1], "timedelta64[Y]"), np.array([1]), np.array([1], "timedelta64[M]"), 3600)
)
def test_what_is_no_amount_is_refused(office, amount):
    with pytest.raises(InvalidValue, match="worked"):
        office.add(times(FRIDAY_3PM), amount)


NEVER = BusinessCalendar("UTC", weekly={}, special={date(2024, 5, 10): "09:00-17:00"})


@pytest.mark.parametrize(
    ("operation", "args"),
    (
        ("add", [timedelta(hours=2, microseconds=1)]),
        ("add", [timedelta.max]),
        ("subtract", [timedelta(hours=6, microseconds=1)]),
        ("add", [timedelta.min]),
    ),
)
def test_one_answer_that_does_not_exist_refuses_all(operation, args):
    with pytest.raises(NoOpenTime):
        getattr(Batch(NEVER), operation)(times("2024-05-10T10:00", FRIDAY_3PM, FRIDAY_3PM), *args)


@pytest.mark.parametrize(
    ("operation", "t"), (("next_open", "2024-05-10T17:00"), ("previous_open", "2024-05-10T08:59"))
)
def test_a_calendar_that_never_opens_again_says_so(operation, t):
    with pytest.raises(NoOpenTime):
        getattr(Batch(NEVER), operation)(times(FRIDAY_3PM, t))


def test_time_ends_with_the_last_datetime_there_is():
    always, eve = Batch(ALWAYS), times("9999-12-31T23:00")
    assert always.add(eve, timedelta(hours=1, microseconds=-1)) == times("9999-12-31T23:59:59.999999")
    with pytest.raises(NoOpenTime):
        always.add(eve, timedelta(hours=1))


def test_years_are_compiled_when_they_are_first_needed_in_either_direction(office):
    assert office.is_open(times("2024-05-10T10:00"))
    assert office.is_open(times("1999-05-10T10:00", "2030-05-10T10:00")).all()
    assert office.between(times("1999-05-10T10:00"), times("2024-05-10T10:00")) == OFFICE.between(
        datetime(1999, 5, 10, 10, tzinfo=UTC), datetime(2024, 5, 10, 10, tzinfo=UTC)
    )
    assert repr(office) == f"Batch({OFFICE!r})"


def test_without_numpy_the_extra_is_named():
    hidden = {name: None for name in sys.modules if name.partition(".")[0] == "numpy"}
    with mock.patch.dict(sys.modules, hidden):
        sys.modules.pop("supportkit.calendars.batch")
        with pytest.raises(PluginError, match=r"Batch needs the extra 'batch'"):
            supportkit.calendars.Batch  # noqa: B018


def test_another_module_that_is_missing_is_not_blamed_on_the_extra():
    with mock.patch.dict(sys.modules, {"supportkit.calendars.open_time": None}):
        sys.modules.pop("supportkit.calendars.batch")
        with pytest.raises(ModuleNotFoundError, match="open_time"):
            supportkit.calendars.Batch  # noqa: B018


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Bunch'"):
        supportkit.calendars.Bunch  # noqa: B018
