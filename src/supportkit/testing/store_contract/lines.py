# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of cases that are due, that wait, and that are kept away from the worker."""

from __future__ import annotations

import pytest

from supportkit.errors import InvalidValue
from supportkit.ports import Store
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    DAY,
    MINUTE,
    NOW,
    case_of,
    change,
    commit_of,
    refs,
    wrote,
)

__all__ = ["LineLaws"]


class LineLaws(Contract, standard=True):
    """What is due is found, neither the old nor the new can starve, and a broken case stands aside."""

    def test_due_cases_are_half_the_oldest_and_half_the_newest(self, store: Store) -> None:
        for n in range(1, 8):
            wrote(store, commit_of(change(f"case-{n}", due_at=NOW + (n % 7) * MINUTE)))
        wrote(store, commit_of(change("idle")))
        with store.transaction("consumer") as transaction:
            assert transaction.due_cases(now=NOW - MINUTE, limit=5) == ()
            assert transaction.due_cases(now=NOW, limit=5) == ("case-7",)
            now = NOW + 5 * MINUTE
            assert transaction.due_cases(now=now, limit=3) == ("case-7", "case-1", "case-5")
            assert transaction.due_cases(now=now, limit=1) == ("case-7",)
            half = transaction.due_cases(now=now, limit=6)
            assert sorted(half) == [f"case-{n}" for n in (1, 2, 3, 4, 5, 7)]
            assert len(transaction.due_cases(now=now, limit=100)) == 6

    def test_waiting_cases_stand_in_line_by_sort_key_and_those_without_one_last(self, store: Store) -> None:
        keys = {"case-1": None, "case-2": 5, "case-3": -1, "case-4": 5}
        for ref, key in keys.items():
            wrote(store, commit_of(change(ref, sort_key=key, signature="s", match_at=NOW)))
        wrote(store, commit_of(change("closed", sort_key=0, signature="s", match_at=NOW, open=False)))
        wrote(store, commit_of(change("later", sort_key=0, signature="s", match_at=NOW + MINUTE)))
        wrote(store, commit_of(change("unarmed", sort_key=9, signature="s")))
        wrote(store, commit_of(change("served", sort_key=0)))
        with store.transaction("consumer") as transaction:
            line = ["case-3", "later", "case-2", "case-4", "unarmed", "case-1"]
            assert refs(transaction.waiting()) == line
            armed = ("case-3", "case-2", "case-4", "case-1")
            assert transaction.armed_cases(now=NOW, limit=10) == armed
            assert transaction.armed_cases(now=NOW, limit=2) == armed[:2]

    def test_stale_cases_are_open_ones_of_an_older_policy(self, store: Store) -> None:
        for n, epoch in enumerate((2, 1, 3, 1), 1):
            wrote(store, commit_of(change(f"case-{n}", epoch=epoch)))
        wrote(store, commit_of(change("closed", epoch=1, open=False)))
        with store.transaction("consumer") as transaction:
            assert transaction.stale_cases(epoch=3, limit=10) == ("case-2", "case-4", "case-1")
            assert transaction.stale_cases(epoch=3, limit=1) == ("case-2",)

    def test_parking_counts_and_moves_what_is_set(self, store: Store) -> None:
        wrote(store, commit_of(change(due_at=NOW, match_at=NOW + DAY)))
        until = NOW + 10 * MINUTE
        assert [store.park("consumer", "case-1", until=until) for _ in range(2)] == [1, 2]
        with store.transaction("consumer") as transaction:
            row = case_of(transaction)
            assert (row.due_at, row.match_at, row.fails, row.version) == (until, NOW + DAY, 2, 1)
            assert transaction.due_cases(now=NOW, limit=5) == ()
            assert transaction.due_cases(now=until, limit=5) == ("case-1",)

    def test_a_case_parked_for_good_is_never_due_again(self, store: Store) -> None:
        wrote(store, commit_of(change(due_at=NOW, match_at=NOW, signature="s")))
        assert store.park("consumer", "case-1", until=None) == 5
        assert store.park("consumer", "case-1", until=None) == 6
        with store.transaction("consumer") as transaction:
            assert (case_of(transaction).due_at, case_of(transaction).match_at) == (None, None)
            later = NOW + 999 * DAY
            assert transaction.due_cases(now=later, limit=5) == ()
            assert transaction.armed_cases(now=later, limit=5) == ()

    def test_a_case_that_is_not_there_cannot_be_parked(self, store: Store) -> None:
        with pytest.raises(InvalidValue, match="case-9"):
            store.park("consumer", "case-9", until=NOW)
