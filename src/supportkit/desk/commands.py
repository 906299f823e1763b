"""What a desk can be told to do, as values: one class for each command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases import Contact
from supportkit.cases.instants import maybe_instant
from supportkit.ports import OutboxRow
from supportkit.sequences import as_tuple

__all__ = [
    "Accept",
    "Acknowledge",
    "Advance",
    "Assign",
    "Classify",
    "Close",
    "Command",
    "Complete",
    "Decline",
    "Escalate",
    "ExcludeHandler",
    "Forget",
    "HandOff",
    "Hold",
    "Match",
    "Merge",
    "MergeCustomers",
    "Note",
    "Promise",
    "Receive",
    "RecordDelivery",
    "RecordFault",
    "Release",
    "Reopen",
    "Reply",
    "RequestCallback",
    "RequestManager",
    "Resolve",
    "Resume",
    "SetNextAction",
    "SetPresence",
    "Snooze",
    "Take",
    "Unacknowledge",
    "UnmergeCustomers",
    "Withdraw",
]


@frozen(kw_only=True)
class Command:
    """Something to be done once; `actor` is who wants it (``agent:<id>``, ``customer``, ``desk``)."""

    actor: str | None = None
    reason: str | None = None


@frozen(kw_only=True)
class Receive(Command):
    """Take in a contact."""

    contact: Contact


@frozen(kw_only=True)
class Reply(Command):
    """Answer the customer; `text` None records that it was said, by phone for one."""

    text: str | None = field(default=None, repr=False)
    automated: bool = False
    visibility: str = "private"
    incident_message: int | None = None


@frozen(kw_only=True)
class Note(Command):
    """Leave a note for colleagues."""

    text: str = field(repr=False)


@frozen(kw_only=True)
class Classify(Command):
    """Say what the matter is; what is None stays as it is."""

    kind: str | None = None
    category: str | None = None
    product: str | None = None
    impact: str | None = None
    urgency: str | None = None
    tags: tuple[str, ...] = field(default=(), converter=as_tuple)
    priority: str | None = None


@frozen(kw_only=True)
class Assign(Command):
    """Put an agent, a team, or an agent of a team in charge."""

    agent: str | None = None
    team: str | None = None


@frozen(kw_only=True)
class Take(Command):
    """An agent takes the case."""

    agent: str


@frozen(kw_only=True)
class Accept(Command):
    """An agent says yes to an offer."""

    agent: str


@frozen(kw_only=True)
class Decline(Command):
    """An agent says no to an offer."""

    agent: str


@frozen(kw_only=True)
class Complete(Command):
    """The owner's work in hand is done, and the place is free again; the case stays theirs."""

    agent: str


@frozen(kw_only=True)
class Withdraw(Command):
    """Take back what an agent who left was asked, and the work in hand that they had before that instant."""

    agent: str
    had_before: datetime | None = maybe_instant()


@frozen(kw_only=True)
class Release(Command):
    """The owner gives the case back to its team."""


@frozen(kw_only=True)
class HandOff(Command):
    """Give the case to somebody else, with everything they need to know."""

    agent: str | None = None
    team: str | None = None


@frozen(kw_only=True)
class Hold(Command):
    """Wait for the customer or for a third party."""

    status: str = "waiting_customer"
    until: datetime | None = maybe_instant()


@frozen(kw_only=True)
class Resume(Command):
    """Go on working."""


@frozen(kw_only=True)
class Resolve(Command):
    """The matter is settled, with the help of an `article` of the knowledge base, if there was one."""

    outcome: str | None = None
    code: str | None = None
    article: str | None = None


@frozen(kw_only=True)
class Close(Command):
    """Nothing more will happen; needs an outcome and a reason code."""

    outcome: str | None = None
    code: str | None = None


@frozen(kw_only=True)
class Reopen(Command):
    """It was not settled after all."""


@frozen(kw_only=True)
class Merge(Command):
    """The case is the same matter as the case `into`, which goes on with everything that is still owed."""

    into: str


@frozen(kw_only=True)
class MergeCustomers(Command):
    """Two records are one person: `customer` is `into`."""

    customer: str
    into: str


@frozen(kw_only=True)
class UnmergeCustomers(Command):
    """The customer is somebody else after all."""

    customer: str


@frozen(kw_only=True)
class Forget(Command):
    """Erase what the customer wrote and where they can be reached."""

    customer: str


@frozen(kw_only=True)
class SetNextAction(Command):
    """Say what happens next, by when and by whom, and what the customer wants."""

    what: str
    due: datetime | None = maybe_instant()
    owner: str | None = None
    wanted: str | None = None


@frozen(kw_only=True)
class Promise(Command):
    """Promise the customer a reply or a call by `due`; None is the time that the targets owe anyway."""

    what: str = "reply"
    due: datetime | None = maybe_instant()


@frozen(kw_only=True)
class RequestCallback(Command):
    """The customer would rather be called than wait; `due` None is derived from the wait and the targets."""

    due: datetime | None = maybe_instant()


@frozen(kw_only=True)
class RequestManager(Command):
    """The customer asks for a manager; `refused` needs a reason."""

    refused: bool = False


@frozen(kw_only=True)
class Acknowledge(Command):
    """Somebody says of an escalation: I have it."""

    plan: str | None = None


@frozen(kw_only=True)
class Unacknowledge(Command):
    """Whoever had the escalation, has it no more."""

    plan: str | None = None


@frozen(kw_only=True)
class Snooze(Command):
    """Hold an escalation until then."""

    plan: str | None = None
    until: datetime | None = maybe_instant()


@frozen(kw_only=True)
class Escalate(Command):
    """Ask for the next level."""

    plan: str | None = None


@frozen(kw_only=True)
class ExcludeHandler(Command):
    """This agent must not handle the case any more."""

    agent: str


@frozen(kw_only=True)
class SetPresence(Command):
    """An agent came, went or is busy."""

    agent: str
    presence: str


@frozen(kw_only=True)
class RecordFault(Command):
    """Something could not be done or believed; nothing was dropped."""

    code: str
    detail: str | None = None
    given: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class RecordDelivery(Command):
    """A provider said what became of a message of ours, which the outbox knows as `message`."""

    message: OutboxRow
    state: str
    provider_id: str | None = None


@frozen(kw_only=True)
class Advance(Command):
    """Let whatever fell due happen."""


@frozen(kw_only=True)
class Match(Command):
    """Find a person for a waiting case; with `agent`, who picked it, only that one."""

    agent: str | None = None
