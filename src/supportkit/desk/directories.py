"""Directories held in memory: for demos, tests, and hosts whose customers and agents fit into a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from supportkit.calendars import Rotation
from supportkit.cases import Agent, ContactPoint, Customer
from supportkit.intake import point_key
from supportkit.ports import PointKey

__all__ = ["Agents", "Customers"]


class Customers:
    """Customers by their contact points; satisfies `ports.CustomerDirectory`."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._by_id = {customer.id: customer for customer in customers}
        self._by_point: dict[PointKey, list[str]] = {}
        for customer in self._by_id.values():
            for point in customer.points:
                key = point_key(point)
                if key is not None:
                    self._by_point.setdefault(key, []).append(customer.id)

    def candidates(self, points: Sequence[ContactPoint]) -> Sequence[Customer]:
        """Return all customers that share one of these points, and the records those were merged into."""
        found: dict[str, Customer] = {}
        for point in points:
            key = point_key(point)
            for customer in self._by_point.get(key, ()) if key is not None else ():
                self._follow(customer, found)
        return tuple(found.values())

    def _follow(self, customer: str | None, found: dict[str, Customer]) -> None:
        while customer is not None and customer in self._by_id and customer not in found:
            found[customer] = self._by_id[customer]
            customer = found[customer].merged_into

    def customer(self, id: str) -> Customer | None:
        """Return the customer of that id, or None."""
        return self._by_id.get(id)


class Agents:
    """A fixed list of agents, and their `rotations` by name; satisfies `ports.AgentRoster`."""

    def __init__(self, agents: Iterable[Agent], *, rotations: Mapping[str, Rotation] | None = None) -> None:
        self._agents = tuple(agents)
        self.rotations = dict(rotations or {})

    def agents(self, *, now: datetime) -> Sequence[Agent]:  # noqa: ARG002 - a fixed list is the same at all times
        """Return everybody."""
        return self._agents
