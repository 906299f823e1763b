# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of commands carried out once, counters, policies and the store's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from attrs import evolve

from supportkit.errors import NaiveDatetime
from supportkit.ports import Body, Commit, InboxRow, PolicyRow, Store
from supportkit.testing.clock import Clock
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    DAY,
    MINUTE,
    NOW,
    TICK,
    change,
    claim,
    commit_of,
    read,
    wrote,
)

__all__ = ["CommandLaws"]

_KEPT = timedelta(days=35)


class CommandLaws(Contract, standard=True):
    """A command counts once for 35 days; the latest policy is in force; instants have a zone."""

    takes_clock: ClassVar[bool] = True

    def _set(self, clock: Clock, now: datetime) -> None:
        if not self.takes_clock:
            pytest.skip("takes_clock is False: this store reads a clock that no test can move")
        clock.move_to(now)

    def test_a_command_gives_its_first_outcome_again(self, store: Store) -> None:
        outcome = {"case": "case-1", "n": (1, None)}
        row = InboxRow(scope="email", key="k", body_hash="h", outcome=outcome, at=NOW)
        assert wrote(store, Commit(inbox=row))
        assert not wrote(store, Commit(inbox=row, bodies=[Body("b", None, "text/plain", b"")]))
        with store.transaction("consumer") as transaction:
            assert transaction.inbox("email", "k") == row
            assert (transaction.inbox("web", "k"), transaction.inbox("email", "K")) == (None, None)
            assert transaction.body("b") is None

    def test_a_command_is_forgotten_after_35_days_of_the_stores_clock(
        self, store: Store, clock: Clock
    ) -> None:
        self._set(clock, NOW)
        row = InboxRow(scope="email", key="k", body_hash="h", at=datetime(2004, 1, 1, tzinfo=UTC))
        wrote(store, Commit(inbox=row))
        clock.move_to(NOW + _KEPT - TICK)
        assert not wrote(store, Commit(inbox=row))
        clock.move_to(NOW + _KEPT)
        with store.transaction("consumer") as transaction:
            assert transaction.inbox("email", "k") is None
            anew = evolve(row, body_hash="new")
            assert transaction.commit(Commit(inbox=anew))
            assert transaction.inbox("email", "k") == anew

    def test_counted_instants_come_back_in_order_and_are_kept_for_35_days(self, store: Store) -> None:
        marks = [NOW, NOW - MINUTE, NOW, NOW + MINUTE]
        wrote(store, Commit(counted=[("ann", at) for at in marks] + [("bob", NOW)]))
        with store.transaction("consumer") as transaction:
            assert transaction.counted("ann", since=NOW - MINUTE) == (NOW, NOW, NOW + MINUTE)
            assert transaction.counted("ann", since=NOW - 2 * MINUTE) == tuple(sorted(marks))
            assert transaction.counted("cat", since=NOW - MINUTE) == ()
        wrote(store, Commit(counted=[("ann", NOW + _KEPT)]))
        with store.transaction("consumer") as transaction:
            assert transaction.counted("ann", since=NOW - DAY) == (NOW + MINUTE, NOW + _KEPT)

    def test_the_policy_in_force_is_the_latest_and_old_documents_stay(self, store: Store) -> None:
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
            assert list(reader.policies()) == rows

    def test_the_stores_clock_is_given_in_utc(self, store: Store) -> None:
        with store.transaction("consumer") as transaction:
            assert transaction.now().tzinfo is UTC

    def test_the_store_reads_the_clock_it_was_given(self, store: Store, clock: Clock) -> None:
        self._set(clock, datetime.fromisoformat("2026-07-01T11:30:00+02:00"))
        with store.transaction("consumer") as transaction:
            assert transaction.now() == NOW + 30 * MINUTE
            assert transaction.now().tzinfo is UTC

    def test_naive_instants_are_refused(self, store: Store) -> None:
        naive = NOW.replace(tzinfo=None)
        wrote(store, commit_of(change()))
        with store.transaction("consumer") as transaction:
            for ask in (transaction.due_cases, transaction.armed_cases, transaction.armed_agents):
                with pytest.raises(NaiveDatetime):
                    ask(now=naive, limit=1)
            with pytest.raises(NaiveDatetime):
                transaction.counted("k", since=naive)
        with pytest.raises(NaiveDatetime):
            store.park("consumer", "case-1", until=naive)
        with pytest.raises(NaiveDatetime):
            claim(store, naive)
