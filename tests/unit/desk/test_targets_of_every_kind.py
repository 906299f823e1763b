"""A desk raises warnings, breaches and restarts at their own instants, however seldom it looks."""

from datetime import datetime, timedelta

import pytest

from office import make_office
from supportkit import Desk, Policy, Registry
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.plugins import hookimpl
from supportkit.rules import Field

HOUR = timedelta(hours=1)
SLA = {
    "resolution": {
        "targets": [
            {"when": 'case.team == "network"', "within": "3 hours", "calendar": "office", "warn": ["50%"]},
            {"within": "8 hours", "calendar": "office", "warn": ["50%", "30 minutes before", "1 hour after"]},
        ],
        "carry": {"reassignment": "restart"},
    },
    "greeting": {
        "targets": [{"within": "1 minute", "calendar": "always"}],
        "like": "acknowledgement",
        "answers": "anybody",
    },
}


def said(office, case_id, metric="resolution"):
    events = office.desk.history(case_id)
    return [
        (event.kind.removeprefix("target."), getattr(event.payload, "level", None), event.at - start)
        for start in [events.events[0].at]
        for event in events
        if event.kind.startswith("target.") and event.payload.metric == metric
    ]


@pytest.mark.parametrize("looks", ((0.5, 4, 7.5, 8.0001, 9, 30), (30,), (4, 4, 30)))
def test_warnings_and_breaches_have_their_own_instants_however_seldom_the_desk_looks(looks):
    office = make_office(sla=SLA)
    case_id = office.writes(text="A question").case_id
    start = office.clock()
    for hours in looks:
        office.clock.move_to(start + hours * HOUR)
        office.desk.tick()
    assert said(office, case_id) == [
        ("set", None, 0 * HOUR),
        ("warned", "50%", 4 * HOUR),
        ("warned", "30 minutes before", 7.5 * HOUR),
        ("breached", None, 8 * HOUR),
        ("warned", "1 hour after", 9 * HOUR),
    ]


def test_the_acknowledgement_of_a_machine_meets_a_metric_that_counts_it():
    office = make_office(sla=SLA)
    case_id = office.writes(text="A question").case_id
    assert [kind for kind, _, _ in said(office, case_id, "greeting")][-1] == "met"


class Shop:
    @hookimpl
    def supportkit_register_fields(self):
        return [Field("x.shop.by", "datetime", nullable=True)]

    @hookimpl
    def supportkit_provide_facts(self, contact):
        return {"x.shop.by": contact.at + 5 * HOUR}


def test_an_instant_that_a_plugin_says_is_the_target_and_stays_in_the_log():
    office = make_office()
    document = {
        "sla": {"resolution": [{"within": "x.shop.by", "calendar": "always", "warn": ["1 hour before"]}]}
    }
    policy = Policy.from_dict(document, registry=Registry.build(plugins=[Shop()]))
    desk = Desk(policy, channels=[MemoryChannel("chat")], clock=office.clock)
    contact = Contact(
        id="1", channel="chat", at=office.clock(), text="Hi", points=[ContactPoint("email", "a@b.example")]
    )
    case_id = desk.receive("chat", contact).contacts[0].case_id
    start: datetime = office.clock()
    office.clock.move_to(start + 6 * HOUR)
    desk.tick()
    told = [
        (e.kind, e.at - start, e.payload.due) for e in desk.history(case_id) if e.kind.startswith("target.")
    ]
    due = start + 5 * HOUR
    assert told == [
        ("target.set", 0 * HOUR, due),
        ("target.warned", 4 * HOUR, None),
        ("target.breached", 5 * HOUR, due),
    ]
    (first, *_) = (e for e in desk.history(case_id) if e.kind == "target.set")
    assert first.payload.facts == {"x": {"shop": {"by": due}}}
