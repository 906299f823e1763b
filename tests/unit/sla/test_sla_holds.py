"""Time on hold within a call counts as waiting, also when the clock stands or has not begun."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS, BusinessCalendar
from supportkit.cases import Contact, Event, Log
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.sla import Metric, SlaPolicy, Target

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"})
POLICY = SlaPolicy(
    {
        "requester_wait": Metric([Target("60 minutes", "always")]),
        "own": Metric([Target("60 minutes", "office")], like="requester_wait"),
        "agent_work": Metric([Target("60 minutes", "always")]),
    },
    {"always": ALWAYS, "office": OFFICE},
)


def at(minute):
    return NINE + timedelta(minutes=minute)


def holds(*minutes):
    return [(at(start), at(end)) for start, end in minutes]


def waited(log, now, metric="requester_wait"):
    return getattr(POLICY.evaluate(log, now=at(now)), metric).elapsed / timedelta(minutes=1)


WAITING = Log("17").opened(at=NINE).status("waiting_customer", at=at(10))


@pytest.mark.parametrize(
    ("spans", "minutes"),
    (
        ([], 10),
        ([(42, 47)], 15),
        ([(42, 44), (45, 47)], 14),
        ([(45, 47), (42, 46)], 15),
        ([(5, 12)], 12),
        ([(48, 60)], 12),
        ([(44, 44)], 10),
    ),
)
def test_holds_count_while_the_clock_stands(spans, minutes):
    log = WAITING.customer_message(at=at(50), form="call", holds=holds(*spans))
    assert waited(log, 55) == minutes


def test_holds_are_not_counted_twice_while_the_clock_runs():
    log = Log("17").opened(at=NINE).customer_message(at=at(50), form="call", holds=holds((42, 47)))
    assert waited(log, 55) == 55


def test_a_call_that_opens_a_case_began_to_wait_with_its_first_hold():
    log = (
        Log("17").opened(at=at(50)).customer_message(at=at(50), form="call", holds=holds((40, 44), (46, 50)))
    )
    clock = POLICY.evaluate(log, now=at(55)).requester_wait
    assert (clock.started, clock.elapsed, clock.due) == (at(40), timedelta(minutes=13), at(102))
    assert [(line.counted, line.name) for line in clock.explain()][:2] == [(True, None), (False, "before")]
    assert waited(log, 55, "agent_work") == 5


def test_holds_out_of_hours_do_not_count_in_a_calendar():
    log = Log("17").opened(at=at(5)).customer_message(at=at(5), form="call", holds=holds((-10, 3)))
    assert (waited(log, 10), waited(log, 10, "own")) == (18, 8)


def test_a_machine_may_tell_of_holds_too():
    log = WAITING.customer_message(at=at(50), form="call", automated=True, holds=holds((42, 47)))
    assert waited(log, 55) == 15


def test_a_solved_case_waits_for_nobody():
    log = (
        Log("17")
        .opened(at=NINE)
        .resolved(at=at(10))
        .customer_message(at=at(50), form="call", holds=holds((42, 47)))
    )
    assert waited(log, 55) == 10


def test_what_was_held_beyond_the_target_is_a_breach():
    log = WAITING.customer_message(at=at(90), form="call", holds=holds((20, 75)))
    clock = POLICY.evaluate(log, now=at(91)).requester_wait
    assert (clock.state, clock.verdict, clock.overdue) == ("paused", "breached", timedelta(minutes=5))


calls = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["open", "waiting_customer", "call"]), st.integers(0, 5), st.integers(0, 5)),
    min_size=1, max_size=8,
)  # fmt: skip


@given(calls, st.booleans())
def test_every_minute_counts_that_is_run_or_held_and_event_by_event_is_the_same(steps, begins_with_a_call):
    """Beside a count of single minutes; holds lie between a call and the event before it."""
    minute, log, status, held, runs = 10, Log("17").opened(at=at(10)), "open", set(), set()
    if begins_with_a_call:
        log = log.customer_message(at=at(10), form="call", holds=holds((2, 5), (7, 9)))
        held |= {2, 3, 4, 7, 8}
    for gap, what, first, second in steps:
        before, minute = minute, minute + gap
        runs |= set(range(before, minute)) if status == "open" else set()
        if what == "call":
            start, end = sorted((before + min(first, gap), before + min(second, gap)))
            held |= set(range(start, end))
            log = log.customer_message(at=at(minute), form="call", holds=holds((start, end)))
        else:
            status = what
            log = log.status(what, at=at(minute))
    assert waited(log, minute) == len(runs | held)
    state = POLICY.start({})
    for event in log:
        state = POLICY.apply(state, event)
    told = POLICY.report(state, now=at(minute)).requester_wait
    assert told.elapsed == timedelta(minutes=len(runs | held))


def test_holds_are_kept_in_the_log_word_for_word():
    (event,) = (
        e for e in WAITING.customer_message(at=at(50), holds=holds((42, 47))) if e.kind == "contact.received"
    )
    assert Event.from_json(event.to_json()) == event
    assert event.payload.holds == ((at(42), at(47)),)


def test_a_contact_takes_holds_with_a_zone_and_in_order():
    contact = Contact(id="c", channel="phone", form="call", at=NINE, holds=holds((1, 3), (4, 4)))
    assert contact.holds == ((at(1), at(3)), (at(4), at(4)))
    with pytest.raises(InvalidValue, match="ends before it begins"):
        Contact(id="c", channel="phone", at=NINE, holds=holds((3, 1)))
    with pytest.raises(NaiveDatetime):
        Contact(id="c", channel="phone", at=NINE, holds=[(datetime(2026, 6, 1), at(1))])
