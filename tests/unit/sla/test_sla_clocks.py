"""What starts, stops, pauses and reopens each clock, told as small timelines."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import MICROSECOND, Event, Log
from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.sla import BUILT_IN, Metric, SlaPolicy, Target

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"}, holidays={"2026-06-02": "Founders' Day"})


def at(minutes):
    return NINE + minutes * MINUTE


def measured(metric, log, now, *targets, facts=None, **options):
    """(state, verdict, elapsed, due) in minutes of the metric's clocks, the target being one hour."""
    policy = SlaPolicy({metric: Metric(list(targets) or [Target("60 minutes", "always")], **options)})
    return [brief(clock) for clock in policy.evaluate(log, facts=facts or {}, now=at(now)).clocks]


def brief(clock):
    due = None if clock.due is None else (clock.due - NINE) / MINUTE
    return clock.state, clock.verdict, clock.elapsed / MINUTE, due


BASE = Log("1").opened(at=NINE)
AGENT = Log("1").opened(at=NINE, by="agent")
ANSWERED = BASE.agent_reply(at=at(10))


@pytest.mark.parametrize(
    ("metric", "log", "now", "clocks"),
    (
        ("first_response", BASE, 30, [("running", "pending", 30, 60)]),
        ("first_response", BASE, 60, [("running", "pending", 60, 60)]),
        ("first_response", BASE, 61, [("running", "breached", 61, 60)]),
        ("first_response", AGENT, 30, [("running", "pending", 30, 60)]),
        ("first_response", BASE.agent_reply(at=at(60)), 90, [("stopped", "met", 60, 60)]),
        ("first_response", BASE.agent_reply(at=at(61)), 90, [("stopped", "breached", 61, 60)]),
        ("first_response", BASE.agent_reply(at=at(5), automated=True).note(at=at(6)), 30, [("running", "pending", 30, 60)]),
        ("first_response", BASE.resolved(at=at(20)), 90, [("cancelled", "pending", 20, None)]),
        ("first_response", BASE.resolved(at=at(70)), 90, [("stopped", "breached", 70, 60)]),
        ("first_response", BASE.resolved(at=at(20)).reopened(at=at(50)), 60, [("running", "pending", 30, 90)]),
        ("first_response", BASE.resolved(at=at(20)).agent_reply(at=at(200)), 300, [("stopped", "met", 20, 240)]),
        ("first_response", ANSWERED.resolved(at=at(20)).reopened(at=at(50)), 90, [("stopped", "met", 10, 60)]),
        ("first_response", BASE.add("case.merged", at=at(20), into="2"), 90, [("cancelled", "pending", 20, None)]),
        ("customer_waiting", BASE, 30, [("running", "pending", 30, 60)]),
        ("customer_waiting", AGENT, 30, []),
        ("customer_waiting", AGENT.customer_message(at=at(5)).customer_message(at=at(20)), 30, [("running", "pending", 25, 65)]),
        ("customer_waiting", ANSWERED.customer_message(at=at(20)), 30, [("stopped", "met", 10, 60), ("running", "pending", 10, 80)]),
        ("customer_waiting", BASE.resolved(at=at(70)), 90, [("stopped", "breached", 70, 60)]),
        ("customer_waiting", ANSWERED.resolved(at=at(20)).customer_message(at=at(30)), 90, [("stopped", "met", 10, 60)]),
        ("next_response", BASE.customer_message(at=at(5)), 30, []),
        ("next_response", ANSWERED.customer_message(at=at(20)), 30, [("running", "pending", 10, 80)]),
        ("next_response", ANSWERED.customer_message(at=at(20)).resolved(at=at(40)), 90, [("stopped", "met", 20, 80)]),
        ("next_response", ANSWERED.resolved(at=at(20)).customer_message(at=at(30)).reopened(at=at(45)), 60, [("running", "pending", 15, 105)]),
        ("next_response", ANSWERED.resolved(at=at(20)).customer_message(at=at(30)).agent_reply(at=at(40)).reopened(at=at(45)), 60, []),
        ("next_response", ANSWERED.resolved(at=at(20)).customer_message(at=at(30)).closed(at=at(40)), 60, []),
        ("periodic_update", BASE, 30, []),
        ("periodic_update", ANSWERED.agent_reply(at=at(40)), 50, [("stopped", "met", 30, 70), ("running", "pending", 10, 100)]),
        ("periodic_update", ANSWERED.status("waiting_customer", at=at(20)), 50, [("running", "pending", 40, 70)]),
        ("periodic_update", ANSWERED.resolved(at=at(20)).agent_reply(at=at(25)).reopened(at=at(30)), 50, [("stopped", "met", 10, 70)]),
        ("pausable_update", ANSWERED.status("waiting_customer", at=at(20)), 50, [("paused", "pending", 10, None)]),
        ("pausable_update", ANSWERED.status("waiting_third_party", at=at(20)), 50, [("running", "pending", 40, 70)]),
        ("requester_wait", BASE.status("waiting_customer", at=at(20)).status("waiting_third_party", at=at(40)), 50, [("running", "pending", 30, 80)]),
        ("agent_work", BASE.status("waiting_customer", at=at(20)).status("waiting_third_party", at=at(40)), 50, [("paused", "pending", 20, None)]),
        ("resolution", BASE.status("waiting_customer", at=at(20)), 50, [("running", "pending", 50, 60)]),
        ("resolution", BASE.resolved(at=at(20)).closed(at=at(30)), 50, [("stopped", "met", 20, 60)]),
        ("resolution", BASE.closed(at=at(20)), 50, [("stopped", "met", 20, 60)]),
        ("resolution", BASE.status("resolved", at=at(20)).status("closed", at=at(21)), 50, [("stopped", "met", 20, 60)]),
        ("resolution", BASE.resolved(at=at(20)).status("open", at=at(50)), 60, [("running", "pending", 30, 90)]),
        ("resolution", BASE.closed(at=at(20)).reopened(at=at(50)).resolved(at=at(60)), 99, [("stopped", "met", 30, 90)]),
        ("resolution", BASE.reopened(at=at(20)), 50, [("running", "pending", 50, 60)]),
        ("first_resolution", BASE.resolved(at=at(20)).reopened(at=at(50)), 90, [("stopped", "met", 20, 60)]),
        ("ownership", BASE.assigned(at=at(5), agent="ann"), 30, []),
        ("ownership", BASE.assigned(at=at(5), team="a").assigned(at=at(10), team="a", agent="ann"), 30, [("running", "pending", 25, 65)]),
        ("ownership", BASE.assigned(at=at(5), team="a").assigned(at=at(70), team="b"), 80, [("stopped", "breached", 65, 65), ("running", "pending", 10, 130)]),
        ("ownership", BASE.assigned(at=at(5), team="a").resolved(at=at(20)).reopened(at=at(30)), 40, [("stopped", "met", 15, 65), ("running", "pending", 10, 90)]),
        ("callback", BASE.customer_message(at=at(5), form="callback_request"), 30, [("running", "pending", 25, 65)]),
        ("callback", Log("1").opened(at=NINE, form="callback_request").agent_reply(at=at(9)), 30, [("stopped", "met", 9, 60)]),
        ("acknowledgement", BASE.add("ack.sent", at=at(1)), 30, [("stopped", "met", 1, 60)]),
        ("acknowledgement", BASE.add("ack.suppressed", at=at(1)), 30, [("cancelled", "pending", 1, None)]),
        ("acknowledgement", BASE.add("ack.suppressed", at=at(61)), 70, [("stopped", "breached", 61, 60)]),
        ("acknowledgement", BASE.resolved(at=at(9)).reopened(at=at(20)), 30, [("cancelled", "pending", 9, None)]),
    ),
)  # fmt: skip
def test_timelines(metric, log, now, clocks):
    assert measured(metric, log, now) == clocks


