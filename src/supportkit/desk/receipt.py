"""What a desk answers: receipts for contacts, outcomes of commands, reports of a tick."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases import Event
from supportkit.cases.instants import maybe_instant
from supportkit.ports import Response
from supportkit.sequences import as_tuple

__all__ = [
    "Carried",
    "ContactReceipt",
    "DeliveryReport",
    "Done",
    "Receipt",
    "TickReport",
    "UpdateReceipt",
]


@frozen(kw_only=True)
class ContactReceipt:
    """What became of one contact.

    `action` is new, append, reopen, quarantine, park, ignore_duplicate or duplicate; `case_id` is None where
    it joined no case. `duplicate` says that the same contact had been taken in before: nothing was decided.
    """

    contact_id: str
    case_id: str | None
    action: str
    duplicate: bool = False
    reason: str | None = None


@frozen(kw_only=True)
class UpdateReceipt:
    """What became of a provider's word on a message of ours.

    `case_id` is the case the message belongs to. `recorded` is False for a late or repeated word, which
    changes nothing, and for a message that this desk never sent (`reason` is unknown_message).
    """

    state: str
    recorded: bool
    case_id: str | None = None
    reason: str | None = None


@frozen
class Carried:
    """What a command came to: its outcome, its events, and whether it had been carried out before."""

    outcome: Mapping[str, Any] = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    duplicate: bool


@frozen(kw_only=True)
class Receipt:
    """What became of a request: its contacts, its delivery updates, the answer to the provider.

    `duplicate` says that all its contacts had been taken in before. `follow_up` is for `Desk.committed`, and
    empty unless the desk works in the host's transaction.
    """

    contacts: tuple[ContactReceipt, ...] = field(default=(), converter=as_tuple)
    updates: tuple[UpdateReceipt, ...] = field(default=(), converter=as_tuple)
    duplicate: bool = False
    response: Response = field(factory=Response)
    follow_up: tuple[Carried, ...] = field(default=(), converter=as_tuple, repr=False)


@frozen(kw_only=True)
class Done:
    """A command that was carried out (or, with `duplicate`, had been before): its events.

    `follow_up` is for `Desk.committed`, and empty unless the desk works in the host's transaction.
    """

    case_id: str | None
    events: tuple[Event, ...] = ()
    duplicate: bool = False
    follow_up: tuple[Carried, ...] = field(default=(), converter=as_tuple, repr=False)


@frozen(kw_only=True)
class TickReport:
    """What a tick did: cases advanced, cases that found an agent, cases that raised and were parked."""

    at: datetime | None = maybe_instant()
    advanced: int = 0
    matched: int = 0
    parked: tuple[tuple[str, str], ...] = field(default=(), converter=as_tuple)


@frozen(kw_only=True)
class DeliveryReport:
    """What a delivery run did: messages sent, put off, refused for good, and kept for colleagues to read."""

    sent: int = 0
    retried: int = 0
    refused: int = 0
    kept: int = 0
