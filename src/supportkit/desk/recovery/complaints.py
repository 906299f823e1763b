"""Complaints at a desk: raised with a wish, looked at with evidence, answered with an apology."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from supportkit.calendars import zone as load_zone
from supportkit.cases import Customer, Event
from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.desk.handling import HANDLERS as OTHERS
from supportkit.desk.handling import Handler, open_only
from supportkit.desk.recovery import requests
from supportkit.desk.recovery.remedies import REMEDIES, amends_of, reward, today
from supportkit.errors import CommandRefused
from supportkit.insight import is_affected
from supportkit.policy import Policy
from supportkit.ports import Commit
from supportkit.recovery import STATUTORY_RULES, Incident, ReplyRules, ReplyWords

__all__ = ["INCIDENTS", "RECOVERY"]


def _raise(draft: Draft, command: requests.RaiseComplaint) -> None:
    open_only(draft, "complained about")
    if not command.wanted.strip():
        message = "a complaint says what the customer wants, in their own words; ask them, then give wanted="
        raise draft.refuse("no_wish", message)
    amends = amends_of(draft, command.incident)
    complaint = amends.complaint
    if complaint.is_open:
        raise draft.refuse(
            "already_raised", f"there is a complaint since {complaint.raised_at:%Y-%m-%d %H:%M}"
        )
    wanted = draft.store_text(command.wanted, about=f"wanted/{draft.ref}/{complaint.raised + 1}")
    dates = draft.policy.remedies.statutory_dates(today(draft), holidays=_holidays(draft.policy))
    gift, decided = reward(draft, amends)
    raised = draft.record(
        "recovery.complaint_raised", actor=command.actor, wanted=wanted, severity=command.severity,
        incident=_id(amends.incident), again=complaint.raised > 0, due=dates or None, goodwill=decided,
        reason=command.reason,
    )  # fmt: skip
    if gift is not None:
        draft.record("recovery.remedy_proposed", actor="desk", caused_by=raised.id, **gift)
    if dates and draft.case.next_action is None:
        _plan_letter(draft, dates, caused_by=raised.id)
    if complaint.raised:
        # Failing the same customer twice is worse than the first failure: it goes up at once.
        draft.record(
            "escalation.manager_requested",
            actor="desk",
            by="desk",
            reason="second_failure",
            caused_by=raised.id,
        )


def _plan_letter(draft: Draft, dates: Mapping[str, date], *, caused_by: str) -> None:
    """Make the first letter that the law wants the next action, due at the end of its date at home."""
    rule = min(dates, key=lambda name: (dates[name], name))
    ends = datetime.combine(dates[rule] + timedelta(days=1), time(), load_zone(draft.policy.home_zone))
    draft.record(
        "case.next_action_set", actor="desk", what=f"{STATUTORY_RULES[rule].letter} ({rule})", due=ends,
        owner=draft.case.owner or draft.case.team, caused_by=caused_by,
    )  # fmt: skip


def _holidays(policy: Policy) -> tuple[date, ...]:
    """Return the holidays of the calendar by which the desk lives."""
    own = next((one for name, one in sorted(policy.calendars.items()) if name != "always"), None)
    return tuple(getattr(own, "holidays", ()))


def _id(incident: Incident | None) -> str | None:
    return None if incident is None else incident.id


def _assess(draft: Draft, command: requests.Assess) -> None:
    amends = amends_of(draft, command.incident)
    complaint = amends.complaint
    if not complaint.is_open:
        raise draft.refuse("no_complaint", "no complaint is open here; raise_complaint() first")
    if not any(item.strip() for item in command.evidence):
        raise draft.refuse("no_evidence", "an assessment needs evidence: say what shows it")
    if not command.genuine and not (command.reason or "").strip():
        raise draft.refuse("no_reason", "rejecting a complaint needs a reason on record")
    evidence = tuple(_evidence(draft, number, item) for number, item in enumerate(command.evidence))
    at_fault = amends.incident is not None and amends.incident.at_fault
    looked = {look.by for look in complaint.looks} - {command.actor}
    found = draft.record(
        "recovery.assessed", actor=command.actor, reason=command.reason, genuine=command.genuine,
        evidence=evidence, fixable=command.fixable, compensable=command.compensable,
        at_fault=command.genuine and (command.at_fault or at_fault), keeps_product=command.keeps_product,
        incident=_id(amends.incident), look=len(looked) + 1,
    )  # fmt: skip
    if not command.genuine and not complaint.looks and draft.policy.remedies.second_look:
        _ask_for_another_look(draft, found)


def _ask_for_another_look(draft: Draft, rejected: Event) -> None:
    """Write to the team that somebody else looks at a complaint that one person rejected."""
    text = f"Case {draft.ref}: a complaint was rejected; somebody else looks at it before it is settled."
    draft.send(
        to=f"team:{draft.case.team}" if draft.case.team else "team", text=text, kind="second_look",
        audience="internal", about=rejected.id,
    )  # fmt: skip


def _evidence(draft: Draft, number: int, item: str) -> str:
    """Return an event's id as it is, and a reference to words, which may have to be erased one day."""
    if item.startswith(f"{draft.stream}#"):
        return item
    return draft.store_text(item, about=f"evidence/{draft.ref}/{draft.case.seq}/{number}")


