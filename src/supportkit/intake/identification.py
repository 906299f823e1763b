"""Who is this? Recognised by contact points, with the evidence and the doubt; never authenticated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from attrs import frozen

from supportkit.cases import ContactPoint, Customer
from supportkit.intake.merges import Merges
from supportkit.intake.point_index import PointIndex
from supportkit.intake.points import ReadPoint

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


def identify(points: Iterable[ContactPoint], candidates: Iterable[Customer] | PointIndex) -> Identification:
    """Say whom these points belong to among the candidates, merged records included.

    1. Each usable point is compared with each point of the same kind of each candidate.
    2. Records found are followed to what they were merged into (a cycle is a fault, its smallest id stands).
    3. One customer found for certain by some point, and contradicted by none, is identified. Points that
       lead to different customers conflict, unless all of them have exactly one in common.
    4. Without certainty, one probable customer is probable; several are ambiguous.

    `candidates` are all who may have one of the points, or an index over everybody.

    >>> jane = Customer("c1", [ContactPoint("email", "jane@example.org")])
    >>> identify([ContactPoint("email", "Jane@Example.org")], [jane]).customer
    'c1'
    """
    wanted = tuple(points)
    known = candidates if isinstance(candidates, PointIndex) else _index(candidates, wanted)
    asked = tuple(filter(None, map(known.read, wanted)))
    found = [
        (ours, record, result)
        for ours in asked
        for record, theirs in known.near(ours)
        if (result := _relation(ours, theirs)) is not None
    ]
    evidence = tuple(dict.fromkeys([_evidence(*each, known.merges) for each in found]))
    status, customer, people = _verdict(evidence)
    circles = filter(None, {known.merges.circle(record) for _, record, _ in found})
    faults = [("merge_cycle", circle) for circle in sorted(circles)]
    faults += [(ours.fault, ours.text) for ours in asked if ours.fault]
    return Identification(
        status=status,
        customer=customer,
        candidates=people,
        evidence=evidence,
        creatable=status == "unidentified" and any(ours.is_personal for ours in asked),
        organisation=next(filter(None, (ours.organisation for ours in asked)), None),
        faults=tuple(dict.fromkeys(faults)),
    )


def _index(candidates: Iterable[Customer], wanted: Iterable[ContactPoint]) -> PointIndex:
    return PointIndex(candidates, kinds={point.kind for point in wanted})


def _evidence(ours: ReadPoint, record: str, result: str, merges: Merges) -> Evidence:
    root = merges.root(record)
    return Evidence(ours.text, root, result, None if root == record else record)


def _relation(ours: ReadPoint, theirs: str) -> str | None:
    """Say what a point says of the holder of a point near it (see `ReadPoint.near`), None for nothing."""
    if ours.key.kind == "phone-raw" and not (ours.fault and ours.key.value.startswith("+")):
        return None  # digits that nobody could read are the same line only when written in full
    if ours.text == theirs:
        return "same" if ours.is_personal or ours.fault else "shared"
    if ours.phone is None:
        return "shared" if ours.organisation else "probable"
    extension = theirs.partition(";ext=")[2]
    apart = ours.phone.extension and extension and ours.phone.extension != extension
    return None if apart else "probable"


def _verdict(evidence: Sequence[Evidence]) -> tuple[Status, str | None, tuple[str, ...]]:
    certain, likely = _people(evidence, "same"), _people(evidence, "probable")
    found = certain or likely
    if not found:
        return "unidentified", None, ()
    everybody = tuple(sorted(set().union(*certain.values(), *likely.values())))
    common = set.intersection(*found.values())
    if len(common) == 1:
        return ("identified" if certain else "probable"), common.pop(), everybody
    disjoint = len(found) > 1 and not common and certain
    return ("conflicting" if disjoint else "ambiguous"), None, everybody


def _people(evidence: Iterable[Evidence], result: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in evidence:
        if item.result == result:
            found.setdefault(item.point, set()).add(item.customer)
    return found
