"""A complaint as the log of its case tells it: what was found out, said, proposed and given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from supportkit.cases import Event
from supportkit.cases.instants import instant, maybe_instant
from supportkit.recovery.ladder import Assessment

__all__ = ["Apology", "Complaint", "Look", "ProposedRemedy", "complaint_of"]

_ANSWERS = frozenset({"first_response", "next_response", "customer_waiting", "apology", "promise"})


@frozen(kw_only=True)
class Look:
    """What somebody found out about a complaint, when, on which evidence."""

    at: datetime = instant(kw_only=True)
    by: str | None
    assessment: Assessment
    evidence: tuple[Any, ...] = ()
    reason: str | None = None


@frozen(kw_only=True)
class Apology:
    """Somebody said sorry: with feeling, owning it, and saying what happens next."""

    at: datetime = instant(kw_only=True)
    by: str | None
    empathy: bool = False
    ownership: bool = False
    next_step: str | None = None


@frozen(kw_only=True)
class ProposedRemedy:
    """A remedy on its way: `state` is proposed, approved or given, `needs` the role that must agree."""

    id: str
    state: str = "proposed"
    remedy: str | None = None
    kind: str | None = None
    counts_as: str | None = None
    amount: Decimal = field(default=Decimal())
    currency: str | None = None
    by: str | None = None
    needs: str | None = None
    approved_by: str | None = None
    approved_as: str | None = None
    incident: str | None = None


@frozen(kw_only=True)
class Complaint:
    """How far the making good of a case is.

    `raised_at` is None without a complaint; `settled` says that the case was resolved or closed after it was
    raised. `looks`, `replies` and `apologies` are those since it was raised, `remedies` all of the case by
    id, `schemes` what was paid because the law owes it. `late` says that an answer or an apology was late
    since. `incident` is the one somebody named last, `linked`
    all that the case was linked to or told of.
    """

    raised_at: datetime | None = maybe_instant(kw_only=True)
    raised: int = 0
    wanted: str | None = None
    severity: str | None = None
    settled: bool = False
    looks: tuple[Look, ...] = ()
    apologies: tuple[Apology, ...] = ()
    replies: int = 0
    late: bool = False
    remedies: Mapping[str, ProposedRemedy] = field(factory=dict)
    schemes: tuple[tuple[str, Any], ...] = ()
    incident: str | None = None
    linked: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a complaint was raised and is not settled."""
        return self.raised_at is not None and not self.settled

    @property
    def assessment(self) -> Assessment | None:
        """What the latest look found; None before the first one."""
        return self.looks[-1].assessment if self.looks else None

    @property
    def at_fault(self) -> bool:
        """Whether the latest look says that we were wrong."""
        return self.assessment is not None and self.assessment.at_fault

    @property
    def needs_second_look(self) -> bool:
        """Whether it is rejected, and everybody who rejected it is one and the same."""
        if self.assessment is None or self.assessment.genuine:
            return False
        rejected = {look.by for look in self.looks if not look.assessment.genuine}
        return len(rejected) < 2

    def how_it_went(self) -> dict[str, bool]:
        """Return what proposals take into account: whether we were prompt, and said sorry."""
        return {"prompt": not self.late, "apologised": bool(self.apologies)}

    @property
    def owned_up(self) -> bool:
        """Whether somebody said sorry and took it upon us."""
        return any(apology.ownership for apology in self.apologies)


def complaint_of(events: Iterable[Event]) -> Complaint:
    """Return the complaint that the events of a case make; events of other kinds change nothing.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> told = [Event.of("recovery.complaint_raised", at=nine, wanted="body-1"),
    ...         Event.of("recovery.assessed", at=nine, actor="agent:ann", genuine=False, evidence=["body-2"])]
    >>> complaint = complaint_of(told)
    >>> complaint.is_open, complaint.needs_second_look
    (True, True)
    """
    complaint = Complaint()
    for event in events:
        step = _STEPS.get(event.kind)
        if step is not None:
            complaint = step(complaint, event, event.payload)
    return complaint


def _raised(complaint: Complaint, event: Event, said: Any) -> Complaint:
    return evolve(
        complaint,
        raised_at=event.at,
        raised=complaint.raised + 1,
        wanted=said.wanted,
        severity=said.severity,
        settled=False,
        looks=(),
        apologies=(),
        replies=0,
        late=False,
        incident=said.incident or complaint.incident,
    )


def _assessed(complaint: Complaint, event: Event, said: Any) -> Complaint:
    if said.genuine is None:
        return complaint
    found = Assessment(
        said.genuine, said.fixable, said.compensable, said.at_fault, keeps_product=said.keeps_product
    )
    look = Look(at=event.at, by=event.actor, assessment=found, evidence=said.evidence, reason=event.reason)
    return evolve(complaint, looks=(*complaint.looks, look), incident=said.incident or complaint.incident)


def _apologised(complaint: Complaint, event: Event, said: Any) -> Complaint:
    apology = Apology(
        at=event.at,
        by=said.by or event.actor,
        empathy=said.empathy,
        ownership=said.ownership,
        next_step=said.next_step,
    )
    return evolve(complaint, apologies=(*complaint.apologies, apology))


def _replied(complaint: Complaint, event: Event, _: Any) -> Complaint:
    return evolve(complaint, replies=complaint.replies + event.is_human_reply)


def _breached(complaint: Complaint, _: Event, said: Any) -> Complaint:
    return evolve(complaint, late=complaint.late or said.metric in _ANSWERS)


def _proposed(complaint: Complaint, event: Event, said: Any) -> Complaint:
    if said.id is None:
        return complaint
    remedy = ProposedRemedy(
        id=said.id,
        remedy=said.remedy,
        kind=said.kind,
        counts_as=said.counts_as or said.kind,
        amount=said.amount or Decimal(),
        currency=said.currency,
        by=event.actor,
        needs=said.needs,
        incident=said.incident,
    )
    return evolve(complaint, remedies={**complaint.remedies, remedy.id: remedy})


def _approved(complaint: Complaint, _: Event, said: Any) -> Complaint:
    return _moved(complaint, said.id, state="approved", approved_by=said.by, approved_as=said.role)


def _given(complaint: Complaint, _: Event, said: Any) -> Complaint:
    if said.scheme is not None:
        complaint = evolve(complaint, schemes=(*complaint.schemes, (said.scheme, said.facts)))
    return _moved(complaint, said.id, state="given")


def _moved(complaint: Complaint, id_: str | None, **said: Any) -> Complaint:
    known = complaint.remedies.get(id_ or "")
    if known is None:
        return complaint
    return evolve(complaint, remedies={**complaint.remedies, known.id: evolve(known, **said)})


def _settled(complaint: Complaint, _: Event, __: Any) -> Complaint:
    return evolve(complaint, settled=complaint.raised_at is not None)


def _linked(complaint: Complaint, _: Event, said: Any) -> Complaint:
    name = getattr(said, "problem", None) or getattr(said, "incident", None)
    if not name or name in complaint.linked:
        return complaint
    return evolve(complaint, linked=(*complaint.linked, name))


Step = Callable[[Complaint, Event, Any], Complaint]
_STEPS: dict[str, Step] = {
    "recovery.complaint_raised": _raised,
    "recovery.assessed": _assessed,
    "recovery.apologised": _apologised,
    "recovery.remedy_proposed": _proposed,
    "recovery.remedy_approved": _approved,
    "recovery.remedy_given": _given,
    "contact.replied": _replied,
    "target.breached": _breached,
    "case.resolved": _settled,
    "case.closed": _settled,
    "problem.linked": _linked,
    "outreach.sent": _linked,
}
