"""How commands are carried out: one transaction each, decided again when somebody else was first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import asdict, evolve, frozen

from supportkit.canonical import derived_id, digest
from supportkit.cases import Agent, Contact, Customer, Event, utc
from supportkit.desk import commands
from supportkit.desk.arrival import read_arrival
from supportkit.desk.case_file import CaseFile
from supportkit.desk.decide import decide
from supportkit.desk.matching import pick_case
from supportkit.desk.receipt import Done, FollowUp
from supportkit.desk.shadow import shadow_event
from supportkit.errors import CommandRefused, ConcurrentChange
from supportkit.intake import Threading, identify
from supportkit.policy import Policy
from supportkit.ports import (
    DELIVERY_RANK,
    AgentChange,
    AgentRoster,
    CaseRow,
    ChannelInfo,
    Commit,
    CustomerDirectory,
    Delivery,
    DeliveryUpdate,
    InboxRow,
    OutboxRow,
    Reader,
    Situation,
    Store,
    ThreadKey,
    Transaction,
)

__all__ = ["Worker"]

_ATTEMPTS = 5
_DONE_WITH = max(DELIVERY_RANK.values())
_NOBODY: Mapping[str, Any] = {"case": None, "agents": []}
Outcome = Mapping[str, Any]
Decide = Callable[[Transaction, datetime, str | None], Commit]
# Whom plugins were asked about, the facts they gave, and the faults of those that could not.
Gathered = tuple[Customer | None, Mapping[str, Any], tuple[str, ...]] | None


@frozen
class Carried:
    """What a command came to: its outcome, its events, and whether it had been carried out before."""

    outcome: Outcome
    events: tuple[Event, ...]
    duplicate: bool


class _SomebodyElse(Exception):
    """The customer is another one than the facts were gathered for."""

    def __init__(self, customer: Customer | None) -> None:
        super().__init__()
        self.customer = customer


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

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a transaction; a part of the host's own when the desk works in one."""
        with self.store.transaction(self.name, connection=self.connection) as tx:
            yield tx

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
        self, command: commands.Command, *, case: str | None, now: datetime | None, key: str | None
    ) -> Done:
        """Carry a command out once: lock, read, settle, decide, commit; then look for people."""
        customer = self._customer_of(case) if isinstance(command, commands.HandOff) else None

        def deciding(tx: Transaction, moment: datetime, _: str | None) -> Commit:
            situation = evolve(self._situation(tx, case, command, moment), customer=customer)
            return decide(self.policy, situation, command, now=moment)

        body = digest([type(command).__name__, case, asdict(command)])
        done = self._once(deciding, now=now, scope="command", key=key, body=body)
        follow_up = () if self.connection is None else (FollowUp(events=done.events, outcome=done.outcome),)
        return Done(
            case_id=done.outcome.get("case", case), events=done.events, duplicate=done.duplicate,
            follow_up=follow_up,
        )  # fmt: skip

    def receive(
        self, contact: Contact, *, now: datetime | None, key: str, repeats_after: timedelta | None = None
    ) -> Carried:
        """Take in one contact; say what came of it and whether it was taken in before.

        With `repeats_after`, the same key later than that is a contact of its own.
        """
        known = () if self.customers is None else tuple(self.customers.candidates(contact.points))
        found = identify(contact.points, known).customer
        customer = next((each for each in known if each.id == found), None)
        body = digest([contact.subject, contact.text, contact.points and [p.value for p in contact.points]])
        used, first = key, None
        for _ in range(_ATTEMPTS):
            gathered = self._provided(contact, customer, now)
            deciding = self._receiving(contact, known, gathered, key=used, first=first)
            try:
                return self._once(
                    deciding, now=now, scope=contact.channel_name, key=used, body=body,
                    repeats_after=repeats_after,
                )  # fmt: skip
            except CommandRefused as refused:
                if refused.code != "key_reused" or key != contact.id or first is not None:
                    raise
                used, first = f"{key}#{body}", key  # the sender gave two messages one id
            except _SomebodyElse as other:  # the desk knows the sender better than the directory does
                customer = other.customer
        raise ConcurrentChange(f"contact {contact.id!r} changed hands {_ATTEMPTS} times; try it again")

    def _provided(self, contact: Contact, customer: Customer | None, now: datetime | None) -> Gathered:
        """Ask plugins for facts, outside any lock (but for that of a host's transaction)."""
        if not self.policy.registry.listens("supportkit_provide_facts"):
            return None
        found = self.policy.registry.provide_facts(contact=contact, customer=customer, now=self.present(now))
        return customer, found.facts, tuple(map(str, found.faults))

    def _receiving(
        self, contact: Contact, known: Sequence[Customer], gathered: Gathered, *, key: str, first: str | None
    ) -> Decide:
        """Return the decision about a contact; `first` is the key of another one that had the same id."""

        def deciding(tx: Transaction, moment: datetime, used: str | None) -> Commit:
            arrived = evolve(
                contact, at=moment, id=contact.id if used == key else derived_id("contact", used)
            )
            arrival = read_arrival(tx, arrived, known, policy=self.policy, desk=self.name, now=moment)
            asked_about, provided, faults = gathered or (arrival.customer, {}, ())
            if asked_about != arrival.customer:
                raise _SomebodyElse(arrival.customer)
            if first is not None:
                earlier = tx.inbox(contact.channel_name, first)
                case = None if earlier is None else earlier.outcome["case"]
                arrival = evolve(
                    arrival, row=None, threading=Threading("quarantine", linked_to=case, matched_by="key")
                )
            stream = f"desk:{self.name}"
            names = ("party", "customer", "points", "identification", "threading", "rows")
            counts = ("open_cases", "contacts", "acknowledged")
            situation = self._about(
                tx,
                arrival.row,
                # Only a contact on an open case asks who is there; a new one is matched afterwards.
                agents=() if arrival.row is None else self.agents(tx, moment),
                seqs={stream: tx.last_seq(stream)},
                provided=provided,
                faults=faults,
                **{name: getattr(arrival, name) for name in (*names, *counts)},
            )
            command = commands.Receive(contact=arrived)
            commit = decide(self.policy, situation, command, now=moment)
            claimed = commit.outcome["case"]
            claims = [ThreadKey(key, claimed, "claim") for key in arrival.claims] if claimed else []
            return evolve(
                commit,
                threads=(*commit.threads, *claims),
                events=(*commit.events, *self._shadowed(tx, situation, command, commit, moment)),
            )

        return deciding

    def _shadowed(
        self, tx: Transaction, situation: Situation, command: commands.Receive, commit: Commit, now: datetime
    ) -> tuple[Event, ...]:
        if self.shadow is None or commit.outcome["case"] is None:
            return ()
        stream = f"desk:{self.name}/shadow/{commit.outcome['case']}"
        event = shadow_event(self.policy, self.shadow, situation, command, commit, now=now)
        return () if event is None else (event.placed(stream, tx.last_seq(stream) + 1),)

    def hear(self, update: DeliveryUpdate, *, channel: str, now: datetime | None) -> Carried:
        """Take in a provider's word on a message; late and repeated ones change nothing."""

        def deciding(tx: Transaction, moment: datetime, _: str | None) -> Commit:
            message = tx.find_message(channel=channel, dedupe=update.outbound, provider_id=update.provider_id)
            nothing = {"case": message and message.case, "recorded": False, "at": moment, "look": _NOBODY}
            if message is None:
                return Commit(outcome={**nothing, "reason": "unknown_message"})
            if not DELIVERY_RANK[update.state] > DELIVERY_RANK.get(message.state, _DONE_WITH):
                return Commit(outcome={**nothing, "reason": f"already {message.state}"})
            command = commands.RecordDelivery(
                message=message, state=update.state, provider_id=update.provider_id, reason=update.reason
            )
            commit = decide(
                self.policy, self._situation(tx, message.case, command, moment), command, now=moment
            )
            return evolve(commit, outcome={**commit.outcome, "recorded": True})

        return self._once(deciding, now=now, scope=channel, key=None, body="")

    def record_failure(self, delivery: Delivery, reason: str, *, now: datetime) -> None:
        """Record in its case that a message was given up."""
        message = OutboxRow(
            number=delivery.number, dedupe=delivery.outbound.dedupe, case=delivery.outbound.case,
            to=delivery.outbound.to, state="failed", tries=delivery.tries + 1,
            channel=delivery.outbound.channel,
        )  # fmt: skip
        command = commands.RecordDelivery(message=message, state="failed", reason=reason)
        self.carry_out(command, case=message.case, now=now, key=None)

    def _once(
        self,
        deciding: Decide,
        *,
        now: datetime | None,
        scope: str,
        key: str | None,
        body: str,
        repeats_after: timedelta | None = None,
    ) -> Carried:
        """Decide and commit, once for a key, again when somebody else was first; then look for people."""
        for _ in range(_ATTEMPTS):
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
                return self._carried(commit.outcome, commit.events, duplicate=False)
            self._check_epoch()
        else:
            raise ConcurrentChange(f"lost {_ATTEMPTS} races for {scope} {key!r}; try it again")
        if earlier.body_hash != body:
            message = f"the key {key!r} of {scope!r} was used for something else; use a new key"
            raise CommandRefused("key_reused", message)
        return self._carried(earlier.outcome, (), duplicate=True)

    def _carried(self, outcome: Outcome, events: tuple[Event, ...], *, duplicate: bool) -> Carried:
        """Do what follows a commit, unless the host's transaction may still be rolled back."""
        carried = Carried(outcome, events, duplicate)
        if self.connection is None:
            self.follow(events, outcome)
        return carried

    def follow(self, events: tuple[Event, ...], outcome: Outcome) -> None:
        """Let hooks hear of committed events, then look for people and work."""
        self.announce(events)
        self.look(outcome)

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

    def _customer_of(self, case: str | None) -> Customer | None:
        """Ask the directory about a case's customer, outside any lock."""
        if case is None or self.customers is None:
            return None
        with self.reading() as reader:
            row = reader.case(case)
        return None if row is None or row.party is None else self.customers.customer(row.party)

    def _situation(
        self, tx: Transaction, case: str | None, command: commands.Command, now: datetime
    ) -> Situation:
        row = None if case is None else self.locked(tx, case)
        file = None if row is None else CaseFile.from_bytes(row.snapshot)
        wants_text = isinstance(command, commands.Reply) and file is not None and file.contact is not None
        body = tx.body(file.contact) if wants_text and file is not None else None  # type: ignore[arg-type]
        packing = isinstance(command, commands.HandOff)
        agent = command.agent if isinstance(command, commands.SetPresence) else None
        stream = f"agent:{agent}" if agent is not None else f"desk:{self.name}" if case is None else None
        return self._about(
            tx,
            row,
            agents=self.agents(tx, now),
            log=tx.events(f"case:{case}") if packing else (),
            rows=tuple(tx.cases_of(row.party)) if packing and row is not None and row.party else (),
            bodies={} if body is None else {body.ref: body},
            seqs={} if stream is None else {stream: tx.last_seq(stream)},
        )

    def _about(self, tx: Transaction, row: CaseRow | None, **read: Any) -> Situation:
        """Return the situation of a case (or of none), with whatever else was read for the decision."""
        case = {} if row is None else {"party": row.party, "seats": tuple(tx.seats(row.ref))}
        return Situation(
            desk=self.name,
            epoch=self.epoch,
            row=row,
            routed=self.roster is not None,
            rotations=getattr(self.roster, "rotations", {}),
            channels=self.channels,
            **{**case, **read},
        )

    def locked(self, tx: Transaction, case: str) -> CaseRow:
        """Lock a case; raises CommandRefused when there is none of that id."""
        row = tx.lock_case(case)
        if row is None:
            raise CommandRefused(
                "unknown_case", f"desk {self.name!r} has no case {case!r}; desk.cases() lists them"
            )
        return row

    def agents(self, tx: Transaction, now: datetime) -> tuple[Agent, ...]:
        """Return the roster's agents with the presence and the load that the desk knows."""
        if self.roster is None:
            return ()
        rows = {row.ref: row for row in tx.agents()}
        names = ("presence", "load", "idle_since", "last_assigned")
        return tuple(
            evolve(agent, **{name: getattr(rows[agent.id], name) for name in names})
            if agent.id in rows
            else evolve(agent, presence="offline")
            for agent in self.roster.agents(now=now)
        )

    def look(self, outcome: Outcome) -> None:
        """Look for people and work, as the outcome of a command says; harmless when it was done before."""
        look, now = outcome["look"], outcome["at"]
        if look["case"] is not None:
            self.match_case(look["case"], now=now)
        for agent in look["agents"]:
            self.match_agent(agent, now=now)

    def match_case(self, case: str, *, now: datetime) -> bool:
        """Find a person for an armed case, in a transaction of its own; return whether one was found."""
        with self.transaction() as tx:
            row = tx.lock_case(case)
            if row is None or row.match_at is None or row.match_at > now:
                return False
            commit = self._matched(tx, row, self.agents(tx, now), now)
            written = tx.commit(commit)
        return self._given(commit, written=written)

    def match_agent(self, agent: str, *, now: datetime) -> int:
        """Give an armed agent waiting cases until they are full or nothing fits; return how many."""
        given = 0
        while self._give_one(agent, now):
            given += 1
        return given

    def _give_one(self, agent: str, now: datetime) -> bool:
        with self.transaction() as tx:
            armed = agent in tx.armed_agents(now=now, limit=10_000)
            found = tuple(a for a in self.agents(tx, now) if a.id == agent) if armed else ()
            waiting = tuple(tx.waiting()) if found else ()
            chosen = pick_case(self.policy, found[0], waiting, now=now) if waiting else None
            if chosen is None:
                if armed:
                    tx.commit(Commit(agents=(AgentChange(ref=agent, clear_match=True),)))
                return False
            row = self.locked(tx, chosen)
            commit = self._matched(tx, row, found, now)
            written = tx.commit(commit)
        return self._given(commit, written=written)

    def _given(self, commit: Commit, *, written: bool) -> bool:
        if written:
            self.announce(commit.events)
        return written and commit.outcome["agent"] is not None

    def _matched(self, tx: Transaction, row: CaseRow, agents: tuple[Agent, ...], now: datetime) -> Commit:
        return decide(self.policy, self._about(tx, row, agents=agents), commands.Match(), now=now)

    def advance(self, tx: Transaction, case: str, *, now: datetime) -> tuple[Event, ...]:
        """Let happen what fell due in one case; return what did."""
        situation = self._about(tx, self.locked(tx, case))
        commit = decide(self.policy, situation, commands.Advance(), now=now)
        return commit.events if tx.commit(commit) else ()


def _earlier(
    tx: Transaction, scope: str, key: str | None, now: datetime, repeats_after: timedelta | None
) -> tuple[str | None, InboxRow | None]:
    """Return the key to use, and what it gave the first time; after a while it may be used anew."""
    while key is not None and (row := tx.inbox(scope, key)) is not None:
        if repeats_after is None or now - row.at <= repeats_after:
            return key, row
        key = f"{key}@{row.at.isoformat()}"
    return key, None
