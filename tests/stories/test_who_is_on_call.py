"""Always on: on a Saturday the crisis finds whoever is on call, and the ordinary case waits for opening."""

from datetime import UTC, datetime, timedelta

import pytest

from office import POLICY, STAFF, make_office
from supportkit import Desk, Policy
from supportkit.calendars import Rotation
from supportkit.desk import Agents

SATURDAY = datetime(2026, 1, 17, 11, tzinfo=UTC)
CRISIS = {
    "sla": POLICY["sla"] | {
        "first_response": [
            {"when": 'contact.channel == "social"', "within": "2 hours", "calendar": "always"},
            {"within": "1 business day", "calendar": "office"},
        ]
    },
    "escalation": {"silence": {"starts": "promise.broken", "levels": [{"to": "schedule:network"}, {"after": "1 hour", "to": "duty_manager"}]}},
}  # fmt: skip
WEEKLY = Rotation(["ann", "bob"], zone="Europe/London", start=datetime(2026, 1, 5, 9), unit="week")


def on_call_office(rotations):
    office = make_office()
    worker = office.desk._worker
    office.desk = Desk(
        Policy.from_dict(POLICY | CRISIS), channels=office.desk._channels.values(), customers=worker.customers,
        agents=Agents(STAFF, rotations=rotations), clock=office.clock,
    )  # fmt: skip
    office.clock.move_to(SATURDAY)
    return office


@pytest.mark.parametrize(("weeks", "who"), ((0, "bob"), (1, "ann"), (2, "bob")))
def test_a_saturday_crisis_finds_whoever_has_the_turn(weeks, who):
    office = on_call_office({"network": WEEKLY})
    office.clock.pass_(weeks=weeks)
    crisis = office.writes(
        text="Nothing works", channel="social", kind="social", form="mention", visibility="public"
    ).case_id
    ordinary = office.writes(text="A question").case_id
    office.clock.pass_(hours=2, seconds=1)
    office.desk.tick()
    (fired,) = office.events(crisis, "escalation.fired")
    assert fired.payload.targets == (who,)
    assert office.desk.outbox.to(who).of_case(crisis)
    assert office.events(ordinary, "escalation.fired") == []
    assert office.desk.case(ordinary).promises[0].due > SATURDAY + timedelta(weeks=weeks, days=1)


def test_a_schedule_that_nobody_keeps_is_a_fault_and_the_next_level_still_comes():
    office = on_call_office({})
    crisis = office.writes(
        text="Nothing works", channel="social", kind="social", form="mention", visibility="public"
    ).case_id
    office.clock.pass_(hours=2, seconds=1)
    office.desk.tick()
    assert [e.payload.code for e in office.events(crisis, "case.fault")] == ["nobody_on_call"]
    office.clock.pass_(hours=1, seconds=1)
    office.desk.tick()
    assert office.desk.outbox.to("duty_manager")
