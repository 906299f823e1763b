"""Reading mail headers as they really come: folded, encoded, commented, repeated or broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from email.errors import HeaderParseError
from email.header import decode_header
from functools import cached_property

from attrs import define, field

from supportkit.cases import Contact
from supportkit.intake.charsets import decode_bytes

__all__ = ["MailView", "decoded", "mailboxes", "message_ids", "reply_address", "unfold", "without_comments"]

_FOLD = re.compile(r"\r?\n[ \t]*|\r[ \t]*")
_MESSAGE_ID = re.compile(r"<([^<>]*)>|([^\s<>,;()]+)")
_NO_ADDRESS = re.compile(r'[\s<>,;:()"]')
_TYPE = re.compile(r"([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)[ \t]*(?:;|$)")
_PARAMETER = re.compile(r';[ \t]*([A-Za-z-]+)[ \t]*=[ \t]*("[^"]*"|[^;\s]*)')
_ROUTE = re.compile(r"^@[^:]*:")


def unfold(value: str) -> str:
    """Return a header's value on one line, stripped."""
    return _FOLD.sub(" ", value).strip() if "\n" in value or "\r" in value else value.strip()


def decoded(value: str) -> str:
    """Return a header's value with its encoded words (RFC 2047) read; what cannot be read stays as it is.

    >>> decoded("=?utf-8?q?Re=3A_caf=C3=A9?=")
    'Re: café'
    """
    text = unfold(value)
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(_piece(data, charset) for data, charset in pieces)


def _piece(data: bytes | str, charset: str | None) -> str:
    return data if isinstance(data, str) else decode_bytes(data, charset)


def without_comments(value: str) -> str:
    r"""Return a structured header's value without its comments (RFC 5322 §3.2.2), quoted strings untouched.

    >>> without_comments("(as \\\\(a) rule) no (never (mind))")
    'no'
    """
    text = unfold(value)
    if "(" not in text:
        return text
    kept, depth, quoted, escaped = [], 0, False, False
    for letter in text:
        plain = not escaped
        escaped = plain and letter == "\\"
        if depth == 0 and letter == '"' and plain:
            quoted = not quoted
        if not quoted and plain and letter == "(":
            depth += 1
        elif depth and plain and letter == ")":
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept).strip()


def _chunks(text: str) -> Iterator[str]:
    """Split an address list at its commas and semicolons, but not within quotes or angle brackets."""
    start, quoted, angle = 0, False, False
    for place, letter in enumerate(text):
        if letter == '"' and text[place - 1 : place] != "\\":
            quoted = not quoted
        elif not quoted and letter in "<>":
            angle = letter == "<"
        elif not quoted and not angle and letter in ",;":
            yield text[start:place]
            start = place + 1
    yield text[start:]


def mailboxes(value: str) -> tuple[tuple[str, str], ...]:
    """Return the (display name, address) pairs of an address header; names are decoded, rubbish is left out.

    Addresses are given as written (see `parse_email` for their normalised form); an empty address (``<>``)
    is given as empty text, so that a name without an address is not lost.

    >>> mailboxes('"Doe, J." <j@example.org>, k@example.org (K)')
    (('Doe, J.', 'j@example.org'), ('', 'k@example.org'))
    """
    found = []
    for chunk in _chunks(without_comments(value)):
        before, angle, rest = chunk.partition("<")
        if angle:
            address = _ROUTE.sub("", rest.partition(">")[0].strip())
            found.append((_name(before), address))
        elif (bare := _bare_address(chunk.rstrip())) and "@" not in chunk.rstrip()[: -len(bare)]:
            found.append((_name(chunk.rstrip()[: -len(bare)].rpartition(":")[2]), bare))
        elif chunk.strip():
            found.append((_name(chunk.rpartition(":")[2]), ""))
    return tuple(pair for pair in found if any(pair))


