"""The channel protocol: no base class is needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from supportkit.ports.messages import Capabilities, Inbound, Outbound, SendResult

__all__ = ["Channel"]


@runtime_checkable
class Channel(Protocol):
    """Reads what comes in, renders and sends what goes out. Only `send` does I/O.

    `name` is the instance, `kind` (when it has one) the kind of channel (email, phone, social, ...);
    without it the name serves as both. A channel whose provider asks, before it sends anything, whether this
    really is the address to send to, also has ``handshake(request) -> Response | None``: the answer, or None
    for any other request. It is asked before `verify`, since such a question is seldom signed. One
    whose answers have addresses of their own has ``case_of(address) -> str | None``: the case that an address
    leads to, None for one that was not made here; whoever writes to it may write to the case.
    """

    name: str
    capabilities: Capabilities

    def verify(self, request: Any, now: datetime) -> None:
        """Raise ChannelError unless the request really comes from the provider."""

    def parse(self, request: Any) -> Iterable[Inbound]:
        """Return all contacts and delivery updates of one request; raise ChannelError for rubbish."""

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:
        """Return the message in the channel's own shape; an address that is left out is the message's.

        Raise ChannelError for what this channel can never say: the message is given up, and its case says so.
        """

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Hand the message to the provider, once for one `key` where the provider can tell."""