@pytest.mark.parametrize(
    ("log", "now", "options", "clocks"),
    (
        # pauses are a union, and pausing after the breach freezes the lateness
        (BASE.status("waiting_customer", at=at(20)).status("waiting_third_party", at=at(30)).status("open", at=at(50)), 60, {"pause": ["waiting_customer", "waiting_third_party"]}, [("running", "pending", 30, 90)]),
        (BASE.status("waiting_customer", at=at(70)), 500, {"pause": ["waiting_customer"]}, [("paused", "breached", 70, None)]),
        (BASE.status("waiting_customer", at=at(70)).status("open", at=at(90)), 95, {"pause": ["waiting_customer"]}, [("running", "breached", 75, 60)]),
        # used up exactly when the pause begins: the due time is that instant, late with the first microsecond after
        (BASE.status("waiting_customer", at=at(60)).status("open", at=at(90)), 90, {"pause": ["waiting_customer"]}, [("running", "pending", 60, 60)]),
        (BASE.status("waiting_customer", at=at(60)).status("open", at=at(90)), 91, {"pause": ["waiting_customer"]}, [("running", "breached", 61, 60)]),
        # hidden statuses show no due time, but time counts
        (BASE.status("waiting_customer", at=at(20)), 50, {"hide": ["waiting_customer"]}, [("running", "pending", 50, None)]),
        (BASE.status("waiting_customer", at=at(20)), 70, {"hide": ["waiting_customer"]}, [("running", "breached", 70, None)]),
        # reopening
        (BASE.resolved(at=at(20)).reopened(at=at(50)), 55, {"reopen": "count"}, [("running", "pending", 55, 60)]),
        (BASE.resolved(at=at(20)).reopened(at=at(70)), 70, {"reopen": "count"}, [("running", "breached", 70, 60)]),
        (BASE.resolved(at=at(20)).reopened(at=at(50)), 55, {"reopen": "restart"}, [("stopped", "met", 20, 60), ("running", "pending", 5, 110)]),
        (BASE.resolved(at=at(20)).status("waiting_customer", at=at(50)).status("open", at=at(60)), 65, {"pause": ["waiting_customer"]}, [("running", "pending", 25, 100)]),
        # attached: from the first target that the log has recorded
        (BASE.add("target.set", at=at(25), metric="resolution"), 40, {"start": "attached"}, [("running", "pending", 15, 85)]),
        (BASE, 40, {"start": "attached"}, [("running", "pending", 40, 60)]),
        (BASE.add("target.set", at=at(25), metric="resolution").add("target.set", at=at(30), metric="resolution", cycle=2), 40, {"start": "attached"}, [("running", "pending", 15, 85)]),
    ),
)  # fmt: skip
def test_timelines_of_a_resolution_with_options(log, now, options, clocks):
    assert measured("resolution", log, now, **options) == clocks


