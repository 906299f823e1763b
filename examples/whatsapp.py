"""WhatsApp as a channel: a small real one, written against nothing but the channel protocol.

It reads the webhooks of Meta's WhatsApp Cloud API (messages and what became of ours) and sends over the same
API. Within 24 hours of a customer's message any text may be sent, later only a template that Meta approved.
Its proof is `tests/contracts/test_whatsapp_example.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any

from attrs import define, evolve, field, frozen

from supportkit.canonical import derived_id
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import HttpSender, check_hmac
from supportkit.errors import ChannelError
from supportkit.plugins import ChannelSpec, hookimpl
from supportkit.ports import Capabilities, DeliveryUpdate, Outbound, Request, Response, SendResult


@frozen
class Settings:
    """What Meta's console shows: the app's secret, our number's id, the tokens; and the approved template."""

    secret: str = field(repr=False)
    phone_number_id: str
    token: str = field(repr=False)
    verify_token: str = field(repr=False)
    template: str = "reopen"
    url: str = "https://graph.facebook.com/v21.0"


@define
class WhatsApp:
    """One of our numbers on WhatsApp."""

    settings: Settings
    name: str = "whatsapp"
    post: Callable[[str, Request], Response] = field(factory=HttpSender, repr=False)

    kind = "whatsapp"
    capabilities = Capabilities(
        realtime=True, receipts="read", max_length=4096, reply_window=timedelta(hours=24)
    )

    def handshake(self, request: Request) -> Response | None:
        """Answer Meta's question whether this is our address."""
        asked = dict(request.query)
        if asked.get("hub.mode") != "subscribe":
            return None
        known = compare_digest(
            asked.get("hub.verify_token", "").encode(), self.settings.verify_token.encode()
        )
        return Response(200, asked.get("hub.challenge", "").encode()) if known else Response(403)

    def verify(self, request: Request, now: datetime) -> None:  # noqa: ARG002 - Meta signs no time
        """Raise ChannelError unless Meta signed the body."""
        check_hmac(request, "X-Hub-Signature-256", prefix="sha256=", secret=self.settings.secret)

    def parse(self, request: Request) -> Iterator[Contact | DeliveryUpdate]:
        """Yield the messages and the delivery updates of one request, in their order."""
        try:
            for value in _values(json.loads(request.body)):
                names = {c["wa_id"]: c["profile"]["name"] for c in value.get("contacts", ())}
                yield from [self._contact(said, names) for said in value.get("messages", ())]
                yield from [self._update(said) for said in value.get("statuses", ())]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise ChannelError(f"{self.name}: no webhook of the Cloud API: {error!r}") from error

    def _contact(self, said: Mapping[str, Any], names: Mapping[str, str]) -> Contact:
        part = said.get(said["type"], {})
        return Contact(
            id=derived_id("contact", self.name, said["id"]),
            channel=self.kind,
            channel_name=self.name,
            at=_instant(said["timestamp"]),
            points=[ContactPoint("phone", f"+{said['from']}")],
            sender=f"+{said['from']}",
            sender_name=names.get(said["from"]),
            text=part.get("body") or part.get("caption"),
            entry_point=self.settings.phone_number_id,
            message_id=said["id"],
            given={said["type"]: part["id"]} if "id" in part else {},  # a picture or a voice note, by its id
        )

    def _update(self, said: Mapping[str, Any]) -> DeliveryUpdate:
        reason = "; ".join(error["title"] for error in said.get("errors", ()))
        return DeliveryUpdate(
            said.get("biz_opaque_callback_data"), said["status"], _instant(said["timestamp"]), said["id"],
            reason or None,
        )  # fmt: skip

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:
        """Return the text, cut to what WhatsApp takes; the template once the window has closed."""
        if not window_open:
            return evolve(message, text=None, template=self.settings.template)
        return evolve(message, text=(message.text or "")[: self.capabilities.max_length])

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Post the message; Meta tells our `key` with every update, so none of them is lost."""
        words: dict[str, Any] = {"type": "text", "text": {"body": outbound.text}}
        if outbound.template is not None:
            words = {"type": "template", "template": {"name": outbound.template, "language": {"code": "en"}}}
        message = {
            "messaging_product": "whatsapp",
            "to": outbound.to,
            "biz_opaque_callback_data": key,
            **words,
        }
        headers = {"Authorization": f"Bearer {self.settings.token}", "Content-Type": "application/json"}
        url = f"{self.settings.url}/{self.settings.phone_number_id}/messages"
        try:
            answer = self.post(url, Request("POST", headers=headers, body=json.dumps(message).encode()))
        except OSError as error:
            return SendResult.retry(reason=str(error))
        if answer.status == 200:
            return SendResult.accepted(json.loads(answer.body)["messages"][0]["id"])
        said = answer.body[:200].decode(errors="replace")
        if answer.status == 429 or answer.status >= 500:
            return SendResult.retry(after=timedelta(minutes=5), reason=said)
        return SendResult.refused(said)


def _values(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in document["entry"]:
        for change in entry["changes"]:
            yield change["value"]


def _instant(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


@hookimpl
def supportkit_register_channels() -> list[ChannelSpec]:
    """Make the channel known by its name, so that hosts can build it from settings."""
    return [ChannelSpec("whatsapp", factory=WhatsApp, settings=Settings)]
