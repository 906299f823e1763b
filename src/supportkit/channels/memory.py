"""A channel in memory: contacts come as values, messages are collected. For tests and for embedding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from supportkit.cases import Contact, ContactPoint
from supportkit.channels._fields import refuse_unknown
from supportkit.errors import ChannelError
from supportkit.ports import Capabilities, DeliveryUpdate, Inbound, Outbound, SendResult

__all__ = ["MemoryChannel"]

_FIELDS = tuple(field.name for field in attrs.fields(Contact))
_POINT_FIELDS = tuple(field.name for field in attrs.fields(ContactPoint))


class MemoryChannel:
    """Takes contacts as values and keeps what is sent in `sent`, as (key, message) pairs in order.

    `kind` (by default the name) is the kind of channel it stands for, so that it can play any of them;
    `capabilities` likewise. `results` are given one by one for what is sent, then everything is accepted.
    """

    def __init__(
        self,
        name: str = "memory",
        kind: str | None = None,
        *,
        capabilities: Capabilities | None = None,
        results: Iterable[SendResult] = (),
    ) -> None:
        self.name = name
        self.kind = kind or name
        self.capabilities = capabilities or Capabilities()
        self.sent: list[tuple[str, Outbound]] = []
        self._results = iter(results)

    def verify(self, request: object, now: datetime) -> None:
        """Accept everything: it never left the process."""

    def parse(self, request: Any) -> Iterator[Inbound]:
        """Return the contacts and delivery updates given: values, mappings of a Contact's fields, or several.

        A mapping needs `id` and `at`; `channel` and `channel_name` are this channel's. Raises
        ChannelError for anything else, and for fields that a Contact does not have.
        """
        if isinstance(request, Contact | DeliveryUpdate):
            yield request
        elif isinstance(request, Mapping):
            yield self._contact(request)
        elif isinstance(request, Iterable) and not isinstance(request, str | bytes):
            for item in request:
                yield from self.parse(item)
        else:
            message = (
                f"{self.name}: {request!r} is neither a Contact, a DeliveryUpdate nor a mapping of fields"
            )
            raise ChannelError(message)

    def _contact(self, values: Mapping[str, Any]) -> Contact:
        refuse_unknown(values, _FIELDS, channel=self.name)
        fields = {"channel": self.kind, "channel_name": self.name, **values}
        try:
            return Contact(**fields | {"points": tuple(map(self._point, values.get("points", ())))})
        except (TypeError, ValueError, AttributeError) as error:
            message = f"{self.name}: these fields make no contact: {error}"
            raise ChannelError(message) from error

    def _point(self, value: Any) -> ContactPoint:
        if isinstance(value, ContactPoint):
            return value
        try:
            fields = value if isinstance(value, Mapping) else dict(zip(_POINT_FIELDS, value, strict=False))
            refuse_unknown(fields, _POINT_FIELDS, channel=self.name)
            return ContactPoint(**fields)
        except (TypeError, ValueError, AttributeError) as error:
            message = f"{self.name}: {value!r} is no contact point: {error}"
            raise ChannelError(message) from error

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:  # noqa: ARG002 - there is no window
        """Return the message as it is."""
        return message

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Keep the message and return the next of `results`, else accepted; a key is kept once."""
        result = next(self._results, None) or SendResult.accepted(key)
        if result.state == "accepted" and all(key != known for known, _ in self.sent):
            self.sent.append((key, outbound))
        return result
