"""What a mail server says about mail of ours that it could not deliver.

Sources: RFC 3464 (delivery status notifications), RFC 3463 (status codes); for servers that follow neither,
the header ``X-Failed-Recipients`` and the words of the notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from supportkit.cases import Contact
from supportkit.intake.emails import parse_email
from supportkit.intake.mail_headers import mailboxes, message_ids, unfold, without_comments
from supportkit.intake.signs import signs

__all__ = ["Bounce", "Failure", "read_bounce"]

_NOTICES = frozenset({"delivery_status", "failed_recipients", "daemon_sender", "subject_bounce"})
_ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")
_FIELD = re.compile(r"(?m)^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t]+.*)*)")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
# From the first letter of a word only, or a long word without an address is tried from each of its letters.
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9.!#$%&'*+/=?^_`{|}~-])[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)+"
)
_RETURNED = re.compile(r"(?im)^(?:received|return-path|message-id|dkim-signature):|^from .+\d{4}$")
_ID = re.compile(r"(?im)^message-id:\s*(\S+)")


@frozen
class Failure:
    """One recipient that a message did not reach.

    `status` is the code of RFC 3463, None when the notice names none; `permanent` is False for one that the
    server still tries.
    """

    address: str
    status: str | None = None
    permanent: bool = True


@frozen
class Bounce:
    """What was not delivered to whom; `message_id` names our message (without brackets), if it is told."""

    failures: tuple[Failure, ...]
    message_id: str | None = None


def read_bounce(contact: Contact) -> Bounce | None:
    """Read a notice of a mail server; None for any other contact, and for a notice that names nobody.

    The fields of a delivery status count before ``X-Failed-Recipients``, that before the first address in
    the words of the notice which is neither the server's nor the one that the notice was sent to.

    >>> from datetime import UTC, datetime
    >>> notice = Contact(
    ...     id="n1", channel="email", at=datetime(2026, 3, 2, tzinfo=UTC), text="550 5.1.1 User unknown",
    ...     headers=[("From", "MAILER-DAEMON@mx.example"), ("X-Failed-Recipients", "jo@example.org")],
    ... )
    >>> read_bounce(notice).failures
    (Failure(address='jo@example.org', status='5.1.1', permanent=True),)
    """
    if not _NOTICES.intersection(sign.reason for sign in signs(contact)):
        return None
    text = contact.text or ""
    reports = [_decoded(file.data) for file in contact.attachments if "delivery-status" in file.media_type]
    told = tuple(dict.fromkeys(found for report in (*reports, text) for found in _reported(report)))
    failures = told or _named(contact, text)
    return Bounce(failures, _original(contact, text)) if failures else None


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _reported(report: str) -> Iterator[Failure]:
    """Read the blocks of a delivery status; the address that we wrote to counts before where it ended up."""
    for block in re.split(r"\n[ \t]*\n", report):
        said = {name.lower(): unfold(value) for name, value in _FIELD.findall(block)}
        action = without_comments(said.get("action", "")).lower()
        address = _recipient(said.get("original-recipient")) or _recipient(said.get("final-recipient"))
        if address is not None and action in {"failed", "delayed"}:
            status = _STATUS.search(said.get("status", ""))
            yield Failure(address, None if status is None else status.group(), action == "failed")


def _recipient(value: str | None) -> str | None:
    """Read ``rfc822; <jo@example.org>``."""
    found = mailboxes((value or "").partition(";")[2])
    return found[0][1] if found and "@" in found[0][1] else None


def _named(contact: Contact, text: str) -> tuple[Failure, ...]:
    returned = _RETURNED.search(text)
    notice = text[: returned.start()] if returned else text
    status = _STATUS.search(notice)
    reply = _REPLY.search(notice)
    permanent = (status or reply or ["", "5"])[1] != "4"
    listed = [
        address
        for value in contact.header_values("x-failed-recipients")
        for _, address in mailboxes(value)
        if address
    ]
    found = listed or [address for address in _ADDRESS.findall(notice) if not _is_ours(contact, address)][:1]
    return tuple(Failure(address, status and status.group(), permanent) for address in dict.fromkeys(found))


def _is_ours(contact: Contact, address: str) -> bool:
    """Whether it is the server that writes, or the mailbox that it writes to."""
    read = parse_email(address)
    own = (contact.sender, contact.addressed_to, contact.entry_point)
    return read is None or any(other and parse_email(other) == read for other in own)


def _original(contact: Contact, text: str) -> str | None:
    """Find the id of our message: in what was returned of it, else in what the notice answers."""
    returned = [_decoded(file.data) for file in contact.attachments if file.media_type in _ORIGINALS]
    for source in (*returned, text):
        if found := _ID.search(source):
            return next(iter(message_ids(found[1])), None)
    answered = (*contact.header_values("in-reply-to"), *contact.header_values("references"))
    return next((key for value in answered for key in message_ids(value)), None)
