"""A log is built by calls that each return a new one."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Event, Log, fold
from supportkit.errors import InvalidValue, NaiveDatetime

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_log_never_changes_when_others_grow_from_it():
    stem = Log("17").opened(at=NINE)
    one, other = stem.resolved(at=NINE), stem.closed(at=NINE + HOUR)
    further = one.reopened(at=NINE + HOUR)
    kinds = [log.kinds for log in (stem, one, other, further)]
    assert kinds == [
        ("case.opened",),
        ("case.opened", "case.resolved"),
        ("case.opened", "case.closed"),
        ("case.opened", "case.resolved", "case.reopened"),
    ]
    assert [len(log) for log in (Log("17"), stem, one, further)] == [0, 1, 2, 3]


def test_events_are_placed_in_the_case_s_stream_from_one_on():
    log = Log("17").opened(at=NINE).note(at=NINE)
    assert [event.id for event in log] == ["case:17#1", "case:17#2"]


def test_equal_instants_keep_the_order_of_the_calls():
    log = Log("17").opened(at=NINE).assigned(at=NINE, agent="ann").assigned(at=NINE, agent="bob")
    assert fold(log).owner == "bob"


def test_an_event_before_the_last_one_is_refused_with_the_way_out():
    log = Log("17").opened(at=NINE)
    with pytest.raises(InvalidValue) as refused:
        log.customer_message(at=NINE - HOUR)
    assert str(refused.value) == (
        "event 'contact.received' at 2026-07-01T08:00:00Z lies before the last one of case '17' "
        "(2026-07-01T09:00:00Z); add events in order of time, and what is learnt late as a new event"
    )
    assert len(log) == 1


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(NaiveDatetime, match="at="):
        Log("17").opened(at=NINE.replace(tzinfo=None))


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(InvalidValue, match="status='onhold' is none of new, open"):
        Log("17").status("onhold", at=NINE)


@pytest.mark.parametrize(
    ("build", "kind", "said"),
    (
        (lambda log: log.opened(at=NINE), "case.opened", {"actor": "customer", "payload.by": "customer"}),
        (lambda log: log.opened(at=NINE, by="agent", customer="jo"), "case.opened", {"actor": "agent", "payload.by": "agent", "payload.customer": "jo"}),
        (lambda log: log.customer_message(at=NINE, visibility="public"), "contact.received", {"actor": "customer", "visibility": "public", "is_customer_message": True}),
        (lambda log: log.agent_reply(at=NINE), "contact.replied", {"actor": "agent", "audience": "customer", "is_human_reply": True}),
        (lambda log: log.agent_reply(at=NINE, by="ann", automated=True), "contact.replied", {"actor": "agent:ann", "is_human_reply": False}),
        (lambda log: log.note(at=NINE), "contact.noted", {"audience": "internal", "is_human_reply": False}),
        (lambda log: log.status("waiting_customer", at=NINE), "case.status_changed", {"payload.to": "waiting_customer"}),
        (lambda log: log.priority("high", at=NINE, reason="vip"), "priority.decided", {"payload.priority": "high", "reason": "vip"}),
        (lambda log: log.assigned(at=NINE, agent="ann", team="t"), "case.assigned", {"payload.agent": "ann", "payload.team": "t"}),
        (lambda log: log.resolved(at=NINE, outcome="solved"), "case.resolved", {"payload.outcome": "solved"}),
        (lambda log: log.closed(at=NINE, code="c"), "case.closed", {"payload.code": "c"}),
        (lambda log: log.reopened(at=NINE, cause="contact"), "case.reopened", {"payload.cause": "contact"}),
        (lambda log: log.add("x.acme.scored", at=NINE, points=3), "x.acme.scored", {"payload.extra": {"points": 3}}),
    ),
)  # fmt: skip
def test_each_call_adds_one_event_of_its_kind(build, kind, said):
    (event,) = build(Log("17"))

    def read(path):
        value = event
        for step in path.split("."):
            value = getattr(value, step)
        return value

    assert (event.kind, event.at) == (kind, NINE)
    assert {path: read(path) for path in said} == said


def test_events_from_elsewhere_get_their_place_here():
    events = [Event.of("case.opened", at=NINE, stream="case:9", seq=5), Event.of("case.fault", at=NINE)]
    assert Log("17").extended(events) == Log("17").add("case.opened", at=NINE).add("case.fault", at=NINE)


def test_a_log_of_stored_events_goes_on_where_they_end():
    log = Log("17").opened(at=NINE).note(at=NINE)
    assert Log("17", log.events).resolved(at=NINE) == log.resolved(at=NINE)


def test_logs_are_equal_when_case_and_events_are():
    one = Log("17").opened(at=NINE)
    assert one == Log("17").opened(at=NINE)
    assert hash(one) == hash(Log("17").opened(at=NINE))
    assert one != Log("18").opened(at=NINE)
    assert one != Log("17").opened(at=NINE + HOUR)
    assert one != "log"
    assert repr(one) == "<Log of case 17: 1 events>"
