"""Replies at a desk are read before they leave: what is wrong with one is recorded with it, or refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from supportkit.canonical import decode
from supportkit.cases import Event
from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.desk.recovery.amends import Amends
from supportkit.ports import Body
from supportkit.recovery import EarlierReply, ReplyCheck, check_reply

__all__ = ["findings_of", "texts_needed"]

_EARLIER = 20


def texts_needed(log: Iterable[Event]) -> tuple[str, ...]:
    """Return the references of the texts that a reply is read beside: the concern, and earlier replies."""
    events = tuple(log)
    told = [*_concern(events), *_replies(events)]
    return tuple(dict.fromkeys(ref for event in told if (ref := getattr(event.payload, "body", None))))


def _replies(events: tuple[Event, ...]) -> list[Event]:
    return [event for event in events if event.is_human_reply][-_EARLIER:]


def _concern(events: tuple[Event, ...]) -> list[Event]:
    """Return the messages that wait for an answer, or the latest one when none does."""
    latest: list[Event] = []
    waiting: list[Event] = []
    for event in events:
        if event.is_human_reply:
            waiting = []
        elif event.is_customer_message:
            latest = [event]
            waiting.append(event)
    return waiting or latest


def findings_of(draft: Draft, command: commands.Reply) -> tuple[dict[str, Any], ...]:
    """Return what is wrong with a reply, as its event holds it; refuse what the policy blocks.

    Machines' words and what was said aloud are not read.
    """
    rules, amends = draft.policy.remedies.replies, draft.situation.amends
    if rules is None or amends is None or command.automated or command.text is None:
        return ()
    found = _checked(draft, command, amends)
    blocking = [finding for finding in found.findings if finding.code in rules.block]
    if blocking:
        told = "; ".join(f"{finding.code}: {finding.message}" for finding in blocking)
        raise draft.refuse("reply_blocked", told)
    return tuple(finding.to_plain() for finding in found.findings)


def _checked(draft: Draft, command: commands.Reply, amends: Amends) -> ReplyCheck:
    assert command.text is not None
    events, bodies = amends.log, draft.situation.bodies
    concern = _concern(events)
    incident, found = amends.incident, amends.complaint.assessment
    return check_reply(
        command.text,
        concern=tuple(_customers_words(draft, concern)),
        earlier=[_earlier(event, bodies) for event in _replies(events)],
        visibility=command.visibility,
        asked="public" if any(event.visibility == "public" for event in concern) else "private",
        at_fault=incident is not None and incident.at_fault,
        known=tuple(_known(draft)),
        news_at=max((event.at for event in events if _is_news(event)), default=None),
        now=draft.now,
        language=(draft.facts.get("contact") or {}).get("language"),
        message=command.incident_message,
        current=amends.message,
        rejected=found is not None and not found.genuine,
        rules=draft.policy.remedies.replies,
    )


def _customers_words(draft: Draft, concern: Iterable[Event]) -> Iterator[str]:
    """Yield what the customer wrote; the subject of an answer to us is ours, as is the mark of the case."""
    mark = draft.reference or "\0"
    for event in concern:
        body = draft.situation.bodies.get(getattr(event.payload, "body", None) or "")
        said = {} if body is None else decode(body.data)
        subject, text = said.get("subject") or "", said.get("text") or ""
        yield " ".join((subject if mark not in subject else "", text.replace(mark, "")))


def _earlier(event: Event, bodies: Mapping[str, Body]) -> EarlierReply:
    body = bodies.get(getattr(event.payload, "body", None) or "")
    text = None if body is None else body.data.decode()
    return EarlierReply(text=text, at=event.at, by=event.actor, visibility=event.visibility)


def _known(draft: Draft) -> Iterator[str]:
    """Yield what must not be told in public: who the customer is, and what is theirs alone.

    By their handle they are spoken to in public; an id without a digit may be any word.
    """
    customer = draft.situation.customer
    if customer is not None:
        yield from filter(None, (customer.name, _told_by_a_digit(customer.id)))
        yield from (point.value for point in customer.points if point.kind != "handle")
        yield from (bought.serial for bought in customer.purchases or () if bought.serial)


def _told_by_a_digit(name: str) -> str | None:
    return name if any(letter.isdigit() for letter in name) else None


_NEWS = frozenset({
    "case.resolved", "case.reopened", "case.handed_off", "recovery.assessed", "recovery.remedy_approved",
    "recovery.remedy_given", "promise.broken", "problem.linked",
})  # fmt: skip


def _is_news(event: Event) -> bool:
    """Whether something happened that a further reply may be about."""
    return event.is_customer_message or event.kind in _NEWS
