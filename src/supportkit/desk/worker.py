"""How commands are carried out: one transaction each, decided again when somebody else was first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import asdict, evolve, field, frozen

from supportkit.canonical import digest
from supportkit.cases import Agent, Customer, Event, utc
from supportkit.desk import commands
from supportkit.desk.decide import decide
from supportkit.desk.draft import Draft
from supportkit.desk.escalation.recipients import read_served
from supportkit.desk.policies.eras import era_of
from supportkit.desk.receipt import Carried, Done
from supportkit.desk.routing.efforts import with_efforts
from supportkit.desk.routing.offering import OFFER
from supportkit.desk.routing.pairing import bring_together, give_one
from supportkit.desk.routing.turns import assignments_of, takes_turns, turns_in
from supportkit.desk.texts import latest_contact
from supportkit.errors import CommandRefused, ConcurrentChange
from supportkit.policy import Policy
from supportkit.ports import (
    AgentRoster,
    AgentRow,
    CaseRow,
    ChannelInfo,
    Commit,
    CustomerDirectory,
    Era,
    InboxRow,
    Reader,
    Situation,
    Store,
    Transaction,
    Unmet,
)

__all__ = ["ATTEMPTS", "Decide", "Worker"]

ATTEMPTS = 5
_QUEUEING = (
    commands.Assign, commands.ExcludeHandler, commands.HandOff, commands.Release, commands.Reopen,
    commands.RequestCallback, commands.Withdraw,
)  # fmt: skip
_EVER = datetime.min.replace(tzinfo=UTC)
Outcome = Mapping[str, Any]
Decide = Callable[[Transaction, datetime, str | None], Commit]


@frozen(kw_only=True)
class Worker:
    """Everything a desk works with; it keeps no state, so any number of threads may share it."""

    name: str
    policy: Policy
    store: Store
    epoch: int
    customers: CustomerDirectory | None
    roster: AgentRoster | None
    channels: tuple[ChannelInfo, ...]
    clock: Callable[[], datetime] | None
    shadow: Policy | None = None
    connection: Any = None
    earlier: dict[str, Era] = field(factory=dict, eq=False, repr=False)
    """Earlier policies by their version, each compiled once."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction; a part of the host's own when the desk works in one."""
        return self.store.transaction(self.name, connection=self.connection)

    def reading(self) -> AbstractContextManager[Reader]:
        """Begin a read; within the host's transaction it sees what was written there."""
        return self.store.reader(self.name) if self.connection is None else self.transaction()

    def instant(self, tx: Transaction, now: datetime | None) -> datetime:
        """Return the instant of a command: what was given, else the desk's clock, else the store's."""
        if now is not None:
            return utc(now)
        return utc(self.clock()) if self.clock is not None else tx.now()

    def present(self, now: datetime | None) -> datetime:
        """Return what was given, else the desk's clock, else this machine's: for reading and sending."""
        if now is not None:
            return utc(now)
        return utc(self.clock()) if self.clock is not None else datetime.now(UTC)

    def carry_out(
        self,
        command: commands.Command,
        *,
        case: str | None,
        now: datetime | None,
        key: str | None,
        read: Callable[[Transaction], Situation] | None = None,
    ) -> Done:
        """Carry a command out once: lock, read, settle, decide, commit; then look for people.

        `read` locks and reads what a command needs that is about more or less than one case.
        """
        customer = self.customer_of(case) if isinstance(command, commands.HandOff) else None

        def deciding(tx: Transaction, moment: datetime, _: str | None) -> Commit:
            situation = self.situation(tx, case, command, moment) if read is None else read(tx)
            situation = situation if customer is None else evolve(situation, customer=customer)
            return decide(self.policy, situation, command, now=moment)

        body = digest([type(command).__name__, case, asdict(command)])
        done = self.once(deciding, now=now, scope="command", key=key, body=body)
        return Done(
            case_id=done.outcome.get("case", case), events=done.events, duplicate=done.duplicate,
            follow_up=() if self.connection is None else (done,),
        )  # fmt: skip

    def once(
        self,
        deciding: Decide,
        *,
        now: datetime | None,
        scope: str,
        key: str | None,
        body: str,
        repeats_after: timedelta | None = None,
    ) -> Carried:
        """Decide and commit, once for a key; then look for people, unless the host may still roll back."""
        carried = self.carried(
            deciding, now=now, scope=scope, key=key, body=body, repeats_after=repeats_after
        )
        if self.connection is None:
            self.follow(carried)
        return carried

    def carried(
        self,
        deciding: Decide,
        *,
        now: datetime | None,
        scope: str,
        key: str | None,
        body: str,
        repeats_after: timedelta | None = None,
    ) -> Carried:
        """Decide and commit, once for a key, again when somebody else was first; nobody hears of it yet."""
        for _ in range(ATTEMPTS):
            with self.transaction() as tx:
                moment = self.instant(tx, now)
                used, earlier = _earlier(tx, scope, key, moment, repeats_after)
                if earlier is not None:
                    break
                commit = deciding(tx, moment, used)
                if used is not None:
                    row = InboxRow(scope=scope, key=used, body_hash=body, outcome=commit.outcome, at=moment)
                    commit = evolve(commit, inbox=row)
                written = tx.commit(commit)
            if written:
                return Carried(commit.outcome, commit.events, duplicate=False)
            self._check_epoch()
        else:
            raise ConcurrentChange(f"lost {ATTEMPTS} races for {scope} {key!r}; try it again")
        if earlier.body_hash != body:
            message = f"the key {key!r} of {scope!r} was used for something else; use a new key"
            raise CommandRefused("key_reused", message)
        return Carried(earlier.outcome, (), duplicate=True)

    def follow(self, done: Carried) -> None:
        """Let hooks hear of committed events, then look for people and work."""
        self.announce(done.events)
        self.look(done.outcome)

    def announce(self, events: Sequence[Event]) -> None:
        """Let lifecycle hooks hear of committed events."""
        if events and self.policy.registry.listens("supportkit_after_event_committed"):
            self.policy.registry.after_event_committed(self.name, events)

    def _check_epoch(self) -> None:
        """Raise ConcurrentChange when the desk decides by a newer policy: that gate never opens again."""
        with self.reading() as reader:
            row = reader.policy()
        if row is not None and row.epoch > self.epoch:
            raise ConcurrentChange(
                f"desk {self.name!r} decides by policy {row.hash} since {row.activated_at:%Y-%m-%d %H:%M}, "
                f"not by {self.policy.version} any more; build the Desk again with that policy"
            )

    def customer_of(self, case: str | None) -> Customer | None:
        """Ask the directory about a case's customer, outside any lock."""
        if case is None or self.customers is None:
            return None
        with self.reading() as reader:
            row = reader.case(case)
            party = None if row is None or row.party is None else reader.party(row.party)
        return None if party is None else self.customers.customer(party.root)

    def situation(
        self, tx: Transaction, case: str | None, command: commands.Command, now: datetime
    ) -> Situation:
        """Lock and read what a command needs."""
        row = None if case is None else self.locked(tx, case)
        packing = isinstance(command, commands.HandOff)
        agent = command.agent if isinstance(command, commands.SetPresence) else None
        stream = f"agent:{agent}" if agent is not None else f"desk:{self.name}" if case is None else None
        return self.about(
            tx,
            row,
            agents=self.agents(tx, now),
            line=self.line(tx) if isinstance(command, _QUEUEING) else None,
            log=tx.events(f"case:{case}") if packing else (),
            rows=tuple(tx.cases_of(row.party)) if packing and row is not None and row.party else (),
            bodies=latest_contact(tx, row) if isinstance(command, commands.Reply) and row is not None else {},
            **({} if stream is None else {"seqs": {stream: tx.last_seq(stream)}}),
        )

    def about(self, tx: Transaction, row: CaseRow | None, **read: Any) -> Situation:
        """Return the situation of a case (or of none), with whatever else was read for the decision."""
        case: dict[str, Any] = {}
        if row is not None:
            seats = tuple(tx.seats(row.ref))
            case = {"party": row.party, "seats": seats}
            case |= _asked(tx, [seat.agent for seat in seats if seat.role == OFFER])
            case["turns"] = self._turns(tx, row, read.get("agents", ()))
            if row.epoch < self.epoch:
                case["unmet"] = {row.ref: self._unmet(tx, row)}
        return Situation(
            desk=self.name,
            epoch=self.epoch,
            row=row,
            routed=self.roster is not None,
            rotations=getattr(self.roster, "rotations", {}),
            served=read_served(self.policy, tx),
            channels=self.channels,
            **{**case, **read},
        )

    def _turns(self, tx: Transaction, row: CaseRow, agents: Sequence[Agent]) -> dict[str, datetime]:
        """Read when each agent was last given work of a case's queue and channel, where that decides."""
        if not agents or not takes_turns(self.policy):
            return {}
        draft = Draft(self.policy, Situation(desk=self.name, row=row), now=row.last_at or _EVER)
        place = turns_in(draft.line.queue, draft.place_channel)
        counted = {agent.id: tx.counted(f"{place}{agent.id}", since=_EVER) for agent in agents}
        return {agent: instants[-1] for agent, instants in counted.items() if instants}

    def _unmet(self, tx: Transaction, row: CaseRow) -> Unmet:
        """Read what a case has yet to meet: the policies since the one it was decided by last."""
        rows = [era for era in tx.policies() if row.epoch <= era.epoch <= self.epoch]
        eras = [era_of(era, self.policy, self.earlier) for era in rows]
        return Unmet(eras=tuple(eras), log=tx.events(f"case:{row.ref}"))

    def line(self, tx: Transaction) -> tuple[CaseRow, ...] | None:
        """Read which cases wait, where the policy estimates waits; None where it does not."""
        return None if self.policy.routing.waits is None or self.roster is None else tuple(tx.waiting())

    def locked(self, tx: Transaction, case: str) -> CaseRow:
        """Lock a case; raises CommandRefused when there is none of that id."""
        row = tx.lock_case(case)
        if row is None:
            raise CommandRefused(
                "unknown_case", f"desk {self.name!r} has no case {case!r}; desk.cases() lists them"
            )
        return row

    def agents(self, tx: Transaction, now: datetime) -> tuple[Agent, ...]:
        """Return the roster's agents with the presence, load and assignments that the desk knows."""
        if self.roster is None:
            return ()
        rows = {row.ref: row for row in tx.agents()}
        known = tuple(
            self._known(tx, agent, rows[agent.id], now)
            if agent.id in rows
            else evolve(agent, presence="offline")
            for agent in self.roster.agents(now=now)
        )
        return with_efforts(self.policy, tx, known, now=now)

    def _known(self, tx: Transaction, agent: Agent, row: AgentRow, now: datetime) -> Agent:
        names = ("presence", "load", "idle_since", "last_assigned")
        known = {name: getattr(row, name) for name in names}
        limit = self.policy.routing.rate_limit
        if limit is not None:
            known["assigned_at"] = tx.counted(assignments_of(agent.id), since=now - limit.window)
        return evolve(agent, **known)

    def look(self, outcome: Outcome) -> None:
        """Look for people and work, as the outcome of a command says; harmless when it was done before."""
        look = outcome["look"]
        cases = () if look["case"] is None else (look["case"],)
        along = look.get("along", False)
        bring_together(self, look["agents"], cases, now=outcome["at"], along=along)

    def match_case(self, case: str, *, now: datetime, armed: bool = True) -> bool:
        """Find a person for a waiting case, in a transaction of its own; return whether one was found.

        One that must be `armed` is looked at only when it is due.
        """
        with self.transaction() as tx:
            row = tx.lock_case(case)
            if row is None or (armed and (row.match_at is None or row.match_at > now)):
                return False
            commit = self.matched(tx, row, self.agents(tx, now), now, agent=None)
            written = tx.commit(commit)
        return self.given(commit, written=written)

    def match_agent(self, agent: str, *, now: datetime) -> int:
        """Give an armed agent waiting cases until they are full or nothing fits; return how many."""
        given = 0
        while give_one(self, agent, now=now):
            given += 1
        return given

    def given(self, commit: Commit, *, written: bool) -> bool:
        """Let hooks hear of a match that was written; return whether somebody was found."""
        if written:
            self.announce(commit.events)
        return written and commit.outcome["agent"] is not None

    def matched(
        self, tx: Transaction, row: CaseRow, agents: tuple[Agent, ...], now: datetime, *, agent: str | None
    ) -> Commit:
        """Decide who gets a waiting case; with `agent`, who picked it, only that one may."""
        return decide(self.policy, self.about(tx, row, agents=agents), commands.Match(agent=agent), now=now)

    def advance(self, tx: Transaction, case: str, *, now: datetime) -> tuple[Event, ...]:
        """Let happen what fell due in one case; return what did."""
        situation = self.about(tx, self.locked(tx, case))
        commit = decide(self.policy, situation, commands.Advance(), now=now)
        return commit.events if tx.commit(commit) else ()


def _asked(tx: Transaction, agents: Sequence[str]) -> dict[str, Any]:
    """Read what an offer that expires needs: the presence of who is asked, and the seq of their stream."""
    if not agents:
        return {}
    presences = {row.ref: row.presence for row in tx.agents() if row.ref in agents}
    return {"asked": presences, "seqs": {f"agent:{ref}": tx.last_seq(f"agent:{ref}") for ref in agents}}


def _earlier(
    tx: Transaction, scope: str, key: str | None, now: datetime, repeats_after: timedelta | None
) -> tuple[str | None, InboxRow | None]:
    """Return the key to use, and what it gave the first time; after a while it may be used anew."""
    while key is not None and (row := tx.inbox(scope, key)) is not None:
        if repeats_after is None or now - row.at <= repeats_after:
            return key, row
        key = f"{key}@{row.at.isoformat()}"
    return key, None
