"""What every store promises, proved on memory, on an SQLite file and on a host's engine."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from attrs import evolve

from supportkit.cases import Agent, Event
from supportkit.errors import InvalidValue, NaiveDatetime, StoreError
from supportkit.ports import (
    AgentChange,
    Body,
    CaseChange,
    CaseRow,
    Commit,
    Delivery,
    InboxRow,
    Outbound,
    PartyChange,
    PointKey,
    PolicyRow,
    Seat,
    Store,
    ThreadKey,
)
from supportkit.storage import MemoryStore, SqliteStore, SqlStore

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANN = PointKey("email", "ann@example.com")
BOB = PointKey("email", "bob@example.com")


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["memory", "sqlite", "host"])
def store(request, clock):
    # These tests are about answers; a folder in memory, where there is one, spares them the disk.
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield from stores(request.param, Path(folder), clock)


def stores(kind, folder, clock):
    if kind == "memory":
        yield MemoryStore(clock=clock)
        return
    if kind == "sqlite":
        made = SqliteStore(folder / "desk.db", clock=clock)
        yield made
        made.close()
        return
    engine = sa.create_engine(f"sqlite:///{folder / 'host.db'}")
    yield SqlStore(engine, clock=clock)
    engine.dispose()


def event(kind="contact.noted", **said):
    return Event.of(kind, at=said.pop("at", NOW), **said)


def change(ref="case-1", *, expected=0, events=1, **row):
    """A case's change with as many events as its version grows by."""
    placed = [event(actor="desk").placed(f"case:{ref}", expected + 1 + i) for i in range(events)]
    return placed, CaseChange(CaseRow(ref=ref, version=expected + events, **row), expected)


def commit_of(*changes, **parts):
    return Commit(events=[e for events, _ in changes for e in events], cases=[c for _, c in changes], **parts)


def wrote(store, commit, desk="d"):
    with store.transaction(desk) as transaction:
        return transaction.commit(commit)


def read(store, desk="d"):
    return store.reader(desk)


def outbound(dedupe, to="ann@example.com", **said):
    return Outbound(text="hello", to=to, channel="email", dedupe=dedupe, **said)


def claim(store, now=NOW, limit=10, lease=MINUTE):
    return store.claim_outbox("d", now=now, limit=limit, lease=lease)


# Cases, events and the gates.


def test_the_store_keeps_to_the_protocol(store):
    held: Store = store
    assert held is store


def test_a_case_is_read_back_as_it_was_written(store):
    row = {
        "party": "c1",
        "fold_version": 3,
        "epoch": 2,
        "open": False,
        "status": "closed",
        "owner": "ann",
        "last_at": NOW,
        "due_at": NOW + timedelta(microseconds=1),
        "match_at": NOW - MINUTE,
        "signature": "s",
        "sort_key": -(2**62),
        "merged_into": "case-0",
        "fails": 2,
        "snapshot": b"\x00\xff",
    }
    made = change(events=2, **row)
    assert wrote(store, commit_of(made))
    with read(store) as reader:
        assert reader.case("case-1") == made[1].row
        assert reader.case("case-2") is None
        assert reader.case("CASE-1") is None


EVENTS = [
    event("case.opened", by="customer", actor="customer", channel="email"),
    event(
        "contact.received",
        body="b1",
        message_id="<1@x>",
        facts={"a": Decimal("1.10"), "t": NOW},
        automated=True,
    ),
    event(
        "contact.replied",
        actor="agent:ann",
        audience="customer",
        visibility="public",
        reason="why \ud7ff ☎ 'x'",
    ),
    event(
        "priority.decided", priority="high", policy_version="v1", caused_by="case:case-1#2", when=timedelta(1)
    ),
    event("x.plugin.thing", anything={"v": 7, "data": [1, 2.5, None]}, stream_of=("a", "b")),
    event("case.status_changed", to="closed", at=datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC)),
]


def test_events_are_read_back_as_they_were_written(store):
    placed = [e.placed("case:case-1", n) for n, e in enumerate(EVENTS, 1)]
    wrote(store, Commit(events=placed, cases=[CaseChange(CaseRow(ref="case-1", version=len(placed)), 0)]))
    with read(store) as reader:
        assert reader.events("case:case-1") == tuple(placed)
        assert [e.to_json() for e in reader.events("case:case-1")] == [e.to_json() for e in placed]
        assert reader.events("case:other") == ()


def test_a_new_desk_has_nothing(store):
    with read(store, "new") as reader:
        assert (list(reader.cases()), reader.streams(), reader.policy()) == ([], (), None)
        assert (reader.agents(), reader.seats(), reader.outbox(), reader.waiting()) == ((), (), (), ())
        assert (reader.body("b"), reader.message(1), reader.policy_document("v")) == (None, None, None)


