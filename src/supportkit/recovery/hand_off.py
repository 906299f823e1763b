"""Making the hand-off packet from a case's log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve

from supportkit.cases import Case, Contact, Customer, Event, Log, Purchase, fold
from supportkit.cases.questions import question_key
from supportkit.recovery.packet import (
    Answer,
    Asset,
    EarlierCase,
    Packet,
    Remedy,
    Said,
    Transfer,
    Tried,
    Who,
)

__all__ = ["hand_off"]

_MOOD = 5
_TRIED = {
    "contact.replied": "reply",
    "contact.noted": "note",
    "recovery.apologised": "apology",
    "case.resolved": "resolution",
    "case.reopened": "reopening",
}
_REMEDIES = {f"recovery.remedy_{state}": state for state in ("proposed", "approved", "given")}


def hand_off(
    log: Log | Iterable[Event],
    *,
    case: Case | None = None,
    customer: Customer | None = None,
    contacts: Mapping[str, Contact] | None = None,
    earlier: Iterable[Case] = (),
    known: Mapping[str, Any] | None = None,
    receiver: str | None = None,
    why: str | None = None,
    texts: Mapping[str, str] | None = None,
    needed: Iterable[str] = (),
) -> Packet:
    """Return what the next person must know about a case, from its events and what else is at hand.

    `case` spares folding the log again. `contacts` (by id) add the answers and points that events only refer
    to, `earlier` are the customer's other cases, `known` answers from elsewhere (profile, earlier forms).
    `needed` names the questions that the case needs answered. `receiver` is ``agent:<id>`` or ``team:<id>``.
    Raises InvalidValue for a log without events.

    >>> from datetime import UTC, datetime
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> log = Log("17").opened(at=nine).customer_message(at=nine, given={"serial_number": "A-1"})
    >>> packet = hand_off(log, why="needs a network engineer")
    >>> packet.asks_again(["Serial number", "Since when?"]), packet.missing(["serial number", "since"])
    (('Serial number',), ('since',))
    """
    events = tuple(log)
    now = fold(events) if case is None else case
    received = [event for event in events if event.is_customer_message]
    answers = _answers(events, contacts or {}, known or {})
    given = {question_key(answer.question): answer.answer for answer in answers}
    assets = _assets(customer, now, given)
    packet = Packet(
        case=now.id,
        who=_who(events, now, customer),
        wanted=_wanted(events, received, now),
        assets=assets,
        tried=tuple(tried for event in events if (tried := _tried(event)) is not None),
        answers=answers,
        promises=now.promises,
        remedies=tuple(_remedy(event) for event in events if event.kind in _REMEDIES),
        mood=_mood(received),
        earlier=tuple(_earlier(other) for other in earlier if other.id != now.id),
        transfers=_transfers(events),
        sender=_hands(now.owner or now.last_agent, now.team),
        receiver=receiver,
        why=why,
        next_action=now.next_action,
        channel=_last(event.channel for event in received) or now.channel,
        language=_last(_said(event).language for event in received if event.kind == "contact.received")
        or (customer.language if customer else None),
        needed=tuple(needed),
        texts=dict(texts or {}),
    )
    return evolve(packet, facts=_facts(packet, now, customer, contacts or {}))


def _said(event: Event) -> Any:
    return event.payload


def _last(values: Iterable[Any]) -> Any:
    return next((value for value in reversed(list(values)) if value is not None), None)


def _hands(agent: str | None, team: str | None) -> str | None:
    return f"agent:{agent}" if agent else f"team:{team}" if team else None


def _who(events: tuple[Event, ...], case: Case, customer: Customer | None) -> Who:
    known = customer.id if customer is not None else case.customer
    name = customer.name if customer is not None else None
    said = _last(_said(event) for event in events if event.kind == "contact.identified")
    if said is None:
        return Who(customer=known, name=name, status="unidentified" if known is None else "identified")
    return Who(
        customer=said.customer or known,
        name=name,
        status=said.status,
        verified=said.verified,
        evidence=said.evidence,
        candidates=said.candidates,
    )


def _wanted(events: tuple[Event, ...], received: list[Event], case: Case) -> Said | None:
    """Return the customer's own words where somebody noted them, else where their first message stands."""
    noted = _last(event for event in events if getattr(event.payload, "wanted", None))
    if noted is not None:
        return Said(words=_said(noted).wanted, event=noted.id, at=noted.at)
    if case.wanted is not None:
        return Said(words=case.wanted)
    first = next((event for event in received if event.kind == "contact.received"), None)
    return None if first is None else Said(ref=_said(first).body, event=first.id, at=first.at)