def test_restart_begins_an_answered_first_response_anew():
    log = ANSWERED.resolved(at=at(20)).reopened(at=at(30))
    clocks = measured("first_response", log, 40, reopen="restart")
    assert clocks == [("stopped", "met", 10, 60), ("running", "pending", 10, 90)]


URGENT = Target("20 minutes", "always", when='case.priority == "urgent"')
USUAL = Target("60 minutes", "always")


@pytest.mark.parametrize(
    ("log", "clock"),
    (
        (BASE.priority("urgent", at=at(10)), ("running", "breached", 30, 20)),
        (BASE.priority("urgent", at=at(25)).priority("low", at=at(28)), ("running", "pending", 30, 60)),
        # what is over keeps the target it was judged by
        (BASE.resolved(at=at(25)).priority("urgent", at=at(28)), ("stopped", "met", 25, 60)),
        (
            BASE.priority("urgent", at=at(5)).resolved(at=at(25)).priority("low", at=at(28)),
            ("stopped", "breached", 25, 20),
        ),
    ),
)
def test_a_target_is_chosen_anew_from_the_old_start(log, clock):
    facts = {"case": {"priority": "low"}}
    assert measured("resolution", log, 30, URGENT, USUAL, facts=facts) == [clock]


def test_the_status_that_ends_a_clock_does_not_choose_its_target():
    unsolved = Target("20 minutes", "always", when='case.status != "resolved"')
    assert measured("resolution", BASE.resolved(at=at(10)), 30, unsolved) == [("stopped", "met", 10, 20)]


def test_a_new_targets_due_may_lie_before_a_pause():
    log = (
        BASE.status("waiting_customer", at=at(10))
        .status("open", at=at(20))
        .status("waiting_customer", at=at(50))
    )
    log = log.status("open", at=at(55)).priority("urgent", at=at(56))
    clocks = measured("resolution", log, 57, URGENT, USUAL, pause=["waiting_customer"])
    assert clocks == [("running", "breached", 42, 30)]


