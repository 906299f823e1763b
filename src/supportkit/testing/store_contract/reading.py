# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of readers that do not wait, and of writers that meet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from supportkit.ports import CaseRow, Commit, InboxRow, PartyChange, Store, Transaction
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    ANN,
    NOW,
    at_once,
    case_of,
    change,
    claim,
    commit_of,
    dedupes,
    event,
    message,
    read,
    refs,
    wrote,
)

__all__ = ["ReadingLaws"]

_THREADS = 4

_RACES: dict[str, Callable[[int], Commit]] = {
    "one version of a case": lambda n: commit_of(change(expected=1, status=f"s{n}")),
    "the opening of a case": lambda n: commit_of(change("case-2", status=f"s{n}")),
    "the place in a stream": lambda n: Commit(events=[event(actor=f"agent:{n}").placed("desk:d", 1)]),
    "the key of a command": lambda n: Commit(inbox=InboxRow(scope="s", key="k", body_hash=str(n), at=NOW)),
}

_LOCKS: dict[str, Callable[[Transaction], object]] = {
    "a command": lambda transaction: transaction.inbox("s", "k"),
    "a point": lambda transaction: transaction.claim_points([ANN]),
    "a party": lambda transaction: transaction.lock_party("c1"),
    "a case": lambda transaction: transaction.lock_case("case-1"),
}


class ReadingLaws(Contract, standard=True):
    """Readers see one finished state and never wait; of writers that meet, one is first."""

    def test_a_reader_sees_one_state_while_others_write(self, store: Store) -> None:
        wrote(store, commit_of(change()))
        with read(store) as reader:
            assert case_of(reader).version == 1
            wrote(store, commit_of(change(expected=1), change("case-2")))
            wrote(store, commit_of(change(expected=2)))
            assert (case_of(reader).version, reader.case("case-2")) == (1, None)
            assert len(list(reader.cases())) == 1
            with read(store) as later:
                assert case_of(later).version == 3

    def test_a_reader_sees_nothing_of_an_open_transaction_and_does_not_wait(self, store: Store) -> None:
        wrote(store, commit_of(change()))
        with store.transaction("consumer") as transaction:
            transaction.commit(commit_of(change(expected=1), change("case-2")))
            with read(store) as reader:
                assert (case_of(reader).version, reader.case("case-2")) == (1, None)
                transaction.commit(commit_of(change(expected=2)))
                assert case_of(reader).version == 1
        with read(store) as reader:
            assert case_of(reader).version == 3

    def test_a_reader_that_opened_before_the_first_write_keeps_its_state(self, store: Store) -> None:
        wrote(store, commit_of(change()))
        with store.transaction("consumer") as transaction:
            with read(store) as reader:
                transaction.commit(commit_of(change(expected=1)))
                assert case_of(reader).version == 1
            assert case_of(transaction).version == 2
        with read(store) as reader:
            assert case_of(reader).version == 2

    def test_cases_come_in_the_order_in_which_they_were_opened(self, store: Store) -> None:
        opened = [f"case-{n}" for n in (3, 1, 2)]
        for ref in opened:
            wrote(store, commit_of(change(ref, open=ref != "case-1")))
        wrote(store, commit_of(change("case-3", expected=1)))
        with read(store) as reader:
            assert refs(reader.cases()) == opened
            assert refs(reader.cases(open_only=True)) == ["case-3", "case-2"]

    @pytest.mark.parametrize("commit", _RACES.values(), ids=_RACES.keys())
    def test_of_threads_that_race_for_one_thing_exactly_one_wins(
        self, store: Store, commit: Callable[[int], Commit]
    ) -> None:
        wrote(store, commit_of(change()))
        answers = at_once(_THREADS, lambda number: wrote(store, commit(number)))
        assert sorted(answers) == [False] * (_THREADS - 1) + [True]
        written = commit(answers.index(True))
        with store.transaction("consumer") as transaction:
            for each in written.events:
                assert transaction.events(each.stream)[-1] == each
            for each_case in written.cases:
                assert transaction.case(each_case.row.ref) == each_case.row
            if written.inbox is not None:
                assert transaction.inbox("s", "k") == written.inbox

    def test_contacts_of_one_person_at_once_find_one_case(self, store: Store) -> None:
        def receive(number: int) -> str:
            with store.transaction("consumer") as transaction:
                party = transaction.lock_party(transaction.claim_points([ANN])[ANN] or f"c{number}")
                known: CaseRow | None = next(iter(transaction.cases_of(party)), None)
                ref, seq = (known.ref, known.version) if known else (f"case-{number}", 0)
                assert transaction.commit(
                    commit_of(
                        change(ref, expected=seq, party=party),
                        parties=[PartyChange(ref=party, points=[ANN])],
                    )
                )
            return ref

        found = at_once(_THREADS, receive)
        assert len(set(found)) == 1
        with read(store) as reader:
            assert [row.version for row in reader.cases()] == [_THREADS]
            assert [each.seq for each in reader.events(f"case:{found[0]}")] == [1, 2, 3, 4]

    def test_a_message_is_claimed_by_one_of_many_workers(self, store: Store) -> None:
        sent = [f"m{n}" for n in range(8)]
        wrote(store, Commit(outbox=[message(key, to=key) for key in sent]))
        claimed = at_once(_THREADS, lambda _: dedupes(claim(store, limit=3)))
        assert sorted(key for keys in claimed for key in keys) == sent

    @pytest.mark.parametrize("lock", _LOCKS.values(), ids=_LOCKS.keys())
    def test_who_locks_what_another_has_locked_waits(
        self, store: Store, lock: Callable[[Transaction], object]
    ) -> None:
        wrote(store, commit_of(change(party="c1"), parties=[PartyChange(ref="c1", points=[ANN])]))
        inside = []

        def second() -> None:
            with store.transaction("consumer") as transaction:
                lock(transaction)
                inside.append("second")

        with ThreadPoolExecutor(1) as threads:
            with store.transaction("consumer") as transaction:
                lock(transaction)
                waiting = threads.submit(second)
                wait([waiting], timeout=0.02)
                inside.append("first")
            waiting.result()
        assert inside == ["first", "second"]