def test_desks_know_nothing_of_each_other(store):
    wrote(store, commit_of(change(party="c1"), parties=[PartyChange(ref="c1", points=[ANN])]), "one")
    assert wrote(store, commit_of(change()), "two")
    with store.transaction("two") as transaction:
        assert transaction.claim_points([ANN]) == {ANN: None}
        assert transaction.cases_of("c1") == ()
        assert transaction.last_seq("case:case-1") == 1


@pytest.mark.parametrize("expected", (0, 1, 3))
def test_a_commit_decided_on_another_version_writes_nothing(store, expected):
    wrote(store, commit_of(change(events=2)))
    late = commit_of(
        change("case-2"),
        change(expected=expected, status="late"),
        parties=[PartyChange(ref="c1", points=[ANN])],
        bodies=[Body("b", None, "text/plain", b"")],
        inbox=InboxRow(scope="s", key="k", body_hash="h", at=NOW),
        counted=[("k", NOW)],
        outbox=[outbound("d")],
        agents=[AgentChange(ref="ann", presence="busy")],
    )
    assert not wrote(store, late)
    with store.transaction("d") as transaction:
        assert transaction.case("case-1").version == 2
        assert transaction.case("case-2") is None
        assert transaction.claim_points([ANN]) == {ANN: None}
        assert (transaction.body("b"), transaction.inbox("s", "k")) == (None, None)
        assert transaction.counted("k", since=NOW - MINUTE) == ()
        assert (transaction.outbox(), transaction.agents()) == ((), ())


def test_after_a_refused_commit_the_same_transaction_can_decide_again(store):
    wrote(store, commit_of(change()))
    with store.transaction("d") as transaction:
        assert not transaction.commit(commit_of(change()))
        assert transaction.commit(commit_of(change(expected=transaction.lock_case("case-1").version)))
    with read(store) as reader:
        assert len(reader.events("case:case-1")) == 2


def test_an_older_policy_may_not_write_what_a_newer_one_decided(store):
    wrote(store, commit_of(change(epoch=2)))
    assert not wrote(store, commit_of(change(expected=1, epoch=1)))
    assert wrote(store, commit_of(change(expected=1, epoch=2)))
    assert wrote(store, commit_of(change(expected=2, epoch=3)))


def test_a_case_may_change_without_an_event(store):
    wrote(store, commit_of(change(match_at=NOW)))
    assert wrote(store, commit_of(change(expected=1, events=0, match_at=None)))
    with read(store) as reader:
        assert reader.case("case-1").match_at is None


def test_events_of_another_stream_follow_its_last_one(store):
    first = event("agent.presence_changed").placed("agent:ann", 1)
    assert wrote(store, Commit(events=[first]))
    assert not wrote(store, Commit(events=[first]))
    assert wrote(store, Commit(events=[first.placed("agent:ann", 2)]))
    with store.transaction("d") as transaction:
        assert transaction.last_seq("agent:ann") == 2
        assert transaction.streams() == ("agent:ann",)


