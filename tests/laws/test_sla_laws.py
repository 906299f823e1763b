"""What holds for every case and every policy."""

import itertools
import json
from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS, BusinessCalendar
from supportkit.cases import MICROSECOND, Event, Log
from supportkit.sla import Metric, SlaPolicy, SlaState, Target

MONDAY = datetime(2026, 10, 19, tzinfo=UTC)  # clocks in London change on the Sunday
OFFICE = BusinessCalendar(
    "Europe/London",
    weekly={"mon-thu": [("09:00", "12:30"), ("13:00", "17:00")], "fri": ["09:00-17:00", ("22:00", "06:00")]},
    holidays={"2026-10-22": "Foundation Day"},
)
CALENDARS = {"office": OFFICE}
STATUSES = ("open", "waiting_customer", "waiting_third_party", "resolved", "closed")
METRICS = (
    "first_response", "next_response", "customer_waiting", "periodic_update", "pausable_update", "requester_wait",
    "agent_work", "resolution", "first_resolution", "ownership", "callback", "acknowledgement",
)  # fmt: skip

whens = st.sampled_from(
    [
        None,
        None,
        'case.priority == "high"',
        'case.kind == "complaint"',
        'case.status == "open"',
        'customer.plan == "gold"',
        'case.team == "b"',
    ]
)
times = st.builds(
    Target,
    st.sampled_from(["30 minutes", "90 minutes", "8 hours", "0.000003 seconds", "7 hours"]),
    st.sampled_from(["office", "always"]),
    when=whens,
    warn=st.sets(st.sampled_from(["50%", "90%", "33.3%", "10 minutes before", "1 hour after"]), max_size=2),
)
dated = st.builds(
    Target,
    st.sampled_from(["x.shop.by", "x.shop.grace"]),
    st.sampled_from(["office", "always"]),
    when=whens,
    warn=st.sets(st.sampled_from(["50%", "2 hours before"]), max_size=1),
)
days = st.builds(
    Target,
    st.sampled_from(["1 business day", "2 business days"]),
    st.sampled_from(["office", "always"]),
    when=whens,
    end_of_day=st.booleans(),
    begin=st.sampled_from(["event", "next_open"]),
)
carries = st.dictionaries(
    st.sampled_from(["priority", "policy", "reassignment", "merge", "merge"]),
    st.sampled_from(["keep", "restart", "retroactive_with_pauses", "retroactive_without_pauses"]),
    max_size=2,
)
lives = {
    "pause": st.none() | st.sets(st.sampled_from(STATUSES[:3]), max_size=2),
    "hide": st.sets(st.sampled_from(STATUSES[:3]), max_size=1),
    "reopen": st.sampled_from(["leave_out", "leave_out", "count", "restart"]),
    "carry": carries,
}
metrics = st.builds(
    Metric,
    st.lists(times | days | dated, min_size=1, max_size=3),
    **lives,
)
signals = st.sampled_from(["opened", "message", "reply", "team", "contact.noted", "ack.sent"])
own = st.builds(
    Metric,
    st.lists(times | days, min_size=1, max_size=2),
    starts=st.sets(signals, min_size=1, max_size=2),
    stops=st.sets(signals, max_size=2),
    cancels=st.just(()) | st.just(("not_acknowledged",)),
    solve=st.sampled_from(["stop", "cancel"]),
    cycle=st.sampled_from(["resume", "again", "once"]),
    answers=st.sampled_from(["person", "anybody"]),
    **lives,
)


def _policy(chosen, calendars=CALENDARS):
    return SlaPolicy(chosen, calendars)


def _over_time(versions):
    before, after, wait = versions
    later = {
        "office": BusinessCalendar.from_dict({**OFFICE.to_dict(), "holidays": ["2026-10-21", "2026-10-27"]})
    }
    return SlaPolicy.over_time([(MONDAY, _policy(before)), (MONDAY + wait, _policy(after, later))])


