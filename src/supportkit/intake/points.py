"""Contact points in their normalised form: what a store looks people up by."""

from __future__ import annotations

import re

from supportkit.cases import ContactPoint
from supportkit.errors import PluginError
from supportkit.intake.emails import parse_email
from supportkit.intake.phones import Phone, is_withheld, normalise_phone
from supportkit.ports import PointKey

__all__ = ["point_key", "point_text"]


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
    if point.kind == "email":
        address = parse_email(point.value)
        return PointKey("email", address.key) if address else None
    if point.kind == "phone":
        return _phone_key(point)
    if point.kind == "handle":
        name = point.value.strip().lstrip("@").lower()
        return PointKey("handle", f"{(point.network or '').strip().lower()}:{name}") if name else None
    return PointKey(point.kind, point.value.strip())


def _phone_key(point: ContactPoint) -> PointKey | None:
    if is_withheld(point.value):
        return None
    phone = _read(point)
    if phone is None:
        return PointKey("phone-raw", re.sub(r"[^\d+]", "", point.value))
    return PointKey("phone", phone.e164 + (f";ext={phone.extension}" if phone.extension else ""))


def _read(point: ContactPoint) -> Phone | None:
    try:
        return normalise_phone(point.value, region=point.region)
    except PluginError:
        return None  # without the extra the digits as written are the key


def point_text(point: ContactPoint | PointKey) -> str | None:
    """Return a point's key as text, ``kind:value``: how cases name their participants.

    >>> point_text(ContactPoint("handle", "@Jane", network="Mastodon"))
    'handle:mastodon:jane'
    """
    key = point if isinstance(point, PointKey) else point_key(point)
    return None if key is None else f"{key.kind}:{key.value}"