MISTAKES = {
    "a gap in a stream": Commit(events=[event().placed("desk:d", 1), event().placed("desk:d", 3)]),
    "a stream that begins late": Commit(events=[event().placed("desk:d", 2)]),
    "an event that was not placed": Commit(events=[event()]),
    "events without their case": Commit(events=[event().placed("case:case-1", 1)]),
    "a version that is not the last seq": Commit(cases=[CaseChange(CaseRow(ref="case-1", version=1), 0)]),
    "a case without any event": Commit(cases=[CaseChange(CaseRow(ref="case-1"), 0)]),
    "a sort key beyond 64 bits": commit_of(change(sort_key=2**63)),
    "a case twice": commit_of(change(), ([], change(events=0, expected=1)[1])),
    "a thread of no case": Commit(threads=[ThreadKey("<1@x>", "nowhere")]),
    "a message of no case": Commit(outbox=[outbound("m", case="nowhere")]),
    "a message without a dedupe key": Commit(outbox=[outbound("")]),
    "a seat of a case that is not changed": Commit(taken=[Seat("case-1", "ann")]),
    "a seat taken twice": commit_of(change(), taken=[Seat("case-1", "ann"), Seat("case-1", "bob")]),
    "a merge into itself": Commit(parties=[PartyChange(ref="c1", merged_into="c1")]),
    "a merge in a circle": Commit(
        parties=[PartyChange(ref="c1", merged_into="c2"), PartyChange(ref="c2", merged_into="c1")]
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_no_race_and_writes_nothing(store, mistake):
    with store.transaction("d") as transaction, pytest.raises(InvalidValue):
        transaction.commit(evolve(mistake, bodies=[Body("b", None, "text/plain", b"")]))
    with read(store) as reader:
        assert (reader.body("b"), reader.streams(), list(reader.cases())) == (None, (), [])


def test_an_exception_takes_everything_back(store):
    def fail():
        with store.transaction("d") as transaction:
            transaction.lock_party("c1")
            assert transaction.commit(commit_of(change(party="c1"), outbox=[outbound("m")]))
            assert transaction.commit(commit_of(change(expected=1)))
            assert transaction.case("case-1").version == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with read(store) as reader:
        assert (reader.case("case-1"), reader.streams(), reader.outbox()) == (None, (), ())
    assert wrote(store, commit_of(change()))


def test_a_commit_that_fails_half_way_leaves_nothing_even_when_the_error_is_swallowed(store):
    unwritable = Commit(
        events=[event().placed("desk:d", 1)],
        inbox=InboxRow(scope="s", key="k", body_hash="h", outcome={"what": object()}, at=NOW),
    )
    with suppress(StoreError), store.transaction("d") as transaction, pytest.raises(InvalidValue):
        transaction.commit(unwritable)
    with read(store) as reader:
        assert reader.streams() == ()


def test_a_transaction_in_a_transaction_is_refused(store):
    with store.transaction("d"), pytest.raises(StoreError, match="open already"), store.transaction("d"):
        pass


def test_what_has_ended_cannot_be_used(store):
    with store.transaction("d") as transaction:
        pass
    with read(store) as reader:
        pass
    for use in (
        lambda: transaction.commit(Commit()),
        lambda: transaction.lock_party("c1"),
        lambda: reader.case("c"),
    ):
        with pytest.raises(StoreError, match=r"ended|closed"):
            use()


# Readers.


def test_a_reader_sees_one_state_while_others_write(store):
    wrote(store, commit_of(change()))
    with read(store) as reader:
        assert reader.case("case-1").version == 1
        wrote(store, commit_of(change(expected=1), change("case-2")))
        wrote(store, commit_of(change(expected=2)))
        assert (reader.case("case-1").version, reader.case("case-2")) == (1, None)
        assert len(list(reader.cases())) == 1
        with read(store) as later:
            assert later.case("case-1").version == 3


def test_a_reader_sees_nothing_of_an_open_transaction_and_does_not_wait(store):
    wrote(store, commit_of(change()))
    with store.transaction("d") as transaction:
        transaction.commit(commit_of(change(expected=1), change("case-2")))
        with read(store) as reader:
            assert (reader.case("case-1").version, reader.case("case-2")) == (1, None)
            transaction.commit(commit_of(change(expected=2)))
            assert reader.case("case-1").version == 1
    with read(store) as reader:
        assert reader.case("case-1").version == 3


def test_a_reader_that_opened_before_the_first_write_keeps_its_state(store):
    wrote(store, commit_of(change()))
    with store.transaction("d") as transaction:
        with read(store) as reader:
            transaction.commit(commit_of(change(expected=1)))
            assert reader.case("case-1").version == 1
        assert transaction.case("case-1").version == 2
    with read(store) as reader:
        assert reader.case("case-1").version == 2


def test_cases_come_in_the_order_in_which_they_were_opened(store):
    refs = [f"case-{n}" for n in (3, 1, 2)]
    for ref in refs:
        wrote(store, commit_of(change(ref, open=ref != "case-1")))
    wrote(store, commit_of(change("case-3", expected=1)))
    with read(store) as reader:
        assert [row.ref for row in reader.cases()] == refs
        assert [row.ref for row in reader.cases(open_only=True)] == ["case-3", "case-2"]


# Parties, points, threads, texts.


def test_a_point_leads_to_the_party_that_had_it_first(store):
    wrote(store, Commit(parties=[PartyChange(ref="c1", points=[ANN, BOB])]))
    wrote(store, Commit(parties=[PartyChange(ref="c2", points=[BOB])]))
    with store.transaction("d") as transaction:
        other = PointKey("phone", "ann@example.com")
        assert transaction.claim_points([BOB, ANN, other]) == {ANN: "c1", BOB: "c1", other: None}


def test_merges_are_followed_and_can_be_undone(store):
    wrote(store, Commit(parties=[PartyChange(ref="c1", points=[ANN])]))
    wrote(store, commit_of(change("case-1", party="c1"), change("case-2", party="c2")))
    wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into="c2")]))
    wrote(store, Commit(parties=[PartyChange(ref="c2", merged_into="c3")]))
    with store.transaction("d") as transaction:
        assert transaction.claim_points([ANN]) == {ANN: "c3"}
        assert transaction.lock_party("c1") == "c3"
        assert [row.ref for row in transaction.cases_of("c3")] == ["case-2", "case-1"]
        assert [row.ref for row in transaction.cases_of("c1")] == ["case-1"]
    wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into=None)]))
    with store.transaction("d") as transaction:
        assert transaction.claim_points([ANN]) == {ANN: "c1"}
        assert [row.ref for row in transaction.cases_of("c3")] == ["case-2"]


