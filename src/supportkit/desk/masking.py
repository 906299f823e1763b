"""Words of others (a provider's reason, a plugin's error) go into a log without the people in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["masked"]

_MASK = "(address)"
_SHORTEST = 3


def masked(text: str | None, addresses: Iterable[str]) -> str | None:
    """Return a text without these addresses: whole, their parts before and after the @, numbers as digits.

    >>> masked("550 no such user jo.jones here", ["jo.jones@example.org"])
    '550 no such user (address) here'
    >>> masked("+44 20 7946 0101 is not on WhatsApp", ["+442079460101"])
    '(address) is not on WhatsApp'
    """
    if text is None:
        return None
    parts = {part for address in addresses for part in _parts(address)}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(part, _MASK, text, flags=re.IGNORECASE)
    return text


def _parts(address: str) -> Iterator[str]:
    """Yield patterns for an address and its parts; what is too short says nobody."""
    local, at, domain = address.rpartition("@")
    digits = re.sub(r"\D", "", address)
    for part in (address, local, domain if at else ""):
        if len(part) >= _SHORTEST:
            yield rf"(?<![\w]){re.escape(part)}(?![\w])"
    if not at and len(digits) > _SHORTEST * 2:
        yield r"\+?" + r"[\s()./-]*".join(digits)
