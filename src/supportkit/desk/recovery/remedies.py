"""Remedies at a desk: proposed by the ladder, agreed to by who may, given within every limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from supportkit.calendars import zone as load_zone
from supportkit.canonical import derived_id, digest
from supportkit.cases import Event
from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.desk.handling import Handler, finish, open_only
from supportkit.desk.recovery import requests
from supportkit.desk.recovery.amends import Amends, incident_stream
from supportkit.errors import CommandRefused, nearest_name
from supportkit.recovery import (
    COMPENSATIONS,
    Authorisation,
    Complaint,
    Entitlement,
    Incident,
    Proposal,
    ProposedRemedy,
    RemedyOption,
    entitlement,
)

__all__ = ["REMEDIES", "amends_of", "reward", "today"]

_REFUNDS = frozenset({"refund", "refund_keep"})
_ALWAYS = frozenset({"goodwill", "fix", "apologise"})


def amends_of(draft: Draft, named: str | None = None) -> Amends:
    """Return what was read to make something good; raises CommandRefused for an unknown incident."""
    amends: Amends = draft.situation.amends or Amends(log=draft.situation.log)
    if named is not None and named not in amends.incidents:
        raise unknown_incident(named, amends.incidents)
    return amends


def unknown_incident(name: str, known: Mapping[str, Incident]) -> CommandRefused:
    """Build the refusal of an incident that nobody declared."""
    near = nearest_name(name, known)
    hint = f"did you mean {near!r}?" if near else f"declared are {', '.join(sorted(known)) or 'none'}"
    return CommandRefused("unknown_incident", f"there is no incident {name!r}; {hint}")


def today(draft: Draft) -> date:
    """Return today's date where the desk lives."""
    return draft.now.astimezone(load_zone(draft.policy.home_zone)).date()


def _propose(draft: Draft, command: requests.ProposeRemedy) -> None:
    open_only(draft, "made good")
    amends = amends_of(draft)
    option = draft.policy.remedies.option(command.remedy)
    amount = option.amount(command.amount)
    ladder = _on_the_ladder(draft, command, option, amends.complaint)
    _check_goodwill(draft, amends, option.counts_as, amount)
    role = role_of(draft, command.actor, command.role)
    decided = authority(draft, amends, amount, option.currency, role)
    _refuse_for_good(draft, decided)
    proposed = draft.record(
        "recovery.remedy_proposed", actor=command.actor, reason=command.reason, ladder=ladder,
        needs=decided.role if decided.decision == "needs" else None,
        **_said(draft, amends, option, amount),
    )  # fmt: skip
    _ask_to_agree(draft, proposed)


def _ask_to_agree(draft: Draft, proposed: Event) -> None:
    """Write to the role that must agree to a remedy, where one must."""
    said: Any = proposed.payload
    if said.needs is not None:
        text = f"Case {draft.ref}: {said.remedy} ({said.amount} {said.currency}) waits for you to agree."
        draft.send(
            to=said.needs, text=text, kind="approval", audience="internal", about=proposed.id,
            data={"remedy": said.id},
        )  # fmt: skip


def _said(draft: Draft, amends: Amends, option: RemedyOption, amount: Decimal) -> dict[str, Any]:
    number = len(amends.complaint.remedies) + 1
    return {
        "id": derived_id("remedy", draft.situation.desk, draft.ref, number),
        "remedy": option.name,
        "kind": option.kind,
        "counts_as": option.counts_as,
        "amount": amount,
        "currency": option.currency,
        "incident": None if amends.incident is None else amends.incident.id,
    }


def _on_the_ladder(
    draft: Draft, command: requests.ProposeRemedy, option: RemedyOption, complaint: Complaint
) -> str | None:
    """Return what the assessment asks for; another kind needs a reason."""
    if not complaint.is_open:
        return None
    found = complaint.assessment
    if found is None:
        if option.counts_as not in _ALWAYS:
            raise draft.refuse("not_assessed", "look at the complaint first: assess() says what it deserves")
        return None
    policy = draft.policy.remedies
    proposal = policy.propose(found, replies=complaint.replies, **complaint.how_it_went())
    if not _fits(option.counts_as, proposal) and not (command.reason or "").strip():
        message = f"{proposal.explain()}; {option.counts_as} instead needs a reason"
        raise draft.refuse("off_the_ladder", message)
    return proposal.kind


def _fits(kind: str, proposal: Proposal) -> bool:
    if kind == "goodwill" or kind in {proposal.kind, *proposal.also}:
        return True
    return (kind in COMPENSATIONS and proposal.kind in COMPENSATIONS) or (
        kind in _REFUNDS and proposal.kind in _REFUNDS
    )


