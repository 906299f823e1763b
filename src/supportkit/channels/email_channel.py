"""Mail: RFC 5322 bytes in, one contact out; replies go through a transport."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import attrs

from supportkit.canonical import derived_id
from supportkit.cases import Attachment, Contact, ContactPoint
from supportkit.channels.mail_reading import Mail, mail_date, read_mail
from supportkit.channels.mail_transport import MailTransport
from supportkit.channels.mail_writing import UnsendableMail, write_mail
from supportkit.errors import ChannelError, InvalidValue
from supportkit.intake import ReplyTokens, message_ids, parse_email, read_bounce
from supportkit.intake.mail_headers import decoded, mailboxes, without_comments
from supportkit.ports import Capabilities, DeliveryUpdate, Inbound, Outbound, Request, SendResult

__all__ = ["UNDATED", "EmailChannel"]

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""The `at` of a contact whose channel has no clock; a desk puts the instant of receipt in its place."""

WHOLE_TEXT = "whole-text.txt"
"""The file that keeps a mail's whole text when what it quotes was cut from `Contact.text`."""

# The patterns of mail-parser-reply take time by the square of a line's length.
_LONGEST_TRIMMED, _LONGEST_LINE = 20_000, 1_000
_REPLY = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|odp|res|rif|回复|答复|答覆|返信|답장|회신)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)
_FORWARD = re.compile(r"\s*(?:fwd?|wg|doorst|tr|i|rv|enc|vl|pd|转发|轉寄|転送|전달)\s*[:：]", re.IGNORECASE)


