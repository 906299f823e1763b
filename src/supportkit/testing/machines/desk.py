"""What must hold of a desk whatever is done with it, for a policy of your own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from supportkit.cases import Agent, Contact, Customer, Event, Log, fold
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, CaseFile, Customers, Desk
from supportkit.desk.contacts.receiving import contact_ref
from supportkit.desk.routing.matching import pick_case
from supportkit.desk.routing.turns import Turn
from supportkit.errors import CommandRefused
from supportkit.policy import Policy
from supportkit.ports import Store
from supportkit.storage import MemoryStore
from supportkit.testing.clock import Clock
from supportkit.testing.strategies.contacts import CHANNELS, contacts

__all__ = ["DeskMachine"]

Do = Callable[[Desk, str, str, Mapping[str, Any]], Any]
_ENDED = frozenset({"resolved", "closed", "merged"})
_ENDINGS = frozenset({"promise.kept", "promise.broken", "promise.superseded"})
_ROBOT = ("Auto-Submitted", "auto-replied")
_PRESENCES = st.sampled_from(("available", "available", "away", "offline"))


class DeskMachine(RuleBasedStateMachine):
    """Sends contacts and commands to a desk at any instants, and checks the laws of a desk after each.

    Subclass it and give your `policy`, the `agents` and `customers` that the desk knows, a strategy for the
    `contacts` that arrive, the `periods` that pass, and further `commands`: by name, a function of desk, case
    id, agent id and the options ``key`` and ``now``. `opened` may return a desk on another store. Run
    `TestCase`, or ``run_state_machine_as_test(YourMachine)``.

    The laws: every case is the fold of its events, numbered without a gap, in an order that time keeps; what
    is refused changes nothing, and what is said twice is done once; an open case has somebody in charge;
    loads are the places taken, at most one handler for a case, and routing gives nobody more than fits; after
    a look at the clock nothing is due but in the future, and nobody is free beside a case they could have; a
    promise ends once or is open; nothing fires on a case that is over; no machine is answered by a machine;
    in the end every decision comes out again from the log.

    >>> from hypothesis import settings
    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> class Shop(DeskMachine):
    ...     policy = Policy.from_dict({"classify": [{"kind": "question"}]})
    >>> quick = settings(max_examples=3, stateful_step_count=8, deadline=None, database=None)
    >>> run_state_machine_as_test(Shop, settings=quick)
    """

    policy: ClassVar[Policy] = Policy.from_dict({})
    agents: ClassVar[tuple[Agent, ...]] = (
        Agent("ann", presence="offline", capacity=2),
        Agent("bob", presence="offline", capacity=1),
    )
    customers: ClassVar[tuple[Customer, ...]] = ()
    contacts: ClassVar[st.SearchStrategy[Contact] | None] = None
    periods: ClassVar[st.SearchStrategy[timedelta]] = st.sampled_from((0, 1, 30, 90, 600, 3000)).map(
        lambda minutes: timedelta(minutes=minutes)
    )
    commands: ClassVar[Mapping[str, Do]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(datetime(2026, 7, 1, 9, tzinfo=UTC))
        self.desk = self.opened(MemoryStore(clock=self.clock))
        self.known = {**_COMMANDS, **self.commands}
        self.arriving = contacts(about=self.policy) if self.contacts is None else self.contacts
        self.received: list[tuple[str, Contact]] = []
        self.by_hand: set[str] = set()
        self.keys = 0

    def opened(self, store: Store) -> Desk:
        """Return the desk that is tried; `store` is an empty one in memory."""
        return Desk(
            self.policy,
            store=store,
            channels=[MemoryChannel(kind, kind=kind) for kind in CHANNELS],
            customers=Customers(self.customers),
            agents=Agents(self.agents),
            clock=self.clock,
        )

    @property
    def streams(self) -> dict[str, tuple[Event, ...]]:
        """All that the desk has recorded."""
        with self.desk._reader() as reader:  # noqa: SLF001 - there is no query for all streams at once
            return {name: reader.events(name) for name in reader.streams()}

    def act(self, do: Callable[..., Any], *arguments: Any) -> Any:
        """Run a command, then once more with the same key; return its answer, or the code of its refusal."""
        self.keys += 1
        before = self.streams
        try:
            answer = do(*arguments, key=f"key-{self.keys}", now=self.clock())
        except CommandRefused as refused:
            answer = refused.code
        if isinstance(answer, str):
            assert self.streams == before, f"{answer} was refused and changed something"
            return answer
        done = self.streams
        again = do(*arguments, key=f"key-{self.keys}", now=self.clock())
        assert again.duplicate, "the same command with the same key was not taken for a repeat"
        assert self.streams == done, "said twice, it was done twice"
        return answer

    # What happens

    @rule(data=st.data())
    def receive(self, data: Any) -> None:
        """A contact arrives, perhaps in answer to an earlier one."""
        number = len(self.received)
        drawn = data.draw(self.arriving)
        contact = evolve(drawn, id=f"m{number}", message_id=None, at=self.clock())
        if contact.channel == "email":
            earlier = data.draw(st.none() | st.integers(0, number))
            own = [("In-Reply-To", f"<m{earlier}@example.org>")] if earlier is not None else []
            own += data.draw(st.sampled_from(([], [], [], [_ROBOT])))
            headers = [(name, value) for name, value in contact.headers if name != "Message-ID"]
            contact = evolve(contact, message_id=f"<m{number}@example.org>", headers=[*headers, *own])
        self.received.append((contact.channel, contact))
        receipt = self.desk.receive(contact.channel, contact, now=self.clock())
        self._check_answer(contact, receipt.contacts[0].case_id)

    @precondition(lambda self: self.received)
    @rule(data=st.data())
    def receive_again(self, data: Any) -> None:
        """A provider delivers a contact a second time."""
        channel, contact = data.draw(st.sampled_from(self.received))
        before = self.streams
        assert self.desk.receive(channel, contact, now=self.clock()).duplicate
        assert self.streams == before, "a contact that was delivered twice counted twice"

    @precondition(lambda self: next(iter(self.desk.cases()), None) is not None)
    @rule(data=st.data())
    def command(self, data: Any) -> None:
        """Somebody does a thing or two with a case."""
        case = data.draw(st.sampled_from([case.id for case in self.desk.cases()]))
        agent = data.draw(st.sampled_from([agent.id for agent in self.agents]))
        for name in data.draw(st.lists(st.sampled_from(sorted(self.known)), min_size=1, max_size=3)):
            self.do(name, case, agent)

    def do(self, name: str, case: str, agent: str) -> Any:
        """Carry out one of the known commands; what people give by hand, routing need not answer for."""
        answer = self.act(self.known[name], self.desk, case, agent)
        if not isinstance(answer, str):
            self.by_hand.add(agent)
        return answer

    @precondition(lambda self: len(tuple(self.desk.cases())) > 1)
    @rule(data=st.data())
    def merge(self, data: Any) -> None:
        """Two cases turn out to be one matter."""
        cases = st.sampled_from([case.id for case in self.desk.cases()])
        agent = self.agents[0].id
        self.act(partial(self.desk.merge, by=agent, reason="one matter"), data.draw(cases), data.draw(cases))

    @precondition(lambda self: len(self.parties) > 1)
    @rule(data=st.data(), doing=st.sampled_from(("merge", "merge", "unmerge", "forget")))
    def know_people_better(self, data: Any, doing: str) -> None:
        """Two records turn out to be one person, or two after all; or somebody wants to be forgotten."""
        one, other = (data.draw(st.sampled_from(self.parties)) for _ in range(2))
        if doing == "merge":
            self.act(partial(self.desk.merge_customers, into=other, by="desk"), one)
        elif doing == "unmerge":
            self.act(partial(self.desk.unmerge_customers, by="desk"), one)
        else:
            self.act(partial(self.desk.forget, by="desk"), one)

    @property
    def parties(self) -> list[str]:
        """The customers whom the desk knows by their cases."""
        return sorted({case.customer for case in self.desk.cases() if case.customer})

    @rule(data=st.data(), presence=_PRESENCES)
    def come_or_go(self, data: Any, presence: str) -> None:
        """Somebody comes or goes."""
        agent = data.draw(st.sampled_from([agent.id for agent in self.agents]))
        self.act(self.desk.set_presence, agent, presence)

    @rule(data=st.data())
    def pass_time(self, data: Any) -> None:
        """Let a period pass, with or without a look at the clock."""
        self.clock.move_to(self.clock() + data.draw(self.periods))
        if data.draw(st.booleans()):
            self.look()

    @rule(short=st.sampled_from((timedelta(0), timedelta(microseconds=1))))
    def pass_time_to_the_next_change(self, short: timedelta) -> None:
        """Go to the very instant at which something changes, or just before it."""
        with self.desk._reader() as reader:  # noqa: SLF001 - the rows say when a case is due
            dues = [row.due_at for row in reader.cases() if row.due_at is not None]
        ahead = [due - short for due in dues if due - short > self.clock()]
        if ahead:
            self.clock.move_to(min(ahead))
        self.look()

    def look(self) -> None:
        """Look at the clock: what was due has happened, once, and the desk is quiet."""
        self.desk.tick()
        done = self.streams
        self.desk.tick()
        assert self.streams == done, "a second look at the same instant changed something"
        now = self.clock()
        with self.desk._reader() as reader:  # noqa: SLF001 - see above
            rows, waiting = tuple(reader.cases()), tuple(reader.waiting())
        for row in rows:
            assert not row.fails, f"case {row.ref} raised when it was advanced"
            assert row.due_at is None or row.due_at > now, f"case {row.ref} was due at {row.due_at}"
        people = self._people()
        for agent in people:
            if agent.presence != "offline":
                turn = Turn(agent.id, None)
                found, _ = pick_case(self.policy, agent, waiting, turn=turn, present=people, now=now)
                assert found is None, f"case {found} waits, and {agent.id} may have it"

    # Laws

    @invariant()
    def cases_are_their_events(self) -> None:
        """A case is the fold of its events, which are numbered and in order."""
        with self.desk._reader() as reader:  # noqa: SLF001 - the snapshot is no query
            for row in reader.cases():
                events = reader.events(f"case:{row.ref}")
                assert CaseFile.from_bytes(row.snapshot).case == fold(events), (
                    f"case {row.ref} is not its log"
                )
                assert [event.seq for event in events] == list(range(1, row.version + 1))
                assert all(one.at <= two.at for one, two in pairwise(events)), "time fell"

    @invariant()
    def somebody_is_in_charge(self) -> None:
        """An open case has an agent or a team."""
        for case in self.desk.cases(open_only=True):
            assert case.owner or case.team, f"case {case.id} belongs to nobody"

    @invariant()
    def loads_are_places_taken(self) -> None:
        """No place is counted twice, none is kept by a case that is over, nobody was given more than fits."""
        with self.desk._reader() as reader:  # noqa: SLF001 - seats are no query
            seats, rows = reader.seats(), {row.ref: row for row in reader.cases()}
        for agent in self._people():
            load = agent.load if isinstance(agent.load, Mapping) else {"": agent.load}
            mine = [seat for seat in seats if seat.agent == agent.id]
            assert sum(load.values()) == sum(seat.weight for seat in mine), f"{agent.id}'s load is {load}"
            if agent.id not in self.by_hand and isinstance(agent.capacity, int):
                assert len(mine) <= agent.capacity, f"{agent.id} was given {len(mine)}"
        for seat in seats:
            assert rows[seat.case].open, f"case {seat.case} is over and keeps a place"
            assert seat.role != "handler" or rows[seat.case].owner == seat.agent, f"{seat} is not the owner's"

    @invariant()
    def promises_end_once_or_are_open(self) -> None:
        """Whatever was promised is open, kept, broken or superseded; nothing is forgotten."""
        for case in self.desk.cases():
            said = [(event.kind, getattr(event.payload, "id", None)) for event in self.desk.history(case.id)]
            made = [promise for kind, promise in said if kind == "promise.made"]
            ended = [promise for kind, promise in said if kind in _ENDINGS]
            assert len(set(made)) == len(made), "two promises have one id"
            assert len(set(ended)) == len(ended), "a promise ended twice"
            if case.status not in _ENDED:
                assert {promise.id for promise in case.promises} == set(made) - set(ended), (
                    "a promise is lost"
                )

    @invariant()
    def nothing_fires_on_what_is_over(self) -> None:
        """A case that is resolved, closed or merged raises nobody."""
        for case in self.desk.cases():
            log = self.desk.history(case.id)
            for number, event in enumerate(log):
                if event.kind == "escalation.fired" and getattr(event.payload, "level", None):
                    status = fold(tuple(log)[:number]).status
                    assert status not in _ENDED, f"case {case.id} was {status} and fired"

    def teardown(self) -> None:
        """Decide every case again from its log: what was recorded comes out as it did."""
        for case in self.desk.cases():
            audit = self.desk.audit(case.id)
            assert not audit, "; ".join(map(str, audit.disagreements))

    def _people(self) -> list[Agent]:
        rows = {row.ref: row for row in self.desk.agents()}
        return [
            evolve(agent, presence=rows[agent.id].presence, load=rows[agent.id].load) for agent in self.agents
        ]

    def _check_answer(self, contact: Contact, case: str | None) -> None:
        """Whoever is a machine gets no answer from a machine."""
        log = Log("none") if case is None else self.desk.history(case)
        sent = {getattr(event.payload, "contact", None) for event in log if event.kind == "ack.sent"}
        automatic = contact.automated or _ROBOT in contact.headers
        answered = contact_ref(self.desk.name, contact) in sent
        assert not (automatic and answered), f"contact {contact.id} is automatic and was answered"


def _by(method: str, *words: str, **said: Any) -> Do:
    """Return what an agent does with a case by a method of the desk."""
    return lambda desk, case, agent, **how: getattr(desk, method)(case, *words, by=agent, **said, **how)


def _to(method: str, **said: Any) -> Do:
    """Return what is done with a case and an agent."""
    return lambda desk, case, agent, **how: getattr(desk, method)(case, agent=agent, **said, **how)


_COMMANDS: Mapping[str, Do] = {
    **{name: _by(name) for name in ("ack", "hold", "release", "reopen", "resume", "snooze", "take", "unack")},
    **{name: _to(name) for name in ("accept", "complete", "decline")},
    "apologise": _by("apologise", "We are sorry that it does not work."),
    "assess": _by("assess", genuine=True, evidence="the log"),
    "ask_feedback": _by("ask_feedback"),
    "assign": _to("assign", by="desk"),
    "assign_team": _by("assign", team="general"),
    "call_back": _by("request_callback"),
    "classify": _by("classify", kind="incident"),
    "close": _by("close", outcome="solved", code="done"),
    "complain": _by("raise_complaint", "The money back."),
    "deescalate": _by("deescalate", reason="it is calm again"),
    "escalate": _by("escalate", reason="too slow"),
    "exclude": _to("exclude_handler", by="desk", reason="a quarrel"),
    "give_feedback": _by("give_feedback", score=1, text="Never again."),
    "give_up": _by("reassign_escalation", to="lead"),
    "hand_off": _to("hand_off", by="desk", reason="knows more"),
    "link_problem": _by("link_problem", "cable"),
    "maintenance": _by("set_maintenance"),
    "maintenance_over": _by("set_maintenance", on=False),
    "manager": _by("request_manager", reason="now"),
    "next_action": lambda desk, case, agent, now, **how: desk.set_next_action(
        case, "Call them.", by=agent, due=now + timedelta(hours=2), now=now, **how
    ),
    "note": _by("note", "Words."),
    "reject": _by("assess", genuine=False, evidence="the log", reason="it works"),
    "reply": _by("reply", "Words."),
    "resolve": _by("resolve", outcome="solved", code="done"),
}
