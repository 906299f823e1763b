"""From the bytes of a mail to headers, text and files; whatever is broken is read as well as it can be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from attrs import Factory, define, frozen

from supportkit.cases import Attachment
from supportkit.channels.html_text import html_text
from supportkit.intake.charsets import decode_bytes
from supportkit.intake.mail_headers import decoded, unfold

__all__ = ["Mail", "mail_date", "read_mail"]

_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_HEADER_LINE = re.compile(rb"(?:From |[!-9;-~]+[ \t]*:|[ \t])")
_DEEPEST = 30
_TEXTS = frozenset({"text/plain", "text/html"})


@frozen
class Mail:
    """A mail as read: headers in order (undecoded, on one line), the text a person wrote, the files."""

    headers: tuple[tuple[str, str], ...]
    text: str
    files: tuple[Attachment, ...]


def read_mail(data: bytes) -> Mail:
    """Read a mail as it came; never raises for what is wrong with it.

    mbox's ``From `` line, any line endings, header lines that are none, unknown character sets, broken parts.
    A mail nested too deep to be read keeps its source as the file ``unreadable.eml``.
    """
    source = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    try:
        message = _message(source)
        found = _Parts()
        found.take(message, 0)
    except RecursionError:
        message = BytesParser(policy=policy.compat32).parsebytes(source, headersonly=True)
        found = _Parts([], [Attachment("unreadable.eml", "message/rfc822", data)])
    return Mail(tuple(_headers(message)), "\n\n".join(filter(None, found.texts)), tuple(found.files))


def mail_date(value: str | None) -> datetime | None:
    """Return a Date header as an instant in UTC, None when it is missing or no date."""
    try:
        date = parsedate_to_datetime(value or "")
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _message(source: bytes) -> Message:
    message = message_from_bytes(source, policy=policy.compat32)
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in message.defects):
        return message_from_bytes(_mended(source), policy=policy.compat32)
    return message


def _mended(source: bytes) -> bytes:
    """Give a name to header lines that have none, so that they do not end the headers before their time."""
    end = _BLANK_LINE.search(source)
    if end is None:
        return source
    lines = source[: end.start()].splitlines(keepends=True)
    last = max((place for place, line in enumerate(lines) if _HEADER_LINE.match(line)), default=-1)
    mended = (
        line if place > last or _HEADER_LINE.match(line) else b"X-Unreadable: " + line
        for place, line in enumerate(lines)
    )
    return b"".join(mended) + source[end.start() :]


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    for name, value in message.raw_items():
        yield _clean(name), _clean(unfold(str(value)))


def _clean(text: str) -> str:
    """Return header text without the stand-ins for bytes that are no ASCII."""
    if text.isascii():
        return text.replace("\x00", "")
    return decode_bytes(text.encode("utf-8", "surrogateescape"))


@define
class _Parts:
    texts: list[str] = Factory(list)
    files: list[Attachment] = Factory(list)

    def take(self, part: Message, depth: int) -> None:
        """Add what a part holds: its text to the texts, all else to the files."""
        kind = part.get_content_type()
        children = _children(part) if depth < _DEEPEST else ()
        if kind == "multipart/alternative" and children:
            self._alternatives(children, depth)
        elif kind.startswith("multipart/") and children:
            for child in children:
                self.take(child, depth + 1)
        elif (kind in _TEXTS or kind.startswith("multipart/")) and not _is_file(part, depth):
            self.texts.append(_text(part, kind))
        else:
            self.files.append(_file(part, kind))

    def _alternatives(self, children: tuple[Message, ...], depth: int) -> None:
        versions = []
        for child in children:
            version = _Parts()
            version.take(child, depth + 1)
            self.files += version.files
            text = "\n\n".join(filter(None, version.texts))
            versions.append((child.get_content_type() != "text/plain", text))
        written = [version for version in versions if version[1]]
        if written:
            self.texts.append(min(written, key=lambda version: version[0])[1])


def _children(part: Message) -> tuple[Message, ...]:
    payload = part.get_payload()
    return tuple(child for child in payload if isinstance(child, Message)) if part.is_multipart() else ()


def _is_file(part: Message, depth: int) -> bool:
    disposition = str(part.get("Content-Disposition", "")).lower()
    return disposition.startswith("attachment") or (depth > 0 and bool(part.get_filename()))


def _text(part: Message, kind: str) -> str:
    text = decode_bytes(_payload(part), part.get_content_charset())
    if kind == "text/html":
        return html_text(text)
    return re.sub(r"\r\n?", "\n", text).strip("\n").rstrip()


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _file(part: Message, kind: str) -> Attachment:
    name = re.sub(r"[\x00-\x1f\x7f/\\]+", "_", decoded(_clean(part.get_filename() or ""))).strip()
    inner = _children(part)
    data = _source(inner[0] if kind == "message/rfc822" else part) if inner else _payload(part)
    return Attachment(name or _default_name(kind), kind, data)


def _default_name(kind: str) -> str:
    return {"message/rfc822": "message.eml", "text/calendar": "calendar.ics"}.get(
        kind, kind.replace("/", "-")
    )


def _source(part: Message) -> bytes:
    try:
        return part.as_bytes()
    except (LookupError, ValueError, TypeError, AttributeError):
        # The standard library cannot write every mail that it could read.
        return str(part.get_payload()).encode("utf-8", "replace")
