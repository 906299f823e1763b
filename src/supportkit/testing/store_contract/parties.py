# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of people, the points that lead to them, threads, texts and erasure."""

from __future__ import annotations

import pytest

from supportkit.errors import InvalidValue
from supportkit.ports import Body, Commit, DeliveryChange, PartyChange, PartyRow, PointKey, Store, ThreadKey
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    ANN,
    BOB,
    case_of,
    change,
    claim,
    commit_of,
    dedupes,
    message,
    read,
    refs,
    wrote,
)

__all__ = ["PartyLaws"]


class PartyLaws(Contract, standard=True):
    """What is known first stays; merges can be undone; who is forgotten leaves no word behind."""

    def test_a_point_leads_to_the_party_that_had_it_first(self, store: Store) -> None:
        wrote(store, Commit(parties=[PartyChange(ref="c1", points=[ANN, BOB])]))
        wrote(store, Commit(parties=[PartyChange(ref="c2", points=[BOB])]))
        with store.transaction("consumer") as transaction:
            other = PointKey("phone", "ann@example.com")
            assert transaction.claim_points([BOB, ANN, other]) == {ANN: "c1", BOB: "c1", other: None}

    def test_merges_are_followed_and_can_be_undone(self, store: Store) -> None:
        wrote(store, Commit(parties=[PartyChange(ref="c1", points=[ANN])]))
        wrote(store, commit_of(change("case-1", party="c1"), change("case-2", party="c2")))
        wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into="c2")]))
        wrote(store, Commit(parties=[PartyChange(ref="c2", merged_into="c3")]))
        with store.transaction("consumer") as transaction:
            assert transaction.claim_points([ANN]) == {ANN: "c3"}
            assert transaction.lock_party("c1") == "c3"
            assert refs(transaction.cases_of("c3")) == ["case-2", "case-1"]
            assert refs(transaction.cases_of("c1")) == ["case-1"]
        wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into=None)]))
        with store.transaction("consumer") as transaction:
            assert transaction.claim_points([ANN]) == {ANN: "c1"}
            assert refs(transaction.cases_of("c3")) == ["case-2"]

    def test_a_point_stays_with_the_party_it_was_given_to_whatever_that_was_merged_into(
        self, store: Store
    ) -> None:
        wrote(store, Commit(parties=[PartyChange(ref="c1", points=[ANN]), PartyChange(ref="c2")]))
        wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into="c2")]))
        with store.transaction("consumer") as transaction:
            assert transaction.claim_points([ANN, BOB], follow=False) == {ANN: "c1", BOB: None}

    def test_a_party_knows_its_merges_both_ways(self, store: Store) -> None:
        merges = {"c1": "c2", "c2": "c3", "c0": "c3"}
        for ref, into in merges.items():
            wrote(store, Commit(parties=[PartyChange(ref=ref, merged_into=into)]))
        with read(store) as reader:
            assert reader.party("c1") == PartyRow(ref="c1", merged_into="c2", root="c3", family=("c1",))
            assert reader.party("c3") == PartyRow(ref="c3", root="c3", family=("c3", "c0", "c1", "c2"))
            assert reader.party("c9") is None

    def test_a_merge_that_would_close_a_circle_is_refused(self, store: Store) -> None:
        wrote(store, Commit(parties=[PartyChange(ref="c1", merged_into="c2")]))
        with store.transaction("consumer") as transaction, pytest.raises(InvalidValue):
            transaction.commit(Commit(parties=[PartyChange(ref="c2", merged_into="c1")]))

    def test_a_locked_party_is_made_when_it_is_new(self, store: Store) -> None:
        with store.transaction("consumer") as transaction:
            assert transaction.lock_party("c9") == "c9"
            assert transaction.lock_party("c9") == "c9"
            assert transaction.cases_of("c9") == ()

    def test_cases_of_a_party_are_open_ones_first_whatever_the_limit(self, store: Store) -> None:
        for n in range(1, 7):
            wrote(store, commit_of(change(f"case-{n}", party="c1", open=n in {1, 2, 4})))
        with read(store) as reader:
            numbers = {
                limit: [int(row.ref[5:]) for row in reader.cases_of("c1", limit=limit)]
                for limit in (2, 3, 4, 50)
            }
        assert numbers == {2: [4, 2, 1], 3: [4, 2, 1], 4: [4, 2, 1, 6], 50: [4, 2, 1, 6, 5, 3]}

    def test_a_case_that_moves_to_another_party_is_found_there(self, store: Store) -> None:
        wrote(store, commit_of(change(party="c1")))
        wrote(store, commit_of(change(expected=1, party="c2")))
        with read(store) as reader:
            assert (reader.cases_of("c1"), refs(reader.cases_of("c2"))) == ((), ["case-1"])

    def test_the_first_thread_key_wins_but_own_replaces_a_claim(self, store: Store) -> None:
        first = [
            ThreadKey("<a@x>", "case-1"),
            ThreadKey("<b@x>", "case-1", "claim"),
            ThreadKey("<c@x>", "case-1", "claim"),
        ]
        later = [
            ThreadKey("<a@x>", "case-2"),
            ThreadKey("<b@x>", "case-2", "claim"),
            ThreadKey("<c@x>", "case-2"),
        ]
        wrote(store, commit_of(change("case-1"), change("case-2"), threads=first))
        wrote(store, Commit(threads=later))
        with store.transaction("consumer") as transaction:
            assert transaction.threads(["<a@x>", "<b@x>", "<c@x>", "<d@x>"]) == {
                "<a@x>": ThreadKey("<a@x>", "case-1"),
                "<b@x>": ThreadKey("<b@x>", "case-1", "claim"),
                "<c@x>": ThreadKey("<c@x>", "case-2"),
            }

    def test_a_text_is_stored_once(self, store: Store) -> None:
        bodies = [Body("b1", "c1", "text/plain", b"first"), Body("b2", None, "image/png", b"\x89")]
        wrote(store, Commit(bodies=bodies))
        wrote(store, Commit(bodies=[Body("b1", "c2", "text/html", b"second")]))
        with read(store) as reader:
            assert [reader.body("b1"), reader.body("b2")] == bodies

    def test_a_commit_erases_after_everything_else_in_it_and_the_party_is_told_so(self, store: Store) -> None:
        wrote(store, Commit(bodies=[Body("b1", "c1", "text/plain", b"secret")]))
        parties = [PartyChange(ref="c1", points=[ANN]), PartyChange(ref="c2", merged_into="c1")]
        later = [Body("b2", "c2", "text/plain", b"secret"), Body("b3", "c3", "text/plain", b"other")]
        wrote(store, Commit(parties=parties, bodies=later, erased=["c1"]))
        with store.transaction("consumer") as transaction:
            assert [transaction.body(ref) is None for ref in ("b1", "b2", "b3")] == [True, True, False]
            assert transaction.claim_points([ANN]) == {ANN: None}
            parties_known = [transaction.party(ref) for ref in ("c1", "c2", "c3")]
        assert [row and row.erased_at is not None for row in parties_known] == [True, True, False]

    def test_what_a_provider_said_of_a_message_is_erased_with_its_address(self, store: Store) -> None:
        wrote(store, commit_of(change(party="c1"), outbox=[message("m1", party="c1")]))
        (delivery,) = claim(store)
        store.complete(
            "consumer", delivery, state="failed", provider_id="of ann@example.com", reason="ann is full"
        )
        store.erase("consumer", "c1")
        with read(store) as reader:
            (row,) = reader.outbox()
        assert (row.to, row.provider_id, row.reason) == ("", None, None)

    def test_what_a_provider_says_after_the_erasure_is_not_kept(self, store: Store) -> None:
        wrote(store, commit_of(change(party="c1"), outbox=[message("m1", party="c1")]))
        (delivery,) = claim(store)
        store.erase("consumer", "c1")
        store.complete("consumer", delivery, state="sent", provider_id="of ann", reason="for ann")
        wrote(store, Commit(deliveries=[DeliveryChange(delivery.number, "failed", "ann is full")]))
        with read(store) as reader:
            (row,) = reader.outbox()
        assert (row.state, row.provider_id, row.reason) == ("failed", None, None)

    def test_erasing_a_party_takes_texts_points_and_addresses_and_leaves_the_rest(self, store: Store) -> None:
        wrote(
            store,
            commit_of(
                change(party="c1"),
                parties=[
                    PartyChange(ref="c1", points=[ANN]),
                    PartyChange(ref="c2", points=[BOB], merged_into="c1"),
                ],
                bodies=[Body("b1", "c1", "text/plain", b"secret"), Body("b2", "c2", "text/plain", b"secret")],
                outbox=[message("m1", party="c1"), message("m2", to="else", party="c9")],
            ),
        )
        wrote(store, Commit(bodies=[Body("b3", "c9", "text/plain", b"other")]))
        assert store.erase("consumer", "c1") == 3
        assert store.erase("consumer", "c1") == 0
        wrote(store, Commit(bodies=[Body("b1", "c1", "text/plain", b"again")]))
        with store.transaction("consumer") as transaction:
            assert [transaction.body(ref) is None for ref in ("b1", "b2", "b3")] == [True, True, False]
            assert transaction.claim_points([ANN, BOB]) == {ANN: None, BOB: None}
            erased = transaction.outbox()[0]
            assert (erased.to, transaction.message(erased.number)) == ("", None)
            assert (case_of(transaction).party, len(transaction.events("case:case-1"))) == ("c1", 1)
        assert dedupes(claim(store)) == ["m2"]
        with read(store) as reader:
            assert [(row.state, row.reason) for row in reader.outbox()] == [
                ("skipped", "erased"),
                ("sending", None),
            ]
