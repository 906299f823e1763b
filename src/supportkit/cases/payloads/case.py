"""Events of the case itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload


@payload("case.opened")
class CaseOpened(Payload):
    """A case began; `by` is customer, agent or desk."""

    by: str = "customer"
    customer: str | None = None
    channel: str | None = None
    form: str | None = None
    product: str | None = None
    entry_point: str | None = None
    key: str | None = None
    linked_to: str | None = None


@payload("case.classified")
class CaseClassified(Payload):
    """What the matter is; `rule` is the policy's line that said so, `errors` lines that were at fault."""

    kind: str | None = None
    category: str | None = None
    product: str | None = None
    impact: str | None = None
    urgency: str | None = None
    tags: tuple[str, ...] = ()
    rule: str | None = None
    facts: Mapping[str, Any] | None = None
    missing: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@payload("case.assigned")
class CaseAssigned(Payload):
    """Somebody is in charge: an agent, a team, or an agent of a team; `previous` says who was.

    `informed` are those who were told, without owning it.
    """

    agent: str | None = None
    team: str | None = None
    previous: Mapping[str, Any] | None = None
    cause: str | None = None
    decision: Mapping[str, Any] | None = None
    informed: tuple[str, ...] = ()


@payload("case.status_changed")
class CaseStatusChanged(Payload):
    """The status is now `to`."""

    to: str = "open"
    previous: str | None = None
    until: datetime | None = None


@payload("case.resolved")
class CaseResolved(Payload):
    """The matter is settled as far as we can tell, with which outcome and why it had come up.

    `article` names the article of the knowledge base that solved it.
    """

    outcome: str | None = None
    code: str | None = None
    article: str | None = None


@payload("case.closed")
class CaseClosed(Payload):
    """Nothing more will happen; `outcome` and `code` (the reason code) are what we learn from."""

    outcome: str | None = None
    code: str | None = None


@payload("case.reopened")
class CaseReopened(Payload):
    """The matter was not settled after all."""

    cause: str | None = None


@payload("case.merged")
class CaseMerged(Payload):
    """The case goes on inside another (`into`); or another came in: `of`, on the one that goes on.

    `opened_at` and `waiting_since` say since when the other was open, and its customer waits for a person,
    `last_contact_at` when they were in touch last.
    """

    into: str = ""
    of: str | None = None
    opened_at: datetime | None = None
    waiting_since: datetime | None = None
    last_contact_at: datetime | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the case of this log goes on, and another came in."""
        return bool(self.of) and not self.into


@payload("case.next_action_set")
class CaseNextActionSet(Payload):
    """What happens next, by when, by whom; `wanted` is what the customer wants, in their words."""

    what: str = ""
    due: datetime | None = None
    owner: str | None = None
    wanted: str | None = None


@payload("case.handed_off")
class CaseHandedOff(Payload):
    """The case changed hands together with its packet."""

    agent: str | None = None
    team: str | None = None
    packet: Mapping[str, Any] | None = None


@payload("case.handler_excluded")
class CaseHandlerExcluded(Payload):
    """This agent must not handle the case any more."""

    agent: str = ""


@payload("case.fault")
class CaseFault(Payload):
    """Something about the case could not be done or believed; nothing was dropped."""

    code: str = ""
    detail: str | None = None
    given: Mapping[str, Any] | None = None
