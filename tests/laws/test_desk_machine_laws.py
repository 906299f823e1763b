"""The machine for desks: it holds for ours under any interleaving, and finds a desk out that breaks a law."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from office import PEOPLE, POLICY, STAFF
from supportkit import Policy
from supportkit.cases import Contact, ContactPoint
from supportkit.desk.contacts import receiving
from supportkit.desk.draft import Draft
from supportkit.desk.worker import Worker
from supportkit.testing import DeskMachine

HOUR = timedelta(hours=1)
QUICK = settings(max_examples=20, stateful_step_count=30, deadline=None)
OFFERS = {
    "routes": [{"queue": "general", "when_nobody": "callback"}],
    "offers": {"within": "2 minutes", "on_timeout": "away", "grace": "5 minutes"},
}


def machine(**policy):
    content = {
        "policy": Policy.from_dict(POLICY | policy),
        "agents": tuple(STAFF),
        "customers": tuple(PEOPLE),
    }
    return type("Machine", (DeskMachine,), content)


KINDS = {"assigned": machine(), "asked": machine(routing=OFFERS), "empty policy": DeskMachine}


@pytest.mark.parametrize("kind", KINDS)
def test_the_laws_of_a_desk_hold_under_any_interleaving(kind):
    run_state_machine_as_test(KINDS[kind], settings=QUICK)


def checked(desk):
    """Ask the laws that hold at any time."""
    desk.cases_are_their_events()
    desk.somebody_is_in_charge()
    desk.loads_are_places_taken()
    desk.promises_end_once_or_are_open()
    desk.nothing_fires_on_what_is_over()


def written(desk, number, **said):
    contact = Contact(
        id=f"m{number}", channel="email", at=desk.clock(), text="A question", sender="jo@example.org",
        points=[ContactPoint("email", "jo@example.org")], message_id=f"<m{number}@example.org>", **said,
    )  # fmt: skip
    case = desk.desk.receive("email", contact, now=desk.clock()).contacts[0].case_id
    desk._check_answer(contact, case)
    assert desk.desk.receive("email", contact, now=desk.clock()).duplicate
    checked(desk)
    return case


def later(desk, span):
    desk.clock.move_to(desk.clock() + span)
    desk.look()
    checked(desk)


def a_day():
    """Three mails and a machine's; somebody comes, one promise is kept, two are broken, one in the midst of work."""
    desk = machine()()
    first = written(desk, 1)
    desk.act(desk.desk.set_presence, "bob", "available")
    second, third = written(desk, 2), written(desk, 3)
    assert desk.do("close", "no such case", "bob") == "unknown_case"
    for name in ("call_back", "call_back", "reply"):
        desk.do(name, first, "ann")
        checked(desk)
    written(desk, 4, headers=[("In-Reply-To", "<m1@example.org>"), ("Auto-Submitted", "auto-replied")])
    later(desk, desk.desk.case(second).promises[0].due - desk.clock() + timedelta(microseconds=1))
    for case in (second, third):
        for name in ("hand_off", "resolve", "close"):
            desk.do(name, case, "bob")
            checked(desk)
    later(desk, 90 * HOUR)
    return desk


def test_such_a_day_keeps_every_law_and_sees_something_of_everything():
    kinds = {event.kind for events in a_day().streams.values() for event in events}
    assert {"promise.kept", "promise.broken", "promise.superseded", "escalation.fired", "ack.sent"} <= kinds
    assert {"case.assigned", "case.handed_off", "case.resolved", "case.closed", "target.breached"} <= kinds


def nothing(*_, **__):
    return None


def deaf(of):
    """Escalations never hear that a case is over."""

    def escalate(self, event, until):
        if event is None or event.kind not in {"case.resolved", "case.closed"}:
            of(self, event, until)

    return escalate


def eager(of):
    return lambda contact, **how: evolve(of(contact, **how), send=True)


FAULTS = {
    "places of what is over are kept": (Draft, "free", lambda of: nothing),
    "nobody is looked for": (Worker, "match_case", lambda of: nothing),
    "time does nothing": (Draft, "advance", lambda of: nothing),
    "a promise is forgotten": (Draft, "promise_id", lambda of: lambda self: "promise-1"),
    "a key is no key": (
        Worker,
        "once",
        lambda of: lambda self, d, **how: of(self, d, **{**how, "key": None}),
    ),
    "a machine is answered": (receiving, "acknowledge", eager),
    "what is over goes on": (Draft, "_escalate", deaf),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_desk_that_breaks_a_law_is_found_out(fault, monkeypatch):
    owner, name, change = FAULTS[fault]
    monkeypatch.setattr(owner, name, change(getattr(owner, name)))
    with pytest.raises((AssertionError, ValueError)):
        a_day()
