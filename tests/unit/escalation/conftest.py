"""A small player: steps a policy through minutes and remembers who was told."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Deadline, Event
from supportkit.escalation import EscalationPolicy

START = datetime(2026, 7, 1, 9, tzinfo=UTC)


def minutes(number):
    return START + timedelta(minutes=number)


class Play:
    """One case under one policy; instants are minutes after nine o'clock."""

    def __init__(self, document, *, directory=None, **reading):
        self.policy = EscalationPolicy.from_dict(document, **reading)
        self.state, self.step, self.directory = None, None, directory
        self.deadlines = ()

    def event(self, minute, kind, /, now=None, facts=None, **said):
        event = Event.of(kind, at=minutes(minute), **said)
        return self._take(event, minute if now is None else now, facts)

    def tick(self, minute, facts=None):
        return self._take(None, minute, facts)

    def run(self, until, facts=None):
        """Tick at every next change until then; return each firing with its minute."""
        fired = []
        while self.next is not None and self.next <= until:
            minute = self.next
            fired += [(minute, *firing) for firing in self.tick(minute, facts)]
            assert self.next is None or self.next > minute, "it goes on"
        return fired

    def owes(self, id, *, due, metric="first_response", started=0, target=None, calendar=None):
        """Let this be what is owed from here on; minutes after nine o'clock."""
        at = None if due is None else minutes(due)
        span = timedelta(minutes=due - started) if target is None and due is not None else target
        self.deadlines = (Deadline(id, metric, minutes(started), at, span, calendar),)
        return self

    def _take(self, event, minute, facts):
        self.step = self.policy.step(
            self.state,
            event,
            now=minutes(minute),
            facts=facts,
            deadlines=self.deadlines,
            directory=self.directory,
        )
        self.state = self.step.state
        return [(firing.level, *firing.targets) for firing in self.step.firings]

    @staticmethod
    def time(minute):
        return minutes(minute)

    def status(self, plan="ladder"):
        return self.state.plans[plan].status

    @property
    def next(self):
        at = self.step.next_change_at
        return None if at is None else (at - START) / timedelta(minutes=1)

    @property
    def faults(self):
        return [(fault.code, fault.subject) for fault in self.step.faults]


THREE = {
    "levels": [
        {"to": "ann", "wait": "10 minutes"},
        {"to": "bob", "wait": "20 minutes"},
        {"to": "cid", "wait": "30 minutes"},
    ]
}


@pytest.fixture
def play():
    """Play a document; without one, a ladder of three levels (10, 20, 30 minutes) with these options."""

    def make(document=None, /, *, directory=None, reading=None, **options):
        return Play(document or {"ladder": {**THREE, **options}}, directory=directory, **(reading or {}))

    return make


@pytest.fixture
def opened(play):
    """The same, with the case opened at minute 0."""

    def make(*args, **options):
        made = play(*args, **options)
        made.event(0, "case.opened")
        return made

    return make
