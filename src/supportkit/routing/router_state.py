"""What a router says: the state of its items, agents and offers, and what a call changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from attrs import frozen

from supportkit.cases import Agent
from supportkit.routing.item import Item

__all__ = ["Changed", "Offer", "Placed", "RouterState"]


class Placed(NamedTuple):
    """An item and where it is: waiting, offered, assigned, completed or canceled.

    `agent` has it (assigned) or had it last (completed). `version` counts its changes, from 1.
    """

    item: Item
    state: str
    agent: str | None
    version: int


@frozen
class Offer:
    """An item held out to an agent until `expires_at`, half-open: at that instant it is over."""

    id: str
    item: str
    agent: str
    expires_at: datetime


@frozen
class Changed:
    """Whether the command changed anything, and all that moved since the last answer, time's doing included.

    `assigned` are pairs (item, agent) in the order in which it happened; `returned` items that wait again;
    `expired` and `rescinded` are offers, `declined` pairs (offer, reason), `offered` the offers that the
    policy made.
    """

    changed: bool
    assigned: tuple[tuple[str, str], ...] = ()
    returned: tuple[str, ...] = ()
    declined: tuple[tuple[str, str | None], ...] = ()
    expired: tuple[str, ...] = ()
    rescinded: tuple[str, ...] = ()
    offered: tuple[Offer, ...] = ()


@frozen
class RouterState:
    """All that a router holds, by id.

    The loads of `agents` include the work that the router gave them; offers still open stand beside. An
    offer is pending, accepted, declined, expired, rescinded or canceled.
    """

    items: Mapping[str, Placed]
    agents: Mapping[str, Agent]
    offers: Mapping[str, str]
