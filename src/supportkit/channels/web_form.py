"""A form on a web page: one submission is one contact, answered by mail."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from supportkit.canonical import derived_id
from supportkit.cases import Contact, ContactPoint
from supportkit.channels._fields import body_object, refuse_unknown, text_of
from supportkit.channels.email_channel import UNDATED
from supportkit.errors import ChannelError, InvalidValue
from supportkit.intake import parse_email
from supportkit.ports import Capabilities, Outbound, Request, SendResult

__all__ = ["WebFormChannel"]

_MEANINGS = ("email", "phone", "account", "name", "subject", "text", "product", "language", "form", "key")
_FIELDS = {
    "email": "email",
    "phone": "phone",
    "name": "name",
    "subject": "subject",
    "message": "text",
    "product": "product",
    "language": "language",
    "key": "key",
}
_FORMS = ("message", "callback_request")
_SHORT = 500


class WebFormChannel:
    """Reads form submissions, as ``application/x-www-form-urlencoded`` or as a JSON object.

    `fields` maps the form's own field names to what they mean: email, phone, account, name, subject, text,
    product, language, form (message or callback_request) and key (a hidden value that is new for each page
    view, so that a double click is one contact). `answers` are further fields: they are kept in
    ``Contact.given``, so that nothing is asked twice. `required` are meanings that must be there. `region`
    (ISO country) helps to read phone numbers. `honeypot` names a field that people do not see: a submission
    that fills it is taken and dropped. `longest` bounds the text in characters, other fields take 500.
    Raises InvalidValue for a meaning that is none.

    The form's visitor is answered by mail: this channel sends nothing itself.
    """

    kind = "web"
    capabilities = Capabilities(sends=False, repeats_after=timedelta(minutes=30))

    def __init__(
        self,
        name: str = "web",
        *,
        fields: Mapping[str, str] | None = None,
        answers: Iterable[str] = (),
        required: Iterable[str] = ("text",),
        region: str | None = None,
        honeypot: str | None = None,
        longest: int = 20_000,
    ) -> None:
        self.name = name
        self._fields = dict(_FIELDS if fields is None else fields)
        self._answers = tuple(answers)
        self._required = tuple(required)
        self._region = region
        self._honeypot = honeypot
        self._longest = longest
        if wrong := {*self._fields.values(), *self._required} - set(_MEANINGS):
            message = f"WebFormChannel {name!r}: {', '.join(sorted(wrong))} means nothing here"
            raise InvalidValue(f"{message}; a field can mean {', '.join(_MEANINGS)}")

    def verify(self, request: object, now: datetime) -> None:
        """Accept every submission: a public form has no secret. What it claims proves nothing."""

    def parse(self, request: Request) -> tuple[Contact, ...]:
        """Return the one contact of a submission, none when the honeypot was filled.

        Its id comes from the key, the ``Idempotency-Key`` header or, without both, the body: give forms a
        key, else the same words sent twice count once. `at` is `UNDATED`: a desk puts in the instant of
        receipt. Raises ChannelError for unknown, repeated, missing or too long fields and for an address
        that is none.
        """
        values = self._values(request)
        if self._honeypot and values.pop(self._honeypot, None):
            return ()
        refuse_unknown(values, (*self._fields, *self._answers), channel=self.name)
        read = {
            self._fields[name]: self._text(name, value)
            for name, value in values.items()
            if name in self._fields
        }
        given = {name: values[name] for name in self._answers if values.get(name) not in {None, ""}}
        self._check(read)
        key = read.get("key") or request.header("Idempotency-Key") or hashlib.sha256(request.body).hexdigest()
        fields: dict[str, Any] = {
            "id": derived_id("contact", self.name, key),
            "channel": self.kind,
            "channel_name": self.name,
            "form": read.get("form") or "message",
            "at": UNDATED,
            "points": self._points(read),
            "sender": read.get("email"),
            "sender_name": read.get("name"),
            "subject": " ".join((read.get("subject") or "").split()) or None,
            "text": read.get("text"),
            "language": read.get("language"),
            "product": read.get("product"),
            "entry_point": self.name,
            "given": given,
        }
        return (Contact(**fields),)

    def _values(self, request: Request) -> dict[str, Any]:
        media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type == "application/json":
            values = dict(body_object(request, channel=self.name))
            for name, value in values.items():
                if isinstance(value, dict | list):
                    message = f"{self.name}: field {name!r} must be a plain value, not {type(value).__name__}"
                    raise ChannelError(message)
            return values
        if media_type != "application/x-www-form-urlencoded":
            message = f"{self.name}: Content-Type {media_type!r} is not built yet"
            raise ChannelError(f"{message}; send application/x-www-form-urlencoded or application/json")
        return self._pairs(request.body)

    def _pairs(self, body: bytes) -> dict[str, Any]:
        try:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=200, errors="strict"
            )
        except ValueError as error:
            message = f"{self.name}: the body is no form in UTF-8: {error}"
            raise ChannelError(message) from error
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name not in values:
                values[name] = value
            elif name in self._answers:
                values[name] = f"{values[name]}, {value}"  # several boxes ticked under one name
            else:
                message = f"{self.name}: field {name!r} was sent twice"
                raise ChannelError(message)
        return values

    def _text(self, name: str, value: Any) -> str | None:
        longest = self._longest if self._fields[name] == "text" else _SHORT
        return text_of(value, name=name, channel=self.name, longest=longest)

    def _check(self, read: Mapping[str, str | None]) -> None:
        if missing := [self._named(meaning) for meaning in self._required if not read.get(meaning)]:
            message = f"{self.name}: field {', '.join(missing)} is required"
            raise ChannelError(message)
        email, form = read.get("email"), read.get("form")
        if email and parse_email(email) is None:
            message = f"{self.name}: field {self._named('email')} holds {email!r}, which is no mail address"
            raise ChannelError(message)
        if form and form not in _FORMS:
            message = (
                f"{self.name}: field {self._named('form')} holds {form!r}; it can be {' or '.join(_FORMS)}"
            )
            raise ChannelError(message)

    def _named(self, meaning: str) -> str:
        return repr(next((name for name, means in self._fields.items() if means == meaning), meaning))

    def _points(self, read: Mapping[str, str | None]) -> tuple[ContactPoint, ...]:
        found = []
        for kind in ("email", "phone", "account"):
            value = read.get(kind)
            if value and (kind != "phone" or re.search(r"\d", value)):
                found.append(ContactPoint(kind, value, self._region if kind == "phone" else None))
        return tuple(found)

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:  # noqa: ARG002 - there is no window
        """Return the message as it is."""
        return message

    def send(self, outbound: Outbound, key: str) -> SendResult:  # noqa: ARG002 - nothing is ever sent
        """Refuse: forms are answered by mail."""
        return SendResult.refused(f"channel {self.name!r} takes forms in; answer by mail")
