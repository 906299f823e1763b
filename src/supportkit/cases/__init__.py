"""What a desk talks about: contacts, customers, purchases, agents, cases, and their events.

`contacts`, `customers`, `spend`, `agents`, `case` hold the values; `events` and `payloads` the event and what
each kind says; `log` builds a history, `fold` makes the case of it; `facts` is what rules may read.
"""

from supportkit.cases.agents import PRESENCES, Agent
from supportkit.cases.case import (
    OPEN_STATUSES,
    STATUSES,
    Case,
    Deadline,
    NextAction,
    Promise,
    check_status,
)
from supportkit.cases.contacts import FORMS, Attachment, Contact, ContactPoint
from supportkit.cases.customers import Customer, Purchase, currency_code, money
from supportkit.cases.events import Event
from supportkit.cases.facts import (
    FACTS,
    agent_facts,
    case_facts,
    contact_facts,
    customer_facts,
    event_facts,
)
from supportkit.cases.fold import Folding, fold
from supportkit.cases.instants import MICROSECOND, utc
from supportkit.cases.log import Log
from supportkit.cases.payloads import Payload, known_kinds, make_payload, payload, upcaster
from supportkit.cases.spend import Unknown, spend

__all__ = [
    "FACTS",
    "FORMS",
    "MICROSECOND",
    "OPEN_STATUSES",
    "PRESENCES",
    "STATUSES",
    "Agent",
    "Attachment",
    "Case",
    "Contact",
    "ContactPoint",
    "Customer",
    "Deadline",
    "Event",
    "Folding",
    "Log",
    "NextAction",
    "Payload",
    "Promise",
    "Purchase",
    "Unknown",
    "agent_facts",
    "case_facts",
    "check_status",
    "contact_facts",
    "currency_code",
    "customer_facts",
    "event_facts",
    "fold",
    "known_kinds",
    "make_payload",
    "money",
    "payload",
    "spend",
    "upcaster",
    "utc",
]
