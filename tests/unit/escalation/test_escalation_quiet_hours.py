"""When a plan fires nothing by itself: quiet hours, and the windows of levels."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from supportkit.cases import Event
from supportkit.errors import InvalidValue, UnknownZone
from supportkit.escalation import EscalationPolicy, Hours

QUIET = {"from": "09:05", "to": "10:00"}  # five minutes after the opening
LONDON = ZoneInfo("Europe/London")


def test_what_falls_due_in_quiet_hours_waits_for_their_end(opened):
    ladder = opened(quiet_hours=QUIET)
    assert ladder.next == 60
    assert ladder.tick(59.99) == []
    assert ladder.tick(60) == [(2, "bob")]
    assert (ladder.step.firings[0].skipped, ladder.next) == ((), 80)


@pytest.mark.parametrize(("minute", "fires"), ((4.99, True), (5, False), (59.99, False), (60, True)))
def test_they_begin_with_their_first_instant_and_their_end_is_outside(play, minute, fires):
    ladder = play(quiet_hours=QUIET)
    assert ladder.event(minute, "case.opened") == ([(1, "ann")] if fires else [])


def test_a_case_that_opens_in_quiet_hours_is_armed(play):
    ladder = play(quiet_hours=QUIET)
    ladder.event(10, "case.opened")
    assert (ladder.status(), ladder.run(60)) == ("armed", [(60, 1, "ann")])


def test_a_condition_lets_the_urgent_through(play):
    ladder = play(quiet_hours={**QUIET, "unless": "case.priority == 'urgent'"})
    assert ladder.event(10, "case.opened", facts={"case": {"priority": "low"}}) == []
    ladder.event(20, "priority.decided", facts={"case": {"priority": "urgent"}})
    assert ladder.next == 10
    assert ladder.tick(20, {"case": {"priority": "urgent"}}) == [(1, "ann")]


def test_who_asks_is_put_through_in_quiet_hours(play):
    ladder = play(quiet_hours=QUIET)
    ladder.event(10, "case.opened")
    assert ladder.event(11, "escalation.manager_requested") == [(1, "ann")]
    assert ladder.event(12, "escalation.requested") == [(2, "bob")]


def test_what_is_given_back_or_woken_in_quiet_hours_waits(opened):
    ladder = opened(quiet_hours=QUIET, on_unack="resume")
    ladder.event(1, "escalation.acked", by="ann")
    assert ladder.event(20, "escalation.unacked") == []
    assert (ladder.status(), ladder.next) == ("triggered", 60)
    ladder.event(21, "escalation.snoozed", until=ladder.time(30))
    assert (ladder.next, ladder.event(31, "escalation.woke")) == (60, [])


def test_quiet_hours_that_never_end_hold_everything(opened):
    ladder = opened(quiet_hours={"from": "00:00", "to": "24:00"})
    assert (ladder.next, ladder.tick(10_000)) == (None, [])


def at(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("instant", "quiet"),
    (
        (at(3, 21, 59), False),
        (at(3, 22), True),  # Friday evening
        (at(4, 6, 59), True),  # still Friday's night
        (at(4, 7), False),
        (at(4, 23), False),  # Saturday night is another one
        (at(2, 23), True),
    ),
)
def test_a_night_belongs_to_the_day_it_begins_on_by_the_local_clock(instant, quiet):
    assert Hours("22:00", "07:00", days=["mon-thu", "fri"], zone="Europe/London").holds(instant) is quiet


def test_a_change_of_clocks_moves_the_end_with_the_wall():
    night = Hours("22:00", "07:00", zone="Europe/London")
    before = datetime(2026, 3, 28, 23, tzinfo=UTC)  # the clocks go forward in this night
    assert night.ends(before) == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_hours_whose_ends_are_equal_are_none():
    never = Hours("09:00", "09:00")
    assert (never.holds(at(3, 9)), never.opens(at(3, 9)), never.ends(at(3, 9))) == (False, None, None)


@pytest.mark.parametrize(
    ("given", "error"),
    (
        (("25:00", "07:00"), InvalidValue),
        (("22:00", "07:00", "someday"), InvalidValue),
        (("22:00", "07:00", 5), InvalidValue),
        (("22:00", "07:00", "mon", "Mars/North"), UnknownZone),
    ),
)
def test_what_are_no_hours_is_refused(given, error):
    with pytest.raises(error):
        Hours(*given)


# -- the window of a level ----------------------------------------------------------------------------


def windowed(outside, start="10:00", end="12:00"):
    window = {"from": start, "to": end, **({"outside": outside} if outside else {})}
    levels = [
        {"to": "ann", "wait": "10 minutes"},
        {"to": "bob", "wait": "10 minutes", "window": window},
        {"to": "cid", "wait": "10 minutes"},
    ]
    return {"ladder": {"levels": levels}}


@pytest.mark.parametrize("outside", (None, "defer"))
def test_outside_its_window_a_level_is_put_off(opened, outside):
    ladder = opened(windowed(outside))
    assert ladder.run(90) == [(60, 2, "bob"), (70, 3, "cid")]


def test_outside_its_window_a_level_may_be_skipped(opened):
    assert opened(windowed("skip")).run(90) == [(20, 3, "cid")]


@pytest.mark.parametrize("outside", ("skip", "defer"))
def test_inside_its_window_a_level_fires_as_any_other(play, outside):
    ladder = play(windowed(outside))
    ladder.event(60, "case.opened")
    assert ladder.run(100) == [(70, 2, "bob"), (80, 3, "cid")]


def test_a_level_whose_window_never_opens_is_skipped(opened):
    assert opened(windowed("defer", end="10:00")).run(90) == [(20, 3, "cid")]


def test_a_late_ladder_does_not_collapse_past_a_level_that_is_put_off(opened):
    ladder = opened(windowed("defer"))
    ladder.tick(10)
    assert ladder.next == 60
    assert ladder.tick(65) == [(2, "bob")]
    late = opened(
        {"ladder": {"levels": [{"to": "zoe", "wait": "1 minute"}, *windowed("defer")["ladder"]["levels"]]}}
    )
    assert late.tick(50) == [(2, "ann")]
    assert late.run(80) == [(60, 3, "bob"), (70, 4, "cid")]


def test_a_replay_waits_for_a_window_too(opened):
    plan = windowed("defer")["ladder"]
    ladder = opened({"ladder": {**plan, "catch_up": "replay"}})
    assert ladder.tick(50) == []
    assert ladder.run(90) == [(60, 2, "bob"), (70, 3, "cid")]


def test_who_asks_for_a_level_gets_it_outside_its_window(opened):
    ladder = opened(windowed("skip"))
    assert ladder.event(1, "escalation.reassigned", level=2) == [(2, "bob")]


def test_a_weekend_is_quiet_and_monday_morning_is_not():
    quiet = {"from": "00:00", "to": "24:00", "days": ["sat", "sun"], "zone": "Europe/London"}
    policy = EscalationPolicy.from_dict({"p": {"quiet_hours": quiet, "levels": [{"to": "a"}]}})
    saturday = at(4, 12)
    step = policy.step(None, Event.of("case.opened", at=saturday), now=saturday)
    assert step.next_change_at == at(6, 0)
    assert policy.step(step.state, None, now=at(6, 0) - timedelta(seconds=1)).firings == ()