def test_when_no_target_fits_any_more_the_clock_is_cancelled_and_its_start_is_kept():
    log = BASE.priority("urgent", at=at(5)).priority("low", at=at(10))
    assert measured("resolution", BASE, 30, URGENT) == []
    assert measured("resolution", log, 30, URGENT) == [("cancelled", "pending", 30, None)]
    assert measured("resolution", log.resolved(at=at(35)), 40, URGENT) == [("cancelled", "pending", 35, None)]
    again = log.priority("urgent", at=at(12))
    assert measured("resolution", again, 15, URGENT) == [("running", "pending", 15, 20)]


def test_elapsed_time_is_kept_when_the_calendar_changes():
    office = Target("8 hours", OFFICE)
    urgent = Target("9 hours", "always", when='case.priority == "urgent"')
    policy = SlaPolicy({"resolution": [urgent, office]})
    log = Log("1").opened(at=NINE).priority("urgent", at=NINE + timedelta(hours=20))
    clock = policy.evaluate(log, facts={}, now=NINE + timedelta(hours=21)).resolution
    assert (clock.elapsed, clock.due) == (timedelta(hours=9), NINE + timedelta(hours=21))
    assert sum((line.duration for line in clock.explain() if line.counted), timedelta(0)) == clock.elapsed


def test_a_target_that_fits_late_counts_what_ran_before():
    log = BASE.status("waiting_customer", at=at(5)).status("open", at=at(8)).priority("urgent", at=at(10))
    assert measured("resolution", log, 12, URGENT, pause=["waiting_customer"]) == [
        ("running", "pending", 9, 23)
    ]


def test_the_log_says_kind_team_status_and_tags_over_the_facts_that_were_handed_in():
    facts = {"case": {"kind": "question", "team": "a", "status": "new", "tags": ("x",)}}
    policy = SlaPolicy(
        {
            "first_response": [Target("10 minutes", "always", when='case.kind == "complaint"'), USUAL],
            "ownership": [Target("11 minutes", "always", when='case.team == "b"'), USUAL],
            "resolution": [
                Target("12 minutes", "always", when='case.status == "open" and "vip" in case.tags'),
                USUAL,
            ],
            "requester_wait": [Target("13 minutes", "always", when="case.reopens > 0"), USUAL],
        }
    )
    log = BASE.add("recovery.complaint_raised", at=NINE).assigned(at=NINE, team="b", agent="ann")
    log = (
        log.add("case.classified", at=at(1), category="billing", tags=("vip",))
        .resolved(at=at(2))
        .reopened(at=at(3))
    )
    report = policy.evaluate(log, facts=facts, now=at(4))
    targets = [report[name].target / MINUTE for name in policy.metrics]
    assert targets == [10, 11, 12, 13]


def test_facts_recorded_with_a_target_win_over_those_handed_in_later():
    gold = Target("10 minutes", "always", when='customer.plan == "gold"')
    policy = SlaPolicy({"resolution": [gold, USUAL]})
    log = BASE.add("target.set", at=NINE, metric="resolution", facts={"customer": {"plan": "gold"}})
    clock = policy.evaluate(
        log.resolved(at=at(5)), facts={"customer": {"plan": "basic"}}, now=at(9)
    ).resolution
    assert clock.target == 10 * MINUTE


def test_a_name_of_ones_own_lives_like_a_built_in_metric():
    policy = SlaPolicy({"vip_answer": Metric([Target("5 minutes", "always")], like="first_response")})
    assert brief(policy.evaluate(ANSWERED, facts={}, now=at(20)).vip_answer) == ("stopped", "breached", 10, 5)


def test_every_built_in_metric_is_known_to_a_report():
    policy = SlaPolicy({name: [] for name in BUILT_IN})
    report = policy.evaluate(BASE, facts={}, now=at(5))
    assert all(report[name].state == "idle" for name in BUILT_IN)
    assert report.explain() == "no clock has begun"


