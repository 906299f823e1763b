"""Reading what a contact needs to be decided: who it may be, which cases it may belong to.

The order of the locks: contact points (sorted), party, threads, then the one case it belongs to. Locking the
party before looking for open cases is what keeps two contacts of one new customer from opening twin cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from supportkit.canonical import derived_id
from supportkit.cases import Contact, ContactPoint, Customer
from supportkit.desk.case_file import CaseFile
from supportkit.intake import (
    Candidates,
    CaseRef,
    Identification,
    Threading,
    ThreadPolicy,
    identify,
    message_ids,
    point_key,
    thread,
)
from supportkit.policy import Policy
from supportkit.ports import CaseRow, PointKey, Transaction

__all__ = ["Arrival", "CaseOf", "read_arrival"]

CaseOf = Callable[[str], str | None]

_WEEK = timedelta(days=7)


@frozen(kw_only=True)
class Arrival:
    """A contact together with everything that was locked and found for it."""

    party: str
    customer: Customer | None
    points: Mapping[PointKey, str | None]
    identification: Identification
    threading: Threading
    row: CaseRow | None
    rows: tuple[CaseRow, ...]
    open_cases: int
    contacts: tuple[datetime, ...]
    acknowledged: Mapping[str, tuple[datetime, ...]]
    claims: tuple[str, ...]


def read_arrival(
    tx: Transaction,
    contact: Contact,
    known: Sequence[Customer],
    *,
    policy: Policy,
    desk: str,
    now: datetime,
    case_of: CaseOf | None = None,
) -> Arrival:
    """Lock and read, in lock order, what a contact may belong to; `known` are the directory's candidates.

    `case_of` says to which case a signed address of the channel leads.
    """
    keyed = {key: point for point in contact.points if (key := point_key(point)) is not None}
    points = dict(tx.claim_points(sorted(keyed)))
    candidates = _candidates(known, keyed, points)
    found = identify(contact.points, candidates)
    party = tx.lock_party(_party(found, points, desk, contact))
    customer = next((c for c in candidates if c.id == party), None)
    own = tuple(f"{key.kind}:{key.value}" for key in keyed)
    rows = tuple(tx.cases_of(party))
    rules = policy.threading if case_of is None else evolve(policy.threading, verify_token=case_of)
    threading, claims = _thread(tx, contact, rows, own, rules=rules, now=now)
    row = tx.lock_case(threading.case) if threading.case is not None else None
    sender = next((p.value.lower() for p in contact.points if p.kind == "email"), "")
    limits = policy.acknowledgement.rules
    return Arrival(
        party=party,
        customer=customer if customer in known else None,
        points=points,
        identification=found,
        threading=threading,
        row=row,
        rows=rows,
        open_cases=sum(other.open and other.ref != threading.case for other in rows),
        contacts=tx.counted(f"contact:{party}", since=now - _WEEK),
        acknowledged={
            "sender": tx.counted(f"ack:{sender}", since=now - limits.per_sender[1])
            if limits.per_sender and sender
            else (),
            "total": tx.counted("ack:", since=now - limits.total[1]) if limits.total else (),
        },
        claims=claims,
    )


def _candidates(
    known: Sequence[Customer], keyed: Mapping[PointKey, ContactPoint], points: Mapping[PointKey, str | None]
) -> tuple[Customer, ...]:
    """The directory's customers, and the parties that the desk itself knows these points by."""
    ids = {customer.id for customer in known}
    parties: dict[str, list[ContactPoint]] = {}
    for key, party in points.items():
        if party is not None and party not in ids:
            parties.setdefault(party, []).append(keyed[key])
    return (*known, *(Customer(party, tuple(own)) for party, own in sorted(parties.items())))


def _party(found: Identification, points: Mapping[PointKey, str | None], desk: str, contact: Contact) -> str:
    """The customer if identified, else the one party the points lead to, else a new one."""
    if found.status == "identified" and found.customer is not None:
        return str(found.customer)
    parties = {party for party in points.values() if party is not None}
    if found.status == "unidentified" and len(parties) == 1:
        return parties.pop()
    return derived_id("party", desk, contact.channel_name, contact.id)


def _thread(
    tx: Transaction,
    contact: Contact,
    rows: Sequence[CaseRow],
    own: tuple[str, ...],
    *,
    rules: ThreadPolicy,
    now: datetime,
) -> tuple[Threading, tuple[str, ...]]:
    """Find the case, with the ids that the contact refers to and nobody has seen yet."""
    own_ids = message_ids(contact.message_id)
    wanted = tuple(dict.fromkeys([*own_ids, *_referenced(contact)]))
    threads = tx.threads(wanted)
    named = {thread_key.case for thread_key in threads.values()}
    named.update(rules.cases_in(contact.subject or ""), rules.cases_by_token(contact))
    refs = _with_merges(tx, {row.ref: row for row in rows}, named)
    mine = {row.ref for row in rows}
    cases = tuple(_case_ref(row, own if row.ref in mine else ()) for row in refs.values())
    # An id that others only referred to does not make its own message a duplicate: it belongs to their case.
    claimed = {key for key in own_ids if key in threads and threads[key].trust != "own"}
    seen = {f"<{key}>": found.case for key, found in threads.items() if key not in claimed}
    threading = thread(contact, Candidates(cases, seen), policy=rules, now=now)
    waiting = next((threads[key].case for key in own_ids if key in claimed), None)
    if threading.action == "new" and waiting is not None and refs.get(waiting) in rows:
        threading = evolve(threading, action="append", case=waiting, matched_by="message_id")
    return threading, tuple(key for key in wanted if key not in threads and key not in own_ids)


def _with_merges(tx: Transaction, known: Mapping[str, CaseRow], named: Iterable[str]) -> dict[str, CaseRow]:
    """Add the named cases to those that are known, and what they were merged into, to the end."""
    refs = dict(known)
    for name in sorted(named):
        seen: set[str] = set()
        step: str | None = name
        while step is not None and step not in seen:
            seen.add(step)
            row = refs.get(step) or tx.case(step)
            if row is not None:
                refs[step] = row
            step = None if row is None else row.merged_into
    return refs


def _referenced(contact: Contact) -> tuple[str, ...]:
    """The ids of the messages that a contact refers to."""
    headers = (*contact.header_values("in-reply-to"), *contact.header_values("references"))
    return tuple(key for header in headers for key in message_ids(header))


def _case_ref(row: CaseRow, participants: tuple[str, ...]) -> CaseRef:
    case = CaseFile.from_bytes(row.snapshot).case
    return CaseRef(
        id=row.ref,
        status=row.status,
        participants=participants,
        closed_at=case.closed_at or case.resolved_at,
        merged_into=row.merged_into,
        product=case.product,
    )