def _apologise(draft: Draft, command: requests.Apologise) -> None:
    reply: dict[str, Any] = {}
    if command.text is not None:
        answer = commands.Reply(actor=command.actor, text=command.text, visibility=command.visibility)
        before = len(draft.events)
        OTHERS[commands.Reply](draft, answer)
        said = next(event for event in draft.events[before:] if event.kind == "contact.replied")
        reply = {"body": said.payload.body, "caused_by": said.id}  # type: ignore[attr-defined]
    elif draft.case.status == "merged":
        raise draft.refuse("merged", f"it was merged into {draft.case.merged_into}; apologise there")
    draft.record(
        "recovery.apologised", actor=command.actor, by=command.actor, audience="customer",
        visibility=command.visibility, next_step=command.next_step, reason=command.reason,
        empathy=_shown(draft, command.empathy, "feeling", command.text),
        ownership=_shown(draft, command.ownership, "ownership", command.text), **reply,
    )  # fmt: skip


def _shown(draft: Draft, said: bool | None, sign: str, text: str | None) -> bool:
    """Whether an apology shows something: as it was said, else as its words read."""
    if said is not None or text is None:
        return bool(said)
    found = words_for(draft).sets.get(sign)
    return found is not None and found.found(text)


def words_for(draft: Draft) -> ReplyWords:
    """Return the words by which replies to this customer are read; none for an unknown language."""
    language = (draft.facts.get("contact") or {}).get("language")
    return (draft.policy.remedies.replies or ReplyRules()).words_of(language) or ReplyWords()


def _declare(draft: Draft, command: requests.DeclareIncident) -> Commit:
    """Record what is known of an incident in the desk's own stream; the latest word on it counts."""
    if not command.incident.strip():
        raise CommandRefused("no_name", "an incident needs a name, by which cases are linked to it")
    is_affected(Customer("somebody"), command.affects)
    bounded = command.limit is not None or command.budget is not None
    event = draft.record_elsewhere(
        f"desk:{draft.situation.desk}", "desk.incident_declared", actor=command.actor, reason=command.reason,
        incident=command.incident, at_fault=command.at_fault, affects=dict(command.affects),
        limit=command.limit, budget=command.budget, since=command.since, over=command.over,
        currency=draft.policy.remedies.currency if bounded else None,
    )  # fmt: skip
    return draft.commit(outcome={"case": None, "incident": command.incident, "event": event.id})


RECOVERY: dict[type[commands.Command], Handler] = {
    requests.RaiseComplaint: _raise,
    requests.Assess: _assess,
    requests.Apologise: _apologise,
    **REMEDIES,
}
INCIDENTS: dict[type[commands.Command], Callable[[Draft, Any], Commit]] = {requests.DeclareIncident: _declare}
