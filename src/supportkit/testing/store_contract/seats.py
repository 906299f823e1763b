# ruff: noqa: D102 - the name of a law is its sentence
"""Laws of agents, their seats and their load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.ports import AgentChange, Commit, Seat, Store
from supportkit.testing.contract import Contract
from supportkit.testing.store_contract.values import (
    MINUTE,
    NOW,
    at_once,
    case_of,
    change,
    commit_of,
    read,
    wrote,
)

__all__ = ["SeatLaws"]


class SeatLaws(Contract, standard=True):
    """Load is counted from the seats that are taken, and a case has one handler."""

    def test_agents_are_made_once_and_keep_presence_and_load(self, store: Store) -> None:
        store.sync_agents(
            "consumer", [Agent("bob", presence="offline"), Agent("ann", idle_since=NOW, load=7)]
        )
        wrote(store, Commit(agents=[AgentChange(ref="ann", presence="busy", clear_match=True)]))
        store.sync_agents("consumer", [Agent("ann"), Agent("cat", last_assigned=NOW)])
        with read(store) as reader:
            rows = {row.ref: row for row in reader.agents()}
        assert list(rows) == ["ann", "bob", "cat"]
        assert (rows["ann"].presence, rows["ann"].load, rows["ann"].idle_since) == ("busy", {}, NOW)
        assert (rows["bob"].presence, rows["cat"].last_assigned) == ("offline", NOW)

    def test_a_new_agent_who_is_available_is_armed_under_any_clock(self, store: Store) -> None:
        store.sync_agents("consumer", [Agent("ann"), Agent("bob", presence="offline")])
        with store.transaction("consumer") as transaction:
            assert transaction.armed_agents(now=datetime(1999, 1, 1, tzinfo=UTC), limit=5) == ("ann",)

    def test_agents_change_only_in_what_is_said(self, store: Store) -> None:
        wrote(
            store, Commit(agents=[AgentChange(ref="ann", presence="available", idle_since=NOW, match_at=NOW)])
        )
        wrote(store, Commit(agents=[AgentChange(ref="ann", last_assigned=NOW + MINUTE)]))
        wrote(store, Commit(agents=[AgentChange(ref="bob", match_at=NOW - MINUTE)]))
        with store.transaction("consumer") as transaction:
            row = transaction.agents()[0]
            assert (row.presence, row.idle_since, row.match_at) == ("available", NOW, NOW)
            assert row.last_assigned == NOW + MINUTE
            assert transaction.armed_agents(now=NOW, limit=5) == ("bob", "ann")
            assert transaction.armed_agents(now=NOW, limit=1) == ("bob",)
            assert transaction.armed_agents(now=NOW - MINUTE, limit=5) == ("bob",)
            transaction.commit(Commit(agents=[AgentChange(ref="bob", clear_match=True, match_at=NOW)]))
            assert transaction.armed_agents(now=NOW, limit=5) == ("ann",)

    def test_load_is_the_sum_of_the_seats_by_channel(self, store: Store) -> None:
        taken = (
            Seat("case-1", "ann", "handler", "email", 0.1),
            Seat("case-1", "bob", "second", "email", 1.0),
        )
        wrote(store, commit_of(change(), taken=taken))
        wrote(store, commit_of(change("case-2"), taken=[Seat("case-2", "ann", "handler", "email", 0.2)]))
        wrote(store, commit_of(change("case-3"), taken=[Seat("case-3", "ann", "handler", "phone", 3)]))
        with read(store) as reader:
            assert [dict(row.load) for row in reader.agents()] == [
                {"email": pytest.approx(0.3), "phone": 3},
                {"email": 1},
            ]
            assert reader.seats("case-1") == taken
            assert [(seat.case, seat.role) for seat in reader.seats()] == [
                ("case-1", "handler"),
                ("case-1", "second"),
                ("case-2", "handler"),
                ("case-3", "handler"),
            ]
            assert reader.seats("case-9") == ()

    def test_freeing_takes_exactly_what_was_there(self, store: Store) -> None:
        wrote(store, commit_of(change(), taken=[Seat("case-1", "ann", "handler", "email", 0.1)]))
        wrote(store, commit_of(change("case-2"), taken=[Seat("case-2", "ann", "handler", "email", 0.2)]))
        wrote(store, Commit(freed=[("case-1", "handler"), ("case-1", "second"), ("case-9", "handler")]))
        wrote(store, Commit(freed=[("case-1", "handler")]))
        with read(store) as reader:
            assert (reader.agents()[0].load, len(reader.seats())) == ({"email": 0.2}, 1)

    def test_a_seat_changes_hands_in_one_commit(self, store: Store) -> None:
        wrote(store, commit_of(change(), taken=[Seat("case-1", "ann")]))
        wrote(
            store, commit_of(change(expected=1), freed=[("case-1", "handler")], taken=[Seat("case-1", "bob")])
        )
        with read(store) as reader:
            assert [(row.ref, dict(row.load)) for row in reader.agents()] == [("ann", {}), ("bob", {"": 1.0})]

    def test_a_second_handler_is_impossible(self, store: Store) -> None:
        wrote(store, commit_of(change(), taken=[Seat("case-1", "ann")]))
        with store.transaction("consumer") as transaction, pytest.raises(InvalidValue):
            transaction.commit(commit_of(change(expected=1), taken=[Seat("case-1", "bob")]))
        with read(store) as reader:
            assert (case_of(reader).version, reader.seats()) == (1, (Seat("case-1", "ann"),))

    def test_a_place_held_for_an_offer_knows_to_the_microsecond_until_when(self, store: Store) -> None:
        until = datetime(2026, 3, 29, 1, 30, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
        asked = (Seat("case-1", "ann", "handler"), Seat("case-1", "bob", "offer", "email", 1.0, until))
        wrote(store, commit_of(change(), taken=asked))
        wrote(store, commit_of(change(expected=1)))
        with read(store) as reader:
            seats = reader.seats("case-1")
            assert [(seat.role, seat.offer_until) for seat in seats] == [("handler", None), ("offer", until)]
            assert [(row.ref, dict(row.load)) for row in reader.agents()][1] == ("bob", {"email": 1.0})
        wrote(
            store,
            commit_of(
                change(expected=2), freed=[("case-1", "handler"), ("case-1", "offer")], taken=[seats[1]]
            ),
        )
        with read(store) as reader:
            assert reader.seats() == (seats[1],)

    def test_loads_stay_whole_when_threads_take_seats_at_once(self, store: Store) -> None:
        def take(number: int) -> bool:
            ref = f"case-{number}"
            return wrote(store, commit_of(change(ref), taken=[Seat(ref, "ann", "handler", "email")]))

        assert at_once(4, take) == [True] * 4
        with read(store) as reader:
            assert [dict(row.load) for row in reader.agents()] == [{"email": 4.0}]
