"""What a desk answers: receipts for contacts, outcomes of commands, reports of a tick."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from supportkit.cases import Event
from supportkit.cases.instants import maybe_instant
from supportkit.ports import Response
from supportkit.sequences import as_tuple

__all__ = ["ContactReceipt", "DeliveryReport", "Done", "Receipt", "TickReport"]


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
class Receipt:
    """What became of a request: its contacts, whether all were seen before, the answer to the provider."""

    contacts: tuple[ContactReceipt, ...] = field(default=(), converter=as_tuple)
    duplicate: bool = False
    response: Response = field(factory=Response)


@frozen(kw_only=True)
class Done:
    """A command that was carried out (or, with `duplicate`, had been before): its events."""

    case_id: str | None
    events: tuple[Event, ...] = ()
    duplicate: bool = False


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