built_in = st.dictionaries(st.sampled_from(METRICS), metrics, min_size=1, max_size=4)
policies = built_in.map(_policy)
owned = st.dictionaries(st.sampled_from(["one", "two"]), own, min_size=1).map(_policy)
changing = st.tuples(built_in, built_in, st.timedeltas(timedelta(hours=1), timedelta(days=9))).map(_over_time)
attached = metrics.map(lambda metric: _policy({"resolution": evolve(metric, start="attached")}))
every = policies | attached | owned | changing
known_since = st.none() | st.timedeltas(-timedelta(days=3), timedelta(days=9)).map(
    lambda delta: MONDAY + delta
)
merges = st.fixed_dictionaries({"of": st.just("2"), "opened_at": known_since, "waiting_since": known_since})
kinds = st.one_of(
    merges.map(lambda said: ("case.merged", said)),
    st.sampled_from(
        [
            ("contact.received", {"actor": "customer"}),
            ("contact.received", {"actor": "customer", "form": "callback_request"}),
            ("contact.replied", {"actor": "agent:ann", "audience": "customer"}),
            ("contact.replied", {"actor": "desk", "audience": "customer", "automated": True}),
            ("contact.noted", {}),
            ("case.reopened", {}),
            ("case.merged", {"into": "other"}),
            ("case.classified", {"kind": "complaint"}),
            ("ack.sent", {}),
            ("ack.suppressed", {}),
        ]
    ),
    st.builds(lambda to: ("case.status_changed", {"to": to}), st.sampled_from(STATUSES)),
    st.builds(lambda to: ("priority.decided", {"priority": to}), st.sampled_from(["high", "low"])),
    st.builds(lambda team: ("case.assigned", {"team": team}), st.sampled_from(["a", "b"])),
)
gaps = st.one_of(
    st.just(timedelta(0)),
    st.sampled_from(
        [timedelta(microseconds=1), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=8)]
    ),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
histories = st.lists(st.tuples(gaps, kinds), max_size=10)
starts = st.timedeltas(timedelta(0), timedelta(days=8)).map(lambda delta: MONDAY + delta)
openings = st.tuples(starts, st.sampled_from(["customer", "agent"]))


def logged(opening, history):
    start, by = opening
    log, moment = Log("case").opened(at=start, by=by), start
    for gap, (kind, said) in history:
        moment += gap
        log = log.add(kind, at=moment, **said)
    return log


def newest(report, policy):
    return {name: report[name] for name in policy.metrics}


def told(clock):
    return (clock.state, clock.verdict, clock.due, clock.warned, clock.started, clock.stopped, clock.target)


def stored(state):
    """The state after a night in a database."""
    return SlaState.from_plain(json.loads(json.dumps(state.to_plain())))


FACTS = {
    "customer": {"plan": "gold"},
    "x": {"shop": {"by": MONDAY + timedelta(days=3, hours=11), "grace": "5 hours"}},
}


@given(every, openings, histories, gaps)
def test_event_by_event_and_all_at_once_agree_even_through_a_store(policy, opening, history, wait):
    events = logged(opening, history).events
    state = policy.start(FACTS)
    for count, event in enumerate(events, 1):
        state = stored(policy.apply(state, event))
        whole = policy.evaluate(events[:count], facts=FACTS, now=event.at + wait)
        part = policy.report(state, now=event.at + wait)
        assert newest(part, policy) == newest(whole, policy)
        assert part.next_change_at == whole.next_change_at


@given(every, openings, histories, gaps)
def test_what_has_elapsed_is_explained_to_the_last_microsecond(policy, opening, history, wait):
    log = logged(opening, history)
    now = log.events[-1].at + wait
    for clock in policy.evaluate(log, facts=FACTS, now=now).clocks:
        ledger = clock.explain()
        assert ledger.counted == clock.elapsed
        ends = [clock.started, *(line.end for line in ledger)]
        assert [line.start for line in ledger] == ends[:-1]
        assert ends[-1] == (clock.stopped or now)


@given(every, openings, histories, gaps)
def test_late_is_more_than_the_target_and_never_less(policy, opening, history, wait):
    log = logged(opening, history)
    for clock in policy.evaluate(log, facts=FACTS, now=log.events[-1].at + wait).clocks:
        late = clock.elapsed > clock.target
        assert (clock.verdict == "breached") == (late and clock.state != "cancelled")
        assert (clock.verdict == "met") == (not late and clock.state == "stopped")
        assert clock.remaining == clock.target - clock.elapsed
        assert clock.overdue == max(clock.elapsed - clock.target, timedelta(0))
        if clock.state in {"paused", "cancelled"}:
            assert clock.due is None


