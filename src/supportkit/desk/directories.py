"""Directories held in memory: for demos, tests, and hosts whose customers and agents fit into a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from supportkit.calendars import Rotation
from supportkit.cases import Agent, ContactPoint, Customer
from supportkit.intake import PointIndex

__all__ = ["Agents", "Customers"]


class Customers:
    """Customers by their contact points; satisfies `ports.CustomerDirectory`."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._by_id = {customer.id: customer for customer in customers}
        self._index = PointIndex(self._by_id.values())

    def candidates(self, points: Sequence[ContactPoint]) -> Sequence[Customer]:
        """Return all customers with one of these points, or one that may be it, and what took them over."""
        return tuple(self._by_id[id_] for id_ in self._index.records(points) if id_ in self._by_id)

    def customer(self, id: str) -> Customer | None:
        """Return the customer of that id, or None."""
        return self._by_id.get(id)

    def everybody(self) -> Sequence[Customer]:
        """Return all customers."""
        return tuple(self._by_id.values())


class Agents:
    """A fixed list of agents, and their `rotations` by name; satisfies `ports.AgentRoster`."""

    def __init__(self, agents: Iterable[Agent], *, rotations: Mapping[str, Rotation] | None = None) -> None:
        self._agents = tuple(agents)
        self.rotations = dict(rotations or {})

    def agents(self, *, now: datetime) -> Sequence[Agent]:  # noqa: ARG002 - a fixed list is the same at all times
        """Return everybody."""
        return self._agents