def test_a_merge_that_would_close_a_circle_is_refused(store):
    wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into="c2")]))
    with store.transaction("d") as transaction, pytest.raises(InvalidValue, match="itself"):
        transaction.commit(Commit(parties=[PartyChange(ref="c2", merged_into="c1")]))


def test_a_locked_party_is_made_when_it_is_new(store):
    with store.transaction("d") as transaction:
        assert transaction.lock_party("c9") == "c9"
        assert transaction.lock_party("c9") == "c9"
        assert transaction.cases_of("c9") == ()


def test_cases_of_a_party_are_open_ones_first_whatever_the_limit(store):
    for n in range(1, 7):
        wrote(store, commit_of(change(f"case-{n}", party="c1", open=n in {1, 2, 4})))
    with read(store) as reader:
        numbers = {
            limit: [int(row.ref[5:]) for row in reader.cases_of("c1", limit=limit)] for limit in (2, 3, 4, 50)
        }
    assert numbers == {2: [4, 2, 1], 3: [4, 2, 1], 4: [4, 2, 1, 6], 50: [4, 2, 1, 6, 5, 3]}


def test_a_case_that_moves_to_another_party_is_found_there(store):
    wrote(store, commit_of(change(party="c1")))
    wrote(store, commit_of(change(expected=1, party="c2")))
    with read(store) as reader:
        assert (reader.cases_of("c1"), [row.ref for row in reader.cases_of("c2")]) == ((), ["case-1"])


def test_the_first_thread_key_wins_but_own_replaces_a_claim(store):
    keys = [
        ThreadKey("<a@x>", "case-1"),
        ThreadKey("<b@x>", "case-1", "claim"),
        ThreadKey("<c@x>", "case-1", "claim"),
    ]
    wrote(store, commit_of(change("case-1"), change("case-2"), threads=keys))
    wrote(
        store,
        Commit(
            threads=[
                ThreadKey("<a@x>", "case-2"),
                ThreadKey("<b@x>", "case-2", "claim"),
                ThreadKey("<c@x>", "case-2"),
            ]
        ),
    )
    with store.transaction("d") as transaction:
        assert transaction.threads(["<a@x>", "<b@x>", "<c@x>", "<d@x>"]) == {
            "<a@x>": ThreadKey("<a@x>", "case-1"),
            "<b@x>": ThreadKey("<b@x>", "case-1", "claim"),
            "<c@x>": ThreadKey("<c@x>", "case-2"),
        }


def test_a_text_is_stored_once(store):
    wrote(
        store,
        Commit(bodies=[Body("b1", "c1", "text/plain", b"first"), Body("b2", None, "image/png", b"\x89")]),
    )
    wrote(store, Commit(bodies=[Body("b1", "c2", "text/html", b"second")]))
    with read(store) as reader:
        assert reader.body("b1") == Body("b1", "c1", "text/plain", b"first")
        assert reader.body("b2") == Body("b2", None, "image/png", b"\x89")


def test_erasing_a_party_takes_texts_points_and_addresses_and_leaves_the_rest(store):
    wrote(
        store,
        commit_of(
            change(party="c1"),
            parties=[
                PartyChange(ref="c1", points=[ANN]),
                PartyChange(ref="c2", points=[BOB], merged_into="c1"),
            ],
            bodies=[Body("b1", "c1", "text/plain", b"secret"), Body("b2", "c2", "text/plain", b"secret")],
            outbox=[outbound("m1", party="c1"), outbound("m2", to="else", party="c9")],
        ),
    )
    wrote(store, Commit(bodies=[Body("b3", "c9", "text/plain", b"other")]))
    assert store.erase("d", "c1") == 3
    assert store.erase("d", "c1") == 0
    wrote(store, Commit(bodies=[Body("b1", "c1", "text/plain", b"again")]))
    with store.transaction("d") as transaction:
        assert [transaction.body(ref) is None for ref in ("b1", "b2", "b3")] == [True, True, False]
        assert transaction.claim_points([ANN, BOB]) == {ANN: None, BOB: None}
        assert (transaction.outbox()[0].to, transaction.message(1)) == ("", None)
        assert (transaction.case("case-1").party, len(transaction.events("case:case-1"))) == ("c1", 1)
    assert [delivery.outbound.dedupe for delivery in claim(store)] == ["m2"]
    with read(store) as reader:
        assert [(row.state, row.reason) for row in reader.outbox()] == [
            ("skipped", "erased"),
            ("sending", None),
        ]


