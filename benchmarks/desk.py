"""Whole decisions: a desk in memory and on a disk, its empty ticks, and cases that fall due."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve
from rounds import Contender, Table, compared, ready

from supportkit import Desk, Policy
from supportkit.cases import Agent, Contact, ContactPoint, Customer
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers
from supportkit.ports import CaseChange, Commit
from supportkit.storage import MemoryStore, SqliteStore

NOW = datetime(2026, 1, 12, 10, tzinfo=UTC)  # a Monday
LATER = NOW + timedelta(days=1)
TOPICS = 32
TEXT = (
    "Hello, since this morning our word{0} does not work any more. " + "We would be glad of some help. " * 8
)


def _condition(number):
    return f'contact.text.mentions("word{number}") and customer.plan == "plan{number % 4}"'


POLICY = Policy.from_dict({
    "calendars": {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}},
    "keywords": {"outage": ["no signal", "no service", "outage"], "complaint": ["complain", "complaint"]},
    "classify": [
        *({"when": _condition(n), "kind": "incident", "category": f"topic{n}"} for n in range(TOPICS)),
        {"kind": "question"},
    ],
    "priority": {
        "levels": {"urgent": 60, "high": 30, "normal": 0},
        "factors": [{"keywords": {"outage": 40, "complaint": 30}}, {"open_case": 25}],
        "overrides": [
            {"when": f'case.category == "topic{n}" and customer.criticality == "critical"',
             "priority": "urgent", "because": "It is critical."}
            for n in range(TOPICS)
        ],
    },
    "sla": {
        "first_response": [
            {"when": 'case.kind == "complaint"', "within": "60 minutes", "calendar": "office"},
            {"within": "4 hours", "calendar": "office"},
        ],
        "resolution": [{"within": "16 hours", "calendar": "office"}],
        "ownership": [{"within": "2 business days", "calendar": "office"}],
    },
    "routing": [
        *({"when": _condition(n), "queue": f"queue{n % 8}", "skills": {f"skill{n % 8}": 1}}
          for n in range(TOPICS)),
        {"queue": "general"},
    ],
    "escalation": {
        "broken": {"starts": "promise.broken",
                   "levels": [{"to": "team_lead"}, {"after": "1 hour", "to": "duty"}]},
    },
})  # fmt: skip

_TABLES = """
CREATE TABLE event (stream TEXT, seq INTEGER, data TEXT, PRIMARY KEY (stream, seq)) WITHOUT ROWID;
CREATE TABLE cases (case_no INTEGER PRIMARY KEY, version INTEGER, due_at INTEGER, data TEXT);
CREATE TABLE timer (timer_no INTEGER PRIMARY KEY, case_no INTEGER, at INTEGER);
CREATE TABLE outbox (out_no INTEGER PRIMARY KEY, case_no INTEGER, data TEXT);
CREATE INDEX cases_due ON cases (due_at);
"""
_DATA = '{"said": "' + "x" * 190 + '"}'


def measure(*, quick: bool) -> list[Table]:
    size, rounds = (40, 3) if quick else (200, 5)
    with _on_disk() as folder:
        return [
            _decisions(size, rounds),
            _durable(folder, size, rounds),
            _empty_ticks(folder, (1_000, 20_000) if not quick else (200, 1_000), rounds),
            _due(folder, size * 5, min(rounds, 3)),
        ]


@contextmanager
def _on_disk():
    """Give a folder beside this file, which lies on a disk more often than the one for temporary files."""
    with TemporaryDirectory(dir=Path(__file__).parent, prefix=".disk-") as name:
        yield Path(name)


def _desk(store, *, agents, people=0):
    """A desk whose agents always have room, so that every case finds its person."""
    staff = [
        Agent(f"agent{n}", skills={f"skill{n % 8}": 2, f"skill{(n + 3) % 8}": 1}, teams=[f"queue{n % 8}"])
        for n in range(agents)
    ]
    customers = [
        Customer(
            f"customer{n}", [ContactPoint("email", f"c{n}@example.org")], plan=f"plan{n % 4}", purchases=[]
        )
        for n in range(people)
    ]
    return Desk(
        POLICY, store=store, channels=[MemoryChannel("mail", kind="email")], customers=Customers(customers),
        agents=Agents(staff) if staff else None, clock=lambda: NOW,
    )  # fmt: skip


def _contact(number):
    return Contact(
        id=f"m{number}", channel="email", at=NOW, subject="It does not work",
        text=TEXT.format(number % TOPICS),
        points=[ContactPoint("email", f"c{number}@example.org")], sender=f"c{number}@example.org",
        message_id=f"<m{number}@example.org>",
    )  # fmt: skip


def _receiving(make_store, *, agents, size):
    """Prepare a new desk; what is timed is `size` contacts of as many customers, each opening a case."""

    def prepare():
        desk = _desk(make_store(), agents=agents, people=size)
        contacts = [_contact(number) for number in range(size)]

        def work():
            for contact in contacts:
                desk.receive("mail", contact)

        return work

    return prepare


def _decisions(size, rounds):
    def row(agents, count):
        name = f"receive, {agents} agents, {count:,} contacts"
        return Contender(name, count, _receiving(MemoryStore, agents=agents, size=count))

    few, many, long = row(20, size), row(200, size), row(20, size * 5)
    contenders = [few, evolve(many, beside=few.name), evolve(long, beside=few.name)]
    rules = 3 * TOPICS + 4
    note = (
        "Identify, thread, classify, prioritise, set three targets, promise, acknowledge, assign: about "
        f"{rules} rules; every contact opens a case and finds its person (two transactions)."
    )
    return compared("Whole decisions in memory", contenders, unit="contacts", rounds=rounds, note=note)


def _durable(folder, size, rounds):
    files = iter(range(10**9))

    def store():
        return SqliteStore(folder / f"desk{next(files)}.sqlite")

    raw = "raw transaction of four statements"
    contenders = [
        Contender(raw, size, lambda: _four_statements(folder / f"raw{next(files)}.sqlite", size)),
        Contender(
            "receive, no agents: one transaction",
            size,
            _receiving(store, agents=0, size=size),
            raw,
            "at least 0.3",
        ),
        Contender("receive, 20 agents: two transactions", size, _receiving(store, agents=20, size=size), raw),
    ]
    note = "SQLite, write-ahead log, synchronous=FULL, the same disk; the raw one decides nothing."
    return compared("Durable contacts", contenders, unit="contacts", rounds=rounds, clock="wall", note=note)


def _raw(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_TABLES)
    return connection


def _four_statements(path, size):
    connection = _raw(path)
    connection.executemany("INSERT INTO cases VALUES (?, 0, 0, ?)", [(n, _DATA) for n in range(size)])

    def work():
        run = connection.execute
        for number in range(size):
            run("BEGIN IMMEDIATE")
            run("INSERT INTO event VALUES (?, 1, ?)", (f"case:{number}", _DATA))
            run("UPDATE cases SET version = 1, data = ? WHERE case_no = ?", (_DATA, number))
            run("INSERT INTO timer (case_no, at) VALUES (?, ?)", (number, number))
            run("INSERT INTO outbox (case_no, data) VALUES (?, ?)", (number, _DATA))
            run("COMMIT")
        connection.close()

    return work


def _filled(store, cases, *, agents=0):
    """A desk with so many cases, all copies of one that it took in."""
    desk = _desk(store, agents=agents)
    first = desk.receive("mail", _contact(0)).contacts[0].case_id
    with store.reader(desk.name) as reader:
        row, events = reader.case(first), reader.events(f"case:{first}")
    refs = [f"case-{number:016x}" for number in range(cases - 1)]
    for start in range(0, len(refs), 500):
        batch = refs[start : start + 500]
        copies = [
            evolve(row, ref=ref, party=ref, snapshot=row.snapshot.replace(first.encode(), ref.encode()))
            for ref in batch
        ]
        with store.transaction(desk.name) as tx:
            placed = [event.placed(f"case:{ref}", event.seq) for ref in batch for event in events]
            assert tx.commit(Commit(events=placed, cases=[CaseChange(copy, 0) for copy in copies]))
    return desk


def _empty_ticks(folder, sizes, rounds):
    contenders = []
    for kind in ("memory", "SQLite"):
        for size in sizes:
            store = MemoryStore() if kind == "memory" else SqliteStore(folder / f"tick{size}.sqlite")
            desk = _filled(store, size)
            name = f"empty tick, {kind}, {size:,} cases"
            beside = None if size == sizes[0] else contenders[-1].name
            budget = "at least 0.5" if beside else ""
            contenders.append(Contender(name, 50, ready(lambda desk=desk: _tick(desk, 50)), beside, budget))
    note = "Nothing is due; the budget is for 1,000,000 cases, which are measured later."
    return compared("Empty ticks", contenders, unit="ticks", rounds=rounds, clock="wall", note=note)


def _tick(desk, times):
    for _ in range(times):
        desk.tick(now=NOW)


def _due(folder, size, rounds):
    files = iter(range(10**9))

    def advancing(make_store):
        def prepare():
            desk = _filled(make_store(), size, agents=20)

            def work():
                assert desk.tick(limit=size, now=LATER).advanced == size

            return work

        return prepare

    raw = "raw claim in batches of 25"
    contenders = [
        Contender(raw, size, lambda: _claims(folder / f"claims{next(files)}.sqlite", size)),
        Contender("claim and advance, memory", size, advancing(MemoryStore)),
        Contender(
            "claim and advance, SQLite", size,
            advancing(lambda: SqliteStore(folder / f"due{next(files)}.sqlite")), raw, "2,000 a second",
        ),
    ]  # fmt: skip
    note = (
        "Each case breaks a target and a promise and escalates; the raw one only moves it and adds an event."
    )
    return compared("Cases that fall due", contenders, unit="cases", rounds=rounds, clock="wall", note=note)


def _claims(path, size):
    connection = _raw(path)
    connection.executemany("INSERT INTO cases VALUES (?, 0, 0, ?)", [(n, _DATA) for n in range(size)])

    def work():
        run = connection.execute
        while True:
            run("BEGIN IMMEDIATE")
            due = run("SELECT case_no FROM cases WHERE due_at <= 0 ORDER BY due_at LIMIT 25").fetchall()
            for (number,) in due:
                run("UPDATE cases SET due_at = 1, version = 1, data = ? WHERE case_no = ?", (_DATA, number))
                run("INSERT INTO event VALUES (?, 1, ?)", (f"case:{number}", _DATA))
            run("COMMIT")
            if not due:
                break
        connection.close()

    return work
