"""Contact points in their normalised form: what a store looks people up by."""

from __future__ import annotations

import re

from attrs import frozen

from supportkit.cases import ContactPoint
from supportkit.errors import PluginError
from supportkit.intake.emails import EmailAddress, parse_email
from supportkit.intake.phones import Phone, dialled, is_withheld, normalise_phone
from supportkit.ports import PointKey

__all__ = ["ReadPoint", "known_phone", "point_key", "point_text", "read_point"]


@frozen
class ReadPoint:
    """A contact point that was read once: its key, and the address or number in it.

    `text` is the key as ``kind:value``; `near` is what all points that may be this one share: without
    sub-address, extension and the 9 of Argentina. `fault` is ``phone_extra_missing`` for a number that could
    not be read for want of the extra ``phone``.
    """

    key: PointKey
    text: str
    near: str
    email: EmailAddress | None = None
    phone: Phone | None = None
    fault: str | None = None

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
        return _read_email(point.value)
    if point.kind == "phone":
        return None if is_withheld(point.value) else _read_phone(point)
    if point.kind == "handle":
        name = point.value.strip().lstrip("@").lower()
        network = (point.network or "").strip().lower()
        return _plain("handle", f"{network}:{name}") if name else None
    return _plain(point.kind, point.value.strip())


def _plain(kind: str, value: str, **more: str | None) -> ReadPoint:
    text = f"{kind}:{value}"
    return ReadPoint(PointKey(kind, value), text, text, **more)  # type: ignore[arg-type]


def _read_email(value: str) -> ReadPoint | None:
    address = parse_email(value)
    if address is None:
        return None
    key, mailbox = address.key, address.mailbox
    text = f"email:{key}"
    return ReadPoint(
        PointKey("email", key), text, text if mailbox == key else f"email:{mailbox}", email=address
    )


def _read_phone(point: ContactPoint) -> ReadPoint:
    fault = None
    try:
        phone = normalise_phone(point.value, region=point.region)
    except PluginError:
        phone, fault = None, "phone_extra_missing"
    if phone is None:
        return _plain("phone-raw", re.sub(r"[^\d+]", "", point.value), fault=fault)
    return known_phone(phone)


def known_phone(phone: Phone) -> ReadPoint:
    """Return the point of a number that was read already."""
    value = f"{phone.e164};ext={phone.extension}" if phone.extension else phone.e164
    return ReadPoint(PointKey("phone", value), f"phone:{value}", f"phone:{dialled(phone)}", phone=phone)


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
