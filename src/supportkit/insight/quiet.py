"""When a customer does not want to hear from us of ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from supportkit.calendars import BusinessCalendar
from supportkit.cases import Customer
from supportkit.errors import InvalidValue

__all__ = ["quiet_until"]


def quiet_until(customer: Customer, *, now: datetime, zone: str = "UTC") -> datetime | None:
    """Return when a customer's quiet time ends, or None when it is none now.

    ``preferences["quiet"]`` is ``{"from": "21:00", "to": "08:00"}``, every day, on the wall where the
    customer lives (`zone` where nobody knows); the end is not quiet any more. Raises InvalidValue for
    anything else, UnknownZone, NaiveDatetime.

    >>> from datetime import UTC
    >>> jo = Customer("jo", zone="Europe/London", preferences={"quiet": {"from": "21:00", "to": "08:00"}})
    >>> quiet_until(jo, now=datetime(2026, 7, 1, 21, 30, tzinfo=UTC)).isoformat()
    '2026-07-02T07:00:00+00:00'
    """
    quiet = customer.preferences.get("quiet")
    if quiet is None:
        return None
    if not isinstance(quiet, Mapping) or set(quiet) != {"from", "to"}:
        raise InvalidValue(_wrong(customer, quiet))
    open_hours = f"{quiet['to']}-{quiet['from']}"
    try:
        calendar = BusinessCalendar(customer.zone or zone, weekly={"mon-sun": open_hours})
    except InvalidValue as error:
        raise InvalidValue(f"{_wrong(customer, quiet)}: {error}") from None
    opens = calendar.next_open(now)
    return None if opens == now else opens


def _wrong(customer: Customer, quiet: object) -> str:
    example = "{'from': '21:00', 'to': '08:00'}"
    return f"customer {customer.id!r}: preferences['quiet']={quiet!r} are no quiet times; write {example}"
