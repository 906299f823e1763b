"""The desk: takes contacts in, carries commands out, lets due things happen, sends messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.cases import Contact, utc
from supportkit.desk.case_commands import CaseCommands
from supportkit.desk.contacts.batches import Batch, receive_each
from supportkit.desk.contacts.inbound import hear, read_request, take_in
from supportkit.desk.escalation.commands import EscalationCommands
from supportkit.desk.learning.commands import LearningCommands
from supportkit.desk.learning.queries import LearningQueries
from supportkit.desk.merging.commands import MergeCommands
from supportkit.desk.policies.adoption import AdoptionCommands, adopt_in
from supportkit.desk.policies.eras import policy_of
from supportkit.desk.receipt import (
    Carried,
    ContactReceipt,
    DeliveryReport,
    Done,
    Receipt,
    TickReport,
    UpdateReceipt,
)
from supportkit.desk.recovery.commands import RecoveryCommands
from supportkit.desk.ticking import deliver, tick
from supportkit.desk.worker import Worker
from supportkit.errors import CommandRefused, InvalidValue, nearest_name
from supportkit.plugins import Registry
from supportkit.policy import Policy
from supportkit.ports import (
    AgentRoster,
    Channel,
    ChannelInfo,
    CustomerDirectory,
    DeliveryUpdate,
    Response,
    Store,
)
from supportkit.storage import MemoryStore

__all__ = ["Desk", "open_desk"]


class Desk(
    AdoptionCommands,
    CaseCommands,
    MergeCommands,
    RecoveryCommands,
    EscalationCommands,
    LearningCommands,
    LearningQueries,
):
    """Decides and remembers: for every contact who it is, how urgent, by when, who answers, what we promise.

    Every call is one transaction: gather what the directories know, lock and read, settle what fell due,
    decide (purely), commit. `store` defaults to memory, `channels` are the ways in and out, `customers` and
    `agents` are the host's directories, `clock` gives the present (default: the store's clock); every call
    also takes `now=`. `shadow` is a second policy that decides every contact too: what it would have decided
    otherwise is recorded (see `differences`), and nothing is done. Safe to share between threads. Raises
    InvalidValue for two channels of one name.

    >>> from datetime import UTC, datetime
    >>> from supportkit import Policy
    >>> from supportkit.cases import ContactPoint
    >>> from supportkit.channels import MemoryChannel
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> desk = Desk(Policy.from_dict({}), channels=[MemoryChannel("chat")], clock=lambda: nine)
    >>> jo = ContactPoint("handle", "@jo")
    >>> contact = Contact(id="m1", channel="chat", at=nine, text="Help!", points=[jo])
    >>> case_id = desk.receive("chat", contact).contacts[0].case_id
    >>> desk.case(case_id).status, desk.case(case_id).team
    ('new', 'general')
    """

    def __init__(
        self,
        policy: Policy,
        *,
        store: Store | None = None,
        channels: Iterable[Channel] = (),
        customers: CustomerDirectory | None = None,
        agents: AgentRoster | None = None,
        name: str = "default",
        clock: Callable[[], datetime] | None = None,
        shadow: Policy | None = None,
    ) -> None:
        if not name or not name.isprintable():
            raise InvalidValue(f"name={name!r} is no name of a desk; write something like 'consumer'")
        self._channels = _by_name(channels)
        held = store if store is not None else MemoryStore(**({} if clock is None else {"clock": clock}))
        self._worker = Worker(
            name=name,
            policy=policy,
            store=held,
            epoch=_epoch(held, name, policy, clock),
            customers=customers,
            roster=agents,
            channels=tuple(
                ChannelInfo(each.name, getattr(each, "kind", None) or each.name, each.capabilities.sends)
                for each in self._channels.values()
            ),
            clock=clock,
            shadow=shadow,
        )
        if agents is not None:
            held.sync_agents(name, agents.agents(now=self._worker.present(None)))

    @property
    def policy(self) -> Policy:
        """The policy the desk decides by."""
        return self._worker.policy

    @property
    def name(self) -> str:
        """The desk's name, the key under which its store keeps it apart from others."""
        return self._worker.name

    def receive(
        self, channel: str, request_or_payload: Any, *, now: datetime | None = None, key: str | None = None
    ) -> Receipt:
        """Take in what a channel was sent: verify, read, decide each contact in a transaction of its own.

        One request may hold many contacts and delivery updates; all of it is read before any is decided.
        `key` makes a repeat harmless; without it the contact's own id does (the Message-ID of a mail). Clocks
        start at receipt: `now`, not the time a sender claims. A provider's question whether this is the right
        address gets its answer in ``response``. Raises InvalidValue for an unknown channel, ChannelError for
        a request that cannot be verified or read (its `status` is what to answer the provider),
        CommandRefused (key_reused) when your key comes back with something else; a sender who gives two
        messages one id gets the second one quarantined.
        """
        instance = self._channel(channel)
        read = read_request(instance, request_or_payload, now=self._worker.present(now))
        if isinstance(read, Response):
            return Receipt(response=read)
        contacts, updates, carried = [], [], []
        for number, item in enumerate(read):
            if isinstance(item, DeliveryUpdate):
                done = hear(self._worker, item, channel=channel, now=now)
                updates.append(_update_receipt(item, done))
            else:
                contact = evolve(item, channel_name=channel)
                done = take_in(
                    self._worker, contact, now=now, key=_key(key, number) or contact.id,
                    repeats_after=None if key else instance.capabilities.repeats_after,
                    case_of=getattr(instance, "case_of", None),
                )  # fmt: skip
                contacts.append(_contact_receipt(contact, done))
            carried.append(done)
        return Receipt(
            contacts=contacts,
            updates=updates,
            duplicate=bool(contacts) and all(receipt.duplicate for receipt in contacts),
            follow_up=carried if self._worker.connection is not None else (),
        )

    def receive_many(
        self, channel: str, payloads: Iterable[Any], *, now: datetime | None = None, key: str | None = None
    ) -> Batch:
        """Take in many requests of a channel, in order, each contact in a transaction of its own.

        A request that cannot be verified, read or decided is told in `rejected` and stops nobody. The whole
        batch may be given again: what was taken in before says so, by `key` and its place in the batch or,
        without one, by each contact's own id. Raises InvalidValue for an unknown channel; StoreError and
        RetryTransaction when the store itself gives out: give the batch again then.

        >>> from datetime import UTC
        >>> from supportkit import Policy
        >>> from supportkit.channels import MemoryChannel
        >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
        >>> desk = Desk(Policy.from_dict({}), channels=[MemoryChannel("chat")], clock=lambda: nine)
        >>> hello = Contact(id="m1", channel="chat", at=nine, text="Hello")
        >>> batch = desk.receive_many("chat", [hello, "no contact", hello])
        >>> [contact.action for contact in batch.contacts], [one.number for one in batch.rejected]
        (['new', 'duplicate'], [1])
        """
        self._channel(channel)
        return receive_each(
            lambda payload, own: self.receive(channel, payload, now=now, key=own), payloads, key=key
        )

    def _channel(self, name: str) -> Channel:
        instance = self._channels.get(name)
        if instance is None:
            near = nearest_name(name, self._channels)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self._channels) or 'none'}"
            raise InvalidValue(f"desk {self.name!r} has no channel {name!r}; {hint}")
        return instance

    def using(self, connection: Any) -> Desk:
        """Return this desk inside the host's own transaction: its rows and the desk's events, or neither.

        `connection` is a SQLAlchemy connection with a transaction open; the desk neither commits it nor rolls
        it back. Nobody is looked for and no hook hears of anything until the host says `committed(receipt)`
        after its commit; without it the next `tick` finds the people, and hooks never hear. On SQLite begin
        the transaction IMMEDIATE. Raises RetryTransaction when the database wants the host's transaction run
        again, StoreError for a store that has no connections.
        """
        inside = copy(self)
        inside._worker = evolve(self._worker, connection=connection)  # noqa: SLF001 - a copy of ourselves
        return inside

    def committed(self, receipt: Receipt | Batch | Done) -> None:
        """Do what waited for the host's commit: let hooks hear, look for people and work.

        Say it once: nobody is found twice, but hooks hear of the events each time.
        """
        if self._worker.connection is not None:
            raise CommandRefused("in_transaction", "call committed() on the desk itself, after your commit")
        for done in receipt.follow_up:
            self._worker.follow(done)

    def tick(self, *, limit: int = 500, now: datetime | None = None) -> TickReport:
        """Let what fell due happen, and bring waiting cases and free agents together.

        Takes at most `limit` cases; a case that raises is parked with a fault and delays nobody. Call it as
        often as you like: nothing happens twice, and late calls give the same verdicts.
        """
        self._alone("tick")
        return tick(self._worker, limit=limit, now=now)

    def deliver(self, *, limit: int = 100, now: datetime | None = None) -> DeliveryReport:
        """Send what waits: in order for each case and recipient, at least once, with a dedupe key.

        Notices to colleagues go through the channel named ``colleagues`` when there is one; without it they
        are kept, to be read with `outbox`. A message that can never be sent is recorded in its case.
        """
        self._alone("deliver")
        return deliver(self._worker, self._channels, limit=limit, now=self._worker.present(now))

    def _alone(self, doing: str) -> None:
        if self._worker.connection is not None:
            raise CommandRefused(
                "in_transaction", f"{doing} has transactions of its own; call it on the desk itself"
            )

    def __repr__(self) -> str:
        return f"<Desk {self.name!r}, policy {self.policy.version}>"


