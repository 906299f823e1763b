"""What a decision must know to make something good: read in its transaction, frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from supportkit.cases import Case, Customer, Event
from supportkit.desk.learning.requests import bulletin_stream
from supportkit.insight import bulletins, is_affected
from supportkit.ports import CaseRow, Transaction
from supportkit.recovery import (
    Complaint,
    GivenRemedy,
    Incident,
    complaint_of,
    declared_incidents,
    given_remedies,
)
from supportkit.sequences import as_tuple

__all__ = ["Amends", "incident_stream", "read_amends"]

_LOGGED = "recovery.remedy_given"


def incident_stream(desk: str, incident: str) -> str:
    """Return the name of the stream that holds what was given for an incident."""
    return f"desk:{desk}/incident/{incident}"


@frozen(kw_only=True)
class Amends:
    """What happened in the case and those merged into it (`log`), and what was given before.

    `customer` is everything the customer was given, in any case, `stream` theirs. `incident` is the one that
    the case belongs to, with what was `spent` for it and the version of its `message` that is in force;
    `incidents` are all that were declared. `seqs` are the last seqs of the streams.
    """

    log: tuple[Event, ...] = ()
    customer: tuple[GivenRemedy, ...] = ()
    stream: str | None = None
    incidents: Mapping[str, Incident] = field(factory=dict)
    incident: Incident | None = None
    spent: tuple[GivenRemedy, ...] = ()
    message: int | None = None
    seqs: Mapping[str, int] = field(factory=dict)

    @property
    def complaint(self) -> Complaint:
        """The complaint of the case, as the log tells it."""
        return complaint_of(self.log)

    @property
    def given(self) -> tuple[GivenRemedy, ...]:
        """What was given in the case and in those merged into it."""
        return given_remedies(self.log)


def read_amends(
    tx: Transaction,
    desk: str,
    row: CaseRow,
    case: Case,
    *,
    named: str | None = None,
    customer: Customer | None = None,
) -> Amends:
    """Read what was given and which incident a case belongs to; `named` is the one that a command names."""
    log = _whole_log(tx, row.ref)
    incidents = declared_incidents(tx.events(f"desk:{desk}"))
    incident = _incident(complaint_of(log), case, incidents, named=named, customer=customer)
    party = None if row.party is None else tx.party(row.party)
    root = row.party if party is None else party.root
    family = () if root is None else (root,) if party is None else party.family
    given = [event for ref in family for event in tx.events(f"customer:{ref}") if event.kind == _LOGGED]
    told = () if incident is None else tx.events(bulletin_stream(desk))
    spent = () if incident is None else tx.events(incident_stream(desk, incident.id))
    streams = [] if root is None else [f"customer:{root}"]
    streams += [incident_stream(desk, incident.id)] if incident is not None else []
    return Amends(
        log=log,
        customer=given_remedies(sorted(given, key=lambda event: event.at)),
        stream=None if root is None else f"customer:{root}",
        incidents=incidents,
        incident=incident,
        spent=given_remedies(spent),
        message=None if incident is None else _message_in_force(told, incident.id),
        seqs={stream: tx.last_seq(stream) for stream in streams},
    )


def _whole_log(tx: Transaction, ref: str) -> tuple[Event, ...]:
    """Return the events of a case and of all that were merged into it, in the order of time."""
    events: list[Event] = []
    waiting, seen = [ref], set[str]()
    while waiting:
        case = waiting.pop()
        if case not in seen:
            seen.add(case)
            own = tx.events(f"case:{case}")
            events += own
            waiting += filter(None, map(_came_in, own))
    return tuple(sorted(events, key=lambda event: event.at)) if len(seen) > 1 else tuple(events)


def _came_in(event: Event) -> str | None:
    """Return the case that was merged into this one by an event."""
    said: Any = event.payload
    return said.of if event.kind == "case.merged" and said.goes_on else None


def _incident(
    complaint: Complaint,
    case: Case,
    incidents: Mapping[str, Incident],
    *,
    named: str | None,
    customer: Customer | None,
) -> Incident | None:
    """Return the incident of a case: the one named, else one it was linked to, else one that touches it."""
    for name in (named, complaint.incident, *reversed(complaint.linked)):
        if name is not None and name in incidents:
            return incidents[name]
    affecting = (one for one in incidents.values() if _touches(one, case, customer))
    return max(affecting, key=lambda one: (one.at_fault, one.declared_at, one.id), default=None)


def _touches(incident: Incident, case: Case, customer: Customer | None) -> bool:
    """Whether a case is about an incident by its time, its product and its customer."""
    wrote = case.last_contact_at or case.opened_at
    if not incident.affects or wrote is None or wrote < incident.since:
        return False
    if incident.over_at is not None and case.opened_at is not None and case.opened_at > incident.over_at:
        return False
    products = incident.affects.get("product")
    if products is not None and case.product is not None and case.product not in as_tuple(products):
        return False
    return customer is not None and is_affected(customer, incident.affects) is True


def _message_in_force(told: Iterable[Event], incident: str) -> int | None:
    versions = [each.version for each in bulletins(told).values() if each.incident == incident]
    return max(versions, default=None)
