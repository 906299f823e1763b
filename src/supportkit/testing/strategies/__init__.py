"""Hypothesis strategies for everything a desk talks about and decides by; only values that are valid.

`instants`, `zones`, `every_zone`, `clock_changes`, `calendars`, `combined_calendars`; `contact_points`,
`contacts`, `mails`, `headers`, `customers`, `purchases`, `agents`, `deadlines`, `promises`; `texts`, `facts`
(with a policy, a rule set or a schema: its own words, labels and thresholds, so that conditions are met on
both sides); `expressions`, `rule_sets`; `histories`, `service_logs`, `cases`, `sightings`; `assessments`,
`limits`, `given_remedies`; `policies`. All shrink towards little: few parts, early instants, the first of
several choices.
"""

from supportkit.testing.strategies.agents import agents
from supportkit.testing.strategies.calendars import (
    calendars,
    clock_changes,
    combined_calendars,
    every_zone,
)
from supportkit.testing.strategies.commitments import deadlines, promises
from supportkit.testing.strategies.contacts import contact_points, contacts
from supportkit.testing.strategies.customers import customers, purchases
from supportkit.testing.strategies.expressions import expressions
from supportkit.testing.strategies.facts import facts
from supportkit.testing.strategies.histories import cases, histories
from supportkit.testing.strategies.instants import instants, zones
from supportkit.testing.strategies.learning import service_logs, sightings
from supportkit.testing.strategies.mails import headers, mails
from supportkit.testing.strategies.policies import policies
from supportkit.testing.strategies.remedies import assessments, given_remedies, limits
from supportkit.testing.strategies.rule_sets import rule_sets
from supportkit.testing.strategies.texts import texts

__all__ = [
    "agents",
    "assessments",
    "calendars",
    "cases",
    "clock_changes",
    "combined_calendars",
    "contact_points",
    "contacts",
    "customers",
    "deadlines",
    "every_zone",
    "expressions",
    "facts",
    "given_remedies",
    "headers",
    "histories",
    "instants",
    "limits",
    "mails",
    "policies",
    "promises",
    "purchases",
    "rule_sets",
    "service_logs",
    "sightings",
    "texts",
    "zones",
]
