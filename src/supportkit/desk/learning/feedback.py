"""What is learnt in one case: the problem it is part of, feedback asked for and given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.desk.commands import Command
from supportkit.desk.draft import Draft
from supportkit.desk.handling import Handler, back_in_line, write_back
from supportkit.desk.learning.requests import AskFeedback, GiveFeedback, LinkProblem
from supportkit.insight import (
    FeedbackRules,
    MayAsk,
    Record,
    may_ask,
    may_ask_referral,
    read_record,
    records,
)

__all__ = ["SURVEYS", "may_be_asked_of"]

_ABOUTS = ("service", "referral")
# Our question answers nobody, and must not be answered by a machine.
_AUTOMATIC = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
_WHY_NOT = {
    "merged": "it goes on in another case",
    "not_solved": "it is not solved",
    "not_for": "its tags, outcome or reason code say that nobody is to be asked",
    "agent_started": "the customer did not begin it",
    "auto_closed": "no person solved it",
    "work_goes_on": "work for this customer still goes on",
    "asked": "it was asked already",
    "too_late": "too much time has passed since the solution",
    "too_early": "the solution is too fresh",
    "quiet": "the customer was asked a short time ago",
    "not_confirmed": "no complaint was made good in the customer's own words",
}


def _link(draft: Draft, command: LinkProblem) -> None:
    if draft.case.status == "merged":
        raise draft.refuse("merged", f"it was merged into {draft.case.merged_into}; link that")
    if not command.problem.strip():
        raise draft.refuse("no_problem", "the problem has no name; give its id")
    if command.problem not in read_record(draft.situation.log).problems:
        draft.record("problem.linked", actor=command.actor, problem=command.problem, reason=command.reason)


def may_be_asked_of(
    record: Record, others: Iterable[Record], *, about: str, rules: FeedbackRules, now: datetime
) -> MayAsk:
    """Return whether a customer may be asked about ``service`` or ``referral`` now."""
    if about == "referral":
        return may_ask_referral(record, rules=rules, others=others)
    return may_ask(record, now=now, rules=rules, others=others)


def _ask(draft: Draft, command: AskFeedback) -> None:
    if command.about not in _ABOUTS:
        raise draft.refuse("unknown_about", f"about={command.about!r} is neither 'service' nor 'referral'")
    answer = may_be_asked_of(
        read_record([*draft.situation.log, *draft.events]), records(draft.situation.others),
        about=command.about, rules=draft.policy.learning.feedback, now=draft.now,
    )  # fmt: skip
    if not answer:
        when = "" if answer.at is None else f"; ask again from {answer.at:%Y-%m-%d %H:%M} UTC on"
        raise draft.refuse(answer.reason, f"{_WHY_NOT[answer.reason]}{when}")
    words = draft.policy.learning.words(_language(draft))
    text = words.text(command.about, reference=draft.reference or draft.ref)
    outbound = write_back(draft, text, kind="feedback", subject=words.subject, headers=_AUTOMATIC)
    if outbound is None:
        raise draft.refuse("no_channel", "no channel reaches this customer, so the question would be lost")
    draft.record(
        "feedback.asked", actor=command.actor, audience="customer", automated=True, about=command.about,
        outbound=outbound.dedupe,
    )  # fmt: skip


def _language(draft: Draft) -> str | None:
    return (draft.facts.get("contact") or {}).get("language")


def _give(draft: Draft, command: GiveFeedback) -> None:
    """Record what the customer says; who is unhappy gets an answer from a person by a time, on a promise."""
    case, rules = draft.case, draft.policy.learning.feedback
    if case.status == "merged":
        raise draft.refuse("merged", f"it was merged into {case.merged_into}; give it there")
    if command.score is None and not command.text:
        raise draft.refuse("says_nothing", "feedback needs a score or words")
    body = command.text and draft.store_text(command.text, about=f"feedback/{draft.ref}/{case.seq}")
    unhappy = command.score is not None and command.score < rules.unhappy
    owed = unhappy or command.owner is not None or command.task is not None
    owner = command.owner or case.owner or case.last_agent or case.team or "general"
    task = command.task or "answer the customer's feedback"
    due = draft.now + rules.answer_within
    said: dict[str, Any] = {"owner": owner, "action": task, "due": due} if owed else {}
    draft.record("feedback.given", actor=command.actor, score=command.score, body=body or None, **said)
    if owed:
        _owe_answer(draft, command, owner=owner, task=task)


def _owe_answer(draft: Draft, command: GiveFeedback, *, owner: str, task: str) -> None:
    """Open the case again if it is over, promise the answer, and say whose turn it is."""
    case = draft.case
    due = draft.now + draft.policy.learning.feedback.answer_within
    if not case.is_open:
        draft.record("case.reopened", actor=command.actor, cause="feedback")
        last = case.owner or case.last_agent
        draft.line = evolve(draft.line, affinity=((last,),) if last else ())
        team = case.team or draft.line.queue or "general"
        back_in_line(draft, team, cause="reopened", actor="desk", reason="feedback")
    draft.record(
        "promise.made", actor="desk", audience="customer", id=draft.promise_id(), what="reply", due=due,
        zone=draft.policy.home_zone,
    )  # fmt: skip
    draft.record("case.next_action_set", actor="desk", what=task, due=due, owner=owner)


SURVEYS: Mapping[type[Command], Handler] = {
    LinkProblem: _link,
    AskFeedback: _ask,
    GiveFeedback: _give,
}
