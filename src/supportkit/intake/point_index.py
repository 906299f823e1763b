"""Who has which contact point: built once over all customers, asked for each contact."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from supportkit.cases import ContactPoint, Customer
from supportkit.intake.merges import Merges
from supportkit.intake.phones import Phone
from supportkit.intake.points import ReadPoint, known_phone, read_point

__all__ = ["PointIndex"]

_KINDS = ("email", "phone", "handle", "account")


class PointIndex:
    """Customers by their contact points; `identify` takes it in place of a list of candidates.

    It finds what a comparison with every customer would find, at a cost that does not grow with their number:
    also points that are only probably the same (a sub-address, an extension). Merged records lead to what
    they were merged into. It is never changed: build another one when customers change. Points of other than
    these `kinds` are left out.

    >>> jane = Customer("jane", [ContactPoint("email", "jane@example.org")])
    >>> index = PointIndex([jane])
    >>> index.records([ContactPoint("email", "Jane+shop@example.org")]), len(index)
    (('jane',), 1)
    """

    def __init__(self, customers: Iterable[Customer], *, kinds: Collection[str] = _KINDS) -> None:
        merged: dict[str, str | None] = {}
        held: dict[str, tuple[str, ...]] = {}
        shared: set[str] = set()
        for customer in customers:
            merged[customer.id] = customer.merged_into
            for read in _read(customer, kinds):
                # A record and its point, one after the other: millions of pairs would weigh much more.
                held[read.near] = (*held.get(read.near, ()), customer.id, read.text)
                if read.phone is not None and not read.is_personal:
                    shared.add(read.text)
        self.merges = Merges(merged)
        self._held, self._shared = held, frozenset(shared)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.merges)

    def read(self, point: ContactPoint) -> ReadPoint | None:
        """Read a point; a number in E.164 that is known as it is written needs no reading."""
        text = f"phone:{point.value}"
        if point.kind == "phone" and text in self._held.get(text, ()):
            return known_phone(Phone(point.value, None, text not in self._shared))
        return read_point(point)

    def near(self, ours: ReadPoint) -> Iterator[tuple[str, str]]:
        """Return the records that have this point or one that may be it, each with its own point's key."""
        found = iter(self._held.get(ours.near, ()))
        return zip(found, found, strict=True)

    def records(self, points: Iterable[ContactPoint]) -> tuple[str, ...]:
        """Return the ids of the records that have one of these points or one that may be it.

        With them come the records they were merged into.
        """
        asked = filter(None, map(self.read, points))
        found = dict.fromkeys(record for ours in asked for record, _ in self.near(ours))
        return tuple(dict.fromkeys(step for record in found for step in self.merges.path(record)))


def _read(customer: Customer, kinds: Collection[str]) -> Iterator[ReadPoint]:
    """Read a customer's points; those that differ in nothing but their writing are one."""
    wanted = (read_point(point) for point in customer.points if point.kind in kinds)
    return iter(dict.fromkeys(filter(None, wanted)))
