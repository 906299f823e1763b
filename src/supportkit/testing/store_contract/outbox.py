# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of messages on their way out, and of what is heard of them afterwards."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from supportkit.errors import InvalidValue
from supportkit.ports import Commit, Delivery, DeliveryChange, OutboxRow, Store
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    DAY,
    MINUTE,
    NOW,
    TICK,
    change,
    claim,
    commit_of,
    dedupes,
    message,
    only_message,
    read,
    wrote,
)

__all__ = ["OutboxLaws"]


class OutboxLaws(Contract, standard=True):
    """Messages leave in order, one of each stream at a time, under a lease; late words change nothing."""

    def test_a_message_is_read_back_as_it_was_written(self, store: Store) -> None:
        sent = message(
            "m1",
            case="case-1",
            party="c1",
            subject="Re: ☎",
            headers={"Auto-Submitted": "auto-replied"},
            references=("<1@x>",),
            valid_until=NOW + MINUTE,
            data={"a": (1, Decimal("2.50"))},
        )
        wrote(store, commit_of(change(), outbox=[sent]))
        (delivery,) = claim(store)
        assert (delivery.outbound, delivery.tries) == (sent, 0)
        with read(store) as reader:
            (row,) = reader.outbox()
            assert row == OutboxRow(
                number=delivery.number,
                dedupe="m1",
                case="case-1",
                to=sent.to,
                state="sending",
                tries=1,
                channel="email",
            )
            assert reader.message(row.number) == Delivery(row.number, sent, "", 1)
            assert reader.message(row.number + 1) is None
            assert reader.outbox(state="pending") == ()
            assert reader.outbox(state="sending") == (row,)

    def test_a_message_with_a_known_dedupe_key_is_not_added(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("m1"), message("m1")]))
        assert wrote(store, Commit(outbox=[message("m1"), message("m2")]))
        with read(store) as reader:
            rows = reader.outbox()
            assert [row.dedupe for row in rows] == ["m1", "m2"]
            assert rows[0].number < rows[1].number

    def test_only_the_head_of_a_stream_can_be_claimed(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("a1"), message("a2"), message("b1", to="bob"), message("a3")]))
        first = claim(store)
        assert dedupes(first) == ["a1", "b1"]
        assert claim(store) == ()
        assert store.complete("consumer", first[0], state="sent", provider_id="p1")
        assert dedupes(claim(store)) == ["a2"]
        with read(store) as reader:
            assert next((row.state, row.provider_id) for row in reader.outbox()) == ("sent", "p1")

    def test_the_limit_holds_and_old_ones_go_first(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message(f"m{n}", to=str(n)) for n in range(4)]))
        assert dedupes(claim(store, limit=3)) == ["m0", "m1", "m2"]
        assert dedupes(claim(store, limit=3)) == ["m3"]
        assert claim(store, limit=0) == ()

    def test_a_retry_keeps_its_place_and_comes_back_at_its_time(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("a1"), message("a2")]))
        (delivery,) = claim(store)
        assert store.complete("consumer", delivery, state="pending", next_at=NOW + 5 * MINUTE, reason="busy")
        assert claim(store, NOW + 4 * MINUTE) == ()
        (again,) = claim(store, NOW + 5 * MINUTE)
        assert (again.outbound.dedupe, again.tries) == ("a1", 1)
        assert store.complete("consumer", again, state="pending")
        assert dedupes(claim(store)) == ["a1"]

    @pytest.mark.parametrize("state", ("sent", "failed", "skipped", "delivered", "read", "expired"))
    def test_a_finished_message_lets_the_next_one_go(self, store: Store, state: str) -> None:
        wrote(store, Commit(outbox=[message("a1"), message("a2")]))
        (delivery,) = claim(store)
        assert store.complete("consumer", delivery, state=state, reason="because")
        assert dedupes(claim(store)) == ["a2"]
        with read(store) as reader:
            assert (reader.outbox()[0].state, reader.outbox()[0].reason) == (state, "because")

    def test_a_lease_that_ran_out_passes_to_somebody_else(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("a1")]))
        (slow,) = claim(store, lease=MINUTE)
        assert claim(store, NOW + MINUTE - TICK) == ()
        (fast,) = claim(store, NOW + MINUTE)
        assert fast.lease != slow.lease
        assert not store.complete("consumer", slow, state="sent")
        assert store.complete("consumer", fast, state="sent")
        assert not store.complete("consumer", fast, state="failed")
        assert (only_message(store).state, only_message(store).tries) == ("sent", 2)

    def test_a_late_completion_counts_while_nobody_else_has_the_lease(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("a1")]))
        (delivery,) = claim(store)
        assert store.complete("consumer", delivery, state="sent")
        assert claim(store, NOW + DAY) == ()

    def test_a_message_that_is_no_longer_valid_expires_and_the_next_is_the_head(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("a1", valid_until=NOW), message("a2", valid_until=NOW + MINUTE)]))
        assert dedupes(claim(store, limit=1)) == ["a2"]
        with read(store) as reader:
            assert [row.state for row in reader.outbox()] == ["expired", "sending"]

    def test_a_claim_that_was_never_made_cannot_be_completed(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("a1")]))
        with read(store) as reader:
            unclaimed = reader.message(reader.outbox()[0].number)
        assert unclaimed is not None
        assert not store.complete("consumer", unclaimed, state="sent")
        assert not store.complete("consumer", evolve(unclaimed, number=unclaimed.number + 99), state="sent")

    @pytest.mark.parametrize("state", ("sending", "gone", ""))
    def test_an_unknown_end_of_a_message_is_refused(self, store: Store, state: str) -> None:
        with pytest.raises(InvalidValue, match="state"):
            store.complete("consumer", Delivery(1, message("a"), "x"), state=state)

    def test_a_lease_of_nothing_is_refused(self, store: Store) -> None:
        with pytest.raises(InvalidValue, match="lease"):
            claim(store, lease=timedelta(0))

    # What a provider says later.

    def test_a_message_is_found_by_the_key_it_left_with_or_the_providers_id(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("m1"), message("p1", to="bob")]))
        first, second = claim(store)
        store.complete("consumer", first, state="sent", provider_id="p1")
        store.complete("consumer", second, state="sent", provider_id="p2")
        with store.transaction("consumer") as transaction:
            rows = {row.dedupe: row for row in transaction.outbox()}
            assert transaction.find_message(channel="email", dedupe="m1") == rows["m1"]
            assert transaction.find_message(channel="email", provider_id="p1") == rows["m1"]
            assert transaction.find_message(channel="email", dedupe="p1", provider_id="p1") == rows["p1"]
            assert transaction.find_message(channel="email", dedupe="gone", provider_id="p2") == rows["p1"]
            assert transaction.find_message(channel="email", dedupe="gone", provider_id="gone") is None
            assert transaction.find_message(channel="sms", dedupe="m1", provider_id="p1") is None
            assert transaction.find_message(channel="email") is None

    @pytest.mark.parametrize(
        ("known", "said", "state"),
        (
            ("sent", "delivered", "delivered"),
            ("sent", "read", "read"),
            ("sent", "failed", "failed"),
            ("read", "failed", "failed"),
            ("delivered", "sent", "delivered"),
            ("read", "delivered", "read"),
            ("failed", "read", "failed"),
            ("sent", "sent", "sent"),
            ("skipped", "delivered", "skipped"),
            ("expired", "failed", "expired"),
        ),
    )
    def test_a_word_of_the_provider_counts_only_when_it_is_of_a_higher_rank(
        self, store: Store, known: str, said: str, state: str
    ) -> None:
        wrote(store, Commit(outbox=[message("m1")]))
        (delivery,) = claim(store)
        store.complete("consumer", delivery, state=known, reason="known")
        assert wrote(store, Commit(deliveries=[DeliveryChange(delivery.number, said, "said")]))
        row = only_message(store)
        assert (row.state, row.reason) == (state, "said" if state != known else "known")

    def test_a_word_on_a_message_that_is_not_there_changes_nothing(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("m1")]))
        before = only_message(store)
        assert wrote(store, Commit(deliveries=[DeliveryChange(before.number + 99, "read")]))
        assert only_message(store) == before

    @pytest.mark.parametrize("answer", ("sent", "pending"))
    def test_a_word_that_overtakes_the_providers_answer_stays_and_nothing_is_sent_again(
        self, store: Store, answer: str
    ) -> None:
        wrote(store, Commit(outbox=[message("a1"), message("a2")]))
        (delivery,) = claim(store)
        wrote(store, Commit(deliveries=[DeliveryChange(delivery.number, "delivered")]))
        assert store.complete("consumer", delivery, state=answer, provider_id="p1")
        with store.transaction("consumer") as transaction:
            row = transaction.find_message(channel="email", provider_id="p1")
        assert row is not None
        assert (row.dedupe, row.state) == ("a1", "delivered")
        assert dedupes(claim(store, NOW + DAY)) == ["a2"]

    def test_a_word_is_taken_back_with_its_transaction(self, store: Store) -> None:
        wrote(store, Commit(outbox=[message("m1")]))
        (delivery,) = claim(store)

        def fail() -> None:
            with store.transaction("consumer") as transaction:
                transaction.commit(Commit(deliveries=[DeliveryChange(delivery.number, "read")]))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert only_message(store).state == "sending"