@given(st.lists(times, min_size=1, max_size=2), openings, histories, gaps)
def test_what_ran_and_what_was_left_out_are_all_the_open_time_there_was(targets, opening, history, wait):
    log = logged(opening, history)
    now = log.events[-1].at + wait
    same = [Target(target.within, "office", when=target.when) for target in targets]
    policy = SlaPolicy(
        {"resolution": Metric(same, pause=["waiting_customer"]), "next_response": same}, CALENDARS
    )
    for clock in policy.evaluate(log, facts=FACTS, now=now).clocks:
        assert clock.elapsed + clock.paused == OFFICE.between(clock.started, clock.stopped or now)


@given(policies | attached | owned, openings, histories, gaps)
def test_a_running_clock_is_late_just_after_its_due_time_and_not_before(policy, opening, history, wait):
    log = logged(opening, history)
    now = log.events[-1].at + wait
    for clock in policy.evaluate(log, facts=FACTS, now=now).clocks:
        if clock.state != "running" or clock.due is None or clock.due < now:
            continue
        at_due = policy.evaluate(log, facts=FACTS, now=clock.due)[clock.metric]
        assert (at_due.verdict, at_due.due) == ("pending", clock.due)
        calendar = CALENDARS.get(clock.calendar, ALWAYS)
        after = policy.evaluate(log, facts=FACTS, now=calendar.next_open(clock.due) + MICROSECOND)
        assert (after[clock.metric].verdict, after[clock.metric].due) == ("breached", clock.due)


@given(every, openings, histories, gaps, st.floats(0, 1))
def test_nothing_changes_before_the_announced_instant(policy, opening, history, wait, part):
    events = logged(opening, history).events
    now = events[-1].at + wait
    report = policy.evaluate(events, facts=FACTS, now=now)
    until = report.next_change_at or now + timedelta(days=60)
    assert until > now
    between = min(now + (until - now) * part, until - MICROSECOND)
    later = policy.evaluate(events, facts=FACTS, now=between)
    assert [told(clock) for clock in later.clocks] == [told(clock) for clock in report.clocks]
    assert later.next_change_at == report.next_change_at


@given(policies | attached | owned, openings, histories, gaps)
def test_the_latest_answer_that_is_in_time_is_the_last_one(policy, opening, history, wait):
    log = logged(opening, history)
    for clock in policy.evaluate(log, facts=FACTS, now=log.events[-1].at + wait).clocks:
        at = clock.latest_stop if "reply" in policy.named[clock.metric].kind.stops else None
        for late in () if at is None else (timedelta(0), MICROSECOND):
            answered = policy.evaluate(log.agent_reply(at=at + late), facts=FACTS, now=at + late)
            found = next(c for c in answered.clocks if (c.metric, c.cycle) == (clock.metric, clock.cycle))
            assert (found.state, found.verdict) == ("stopped", "breached" if late else "met")


@given(policies | attached | owned, openings, histories, gaps, gaps)
def test_what_is_left_later_is_what_is_left_then(policy, opening, history, wait, more):
    log = logged(opening, history)
    now = log.events[-1].at + wait
    later = policy.evaluate(log, facts=FACTS, now=now + more).clocks
    for clock, then in zip(policy.evaluate(log, facts=FACTS, now=now).clocks, later, strict=True):
        owed = None if clock.state == "cancelled" else then.remaining
        assert clock.remaining_at(now + more) == owed


@given(built_in.map(_policy), starts)
def test_what_would_have_been_due_is_what_is_due_of_a_case_that_starts_then(policy, start):
    report = policy.evaluate(Log("1").opened(at=start), facts=FACTS, now=start)
    for clock in report.clocks:
        status = {"case": {"status": "new"}}
        due = policy.due_if_started(clock.metric, start, facts={**FACTS, **status})
        assert clock.due in {due, None}  # None where the clock stands, or hides it


@given(every, openings, histories, gaps)
def test_the_schedule_is_in_order_ahead_and_says_nothing_twice(policy, opening, history, wait):
    log = logged(opening, history)
    now = log.events[-1].at + wait
    schedule = policy.evaluate(log, facts=FACTS, now=now).schedule
    assert [change.at for change in schedule] == sorted(change.at for change in schedule)
    assert len({change.key for change in schedule}) == len(schedule)
    assert all(change.at > now for change in schedule)


