"""Contact points in their normalised form: what a store looks people up by."""

from __future__ import annotations

import re

from attrs import frozen

from supportkit.cases import ContactPoint
from supportkit.errors import PluginError
from supportkit.intake.emails import EmailAddress, parse_email
from supportkit.intake.phones import Phone, is_withheld, normalise_phone
from supportkit.ports import PointKey

__all__ = ["ReadPoint", "point_key", "point_text", "read_point"]


@frozen
class ReadPoint:
    """A contact point that was read once: its key, and the address or number in it.

    `fault` is ``phone_extra_missing`` for a number that could not be read for want of the extra ``phone``.
    """

    key: PointKey
    email: EmailAddress | None = None
    phone: Phone | None = None
    fault: str | None = None

    @property
    def text(self) -> str:
        """The key as text, ``kind:value``."""
        return f"{self.key.kind}:{self.key.value}"

    @property
    def is_personal(self) -> bool:
        """Whether it is one person's: no role address, no toll-free number, nothing that cannot be read."""
        if self.email is not None:
            return not self.email.is_shared
        return self.phone.personal if self.phone is not None else self.key.kind != "phone-raw"

    @property
    def organisation(self) -> str | None:
        """The domain of a role address."""
        return self.email.domain if self.email is not None and self.email.is_shared else None


def read_point(point: ContactPoint) -> ReadPoint | None:
    """Read a contact point; None when it recognises nobody. See `point_key`."""
    if point.kind == "email":
        address = parse_email(point.value)
        return ReadPoint(PointKey("email", address.key), email=address) if address else None
    if point.kind == "phone":
        return None if is_withheld(point.value) else _read_phone(point)
    if point.kind == "handle":
        name = point.value.strip().lstrip("@").lower()
        network = (point.network or "").strip().lower()
        return ReadPoint(PointKey("handle", f"{network}:{name}")) if name else None
    return ReadPoint(PointKey(point.kind, point.value.strip()))


def _read_phone(point: ContactPoint) -> ReadPoint:
    fault = None
    try:
        phone = normalise_phone(point.value, region=point.region)
    except PluginError:
        phone, fault = None, "phone_extra_missing"
    if phone is None:
        return ReadPoint(PointKey("phone-raw", re.sub(r"[^\d+]", "", point.value)), fault=fault)
    extension = f";ext={phone.extension}" if phone.extension else ""
    return ReadPoint(PointKey("phone", phone.e164 + extension), phone=phone)


def point_key(point: ContactPoint) -> PointKey | None:
    """Return the key under which a contact point is found again; None when it recognises nobody.

    * ``email``: the mailbox by its provider's rules; None for what is no address. Role and no-reply addresses
      have a key too (their mail must find its case), but `identify` takes them for an organisation.
    * ``phone``: E.164, ``;ext=`` and the extension behind it; ``phone-raw`` with the digits as written when
      the extra ``phone`` is missing or the number cannot be read without a region; None when withheld.
    * ``handle``: network and name, without case and a leading ``@``. ``account``: as it is.

    >>> point_key(ContactPoint("email", "Jane.Doe@GMail.com"))
    PointKey(kind='email', value='janedoe@gmail.com')
    """
    read = read_point(point)
    return None if read is None else read.key


def point_text(point: ContactPoint | PointKey) -> str | None:
    """Return a point's key as text, ``kind:value``: how cases name their participants.

    >>> point_text(ContactPoint("handle", "@Jane", network="Mastodon"))
    'handle:mastodon:jane'
    """
    key = point if isinstance(point, PointKey) else point_key(point)
    return None if key is None else f"{key.kind}:{key.value}"
