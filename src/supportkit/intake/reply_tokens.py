"""Addresses that lead a reply to its case, signed so that nobody can make one up."""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Iterable

from attrs import field, frozen

from supportkit.errors import InvalidValue
from supportkit.intake.emails import parse_email

__all__ = ["ReplyTokens"]

_LENGTH = 16  # 80 bits of base32: 16 letters, which no mail server changes but for their case
_LONGEST = 64  # RFC 5321 §4.5.3.1.1: the longest local part


def _secrets(values: str | bytes | Iterable[str | bytes]) -> tuple[bytes, ...]:
    several = (values,) if isinstance(values, str | bytes) else tuple(values)
    return tuple(one.encode() if isinstance(one, str) else bytes(one) for one in several)


@frozen
class ReplyTokens:
    """Makes and checks addresses such as ``help+case-17.m5xw3zdf2cgz4ahq@desk.example``.

    Mail to sub-addresses (``+``) of `address` must reach the desk. `secrets` is one secret, or several of
    which the first signs and all are accepted: while one is being replaced, addresses in old mails stay good.
    Whoever holds such an address may write to the case (`ThreadPolicy.verify_token`). Raises InvalidValue for
    an address that is none or has a sub-address already, and for an empty secret or none.

    >>> tokens = ReplyTokens("help@desk.example", secrets="not for the repository")
    >>> address = tokens.address_of("case-17")
    >>> tokens.case_of(address), tokens.case_of(address.replace("17", "18"))
    ('case-17', None)
    """

    address: str
    secrets: tuple[bytes, ...] = field(kw_only=True, converter=_secrets, repr=False)

    def __attrs_post_init__(self) -> None:
        read = parse_email(self.address)
        if read is None or "+" in read.local:
            raise InvalidValue(
                f"address={self.address!r} cannot take replies; pass a mail address without '+', "
                "such as 'help@desk.example'"
            )
        if not self.secrets or not all(self.secrets):
            raise InvalidValue("an empty secret signs nothing; pass a long random text")

    def address_of(self, case: str) -> str:
        """Return the address that leads to a case.

        Raises InvalidValue for an id that is too long for mail, or does not come back as it is: letters
        in lower case, digits, ``-``, ``_`` and ``.`` do.
        """
        name, _, host = self.address.rpartition("@")
        local = f"{name}+{case}.{_signed(case, self.secrets[0])}"
        if len(local) > _LONGEST or self.case_of(f"{local}@{host}") != case:
            raise InvalidValue(
                f"case id {case!r} makes no address: {local!r} is too long or does not come back as it is"
            )
        return f"{local}@{host}"

    def case_of(self, address: str) -> str | None:
        """Return the case that an address leads to; None when it is no signed address of ours."""
        read, own = parse_email(address), parse_email(self.address)
        if read is None or own is None or (read.base, read.domain) != (own.local, own.domain):
            return None
        case, _, given = read.local.partition("+")[2].rpartition(".")
        fits = [
            hmac.compare_digest(_signed(case, secret).encode(), given.encode()) for secret in self.secrets
        ]
        return case if case and any(fits) else None


def _signed(case: str, secret: bytes) -> str:
    # In lower case, because mail servers may change the case of what stands before the @.
    signature = hmac.digest(secret, b"supportkit reply " + case.lower().encode(), "sha256")
    return b32encode(signature)[:_LENGTH].decode().lower()