def _bare_address(text: str) -> str | None:
    """Return the address at the end of a text, None when there is none.

    By hand, because patterns try a long line without an address from each of its letters.
    """
    before, at, host = text.rpartition("@")
    if not at or not host or _NO_ADDRESS.search(host):
        return None
    local = _quoted_end(before) if before.endswith('"') else _NO_ADDRESS.split(before)[-1]
    return f"{local}@{host}" if local else None


def _quoted_end(text: str) -> str | None:
    """Return the quoted string at the end of a text, which ends with a quote."""
    start = text.rfind('"', 0, len(text) - 1)
    while start > 0 and text[start - 1] == "\\":
        start = text.rfind('"', 0, start)
    return None if start < 0 else text[start:]


def _name(text: str) -> str:
    return decoded(text.strip().strip('"').replace('\\"', '"')).strip()


def message_ids(value: str | None) -> tuple[str, ...]:
    r"""Return the message ids in a header, in order, without angle brackets and white space.

    This is the one form in which ids are compared and stored.

    >>> message_ids("<a@example.org> <b@\r\n example.org>, c@example.org")
    ('a@example.org', 'b@example.org', 'c@example.org')
    """
    if not value:
        return ()
    found = (
        bracketed if not bare else bare if "@" in bare[1:-1] else ""
        for bracketed, bare in _MESSAGE_ID.findall(value)
    )  # fmt: skip
    return tuple(key for key in ("".join(text.split()) for text in found) if key)


def reply_address(contact: Contact) -> str | None:
    """Return where the sender wants an answer: Reply-To, else From (RFC 5322 §3.6.2)."""
    mail = MailView(contact)
    return next((address for _, address in mail.boxes("reply-to") + mail.senders if "@" in address), None)


@define(slots=False)
class MailView:
    """A contact's headers, indexed once: names in lower case, values unfolded, repeats kept in order."""

    contact: Contact
    _values: dict[str, list[str]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for name, value in self.contact.headers:
            self._values.setdefault(name.strip().lower(), []).append(unfold(value))

    @property
    def is_mail(self) -> bool:
        """Whether rules about mail apply at all; other channels too say by header what they refer to."""
        return self.contact.channel == "email" or bool(self._values.keys() - {"in-reply-to", "references"})

    def all(self, *names: str) -> tuple[str, ...]:
        """Return all values of these headers."""
        return tuple(value for name in names for value in self._values.get(name, ()))

    def names(self) -> Iterable[str]:
        """Return the names of the headers that say anything, in lower case."""
        return (name for name, values in self._values.items() if any(values))

    def boxes(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Return the (name, address) pairs of these headers."""
        return tuple(pair for value in self.all(*names) for pair in mailboxes(value))

    @cached_property
    def senders(self) -> tuple[tuple[str, str], ...]:
        """The (name, address) pairs of From; without the header those that the channel gave."""
        if "from" in self._values:
            return self.boxes("from")
        given = [self.contact.sender] if self.contact.sender else []
        points = (point.value for point in self.contact.points if point.kind == "email")
        return tuple(pair for text in given or points for pair in mailboxes(text))

    @cached_property
    def return_path(self) -> str | None:
        """The envelope sender, empty text for the null one (``<>``), None when unknown."""
        text = self.contact.envelope_sender
        if text is None:
            text = next(iter(self.all("return-path")), None)
        return None if text is None else without_comments(text).strip("<> ")

    @cached_property
    def subject(self) -> str:
        """The subject, decoded; empty when there is none."""
        return decoded(self.contact.subject or next(iter(self.all("subject")), ""))

    @cached_property
    def content_type(self) -> tuple[str, Mapping[str, str]]:
        """The content type in lower case and its parameters."""
        value = without_comments(next(iter(self.all("content-type")), ""))
        said = _TYPE.match(value)
        if said is None:
            return "text/plain", {}
        params = {name.lower(): text.strip('"') for name, text in _PARAMETER.findall(value)}
        return said[1].lower(), params

    @cached_property
    def message_id(self) -> str | None:
        """The message's own id in the form of `message_ids`."""
        text = self.contact.message_id or next(iter(self.all("message-id")), None)
        return next(iter(message_ids(text)), None)