def open_desk(store: Store, *, name: str, registry: Registry | None = None) -> Desk:
    """Return a desk as its store knows it, with the policy it decided by last: to read it, not to run it.

    `registry` holds the plugins that the policy needs. Raises InvalidValue when the store has no desk of that
    name.
    """
    with store.reader(name) as reader:
        row = reader.policy()
    if row is None:
        raise InvalidValue(f"the store has no desk {name!r}")
    return Desk(policy_of(row, registry), store=store, name=name)


def _key(key: str | None, number: int) -> str | None:
    return key if key is None or not number else f"{key}/{number}"


def _contact_receipt(contact: Contact, done: Carried) -> ContactReceipt:
    outcome = done.outcome
    return ContactReceipt(
        contact_id=contact.id,
        case_id=outcome["case"],
        action="duplicate" if done.duplicate else outcome["action"],
        duplicate=done.duplicate or outcome["action"] == "duplicate",
        reason=outcome.get("reason"),
    )


def _update_receipt(update: DeliveryUpdate, done: Carried) -> UpdateReceipt:
    outcome = done.outcome
    return UpdateReceipt(
        state=update.state,
        recorded=outcome["recorded"],
        case_id=outcome["case"],
        reason=outcome.get("reason"),
    )


def _by_name(channels: Iterable[Channel]) -> dict[str, Channel]:
    named: dict[str, Channel] = {}
    for channel in channels:
        if channel.name in named:
            raise InvalidValue(f"two channels are called {channel.name!r}; give one another name=")
        named[channel.name] = channel
    return named


def _epoch(store: Store, name: str, policy: Policy, clock: Callable[[], datetime] | None) -> int:
    """Return the epoch of the policy, beginning a new one when the desk decided by another before."""
    with store.transaction(name) as tx:
        at = utc(clock()) if clock is not None else tx.now()
        row, _ = adopt_in(tx, name, policy, at=at)
        return row.epoch
