"""Events of what customers and agents write and say. Texts stay outside, by reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload


@payload("contact.received")
class ContactReceived(Payload):
    """A customer (or a machine in their name) was in touch.

    `body` refers to the stored text, `facts` hold what the policy read from it, `counts` says whether
    it is the customer's own word (may start, stop or reopen), `disposition` what the case does with it,
    `holds` the spans (start, end) of a call in which the customer was on hold.
    """

    contact: str | None = None
    form: str = "message"
    body: str | None = None
    message_id: str | None = None
    points: tuple[str, ...] = ()
    language: str | None = None
    product: str | None = None
    entry_point: str | None = None
    addressed_to: str | None = None
    reach: int | None = None
    sentiment: float | None = None
    facts: Mapping[str, Any] | None = None
    attachments: tuple[str, ...] = ()
    disposition: str = "accept"
    counts: bool = True
    matched_by: str | None = None
    given: Mapping[str, Any] | None = None
    holds: tuple[Any, ...] = ()


@payload("contact.replied")
class ContactReplied(Payload):
    """Somebody wrote or spoke to the customer; `findings` say what is wrong with how it reads.

    `incident_message` is the version of the incident's message that it uses.
    """

    contact: str | None = None
    body: str | None = None
    message_id: str | None = None
    outbound: str | None = None
    findings: tuple[Any, ...] = ()
    incident_message: int | None = None


@payload("contact.noted")
class ContactNoted(Payload):
    """A note for colleagues; it answers nothing."""

    body: str | None = None


@payload("contact.identified")
class ContactIdentified(Payload):
    """Who it is, how sure we are and why; recognised is not authenticated."""

    contact: str | None = None
    status: str = "unidentified"
    customer: str | None = None
    candidates: tuple[str, ...] = ()
    evidence: tuple[Any, ...] = ()
    verified: bool = False


@payload("contact.quarantined")
class ContactQuarantined(Payload):
    """A contact that claims a case without being entitled to it, kept apart with the reason."""

    contact: str | None = None
    claimed: str | None = None
    body: str | None = None
    message_id: str | None = None
    points: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
