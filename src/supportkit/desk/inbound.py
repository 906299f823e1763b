"""What a channel makes of a request; it is foreign code, so whatever it raises is told as its fault."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from supportkit.cases import Contact
from supportkit.errors import ChannelError
from supportkit.ports import Channel, DeliveryUpdate, Inbound, Response

__all__ = ["read_request"]


def read_request(channel: Channel, request: Any, *, now: datetime) -> tuple[Inbound, ...] | Response:
    """Verify and read a request: all its contacts and delivery updates, or the answer to a handshake.

    Nothing is taken in before all of it was read. Raises ChannelError, naming the channel, for whatever
    cannot be verified (status 401) or read (status 400).
    """
    handshake = getattr(channel, "handshake", None)
    try:
        answer: Response | None = None if handshake is None else handshake(request)
    except Exception as error:
        raise _fault(channel, "answer", error, status=400) from error
    if answer is not None:
        return answer
    try:
        channel.verify(request, now)
    except Exception as error:
        raise _fault(channel, "verify", error, status=401) from error
    try:
        read = tuple(channel.parse(request))
    except Exception as error:
        raise _fault(channel, "read", error, status=400) from error
    for item in read:
        if not isinstance(item, Contact | DeliveryUpdate):
            raise ChannelError(
                f"channel {channel.name!r} made {type(item).__name__} of a request; "
                "parse() gives Contact and DeliveryUpdate values"
            )
    return read


def _fault(channel: Channel, doing: str, error: Exception, *, status: int) -> Exception:
    if isinstance(error, ChannelError):
        return error
    return ChannelError(
        f"channel {channel.name!r} could not {doing} a request: {type(error).__name__}: {error}",
        status=status,
    )
