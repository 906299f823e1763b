"""Events of a telephone system: calls, missed calls, voicemails and wishes to be called back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from supportkit.canonical import instant_text
from supportkit.cases import Contact, ContactPoint
from supportkit.channels._fitting import fitted
from supportkit.channels._items import Item, Translate, delivery_update, read_batch
from supportkit.channels.signature import Secret, check_webhook, webhook_keys
from supportkit.errors import InvalidValue
from supportkit.intake.phones import is_withheld
from supportkit.ports import Capabilities, Inbound, Outbound, Request, SendResult

__all__ = ["PhoneChannel"]

_FORM_OF = {
    "call": "call",
    "missed": "call",
    "voicemail": "voicemail",
    "callback_request": "callback_request",
}
_FIELDS = (
    *("id", "event", "at", "from", "to", "name", "call_back_on", "wanted_at"),
    *("menu", "product", "language", "subject", "transcript", "recording", "holds"),
)


class PhoneChannel:
    """Reads what a telephone system reports; answers leave by another channel.

    One instance for each line, or one for all: `entry_point` is the number dialled where events name none.
    `region` (ISO country) helps to read numbers.

    `secret` checks Standard Webhooks signatures (see `check_webhook`); `verify` is called with the request
    and now instead, for any other scheme. Without both every event is accepted: for a telephone system in
    one's own house, whose requests the host tells apart itself. `translate` turns the system's own JSON into
    the shape that `parse` reads.

    `sender` sends text messages to callers, of at most `max_length` characters; without it nothing is sent.

    **A missed call** says nothing, but somebody tried to reach us. With a number to call it becomes a
    call-back request (`missed`), so that a call-back is promised and watched, in opening hours; without one
    nobody could keep such a promise, and it is a mere call. ``missed="call"`` makes all of them calls.

    Raises InvalidValue for an empty secret, for both `secret` and `verify`, and for another `missed`.
    """

    kind = "phone"

    def __init__(
        self,
        name: str = "phone",
        *,
        region: str | None = None,
        secret: Secret | None = None,
        verify: Callable[[Request, datetime], None] | None = None,
        translate: Translate | None = None,
        entry_point: str | None = None,
        missed: Literal["callback_request", "call"] = "callback_request",
        sender: Callable[[Outbound, str], SendResult] | None = None,
        max_length: int | None = None,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(realtime=True, sends=sender is not None, max_length=max_length)
        self._region = region
        self._keys = None if secret is None else webhook_keys(secret)
        self._scheme = verify
        self._translate = translate
        self._entry_point = entry_point
        self._missed = missed
        self._sender = sender
        if secret is not None and verify is not None:
            raise InvalidValue(f"PhoneChannel {name!r} has secret= and verify=; one of them decides")
        if missed not in {"callback_request", "call"}:
            raise InvalidValue(
                f"PhoneChannel {name!r}: missed={missed!r} is neither callback_request nor call"
            )

    def verify(self, request: Request, now: datetime) -> None:
        """Raise ChannelError (status 401) unless the telephone system sent the request."""
        if self._scheme is not None:
            self._scheme(request, now)
        elif self._keys is not None:
            check_webhook(request, secret=self._keys, now=now)

    def parse(self, request: Request | Mapping[str, Any]) -> tuple[Inbound, ...]:
        """Return what an object (or mapping) with the lists ``events`` and ``deliveries`` tells.

        An event has the call's `id` and `event`: call (answered), missed, voicemail or callback_request. It
        may have at (ISO 8601 with offset), from (the caller's number), to (the number dialled), name,
        call_back_on (another number to call), wanted_at (when the customer wants the call; kept in
        ``given``), menu (what was chosen, as `addressed_to`), product, language, subject, transcript (what
        was said, as `text`), recording (name, media_type, data in base64) and holds (a list of objects with
        from and to: when the caller was on hold). A withheld number is no contact point: nothing is made up.
        Deliveries are as in `WebhookChannel.parse`.

        The contact's id comes from the event and the call's id: a missed call and the voicemail that
        follows it are two contacts. Raises ChannelError that names the item at fault; nothing of the
        request is taken then.
        """
        lists = {"events": _FIELDS}
        items = read_batch(request, channel=self.name, lists=lists, translate=self._translate)
        return (*map(self._contact, items["events"]), *map(delivery_update, items["deliveries"]))

    def _contact(self, item: Item) -> Contact:
        event = item.choice("event", tuple(_FORM_OF))
        points = self._points(item)
        wanted = item.instant("wanted_at")
        return item.contact(
            self.name,
            event,
            item.required("id"),
            channel=self.kind,
            channel_name=self.name,
            form=self._missed if event == "missed" and points else _FORM_OF[event],
            at=item.instant("at"),
            points=points,
            sender=next((point.value for point in points), None),
            sender_name=item.text("name"),
            subject=item.text("subject"),
            text=item.text("transcript"),
            language=item.text("language"),
            product=item.text("product"),
            entry_point=item.text("to") or self._entry_point,
            addressed_to=item.text("menu"),
            attachments=item.file("recording"),
            holds=item.spans("holds"),
            given={} if wanted is None else {"wanted_at": instant_text(wanted)},
        )

    def _points(self, item: Item) -> tuple[ContactPoint, ...]:
        numbers = (item.text("call_back_on"), item.text("from"))
        known = dict.fromkeys(number for number in numbers if number is not None and not is_withheld(number))
        return tuple(ContactPoint("phone", number, self._region) for number in known)

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:
        """Return the message as it may leave; raises ChannelError for one that must not."""
        return fitted(
            message, capabilities=self.capabilities, window_open=window_open, template=None, channel=self.name
        )

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Hand the message to `sender`; refused without one, and for a message without a number."""
        if self._sender is None:
            return SendResult.refused(f"channel {self.name!r} takes calls in; answer by another channel")
        if is_withheld(outbound.to):
            return SendResult.refused(f"channel {self.name!r}: the message has no number to go to")
        return self._sender(outbound, key)