def _assets(customer: Customer | None, case: Case, given: Mapping[str, Any]) -> tuple[Asset, ...]:
    """List what the customer owns, what the case is about first; refunds are not owned."""
    bought = [p for p in (customer.purchases or () if customer else ()) if p.amount >= 0 and _names(p)]
    wanted = {
        "serial": given.get("serial") or given.get("serialnumber"),
        "model": given.get("model"),
        "product": case.product or given.get("product"),
    }
    named = {key: str(value).strip().casefold() for key, value in wanted.items() if value}
    by, matched = _matched(bought, named)
    others = (p for p in bought if p not in matched)
    return (*(_asset(p, by) for p in matched), *(_asset(p, None) for p in others))


def _names(purchase: Purchase) -> bool:
    return bool(purchase.product or purchase.model or purchase.serial)


def _matched(bought: list[Purchase], named: Mapping[str, str]) -> tuple[str | None, list[Purchase]]:
    """Match by the most telling name that finds anything: serial, then model, then product."""
    for key in ("serial", "model", "product"):
        found = [p for p in bought if key in named and (getattr(p, key) or "").casefold() == named[key]]
        if found:
            return key, found
    return None, []


def _asset(purchase: Purchase, by: str | None) -> Asset:
    return Asset(
        product=purchase.product,
        model=purchase.model,
        serial=purchase.serial,
        bought_at=purchase.at,
        matched_by=by,
    )


def _tried(event: Event) -> Tried | None:
    what = _TRIED.get(event.kind)
    if what is None or (event.kind == "contact.replied" and not event.is_human_reply):
        return None
    said = _said(event)
    outcome = getattr(said, "outcome", None) or getattr(said, "cause", None)
    by = getattr(said, "by", None) or event.actor
    return Tried(
        at=event.at, what=what, by=by, ref=getattr(said, "body", None), outcome=outcome, event=event.id
    )


def _answers(
    events: tuple[Event, ...], contacts: Mapping[str, Contact], known: Mapping[str, Any]
) -> tuple[Answer, ...]:
    """Return the latest answer to each question; an empty one is none."""
    found = {question_key(name): Answer(question=name, answer=value) for name, value in known.items()}
    for event in events:
        if event.kind == "contact.received":
            contact = contacts.get(_said(event).contact or "")
            # The event says that a question was answered; the contact, where it is at hand, says what.
            given = {**(_said(event).given or {}), **(contact.given if contact else {})}
            found |= {
                question_key(name): Answer(question=name, answer=value, at=event.at, event=event.id)
                for name, value in given.items()
                if value not in (None, "", ())
            }
    return tuple(found.values())


def _remedy(event: Event) -> Remedy:
    said = _said(event)
    return Remedy(
        at=event.at,
        state=_REMEDIES[event.kind],
        remedy=said.remedy,
        kind=said.kind,
        amount=said.amount,
        currency=said.currency,
    )


def _mood(received: list[Event]) -> tuple[float, ...]:
    felt = [getattr(event.payload, "sentiment", None) for event in received]
    return tuple(feeling for feeling in felt if feeling is not None)[-_MOOD:]


def _earlier(case: Case) -> EarlierCase:
    return EarlierCase(
        id=case.id,
        status=case.status,
        kind=case.kind,
        product=case.product,
        opened_at=case.opened_at,
        outcome=case.outcome,
    )


def _transfers(events: tuple[Event, ...]) -> tuple[Transfer, ...]:
    """Return the changes of hands as the case counts them: a team to its own agent is none."""
    moves: list[Transfer] = []
    agent = team = None
    for event in events:
        if event.kind != "case.assigned":
            continue
        said = _said(event)
        if (said.agent and agent and said.agent != agent) or (said.team and team and said.team != team):
            why = event.reason or said.cause
            to = _hands(said.agent, said.team)
            moves.append(Transfer(at=event.at, sender=_hands(agent, team), receiver=to, why=why))
        agent, team = said.agent or agent, said.team or team
    return tuple(moves)


def _facts(
    packet: Packet, case: Case, customer: Customer | None, contacts: Mapping[str, Contact]
) -> dict[str, Any]:
    """Return what is known without having been asked."""
    points = [*(customer.points if customer else ()), *(p for c in contacts.values() for p in c.points)]
    asset = packet.asset
    facts = {point.kind: point.value for point in reversed(points)} | {
        "name": packet.who.name,
        "product": case.product or (asset.product if asset else None),
        "model": asset.model if asset else None,
        "serial": asset.serial if asset else None,
        "language": packet.language,
    }
    return {name: value for name, value in facts.items() if value is not None}
