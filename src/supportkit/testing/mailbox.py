"""A customer's mailbox and ours: mail in as bytes, mail out as messages, nothing leaves the process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from supportkit.ports import SendResult

__all__ = ["Mailbox"]


class Mailbox:
    """Writes a customer's mails, and is the transport that keeps ours in `sent`, oldest first.

    Calling it gives the bytes of a mail as they come in: from `sender` to `to` (our `address` unless said
    otherwise), dated by the `clock`, each with a Message-ID of its own unless `headers` name one.

    >>> from supportkit.channels import EmailChannel
    >>> from supportkit.testing import Clock, Mailbox
    >>> mail = Mailbox(clock=Clock())
    >>> (contact,) = EmailChannel(mail).parse(mail("No signal since eight", subject="Outage"))
    >>> contact.sender, contact.subject, contact.text
    ('customer@example.org', 'Outage', 'No signal since eight')
    """

    def __init__(self, *, clock: Callable[[], datetime], address: str = "support@example.com") -> None:
        self.address = address
        self.sent: list[EmailMessage] = []
        self._clock = clock
        self._written = 0

    def __call__(
        self,
        text: str = "A question",
        *,
        sender: str = "customer@example.org",
        subject: str = "A question",
        to: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """Return the bytes of one mail."""
        self._written += 1
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to or self.address, subject
        message["Date"] = format_datetime(self._clock())
        for name, value in {"Message-ID": f"<mail-{self._written}@example.org>", **(headers or {})}.items():
            message[name] = value
        message.set_content(text)
        return message.as_bytes()

    def send(self, message: EmailMessage, *, envelope_from: str | None) -> SendResult:  # noqa: ARG002 - no envelope
        """Keep a mail of ours; the same Message-ID is kept once."""
        number = str(message["Message-ID"])
        if all(str(other["Message-ID"]) != number for other in self.sent):
            self.sent.append(message)
        return SendResult.accepted(number)
