"""Events of the desk, its agents and its customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload


@payload("delivery.updated")
class DeliveryUpdated(Payload):
    """What became of a message we sent; a lower rank than the present one is ignored."""

    outbound: str = ""
    state: str = ""
    provider_id: str | None = None
    channel_name: str | None = None


@payload("desk.shadow_differed")
class ShadowDiffered(Payload):
    """A second policy would have decided a contact otherwise: each difference as [decided, would have]."""

    case: str | None = None
    contact: str | None = None
    shadow: str = ""
    differences: Mapping[str, Any] | None = None


@payload("agent.presence_changed")
class AgentPresenceChanged(Payload):
    """An agent came, went or is busy."""

    presence: str = "available"
    previous: str | None = None


@payload("customer.merged")
class CustomerMerged(Payload):
    """The customer's record goes on inside another (`into`), or another came in (`of`); reversible."""

    into: str = ""
    of: str | None = None


@payload("customer.unmerged")
class CustomerUnmerged(Payload):
    """The customer is not the one they were merged into (`out_of`) after all, or another one left (`of`)."""

    out_of: str = ""
    of: str | None = None


@payload("customer.erased")
class CustomerErased(Payload):
    """Texts and identities are gone, decisions stay."""


@payload("desk.policy_adopted")
class PolicyAdopted(Payload):
    """From this instant the desk decides by this version; `policy` is the id of an escalation plan."""

    version: str = ""
    epoch: int = 0
    policy: str | None = None


@payload("desk.incident_declared")
class IncidentDeclared(Payload):
    """Something is wrong for many; the latest word on an incident counts.

    `affects` says whom, by attributes of customers and purchases, `since` when it began. `limit` is the
    raised limit of everybody who has one, `budget` what all remedies for it may be worth. `over` ends it.
    """

    incident: str = ""
    at_fault: bool = False
    affects: Mapping[str, Any] | None = None
    limit: Decimal | None = None
    budget: Decimal | None = None
    currency: str | None = None
    since: datetime | None = None
    over: bool = False


@payload("desk.bulletin_published")
class BulletinPublished(Payload):
    """What every agent (of `teams`, if there are any) must know now.

    `body` refers to the words for agents, `message` to those that customers of the `incident` are told.
    """

    bulletin: str = ""
    version: int = 1
    title: str | None = None
    body: str | None = None
    message: str | None = None
    incident: str | None = None
    teams: tuple[str, ...] = ()


@payload("desk.bulletin_seen")
class BulletinSeen(Payload):
    """An agent knows this version of it."""

    bulletin: str = ""
    agent: str = ""
    version: int = 1
