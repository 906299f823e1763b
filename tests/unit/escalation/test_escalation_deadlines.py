"""Levels around a deadline: offsets and shares, in working time, through pauses, moves and new cycles."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import Deadline
from supportkit.escalation import EscalationPolicy

OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "08:00-18:00"})
LEVELS = [
    {"offset": "-30 minutes", "to": "ann"},
    {"offset": "0 minutes", "to": "bob", "then": {"case.priority": "urgent"}},
    {"offset": "1 hour", "to": "boss"},
]


@pytest.fixture
def around(play):
    """A plan around the first response, due an hour after the opening."""

    def make(levels=LEVELS, *, due=60, **options):
        made = play({"sla": {"mode": "deadline", "metric": "first_response", "levels": levels, **options}})
        made.owes("first_response#1", due=due)
        made.event(0, "case.opened")
        return made

    return make


def test_levels_lie_before_at_and_after_the_deadline(around):
    plan = around()
    assert (plan.status("sla"), plan.next) == ("armed", 30)
    assert plan.run(1000) == [(30, 1, "ann"), (60, 2, "bob"), (120, 3, "boss")]
    assert plan.status("sla") == "triggered"


def test_a_share_is_one_of_the_target(around):
    plan = around(
        [{"percent": 50, "to": "ann"}, {"percent": "100%", "to": "bob"}, {"percent": "150", "to": "boss"}]
    )
    assert plan.run(1000) == [(30, 1, "ann"), (60, 2, "bob"), (90, 3, "boss")]


def test_what_a_level_sets_is_handed_to_the_host(around):
    plan = around()
    plan.tick(30)
    plan.tick(60)
    assert plan.step.changes == {"case.priority": "urgent"}


@pytest.mark.parametrize("metric", ("resolution", None))
def test_without_a_deadline_of_its_metric_nothing_is_due(around, metric):
    plan = around()
    plan.deadlines = () if metric is None else plan.owes("r#1", metric=metric, due=60).deadlines
    assert plan.tick(500) == []
    assert plan.next is None


def test_a_plan_begins_with_its_first_deadline_where_nobody_told_of_the_opening(play):
    plan = play({"sla": {"mode": "deadline", "metric": "first_response", "levels": LEVELS}})
    plan.owes("first_response#1", due=60)
    assert plan.tick(0) == []
    assert plan.run(60) == [(30, 1, "ann"), (60, 2, "bob")]


def test_a_pause_takes_the_deadline_away_and_moves_it_afterwards(around):
    plan = around()
    plan.owes("first_response#1", due=None)
    plan.event(10, "case.status_changed", to="waiting_customer")
    assert (plan.next, plan.tick(500)) == (None, [])
    plan.owes("first_response#1", due=560, target=timedelta(hours=1))
    plan.event(510, "case.status_changed", to="open")
    assert plan.next == 530


def test_a_share_leaves_pauses_out(around):
    plan = around([{"percent": 50, "to": "ann"}])
    plan.owes("first_response#1", due=160, target=timedelta(hours=1))
    plan.event(110, "case.status_changed", to="open")
    assert plan.next == 130


def test_what_fired_for_a_deadline_stays_fired_when_it_moves_later(around):
    plan = around()
    plan.tick(30)
    plan.owes("first_response#1", due=180)
    plan.event(35, "priority.decided", priority="low")
    assert plan.run(1000) == [(180, 2, "bob"), (240, 3, "boss")]


@pytest.mark.parametrize("catch_up", ("collapse", "one_step", "replay"))
def test_a_deadline_that_moves_nearer_fires_only_the_highest_passed_level_once(around, catch_up):
    plan = around(due=600, catch_up=catch_up)
    plan.owes("first_response#1", due=60)
    assert plan.event(130, "priority.decided", priority="urgent") == []
    assert plan.tick(130) == [(3, "boss")]
    assert plan.step.firings[0].skipped == (1, 2)
    assert plan.run(1000) == []


def test_a_replay_fires_what_was_missed_by_a_late_evaluation(around):
    plan = around(catch_up="replay")
    assert plan.tick(500) == [(1, "ann"), (2, "bob"), (3, "boss")]
    assert [(firing.due_at - plan.time(0)) / timedelta(minutes=1) for firing in plan.step.firings] == [
        30,
        60,
        120,
    ]


def test_a_new_deadline_is_a_new_cycle(around):
    plan = around(LEVELS[:1])
    plan.tick(30)
    plan.event(31, "escalation.acked", by="ann")
    plan.owes("first_response#2", started=100, due=200)
    plan.event(100, "contact.received")
    assert (plan.status("sla"), plan.run(1000)) == ("armed", [(170, 1, "ann")])


def test_reopening_goes_on_with_the_same_deadline(around):
    plan = around()
    plan.tick(30)
    plan.event(35, "case.resolved")
    plan.deadlines = ()
    assert plan.tick(300) == []
    plan.owes("first_response#1", due=320, target=timedelta(hours=1))
    plan.event(300, "case.reopened")
    assert plan.run(1000) == [(320, 2, "bob"), (380, 3, "boss")]


def test_who_has_it_is_left_alone_until_it_is_given_back(around):
    plan = around()
    plan.tick(30)
    plan.event(31, "escalation.acked", by="ann")
    assert (plan.next, plan.tick(90)) == (None, [])
    assert plan.event(91, "escalation.unacked") == [(2, "bob")]
    assert plan.run(1000) == [(120, 3, "boss")]


def test_an_acknowledgement_runs_out_and_the_present_level_comes_back(around):
    plan = around(ack_timeout="15 minutes", tell_acker=True)
    plan.tick(30)
    plan.event(31, "escalation.acked", by="eve")
    assert plan.run(50) == [(46, 1, "eve", "ann")]
    assert plan.status("sla") == "triggered"


def test_each_of_several_deadlines_has_levels_of_its_own(play):
    plan = play(
        {"p": {"mode": "deadline", "metric": "promise", "levels": [{"offset": "0 minutes", "to": "ann"}]}}
    )
    one, two = (Deadline(f"p{n}", "promise", plan.time(0), plan.time(n * 10)) for n in (1, 2))
    plan.deadlines = (one, two)
    plan.event(0, "case.opened")
    assert plan.tick(30) == [(1, "ann"), (1, "ann")]
    plan.deadlines = (two,)
    assert plan.tick(31) == []


@pytest.mark.parametrize(("strict", "minutes"), ((False, [60, 75, 90]), (True, [60, 75, 90])))
def test_a_late_matter_is_told_again_every_so_often(around, strict, minutes):
    plan = around(LEVELS[1:2], renotify={"every": "15 minutes", "strict": strict})
    assert [int(minute) for minute, *_ in plan.run(95)] == minutes


def test_strictly_more_than_the_time_must_pass_before_it_is_told_again(around):
    plan = around(LEVELS[1:2], renotify={"every": "15 minutes", "strict": True})
    plan.tick(60)
    assert plan.tick(75) == []
    assert plan.tick(80) == [(1, "bob")]
    assert plan.tick(95) == []
    assert plan.tick(100) == [(1, "bob")]  # it drifts with whoever looks


def test_a_higher_level_takes_the_place_of_a_repeated_notice(around):
    plan = around(LEVELS[1:], renotify={"every": "25 minutes"})
    assert plan.run(150) == [
        (60, 1, "bob"),
        (85, 1, "bob"),
        (110, 1, "bob"),
        (120, 2, "boss"),
        (145, 2, "boss"),
    ]


def test_notices_wait_for_open_hours():
    policy = EscalationPolicy.from_dict(
        {
            "p": {
                "mode": "deadline",
                "metric": "m",
                "notify_in": "office",
                "levels": [{"offset": "0 minutes", "to": "a"}],
            }
        },
        calendars={"office": OFFICE},
    )
    saturday = datetime(2026, 7, 4, 12, tzinfo=UTC)
    due = (Deadline("m#1", "m", saturday - timedelta(hours=3), saturday),)
    step = policy.step(None, None, now=saturday - timedelta(hours=1), deadlines=due)
    assert step.next_change_at == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert policy.step(step.state, None, now=saturday, deadlines=due).firings == ()
    late = policy.step(step.state, None, now=step.next_change_at, deadlines=due)
    assert (late.firings[0].due_at, late.firings[0].fired_at) == (saturday, step.next_change_at)


@pytest.mark.parametrize(
    ("level", "instant"),
    (
        ({"offset": "-2 hours"}, datetime(2026, 7, 3, 17, tzinfo=UTC)),
        ({"offset": "2 hours"}, datetime(2026, 7, 6, 11, tzinfo=UTC)),
        ({"offset": "10 hours"}, datetime(2026, 7, 7, 9, tzinfo=UTC)),
        ({"percent": 75}, datetime(2026, 7, 3, 18, tzinfo=UTC)),
        ({"percent": 50}, datetime(2026, 7, 3, 17, tzinfo=UTC)),
        ({"percent": 200}, datetime(2026, 7, 6, 13, tzinfo=UTC)),
    ),
)
@pytest.mark.parametrize("calendar", ("office", OFFICE))
def test_offsets_and_shares_are_working_time_where_the_deadline_is(level, instant, calendar):
    plan = {"mode": "deadline", "metric": "m", "levels": [{**level, "to": "a"}]}
    policy = EscalationPolicy.from_dict({"p": plan}, calendars={"office": OFFICE})
    opened, due = datetime(2026, 7, 3, 15, tzinfo=UTC), datetime(2026, 7, 6, 9, tzinfo=UTC)
    one = Deadline("m#1", "m", opened, due, timedelta(hours=4), calendar)
    assert policy.step(None, None, now=opened, deadlines=[one]).next_change_at == instant


def test_a_calendar_that_nobody_knows_is_told_and_all_time_counts(around):
    plan = around()
    plan.owes("first_response#1", due=60, calendar="nobody's")
    plan.tick(1)
    assert plan.faults == [("unknown_calendar", "sla.nobody's")]
    assert plan.next == 30


def test_a_plan_around_deadlines_may_come_to_an_end(around):
    plan = around(LEVELS[:2], **{"finally": {"to": "chief"}})
    assert plan.run(100) == [(30, 1, "ann"), (60, 2, "bob"), (60, 3, "chief")]
    assert plan.status("sla") == "exhausted"
    plan.owes("first_response#2", started=100, due=200)
    plan.event(100, "contact.received")
    assert plan.run(1000)[-1] == (200, 3, "chief")


def test_the_plan_lists_what_will_fire_around_the_deadline(around):
    plan = around()
    listed = plan.policy.plan(plan.state, now=plan.time(0), deadlines=plan.deadlines)
    assert [(firing.level, (firing.due_at - plan.time(0)) / timedelta(minutes=1)) for firing in listed] == [
        (1, 30), (2, 60), (3, 120),
    ]  # fmt: skip


def test_a_repeated_notice_whose_condition_does_not_hold_any_more_waits_for_its_next_time(around):
    levels = [{**LEVELS[1], "when": "case.public"}]
    plan = around(levels, renotify={"every": "15 minutes"})
    assert plan.tick(60, {"case": {"public": True}}) == [(1, "bob")]
    assert plan.tick(75, {"case": {"public": False}}) == []
    assert plan.next == 90
    assert plan.tick(90, {"case": {"public": True}}) == [(1, "bob")]


def test_a_case_that_followed_another_one_fires_nothing_twice(around):
    plan = around()
    plan.tick(30)
    plan.event(31, "escalation.attached", to="9")
    assert plan.tick(70) == []
    assert plan.event(71, "escalation.attached", to=None) == []
    assert plan.tick(71) == [(2, "bob")]
    assert plan.run(200) == [(120, 3, "boss")]