class EmailChannel:
    """Reads mail and sends answers.

    `mail` is the transport (see `SmtpTransport`, `FolderTransport`); without one nothing is sent
    (``capabilities.sends`` is False). `address` is our own mailbox, by default the transport's ``address``;
    `sender_name` is shown beside it. `languages` are those in which quoted replies are recognised (extra
    ``email``; without the extra, or with `trim_quotes` False, the text stays whole). Raises InvalidValue
    for a transport without an address.

    With `reply_tokens` each answer about a case has a ``Reply-To`` of its own, and whoever writes to it may
    write to the case, whatever address they write from.
    """

    kind = "email"

    def __init__(
        self,
        mail: MailTransport | None = None,
        *,
        name: str = "email",
        address: str | None = None,
        sender_name: str | None = None,
        trim_quotes: bool = True,
        reply_tokens: ReplyTokens | None = None,
        languages: Iterable[str] = (
            "en",
            "de",
            "nl",
            "fr",
            "es",
            "it",
            "sv",
            "da",
            "pl",
            "cs",
            "ja",
            "ko",
            "zh",
        ),
    ) -> None:
        self.name = name
        self.address: str | None = address or getattr(mail, "address", None)
        if mail is not None and (self.address is None or parse_email(self.address) is None):
            message = f"EmailChannel {name!r} sends from address={self.address!r}, which is no mail address"
            raise InvalidValue(f"{message}; pass address='support@...'")
        self.capabilities = Capabilities(threading=True, sends=mail is not None)
        self._transport = mail
        self._sender_name = sender_name
        self._trim_quotes = trim_quotes
        self._reply_tokens = reply_tokens
        self._languages = list(languages)

    def verify(self, request: object, now: datetime) -> None:
        """Accept every mail: it was fetched by the host; what its headers prove is read by `acknowledge`."""

    def case_of(self, address: str) -> str | None:
        """Return the case that a signed address of ours leads to, None for any other address."""
        return None if self._reply_tokens is None else self._reply_tokens.case_of(address)

    def parse(self, request: Request | bytes) -> tuple[Inbound, ...]:
        """Return the one contact of a mail, and what it reports of mail that we sent.

        A mail server's notice that our mail could not be delivered is also a `DeliveryUpdate`, when it names
        that mail. Raises ChannelError only when there is no mail at all.

        `id` comes from the Message-ID, else from the bytes. `at` is the Date header, `UNDATED` without
        one: the sender wrote it, so a desk counts from receipt. `headers` are in order, repeats kept,
        encoded words undecoded. `sender` and `points` come from From. `text` is what the sender wrote
        this time: quoted replies are cut, and the whole text is kept as the file ``whole-text.txt``.
        """
        data = request.body if isinstance(request, Request) else request
        if not data.strip():
            message = f"{self.name}: the body is empty; a mail must come as its RFC 5322 bytes"
            raise ChannelError(message)
        contact = self._contact(read_mail(data), data)
        return (contact, *_undelivered(contact))

    def _contact(self, mail: Mail, data: bytes) -> Contact:
        text, files = self._trimmed(mail)
        senders = [pair for value in _values(mail, "From") for pair in mailboxes(value)]
        named = next((pair for pair in senders if "@" in pair[1]), (senders or [("", "")])[0])
        key = next(iter(message_ids(_first(mail, "Message-ID"))), None)
        subject = _first(mail, "Subject")
        fields: dict[str, Any] = {
            "id": derived_id("contact", self.name, key or hashlib.sha256(data).hexdigest()),
            "channel": self.kind,
            "channel_name": self.name,
            "at": mail_date(_first(mail, "Date")) or UNDATED,
            "points": _points(address for _, address in senders),
            "sender": named[1] or None,
            "sender_name": named[0] or None,
            "subject": None if subject is None else " ".join(decoded(subject).split()),
            "text": text,
            "entry_point": _first_address(mail, "Delivered-To", "X-Original-To", "Envelope-To")
            or self.address,
            "addressed_to": _first_address(mail, "To"),
            "message_id": key,
            "envelope_sender": _envelope_sender(mail),
            "headers": mail.headers,
            "attachments": files,
        }
        return Contact(**fields)

    def _trimmed(self, mail: Mail) -> tuple[str, tuple[Attachment, ...]]:
        reply = self._reply(mail.text) if _is_reply(mail) else None
        if reply is None:
            return mail.text, mail.files
        whole = Attachment(WHOLE_TEXT, "text/plain; charset=utf-8", mail.text.encode("utf-8", "replace"))
        return reply, (*mail.files, whole)

    def _reply(self, text: str) -> str | None:
        """Return the text without what it quotes; None when nothing is quoted, or nobody can tell."""
        too_long = len(text) > _LONGEST_TRIMMED or max(map(len, text.split("\n"))) > _LONGEST_LINE
        if not self._trim_quotes or not text or too_long:
            return None
        try:
            from mailparser_reply import EmailReplyParser  # noqa: PLC0415 - an optional extra
        except ImportError:
            return None
        reply = (EmailReplyParser(languages=list(self._languages)).parse_reply(text=text) or "").strip()
        return reply if reply and reply.split() != text.split() else None

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:  # noqa: ARG002 - mail has no window
        """Return the message with a subject; raises ChannelError for a message without text."""
        if message.text is None:
            message_ = (
                f"{self.name}: template {message.template!r} cannot be sent: templates are not built yet"
            )
            raise ChannelError(f"{message_}; give the message a text")
        return message if message.subject else attrs.evolve(message, subject="Your message")

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Hand a message to the transport; the same key gives the same Message-ID.

        What is marked ``Auto-Submitted`` leaves with the null envelope sender, so that nothing answers it
        (RFC 3834 §3.3). A message that cannot be written (no address, broken header) is refused for good.
        """
        if self._transport is None or self.address is None:
            return SendResult.refused(f"channel {self.name!r} has no mail transport")
        try:
            message = write_mail(
                outbound, key=key, address=self.address, sender_name=self._sender_name,
                reply_to=self._reply_to(outbound),
            )  # fmt: skip
        except UnsendableMail as error:
            return SendResult.refused(str(error))
        marks = [
            without_comments(value) for name, value in outbound.headers if name.lower() == "auto-submitted"
        ]
        automatic = any(mark.partition(";")[0].strip().lower() != "no" for mark in marks)
        return self._transport.send(message, envelope_from="" if automatic else None)

    def _reply_to(self, outbound: Outbound) -> str | None:
        if self._reply_tokens is None or outbound.case is None or outbound.audience != "customer":
            return None
        return self._reply_tokens.address_of(outbound.case)


def _undelivered(contact: Contact) -> tuple[DeliveryUpdate, ...]:
    """Tell of our mail that a server gave up on; what it still tries may arrive yet."""
    bounce = read_bounce(contact)
    failed = [] if bounce is None else [one for one in bounce.failures if one.permanent]
    if bounce is None or bounce.message_id is None or not failed:
        return ()
    why = "; ".join(f"{one.status or 'undelivered'} {one.address}" for one in failed)
    # A desk makes its Message-IDs of the keys of its messages; another host knows them by the whole id.
    key, _, _ = bounce.message_id.partition("@")
    return (DeliveryUpdate(key, "failed", provider_id=f"<{bounce.message_id}>", reason=why),)


def _is_reply(mail: Mail) -> bool:
    """Whether what is quoted was ours to begin with; what somebody forwards is their message."""
    subject = decoded(_first(mail, "Subject") or "")
    referred = message_ids(_first(mail, "In-Reply-To")) or message_ids(_first(mail, "References"))
    return not _FORWARD.match(subject) and bool(referred or _REPLY.match(subject))


def _values(mail: Mail, name: str) -> list[str]:
    return [value for key, value in mail.headers if key.strip().lower() == name.lower()]


def _first(mail: Mail, name: str) -> str | None:
    return next(iter(_values(mail, name)), None)


def _first_address(mail: Mail, *names: str) -> str | None:
    found = (address for name in names for value in _values(mail, name) for _, address in mailboxes(value))
    return next((address for address in found if "@" in address), None)


def _points(addresses: Iterable[str]) -> tuple[ContactPoint, ...]:
    return tuple(ContactPoint("email", address) for address in dict.fromkeys(addresses) if "@" in address)


def _envelope_sender(mail: Mail) -> str | None:
    value = _first(mail, "Return-Path")
    return None if value is None else re.sub(r"[<>\s]", "", value)
