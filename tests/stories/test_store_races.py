"""Real threads and real kills: whatever happens, the tables agree with each other."""

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from supportkit.cases import Event
from supportkit.ports import CaseChange, CaseRow, Commit, InboxRow, Outbound, PartyChange, PointKey, Seat
from supportkit.storage import MemoryStore, SqliteStore

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CASES = 5
AGENTS = ("ann", "bob", "cat")


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.db")
    yield made
    made.close()


def together(*actions):
    """Run all actions at once, each in a thread, and return what they returned."""
    gate, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place, action):
        gate.wait()
        results[place] = action()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def advance(transaction, rng, key):
    """Give a random case some events, a handler and a message, all in one commit."""
    ref = f"case-{rng.randrange(CASES)}"
    row = transaction.lock_case(ref)
    version, grown = (row.version if row else 0), rng.randint(1, 4)
    events = [
        Event.of("contact.noted", at=NOW, body=f"b{n}").placed(f"case:{ref}", version + 1 + n)
        for n in range(grown)
    ]
    changed = CaseRow(ref=ref, version=version + grown, snapshot=b"%d" % (version + grown), due_at=NOW)
    seat = Seat(
        ref, rng.choice(AGENTS), "handler", rng.choice(("email", "phone")), rng.choice((0.1, 0.7, 1.0))
    )
    return transaction.commit(
        Commit(
            events=events,
            cases=[CaseChange(changed, version)],
            freed=[(ref, "handler")],
            taken=[seat] if rng.random() < 0.8 else (),
            outbox=[Outbound(text="hello", to="ann", channel="email", dedupe=key, case=ref)],
            inbox=InboxRow(scope="s", key=key, body_hash="h", outcome={"version": version + grown}, at=NOW),
        )
    )


def check(store):
    """Assert that events, snapshots, seats, loads, outbox and inbox agree; return how many commits there were."""
    with store.reader("d") as reader:
        rows = list(reader.cases())
        for row in rows:
            events = reader.events(f"case:{row.ref}")
            assert [event.seq for event in events] == list(range(1, row.version + 1))
            assert row.snapshot == b"%d" % row.version
        carried = {agent: Counter() for agent in AGENTS}
        for seat in reader.seats():
            carried[seat.agent][seat.channel] += seat.weight
        for agent in reader.agents():
            assert dict(agent.load) == pytest.approx(dict(carried[agent.ref]))
        messages = reader.outbox()
        assert [message.number for message in messages] == list(range(1, len(messages) + 1))
    with store.transaction("d") as transaction:
        for message in messages:
            assert transaction.inbox("s", message.dedupe) is not None
    return len(messages)


def test_of_threads_that_race_on_one_version_exactly_one_wins(store):
    for version in range(10):

        def write(expected=version):
            noted = Event.of("contact.noted", at=NOW).placed("case:c", expected + 1)
            with store.transaction("d") as transaction:
                return transaction.commit(
                    Commit(
                        events=[noted], cases=[CaseChange(CaseRow(ref="c", version=expected + 1), expected)]
                    )
                )

        assert sorted(together(*[write] * 4)) == [False, False, False, True]


def test_simultaneous_first_contacts_of_one_customer_make_one_party_and_one_case(store):
    point = PointKey("email", "ann@example.com")

    def first_contact(me):
        with store.transaction("d") as transaction:
            party = transaction.claim_points([point])[point]
            if party is None:
                party = f"customer-of-{me}"
                transaction.commit(Commit(parties=[PartyChange(ref=party, points=[point])]))
            party = transaction.lock_party(party)
            known = transaction.cases_of(party)
            if known:
                return party, known[0].ref
            ref = f"case-of-{me}"
            opened = Event.of("case.opened", at=NOW).placed(f"case:{ref}", 1)
            row = CaseRow(ref=ref, party=party, version=1)
            assert transaction.commit(Commit(events=[opened], cases=[CaseChange(row, 0)]))
            return party, ref

    answers = together(*[lambda me=me: first_contact(me) for me in range(8)])
    assert len(set(answers)) == 1
    with store.reader("d") as reader:
        assert len(list(reader.cases())) == 1


def test_the_same_command_at_the_same_time_is_carried_out_once(store):
    def command(me):
        row = InboxRow(scope="s", key="k", body_hash="h", outcome={"by": me}, at=NOW)
        with store.transaction("d") as transaction:
            known = transaction.inbox("s", "k")
            assert known is not None or transaction.commit(Commit(inbox=row))
            return (known or row).outcome["by"]

    assert len(set(together(*[lambda me=me: command(me) for me in range(6)]))) == 1


def test_many_threads_leave_tables_that_agree(store):
    def work(me):
        rng, done = random.Random(me), 0
        for n in range(15):
            with store.transaction("d") as transaction:
                done += advance(transaction, rng, f"{me}-{n}")
        return done

    assert sum(together(*[lambda me=me: work(me) for me in range(4)])) == 60
    assert check(store) == 60


def test_no_message_is_sent_twice_nor_out_of_its_order(store):
    numbers = [[f"{stream}-{n}" for n in range(6)] for stream in ("a", "b", "c")]
    outbox = [Outbound(text="x", to=key[0], dedupe=key) for keys in numbers for key in keys]
    with store.transaction("d") as transaction:
        transaction.commit(Commit(outbox=outbox))
    sent, missing = [], count(len(outbox), -1)

    def send():
        while len(sent) < len(outbox):
            for delivery in store.claim_outbox("d", now=NOW, limit=2, lease=MINUTE):
                sent.append(delivery.outbound.dedupe)
                assert store.complete("d", delivery, state="sent")
                next(missing)

    together(send, send, send)
    assert sorted(sent) == sorted(key for keys in numbers for key in keys)
    for keys in numbers:
        assert [key for key in sent if key in keys] == keys


def test_killed_at_any_moment_nothing_is_half_done(tmp_path):
    path, rng, before = tmp_path / "desk.db", random.Random(7), 0
    store = SqliteStore(path)
    for round_ in range(2):
        workers = [worker_on(path, f"{round_}-{me}", "for ever") for me in range(2)]
        wait_for_growth(path, before + 10)
        time.sleep(rng.uniform(0, 0.05))
        for worker in workers:
            worker.kill()
            assert worker.wait() == -signal.SIGKILL
        after = check(store)
        assert after >= before + 10
        before = after
    store.close()
    driver = sqlite3.connect(path)
    assert driver.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    driver.close()


def wait_for_growth(path, messages):
    """Wait until the workers, which take a while to start, have written so many messages."""
    driver, deadline = sqlite3.connect(path), time.monotonic() + 30
    while driver.execute("SELECT COUNT(*) FROM sk_outbox").fetchone()[0] < messages:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    driver.close()


def test_processes_that_open_a_new_file_at_once_all_succeed(tmp_path):
    path = tmp_path / "desk.db"
    assert [worker.wait() for worker in [worker_on(path, me, "once") for me in range(3)]] == [0, 0, 0]
    store = SqliteStore(path)
    assert check(store) == 3
    store.close()


def worker_on(path, me, how):
    """Start this file as a program of its own: it inherits no open file and no lock."""
    return subprocess.Popen([sys.executable, __file__, str(path), str(me), how])


def work(path, me, how):
    store, rng = SqliteStore(path), random.Random(me)
    for n in count() if how == "for ever" else range(1):
        with store.transaction("d") as transaction:
            advance(transaction, rng, f"{me}-{n}")
    store.close()


if __name__ == "__main__":
    work(*sys.argv[1:])
