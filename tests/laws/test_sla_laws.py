"""What holds for every case and every policy."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS, BusinessCalendar
from supportkit.cases import MICROSECOND, Event, Log
from supportkit.errors import NoOpenTime
from supportkit.sla import Metric, SlaPolicy, SlaState, Target

MONDAY = datetime(2026, 10, 19, tzinfo=UTC)  # clocks in London change on the Sunday
OFFICE = BusinessCalendar(
    "Europe/London",
    weekly={"mon-fri": [("09:00", "12:30"), ("13:00", "17:00")], "fri": [("22:00", "06:00")]},
    holidays={"2026-10-22": "Foundation Day"},
)
CALENDARS = {"office": OFFICE}
STATUSES = ("open", "waiting_customer", "waiting_third_party", "resolved", "closed")
METRICS = (
    "first_response", "next_response", "customer_waiting", "periodic_update", "pausable_update", "requester_wait",
    "agent_work", "resolution", "first_resolution", "ownership", "callback", "acknowledgement",
)  # fmt: skip

whens = st.sampled_from([
    None,
    None,
    'case.priority == "high"',
    'case.kind == "complaint"',
    'case.status == "open"',
    'customer.plan == "gold"',
    'case.team == "b"',
])
times = st.builds(
    Target,
    st.sampled_from(["30 minutes", "90 minutes", "8 hours", "0.000003 seconds", "7 hours"]),
    st.sampled_from(["office", "always"]),
    when=whens,
    warn=st.sets(st.sampled_from(["50%", "90%", "33.3%"]), max_size=2),
)
days = st.builds(
    Target,
    st.sampled_from(["1 business day", "2 business days"]),
    st.sampled_from(["office", "always"]),
    when=whens,
    end_of_day=st.booleans(),
    begin=st.sampled_from(["event", "next_open"]),
)
metrics = st.builds(
    Metric,
    st.lists(times | days, min_size=1, max_size=3),
    pause=st.none() | st.sets(st.sampled_from(STATUSES[:3]), max_size=2),
    hide=st.sets(st.sampled_from(STATUSES[:3]), max_size=1),
    reopen=st.sampled_from(["leave_out", "leave_out", "count", "restart"]),
)


def _policy(chosen):
    return SlaPolicy(chosen, CALENDARS)


policies = st.dictionaries(st.sampled_from(METRICS), metrics, min_size=1, max_size=4).map(_policy)
kinds = st.one_of(
    st.sampled_from([
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
    ]),
    st.builds(lambda to: ("case.status_changed", {"to": to}), st.sampled_from(STATUSES)),
    st.builds(lambda to: ("priority.decided", {"priority": to}), st.sampled_from(["high", "low"])),
    st.builds(lambda team: ("case.assigned", {"team": team}), st.sampled_from(["a", "b"])),
)
gaps = st.one_of(
    st.just(timedelta(0)),
    st.sampled_from([timedelta(microseconds=1), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=8)]),
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


FACTS = {"customer": {"plan": "gold"}}


@given(policies, openings, histories, gaps)
def test_event_by_event_and_all_at_once_agree_even_through_a_store(policy, opening, history, wait):
    log = logged(opening, history)
    state = policy.start(FACTS)
    for event in log:
        state = stored(policy.apply(state, event))
        whole = policy.evaluate(log, facts=FACTS, now=event.at)
        assume(all(one.at != event.at for one in log.events[state.reopens * 0 + list(log).index(event) + 1 :]))
        assert newest(policy.report(state, now=event.at), policy) == newest(whole, policy)
    now = event.at + wait
    assert policy.report(state, now=now).next_change_at == policy.evaluate(log, facts=FACTS, now=now).next_change_at
