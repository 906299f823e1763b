"""A contact is one message, call, form, post or visit: what a customer sent, not the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import Attribute, field, frozen

from supportkit.cases.instants import instant, utc
from supportkit.errors import InvalidValue
from supportkit.sequences import as_tuple

__all__ = ["FORMS", "Attachment", "Contact", "ContactPoint"]

FORMS = ("message", "call", "voicemail", "callback_request", "mention", "visit", "signal")
_POINT_KINDS = ("email", "phone", "handle", "account")

Audience = Literal["customer", "internal"]
Visibility = Literal["public", "private"]


def _one_of(*choices: str) -> Any:
    def check(_: Contact, attribute: Attribute[str], value: str) -> None:
        if value not in choices:
            message = f"contact {attribute.name}={value!r} is none of {', '.join(choices)}"
            raise InvalidValue(message)

    return check


def _pairs(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    items = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((str(name), str(value)) for name, value in items)


def _spans(spans: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    found = tuple((utc(start, name="holds"), utc(end, name="holds")) for start, end in spans)
    for start, end in found:
        if end < start:
            message = f"holds: {start} to {end} ends before it begins; give (start, end) pairs"
            raise InvalidValue(message)
    return found


def _whole(text: str | None) -> str | None:
    """Replace half surrogate pairs, which no file and no database can hold; the words stay."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@frozen
class ContactPoint:
    """A way to reach or recognise somebody: an address, a number, a handle, an account.

    `kind` is email, phone, handle or account; `region` (ISO country) helps to read a phone number,
    `network` names the network of a handle. Raises InvalidValue for another kind or an empty value.
    """

    kind: str
    value: str
    region: str | None = None
    network: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.kind not in _POINT_KINDS:
            message = f"contact point kind={self.kind!r} is none of {', '.join(_POINT_KINDS)}"
            raise InvalidValue(message)
        if not self.value.strip():
            message = f"contact point of kind {self.kind!r} has an empty value; leave the point out instead"
            raise InvalidValue(message)


@frozen
class Attachment:
    """A file that came with a contact."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@frozen(kw_only=True)
class Contact:
    """One message, call, voicemail, form, mention, visit or signal, as a channel read it.

    `form` is what it is (see FORMS); `visibility` says whether the world can see it, `audience` whom
    it addresses. `automated` only adds to what the headers say: engines read `headers` (ordered pairs,
    repeats kept, raw) themselves. `points` are all ways to recognise the sender, the best first.
    `reach` is the number of people a public post reaches. `entry_point` is the number dialled, the
    mailbox or the form used. `holds` are the spans of a call (start and end) in which the caller was put on
    hold. Raises NaiveDatetime for `at` or a hold without a zone, InvalidValue for a hold that ends before it
    begins, and for a form, visibility or audience that there is not.
    """

    id: str
    channel: str
    form: str = field(default="message", validator=_one_of(*FORMS))
    at: datetime = instant()
    channel_name: str = ""
    points: tuple[ContactPoint, ...] = field(default=(), converter=as_tuple)
    sender: str | None = field(default=None, converter=_whole)
    sender_name: str | None = field(default=None, converter=_whole)
    subject: str | None = field(default=None, converter=_whole)
    text: str | None = field(default=None, converter=_whole, repr=False)
    visibility: Visibility = field(default="private", validator=_one_of("public", "private"))
    audience: Audience = field(default="customer", validator=_one_of("customer", "internal"))
    automated: bool = False
    language: str | None = None
    product: str | None = None
    entry_point: str | None = None
    addressed_to: str | None = None
    reach: int | None = None
    sentiment: float | None = None
    message_id: str | None = None
    envelope_sender: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), converter=as_tuple, repr=False)
    given: Mapping[str, Any] = field(factory=dict)
    holds: tuple[tuple[datetime, datetime], ...] = field(default=(), converter=_spans)

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case, or None."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Return all headers of that name, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)
