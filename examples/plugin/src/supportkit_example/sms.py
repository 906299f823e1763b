"""Text messages through a gateway that signs what it sends us and takes JSON from us."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal

from attrs import define, evolve, field
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from supportkit.canonical import derived_id
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import HttpSender, check_hmac
from supportkit.errors import ChannelError
from supportkit.ports import Capabilities, DeliveryUpdate, Outbound, Request, Response, SendResult

SIGNATURE = "X-Gateway-Signature"
TIMESTAMP = "X-Gateway-Timestamp"


class SmsSettings(BaseModel):
    """What the gateway's console shows: the shared secret, our number, the address to send to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretStr = Field(min_length=8)
    number: str = Field(pattern=r"^\+[0-9]{6,15}$")
    url: str = "https://gateway.example.com/messages"


class _Message(BaseModel):
    id: str = Field(min_length=1, max_length=200)
    sender: str = Field(alias="from", pattern=r"^\+[0-9]{6,15}$")
    text: str
    at: AwareDatetime


class _Receipt(BaseModel):
    key: str = Field(min_length=1)
    state: Literal["sent", "delivered", "failed"]
    at: AwareDatetime


class _Batch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    messages: list[_Message] = []
    receipts: list[_Receipt] = []


def _now() -> datetime:
    return datetime.now(UTC)


@define
class SmsChannel:
    """One of our numbers at the gateway; give each number a `name` of its own."""

    settings: SmsSettings
    name: str = "sms"
    post: Callable[[str, Request], Response] = field(factory=HttpSender, repr=False)
    clock: Callable[[], datetime] = field(default=_now, repr=False)

    kind = "sms"
    capabilities = Capabilities(receipts="delivered", max_length=480)

    def verify(self, request: Request, now: datetime) -> None:
        """Raise ChannelError unless the gateway signed time and body, within the last five minutes."""
        check_hmac(
            request,
            SIGNATURE,
            secret=self.settings.secret.get_secret_value(),
            timestamp=TIMESTAMP,
            signed="{timestamp}.{body}",
            now=now,
        )

    def parse(self, request: Request) -> Iterator[Contact | DeliveryUpdate]:
        """Return the messages and receipts of one request; raise ChannelError for anything else."""
        if not isinstance(request, Request):
            raise ChannelError(f"{self.name}: only a Request can be read, not {type(request).__name__}")
        try:
            batch = _Batch.model_validate_json(request.body)
            yield from [self._contact(message) for message in batch.messages]
            yield from [_update(receipt) for receipt in batch.receipts]
        except (ValidationError, OverflowError) as error:
            raise ChannelError(f"{self.name}: this is no request of the gateway: {error}") from error

    def _contact(self, message: _Message) -> Contact:
        return Contact(
            id=derived_id("contact", self.name, message.id),
            channel=self.kind,
            channel_name=self.name,
            at=message.at,
            points=[ContactPoint("phone", message.sender)],
            sender=message.sender,
            text=message.text,
            entry_point=self.settings.number,
        )

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:  # noqa: ARG002 - there is no window
        """Return the message, its text cut to what three text messages hold."""
        return evolve(message, text=(message.text or "")[: self.capabilities.max_length])

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Hand the message to the gateway, which sends a key once and names it in its receipts."""
        if not outbound.text or not outbound.to.startswith("+"):
            return SendResult.refused(f"a text message needs a text and a number, not {outbound.to!r}")
        said = {"key": key, "from": self.settings.number, "to": outbound.to, "text": outbound.text}
        try:
            answer = self.post(
                self.settings.url, signed(json.dumps(said).encode(), self.settings, self.clock())
            )
        except OSError as error:
            return SendResult.retry(reason=str(error))
        if answer.status < 300:
            return SendResult.accepted(key)
        said_back = answer.body[:200].decode(errors="replace")
        if answer.status == 429 or answer.status >= 500:
            return SendResult.retry(reason=said_back)
        return SendResult.refused(said_back)


def signed(body: bytes, settings: SmsSettings, at: datetime) -> Request:
    """Return a request that is signed as both sides do it."""
    stamp = str(int(at.timestamp()))
    secret = settings.secret.get_secret_value().encode()
    signature = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", TIMESTAMP: stamp, SIGNATURE: signature}
    return Request("POST", headers=headers, body=body)


def _update(receipt: _Receipt) -> DeliveryUpdate:
    return DeliveryUpdate(receipt.key, receipt.state, receipt.at)
