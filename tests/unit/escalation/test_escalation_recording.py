"""A step as events, and the state as canonical JSON."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.canonical import dumps, loads
from supportkit.cases import Event
from supportkit.escalation import EscalationPolicy, EscalationState, PlanState, events_of

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


class Recorder:
    """Steps a policy and records each step."""

    def __init__(self, document):
        self.policy, self.state = EscalationPolicy.from_dict(document), None

    def take(self, minute, kind=None, /, **said):
        now = NINE + timedelta(minutes=minute)
        event = None if kind is None else Event.of(kind, at=now, **said)
        step = self.policy.step(self.state, event, now=now)
        events = events_of(self.state, step, now=now)
        self.state = step.state
        return [event.kind.removeprefix("escalation.") for event in events], events


LADDER = {
    "ladder": {"levels": [{"to": "ann", "wait": "9 minutes", "then": {"case.priority": "1"}}, {"to": "bob"}]}
}


def test_a_firing_is_recorded_with_all_it_says():
    kinds, (event,) = Recorder(LADDER).take(0, "case.opened")
    assert kinds == ["fired"]
    assert event.payload.fields() == {
        "plan": "ladder",
        "level": 1,
        "targets": ("ann",),
        "due_at": NINE,
        "fired_at": NINE,
        "changes": {"case.priority": "1"},
    }
    assert (event.at, event.caused_by, event.actor) == (NINE, "escalation.fired", "desk")


def test_waiting_for_the_first_level_is_recorded_once():
    recorder = Recorder({"ladder": {"levels": [{"to": "ann", "after": "9 minutes"}]}})
    kinds, (event,) = recorder.take(0, "case.opened")
    assert kinds == ["armed"]
    assert (event.payload.level, event.payload.due_at) == (1, NINE + timedelta(minutes=9))
    assert recorder.take(5)[0] == []


def test_exhaustion_is_recorded_once():
    recorder = Recorder({"ladder": {"levels": [{"to": "ann", "wait": "9 minutes"}]}})
    recorder.take(0, "case.opened")
    assert recorder.take(9)[0] == ["exhausted"]
    assert recorder.take(10)[0] == []


@pytest.mark.parametrize(
    "kind", ("escalation.acked", "escalation.snoozed", "case.closed", "escalation.attached")
)
def test_what_only_repeats_the_event_is_not_recorded(kind):
    recorder = Recorder(LADDER)
    recorder.take(0, "case.opened")
    assert recorder.take(1, kind, **({"to": "9"} if kind.endswith("attached") else {}))[0] == []


def test_waking_by_the_clock_is_recorded_and_by_an_event_it_is_not():
    recorder = Recorder(LADDER)
    recorder.take(0, "case.opened")
    recorder.take(1, "escalation.snoozed", until=NINE + timedelta(minutes=5))
    assert recorder.take(5)[0] == ["woke", "fired"]
    recorder.take(6, "escalation.snoozed")
    assert recorder.take(7, "escalation.woke")[0] == ["fired"]


def test_holding_and_refusing_in_maintenance_are_recorded_with_their_reason():
    recorder = Recorder(LADDER)
    recorder.take(0, "case.opened")
    held, (event,) = recorder.take(1, "escalation.maintenance", on=True)
    assert (held, event.reason, event.payload.plan) == (["suppressed"], "maintenance", "ladder")
    refused, (event,) = recorder.take(2, "escalation.requested", plan="ladder")
    assert (refused, event.reason, event.payload.plan) == (["suppressed"], "maintenance", "ladder")
    _, (event,) = recorder.take(2, "escalation.requested")
    assert event.payload.plan is None


def test_a_snooze_that_ends_in_maintenance_has_not_woken():
    recorder = Recorder(LADDER)
    recorder.take(0, "case.opened")
    recorder.take(1, "escalation.snoozed", until=NINE + timedelta(minutes=5))
    recorder.take(2, "escalation.maintenance", on=True)
    assert recorder.take(6)[0] == ["suppressed"]


def test_a_state_is_written_shortly_and_read_back():
    recorder = Recorder(LADDER)
    recorder.take(0, "case.opened")
    recorder.take(1, "escalation.snoozed", by="ann", until=NINE + timedelta(hours=1))
    recorder.take(2, "escalation.maintenance", on=True)
    text = dumps(recorder.state.to_plain())
    assert len(text) < 400
    assert EscalationState.from_plain(loads(text)) == recorder.state


def test_an_empty_state_is_read_back():
    assert EscalationState().to_plain() == {"plans": {}}
    assert EscalationState.from_plain({}) == EscalationState()
    assert PlanState(id="x").to_plain() == {"id": "x"}