@given(every, openings, histories, gaps)
def test_every_cycle_keeps_the_versions_that_judged_it(policy, opening, history, wait):
    events = logged(opening, history).events
    known = {version.version[:16] for _, version in policy.versions}
    seen = {}
    for count in range(1, len(events) + 1):
        for clock in policy.evaluate(events[:count], facts=FACTS, now=events[count - 1].at).clocks:
            assert clock.policy_version in known
            assert clock.calendar_version in {c.version[:16] for c in policy.book.values()}
            if (clock.metric, clock.cycle) in seen:
                assert seen[clock.metric, clock.cycle] == clock.policy_version
            elif clock.state == "stopped" and not policy.named[clock.metric].kind.resumes:
                seen[clock.metric, clock.cycle] = clock.policy_version


# -- a desk that ticks ----------------------------------------------------------------------------------


def run(policy, events, ticks, *, settle):
    """Play events and ticks as a desk does, recording what the engine says; returns the log and the state."""
    moments = sorted(
        [(event.at, 0, event) for event in events] + [(at, 1, None) for at in ticks], key=lambda m: m[:2]
    )
    state, recorded = policy.start(FACTS), []

    def advance(state, now):
        for event in policy.events(state, now=now):
            assert recorded[-1].at <= event.at <= now
            recorded.append(event)
            state = stored(policy.apply(state, event))
        assert policy.events(state, now=now) == ()  # said once, never again
        return state

    for at, _, event in moments:
        state = advance(state, at - MICROSECOND) if settle else state
        if event is None:
            state = advance(state, at)
        else:
            recorded.append(event)
            state = policy.apply(state, event)
            state = advance(state, at) if settle else state
    return recorded, advance(state, moments[-1][0])


def verdicts(recorded):
    """The verdict that the log tells of each cycle and each promise; what is moved or removed is met no more."""
    said = {}
    for event in recorded:
        what, _, verdict = event.kind.partition(".")
        key = (
            (event.payload.metric, event.payload.cycle)
            if what == "target"
            else getattr(event.payload, "id", None)
        )
        if what == "target" and verdict in {"met", "breached"}:
            said[key] = verdict
        elif verdict == "revised":
            said[key] = event.payload.verdict
        elif verdict in {"moved", "removed"} and said.get(key) == "met":
            del said[key]
        elif what == "promise" and verdict != "made":
            assert key not in said
            said[key] = event.kind
    return {key: verdict for key, verdict in said.items() if verdict != "pending"}


@given(every, openings, histories, st.lists(starts, max_size=6), gaps)
def test_verdicts_do_not_depend_on_when_they_are_asked(policy, opening, history, ticks, wait):
    events = logged(opening, history).events
    last = events[-1].at + wait
    ticks = [at for at in ticks if events[0].at <= at < last]
    settled, state = run(policy, events, [*ticks, last], settle=True)
    seldom, lazy = run(policy, events, [*ticks, last], settle=False)
    at_end, latest = run(policy, events, [last], settle=False)
    reports = [newest(policy.report(each, now=last), policy) for each in (state, lazy, latest)]
    assert reports[0] == reports[1] == reports[2]
    clocks = policy.evaluate(events, facts=FACTS, now=last).clocks
    final = {(c.metric, c.cycle): c.verdict for c in clocks if c.verdict != "pending"}
    assert verdicts(settled) == verdicts(seldom) == verdicts(at_end) == final


@given(every, openings, histories, gaps)
def test_recording_what_the_engine_says_changes_nothing_it_says(policy, opening, history, wait):
    events = logged(opening, history).events
    last = events[-1].at + wait
    recorded, _ = run(policy, events, [last], settle=True)
    plain = policy.evaluate(events, facts=FACTS, now=last)
    again = policy.evaluate([Event.from_json(event.to_json()) for event in recorded], facts=FACTS, now=last)
    assert again.clocks == plain.clocks


