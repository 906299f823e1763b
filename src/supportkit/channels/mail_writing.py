"""From a message on its way out to a mail that threads, and that other machines leave alone."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from supportkit.canonical import digest
from supportkit.errors import ChannelError
from supportkit.intake import message_ids, parse_email
from supportkit.intake.mail_headers import mailboxes
from supportkit.ports import Outbound

__all__ = ["UnsendableMail", "mail_id", "write_mail"]

_NAME = re.compile(r"[!-9;-~]+")
_ID_HEADERS = frozenset({"message-id", "in-reply-to", "references"})
_MOST_REFERENCES = 20
_LONGEST_ID = 900


class UnsendableMail(ChannelError):
    """A message that no mail can be made of; trying again does not help."""


class _Policy(EmailPolicy):
    """Writes message ids as they are: the standard policy encodes long ones, and no thread is found."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _ID_HEADERS:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def mail_id(key: str, address: str) -> str:
    """Return the Message-ID (without angle brackets) that belongs to an outbox key.

    >>> mail_id("ack-1", "support@example.org") == mail_id("ack-1", "support@example.org")
    True
    """
    return f"{digest(key)}@{address.rpartition('@')[2]}"


def write_mail(
    outbound: Outbound,
    *,
    key: str,
    address: str,
    sender_name: str | None = None,
    reply_to: str | None = None,
) -> EmailMessage:
    """Return the mail for a message, from `address`, without a Date: that is the transport's.

    Answers go to `reply_to` where there is one.

    The Message-ID follows from `key`, so that a repeated sending is recognised as one. Line breaks in header
    values become spaces. Raises UnsendableMail for a recipient that is no address or a header that is none.
    """
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = _mailbox(sender_name or "", address)
        message["To"] = _mailbox("", _recipient(outbound.to))
        if reply_to is not None:
            message["Reply-To"] = _mailbox(sender_name or "", reply_to)
        message["Subject"] = _line(outbound.subject or "")
        message["Message-ID"] = f"<{outbound.message_id or mail_id(key, address)}>".replace(
            "<<", "<"
        ).replace(">>", ">")
        _thread(message, outbound)
        for name, value in outbound.headers:
            if name.lower() not in _ID_HEADERS or name not in message:
                message[_header_name(name)] = _line(value)
    except (ValueError, IndexError) as error:
        text = f"no mail can be made of message {key!r}: {error}"
        raise UnsendableMail(text) from error
    message.set_content(outbound.text or "", cte="quoted-printable")
    return message


def _recipient(to: str) -> str:
    found = mailboxes(to)
    if len(found) != 1 or parse_email(to) is None or re.search(r"[\x00-\x1f\x7f]", to):
        text = f"recipient {to!r} is no single mail address"
        raise UnsendableMail(text)
    return found[0][1]


def _mailbox(name: str, address: str) -> str:
    quoted = re.sub(r"[\"\\]", "", _line(name))
    return f'"{quoted}" <{address}>' if quoted else address


def _thread(message: EmailMessage, outbound: Outbound) -> None:
    parents = [key for key in message_ids(outbound.in_reply_to) if len(key) < _LONGEST_ID]
    known = [key for text in outbound.references for key in message_ids(text) if len(key) < _LONGEST_ID]
    if parents:
        message["In-Reply-To"] = " ".join(f"<{key}>" for key in parents)
    if known:
        kept = known[:1] + known[1:][-_MOST_REFERENCES:]  # the root and the latest, as RFC 5322 clients do
        message["References"] = " ".join(f"<{key}>" for key in kept)


def _header_name(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    text = f"{name!r} is no header name"
    raise UnsendableMail(text)


def _line(value: str) -> str:
    return " ".join(value.replace("\x00", "").split())