# Commands carried out once, counters, policies.


def test_a_command_gives_its_first_outcome_again(store):
    row = InboxRow(scope="email", key="k", body_hash="h", outcome={"case": "case-1", "n": (1, None)}, at=NOW)
    assert wrote(store, Commit(inbox=row))
    assert not wrote(store, Commit(inbox=row, bodies=[Body("b", None, "text/plain", b"")]))
    with store.transaction("d") as transaction:
        assert transaction.inbox("email", "k") == row
        assert (transaction.inbox("web", "k"), transaction.inbox("email", "K")) == (None, None)
        assert transaction.body("b") is None


def test_a_command_is_forgotten_after_35_days_of_the_stores_clock(store, clock):
    row = InboxRow(scope="email", key="k", body_hash="h", at=datetime(2004, 1, 1, tzinfo=UTC))
    wrote(store, Commit(inbox=row))
    clock.now = NOW + timedelta(days=35) - timedelta(microseconds=1)
    assert not wrote(store, Commit(inbox=row))
    clock.now = NOW + timedelta(days=35)
    with store.transaction("d") as transaction:
        assert transaction.inbox("email", "k") is None
        assert transaction.commit(Commit(inbox=evolve(row, body_hash="new")))
        assert transaction.inbox("email", "k").body_hash == "new"


def test_counted_instants_come_back_in_order_and_are_kept_for_35_days(store):
    marks = [NOW, NOW - MINUTE, NOW, NOW + MINUTE]
    wrote(store, Commit(counted=[("ann", at) for at in marks] + [("bob", NOW)]))
    with store.transaction("d") as transaction:
        assert transaction.counted("ann", since=NOW - MINUTE) == (NOW, NOW, NOW + MINUTE)
        assert transaction.counted("ann", since=NOW - 2 * MINUTE) == tuple(sorted(marks))
        assert transaction.counted("cat", since=NOW - MINUTE) == ()
    later = NOW + timedelta(days=35)
    wrote(store, Commit(counted=[("ann", later)]))
    with store.transaction("d") as transaction:
        assert transaction.counted("ann", since=NOW - timedelta(days=1)) == (NOW + MINUTE, later)


def test_the_policy_in_force_is_the_latest_and_old_documents_stay(store):
    rows = [
        PolicyRow(
            epoch=n, hash=f"v{n}", document=b"doc%d" % n, engine="1", zone_data="2026a", activated_at=NOW
        )
        for n in (1, 2)
    ]
    for row in rows:
        assert wrote(store, Commit(policy=row))
    assert not wrote(store, Commit(policy=evolve(rows[1], hash="other")))
    assert not wrote(store, Commit(policy=evolve(rows[0], hash="other")))
    with read(store) as reader:
        assert reader.policy() == rows[1]
        assert (reader.policy_document("v1"), reader.policy_document("v3")) == (b"doc1", None)


def test_the_stores_clock_is_given_in_utc(store, clock):
    clock.now = datetime.fromisoformat("2026-07-01T11:30:00+02:00")
    with store.transaction("d") as transaction:
        assert transaction.now() == NOW + 30 * MINUTE
        assert transaction.now().tzinfo is UTC


# Due and waiting cases.


def test_due_cases_are_half_the_oldest_and_half_the_newest(store):
    for n in range(1, 8):
        wrote(store, commit_of(change(f"case-{n}", due_at=NOW + (n % 7) * MINUTE)))
    wrote(store, commit_of(change("idle")))
    with store.transaction("d") as transaction:
        assert transaction.due_cases(now=NOW - MINUTE, limit=5) == ()
        assert transaction.due_cases(now=NOW, limit=5) == ("case-7",)
        now = NOW + 5 * MINUTE
        assert transaction.due_cases(now=now, limit=3) == ("case-7", "case-1", "case-5")
        assert transaction.due_cases(now=now, limit=1) == ("case-7",)
        assert sorted(transaction.due_cases(now=now, limit=6)) == [f"case-{n}" for n in (1, 2, 3, 4, 5, 7)]
        assert len(transaction.due_cases(now=now, limit=100)) == 6


def test_waiting_cases_stand_in_line_by_sort_key_and_those_without_one_last(store):
    keys = {"case-1": None, "case-2": 5, "case-3": -1, "case-4": 5}
    for ref, key in keys.items():
        wrote(store, commit_of(change(ref, sort_key=key, signature="s", match_at=NOW)))
    wrote(store, commit_of(change("closed", sort_key=0, signature="s", match_at=NOW, open=False)))
    wrote(store, commit_of(change("later", sort_key=0, signature="s", match_at=NOW + MINUTE)))
    wrote(store, commit_of(change("unarmed", sort_key=9, signature="s")))
    wrote(store, commit_of(change("served", sort_key=0)))
    with store.transaction("d") as transaction:
        line = ["case-3", "later", "case-2", "case-4", "unarmed", "case-1"]
        assert [row.ref for row in transaction.waiting()] == line
        armed = ("case-3", "case-2", "case-4", "case-1")
        assert transaction.armed_cases(now=NOW, limit=10) == armed
        assert transaction.armed_cases(now=NOW, limit=2) == armed[:2]