def _check_goodwill(draft: Draft, amends: Amends, counts_as: str | None, amount: Decimal) -> None:
    rule = draft.policy.remedies.goodwill
    if counts_as != "goodwill" or rule is None:
        return
    decided = rule.decide(amount, given=amends.customer, now=draft.now)
    if not decided.allowed:
        raise draft.refuse(
            "goodwill_spent", f"no more goodwill for this customer: {'; '.join(decided.reasons)}"
        )


def role_of(draft: Draft, actor: str | None, said: str | None) -> str | None:
    """Return the role of who acts: the roster's word, the host's where it has none; two words are refused."""
    agent = actor.removeprefix("agent:") if actor and actor.startswith("agent:") else None
    known = next((one.role for one in draft.situation.agents if one.id == agent), None)
    if known is not None and said is not None and known != said:
        raise draft.refuse("role_differs", f"the roster has agent {agent!r} as {known!r}, not as {said!r}")
    return known or said


def authority(
    draft: Draft, amends: Amends, amount: Decimal, currency: str, role: str | None
) -> Authorisation:
    """Decide whether a role may give an amount now, in every scope."""
    policy, incident = draft.policy.remedies, amends.incident
    return policy.authorise(
        amount,
        currency=currency,
        role=role,
        granted=policy.granted(
            case=amends.given,
            customer=amends.customer,
            incident=None if incident is None else amends.spent,
            now=draft.now,
            zone=load_zone(draft.policy.home_zone),
        ),
        incident=None if incident is None else incident.terms(amends.spent),
    )


def _refuse_for_good(draft: Draft, decided: Authorisation) -> None:
    """Refuse what nobody may give."""
    if decided.decision == "invalid":
        raise draft.refuse("invalid_amount", "; ".join(decided.reasons))
    if decided.decision == "needs" and decided.role is None:
        raise draft.refuse("above_all_limits", f"nobody may give that: {'; '.join(decided.reasons)}")


def _refuse_unless_approved(draft: Draft, decided: Authorisation) -> None:
    _refuse_for_good(draft, decided)
    if decided.decision == "needs":
        told = f"it needs {decided.role}: {'; '.join(decided.reasons)}"
        raise draft.refuse("needs_role", told)


