"""The SQL store answers as the memory store does, whatever happens, and both stay true to themselves."""

from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from math import fsum
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from supportkit.cases import Agent, Event
from supportkit.errors import InvalidValue
from supportkit.ports import (
    AgentChange,
    Body,
    CaseChange,
    CaseRow,
    Commit,
    InboxRow,
    Outbound,
    PartyChange,
    PointKey,
    PolicyRow,
    Seat,
    ThreadKey,
)
from supportkit.storage import MemoryStore, SqliteStore

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
REFS = st.sampled_from(("case-1", "case-2", "case-3"))
PARTIES = st.sampled_from(("c1", "c2", "c3"))
AGENTS = st.sampled_from(("ann", "bob"))
ROLES = st.sampled_from(("handler", "second"))
KEYS = st.sampled_from(("k1", "k2", "k3"))
INSTANTS = st.integers(-3, 3).map(lambda n: NOW + n * timedelta(minutes=10))
POINTS = st.builds(PointKey, st.sampled_from(("email", "phone")), KEYS)
DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=5)
    | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
EVENTS = st.builds(
    lambda kind, data, **envelope: Event.of(kind, at=NOW, about=data, **envelope),
    st.sampled_from(("case.opened", "contact.received", "x.other")),
    DATA,
    actor=st.none() | st.just("agent:ann"),
    visibility=st.sampled_from(("private", "public")),
    automated=st.booleans(),
    reason=st.none() | st.text(max_size=5),
)
ROWS = st.builds(
    CaseRow,
    ref=REFS,
    party=st.none() | PARTIES,
    epoch=st.integers(1, 4),
    open=st.booleans(),
    owner=st.none() | AGENTS,
    last_at=st.none() | INSTANTS,
    due_at=st.none() | INSTANTS,
    match_at=st.none() | INSTANTS,
    signature=st.none() | st.just("s"),
    sort_key=st.none() | st.integers(-2, 2),
    fails=st.integers(0, 2),
    snapshot=st.binary(max_size=3),
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "parties": st.lists(
            st.builds(
                PartyChange, ref=PARTIES, points=st.lists(POINTS, max_size=2), merged_into=st.none() | PARTIES
            ),
            max_size=2,
        ),
        "threads": st.lists(st.builds(ThreadKey, KEYS, REFS, st.sampled_from(("own", "claim"))), max_size=2),
        "bodies": st.lists(
            st.builds(Body, KEYS, st.none() | PARTIES, st.just("text/plain"), st.binary(max_size=3)),
            max_size=2,
        ),
        "freed": st.lists(st.tuples(REFS, ROLES), max_size=3),
        "taken": st.lists(
            st.builds(
                Seat,
                REFS,
                AGENTS,
                ROLES,
                st.sampled_from(("email", "phone")),
                st.sampled_from((0.1, 0.2, 1.0)),
            ),
            max_size=2,
        ),
        "agents": st.lists(
            st.builds(
                AgentChange,
                ref=AGENTS,
                presence=st.none() | st.just("busy"),
                match_at=st.none() | INSTANTS,
                clear_match=st.booleans(),
            ),
            max_size=2,
        ),
        "outbox": st.lists(
            st.builds(
                Outbound,
                to=PARTIES,
                dedupe=st.sampled_from([f"m{n}" for n in range(8)]),
                case=st.none() | REFS,
                party=st.none() | PARTIES,
                valid_until=st.none() | INSTANTS,
                data=st.dictionaries(st.text(max_size=3), DATA, max_size=2),
            ),
            max_size=3,
        ),
        "inbox": st.builds(
            InboxRow,
            scope=st.just("s"),
            key=KEYS,
            body_hash=KEYS,
            outcome=st.fixed_dictionaries({"x": DATA}),
            at=INSTANTS,
        ),
        "erased": st.lists(PARTIES, max_size=1),
        "counted": st.lists(st.tuples(KEYS, INSTANTS), max_size=3),
        "policy": st.builds(
            PolicyRow,
            epoch=st.integers(0, 4),
            hash=KEYS,
            document=st.binary(max_size=3),
            activated_at=INSTANTS,
        ),
    },
)


