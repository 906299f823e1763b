# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of a host's own transaction, and of what is still there when a store is opened again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from supportkit.errors import InvalidValue, StoreError
from supportkit.ports import Commit, InboxRow, PartyChange, PolicyRow, Seat, Store
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    ANN,
    NOW,
    change,
    claim,
    commit_of,
    event,
    message,
    read,
    refs,
    wrote,
)

__all__ = ["JoiningLaws"]

Begin = Callable[[], AbstractContextManager[Any]]
Reopen = Callable[[], Store]


class JoiningLaws(Contract, standard=True):
    """In a host's transaction nothing is final before the host says so; what is final outlives the store."""

    @pytest.fixture
    def begin(self) -> Begin:
        """How a host begins a transaction on a connection of its own; skips when there is no such way."""
        pytest.skip(
            f"{type(self).__name__} has no fixture `begin`: a callable that opens a transaction of the host "
            "(with SQLAlchemy: engine.begin)"
        )

    @pytest.fixture
    def reopened(self) -> Reopen:
        """How to open the same data anew; skips for a store that keeps nothing."""
        pytest.skip(
            f"{type(self).__name__} has no fixture `reopened`: a callable that closes the store and opens "
            "another one on the same data"
        )

    def test_what_is_no_connection_of_the_store_is_refused(self, store: Store) -> None:
        with pytest.raises((StoreError, InvalidValue)), store.transaction("consumer", connection=object()):
            pass

    def test_what_is_written_in_a_hosts_transaction_dies_with_it(self, store: Store, begin: Begin) -> None:
        def fail() -> None:
            with begin() as connection:
                with store.transaction("consumer", connection=connection) as transaction:
                    assert transaction.commit(commit_of(change(), outbox=[message("m")]))
                with read(store) as reader:
                    assert reader.case("case-1") is None
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with read(store) as reader:
            assert (list(reader.cases()), reader.streams(), reader.outbox()) == ([], (), ())

    def test_what_is_written_in_a_hosts_transaction_lives_with_it(self, store: Store, begin: Begin) -> None:
        with begin() as connection:
            for expected in (0, 1):
                with store.transaction("consumer", connection=connection) as transaction:
                    assert transaction.commit(commit_of(change(expected=expected)))
        with read(store) as reader:
            assert [row.version for row in reader.cases()] == [2]

    def test_a_conflict_or_an_error_leaves_the_hosts_transaction_whole(
        self, store: Store, begin: Begin
    ) -> None:
        def fail(connection: object) -> None:
            with store.transaction("consumer", connection=connection) as transaction:
                assert transaction.commit(commit_of(change("case-2")))
                raise ZeroDivisionError

        wrote(store, commit_of(change()))
        with begin() as connection:
            with store.transaction("consumer", connection=connection) as transaction:
                assert not transaction.commit(commit_of(change()))
            with pytest.raises(ZeroDivisionError):
                fail(connection)
            with store.transaction("consumer", connection=connection) as transaction:
                assert transaction.commit(commit_of(change("case-3")))
        with read(store) as reader:
            assert refs(reader.cases()) == ["case-1", "case-3"]

    def test_what_was_committed_is_there_when_the_store_is_opened_again(
        self, store: Store, reopened: Reopen
    ) -> None:
        inbox = InboxRow(scope="s", key="k", body_hash="h", outcome={"case": "case-1"}, at=NOW)
        policy = PolicyRow(epoch=1, hash="v1", document=b"doc", activated_at=NOW)
        assert wrote(
            store,
            commit_of(
                change(party="c1", due_at=NOW, signature="s", snapshot=b"\x00"),
                parties=[PartyChange(ref="c1", points=[ANN])],
                taken=[Seat("case-1", "ann")],
                outbox=[message("m")],
                inbox=inbox,
                policy=policy,
            ),
        )
        (delivery,) = claim(store)
        with read(store) as reader:
            before = (tuple(reader.cases()), reader.events("case:case-1"), reader.seats(), reader.outbox())
        again = reopened()
        with again.transaction("consumer") as transaction:
            after = (
                tuple(transaction.cases()),
                transaction.events("case:case-1"),
                transaction.seats(),
                transaction.outbox(),
            )
            assert after == before
            assert (transaction.inbox("s", "k"), transaction.policy()) == (inbox, policy)
            assert transaction.claim_points([ANN]) == {ANN: "c1"}
            assert transaction.due_cases(now=NOW, limit=5) == ("case-1",)
        assert again.complete("consumer", delivery, state="sent")
        assert not wrote(again, commit_of(change()))
        assert wrote(again, Commit(events=[event().placed("desk:d", 1)]))
