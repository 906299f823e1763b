"""Customers and what they bought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import field, frozen

from supportkit.cases.contacts import ContactPoint
from supportkit.cases.instants import utc
from supportkit.errors import InvalidValue
from supportkit.sequences import as_tuple

__all__ = ["Customer", "Purchase", "currency_code", "money"]


def money(value: Decimal | int | str) -> Decimal:
    """Read an amount exactly; floats are refused because they have already lost cents.

    >>> money("19.90")
    Decimal('19.90')
    """
    if isinstance(value, bool | float):
        message = f"amount={value!r} is no exact amount; give a Decimal, an int or text such as '19.90'"
        raise InvalidValue(message)
    try:
        amount = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        message = f"amount={value!r} is no number; give a Decimal, an int or text such as '19.90'"
        raise InvalidValue(message) from None
    if not amount.is_finite():
        message = f"amount={value!r} is not finite; give a Decimal, an int or text such as '19.90'"
        raise InvalidValue(message)
    return amount


def _at(value: datetime) -> datetime:
    return utc(value, name="at")


def currency_code(value: Any) -> str:
    """Return an ISO 4217 code in capitals; raises InvalidValue for what is not three letters.

    >>> currency_code("gbp")
    'GBP'
    """
    if isinstance(value, str) and len(value) == 3 and value.isalpha() and value.isascii():
        return value.upper()
    message = f"currency={value!r} is no ISO 4217 code; write three letters such as 'EUR'"
    raise InvalidValue(message)


@frozen
class Purchase:
    """Something a customer bought (or, with a negative amount, was refunded) at an instant."""

    at: datetime = field(converter=_at)
    amount: Decimal = field(converter=money)
    currency: str = field(converter=currency_code)
    product: str | None = field(default=None, kw_only=True)
    model: str | None = field(default=None, kw_only=True)
    serial: str | None = field(default=None, kw_only=True)


@frozen
class Customer:
    """A person or organisation we serve, as far as we know them.

    `purchases` None means *unknown* (nobody asked the shop system), the empty tuple means *none*:
    unknown spend never lowers anybody. `zone` is the customer's IANA time zone, `account_owner` the
    colleague who looks after the account, `merged_into` the record that took this one over.
    """

    id: str
    points: tuple[ContactPoint, ...] = field(default=(), converter=as_tuple)
    merged_into: str | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    plan: str | None = field(default=None, kw_only=True)
    criticality: str | None = field(default=None, kw_only=True)
    tags: tuple[str, ...] = field(default=(), converter=as_tuple, kw_only=True)
    language: str | None = field(default=None, kw_only=True)
    zone: str | None = field(default=None, kw_only=True)
    verified: bool = field(default=False, kw_only=True)
    purchases: tuple[Purchase, ...] | None = field(default=None, kw_only=True)
    account_owner: str | None = field(default=None, kw_only=True)
    preferences: Mapping[str, Any] = field(factory=dict, kw_only=True)
