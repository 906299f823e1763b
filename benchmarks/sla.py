"""Service levels: a case of fifty events under three metrics, event by event and as a whole."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from rounds import Contender, Table, compared, must_agree, ready

from supportkit import BusinessCalendar, Log
from supportkit.sla import Metric, SlaPolicy, Target

EVENTS = 50
FACTS = {"case": {"kind": "question", "priority": "high"}, "customer": {"plan": "gold"}}
_MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


def measure(*, quick: bool) -> list[Table]:
    policy, logs = _policy(), [_log(seed) for seed in range(20 if quick else 100)]
    now = _MONDAY + timedelta(days=60)
    half = [list(log)[: EVENTS // 2] for log in logs]
    must_agree(
        {
            "event by event": [_clocks(policy.report(_folded(policy, log), now=now)) for log in logs],
            "whole": [_clocks(policy.evaluate(log, facts=FACTS, now=now)) for log in logs],
        }
    )
    events = Contender(
        "apply an event", len(logs) * EVENTS, ready(lambda: [_folded(policy, log) for log in logs]),
        budget="at least 10,000",
    )  # fmt: skip
    watched = Contender(
        "apply an event, then report", len(logs) * EVENTS // 2,
        ready(lambda: [_watched(policy, events) for events in half]),
    )  # fmt: skip
    cases = Contender(
        "evaluate a whole case", len(logs),
        ready(lambda: [policy.evaluate(log, facts=FACTS, now=now) for log in logs]), budget="at least 1,500",
    )  # fmt: skip
    note = (
        f"{len(logs)} cases of {EVENTS} events: messages, replies, notes, pauses, reassignments, priorities, "
        "a reopening. First response, next response, resolution; four targets each, chosen by condition."
    )
    sizes = {"rounds": 3 if quick else 7, "note": note}
    return [
        compared("Service levels: event by event", [events, watched], unit="events", **sizes),
        compared("Service levels: a whole case", [cases], unit="cases", **sizes),
    ]


def _policy():
    office = BusinessCalendar(
        "Europe/London", weekly={"mon-fri": "08:00-18:00", "sat": "10:00-16:00"}, holidays=[date(2026, 4, 3)]
    )

    def targets(*hours):
        conditions = (
            'case.priority == "urgent"',
            'case.kind == "complaint"',
            'customer.plan == "gold"',
            None,
        )
        return [
            Target(timedelta(hours=hour), "office", when=when, warn=("50%", "90%"))
            for hour, when in zip(hours, conditions, strict=True)
        ]

    metrics = {
        "first_response": targets(1, 2, 4, 8),
        "next_response": targets(1, 2, 4, 8),
        "resolution": Metric(targets(8, 16, 40, 80), pause=("waiting_customer", "waiting_third_party")),
    }
    return SlaPolicy(metrics, {"office": office})


def _log(seed):
    """Draw a case: an opening, then what usually happens, some hours apart."""
    draw = random.Random(seed)
    at, status = _MONDAY + timedelta(minutes=draw.randrange(600)), "open"
    log = Log(str(seed)).opened(at=at)
    while len(log) < EVENTS:
        at += timedelta(minutes=draw.randrange(1, 900))
        what = draw.choices(
            ("customer", "reply", "note", "status", "assign", "priority", "bot"), (6, 6, 3, 3, 1, 1, 1)
        )[0]
        if len(log) == EVENTS - 4:
            log, status = log.resolved(at=at), "resolved"
        elif status == "resolved":
            log, status = log.reopened(at=at), "open"
        elif what == "customer":
            log = log.customer_message(at=at)
        elif what == "reply":
            log = log.agent_reply(at=at, by="ann")
        elif what == "bot":
            log = log.agent_reply(at=at, automated=True)
        elif what == "note":
            log = log.note(at=at)
        elif what == "assign":
            log = log.assigned(at=at, agent=draw.choice(("ann", "ben")), team="network")
        elif what == "priority":
            log = log.priority(draw.choice(("normal", "high", "urgent")), at=at)
        else:
            status = "waiting_customer" if status == "open" else "open"
            log = log.status(status, at=at)
    return log


def _folded(policy, log):
    state = policy.start(FACTS)
    for event in log:
        state = policy.apply(state, event)
    return state


def _watched(policy, events):
    """What a desk does: after each event it asks what stands now and when to look again."""
    state = policy.start(FACTS)
    for event in events:
        state = policy.apply(state, event)
        policy.report(state, now=event.at)


def _clocks(report):
    """What a saved state still knows, too: the newest cycle of each metric."""
    newest = {clock.metric: clock for clock in report.clocks}
    return [
        (clock.metric, clock.cycle, clock.state, clock.verdict, clock.elapsed) for clock in newest.values()
    ]
