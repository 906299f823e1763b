"""Where mail leaves the house: over SMTP, or into a folder."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, Protocol

from attrs import field, frozen

from supportkit.ports import SendResult

__all__ = ["FolderTransport", "MailTransport", "SmtpTransport"]

_NOT_THE_MESSAGE = frozenset({421, 530, 534, 535, 538})


class MailTransport(Protocol):
    """Sends one mail; an `address` attribute, if it has one, is the mailbox that mail is sent from."""

    def send(self, message: EmailMessage, *, envelope_from: str | None) -> SendResult:
        """Send the mail; `envelope_from` empty is the null sender ``<>``, None the address in From."""


def _now() -> datetime:
    return datetime.now(UTC)


def _dated(message: EmailMessage, clock: Callable[[], datetime]) -> EmailMessage:
    if "Date" not in message:
        message["Date"] = format_datetime(clock())
    return message


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()  # what the server said about the mail stands, however it takes the farewell


@frozen(kw_only=True)
class FolderTransport:
    """Writes each mail as an ``.eml`` file, complete or not at all; the same Message-ID is the same file.

    `clock` dates the mails. For tests, for development, and for mail servers that pick up from a folder.
    """

    path: Path = field(converter=Path, kw_only=False)
    address: str | None = None
    clock: Callable[[], datetime] = _now

    def send(self, message: EmailMessage, *, envelope_from: str | None) -> SendResult:
        """Write the mail; a folder that cannot be written to is tried again."""
        data = _dated(message, self.clock).as_bytes()
        if envelope_from is not None:
            data = f"Return-Path: <{envelope_from}>\r\n".encode() + data
        id = str(message["Message-ID"])  # noqa: A001 - a message's id
        target = self.path / f"{hashlib.sha256(id.encode()).hexdigest()[:32]}.eml"
        partial = target.with_suffix(".part")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            partial.replace(target)
        except OSError as error:
            return SendResult.retry(reason=f"cannot write {target.name}: {error}")
        return SendResult.accepted(id)


@frozen(kw_only=True)
class SmtpTransport:
    """Sends over SMTP, one connection for each mail.

    `security` is ``starttls``, ``tls`` (port 465) or ``none``; `timeout` in seconds. What the server
    refuses for good (5xx) is refused; what it puts off (4xx), a server that cannot be reached and a login
    that fails are tried again after `retry_after`, because they are not the message's fault.
    """

    host: str = field(kw_only=False)
    port: int = field(default=587, kw_only=False)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    address: str | None = None
    timeout: float = 30.0
    retry_after: timedelta = timedelta(minutes=5)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = _now

    def send(self, message: EmailMessage, *, envelope_from: str | None) -> SendResult:
        """Send the mail and return what the server said."""
        dated = _dated(message, self.clock)
        try:
            server = self._connect()
            try:
                server.send_message(dated, from_addr=envelope_from)
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            return self._refusal(*next(iter(error.recipients.values())))
        except smtplib.SMTPResponseException as error:
            return self._refusal(error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            return SendResult.refused(f"{self.host}: {error}")
        except (smtplib.SMTPException, OSError) as error:
            return SendResult.retry(after=self.retry_after, reason=f"{self.host}: {error}")
        return SendResult.accepted(str(message["Message-ID"]))

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = self.tls or ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security == "starttls":
                server.starttls(context=self.tls or ssl.create_default_context())
            if self.username is not None:
                server.login(self.username, self.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _refusal(self, code: int, text: bytes | str) -> SendResult:
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        reason = f"{self.host}: {code} {said}"
        if code >= 500 and code not in _NOT_THE_MESSAGE:
            return SendResult.refused(reason)
        return SendResult.retry(after=self.retry_after, reason=reason)