@given(every, openings, histories, gaps)
def test_the_log_keeps_the_facts_that_chose_a_target(policy, opening, history, wait):
    events = logged(opening, history).events
    last = events[-1].at + wait
    recorded, _ = run(policy, events, [last], settle=True)
    known = policy.evaluate(recorded, facts=FACTS, now=last)
    forgotten = policy.evaluate(recorded, facts={"customer": {"plan": "basic"}, "x": FACTS["x"]}, now=last)
    said = {(e.payload.metric, e.payload.cycle) for e in recorded if e.kind == "target.set"}
    kept = {(c.metric, c.cycle): c.target for c in forgotten.clocks}
    assert all(kept[c.metric, c.cycle] == c.target for c in known.clocks if (c.metric, c.cycle) in said)


@given(every, openings, histories, gaps)
def test_a_settled_desk_dates_breaches_at_due_and_warnings_at_their_instant(policy, opening, history, wait):
    events = logged(opening, history).events
    recorded, _ = run(policy, events, [events[-1].at + wait], settle=True)
    for before, event in itertools.pairwise(recorded):
        if event.kind == "target.breached":
            assert event.at == max(before.at, event.payload.due)


# -- answers and promises ---------------------------------------------------------------------------------


@given(
    policies, openings, histories, gaps, st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=3)
)
def test_robots_notes_and_repeated_messages_move_no_clock(policy, opening, history, wait, places):
    plain = logged(opening, history).events
    noisy = []
    for index, event in enumerate(plain):
        noisy.append(event)
        for place, robot in places:
            if place == index and robot:
                noisy += [
                    Event.of("contact.replied", at=event.at, automated=True),
                    Event.of("contact.noted", at=event.at),
                ]
            elif place == index and event.is_customer_message:
                noisy.append(event)
    now = plain[-1].at + wait
    clocks = policy.evaluate(noisy, facts=FACTS, now=now).clocks
    assert clocks == policy.evaluate(plain, facts=FACTS, now=now).clocks


@given(openings, histories, gaps, st.sampled_from(["office", "always"]))
def test_start_and_elapsed_are_kept_when_priority_policy_and_calendar_change(
    opening, history, wait, calendar
):
    urgent = Target("30 minutes", calendar, when='case.priority == "urgent"')
    policy = SlaPolicy(
        {"resolution": [urgent, Target("8 hours", "office")], "requester_wait": [urgent]}, CALENDARS
    )
    before = logged(opening, history).events
    now = before[-1].at + wait
    raised = Event.of("priority.decided", at=now, priority="urgent")
    one = policy.evaluate(before, facts=FACTS, now=now).resolution
    other = policy.evaluate((*before, raised), facts=FACTS, now=now).resolution
    assert (one.started, one.elapsed, one.paused) == (other.started, other.elapsed, other.paused)
    if one.stopped is not None:
        assert one == other


promises = st.lists(
    st.tuples(gaps, st.sampled_from(["promise", "answer", "robot", "solve"]), gaps), min_size=1, max_size=8
)


@given(starts, promises, gaps)
def test_a_promise_is_kept_by_a_person_in_time_and_by_nothing_else(start, steps, wait):
    policy = SlaPolicy({"promise": []})
    log, made, answers, moment = Log("case").opened(at=start), {}, [], start
    for number, (gap, what, ahead) in enumerate(steps):
        moment += gap
        if what == "promise":
            log = log.add(
                "promise.made", at=moment, id=f"p{number}", due=moment + ahead, actor="desk", automated=True
            )
            made[f"p{number}"] = (number, moment + ahead)
        elif what == "solve":
            log = log.resolved(at=moment)
        else:
            log = log.agent_reply(at=moment, automated=what == "robot")
            answers += [(number, moment)] if what == "answer" else []
    now = moment + wait
    recorded, state = run(policy, log.events, [now], settle=True)
    said = verdicts(recorded)
    for name, (number, due) in made.items():
        answer = next((at for index, at in answers if index > number), None)
        expected = "promise.kept" if answer is not None and answer <= due else None
        expected = expected or ("promise.broken" if now > due else None)
        assert said.get(name) == expected
    broken = [event for event in recorded if event.kind == "promise.broken"]
    assert all(event.at >= event.payload.due for event in broken)
    report = policy.report(state, now=now)
    waiting = [one.due + MICROSECOND for one in report.promises if one.state == "open"]
    assert report.next_change_at == min(waiting, default=None)
