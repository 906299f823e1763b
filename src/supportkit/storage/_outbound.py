"""Messages on their way out, as canonical JSON: the form in which every store keeps them."""

from __future__ import annotations

import attrs

from supportkit.canonical import decode, encode
from supportkit.ports import Outbound

__all__ = ["MEDIA_TYPE", "read_outbound", "write_outbound"]

MEDIA_TYPE = "application/vnd.supportkit.outbound+json"
_DEFAULTS = {name: getattr(Outbound(), name) for name in attrs.fields_dict(Outbound)}


def write_outbound(message: Outbound) -> bytes:
    """Return the message as canonical JSON; what says nothing is left out."""
    said = {
        name: value for name, default in _DEFAULTS.items() if (value := getattr(message, name)) != default
    }
    return encode(said)


def read_outbound(text: bytes) -> Outbound:
    """Read what `write_outbound` wrote; fields that this version does not know are left out."""
    return Outbound(**{name: value for name, value in decode(text).items() if name in _DEFAULTS})