def reward(draft: Draft, amends: Amends) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the goodwill that a complaint is rewarded with, as it is proposed, and the decision on it."""
    policy = draft.policy.remedies
    if policy.goodwill is None or policy.goodwill.remedy is None:
        return None, None
    option = policy.option(policy.goodwill.remedy)
    amount = option.amount()
    found = policy.goodwill.decide(amount, given=amends.customer, now=draft.now)
    decided = {"allowed": found.allowed, "count": found.count, "value": found.value, "reasons": found.reasons}
    may = authority(draft, amends, amount, option.currency, None)
    if not found.allowed or (may.decision != "approve" and may.role is None):
        return None, decided if not found.allowed else {**decided, "allowed": False, "reasons": may.reasons}
    return {**_said(draft, amends, option, amount), "needs": may.role}, decided


def _proposed(draft: Draft, complaint: Complaint, remedy: str | None) -> ProposedRemedy:
    """Return a remedy that was proposed, by its id or, where it is the only one of that name, by its name."""
    known = complaint.remedies
    if remedy is not None and remedy in known:
        return known[remedy]
    named = [one for one in known.values() if one.remedy == remedy and one.state != "given"]
    if len(named) == 1:
        return named[0]
    hint = "; name one by its id" if named else "; propose_remedy() first"
    there = ", ".join(f"{one.id} ({one.remedy}, {one.state})" for one in known.values()) or "none"
    raise draft.refuse("unknown_remedy", f"no remedy {remedy!r} waits here, there are {there}{hint}")


def _approve(draft: Draft, command: requests.ApproveRemedy) -> None:
    open_only(draft, "made good")
    amends = amends_of(draft)
    remedy = _proposed(draft, amends.complaint, command.remedy)
    if remedy.state != "proposed":
        raise draft.refuse(f"already_{remedy.state}", f"the remedy {remedy.id} is {remedy.state} already")
    role = role_of(draft, command.actor, command.role)
    _refuse_unless_approved(draft, _may(draft, amends, remedy, role))
    draft.record(
        "recovery.remedy_approved", actor=command.actor, by=command.actor, role=role, reason=command.reason,
        **_again(remedy, amends),
    )  # fmt: skip


def _may(draft: Draft, amends: Amends, remedy: ProposedRemedy, role: str | None) -> Authorisation:
    currency = remedy.currency or draft.policy.remedies.currency
    return authority(draft, amends, remedy.amount, currency, role)


def _again(remedy: ProposedRemedy, amends: Amends) -> dict[str, Any]:
    names = ("id", "remedy", "kind", "counts_as", "amount", "currency")
    incident = None if amends.incident is None else amends.incident.id
    return {**{name: getattr(remedy, name) for name in names}, "incident": incident}


def _give(draft: Draft, command: requests.GiveRemedy) -> None:
    amends = amends_of(draft)
    if (command.scheme is None) == (command.remedy is None):
        raise draft.refuse("nothing_to_give", "name a remedy that was proposed, or the scheme that owes it")
    if command.scheme is not None:
        _give_owed(draft, command, amends)
        return
    open_only(draft, "made good")
    remedy = _proposed(draft, amends.complaint, command.remedy)
    if remedy.state == "given":
        raise draft.refuse("already_given", f"the customer has the remedy {remedy.id} already")
    _check_goodwill(draft, amends, remedy.counts_as, remedy.amount)
    decided = _may(draft, amends, remedy, role_of(draft, command.actor, command.role))
    approved = remedy.state == "approved" and decided.decision != "approve"
    if approved:
        # What was agreed to is held to the limits of today: others may have given meanwhile.
        decided = _may(draft, amends, remedy, remedy.approved_as)
    _refuse_unless_approved(draft, decided)
    by = remedy.approved_by if approved else None
    _record_given(draft, command, amends, approved_by=by, **_again(remedy, amends))
    _close_paid(draft, command, amends.complaint, remedy.counts_as)


def _give_owed(draft: Draft, command: requests.GiveRemedy, amends: Amends) -> None:
    """Give what a scheme of the law owes: as much as it says, whoever gives it, once."""
    if draft.case.status == "merged":
        raise draft.refuse("merged", f"it was merged into {draft.case.merged_into}; give it there")
    assert command.scheme is not None
    owed = entitlement(command.scheme, on=command.on or today(draft), **command.facts)
    if not owed.amount:
        raise draft.refuse("nothing_owed", f"{command.scheme} owes nothing: {'; '.join(owed.reasons)}")
    mark = digest([command.scheme, dict(command.facts)])
    if any(digest([scheme, dict(facts or {})]) == mark for scheme, facts in amends.complaint.schemes):
        raise draft.refuse("already_given", f"the customer has what {command.scheme} owes for this already")
    _record_owed(draft, command, amends, owed)


def _record_owed(draft: Draft, command: requests.GiveRemedy, amends: Amends, owed: Entitlement) -> None:
    number = len(amends.complaint.schemes) + 1
    _record_given(
        draft, command, amends,
        id=derived_id("owed", draft.situation.desk, draft.ref, number), remedy=command.scheme,
        kind="compensate", counts_as="compensate", amount=owed.amount, currency=owed.currency,
        scheme=command.scheme, facts=dict(command.facts), reasons=owed.reasons,
        incident=None if amends.incident is None else amends.incident.id,
    )  # fmt: skip


def _record_given(draft: Draft, command: requests.GiveRemedy, amends: Amends, **said: Any) -> None:
    """Record a remedy in the case, and again in the streams in which amounts add up."""
    scope = None if said.get("scheme") else _totals(draft, amends, said["amount"])
    said |= {"actor": command.actor, "reason": command.reason, "case": draft.ref, "scope": scope}
    given = draft.record("recovery.remedy_given", audience="customer", **said)
    streams = [amends.stream] if amends.stream is not None else []
    streams += (
        [incident_stream(draft.situation.desk, amends.incident.id)] if amends.incident is not None else []
    )
    for stream in streams:
        draft.record_elsewhere(stream, "recovery.remedy_given", caused_by=given.id, **said)


def _totals(draft: Draft, amends: Amends, amount: Decimal) -> dict[str, Decimal]:
    granted = draft.policy.remedies.granted(
        case=amends.given, customer=amends.customer,
        incident=None if amends.incident is None else amends.spent,
        now=draft.now, zone=load_zone(draft.policy.home_zone),
    )  # fmt: skip
    return {scope: sum(amounts, Decimal()) + amount for scope, amounts in granted.items()}


def _close_paid(
    draft: Draft, command: requests.GiveRemedy, complaint: Complaint, counts_as: str | None
) -> None:
    """Close a complaint that the money went back for: that is the end of it, unless an apology is due."""
    found = complaint.assessment
    ends = counts_as == "refund_keep" or (counts_as == "refund" and found is not None and not found.genuine)
    unsaid = complaint.at_fault and not complaint.owned_up
    if not complaint.is_open or not ends or unsaid:
        return
    owner = draft.case.owner
    draft.record(
        "case.closed", actor=command.actor, outcome=counts_as, code="money_back", reason=command.reason
    )
    finish(draft, owner)


REMEDIES: dict[type[commands.Command], Handler] = {
    requests.ProposeRemedy: _propose,
    requests.ApproveRemedy: _approve,
    requests.GiveRemedy: _give,
}