def test_stale_cases_are_open_ones_of_an_older_policy(store):
    for n, epoch in enumerate((2, 1, 3, 1), 1):
        wrote(store, commit_of(change(f"case-{n}", epoch=epoch)))
    wrote(store, commit_of(change("closed", epoch=1, open=False)))
    with store.transaction("d") as transaction:
        assert transaction.stale_cases(epoch=3, limit=10) == ("case-2", "case-4", "case-1")
        assert transaction.stale_cases(epoch=3, limit=1) == ("case-2",)


def test_parking_counts_and_moves_what_is_set(store):
    wrote(store, commit_of(change(due_at=NOW, match_at=NOW + timedelta(days=1))))
    until = NOW + 10 * MINUTE
    assert [store.park("d", "case-1", until=until) for _ in range(2)] == [1, 2]
    with store.transaction("d") as transaction:
        row = transaction.case("case-1")
        assert (row.due_at, row.match_at, row.fails, row.version) == (until, NOW + timedelta(days=1), 2, 1)
        assert transaction.due_cases(now=NOW, limit=5) == ()
        assert transaction.due_cases(now=until, limit=5) == ("case-1",)


def test_a_case_parked_for_good_is_never_due_again(store):
    wrote(store, commit_of(change(due_at=NOW, match_at=NOW, signature="s")))
    assert store.park("d", "case-1", until=None) == 5
    assert store.park("d", "case-1", until=None) == 6
    with store.transaction("d") as transaction:
        assert (transaction.case("case-1").due_at, transaction.case("case-1").match_at) == (None, None)
        later = NOW + timedelta(days=999)
        assert transaction.due_cases(now=later, limit=5) == transaction.armed_cases(now=later, limit=5) == ()


def test_a_case_that_is_not_there_cannot_be_parked(store):
    with pytest.raises(InvalidValue, match="case-9"):
        store.park("d", "case-9", until=NOW)


# Agents and seats.


def test_agents_are_made_once_and_keep_presence_and_load(store):
    store.sync_agents("d", [Agent("bob", presence="offline"), Agent("ann", idle_since=NOW, load=7)])
    wrote(store, Commit(agents=[AgentChange(ref="ann", presence="busy", clear_match=True)]))
    store.sync_agents("d", [Agent("ann"), Agent("cat", last_assigned=NOW)])
    with read(store) as reader:
        rows = {row.ref: row for row in reader.agents()}
    assert list(rows) == ["ann", "bob", "cat"]
    assert (rows["ann"].presence, rows["ann"].load, rows["ann"].idle_since) == ("busy", {}, NOW)
    assert (rows["bob"].presence, rows["cat"].last_assigned) == ("offline", NOW)


def test_a_new_agent_who_is_available_is_armed_under_any_clock(store):
    store.sync_agents("d", [Agent("ann"), Agent("bob", presence="offline")])
    with store.transaction("d") as transaction:
        assert transaction.armed_agents(now=datetime(1999, 1, 1, tzinfo=UTC), limit=5) == ("ann",)


def test_agents_change_only_in_what_is_said(store):
    wrote(store, Commit(agents=[AgentChange(ref="ann", presence="available", idle_since=NOW, match_at=NOW)]))
    wrote(store, Commit(agents=[AgentChange(ref="ann", last_assigned=NOW + MINUTE)]))
    wrote(store, Commit(agents=[AgentChange(ref="bob", match_at=NOW - MINUTE)]))
    with store.transaction("d") as transaction:
        row = transaction.agents()[0]
        assert (row.presence, row.idle_since, row.match_at) == ("available", NOW, NOW)
        assert row.last_assigned == NOW + MINUTE
        assert transaction.armed_agents(now=NOW, limit=5) == ("bob", "ann")
        assert transaction.armed_agents(now=NOW, limit=1) == ("bob",)
        assert transaction.armed_agents(now=NOW - MINUTE, limit=5) == ("bob",)
        transaction.commit(Commit(agents=[AgentChange(ref="bob", clear_match=True, match_at=NOW)]))
        assert transaction.armed_agents(now=NOW, limit=5) == ("ann",)


