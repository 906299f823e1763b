"""Who is this? Recognised by contact points, with the evidence and the doubt; never authenticated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from attrs import frozen

from supportkit.cases import ContactPoint, Customer
from supportkit.intake.emails import relate_emails
from supportkit.intake.phones import relate_phones
from supportkit.intake.points import ReadPoint, read_point

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
    asked = tuple(filter(None, map(read_point, points)))
    evidence = tuple(dict.fromkeys(_evidence(asked, known)))
    status, customer, people = _verdict(evidence)
    faults = [("merge_cycle", loop) for loop in known.cycles]
    faults += [(ours.fault, ours.text) for ours in asked if ours.fault]
    return Identification(
        status=status,
        customer=customer,
        candidates=people,
        evidence=evidence,
        creatable=status == "unidentified" and any(ours.is_personal for ours in asked),
        organisation=next((ours.organisation for ours in asked if ours.organisation), None),
        faults=tuple(dict.fromkeys(faults)),
    )


def _evidence(asked: Sequence[ReadPoint], known: _Records) -> Iterator[Evidence]:
    kinds = {ours.key.kind.partition("-")[0] for ours in asked}  # "phone-raw" is a phone
    held = [
        (
            record.id,
            tuple(filter(None, (read_point(point) for point in record.points if point.kind in kinds))),
        )
        for record in known.records
    ]
    for ours in asked:
        for id_, points in held:
            for result in (_relation(ours, theirs) for theirs in points):
                if result in {"same", "probable", "shared"}:
                    root = known.roots[id_]
                    yield Evidence(ours.text, root, result, None if root == id_ else id_)


def _relation(ours: ReadPoint, theirs: ReadPoint) -> str:
    if ours.email is not None and theirs.email is not None:
        return relate_emails(ours.email, theirs.email)
    if ours.phone is not None and theirs.phone is not None:
        result = relate_phones(ours.phone, theirs.phone)
        return "shared" if result == "same" and not ours.is_personal else result
    if ours.key.kind == "phone-raw" and not (ours.fault and ours.key.value.startswith("+")):
        return "none"  # digits that nobody could read are the same line only when written in full
    return "same" if ours.key == theirs.key else "none"


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
