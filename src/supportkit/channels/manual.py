"""What agents enter by hand: letters, faxes, visits at the counter, calls and posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from supportkit.canonical import derived_id, to_plain
from supportkit.cases import FORMS, Contact, ContactPoint
from supportkit.channels._fields import body_object, instant_of, refuse_unknown, text_of
from supportkit.channels._items import Item
from supportkit.channels.email_channel import UNDATED
from supportkit.errors import ChannelError, InvalidValue, nearest_name
from supportkit.ports import Capabilities, Outbound, Request, SendResult

__all__ = ["ManualChannel"]

_FORM_OF = {"letter": "message", "fax": "message", "counter": "visit", "phone": "call", "social": "mention"}
_TEXTS = ("name", "subject", "text", "product", "language", "entry_point", "addressed_to")
_POINTS = ("email", "phone", "handle", "account")
_KNOWN = (
    *("channel", "form", "at", "key", "points", "region", "network", "visibility", "reach", "given", "holds"),
    *_POINTS,
    *_TEXTS,
)
_LONGEST = 100_000


class ManualChannel:
    """Reads what an agent typed in: a mapping, or a request with a JSON object.

    `channel` (letter, fax, counter, phone or social) is required; `form` follows from it (message, visit,
    call, mention) unless given. Points: `email`, `phone` (with `region`), `handle` (with `network`),
    `account`, or `points` as a list of mappings. Further: `at` (an instant), `key` (makes a repeated
    entry the same contact), `name`, `subject`, `text`, `product`, `language`, `entry_point`,
    `addressed_to`, `visibility`, `reach`, `given`, `holds` (when a caller was on hold: a list of mappings
    with from and to). Anything else is refused. Nothing is sent: answers go by a letter, or by a channel that
    sends.
    """

    kind = "manual"
    capabilities = Capabilities(sends=False, repeats_after=timedelta(minutes=30))

    def __init__(self, name: str = "manual", *, region: str | None = None) -> None:
        self.name = name
        self._region = region

    def verify(self, request: object, now: datetime) -> None:
        """Accept every entry: the host knows who its agents are."""

    def parse(self, request: Request | Mapping[str, Any]) -> tuple[Contact]:
        """Return the one contact of an entry; raises ChannelError for what cannot be meant.

        The id comes from `key`, else from the whole entry. `at` is `UNDATED` unless given.
        """
        values = body_object(request, channel=self.name) if isinstance(request, Request) else request
        if not isinstance(values, Mapping):
            message = f"{self.name}: an entry is a mapping with 'channel', not {type(values).__name__}"
            raise ChannelError(message)
        refuse_unknown(values, _KNOWN, channel=self.name)
        channel = self._one_of("channel", values.get("channel"), tuple(_FORM_OF))
        texts = {name: self._text(values, name) for name in _TEXTS}
        sender = self._text(values, "email") or self._text(values, "handle") or self._text(values, "phone")
        fields: dict[str, Any] = {
            "id": derived_id("contact", self.name, self._key(values)),
            "channel": channel,
            "channel_name": self.name,
            "form": self._one_of("form", values.get("form", _FORM_OF[channel]), FORMS),
            "at": instant_of(values.get("at", UNDATED), name="at", channel=self.name),
            "sender": sender,
            "sender_name": texts.pop("name"),
            "visibility": self._visibility(values, channel),
            "reach": self._reach(values),
            "given": self._given(values),
            "holds": Item(values, self.name).spans("holds"),
            **texts,
        }
        try:
            return (Contact(points=self._points(values), **fields),)
        except InvalidValue as error:
            message = f"{self.name}: {error}"
            raise ChannelError(message) from error

    def _key(self, values: Mapping[str, Any]) -> Any:
        return self._text(values, "key") or to_plain(values)

    def _text(self, values: Mapping[str, Any], name: str) -> str | None:
        return text_of(values.get(name), name=name, channel=self.name, longest=_LONGEST)

    def _one_of(self, name: str, value: Any, known: tuple[str, ...]) -> str:
        if value in known:
            return str(value)
        near = nearest_name(str(value), known)
        hint = f", did you mean {near!r}?" if near else ""
        message = f"{self.name}: {name}={value!r} is none of {', '.join(known)}{hint}"
        raise ChannelError(message)

    def _points(self, values: Mapping[str, Any]) -> Any:
        listed = values.get("points", ())
        if not isinstance(listed, list | tuple):
            message = f"{self.name}: points must be a list of mappings, not {type(listed).__name__}"
            raise ChannelError(message)
        region, network = self._text(values, "region") or self._region, self._text(values, "network")
        found = [self._listed(point) for point in listed]
        for kind in _POINTS:
            if text := self._text(values, kind):
                place = region if kind == "phone" else None
                found.append(ContactPoint(kind, text, place, network if kind == "handle" else None))
        return tuple(dict.fromkeys(found))

    def _listed(self, point: Any) -> ContactPoint:
        if isinstance(point, ContactPoint):
            return point
        if not isinstance(point, Mapping) or not {"kind", "value"} <= set(point):
            message = f"{self.name}: point {point!r} needs 'kind' and 'value'"
            raise ChannelError(message)
        refuse_unknown(point, ("kind", "value", "region", "network"), channel=self.name)
        texts = {
            name: text_of(value, name=name, channel=self.name, longest=_LONGEST)
            for name, value in point.items()
        }
        region = texts.get("region") or (self._region if texts["kind"] == "phone" else None)
        return ContactPoint(texts["kind"] or "", texts["value"] or "", region, texts.get("network"))

    def _visibility(self, values: Mapping[str, Any], channel: str) -> str:
        default = "public" if channel == "social" else "private"
        return self._one_of("visibility", values.get("visibility", default), ("public", "private"))

    def _reach(self, values: Mapping[str, Any]) -> int | None:
        reach = values.get("reach")
        if reach is None or (isinstance(reach, int) and not isinstance(reach, bool) and reach >= 0):
            return reach
        message = f"{self.name}: reach={reach!r} is no number of people"
        raise ChannelError(message)

    def _given(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        given = values.get("given", {})
        if isinstance(given, Mapping):
            return given
        message = f"{self.name}: given must be a mapping of answers, not {type(given).__name__}"
        raise ChannelError(message)

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:  # noqa: ARG002 - there is no window
        """Return the message as it is."""
        return message

    def send(self, outbound: Outbound, key: str) -> SendResult:  # noqa: ARG002 - nothing is ever sent
        """Refuse: what was entered by hand is answered by hand or by another channel."""
        return SendResult.refused(f"channel {self.name!r} is entered by hand; it sends nothing")