class Stopped(Exception):
    """Something unforeseen in the middle of a transaction."""


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store in memory and to one in a file, and compares what they say."""

    @initialize()
    def open(self):
        self.now = NOW
        self.held = ExitStack()
        # Answers are compared, not disks: a folder in memory, where there is one, is faster.
        shared = "/dev/shm" if Path("/dev/shm").is_dir() else None
        folder = self.held.enter_context(TemporaryDirectory(dir=shared))
        self.memory = MemoryStore(clock=lambda: self.now)
        self.sqlite = SqliteStore(Path(folder) / "desk.db", clock=lambda: self.now)
        self.held.callback(self.sqlite.close)
        self.readers = []
        self.leases = []

    def teardown(self):
        if hasattr(self, "held"):
            for opened, *_ in self.readers:
                opened.close()
            self.held.close()

    def both(self, act):
        said = [self.outcome(act, store) for store in (self.memory, self.sqlite)]
        assert said[0] == said[1]
        return said[0]

    @staticmethod
    def outcome(act, store):
        try:
            return act(store)
        except InvalidValue as error:
            return str(error)

    @rule(
        changes=st.lists(
            st.tuples(ROWS, st.lists(EVENTS, max_size=3), st.sampled_from((0, 0, 0, -1, 1))), max_size=2
        ),
        parts=PARTS,
        stop=st.sampled_from((False, False, False, True)),
    )
    def commit(self, changes, parts, stop):
        def act(store):
            with store.transaction("d") as transaction:
                written = transaction.commit(self.placed(transaction, changes, parts))
                told = self.told(transaction), self.asked(transaction)
                if stop:
                    raise Stopped
            return written, told

        if not stop:
            self.both(act)
            return
        for store in (self.memory, self.sqlite):
            with suppress(Stopped, InvalidValue):
                act(store)

    @staticmethod
    def placed(transaction, changes, parts):
        events, cases = [], []
        for row, said, off in changes:
            known = transaction.lock_case(row.ref)
            expected = max((known.version if known else 0) + off, 0)
            events += [event.placed(f"case:{row.ref}", expected + n) for n, event in enumerate(said, 1)]
            cases.append(CaseChange(evolve(row, version=expected + len(said)), expected))
        return Commit(events=events, cases=cases, **parts)

    @rule(agents=st.lists(AGENTS, max_size=2), presence=st.sampled_from(("available", "offline")))
    def sync(self, agents, presence):
        self.both(lambda store: store.sync_agents("d", [Agent(agent, presence=presence) for agent in agents]))

    @rule(ref=REFS, until=st.none() | INSTANTS)
    def park(self, ref, until):
        self.both(lambda store: store.park("d", ref, until=until))

    @rule(now=INSTANTS, limit=st.integers(0, 3))
    def claim(self, now, limit):
        def act(store):
            return store.claim_outbox("d", now=now, limit=limit, lease=timedelta(minutes=5))

        one, two = act(self.memory), act(self.sqlite)
        assert [evolve(delivery, lease="") for delivery in one] == [
            evolve(delivery, lease="") for delivery in two
        ]
        self.leases += zip(one, two, strict=True)

    @rule(data=st.data(), state=st.sampled_from(("sent", "pending", "failed")), next_at=st.none() | INSTANTS)
    def complete(self, data, state, next_at):
        if self.leases:
            pair = data.draw(st.sampled_from(self.leases))
            said = [
                store.complete("d", delivery, state=state, next_at=next_at, provider_id="p")
                for store, delivery in zip((self.memory, self.sqlite), pair, strict=True)
            ]
            assert said[0] == said[1]

    @rule(party=PARTIES)
    def erase(self, party):
        self.both(lambda store: store.erase("d", party))

    @rule(days=st.integers(0, 20))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @rule()
    def start_reading(self):
        for store in (self.memory, self.sqlite):
            opened = ExitStack()
            reader = opened.enter_context(store.reader("d"))
            self.readers.append((opened, reader, self.told(reader)))

    @rule()
    def stop_reading(self):
        for opened, reader, first in self.readers:
            assert self.told(reader) == first
            opened.close()
        self.readers = []

    @staticmethod
    def told(reader):
        rows = list(reader.cases())
        streams = reader.streams()
        return {
            "cases": rows,
            "open": list(reader.cases(open_only=True)),
            "waiting": reader.waiting(),
            "of": [reader.cases_of(party, limit=n) for party in ("c1", "c2", "c3") for n in (1, 50)],
            "events": {stream: reader.events(stream) for stream in streams},
            "bodies": [reader.body(key) for key in ("k1", "k2", "k3")],
            "agents": reader.agents(),
            "seats": reader.seats(),
            "some": [reader.seats(row.ref) for row in rows],
            "outbox": reader.outbox(),
            "pending": reader.outbox(state="pending"),
            "messages": [reader.message(n) for n in range(1, 9)],
            "policy": (reader.policy(), reader.policies(), reader.policy_document("k1")),
            "parties": [reader.party(party) for party in ("c1", "c2", "c3", "c4")],
        }

    @staticmethod
    def asked(transaction):
        later = NOW + timedelta(minutes=10)
        return {
            "inbox": [transaction.inbox("s", key) for key in ("k1", "k2", "k3")],
            "points": [
                transaction.claim_points(
                    (PointKey(kind, f"k{n}") for kind in ("email", "phone") for n in (1, 2)), follow=follow
                )
                for follow in (True, False)
            ],
            "threads": transaction.threads(("k1", "k2", "k3")),
            "counted": [transaction.counted(key, since=NOW - timedelta(minutes=15)) for key in ("k1", "k2")],
            "due": [transaction.due_cases(now=later, limit=n) for n in (1, 2, 3, 9)],
            "armed": [transaction.armed_cases(now=later, limit=n) for n in (1, 9)],
            "agents": [transaction.armed_agents(now=later, limit=n) for n in (1, 9)],
            "stale": [transaction.stale_cases(epoch=n, limit=9) for n in (1, 2)],
            "root": transaction.lock_party("c1"),
        }

    @invariant()
    def both_say_the_same(self):
        if hasattr(self, "held"):
            with self.memory.reader("d") as one, self.sqlite.reader("d") as two:
                assert self.told(one) == self.told(two)

    @invariant()
    def the_tables_agree_with_each_other(self):
        if not hasattr(self, "held"):
            return
        with self.sqlite.reader("d") as reader:
            for row in reader.cases():
                assert [event.seq for event in reader.events(f"case:{row.ref}")] == list(
                    range(1, row.version + 1)
                )
            carried = {}
            for seat in reader.seats():
                carried.setdefault(seat.agent, {}).setdefault(seat.channel, []).append(seat.weight)
            for agent in reader.agents():
                seats = carried.get(agent.ref, {})
                assert agent.load == {channel: fsum(seats[channel]) for channel in seats}


TestStores = pytest.mark.filterwarnings("error")(StoreMachine.TestCase)
TestStores.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
