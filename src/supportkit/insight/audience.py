"""Whom we tell before they ask: the customers an incident affects, each once, by the way that is theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from supportkit.cases import ContactPoint, Customer
from supportkit.errors import InvalidValue, nearest_name
from supportkit.insight.quiet import quiet_until
from supportkit.sequences import as_tuple

__all__ = ["ATTRIBUTES", "Addressee", "audience", "is_affected"]

_OF_PURCHASES = ("product", "model", "serial")
_PLAIN = ("plan", "criticality", "language", "zone", "account_owner")
ATTRIBUTES = (*_OF_PURCHASES, *_PLAIN, "tags", "customer")
"""What an incident may name of those it affects."""

_KINDS = {"email": "email", "phone": "phone", "handle": "social", "account": "account"}


@frozen(kw_only=True)
class Addressee:
    """What one affected customer gets: word in their open `case`, a `message` of its own, or nothing.

    `point` is where a message goes. Who gets nothing, gets it for a `reason`: opted_out, told, unknown
    (nobody knows what they bought), unreachable, or quiet, and then only until that is over (`until`).
    """

    customer: str
    how: Literal["case", "message", "nothing"]
    case: str | None = None
    point: ContactPoint | None = None
    reason: str | None = None
    until: datetime | None = None


def is_affected(customer: Customer, affects: Mapping[str, Any]) -> bool | None:
    """Return whether an incident affects a customer; None when what they bought is asked and unknown.

    `affects` names ATTRIBUTES, each with a value or several of which one must fit; all of them must. Nothing
    named affects everybody. Raises InvalidValue, with the nearest one, for an attribute that there is not.

    >>> is_affected(Customer("jo", plan="gold"), {"plan": ["gold", "silver"]})
    True
    >>> is_affected(Customer("jo", plan="gold"), {"plan": "gold", "product": "fibre"}) is None
    True
    """
    for name in affects:
        if name not in ATTRIBUTES:
            near = nearest_name(name, ATTRIBUTES)
            hint = f"did you mean {near!r}?" if near else f"use {', '.join(ATTRIBUTES)}"
            raise InvalidValue(f"an incident cannot affect {name!r}; {hint}")
    wanted = {name: set(map(str, as_tuple(value))) for name, value in affects.items()}
    if any(
        not (values & _values(customer, name)) for name, values in wanted.items() if name not in _OF_PURCHASES
    ):
        return False
    asked = {name: values for name, values in wanted.items() if name in _OF_PURCHASES}
    if asked and customer.purchases is None:
        return None
    return not asked or any(
        all(str(getattr(each, name)) in values for name, values in asked.items())
        for each in customer.purchases or ()
        if each.amount > 0
    )


def _values(customer: Customer, name: str) -> set[str]:
    if name == "customer":
        return {customer.id}
    value = customer.tags if name == "tags" else getattr(customer, name)
    return set() if value is None else set(map(str, as_tuple(value)))


def audience(
    customers: Iterable[Customer],
    *,
    affects: Mapping[str, Any],
    told: Collection[str] = (),
    open_cases: Mapping[str, str] | None = None,
    channels: Collection[str] = ("email",),
    now: datetime | None = None,
    zone: str = "UTC",
) -> tuple[Addressee, ...]:
    """Return what each affected customer gets, those with an open case first, then by id; nobody twice.

    `told` are those who know already, `open_cases` the open case of each customer who has one: they get it
    there. Whose ``preferences["outreach"]`` is False is left alone, and whose ``preferences["quiet"]`` hold
    `now` (see `quiet_until`, `zone` where nobody knows theirs) until these are over. Records that were merged
    count as the one that took them over. `channels` are the kinds that messages can be sent through; the
    point for ``preferences["channel"]`` goes first. Raises InvalidValue for an attribute that there is not.

    >>> jo = Customer("jo", [ContactPoint("email", "jo@example.org")])
    >>> [(each.customer, each.how) for each in audience([jo, Customer("al"), jo], affects={})]
    [('al', 'nothing'), ('jo', 'message')]
    """
    cases = open_cases or {}
    everybody = {each.id: each for each in customers}
    reached: dict[str, Addressee] = {}
    for customer in everybody.values():
        affected = is_affected(customer, affects)
        whole = _standing(customer, everybody)
        if affected is not False and (whole.id not in reached or affected):
            reach = _reach(whole, affected, told, cases.get(whole.id), channels)
            reached[whole.id] = reach if now is None else _unless_quiet(whole, reach, now, zone)
    return tuple(sorted(reached.values(), key=lambda each: (each.how != "case", each.customer)))


def _standing(customer: Customer, everybody: Mapping[str, Customer]) -> Customer:
    """Follow merges to the record that stands."""
    seen = {customer.id}
    while (into := customer.merged_into) is not None and into in everybody and into not in seen:
        customer = everybody[into]
        seen.add(into)
    return customer


def _reach(
    customer: Customer,
    affected: bool | None,
    told: Collection[str],
    case: str | None,
    channels: Collection[str],
) -> Addressee:
    point = reachable_point(customer, channels)
    reason = None
    if customer.preferences.get("outreach") is False:
        reason = "opted_out"
    elif customer.id in told:
        reason = "told"
    elif affected is None:
        reason = "unknown"
    elif case is None and point is None:
        reason = "unreachable"
    if reason is not None:
        return Addressee(customer=customer.id, how="nothing", reason=reason)
    if case is not None:
        return Addressee(customer=customer.id, how="case", case=case)
    return Addressee(customer=customer.id, how="message", point=point)


def _unless_quiet(customer: Customer, reach: Addressee, now: datetime, zone: str) -> Addressee:
    until = None if reach.how == "nothing" else quiet_until(customer, now=now, zone=zone)
    return (
        reach
        if until is None
        else Addressee(customer=customer.id, how="nothing", reason="quiet", until=until)
    )


def reachable_point(customer: Customer, channels: Collection[str]) -> ContactPoint | None:
    """Return where a message reaches a customer: by the channel they prefer, else by their first point."""
    fitting = [point for point in customer.points if _KINDS[point.kind] in channels]
    wanted = customer.preferences.get("channel")
    return min(fitting, key=lambda point: _KINDS[point.kind] != wanted, default=None)
