"""Where customers and agents come from: the host's own systems stay the masters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from supportkit.cases import Agent, ContactPoint, Customer

__all__ = ["AgentRoster", "CustomerDirectory"]


@runtime_checkable
class CustomerDirectory(Protocol):
    """Finds customers; called while gathering, outside any lock.

    A directory that also has `everybody()`, which gives all customers, says whom a desk may have to tell of
    an incident.
    """

    def candidates(self, points: Sequence[ContactPoint]) -> Sequence[Customer]:
        """Return all customers that any of these points may belong to, merged ones included."""

    def customer(self, id: str) -> Customer | None:
        """Return the customer of that id, or None."""


@runtime_checkable
class AgentRoster(Protocol):
    """Knows who answers: skills, teams, capacities. Presence and load are the desk's.

    A roster that also has `rotations`, a mapping of names to `calendars.Rotation`, says who is on call: an
    escalation tells ``schedule:<name>`` whoever has that turn when it fires.
    """

    def agents(self, *, now: datetime) -> Sequence[Agent]:
        """Return everybody who may be asked at `now`."""
