"""Stores with one fault each: the memory store with one of its parts broken. Run by the tests of the kits."""

from contextlib import contextmanager, nullcontext

import pytest
from attrs import evolve

from supportkit.storage import MemoryStore
from supportkit.storage.memory import outbox, reader, store, tables, transaction, writer
from supportkit.testing import StoreContract


def broken(target, name, wrong):
    """Return the contract's tests for a memory store whose `target.name` is `wrong`."""

    class TestBroken(StoreContract):
        @pytest.fixture
        def store(self, clock, monkeypatch):
            monkeypatch.setattr(target, name, wrong)
            return MemoryStore(clock=clock)

    return TestBroken


def sent_as_they_come(shelf, at):
    return [kept for kept in shelf.tables.outbox.values() if kept.next_at and kept.next_at <= at]


def kept_by_rollback(shelf, mark=0):
    undo = [entry for entry in shelf._undo[mark:] if entry[0] != "bodies" and entry[0] != "outbox"]
    tables._take_back(shelf.tables, undo)
    del shelf._undo[mark:]


def half_written(made, commit):
    """All writes first, the gates afterwards."""
    write = writer._Writer(made)
    write.write(commit)
    return write.opens(commit, writer.spans_of(commit))


def erased_but_for_addresses(shelf, party, *, at):
    for ref in [ref for ref, body in shelf.tables.bodies.items() if body and body.party == party]:
        shelf.put("bodies", ref, None)
    return 0


def to_the_second(made, commit):
    taken = [
        evolve(seat, offer_until=seat.offer_until and seat.offer_until.replace(microsecond=0))
        for seat in commit.taken
    ]
    return writer.write(made, evolve(commit, taken=taken))


def _completed(shelf, delivery, *, state, provider_id, reason, **_):
    kept = shelf.tables.outbox[delivery.number]
    row = evolve(kept.row, state=state, provider_id=provider_id, reason=reason)
    shelf.put("outbox", row.number, evolve(kept, row=row, next_at=None, lease=None))
    return True


@contextmanager
def unlocked(self, desk):
    shelf = self._shelf(desk)
    yield shelf
    shelf.keep()


TestVersionsAreForgotten = broken(writer._Writer, "_case_opens", lambda *_: True)
TestTheInboxIsForgotten = broken(writer._Writer, "_write_inbox", lambda *_: None)
TestStreamsMayHaveGaps = broken(writer, "check_next", lambda *_: True)
TestCommitsAreWrittenBeforeTheGates = broken(transaction, "write", half_written)
TestRollbackKeepsSomething = broken(tables.Shelf, "revert", kept_by_rollback)
TestReadersSeeUnfinishedWork = broken(tables.Shelf, "snapshot", lambda shelf: nullcontext(shelf.tables))
TestMessagesLeaveOutOfOrder = broken(outbox, "_heads", sent_as_they_come)
TestLateWordsWin = broken(outbox, "outranks", lambda *_: True)
TestWordsAreNotHeard = broken(writer, "hear", lambda *_: None)
TestMessagesAreNotFound = broken(transaction, "find", lambda *_, **__: None)
TestAddressesOutliveErasure = broken(store, "erase", erased_but_for_addresses)
TestProvidersWordsOutliveErasure = broken(store, "erase", erased_but_for_addresses)
TestErasureIsForgotten = broken(outbox, "complete", _completed)
TestCommitsEraseNothing = broken(writer, "erase", lambda *_, **__: None)
TestPointsFollowMerges = broken(
    transaction.MemoryTransaction,
    "claim_points",
    lambda made, points, **_: {p: reader.root(made._tables, made._tables.points.get(p)) for p in points},
)
TestMergesAreNotTold = broken(reader, "family", lambda _, party: [party])
TestOlderPoliciesWrite = broken(
    writer._Writer, "_case_opens", lambda made, change: made._tables.cases.get(change.row.ref) is None
)
TestLoadIsNotCounted = broken(writer._Writer, "_count_load", lambda *_: None)
TestOffersEndAtFullSeconds = broken(transaction, "write", to_the_second)
TestDesksShareOneShelf = broken(
    MemoryStore, "_shelf", lambda self, desk: self._shelves.setdefault("", tables.Shelf())
)
TestEverybodyLocksNothing = broken(MemoryStore, "_writer", unlocked)


class Joiner(MemoryStore):
    """Takes a host's connection and does not look at it."""

    def transaction(self, desk, *, connection=None):
        return super().transaction(desk)


class TestTheHostIsIgnored(StoreContract):
    store = pytest.fixture(lambda self, clock: Joiner(clock=clock))
    begin = pytest.fixture(lambda self: lambda: nullcontext(object()))
    reopened = pytest.fixture(lambda self, clock: lambda: MemoryStore(clock=clock))


class TestErrorsAreKeptInTheHost(TestTheHostIsIgnored):
    @pytest.fixture
    def store(self, clock, monkeypatch):
        monkeypatch.setattr(tables.Shelf, "revert", tables.Shelf.keep)
        return Joiner(clock=clock)


class TestTheHostIsCommittedForNothing(TestTheHostIsIgnored):
    @pytest.fixture
    def store(self, clock, monkeypatch):
        monkeypatch.setattr(tables.Shelf, "keep", tables.Shelf.revert)
        return Joiner(clock=clock)


class TestTheClockIsIgnored(StoreContract):
    store = pytest.fixture(lambda self: MemoryStore())


class TestItsOwnClock(TestTheClockIsIgnored):
    takes_clock = False


class TestNoStore(StoreContract):
    pass
