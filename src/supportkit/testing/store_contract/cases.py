# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of cases, events and the gates of a commit."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from supportkit.errors import InvalidValue, StoreError
from supportkit.ports import (
    AgentChange,
    Body,
    CaseChange,
    CaseRow,
    Commit,
    DeliveryChange,
    InboxRow,
    PartyChange,
    PolicyRow,
    Reader,
    Seat,
    Store,
    ThreadKey,
    Transaction,
)
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    ANN,
    MINUTE,
    NOW,
    TICK,
    case_of,
    change,
    claim,
    commit_of,
    event,
    message,
    read,
    wrote,
)

__all__ = ["CaseLaws"]

_EVENTS = [
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

_MISTAKES = {
    "a gap in a stream": Commit(events=[event().placed("desk:d", 1), event().placed("desk:d", 3)]),
    "a stream that begins late": Commit(events=[event().placed("desk:d", 2)]),
    "an event that was not placed": Commit(events=[event()]),
    "events without their case": Commit(events=[event().placed("case:case-1", 1)]),
    "a version that is not the last seq": Commit(cases=[CaseChange(CaseRow(ref="case-1", version=1), 0)]),
    "a case without any event": Commit(cases=[CaseChange(CaseRow(ref="case-1"), 0)]),
    "a sort key beyond 64 bits": commit_of(change(sort_key=2**63)),
    "a case twice": commit_of(change(), ([], change(events=0, expected=1)[1])),
    "a thread of no case": Commit(threads=[ThreadKey("<1@x>", "nowhere")]),
    "a message of no case": Commit(outbox=[message("m", case="nowhere")]),
    "a message without a dedupe key": Commit(outbox=[message("")]),
    "a seat of a case that is not changed": Commit(taken=[Seat("case-1", "ann")]),
    "a seat taken twice": commit_of(change(), taken=[Seat("case-1", "ann"), Seat("case-1", "bob")]),
    "a merge into itself": Commit(parties=[PartyChange(ref="c1", merged_into="c1")]),
    "a merge in a circle": Commit(
        parties=[PartyChange(ref="c1", merged_into="c2"), PartyChange(ref="c2", merged_into="c1")]
    ),
}


class CaseLaws(Contract, standard=True):
    """A case is written whole, on the version that it was decided on, or not at all."""

    def test_the_store_has_every_method_of_the_protocol(self, store: Store) -> None:
        assert _missing(store, Store) == []
        with store.transaction("consumer") as transaction:
            assert _missing(transaction, Transaction) == []
        with read(store) as reader:
            assert _missing(reader, Reader) == []

    def test_a_case_is_read_back_as_it_was_written(self, store: Store) -> None:
        made = change(
            events=2,
            party="c1",
            fold_version=3,
            epoch=2,
            open=False,
            status="closed",
            owner="ann",
            last_at=NOW,
            due_at=NOW + TICK,
            match_at=NOW - MINUTE,
            signature="s",
            sort_key=-(2**62),
            merged_into="case-0",
            fails=2,
            snapshot=b"\x00\xff",
        )
        assert wrote(store, commit_of(made))
        with read(store) as reader:
            assert reader.case("case-1") == made[1].row
            assert reader.case("case-2") is None
            assert reader.case("CASE-1") is None

    def test_events_are_read_back_as_they_were_written(self, store: Store) -> None:
        placed = [e.placed("case:case-1", n) for n, e in enumerate(_EVENTS, 1)]
        wrote(store, Commit(events=placed, cases=[CaseChange(CaseRow(ref="case-1", version=len(placed)), 0)]))
        with read(store) as reader:
            assert reader.events("case:case-1") == tuple(placed)
            assert [e.to_json() for e in reader.events("case:case-1")] == [e.to_json() for e in placed]
            assert reader.events("case:other") == ()

    def test_a_new_desk_has_nothing(self, store: Store) -> None:
        with read(store, "new") as reader:
            assert (list(reader.cases()), reader.streams(), reader.policy()) == ([], (), None)
            assert (reader.agents(), reader.seats(), reader.outbox(), reader.waiting()) == ((), (), (), ())
            assert (reader.body("b"), reader.message(1), reader.policy_document("v")) == (None, None, None)

    def test_desks_know_nothing_of_each_other(self, store: Store) -> None:
        mine = commit_of(
            change(party="c1", due_at=NOW, signature="s"),
            parties=[PartyChange(ref="c1", points=[ANN])],
            bodies=[Body("b", "c1", "text/plain", b"mine")],
            outbox=[message("m")],
            inbox=InboxRow(scope="s", key="k", body_hash="h", at=NOW),
        )
        assert wrote(store, mine, "one")
        assert wrote(store, commit_of(change()), "two")
        with store.transaction("two") as transaction:
            assert transaction.claim_points([ANN]) == {ANN: None}
            assert transaction.cases_of("c1") == ()
            assert transaction.last_seq("case:case-1") == 1
            assert (transaction.inbox("s", "k"), transaction.body("b")) == (None, None)
            assert transaction.due_cases(now=NOW, limit=9) == ()
            assert (transaction.waiting(), transaction.outbox()) == ((), ())
        assert store.claim_outbox("two", now=NOW, limit=9, lease=MINUTE) == ()
        assert store.erase("two", "c1") == 0

    @pytest.mark.parametrize("expected", (0, 1, 3))
    def test_a_commit_decided_on_another_version_writes_nothing(self, store: Store, expected: int) -> None:
        wrote(store, commit_of(change(events=2), outbox=[message("first")]))
        late = commit_of(
            change("case-2"),
            change(expected=expected, status="late"),
            parties=[PartyChange(ref="c1", points=[ANN])],
            bodies=[Body("b", None, "text/plain", b"")],
            inbox=InboxRow(scope="s", key="k", body_hash="h", at=NOW),
            counted=[("k", NOW)],
            outbox=[message("d")],
            deliveries=[DeliveryChange(1, "read")],
            agents=[AgentChange(ref="ann", presence="busy")],
        )
        assert not wrote(store, late)
        with store.transaction("consumer") as transaction:
            assert case_of(transaction).version == 2
            assert transaction.case("case-2") is None
            assert transaction.claim_points([ANN]) == {ANN: None}
            assert (transaction.body("b"), transaction.inbox("s", "k")) == (None, None)
            assert transaction.counted("k", since=NOW - MINUTE) == ()
            assert [(row.dedupe, row.state) for row in transaction.outbox()] == [("first", "pending")]
            assert transaction.agents() == ()

    def test_after_a_refused_commit_the_same_transaction_can_decide_again(self, store: Store) -> None:
        wrote(store, commit_of(change()))
        with store.transaction("consumer") as transaction:
            assert not transaction.commit(commit_of(change()))
            row = transaction.lock_case("case-1")
            assert row is not None
            assert transaction.commit(commit_of(change(expected=row.version)))
        with read(store) as reader:
            assert len(reader.events("case:case-1")) == 2

    def test_an_older_policy_may_not_write_what_a_newer_one_decided(self, store: Store) -> None:
        wrote(store, commit_of(change(epoch=2)))
        assert not wrote(store, commit_of(change(expected=1, epoch=1)))
        assert wrote(store, commit_of(change(expected=1, epoch=2)))
        assert wrote(store, commit_of(change(expected=2, epoch=3)))

    def test_once_a_policy_is_in_force_no_older_one_writes_a_case(self, store: Store) -> None:
        wrote(store, commit_of(change(epoch=1)))
        wrote(store, Commit(policy=PolicyRow(epoch=2, hash="v2", activated_at=NOW)))
        assert not wrote(store, commit_of(change(expected=1, epoch=1)))
        assert not wrote(store, commit_of(change("case-2", epoch=1)))
        assert wrote(store, commit_of(change(expected=1, epoch=2), change("case-2", epoch=3)))

    def test_a_case_may_change_without_an_event(self, store: Store) -> None:
        wrote(store, commit_of(change(match_at=NOW)))
        assert wrote(store, commit_of(change(expected=1, events=0, match_at=None)))
        with read(store) as reader:
            assert case_of(reader).match_at is None

    def test_events_of_another_stream_follow_its_last_one(self, store: Store) -> None:
        first = event("agent.presence_changed").placed("agent:ann", 1)
        assert wrote(store, Commit(events=[first]))
        assert not wrote(store, Commit(events=[first]))
        assert wrote(store, Commit(events=[first.placed("agent:ann", 2)]))
        with store.transaction("consumer") as transaction:
            assert transaction.last_seq("agent:ann") == 2
            assert transaction.streams() == ("agent:ann",)

    @pytest.mark.parametrize("mistake", _MISTAKES.values(), ids=_MISTAKES.keys())
    def test_a_mistake_is_no_race_and_writes_nothing(self, store: Store, mistake: Commit) -> None:
        with store.transaction("consumer") as transaction, pytest.raises(InvalidValue):
            transaction.commit(evolve(mistake, bodies=[Body("b", None, "text/plain", b"")]))
        with read(store) as reader:
            assert (reader.body("b"), reader.streams(), list(reader.cases())) == (None, (), [])

    def test_an_exception_takes_everything_back(self, store: Store) -> None:
        def fail() -> None:
            with store.transaction("consumer") as transaction:
                transaction.lock_party("c1")
                assert transaction.commit(commit_of(change(party="c1"), outbox=[message("m")]))
                assert transaction.commit(commit_of(change(expected=1)))
                assert case_of(transaction).version == 2
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert claim(store) == ()
        with read(store) as reader:
            assert (reader.case("case-1"), reader.streams(), reader.outbox()) == (None, (), ())
        assert wrote(store, commit_of(change()))

    def test_a_commit_that_fails_half_way_leaves_nothing_even_when_the_error_is_swallowed(
        self, store: Store
    ) -> None:
        unwritable = Commit(
            events=[event().placed("desk:d", 1)],
            inbox=InboxRow(scope="s", key="k", body_hash="h", outcome={"what": object()}, at=NOW),
        )
        with (
            suppress(StoreError),
            store.transaction("consumer") as transaction,
            pytest.raises(InvalidValue),
        ):
            transaction.commit(unwritable)
        with read(store) as reader:
            assert reader.streams() == ()

    def test_a_transaction_in_a_transaction_is_refused(self, store: Store) -> None:
        with store.transaction("consumer"), pytest.raises(StoreError), store.transaction("consumer"):
            pass

    def test_what_has_ended_cannot_be_used(self, store: Store) -> None:
        with store.transaction("consumer") as transaction:
            pass
        with read(store) as reader:
            pass
        with pytest.raises(StoreError):
            transaction.commit(Commit())
        with pytest.raises(StoreError):
            transaction.lock_party("c1")
        with pytest.raises(StoreError):
            reader.case("c")


def _missing(part: object, protocol: type) -> list[str]:
    return [name for name in dir(protocol) if not name.startswith("_") and not hasattr(part, name)]
