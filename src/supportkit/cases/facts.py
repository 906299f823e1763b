"""The facts that rules may read, and how they are made from contacts, customers, cases and agents.

A fact that is not known is None (or absent), never a guess. Plugins and hosts add fields of their own,
named ``x.<distribution>.<name>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from supportkit.cases.agents import Agent
from supportkit.cases.case import STATUSES, Case
from supportkit.cases.contacts import FORMS, Contact
from supportkit.cases.customers import Customer
from supportkit.cases.events import Event
from supportkit.cases.spend import Unknown, spend
from supportkit.rules import Field, Schema

__all__ = ["FACTS", "agent_facts", "case_facts", "contact_facts", "customer_facts", "event_facts"]

_SPEND_WINDOWS: dict[str, int | None] = {
    "spend_30d": 30,
    "spend_90d": 90,
    "spend_365d": 365,
    "lifetime_spend": None,
}

FACTS = Schema(
    [
        Field("contact.id", "text"),
        Field("contact.channel", "text"),
        Field("contact.channel_name", "text", nullable=True),
        Field("contact.form", "enum", values=FORMS),
        Field("contact.visibility", "enum", values=("public", "private")),
        Field("contact.audience", "enum", values=("customer", "internal")),
        Field("contact.automated", "bool"),
        Field("contact.at", "datetime"),
        Field("contact.sender", "text", nullable=True, private=True),
        Field("contact.subject", "text", nullable=True, private=True),
        Field("contact.text", "text", nullable=True, private=True),
        Field("contact.language", "text", nullable=True),
        Field("contact.product", "text", nullable=True),
        Field("contact.entry_point", "text", nullable=True),
        Field("contact.addressed_to", "text", nullable=True),
        Field("contact.reach", "int", nullable=True),
        Field("contact.sentiment", "decimal", nullable=True),
        Field("customer.id", "text", nullable=True),
        Field("customer.plan", "text", nullable=True),
        Field("customer.criticality", "text", nullable=True),
        Field("customer.account_owner", "text", nullable=True),
        Field("customer.tags", "set"),
        Field("customer.verified", "bool"),
        Field("customer.open_cases", "int", nullable=True),
        Field("customer.contacts_7d", "int", nullable=True),
        Field("customer.spend_30d", "decimal", nullable=True),
        Field("customer.spend_90d", "decimal", nullable=True),
        Field("customer.spend_365d", "decimal", nullable=True),
        Field("customer.lifetime_spend", "decimal", nullable=True),
        Field("customer.purchases", "list", nullable=True),
        Field("customer.purchases.at", "datetime"),
        Field("customer.purchases.amount", "decimal"),
        Field("customer.purchases.currency", "text"),
        Field("customer.purchases.product", "text", nullable=True),
        Field("customer.purchases.model", "text", nullable=True),
        Field("customer.purchases.serial", "text", nullable=True),
        Field("case.id", "text"),
        Field("case.kind", "text", nullable=True),
        Field("case.status", "enum", values=STATUSES),
        Field("case.priority", "text", nullable=True),
        Field("case.category", "text", nullable=True),
        Field("case.impact", "text", nullable=True),
        Field("case.urgency", "text", nullable=True),
        Field("case.tags", "set"),
        Field("case.owner", "text", nullable=True),
        Field("case.team", "text", nullable=True),
        Field("case.opened_at", "datetime"),
        Field("case.transfers", "int"),
        Field("case.reopens", "int"),
        Field("case.contacts", "int"),
        Field("case.public", "bool"),
        Field("agent.id", "text", nullable=True),
        Field("agent.skills", "record", nullable=True),
        Field("agent.teams", "set", nullable=True),
        Field("agent.role", "text", nullable=True),
        Field("agent.load", "decimal", nullable=True),
        Field("agent.presence", "text", nullable=True),
        Field("event.kind", "text", nullable=True),
        Field("event.actor_kind", "text", nullable=True),
    ]
)


def contact_facts(contact: Contact) -> dict[str, Any]:
    """Return the facts ``contact.*`` of a contact; its texts as they are."""
    return {
        "id": contact.id,
        "channel": contact.channel,
        "channel_name": contact.channel_name or None,
        "form": contact.form,
        "visibility": contact.visibility,
        "audience": contact.audience,
        "automated": contact.automated,
        "at": contact.at,
        "sender": contact.sender,
        "subject": contact.subject,
        "text": contact.text,
        "language": contact.language,
        "product": contact.product,
        "entry_point": contact.entry_point,
        "addressed_to": contact.addressed_to,
        "reach": contact.reach,
        "sentiment": None if contact.sentiment is None else Decimal(repr(contact.sentiment)),
    }


def customer_facts(
    customer: Customer | None,
    *,
    now: datetime,
    currency: str,
    rates: Mapping[str, Decimal],
    open_cases: int | None,
    contacts: tuple[datetime, ...] | None = None,
) -> dict[str, Any]:
    """Return the facts ``customer.*``; spend is exact or, when it cannot be known, None.

    `open_cases` counts the customer's other open cases, `contacts` are the instants of earlier contacts.
    """
    if customer is None:
        return {"tags": (), "verified": False, "open_cases": open_cases}
    week = now - timedelta(days=7)
    facts: dict[str, Any] = {
        "id": customer.id,
        "plan": customer.plan,
        "criticality": customer.criticality,
        "account_owner": customer.account_owner,
        "tags": customer.tags,
        "verified": customer.verified,
        "open_cases": open_cases,
        "contacts_7d": None if contacts is None else sum(week < at <= now for at in contacts),
        "purchases": _purchase_facts(customer),
    }
    for name, days in _SPEND_WINDOWS.items():
        amount = spend(customer.purchases, now=now, days=days, currency=currency, rates=rates)
        facts[name] = None if isinstance(amount, Unknown) else amount
    return facts


def _purchase_facts(customer: Customer) -> tuple[dict[str, Any], ...] | None:
    if customer.purchases is None:
        return None
    names = ("at", "amount", "currency", "product", "model", "serial")
    return tuple({name: getattr(purchase, name) for name in names} for purchase in customer.purchases)


def case_facts(case: Case) -> dict[str, Any]:
    """Return the facts ``case.*`` of a case."""
    names = ("id kind status priority category impact urgency tags owner team opened_at").split()
    counters = ("transfers", "reopens", "contacts", "public")
    return {name: getattr(case, name) for name in (*names, *counters)}


def agent_facts(agent: Agent) -> dict[str, Any]:
    """Return the facts ``agent.*`` of an agent; load is the sum over all channels."""
    load = agent.load if isinstance(agent.load, int | float) else sum(agent.load.values())
    return {
        "id": agent.id,
        "skills": dict(agent.skills),
        "teams": agent.teams,
        "role": agent.role,
        "load": Decimal(str(load)),
        "presence": agent.presence,
    }


def event_facts(event: Event) -> dict[str, Any]:
    """Return the facts ``event.*`` of an event."""
    return {"kind": event.kind, "actor_kind": event.actor_kind}
