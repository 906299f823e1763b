"""Policies and calendars that change over time: who judged what, and what would change before they do."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar, zone_data_version
from supportkit.cases import Log
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.sla import Metric, SlaPolicy, SlaState, Target, diff

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


def at(hours):
    return NINE + hours * HOUR


def office(opens="09:00", **more):
    return BusinessCalendar("UTC", weekly={"mon-fri": [(opens, "17:00")]}, **more)


def policy(hours, calendar="office", opens="09:00", metric="resolution", holidays=(), **options):
    metrics = {metric: Metric([Target(f"{hours} hours", calendar, warn=["50%"])], **options)}
    return SlaPolicy(metrics, {"office": office(opens, holidays=holidays)})


def stepped(over_time, log, now):
    """The report of the incremental twin, its state stored after each event."""
    state = over_time.start({})
    for event in log:
        state = SlaState.from_plain(json.loads(json.dumps(over_time.apply(state, event).to_plain())))
    return over_time.report(state, now=now)


def brief(clock):
    return clock.state, clock.verdict, clock.elapsed / HOUR, clock.due and (clock.due - NINE) / HOUR


OLD, NEW = policy(8), policy(4)
LOG = Log("1").opened(at=NINE)


def test_open_clocks_get_the_new_target_and_keep_their_start_and_closed_ones_their_verdict():
    both = SlaPolicy.over_time([(at(-100), OLD), (at(2), NEW)])
    assert brief(both.evaluate(LOG, now=at(1)).resolution) == ("running", "pending", 1, 8)
    assert brief(both.evaluate(LOG, now=at(3)).resolution) == ("running", "pending", 3, 4)
    solved = LOG.resolved(at=at(1.5))
    clock = both.evaluate(solved, now=at(9)).resolution
    assert (clock.verdict, clock.target, clock.policy_version) == ("met", 8 * HOUR, OLD.version[:16])
    later = both.evaluate(LOG.resolved(at=at(3)), now=at(9)).resolution
    assert (later.target, later.policy_version) == (4 * HOUR, NEW.version[:16])


@pytest.mark.parametrize(
    ("rule", "expected"),
    (
        ("keep", ("running", "pending", 3, 6)),  # an hour and a half by the old hours, then the new ones
        ("retroactive", ("running", "pending", 1.5, 7.5)),
        ("restart", ("running", "pending", 1.5, 7.5)),
    ),
)
def test_a_changed_calendar_of_the_same_name_measures_from_then_on(rule, expected):
    new = policy(6, opens="10:30", carry={"policy": rule})
    both = SlaPolicy.over_time([(at(-1), OLD), (at(1.5), new)])
    report = both.evaluate(LOG, now=at(3))
    assert brief(report.resolution) == expected
    assert brief(stepped(both, LOG, at(3)).resolution) == expected
    assert stepped(both, LOG, at(3)).resolution == report.resolution
    assert report.resolution.calendar == "office"
    assert report.resolution.explain().counted == report.resolution.elapsed


def test_every_clock_says_what_judged_it():
    clock = OLD.evaluate(LOG, now=at(1)).resolution
    said = (clock.policy_version, clock.calendar_version, clock.zone_data)
    assert said == (OLD.version[:16], office().version[:16], zone_data_version())


def test_a_version_with_the_same_target_judges_what_goes_on_and_moves_nothing():
    same = SlaPolicy({**OLD.metrics, "first_response": [Target("1 hour", "office")]}, OLD.calendars)
    both = SlaPolicy.over_time([(at(-1), OLD), (at(2), same)])
    before, after = (both.evaluate(LOG, now=at(hours)).resolution for hours in (1, 3))
    assert (before.due, before.policy_version) == (at(8), OLD.version[:16])
    assert (after.due, after.policy_version) == (at(8), same.version[:16])


def test_a_metric_that_is_new_counts_from_its_own_start_and_one_that_is_gone_is_cancelled():
    answer = policy(4, metric="first_response")
    both = SlaPolicy.over_time([(at(-1), OLD), (at(2), answer)])
    before, after = both.evaluate(LOG, now=at(1)), both.evaluate(LOG, now=at(3))
    assert (before.first_response.state, brief(before.resolution)[0]) == ("idle", "running")
    assert brief(after.first_response) == ("running", "pending", 3, 4)
    assert after.resolution.state == "cancelled"


def test_the_change_to_come_is_in_the_schedule_and_what_it_moved_is_said():
    both = SlaPolicy.over_time([(at(-1), OLD), (at(2), NEW)])
    state = both.start({})
    for event in LOG:
        state = both.apply(state, event)
    for event in both.events(state, now=at(1)):
        state = both.apply(state, event)
    assert both.report(state, now=at(1)).schedule[0].key == "policy:2026-06-01T11:00:00Z"
    said = both.events(state, now=at(2))
    assert [(e.kind, e.payload.due) for e in said if e.kind == "target.moved"] == [("target.moved", at(4))]
    assert [deadline.due for deadline in both.deadlines(state, now=at(2))] == [at(4)]
    assert (both.turns, repr(both)) == ((at(2),), "<SlaPolicy of resolution in 2 versions>")
    assert len({both.version, OLD.version, NEW.version}) == 3


@pytest.mark.parametrize("looks", ((3,), (1.5, 2, 3), (2,)))
def test_what_fell_due_before_the_change_is_said_by_the_old_version_however_late_it_is_asked(looks):
    both = SlaPolicy.over_time([(at(-1), policy(1)), (at(2), OLD)])
    (opened,) = LOG.events
    state, said = both.apply(both.start({}), opened), []
    for hours in looks:
        for event in both.events(state, now=at(hours)):
            said.append((event.kind.removeprefix("target."), (event.at - NINE) / HOUR))
            state = both.apply(state, event)
        assert both.events(state, now=at(hours)) == ()
    assert said == [("set", 0), ("warned", 0.5), ("breached", 1), ("moved", 2), ("revised", 2)]


@pytest.mark.parametrize(
    ("versions", "error"),
    (
        ([], InvalidValue),
        ([(at(1), OLD), (at(1), NEW)], InvalidValue),
        ([(at(2), OLD), (at(1), NEW)], InvalidValue),
        ([(at(3), SlaPolicy.over_time([(at(1), OLD), (at(2), NEW)]))], InvalidValue),
        ([(datetime(2026, 1, 1), OLD)], NaiveDatetime),
    ),
)
def test_versions_come_in_order_of_time(versions, error):
    with pytest.raises(error):
        SlaPolicy.over_time(versions)


# -- before it is adopted ---------------------------------------------------------------------------------

CASES = [
    (Log("open").opened(at=NINE), {}),
    (Log("late").opened(at=at(-24 * 7)), {}),
    (Log("done").opened(at=NINE).resolved(at=at(4.5)), {}),
    (Log("quick").opened(at=NINE).resolved(at=at(1)), {}),
]


def told(found):
    return {(each.case_id, each.metric): (each.old_verdict, each.new_verdict, each.flips) for each in found}


def test_a_diff_names_the_cases_that_would_flip():
    found = list(diff(OLD, NEW, CASES, now=at(5)))
    assert told(found) == {
        ("open", "resolution"): ("pending", "breached", True),
        ("late", "resolution"): ("breached", "breached", False),
        ("done", "resolution"): ("met", "breached", True),
        ("quick", "resolution"): ("met", "met", False),
    }
    assert (found[0].old_due, found[0].new_due) == (at(8), at(4))
    assert str(found[0]) == (
        "open resolution #1: running pending, due 2026-06-01 17:00Z -> running breached, due 2026-06-01 13:00Z"
    )


def test_what_comes_into_force_later_leaves_what_was_over():
    assert set(told(diff(OLD, NEW, CASES, now=at(5), since=at(4.75)))) == {
        ("open", "resolution"),
        ("late", "resolution"),
    }


def test_a_holiday_more_moves_due_times_and_the_same_policy_changes_nothing():
    holiday = policy(8, holidays={"2026-06-01": "Founders' Day"})
    (found,) = diff(OLD, holiday, CASES[:1], now=at(5))
    assert (found.old_due, found.new_due, found.flips) == (at(8), at(32), False)
    assert list(diff(OLD, policy(8), CASES, now=at(5))) == []


def test_a_metric_that_one_policy_lacks_is_idle_on_that_side():
    (gone, come) = diff(policy(8, metric="first_response"), OLD, CASES[:1], now=at(5))
    assert (gone.new_state, gone.new_due, come.old_state, come.new_due) == ("idle", None, "idle", at(8))
