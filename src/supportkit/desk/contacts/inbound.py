"""What comes in: a channel reads a request, then contacts and delivery updates are taken in one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, frozen

from supportkit.canonical import derived_id, digest
from supportkit.cases import Contact, Customer, Event
from supportkit.desk import commands
from supportkit.desk.contacts.arrival import CaseOf, read_arrival
from supportkit.desk.decide import decide
from supportkit.desk.policies.shadow import shadow_event
from supportkit.desk.receipt import Carried
from supportkit.desk.worker import ATTEMPTS, Decide, Worker
from supportkit.errors import ChannelError, CommandRefused, ConcurrentChange
from supportkit.intake import Threading, identify
from supportkit.plugins import Provided
from supportkit.ports import (
    Channel,
    Commit,
    DeliveryUpdate,
    Inbound,
    Response,
    Situation,
    ThreadKey,
    Transaction,
    outranks,
)

__all__ = ["hear", "read_request", "take_in"]

_NOBODY: Mapping[str, Any] = {"case": None, "agents": []}


@frozen
class _Gathered:
    """What plugins told of a contact, and the customer they were asked about."""

    customer: Customer | None
    provided: Provided


class _SomebodyElse(Exception):
    """The customer is another one than was gathered: `id` names one whom nobody asked the directory for."""

    def __init__(self, customer: Customer | None, *, id: str | None = None) -> None:
        super().__init__()
        self.customer, self.id = customer, id


def read_request(channel: Channel, request: Any, *, now: datetime) -> tuple[Inbound, ...] | Response:
    """Verify and read a request: all its contacts and delivery updates, or the answer to a handshake.

    A channel is foreign code, so whatever it raises is told as its fault. Nothing is taken in before all of
    it was read. Raises ChannelError, naming the channel, for whatever
    cannot be verified (status 401) or read (status 400).
    """
    handshake = getattr(channel, "handshake", None)
    try:
        answer: Response | None = None if handshake is None else handshake(request)
    except Exception as error:
        raise _fault(channel, "answer", error, status=400) from error
    if answer is not None:
        return answer
    try:
        channel.verify(request, now)
    except Exception as error:
        raise _fault(channel, "verify", error, status=401) from error
    try:
        read = tuple(channel.parse(request))
    except Exception as error:
        raise _fault(channel, "read", error, status=400) from error
    for item in read:
        if not isinstance(item, Contact | DeliveryUpdate):
            raise ChannelError(
                f"channel {channel.name!r} made {type(item).__name__} of a request; "
                "parse() gives Contact and DeliveryUpdate values"
            )
    return read


def _fault(channel: Channel, doing: str, error: Exception, *, status: int) -> Exception:
    if isinstance(error, ChannelError):
        return error
    return ChannelError(
        f"channel {channel.name!r} could not {doing} a request: {type(error).__name__}: {error}",
        status=status,
    )


def take_in(
    worker: Worker,
    contact: Contact,
    *,
    now: datetime | None,
    key: str,
    repeats_after: timedelta | None = None,
    case_of: CaseOf | None = None,
) -> Carried:
    """Take in one contact; say what came of it and whether it was taken in before.

    With `repeats_after`, the same key later than that is a contact of its own. `case_of` says to which case a
    signed address of the channel leads.
    """
    known = () if worker.customers is None else tuple(worker.customers.candidates(contact.points))
    asked: set[str] = set()
    gathered = None
    if worker.policy.registry.listens("supportkit_provide_facts"):
        gathered = _gather(worker, contact, _recognised(contact, known), now)
    body = digest([contact.subject, contact.text, contact.points and [p.value for p in contact.points]])
    used, first = key, None
    for _ in range(ATTEMPTS):
        try:
            return worker.once(
                _receiving(worker, contact, known, gathered, asked, key=used, first=first, case_of=case_of),
                now=now, scope=contact.channel_name, key=used, body=body, repeats_after=repeats_after,
            )  # fmt: skip
        except CommandRefused as refused:
            if refused.code != "key_reused" or key != contact.id or first is not None:
                raise
            used, first = f"{key}#{body}", key  # the sender gave two messages one id
        except _SomebodyElse as other:  # the desk knows the sender better than the directory does
            customer = other.customer
            if other.id is not None and worker.customers is not None:
                asked.add(other.id)
                customer = worker.customers.customer(other.id)
                known = known if customer is None else (*known, customer)
            if gathered is not None:
                gathered = _gather(worker, contact, customer, now)
    raise ConcurrentChange(f"contact {contact.id!r} changed hands {ATTEMPTS} times; try it again")


def _recognised(contact: Contact, known: Sequence[Customer]) -> Customer | None:
    found = identify(contact.points, known).customer
    return next((each for each in known if each.id == found), None)


def _gather(worker: Worker, contact: Contact, customer: Customer | None, now: datetime | None) -> _Gathered:
    """Ask plugins for facts, outside any lock (but for that of a host's transaction)."""
    registry = worker.policy.registry
    found = registry.provide_facts(contact=contact, customer=customer, now=worker.present(now))
    return _Gathered(customer, found)


def _receiving(
    worker: Worker,
    contact: Contact,
    known: Sequence[Customer],
    gathered: _Gathered | None,
    asked: Collection[str],
    *,
    key: str,
    first: str | None,
    case_of: CaseOf | None,
) -> Decide:
    """Return the decision about a contact; `first` is the key of another one that had the same id."""
    provided = Provided() if gathered is None else gathered.provided

    def deciding(tx: Transaction, moment: datetime, used: str | None) -> Commit:
        arrived = evolve(contact, at=moment, id=contact.id if used == key else derived_id("contact", used))
        arrival = read_arrival(
            tx, arrived, known, policy=worker.policy, desk=worker.name, now=moment, case_of=case_of
        )
        sender = arrival.sender
        if sender.customer is None and worker.customers is not None and _to_be_asked(sender.root, asked):
            raise _SomebodyElse(None, id=sender.root)
        if gathered is not None and gathered.customer != sender.customer:
            raise _SomebodyElse(sender.customer)
        if first is not None:
            earlier = tx.inbox(contact.channel_name, first)
            case = None if earlier is None else earlier.outcome["case"]
            arrival = evolve(
                arrival, row=None, threading=Threading("quarantine", linked_to=case, matched_by="key")
            )
        stream = f"desk:{worker.name}"
        line = worker.line(tx)
        who = ("party", "customer", "points", "identification")
        found = ("threading", "rows", "open_cases", "contacts", "acknowledged")
        situation = worker.about(
            tx,
            arrival.row,
            # A contact on an open case asks who is there, and what estimates waits; others are matched later.
            agents=() if arrival.row is None and line is None else worker.agents(tx, moment),
            line=line,
            seqs={stream: tx.last_seq(stream)},
            provided=provided.facts,
            faults=tuple(map(str, provided.faults)),
            parties={} if sender.row is None else {sender.party: sender.row},
            **{name: getattr(sender, name) for name in who},
            **{name: getattr(arrival, name) for name in found},
        )
        command = commands.Receive(contact=arrived)
        commit = decide(worker.policy, situation, command, now=moment)
        claimed = commit.outcome["case"]
        claims = [ThreadKey(key, claimed, "claim") for key in arrival.claims] if claimed else []
        return evolve(
            commit,
            threads=(*commit.threads, *claims),
            events=(*commit.events, *_shadowed(worker, tx, situation, command, commit, moment)),
        )

    return deciding


def _to_be_asked(party: str, asked: Collection[str]) -> bool:
    """Whether a directory may know this party: it is no name of the desk's own making."""
    return party not in asked and not party.startswith("party-")


def _shadowed(
    worker: Worker,
    tx: Transaction,
    situation: Situation,
    command: commands.Receive,
    commit: Commit,
    now: datetime,
) -> tuple[Event, ...]:
    if worker.shadow is None or commit.outcome["case"] is None:
        return ()
    stream = f"desk:{worker.name}/shadow/{commit.outcome['case']}"
    event = shadow_event(worker.policy, worker.shadow, situation, command, commit, now=now)
    return () if event is None else (event.placed(stream, tx.last_seq(stream) + 1),)


def hear(worker: Worker, update: DeliveryUpdate, *, channel: str, now: datetime | None) -> Carried:
    """Take in a provider's word on a message; late and repeated ones change nothing."""

    def deciding(tx: Transaction, moment: datetime, _: str | None) -> Commit:
        message = tx.find_message(channel=channel, dedupe=update.outbound, provider_id=update.provider_id)
        nothing = {"case": message and message.case, "recorded": False, "at": moment, "look": _NOBODY}
        if message is None:
            return Commit(outcome={**nothing, "reason": "unknown_message"})
        if not outranks(update.state, message.state):
            return Commit(outcome={**nothing, "reason": f"already {message.state}"})
        command = commands.RecordDelivery(
            message=message, state=update.state, provider_id=update.provider_id, reason=update.reason
        )
        situation = worker.situation(tx, message.case, command, moment)
        commit = decide(worker.policy, situation, command, now=moment)
        return evolve(commit, outcome={**commit.outcome, "recorded": True})

    return worker.once(deciding, now=now, scope=channel, key=None, body="")
