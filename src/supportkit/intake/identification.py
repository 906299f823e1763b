"""Who is this? Recognised by contact points, with the evidence and the doubt; never authenticated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from attrs import frozen

from supportkit.cases import ContactPoint, Customer
from supportkit.errors import PluginError
from supportkit.intake.emails import compare_emails, parse_email
from supportkit.intake.phones import compare_phones, normalise_phone
from supportkit.intake.points import point_text

__all__ = ["Evidence", "Identification", "identify"]

Status = Literal["identified", "probable", "ambiguous", "conflicting", "unidentified"]


@frozen
class Evidence:
    """One point that speaks for one customer.

    `point` is its key (``email:jane@example.org``), `result` same, probable or shared, `record` the merged
    record that the point was found in, when it is not the customer's own.
    """

    point: str
    customer: str
    result: str
    record: str | None = None

    def __str__(self) -> str:
        via = f" (merged record {self.record})" if self.record else ""
        return f"{self.point}: {self.result} as {self.customer}{via}"

    def to_plain(self) -> dict[str, str]:
        """Return it as JSON's own types, for the log."""
        plain = {"point": self.point, "customer": self.customer, "result": self.result}
        return {**plain, "record": self.record} if self.record else plain


@frozen(kw_only=True)
class Identification:
    """Who a contact is from, as far as its points tell.

    `status`: *identified* (one customer), *probable* (one, to be confirmed by a person, never merged by
    itself), *ambiguous* (a point leads to several), *conflicting* (points lead to different ones) or
    *unidentified*. `customer` is set when identified or probable, `candidates` are all that were found,
    sorted. `creatable` says that nobody was found but a usable, personal key is there; `organisation` is
    the domain of a role address. `verified` is always False: recognising somebody is not authenticating
    them. `faults` are (code, subject) pairs: ``merge_cycle`` with a customer, ``phone_extra_missing``
    with the number's key.
    """

    status: Status
    customer: str | None = None
    candidates: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    verified: bool = False
    creatable: bool = False
    organisation: str | None = None
    faults: tuple[tuple[str, str], ...] = ()

    def explain(self) -> str:
        """Return the finding and its evidence in words."""
        who = self.customer or ", ".join(self.candidates) or "nobody known"
        return "; ".join((f"{self.status}: {who}", *map(str, self.evidence)))


@frozen
class _Records:
    """The candidate records, and which customer each belongs to after all merges."""

    records: Sequence[Customer]
    roots: Mapping[str, str]
    cycles: tuple[str, ...]

    @classmethod
    def of(cls, candidates: Iterable[Customer]) -> _Records:
        records = tuple(candidates)
        targets = {record.id: record.merged_into for record in records}
        roots: dict[str, str] = {}
        cycles: set[str] = set()
        for record in records:
            path = [record.id]
            while (target := targets.get(path[-1])) is not None and target not in path:
                path.append(target)
            loop = path[path.index(target) :] if target is not None else []
            cycles.update({min(loop)} if loop else ())
            roots[record.id] = min(loop) if loop else path[-1]
        return cls(records, roots, tuple(sorted(cycles)))


@frozen
class _Point:
    """A point of the contact, with its key and what it may be used for."""

    point: ContactPoint
    text: str
    organisation: str | None = None
    personal: bool = True
    fault: tuple[str, str] | None = None
    readable: bool = True


def identify(points: Iterable[ContactPoint], candidates: Iterable[Customer]) -> Identification:
    """Say whom these points belong to among the candidates, merged records included.

    1. Each usable point is compared with each point of the same kind of each candidate.
    2. Records found are followed to what they were merged into (a cycle is a fault, its smallest id stands).
    3. One customer found for certain by some point, and contradicted by none, is identified. Points that
       lead to different customers conflict, unless all of them have exactly one in common.
    4. Without certainty, one probable customer is probable; several are ambiguous.

    >>> jane = Customer("c1", [ContactPoint("email", "jane@example.org")])
    >>> identify([ContactPoint("email", "Jane@Example.org")], [jane]).customer
    'c1'
    """
    known = _Records.of(candidates)
    usable = [entry for entry in map(_usable, points) if entry is not None]
    evidence = tuple(dict.fromkeys(found for entry in usable for found in _matches(entry, known)))
    status, customer, people = _verdict(evidence)
    faults = [("merge_cycle", loop) for loop in known.cycles] + [
        entry.fault for entry in usable if entry.fault
    ]
    return Identification(
        status=status,
        customer=customer,
        candidates=people,
        evidence=evidence,
        creatable=status == "unidentified" and any(entry.personal for entry in usable),
        organisation=next((entry.organisation for entry in usable if entry.organisation), None),
        faults=tuple(dict.fromkeys(faults)),
    )


def _usable(point: ContactPoint) -> _Point | None:
    text = point_text(point)
    if text is None:
        return None
    if point.kind == "email":
        address = parse_email(point.value)
        shared = address is not None and address.is_shared
        return _Point(point, text, address.domain if address and shared else None, personal=not shared)
    if point.kind != "phone":
        return _Point(point, text)
    try:
        phone = normalise_phone(point.value, region=point.region)
    except PluginError:
        return _Point(point, text, fault=("phone_extra_missing", text), readable=False)
    return _Point(point, text, personal=phone is not None and phone.personal)


def _matches(entry: _Point, known: _Records) -> Iterator[Evidence]:
    for record in known.records:
        for theirs in record.points:
            result = _compare(entry, theirs)
            if result in {"same", "probable", "shared"}:
                root = known.roots[record.id]
                yield Evidence(entry.text, root, result, None if root == record.id else record.id)


def _compare(entry: _Point, theirs: ContactPoint) -> str:
    ours = entry.point
    if ours.kind != theirs.kind:
        return "none"
    if ours.kind == "email":
        return compare_emails(ours.value, theirs.value)
    if ours.kind == "phone" and entry.readable:
        result = compare_phones((ours.value, ours.region), (theirs.value, theirs.region))
        return "shared" if result == "same" and not entry.personal else result
    return _compare_keys(entry.text, theirs)


def _compare_keys(ours: str, theirs: ContactPoint) -> str:
    # Digits as written are the same line only when both were written in full.
    written_in_full = not ours.startswith("phone-raw:") or ours.startswith("phone-raw:+")
    return "same" if written_in_full and ours == point_text(theirs) else "none"


def _verdict(evidence: Sequence[Evidence]) -> tuple[Status, str | None, tuple[str, ...]]:
    certain, likely = _people(evidence, "same"), _people(evidence, "probable")
    found = certain or likely
    everybody = tuple(sorted(set().union(*certain.values(), *likely.values())))
    if not found:
        return "unidentified", None, ()
    common = set.intersection(*found.values())
    if len(common) == 1:
        return ("identified" if certain else "probable"), *_only(common, everybody)
    disjoint = len(found) > 1 and not common and certain
    return ("conflicting" if disjoint else "ambiguous"), None, everybody


def _people(evidence: Iterable[Evidence], result: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in evidence:
        if item.result == result:
            found.setdefault(item.point, set()).add(item.customer)
    return found


def _only(common: set[str], everybody: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return next(iter(common)), everybody
