"""Who a contact is from: what the directory, the desk's own points and merges of people say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

from supportkit.canonical import derived_id
from supportkit.cases import Contact, ContactPoint, Customer
from supportkit.intake import Identification, identify, point_key
from supportkit.ports import PartyRow, PointKey, Transaction

__all__ = ["Sender", "read_sender"]

_Rows = Mapping[str, PartyRow]


@frozen(kw_only=True)
class Sender:
    """Who a contact is from, with their party locked.

    `party` is theirs by the points they wrote from (`row` in the store), `root` the one it was merged into in
    the end, `family` all parties that are one person with them. What comes in belongs to `party`, so that it
    goes along when people are told apart again. `points` says to which party each point was given (None: to
    nobody yet).
    """

    party: str
    row: PartyRow | None
    root: str
    family: tuple[str, ...]
    customer: Customer | None
    points: Mapping[PointKey, str | None]
    identification: Identification


def read_sender(tx: Transaction, contact: Contact, known: Sequence[Customer], *, desk: str) -> Sender:
    """Lock the points and the party of whoever wrote; `known` are the directory's candidates.

    A customer who was forgotten is nobody the desk knows, whatever the directory says.
    """
    keyed = {key: point for point in contact.points if (key := point_key(point)) is not None}
    points = dict(tx.claim_points(sorted(keyed), follow=False))
    rows = _rows(tx, {*(customer.id for customer in known), *filter(None, points.values())})
    found = identify(contact.points, _records(known, keyed, points, rows))
    party = _party(found, points, rows) or derived_id("party", desk, contact.channel_name, contact.id)
    root = tx.lock_party(party)
    whole = tx.party(root)
    return Sender(
        party=party,
        row=tx.party(party),
        root=root,
        family=(root,) if whole is None else whole.family,
        customer=next((each for each in known if each.id == root and not _forgotten(root, rows)), None),
        points=points,
        identification=found,
    )


def _rows(tx: Transaction, refs: Iterable[str]) -> dict[str, PartyRow]:
    return {ref: row for ref in sorted(refs) if (row := tx.party(ref)) is not None}


def _forgotten(ref: str, rows: _Rows) -> bool:
    return ref in rows and rows[ref].erased_at is not None


def _merged(customer: Customer, rows: _Rows) -> Customer:
    """Return a record as the desk has merged it, or else as the directory has."""
    row = rows.get(customer.id)
    return customer if row is None or row.root == row.ref else evolve(customer, merged_into=row.root)


def _records(
    known: Sequence[Customer],
    keyed: Mapping[PointKey, ContactPoint],
    points: Mapping[PointKey, str | None],
    rows: _Rows,
) -> tuple[Customer, ...]:
    """The directory's customers, and the parties that the desk itself knows these points by."""
    ids = {customer.id for customer in known}
    parties: dict[str, list[ContactPoint]] = {}
    for key, party in points.items():
        if party is not None and party not in ids:
            parties.setdefault(party, []).append(keyed[key])
    own = (Customer(party, tuple(mine)) for party, mine in sorted(parties.items()))
    listed = (customer for customer in known if not _forgotten(customer.id, rows))
    return tuple(_merged(customer, rows) for customer in (*listed, *own))


def _party(found: Identification, points: Mapping[PointKey, str | None], rows: _Rows) -> str | None:
    """The customer if identified, else the one party the points lead to, else nobody known.

    Whose points all belong to one merged record, writes as that record.
    """
    if found.status == "identified" and found.customer is not None:
        same = [said for said in found.evidence if said.result == "same" and said.customer == found.customer]
        records = {said.record or said.customer for said in same}
        merged = {record for record in records if record in rows and rows[record].merged_into is not None}
        return merged.pop() if len(records) == len(merged) == 1 else found.customer
    parties = {party for party in points.values() if party is not None}
    return parties.pop() if found.status == "unidentified" and len(parties) == 1 else None