def test_load_is_the_sum_of_the_seats_by_channel(store):
    taken = [Seat("case-1", "ann", "handler", "email", 0.1), Seat("case-1", "bob", "second", "email", 1.0)]
    wrote(store, commit_of(change(), taken=taken))
    wrote(store, commit_of(change("case-2"), taken=[Seat("case-2", "ann", "handler", "email", 0.2)]))
    wrote(store, commit_of(change("case-3"), taken=[Seat("case-3", "ann", "handler", "phone", 3)]))
    with read(store) as reader:
        assert [dict(row.load) for row in reader.agents()] == [
            {"email": pytest.approx(0.3), "phone": 3},
            {"email": 1},
        ]
        assert reader.seats("case-1") == tuple(taken)
        assert [(seat.case, seat.role) for seat in reader.seats()] == [
            ("case-1", "handler"),
            ("case-1", "second"),
            ("case-2", "handler"),
            ("case-3", "handler"),
        ]
        assert reader.seats("case-9") == ()


def test_freeing_takes_exactly_what_was_there(store):
    wrote(store, commit_of(change(), taken=[Seat("case-1", "ann", "handler", "email", 0.1)]))
    wrote(store, commit_of(change("case-2"), taken=[Seat("case-2", "ann", "handler", "email", 0.2)]))
    wrote(store, Commit(freed=[("case-1", "handler"), ("case-1", "second"), ("case-9", "handler")]))
    wrote(store, Commit(freed=[("case-1", "handler")]))
    with read(store) as reader:
        assert (reader.agents()[0].load, len(reader.seats())) == ({"email": 0.2}, 1)


def test_a_seat_changes_hands_in_one_commit(store):
    wrote(store, commit_of(change(), taken=[Seat("case-1", "ann")]))
    wrote(store, commit_of(change(expected=1), freed=[("case-1", "handler")], taken=[Seat("case-1", "bob")]))
    with read(store) as reader:
        assert [(row.ref, dict(row.load)) for row in reader.agents()] == [("ann", {}), ("bob", {"": 1.0})]


def test_a_second_handler_is_impossible(store):
    wrote(store, commit_of(change(), taken=[Seat("case-1", "ann")]))
    with store.transaction("d") as transaction, pytest.raises(InvalidValue, match="taken"):
        transaction.commit(commit_of(change(expected=1), taken=[Seat("case-1", "bob")]))
    with read(store) as reader:
        assert (reader.case("case-1").version, reader.seats()) == (1, (Seat("case-1", "ann"),))


# The outbox.


def test_a_message_is_read_back_as_it_was_written(store):
    message = outbound(
        "m1",
        case="case-1",
        party="c1",
        subject="Re: ☎",
        headers={"Auto-Submitted": "auto-replied"},
        references=("<1@x>",),
        valid_until=NOW + MINUTE,
        data={"a": (1, Decimal("2.50"))},
    )
    wrote(store, commit_of(change(), outbox=[message]))
    (delivery,) = claim(store)
    assert (delivery.outbound, delivery.number, delivery.tries) == (message, 1, 0)
    with read(store) as reader:
        (row,) = reader.outbox()
        assert (row.dedupe, row.case, row.to, row.state, row.tries) == (
            "m1",
            "case-1",
            message.to,
            "sending",
            1,
        )
        assert reader.message(1) == Delivery(1, message, "", 1)
        assert reader.message(2) is None
        assert reader.outbox(state="pending") == ()
        assert reader.outbox(state="sending") == (row,)


def test_a_message_with_a_known_dedupe_key_is_not_added(store):
    wrote(store, Commit(outbox=[outbound("m1"), outbound("m1")]))
    assert wrote(store, Commit(outbox=[outbound("m1"), outbound("m2")]))
    with read(store) as reader:
        assert [(row.number, row.dedupe) for row in reader.outbox()] == [(1, "m1"), (2, "m2")]


def test_only_the_head_of_a_stream_can_be_claimed(store):
    wrote(store, Commit(outbox=[outbound("a1"), outbound("a2"), outbound("b1", to="bob"), outbound("a3")]))
    first = claim(store)
    assert [delivery.outbound.dedupe for delivery in first] == ["a1", "b1"]
    assert claim(store) == ()
    assert store.complete("d", first[0], state="sent", provider_id="p1")
    assert [delivery.outbound.dedupe for delivery in claim(store)] == ["a2"]
    with read(store) as reader:
        assert next((row.state, row.provider_id) for row in reader.outbox()) == ("sent", "p1")


def test_the_limit_holds_and_old_ones_go_first(store):
    wrote(store, Commit(outbox=[outbound(f"m{n}", to=str(n)) for n in range(4)]))
    assert [delivery.number for delivery in claim(store, limit=3)] == [1, 2, 3]
    assert [delivery.number for delivery in claim(store, limit=3)] == [4]
    assert claim(store, limit=0) == ()


