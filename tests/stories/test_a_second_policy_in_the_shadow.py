"""A second policy decides beside the first: what differs is recorded, and nothing else happens."""

from datetime import timedelta

from office import MONDAY, POLICY, make_office
from supportkit import Desk, Policy

STRICTER = POLICY | {
    "classify": [{"when": 'contact.text.mentions("bill")', "kind": "billing"}, *POLICY["classify"]],
    "priority": {**POLICY["priority"], "levels": {"urgent": 40, "high": 20, "normal": 0}},
    "sla": {**POLICY["sla"], "first_response": [{"within": "30 minutes", "calendar": "office"}]},
}  # fmt: skip


def shadowed(next_policy=STRICTER):
    office = make_office()
    worker = office.desk._worker
    office.desk = Desk(
        Policy.from_dict(POLICY), channels=office.desk._channels.values(), customers=worker.customers,
        agents=worker.roster, clock=office.clock, shadow=Policy.from_dict(next_policy),
    )  # fmt: skip
    return office


def a_morning(office):
    """The same hours at a desk: mails, a call, answers, silence, ticks."""
    first = office.writes(text="No signal since eight").case_id
    office.clock.pass_(minutes=10)
    second = office.writes("big", text="My bill is wrong").case_id
    office.writes(text="Still nothing", subject=f"Re: [#{first}]")
    office.calls(form="voicemail", text="Please call")
    office.desk.reply(second, "We look into it", by="ann")
    office.clock.pass_(hours=9)
    office.desk.tick()
    office.desk.deliver()
    return first, second


def test_what_the_next_policy_would_have_decided_is_recorded():
    office = shadowed()
    first, second = a_morning(office)
    (event, *_) = office.desk.differences(first)
    assert (event.kind, event.payload.case, event.actor) == ("desk.shadow_differed", first, "desk")
    assert event.payload.shadow == Policy.from_dict(STRICTER).version != office.desk.policy.version
    decided, would_have = event.payload.differences["priority.priority"]
    assert (decided, would_have) == ("high", "urgent")
    due, sooner = event.payload.differences["first_response"]
    assert (due - MONDAY, sooner - MONDAY) == (timedelta(days=1), timedelta(minutes=30))
    said = office.desk.differences(second)[0].payload.differences
    assert list(said["case.kind"]) == ["question", "billing"]


def test_a_shadow_does_nothing_the_log_is_the_same_event_for_event():
    plain, beside = make_office(), shadowed()
    a_morning(plain)
    a_morning(beside)
    said = []
    for office in (plain, beside):
        with office.desk._worker.store.reader("default") as reader:
            log = {s: reader.events(s) for s in reader.streams() if "/shadow/" not in s}
            said.append((log, reader.outbox(), reader.agents(), reader.seats()))
    assert said[0] == said[1]


def test_policies_that_agree_leave_no_trace():
    office = shadowed(POLICY)
    first, second = a_morning(office)
    assert office.desk.differences(first) == office.desk.differences(second) == ()


def test_a_shadow_that_raises_differs_by_its_error_and_hurts_nobody(monkeypatch):
    office = shadowed()
    decide = type(office.desk._worker.shadow.priority).decide

    def breaks(self, *args, **said):
        if self is office.desk._worker.shadow.priority:
            raise ZeroDivisionError("a factor of tomorrow")
        return decide(self, *args, **said)

    monkeypatch.setattr(type(office.desk._worker.shadow.priority), "decide", breaks)
    case_id = office.writes(text="No signal").case_id
    assert office.desk.case(case_id).priority == "high"
    (event,) = office.desk.differences(case_id)
    assert {name: tuple(both) for name, both in event.payload.differences.items()} == {
        "error": (None, "ZeroDivisionError: a factor of tomorrow")
    }


def test_contacts_that_join_no_case_are_not_compared():
    office = shadowed()
    robot = office.writes(text="Out of office", headers=[("Auto-Submitted", "auto-replied")])
    assert robot.case_id is None
