"""Reading what a contact needs to be decided: who it may be, which cases it may belong to.

The order of the locks: contact points (sorted), party, threads, then the one case it belongs to. Locking the
party before looking for open cases is what keeps two contacts of one new customer from opening twin cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from supportkit.cases import Contact, Customer
from supportkit.desk.case_file import CaseFile
from supportkit.desk.contacts.sender import Sender, read_sender
from supportkit.intake import (
    Candidates,
    CaseRef,
    Threading,
    ThreadPolicy,
    message_ids,
    thread,
)
from supportkit.policy import Policy
from supportkit.ports import CaseRow, Transaction

__all__ = ["Arrival", "CaseOf", "read_arrival"]

CaseOf = Callable[[str], str | None]

_WEEK = timedelta(days=7)


@frozen(kw_only=True)
class Arrival:
    """A contact together with everything that was locked and found for it."""

    sender: Sender
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
    sender = read_sender(tx, contact, known, desk=desk)
    own = tuple(f"{key.kind}:{key.value}" for key in sender.points)
    rows = tuple(tx.cases_of(sender.root))
    rules = policy.threading if case_of is None else evolve(policy.threading, verify_token=case_of)
    threading, claims = _thread(tx, contact, rows, own, rules=rules, now=now)
    row = tx.lock_case(threading.case) if threading.case is not None else None
    address = next((p.value.lower() for p in contact.points if p.kind == "email"), "")
    limits = policy.acknowledgement.rules
    return Arrival(
        sender=sender,
        threading=threading,
        row=row,
        rows=rows,
        open_cases=sum(other.open and other.ref != threading.case for other in rows),
        contacts=_counted(tx, sender.family, since=now - _WEEK),
        acknowledged={
            "sender": tx.counted(f"ack:{address}", since=now - limits.per_sender[1])
            if limits.per_sender and address
            else (),
            "total": tx.counted("ack:", since=now - limits.total[1]) if limits.total else (),
        },
        claims=claims,
    )


def _counted(tx: Transaction, family: Iterable[str], *, since: datetime) -> tuple[datetime, ...]:
    """Return when this person was in touch, under whichever of their records."""
    return tuple(sorted(at for party in family for at in tx.counted(f"contact:{party}", since=since)))


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
    gone = {ref for ref, row in refs.items() if row not in rows and _is_forgotten(tx, row)}
    refs = {ref: row for ref, row in refs.items() if ref not in gone}
    mine = {row.ref for row in rows}
    cases = tuple(_case_ref(row, own if row.ref in mine else ()) for row in refs.values())
    # An id that others only referred to does not make its own message a duplicate: it belongs to their case.
    claimed = {key for key in own_ids if key in threads and threads[key].trust != "own"}
    seen = {
        f"<{key}>": found.case
        for key, found in threads.items()
        if key not in claimed and found.case not in gone
    }
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


def _is_forgotten(tx: Transaction, row: CaseRow) -> bool:
    """Whether its customer was forgotten: then nobody can tell any more who has a part in it."""
    party = None if row.party is None else tx.party(row.party)
    return party is not None and party.erased_at is not None


def _referenced(contact: Contact) -> tuple[str, ...]:
    """The ids of the messages that a contact refers to."""
    headers = (*contact.header_values("in-reply-to"), *contact.header_values("references"))
    return tuple(key for header in headers for key in message_ids(header))


def _case_ref(row: CaseRow, participants: tuple[str, ...]) -> CaseRef:
    file = CaseFile.from_bytes(row.snapshot)
    case = file.case
    return CaseRef(
        id=row.ref,
        status=row.status,
        participants=participants,
        closed_at=case.closed_at or case.resolved_at,
        merged_into=row.merged_into,
        product=case.product,
        signal=file.signal,
    )