def test_a_report_names_the_metric_that_was_meant():
    report = SlaPolicy({"resolution": [USUAL]}).evaluate(BASE, facts={}, now=at(5))
    with pytest.raises(AttributeError, match="did you mean 'resolution'"):
        _ = report.resolutoin
    with pytest.raises(AttributeError, match="its metrics are resolution"):
        _ = report.xyz
    with pytest.raises(KeyError):
        report["xyz"]
    assert report.explain().startswith(
        "resolution #1: running, pending; 0:05:00 of 1:00:00 in always, due 2026"
    )


def test_a_policy_without_metrics_has_no_clocks_but_reports():
    report = SlaPolicy({}).evaluate(BASE.add("promise.made", at=NINE, id="p", due=at(5)), facts={}, now=at(1))
    assert (report.clocks, report.next_change_at) == ((), at(5) + MICROSECOND)


def test_clocks_come_the_oldest_start_first_with_every_cycle():
    log = ANSWERED.customer_message(at=at(20)).agent_reply(at=at(30)).customer_message(at=at(40))
    policy = SlaPolicy({"next_response": [USUAL], "resolution": [USUAL]})
    clocks = policy.evaluate(log, facts={}, now=at(50)).clocks
    assert [(c.metric, c.cycle) for c in clocks] == [
        ("resolution", 1),
        ("next_response", 1),
        ("next_response", 2),
    ]


def test_instants_come_back_in_utc_whatever_zone_they_had():
    local = NINE.astimezone(ZoneInfo("Asia/Tokyo"))
    report = SlaPolicy({"resolution": [USUAL]}).evaluate(Log("1").opened(at=local), facts={}, now=local)
    clock = report.resolution
    assert {clock.started.tzinfo, clock.due.tzinfo, report.next_change_at.tzinfo} == {UTC}
    with pytest.raises(NaiveDatetime):
        SlaPolicy({}).evaluate(BASE, facts={}, now=datetime(2026, 6, 1))


def test_events_after_the_asking_are_not_known_yet():
    assert measured("resolution", BASE.resolved(at=at(20)), 10) == [("running", "pending", 10, 60)]


def test_events_out_of_order_are_refused():
    events = [*BASE, Event.of("case.resolved", at=at(-1))]
    with pytest.raises(InvalidValue, match="lies before the last one"):
        SlaPolicy({}).evaluate(events, facts={}, now=at(0))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    ((0, at(480) + MICROSECOND), (480, at(480) + MICROSECOND), (500, at(2880) + MICROSECOND), (2881, None)),
)
def test_a_target_used_up_at_closing_time_is_looked_at_then_and_when_work_goes_on(minutes, expected):
    policy = SlaPolicy({"resolution": [Target("8 hours", OFFICE)]})  # the next day is a holiday
    report = policy.evaluate(BASE, facts={}, now=at(minutes))
    assert (report.next_change_at, report.resolution.due) == (expected, at(480))


def test_the_ledger_tells_holidays_hours_and_pauses():
    policy = SlaPolicy({"resolution": Metric([Target("8 hours", OFFICE)], pause=["waiting_customer"])})
    log = BASE.status("waiting_customer", at=at(60)).status("open", at=at(120)).resolved(at=at(2940))
    ledger = policy.evaluate(log, facts={}, now=at(5000)).resolution.explain()
    told = [((line.start - NINE) / MINUTE, line.reason, line.name) for line in ledger]
    assert told == [
        (0, "open", None),
        (60, "paused", "waiting_customer"),
        (120, "open", None),
        (480, "hours", None),
        (900, "holiday", "Founders' Day"),
        (2340, "hours", None),
        (2880, "open", None),
    ]
    assert ledger.counted == timedelta(hours=8)


def test_the_ledger_says_what_a_reopening_left_out():
    policy = SlaPolicy({"resolution": [USUAL], "next_response": [USUAL]})
    log = ANSWERED.resolved(at=at(20)).customer_message(at=at(30)).reopened(at=at(40))
    report = policy.evaluate(log, facts={}, now=at(50))
    for clock in report.clocks:
        assert [(line.reason, line.name) for line in clock.explain()][-2:] == [
            ("paused", "resolved"),
            ("open", None),
        ]
    assert report.next_response.started == at(30)
    idle = policy.evaluate(BASE, facts={}, now=at(5)).next_response
    assert len(idle.explain()) == 0
