"""What a desk is told: targets, warnings, verdicts and promises as events; deadlines; the kept state."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import MICROSECOND, Deadline, Event, Log
from supportkit.errors import InvalidValue
from supportkit.rules import observe, parse, text_leaves
from supportkit.sla import Metric, SlaPolicy, SlaState, Target, default_sla

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes):
    return NINE + minutes * MINUTE


class Desk:
    """Plays a desk: settles before each event, records what it is told, and stores the state after each command."""

    def __init__(self, policy, facts=None):
        self.policy, self.facts = policy, facts
        self.state, self.log = policy.start(facts), []

    def happens(self, kind, minutes, **said):
        self.tick(at(minutes) - MICROSECOND)
        self.record(Event.of(kind, at=at(minutes), **said))
        self.tick(at(minutes))
        return self

    def tick(self, now):
        for event in self.policy.events(self.state, now=now):
            self.record(event)
        assert self.policy.events(self.state, now=now) == ()
        self.state = SlaState.from_plain(json.loads(json.dumps(self.state.to_plain())))
        return self

    def record(self, event):
        self.log.append(event)
        self.state = self.policy.apply(self.state, event, facts=self.facts)

    def said(self):
        """What the engine said, by kind and minute; `promise.made` is what the desk did."""
        told = [event for event in self.log if event.kind.startswith(("target.", "promise."))]
        return [(event.kind, (event.at - NINE) / MINUTE) for event in told if event.kind != "promise.made"]

    def last(self, kind):
        return next(event for event in reversed(self.log) if event.kind == kind).payload


HOUR = Target("60 minutes", "always", warn=["50%", "90%"])


def test_a_silent_hour_is_set_warned_about_and_breached_at_its_due_time():
    desk = Desk(SlaPolicy({"first_response": [HOUR]})).happens("case.opened", 0).tick(at(200))
    assert desk.said() == [
        ("target.set", 0),
        ("target.warned", 30),
        ("target.warned", 54),
        ("target.breached", 60),
    ]
    assert desk.last("target.warned").level == "90%"
    assert (desk.last("target.breached").due, desk.last("target.breached").elapsed) == (at(60), 60 * MINUTE)
    set_ = desk.last("target.set")
    assert (set_.metric, set_.cycle, set_.due, set_.started) == ("first_response", 1, at(60), NINE)
    assert (set_.target, set_.calendar) == ("60 minutes", "always")
    assert set_.zone_data


def test_an_answer_in_time_meets_the_target():
    desk = Desk(SlaPolicy({"first_response": [HOUR]})).happens("case.opened", 0)
    desk.happens("contact.replied", 30, actor="agent:ann").tick(at(200))
    assert desk.said() == [
        ("target.set", 0),
        ("target.met", 30),
    ]  # the answer comes before the warning of its instant
    assert desk.last("target.met").elapsed == 30 * MINUTE


def test_pauses_take_the_due_time_away_and_bring_a_later_one():
    policy = SlaPolicy({"resolution": Metric([Target("60 minutes", "always")], pause=["waiting_customer"])})
    desk = Desk(policy).happens("case.opened", 0).happens("case.status_changed", 10, to="waiting_customer")
    moved = desk.last("target.moved")
    assert (moved.due, moved.previous, moved.state) == (None, at(60), "paused")
    assert policy.report(desk.state, now=at(500)).next_change_at is None
    desk.happens("case.status_changed", 30, to="open")
    moved = desk.last("target.moved")
    assert (moved.due, moved.previous, moved.state) == (at(80), None, "running")


def test_raising_the_priority_moves_the_due_time_and_may_breach_at_once():
    urgent = Target("10 minutes", "always", when='case.priority == "urgent"', warn=["50%"])
    desk = Desk(SlaPolicy({"resolution": [urgent, Target("60 minutes", "always")]})).happens("case.opened", 0)
    desk.happens("priority.decided", 30, priority="urgent")
    assert desk.said() == [
        ("target.set", 0),
        ("target.moved", 30),
        ("target.warned", 30),
        ("target.breached", 30),
    ]
    assert (desk.last("target.moved").due, desk.last("target.breached").due) == (at(10), at(10))
    assert desk.last("target.moved").facts == {"case": {"priority": "urgent"}}


def test_what_is_over_in_the_instant_of_a_change_is_not_warned_about():
    urgent = Target("10 minutes", "always", when='case.priority == "urgent"', warn=["50%", "100%"])
    policy = SlaPolicy({"resolution": [urgent, Target("60 minutes", "always", warn=["20%"])]})
    log = Log("1").opened(at=NINE).priority("urgent", at=at(15)).resolved(at=at(15))
    assert policy.evaluate(log, facts={}, now=at(20)).resolution.warned == ("20%",)
    assert policy.evaluate(log.events[:2], facts={}, now=at(15)).resolution.warned == ("20%", "50%", "100%")


def test_a_warning_that_passed_under_an_earlier_target_is_dated_now():
    relaxed = Target("8 hours", "always", when='case.kind == "question"', warn=["50%"])
    desk = Desk(SlaPolicy({"resolution": [relaxed, Target("60 minutes", "always", warn=["50%"])]}))
    desk.record(Event.of("case.opened", at=NINE))
    desk.record(Event.of("case.classified", at=at(40), kind="question"))
    assert desk.tick(at(45)).said() == [("target.set", 40), ("target.warned", 40)]
    assert desk.tick(at(300)).said()[2:] == []  # once for each cycle and level


def test_a_later_target_revises_the_verdict_and_the_recorded_breach_stays():
    urgent = Target("10 minutes", "always", when='case.priority == "urgent"')
    desk = Desk(SlaPolicy({"resolution": [urgent, Target("60 minutes", "always")]})).happens("case.opened", 0)
    desk.happens("priority.decided", 1, priority="urgent").happens("priority.decided", 20, priority="low")
    desk.happens("case.resolved", 30)
    kinds = [kind for kind, _ in desk.said()]
    assert kinds == [
        "target.set",
        "target.moved",
        "target.breached",
        "target.moved",
        "target.revised",
        "target.met",
    ]
    assert (desk.last("target.revised").verdict, desk.last("target.revised").previous) == (
        "pending",
        "breached",
    )


def test_a_breach_that_only_a_later_target_undid_is_revised_to_met():
    urgent = Target("10 minutes", "always", when='case.priority == "urgent"')
    policy = SlaPolicy({"resolution": [urgent, Target("60 minutes", "always")]})
    desk = (
        Desk(policy).happens("case.opened", 0).happens("priority.decided", 1, priority="urgent").tick(at(15))
    )
    desk.record(Event.of("priority.decided", at=at(20), priority="low"))
    desk.record(Event.of("case.resolved", at=at(21)))
    desk.tick(at(30))
    assert (desk.said()[-1], desk.last("target.revised").verdict) == (("target.revised", 21), "met")


def test_what_is_not_owed_any_more_is_removed_and_may_come_back():
    desk = Desk(SlaPolicy({"first_response": [HOUR]})).happens("case.opened", 0).happens("case.resolved", 20)
    assert desk.said()[-1] == ("target.removed", 20)
    desk.happens("case.reopened", 120)
    assert (desk.said()[-1], desk.last("target.moved").due) == (("target.moved", 120), at(160))


def test_a_reopened_case_is_judged_again():
    desk = Desk(SlaPolicy({"resolution": [Target("60 minutes", "always")]})).happens("case.opened", 0)
    desk.happens("case.resolved", 20).happens("case.reopened", 50).tick(at(500))
    assert desk.said() == [
        ("target.set", 0),
        ("target.met", 20),
        ("target.moved", 50),
        ("target.breached", 90),
    ]


def test_a_case_solved_twice_in_time_meets_its_target_twice():
    desk = Desk(SlaPolicy({"resolution": [Target("60 minutes", "always")]})).happens("case.opened", 0)
    desk.happens("case.resolved", 20).happens("case.reopened", 50).happens("case.resolved", 60)
    assert desk.said()[1:] == [("target.met", 20), ("target.moved", 50), ("target.met", 60)]


def test_an_attached_target_counts_from_when_it_was_set():
    vip = Target("30 minutes", "always", when='case.priority == "high"')
    desk = Desk(SlaPolicy({"resolution": Metric([vip], start="attached")})).happens("case.opened", 0)
    desk.happens("priority.decided", 100, priority="high")
    assert desk.said() == [("target.set", 100)]
    assert (desk.last("target.set").started, desk.last("target.set").due) == (at(100), at(130))
    report = desk.policy.evaluate(desk.log, facts={}, now=at(110))
    assert (report.resolution.started, report.resolution.due) == (at(100), at(130))


def test_an_attached_target_that_is_told_late_still_began_when_it_fitted():
    vip = Target("30 minutes", "always", when='case.priority == "high"')
    policy = SlaPolicy({"resolution": Metric([vip], start="attached", pause=["waiting_customer"])})
    desk = Desk(policy)
    for kind, minutes, said in (
        ("case.opened", 0, {}),
        ("priority.decided", 100, {"priority": "high"}),
        ("case.status_changed", 110, {"to": "waiting_customer"}),
        ("case.status_changed", 115, {"to": "open"}),
    ):
        desk.record(Event.of(kind, at=at(minutes), **said))
    desk.tick(at(120))
    assert desk.said() == [("target.set", 115)]
    clock = policy.report(desk.state, now=at(120)).resolution
    assert (clock.started, clock.elapsed, clock.due) == (at(100), 15 * MINUTE, at(135))


def test_cycles_that_passed_between_two_looks_are_told_in_order():
    desk = Desk(SlaPolicy({"next_response": [HOUR]}))
    for kind, minutes in [
        ("case.opened", 0),
        ("contact.replied", 5),
        ("contact.received", 10),
        ("contact.replied", 90),
        ("contact.received", 95),
        ("contact.replied", 96),
        ("contact.received", 97),
    ]:
        desk.record(Event.of(kind, at=at(minutes)))
    desk.tick(at(100))
    said = [(event.kind, event.payload.cycle) for event in desk.log if event.kind.startswith("target.")]
    assert said == [
        ("target.set", 1),
        ("target.warned", 1),
        ("target.warned", 1),
        ("target.breached", 1),
        ("target.set", 2),
        ("target.met", 2),
        ("target.set", 3),
    ]


def test_a_look_before_the_last_event_says_nothing():
    policy = SlaPolicy({"first_response": [HOUR]})
    state = policy.apply(policy.start({}), *Log("1").opened(at=NINE))
    assert policy.events(state, now=at(-1)) == policy.events(policy.start({}), now=NINE) == ()
    assert policy.report(state, now=at(-1)) == policy.report(state, now=NINE)


def test_facts_that_could_not_decide_are_named_with_the_target():
    gold = Target("10 minutes", "always", when='customer.plan == "gold"')
    policy = SlaPolicy({"resolution": [gold, Target("60 minutes", "always")]})
    desk = Desk(policy).happens("case.opened", 0)
    assert desk.last("target.set").extra["undecided"] == (1,)
    desk.facts = {"customer": {"plan": "gold"}}
    desk.happens("contact.received", 5)
    assert (desk.last("target.moved").due, desk.last("target.moved").facts) == (
        at(10),
        {"customer": {"plan": "gold"}},
    )


def test_facts_read_from_a_text_are_recorded_without_the_text_and_handed_in_again():
    condition = parse('contact.text.mentions("fire")')
    leaves = text_leaves([condition], ["contact.text"])
    policy = SlaPolicy({"resolution": [Target("10 minutes", "always", when=condition)]})
    desk = Desk(policy, {"contact": {"text": observe("Fire!", leaves)}}).happens("case.opened", 0)
    assert "Fire" not in desk.log[-1].to_json().decode()
    assert desk.log[-1].payload.facts["contact"]["text"]["$text"]["true"]
    assert desk.state.given == {}
    recorded = [Event.from_json(event.to_json()) for event in desk.log]
    assert policy.evaluate(recorded, facts={}, now=at(1)).resolution.due == at(10)
    handed_in = policy.evaluate(recorded, facts=desk.facts, now=at(1))
    assert handed_in.resolution.due == at(10)


def test_deadlines_are_what_runs_or_stands_and_every_promise():
    policy = SlaPolicy(
        {
            "first_response": [HOUR],
            "resolution": Metric([Target("8 hours", "always")], pause=["waiting_customer"]),
        }
    )
    desk = Desk(policy).happens("case.opened", 0).happens("contact.replied", 5)
    desk.happens("promise.made", 6, id="p1", due=at(90), calendar="office").happens(
        "case.status_changed", 7, to="waiting_customer"
    )
    assert policy.deadlines(desk.state, now=at(10)) == (
        Deadline("resolution#1", "resolution", NINE, None, timedelta(hours=8), "always", "paused"),
        Deadline("p1", "promise", at(6), at(90), 84 * MINUTE, None, "running"),
    )
    desk.happens("contact.replied", 20).happens("case.resolved", 21)
    assert policy.deadlines(desk.state, now=at(30)) == ()


def test_a_promise_is_owed_in_the_working_time_of_its_calendar():
    office = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"})
    policy = SlaPolicy({}, {"office": office})
    desk = Desk(policy).happens("case.opened", 0)
    desk.happens("promise.made", 0, id="p1", due=at(24 * 60), calendar="office").happens(
        "promise.made", 1, id="p2", what="callback"
    )
    one, other = policy.deadlines(desk.state, now=at(5))
    assert (one.target, one.calendar) == (timedelta(hours=8), "office")
    assert (other.id, other.due, other.target, other.calendar) == ("p2", None, None, None)


def test_a_state_stays_small_and_says_when_it_cannot_explain():
    policy = SlaPolicy(
        {
            "first_response": [HOUR],
            "next_response": [HOUR],
            "resolution": Metric([Target("80 hours", "always")], pause=["waiting_customer"]),
        }
    )
    desk = Desk(policy).happens("case.opened", 0)
    for minutes in range(10, 1010, 10):
        to = "waiting_customer" if minutes % 20 else "open"
        desk.happens("contact.received", minutes).happens("contact.replied", minutes + 1)
        desk.happens("case.status_changed", minutes + 2, to=to)
    assert len(json.dumps(desk.state.to_plain())) < 2400
    whole = policy.evaluate(desk.log, facts={}, now=at(2000))
    part = policy.report(desk.state, now=at(2000))
    assert [part[name] for name in policy.metrics] == [whole[name] for name in policy.metrics]
    with pytest.raises(InvalidValue, match="evaluate the whole log"):
        part.resolution.explain()


def test_one_who_never_asks_for_events_keeps_a_bounded_state():
    policy = SlaPolicy({"next_response": [HOUR]})
    state = policy.start({})
    for event in Log("1").opened(at=NINE).agent_reply(at=NINE):
        state = policy.apply(state, event)
    for minutes in range(1, 200, 2):
        for kind, moment in (
            ("contact.received", minutes),
            ("contact.replied", minutes + 1),
            ("promise.made", minutes + 1),
        ):
            state = policy.apply(state, Event.of(kind, at=at(moment), id=f"p{minutes}", due=at(moment + 1)))
    assert len(state.tracks["next_response"].finished) <= 9
    assert len(state.pledges) <= 9
    assert policy.report(state, now=at(300)).next_response.cycle == 100


def test_another_policy_chooses_targets_anew_and_asks_for_its_calendars():
    office = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"})
    old = SlaPolicy({"resolution": [Target("60 minutes", "office")]}, {"office": office})
    state = old.apply(old.start({}), *Log("1").opened(at=NINE))
    new = SlaPolicy({"resolution": [Target("20 minutes", "always")]}, {"office": office})
    state = new.apply(state, Event.of("desk.policy_adopted", at=at(10)))
    clock = new.report(state, now=at(11)).resolution
    assert (clock.due, clock.elapsed) == (at(20), 11 * MINUTE)
    without = SlaPolicy({"resolution": [Target("20 minutes", "always")]})
    state = old.apply(old.start({}), *Log("1").opened(at=NINE))
    with pytest.raises(InvalidValue, match="calendar 'office', which this policy does not have"):
        without.report(state, now=at(11))


# -- promises -------------------------------------------------------------------------------------------


def promised(what="reply", due=60, **said):
    return {"id": f"{what}-{due}", "what": what, "due": at(due), **said}


def test_silence_breaks_a_promise_at_its_due_time():
    desk = Desk(SlaPolicy({})).happens("case.opened", 0).happens("promise.made", 1, **promised())
    assert desk.policy.report(desk.state, now=at(2)).next_change_at == at(60) + MICROSECOND
    desk.happens("contact.replied", 30, automated=True).happens("contact.noted", 31).happens(
        "case.resolved", 40
    )
    assert desk.tick(at(60)).said() == []
    assert desk.tick(at(60) + MICROSECOND).said() == [("promise.broken", 60)]


def test_an_answer_at_the_promised_instant_keeps_it():
    desk = Desk(SlaPolicy({})).happens("case.opened", 0).happens("promise.made", 1, **promised())
    assert desk.happens("contact.replied", 60, actor="agent:ann").tick(at(99)).said() == [
        ("promise.kept", 60)
    ]


def test_a_promise_missed_between_two_looks_is_dated_after_what_the_log_has():
    desk = Desk(SlaPolicy({})).happens("case.opened", 0).happens("promise.made", 1, **promised())
    desk.record(Event.of("contact.replied", at=at(70)))
    assert desk.tick(at(80)).said() == [("promise.broken", 70)]
    assert desk.last("promise.broken").due == at(60)


@pytest.mark.parametrize(
    ("later", "outcomes"),
    (
        (promised(due=120), ["promise.superseded", "promise.broken"]),
        (promised("callback", due=120), ["promise.broken", "promise.broken"]),
        (promised(due=120, actor="desk"), ["promise.broken", "promise.broken"]),
        (promised(due=120, automated=True), ["promise.broken", "promise.broken"]),
    ),
    ids=["explicit", "of another kind", "the desk's own", "automatic"],
)
def test_only_a_later_explicit_promise_of_the_same_kind_supersedes(later, outcomes):
    desk = Desk(SlaPolicy({})).happens("case.opened", 0).happens("promise.made", 1, **promised())
    desk.happens("promise.made", 30, **later).tick(at(500))
    assert [kind for kind, _ in desk.said()] == outcomes


def test_promises_are_clocks_where_the_policy_wants_them():
    policy = SlaPolicy({"promise": []})
    log = Log("1").opened(at=NINE).add("promise.made", at=at(10), **promised())
    running = policy.evaluate(log, facts={}, now=at(20)).promise
    assert (running.state, running.due, running.remaining) == ("running", at(60), 40 * MINUTE)
    assert running.explain().counted == running.elapsed == 10 * MINUTE
    late = policy.evaluate(log, facts={}, now=at(70)).promise
    assert (late.state, late.verdict, late.overdue) == ("running", "breached", 10 * MINUTE)
    answered = log.agent_reply(at=at(80))
    report = policy.evaluate(answered, facts={}, now=at(90))
    assert (report.promise.state, report.promise.verdict, report.promise.stopped) == (
        "stopped",
        "breached",
        at(80),
    )
    assert [promise.state for promise in report.promises] == ["broken"]
    renewed = log.add("promise.made", at=at(30), **promised(due=90))
    clocks = policy.evaluate(renewed, facts={}, now=at(40)).clocks
    assert [(clock.state, clock.due) for clock in clocks] == [("cancelled", None), ("running", at(90))]


def test_a_promise_without_a_time_is_kept_by_an_answer_and_never_broken():
    desk = Desk(SlaPolicy({"promise": []})).happens("case.opened", 0).happens("promise.made", 1, id="p")
    clock = desk.policy.report(desk.tick(at(9999)).state, now=at(9999)).promise
    assert (clock.due, clock.target, clock.remaining) == (None, None, None)
    desk.tick(at(9999)).happens("contact.replied", 9999)
    assert desk.said() == [("promise.kept", 9999)]


def test_what_the_log_says_about_a_promise_is_believed():
    desk = Desk(SlaPolicy({})).happens("case.opened", 0).happens("promise.made", 1, **promised())
    desk.happens("promise.superseded", 5, id="reply-60").tick(at(500))
    assert desk.said() == [("promise.superseded", 5)]


# -- what ships -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "due"),
    (
        ({"case": {"kind": "complaint"}, "contact": {"channel": "email"}}, 60),
        ({"case": {"kind": "complaint"}, "contact": {"channel": "social"}}, 60),
        ({"case": {"kind": "question"}, "contact": {"channel": "social"}}, 120),
        ({"case": {"kind": "question"}, "contact": {"channel": "email"}}, None),
        ({}, None),
    ),
)
def test_complaints_are_answered_within_an_hour_and_social_media_within_two(facts, due):
    saturday_night = datetime(2026, 6, 6, 23, tzinfo=UTC)
    clock = (
        default_sla()
        .evaluate(Log("1").opened(at=saturday_night), facts=facts, now=saturday_night)
        .first_response
    )
    assert clock.due == (None if due is None else saturday_night + due * MINUTE)


def test_the_shipped_targets_can_be_changed():
    policy = SlaPolicy({"first_response": [Target("30 minutes", "always", when='case.kind == "complaint"')]})
    log = Log("1").opened(at=NINE).add("recovery.complaint_raised", at=NINE)
    assert policy.evaluate(log, facts={}, now=NINE).first_response.due == at(30)
