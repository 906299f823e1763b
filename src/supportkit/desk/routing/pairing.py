"""Bringing people and waiting cases together, after a command or by time, and what leaving means.

The order is that of a `routing.Router`: what was asked of whoever left is taken back; agents who became free
pick, in the order of their ids; then what still waits chooses, in the order of the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import evolve

from supportkit.cases import Agent
from supportkit.desk import commands
from supportkit.desk.case_file import CaseFile
from supportkit.desk.decide import decide
from supportkit.desk.routing.matching import pick_case, rests_until, seen_later, would_take
from supportkit.desk.routing.offering import OFFER
from supportkit.desk.routing.turns import Turn
from supportkit.policy import Policy
from supportkit.ports import AgentChange, AgentRow, CaseChange, CaseRow, Commit, Transaction

if TYPE_CHECKING:
    from supportkit.desk.worker import Worker

__all__ = ["bring_together", "give_one", "in_line", "takers", "withdraw"]


def bring_together(
    worker: Worker, agents: Iterable[str], cases: Iterable[str], *, now: datetime, along: bool = False
) -> None:
    """Look for work for agents, then for people for cases.

    With `along` all that wait are looked at, because a step may be skipped now.
    """
    names = sorted(agents)
    back = [case for agent in names for case in withdraw(worker, agent, now=now)]
    for agent in names:
        worker.match_agent(agent, now=now)
    skipping = takers(worker, now=now) if along else frozenset()
    for case in in_line(worker, {*cases, *back, *skipping}):
        worker.match_case(case, now=now, armed=case not in skipping)


def in_line(worker: Worker, cases: Iterable[str]) -> list[str]:
    """Return the cases in the order in which they are served: by sort key, then the oldest, then by id."""
    refs = set(cases)
    if len(refs) < 2:
        return list(refs)
    with worker.reading() as reader:
        rows = [row for ref in refs if (row := reader.case(ref)) is not None]
    return [row.ref for row in sorted(rows, key=_place)]


def _place(row: CaseRow) -> tuple[bool, int, float, str]:
    opened = CaseFile.from_bytes(row.snapshot).case.opened_at
    return row.sort_key is None, row.sort_key or 0, opened.timestamp() if opened else 0.0, row.ref


def takers(worker: Worker, *, now: datetime) -> frozenset[str]:
    """Return the waiting cases that somebody may have now, each by itself."""
    with worker.transaction() as tx:
        rows, people = tx.waiting(), worker.agents(tx, now)
    return frozenset(row.ref for row in rows if would_take(worker.policy, row, people, now=now))


def withdraw(worker: Worker, agent: str, *, now: datetime) -> tuple[str, ...]:
    """Take back what an agent who went offline was asked, and after the grace time what they had in hand.

    Return the cases that wait again. Work that came to them after they left stays theirs.
    """
    terms = worker.policy.routing.offers
    if terms is None:
        return ()
    with worker.transaction() as tx:
        row = _row(tx, agent)
        seats = [seat for seat in tx.seats() if seat.agent == agent]
    if row is None or row.presence != "offline" or row.match_at is None or row.match_at > now:
        return ()
    left = row.idle_since or now
    back = None if terms.grace is None else left + terms.grace
    over = back is not None and back <= now
    asked = dict.fromkeys(seat.case for seat in seats if over or seat.role == OFFER)
    command = commands.Withdraw(actor="desk", agent=agent, had_before=left if over else None)
    for case in asked:
        _carry_out(worker, command, case, now)
    with worker.transaction() as tx:
        later = _row(tx, agent)
        if later is not None and later.presence == "offline" and later.idle_since == row.idle_since:
            waits = back is not None and not over
            tx.commit(
                Commit(
                    agents=(AgentChange(ref=agent, match_at=back if waits else None, clear_match=not waits),)
                )
            )
    return tuple(asked)


def _carry_out(worker: Worker, command: commands.Withdraw, case: str, now: datetime) -> None:
    def deciding(tx: Transaction, moment: datetime, _: str | None) -> Commit:
        return decide(worker.policy, worker.situation(tx, case, command, moment), command, now=moment)

    done = worker.carried(deciding, now=now, scope="command", key=None, body="")
    worker.announce(done.events)


def _row(tx: Transaction, agent: str) -> AgentRow | None:
    return next((row for row in tx.agents() if row.ref == agent), None)


def give_one(worker: Worker, agent: str, *, now: datetime) -> bool:
    """Give (or offer) an armed agent the waiting case that they pick; return whether there was one."""
    with worker.transaction() as tx:
        if agent not in tx.armed_agents(now=now, limit=10_000):
            return False
        people = worker.agents(tx, now)
        found = next((one for one in people if one.id == agent), None)
        waiting = tuple(tx.waiting()) if found is not None else ()
        turn = Turn.of(agent, worker.policy.priority.order.floor if waiting else None, tx.counted, now=now)
        chosen, counted = (
            pick_case(worker.policy, found, waiting, turn=turn, present=people, now=now)
            if found is not None and waiting
            else (None, None)
        )
        if chosen is None:
            tx.commit(_looked_after(worker.policy, agent, waiting, people, now))
            return False
        commit = worker.matched(tx, worker.locked(tx, chosen), people, now, agent=agent)
        if counted is not None:
            commit = evolve(commit, counted=(*commit.counted, turn.count(counted, now=now)))
        written = tx.commit(commit)
    return worker.given(commit, written=written)


def _looked_after(
    policy: Policy, name: str, waiting: Sequence[CaseRow], people: Sequence[Agent], now: datetime
) -> Commit:
    """Say that nothing fits now, and when to look again where only time keeps the agent from it."""
    agent = next((one for one in people if one.id == name), None)
    if agent is None or agent.presence not in policy.routing.pools:
        return Commit(agents=(AgentChange(ref=name, clear_match=True),))
    again = rests_until(policy, agent, now=now)
    later = seen_later(policy, agent, waiting, present=people, now=now)
    earlier = [
        CaseChange(evolve(row, match_at=at), row.version)
        for row in waiting
        if (at := later.get(row.ref)) is not None and (row.match_at is None or at < row.match_at)
    ]
    return Commit(cases=earlier, agents=(AgentChange(ref=name, match_at=again, clear_match=again is None),))
