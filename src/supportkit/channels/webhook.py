"""The generic signed webhook: contacts and delivery updates in, signed messages out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from supportkit.canonical import encode, instant_text
from supportkit.cases import FORMS, Contact, ContactPoint
from supportkit.channels._fitting import fitted
from supportkit.channels._items import Item, delivery_update, read_batch
from supportkit.channels.http_sender import HttpPost, HttpSender, posted
from supportkit.channels.signature import TOLERANCE, Secret, check_webhook, sign_webhook, webhook_keys
from supportkit.errors import InvalidValue
from supportkit.ports import Capabilities, Inbound, Outbound, Request, SendResult

__all__ = ["WebhookChannel"]

_TEXTS = ("subject", "text", "product", "language", "entry_point", "addressed_to")
_POINTS = ("email", "phone", "handle", "account")
_FIELDS = (
    *("id", "form", "at", *_POINTS, "region", "network", "points", "name", *_TEXTS),
    *("visibility", "audience", "automated", "reach", "sentiment"),
    *("message_id", "in_reply_to", "references", "given", "attachments", "holds"),
)
_SENT = ("to", "text", "subject", "template", "case", "kind", "audience", "visibility", "message_id")


def _now() -> datetime:
    return datetime.now(UTC)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


class WebhookChannel:
    """Takes in and sends JSON that is signed after the Standard Webhooks specification.

    `secret` is ``whsec_`` and base64, or bytes, or several of them while one is being replaced: any is good
    for what comes in, and what is sent is signed with each. `tolerance` is how far ``webhook-timestamp`` may
    be from now. `kind` is the kind of channel that it stands for (chat, crm, ...). `region` (ISO country)
    helps to read phone numbers.

    With a `url` messages are posted there, through `post` (by default `HttpSender`); without one nothing is
    sent. `capabilities` say what the other side can do, by default threading and receipts; with a
    ``reply_window`` a message outside of it leaves as `template`. `clock` gives the time of signing.

    **Replays.** An old request is refused by its timestamp. One that comes again within the tolerance, or
    that the sender repeats because our answer was lost (same ``webhook-id``, new timestamp), gives contacts
    with the same ids: a desk answers "duplicate" and decides nothing twice, however late it comes.

    Raises InvalidValue for an empty or unreadable secret, a URL that is not HTTP, and capabilities that
    promise to send without one.
    """

    def __init__(
        self,
        name: str = "webhook",
        *,
        secret: Secret,
        kind: str = "webhook",
        tolerance: timedelta = TOLERANCE,
        region: str | None = None,
        url: str | None = None,
        post: HttpPost | None = None,
        capabilities: Capabilities | None = None,
        template: str | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.name = name
        self.kind = kind
        self.capabilities = capabilities or Capabilities(
            threading=True, sends=url is not None, receipts="read"
        )
        self._keys = webhook_keys(secret)
        self._tolerance = tolerance
        self._region = region
        self._url = url
        self._post = HttpSender() if post is None and url is not None else post
        self._template = template
        self._clock = clock
        if url is not None and not _is_http(url):
            raise InvalidValue(f"WebhookChannel {name!r}: url={url!r} is no http or https address")
        if url is None and (self.capabilities.sends or post is not None):
            raise InvalidValue(f"WebhookChannel {name!r} has no url to send to; give it one, or sends=False")

    def verify(self, request: Request, now: datetime) -> None:
        """Raise ChannelError (status 401) unless the request was signed with our secret, and lately."""
        check_webhook(request, secret=self._keys, now=now, tolerance=self._tolerance)

    def parse(self, request: Request | Mapping[str, Any]) -> tuple[Inbound, ...]:
        """Return what an object (or mapping) with the lists ``contacts`` and ``deliveries`` tells.

        A contact has an `id` (else it is the n-th of its ``webhook-id``) and any of: form, at (ISO 8601 with
        offset), email, phone, region, handle, network, account, points (list of kind, value, region,
        network), name, subject, text, product, language, entry_point, addressed_to, visibility, audience,
        automated, reach, sentiment, message_id, in_reply_to, references, given, attachments (list of name,
        media_type, data in base64). A delivery has a state (see DELIVERY_RANK), `outbound` (the id that a
        message was sent with) or `provider_id`, and may have at and reason.

        Raises ChannelError that names the item at fault; nothing of the request is taken then.
        """
        items = read_batch(request, channel=self.name, lists={"contacts": _FIELDS})
        batch = request.header("webhook-id") if isinstance(request, Request) else None
        contacts = [self._contact(item, batch, number) for number, item in enumerate(items["contacts"])]
        return (*contacts, *map(delivery_update, items["deliveries"]))

    def _contact(self, item: Item, batch: str | None, number: int) -> Contact:
        id = item.text("id")  # noqa: A001 - a contact's id
        if id is None and not batch:
            raise item.fault("field 'id' is required where there is no webhook-id")
        points = self._points(item)
        return item.contact(
            self.name,
            *((id,) if id else (batch, number)),
            channel=self.kind,
            channel_name=self.name,
            form=item.choice("form", FORMS, "message"),
            at=item.instant("at"),
            points=points,
            sender=next((point.value for point in points), None),
            sender_name=item.text("name"),
            visibility=item.choice("visibility", ("private", "public"), "private"),
            audience=item.choice("audience", ("customer", "internal"), "customer"),
            automated=item.flag("automated"),
            reach=item.count("reach"),
            sentiment=item.measure("sentiment"),
            message_id=_bracketed(item.reference("message_id")),
            headers=_headers(item),
            given=item.answers("given"),
            holds=item.spans("holds"),
            attachments=item.files("attachments"),
            **{name: item.text(name) for name in _TEXTS},
        )

    def _points(self, item: Item) -> tuple[ContactPoint, ...]:
        region, network = item.text("region") or self._region, item.text("network")
        own = [
            ContactPoint(
                kind, text, region if kind == "phone" else None, network if kind == "handle" else None
            )
            for kind in _POINTS
            if (text := item.text(kind)) is not None
        ]
        return tuple(dict.fromkeys((*own, *item.points("points", region=region))))

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:
        """Return the message as it may leave; raises ChannelError for one that must not."""
        return fitted(
            message,
            capabilities=self.capabilities,
            window_open=window_open,
            template=self._template,
            channel=self.name,
        )

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Post the message, signed, with `key` as its ``webhook-id``: the same key is the same message.

        The body is a JSON object of type ``message`` with `id` (the key), to, text and what else is known of
        it; an answer's ``id`` becomes the provider's id.
        """
        if self._url is None or self._post is None:
            return SendResult.refused(f"channel {self.name!r} has no url to send to")
        try:
            body = encode({"type": "message", "id": key, **_said(outbound)})
            signed = sign_webhook(key, body, secret=self._keys, at=self._clock())
        except ValueError as error:
            return SendResult.refused(f"channel {self.name!r} cannot write this message: {error}")
        headers = (("Content-Type", "application/json"), *signed)
        return posted(self._post, self._url, Request("POST", headers=headers, body=body))


def _said(outbound: Outbound) -> dict[str, Any]:
    said = {name: value for name in _SENT if (value := getattr(outbound, name))}
    if outbound.valid_until is not None:
        said["valid_until"] = instant_text(outbound.valid_until)
    for name in ("in_reply_to", "references", "headers", "data"):
        if value := getattr(outbound, name):
            said[name] = value
    return said


def _bracketed(id: str | None) -> str | None:
    return None if id is None else f"<{id}>"


def _headers(item: Item) -> tuple[tuple[str, str], ...]:
    replied = _bracketed(item.reference("in_reply_to"))
    before = " ".join(f"<{id}>" for id in item.references("references"))  # noqa: A001 - a message's id
    pairs = (("In-Reply-To", replied), ("References", before))
    return tuple((name, value) for name, value in pairs if value)
