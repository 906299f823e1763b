"""Desks (tenants): each has a number that leads its keys, and a secret that hides the keys of people."""

from __future__ import annotations

import hmac
import secrets

from attrs import field, frozen

from supportkit.errors import SchemaMismatch
from supportkit.storage.sql.sqlite import Sql

__all__ = ["CODE", "DeskKey", "find_desk", "make_desk"]

# Raised when an older worker must not touch what a newer one wrote.
CODE = 1


@frozen
class DeskKey:
    """A desk's number and secret; number 0 is a desk of which nothing is stored yet."""

    number: int
    secret: bytes = field(default=b"", repr=False)
    _hashes: dict[tuple[str, ...], bytes] = field(factory=dict, repr=False, eq=False, init=False)

    def hashed(self, purpose: str, *parts: str) -> bytes:
        """Return the keyed hash (HMAC-SHA256) of a key.

        It is the same within a desk, and of no use without its secret.
        """
        key = (purpose, *parts)
        known = self._hashes.get(key)
        if known is None:
            known = self._hashes[key] = hmac.digest(self.secret, _joined(key), "sha256")
        return known

    def sealed(self, data: bytes) -> bytes:
        """Return the keyed hash of a stored text: proves it unchanged, gives nothing of it away."""
        return hmac.digest(self.secret, data, "sha256")


def _joined(parts: tuple[str, ...]) -> bytes:
    # Each part behind its length: no two lists of parts give one text.
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def find_desk(sql: Sql, name: str) -> DeskKey | None:
    """Return the desk of that name; raises SchemaMismatch when it wants newer code than this."""
    row = sql.one("SELECT desk, secret, min_code FROM sk_desk WHERE name = ?", name)
    if row is None:
        return None
    number, secret, min_code = row
    if min_code > CODE:
        raise SchemaMismatch(
            f"desk {name!r} is served by code {min_code} or newer, this is {CODE}; update it"
        )
    return DeskKey(number, secret)


def make_desk(sql: Sql, name: str) -> DeskKey:
    """Return the desk of that name, making it when it is new."""
    found = find_desk(sql, name)
    if found is not None:
        return found
    secret = secrets.token_bytes(32)
    number = sql.insert("INSERT INTO sk_desk (name, min_code, secret) VALUES (?, 0, ?)", name, secret)
    return DeskKey(number, secret)