def test_a_retry_keeps_its_place_and_comes_back_at_its_time(store):
    wrote(store, Commit(outbox=[outbound("a1"), outbound("a2")]))
    (delivery,) = claim(store)
    assert store.complete("d", delivery, state="pending", next_at=NOW + 5 * MINUTE, reason="busy")
    assert claim(store, NOW + 4 * MINUTE) == ()
    (again,) = claim(store, NOW + 5 * MINUTE)
    assert (again.outbound.dedupe, again.tries) == ("a1", 1)
    assert store.complete("d", again, state="pending")
    assert [d.outbound.dedupe for d in claim(store)] == ["a1"]


@pytest.mark.parametrize("state", ("sent", "failed", "skipped", "delivered"))
def test_a_finished_message_lets_the_next_one_go(store, state):
    wrote(store, Commit(outbox=[outbound("a1"), outbound("a2")]))
    (delivery,) = claim(store)
    assert store.complete("d", delivery, state=state, reason="because")
    assert [d.outbound.dedupe for d in claim(store)] == ["a2"]
    with read(store) as reader:
        assert (reader.outbox()[0].state, reader.outbox()[0].reason) == (state, "because")


def test_a_lease_that_ran_out_passes_to_somebody_else(store):
    wrote(store, Commit(outbox=[outbound("a1")]))
    (slow,) = claim(store, lease=MINUTE)
    assert claim(store, NOW + MINUTE - timedelta(microseconds=1)) == ()
    (fast,) = claim(store, NOW + MINUTE)
    assert fast.lease != slow.lease
    assert not store.complete("d", slow, state="sent")
    assert store.complete("d", fast, state="sent")
    assert not store.complete("d", fast, state="failed")
    with read(store) as reader:
        assert (reader.outbox()[0].state, reader.outbox()[0].tries) == ("sent", 2)


def test_a_late_completion_counts_while_nobody_else_has_the_lease(store):
    wrote(store, Commit(outbox=[outbound("a1")]))
    (delivery,) = claim(store)
    assert store.complete("d", delivery, state="sent")
    assert claim(store, NOW + timedelta(days=1)) == ()


def test_a_message_that_is_no_longer_valid_expires_and_the_next_is_the_head(store):
    wrote(store, Commit(outbox=[outbound("a1", valid_until=NOW), outbound("a2", valid_until=NOW + MINUTE)]))
    assert [delivery.outbound.dedupe for delivery in claim(store, limit=1)] == ["a2"]
    with read(store) as reader:
        assert [row.state for row in reader.outbox()] == ["expired", "sending"]


def test_a_claim_that_was_never_made_cannot_be_completed(store):
    wrote(store, Commit(outbox=[outbound("a1")]))
    with read(store) as reader:
        unclaimed = reader.message(1)
    assert not store.complete("d", unclaimed, state="sent")
    assert not store.complete("d", evolve(unclaimed, number=99), state="sent")


@pytest.mark.parametrize("state", ("sending", "gone", ""))
def test_an_unknown_end_of_a_message_is_refused(store, state):
    with pytest.raises(InvalidValue, match="state"):
        store.complete("d", Delivery(1, outbound("a"), "x"), state=state)


def test_a_lease_of_nothing_is_refused(store):
    with pytest.raises(InvalidValue, match="lease"):
        claim(store, lease=timedelta(0))


# Instants and threads.


def test_naive_instants_are_refused(store):
    naive = datetime(2026, 7, 1, 9)
    wrote(store, commit_of(change()))
    with store.transaction("d") as transaction:
        for ask in (transaction.due_cases, transaction.armed_cases, transaction.armed_agents):
            with pytest.raises(NaiveDatetime):
                ask(now=naive, limit=1)
        with pytest.raises(NaiveDatetime):
            transaction.counted("k", since=naive)
    with pytest.raises(NaiveDatetime):
        store.park("d", "case-1", until=naive)
    with pytest.raises(NaiveDatetime):
        claim(store, naive)


def test_two_threads_that_decided_on_one_version_exactly_one_wins(store):
    wrote(store, commit_of(change()))
    results, gate = [], threading.Barrier(4)

    def race():
        gate.wait()
        results.append(wrote(store, commit_of(change(expected=1))))

    workers = [threading.Thread(target=race) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(results) == [False, False, False, True]


def test_writers_wait_for_each_other(store):
    entered, inside = threading.Event(), []

    def second():
        entered.wait()
        with store.transaction("d"):
            inside.append("second")

    worker = threading.Thread(target=second)
    worker.start()
    with store.transaction("d"):
        entered.set()
        worker.join(0.05)
        inside.append("first")
    worker.join()
    assert inside == ["first", "second"]
