"""Events of making it good and of learning from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from supportkit.cases.payloads.registry import Payload, payload, shape


@payload("recovery.complaint_raised")
class ComplaintRaised(Payload):
    """A complaint, with what the customer wants in their own words (by reference).

    `again` says that an earlier complaint of this case had been settled, `due` by which dates the law wants
    an answer, by rule; `goodwill` whether it may be rewarded, and how much there was before.
    """

    wanted: str | None = None
    severity: str | None = None
    incident: str | None = None
    again: bool = False
    due: Mapping[str, Any] | None = None
    goodwill: Mapping[str, Any] | None = None


@payload("recovery.assessed")
class ComplaintAssessed(Payload):
    """Genuine or not, with evidence; `look` counts the looks that were taken at it, by different people."""

    genuine: bool | None = None
    at_fault: bool = False
    evidence: tuple[Any, ...] = ()
    fixable: bool | None = None
    compensable: bool | None = None
    keeps_product: bool = False
    incident: str | None = None
    look: int = 1


@payload("recovery.apologised")
class Apologised(Payload):
    """Somebody said sorry; `body` refers to the words, where they were written."""

    by: str | None = None
    empathy: bool = False
    ownership: bool = False
    next_step: str | None = None
    body: str | None = None


@shape
class _Remedy(Payload):
    remedy: str | None = None
    kind: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    id: str | None = None
    counts_as: str | None = None
    incident: str | None = None
    scheme: str | None = None


@payload("recovery.remedy_proposed")
class RemedyProposed(_Remedy):
    """What would make it good; `needs` is the role that must agree, `ladder` what the assessment asks for."""

    needs: str | None = None
    ladder: str | None = None


@payload("recovery.remedy_approved")
class RemedyApproved(_Remedy):
    """Somebody with the authority agreed; `role` is the one they agreed in."""

    by: str | None = None
    role: str | None = None


@payload("recovery.remedy_given")
class RemedyGiven(_Remedy):
    """The customer has it; `scope` holds what was given by then, this one included, by scope of the limits.

    It stands in the case's stream, and again (with its `case`) in those of the customer and of the incident.
    `facts` are those of a scheme of the law, `reasons` why it owes that much.
    """

    scope: Mapping[str, Any] | None = None
    case: str | None = None
    approved_by: str | None = None
    facts: Mapping[str, Any] | None = None
    reasons: tuple[str, ...] = ()


@payload("outreach.sent")
class OutreachSent(Payload):
    """We told the customer before they asked: which version of the incident's message, as which notice."""

    incident: str | None = None
    message: str | None = None
    version: int | None = None
    notice: str = "notice"
    outbound: str | None = None
    case: str | None = None


@payload("problem.linked")
class ProblemLinked(Payload):
    """The case is one of many with the same cause."""

    problem: str = ""


@payload("feedback.asked")
class FeedbackAsked(Payload):
    """We asked how it went (`about` service), or whether they would recommend us (referral)."""

    outbound: str | None = None
    about: str = "service"


@payload("feedback.given")
class FeedbackGiven(Payload):
    """The customer told us; with `due`, `owner` answers back by then, after doing `action`."""

    score: int | None = None
    body: str | None = None
    due: datetime | None = None
    owner: str | None = None
    action: str | None = None
