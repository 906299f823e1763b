"""Taking in a contact: thread it, open or continue a case, decide everything, acknowledge, promise.

The steps for a contact that opens a case, in the order in which they are recorded: opened, received,
identified, classified, prioritised, put in charge of a team and in line, targets set, acknowledged with a
promise, escalations armed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import asdict, evolve

from supportkit.canonical import derived_id, digest, encode, from_plain
from supportkit.cases import Contact, Customer, Deadline, Promise, contact_facts, customer_facts
from supportkit.desk.case_file import Line
from supportkit.desk.commands import Receive
from supportkit.desk.contacts.asking import remember_answers, to_ask
from supportkit.desk.draft import Draft
from supportkit.desk.masking import masked
from supportkit.desk.routing.awaiting import expect
from supportkit.intake import (
    Acknowledgement,
    Identification,
    Recent,
    Threading,
    ack_text,
    acknowledge,
    message_ids,
    promised_time,
)
from supportkit.intake import reply_address as mail_reply_address
from supportkit.policy import Policy, recordable
from supportkit.ports import Commit, PartyChange, Situation, ThreadKey

__all__ = ["case_ref", "contact_ref", "inbound_by", "receive"]

_CALLBACK_FORMS = frozenset({"voicemail", "callback_request"})


def case_ref(desk: str, contact: Contact) -> str:
    """Return the id that a case opened by this contact has, whoever decides it and however often."""
    return f"case-{digest([desk, contact.channel_name or contact.channel, contact.id], length=16)}"


def contact_ref(desk: str, contact: Contact) -> str:
    """Return the name of a contact in the log: its own id may hold an address (the Message-ID of a mail)."""
    return derived_id("contact", desk, contact.channel_name or contact.channel, contact.id)


def _ref(draft: Draft, contact: Contact) -> str:
    return contact_ref(draft.situation.desk, contact)


def inbound_by(channel: str) -> str:
    """Return the name of the counter of what comes in by a channel."""
    return f"inbound:{channel}"


def receive(policy: Policy, situation: Situation, command: Receive, *, draft: Draft) -> Commit:
    """Decide what a contact means; see the steps above."""
    contact, threading = _signalled(command.contact, situation.customer), situation.threading
    draft.counted.append((inbound_by(contact.channel_name), draft.now))
    verdict = _verdict(policy, contact, draft)
    automatic = verdict.disposition == "accept_without_reopen"
    if threading.action == "quarantine":
        reason = "key_reused" if threading.matched_by == "key" else "not_a_participant"
        return _keep_apart(draft, contact, "contact.quarantined", threading, reason=reason)
    if threading.action in {"ignored", "duplicate"} or verdict.disposition in {"park", "ignore_duplicate"}:
        disposition = "park" if verdict.disposition == "park" else "ignore_duplicate"
        return _keep_apart(
            draft, contact, "contact.received", threading, reason=verdict.reason, disposition=disposition
        )
    if automatic and threading.action == "new":
        return _keep_apart(
            draft, contact, "contact.received", threading, reason=verdict.reason, disposition="park"
        )
    opens = not draft.exists
    draft.facts = _facts(policy, situation, contact, draft)
    if opens:
        _open(draft, contact, threading)
    _hear_contact(draft, contact, verdict, threading)
    addresses = [point.value for point in contact.points]
    for fault in situation.faults:
        draft.record("case.fault", code="plugin_failed", detail=masked(fault, addresses), actor="desk")
    if opens:
        _identify(draft, contact)
        _classify(draft)
    if opens or verdict.counts_as_customer:
        _prioritise(draft)
    if opens:
        _line_up(draft)
    elif verdict.counts_as_customer:
        _continue(draft)
    draft.advance(draft.now)
    _acknowledge(draft, contact, verdict)
    _promise_call(draft, contact)
    draft.advance(draft.now)
    return _committed(draft, contact, "new" if opens else threading.action)


def _signalled(contact: Contact, customer: Customer | None) -> Contact:
    """Return a device's contact with the points of its owner, who is to be told."""
    if contact.form != "signal" or customer is None:
        return contact
    return evolve(contact, points=tuple(dict.fromkeys((*contact.points, *customer.points))))


def _verdict(policy: Policy, contact: Contact, draft: Draft) -> Acknowledgement:
    """Say whether this may be acknowledged; that a device is a machine is no reason not to tell its owner."""
    device = contact.form == "signal" and contact.automated
    verdict = acknowledge(
        evolve(contact, automated=False) if device else contact,
        policy=policy.acknowledgement.rules,
        recent=_recent(draft),
        now=draft.now,
    )
    return evolve(verdict, counts_as_customer=False) if device else verdict


def _recent(draft: Draft) -> Recent:
    counted = draft.situation.acknowledged
    return Recent(
        for_case=draft.acknowledged,
        to_sender=counted.get("sender", ()),
        total=counted.get("total", ()),
        message_ids=(),
    )


def _facts(policy: Policy, situation: Situation, contact: Contact, draft: Draft) -> Mapping[str, Any]:
    """The facts that the policy reads, the texts only as what was read from them."""
    facts = {
        "contact": contact_facts(contact),
        "customer": customer_facts(
            situation.customer, now=draft.now, currency=policy.money.currency, rates=policy.money.rates,
            open_cases=situation.open_cases, contacts=situation.contacts,
        ),
    }  # fmt: skip
    return policy.reading.observed(_completed(facts, situation.provided))


def _completed(facts: Mapping[str, Any], provided: Mapping[str, Any]) -> dict[str, Any]:
    """Add what plugins provided; what is known already stays."""
    known = dict(facts)
    for group, values in provided.items():
        mine = known.get(group) or {}
        known[group] = {**values, **{name: value for name, value in mine.items() if value is not None}}
    return known


def _keep_apart(
    draft: Draft, contact: Contact, kind: str, threading: Threading, *, reason: str, **said: Any
) -> Commit:
    """Record a contact that joins no case in the desk's own stream; nothing is lost."""
    event = draft.record_elsewhere(
        f"desk:{draft.situation.desk}", kind, actor="customer", channel=contact.channel, reason=reason,
        automated=kind == "contact.received", contact=_ref(draft, contact), body=_store(draft, contact),
        claimed=threading.case or threading.linked_to, attachments=_attachments(draft, contact),
        **({"form": contact.form, "counts": False} if kind == "contact.received" else {}), **said,
    )  # fmt: skip
    action = "quarantine" if kind == "contact.quarantined" else said["disposition"]
    outcome = {
        "action": action,
        "case": None,
        "claimed": threading.case or threading.linked_to,
        "reason": reason,
    }
    return draft.commit(outcome={**outcome, "event": event.id})


def _store(draft: Draft, contact: Contact) -> str:
    """Store the contact's texts and addresses apart from the events, so that they can be erased."""
    names = ("sender", "sender_name", "subject", "text", "message_id", "envelope_sender", "headers", "given")
    said = {name: value for name in names if (value := getattr(contact, name))}
    said["reply_to"] = {kind: reply_address(contact, kind) for kind in ("email", "phone", "other")}
    said["points"] = [[p.kind, p.value, p.region, p.network] for p in contact.points]
    return draft.store_text(
        encode(said), about=contact.id, media_type="application/vnd.supportkit.contact+json"
    )


def _attachments(draft: Draft, contact: Contact) -> tuple[str, ...]:
    return tuple(
        draft.store_text(file.data, about=f"{contact.id}/{number}/{file.name}", media_type=file.media_type)
        for number, file in enumerate(contact.attachments)
    )


def _open(draft: Draft, contact: Contact, threading: Threading) -> None:
    draft.record(
        "case.opened", actor="customer", channel=contact.channel, visibility=contact.visibility,
        customer=draft.situation.party, form=contact.form, product=contact.product,
        entry_point=contact.entry_point, linked_to=threading.linked_to,
    )  # fmt: skip


def _hear_contact(draft: Draft, contact: Contact, verdict: Acknowledgement, threading: Threading) -> None:
    draft.contact, draft.channel = _store(draft, contact), contact.channel_name or contact.channel
    remember_answers(draft, contact)
    draft.signal = draft.signal or draft.policy.threading.signal_key(contact)
    draft.record(
        "contact.received", actor="customer", channel=contact.channel, visibility=contact.visibility,
        automated=not verdict.counts_as_customer, audience=contact.audience,
        contact=_ref(draft, contact), form=contact.form, body=draft.contact, language=contact.language,
        product=contact.product, entry_point=contact.entry_point, addressed_to=contact.addressed_to,
        reach=contact.reach, attachments=_attachments(draft, contact), disposition=verdict.disposition,
        counts=verdict.counts_as_customer, matched_by=threading.matched_by, facts=recordable(draft.facts),
        given=tuple(sorted(contact.given)) and dict.fromkeys(sorted(contact.given), True),
        holds=contact.holds,
    )  # fmt: skip
    if verdict.counts_as_customer and threading.action == "reopen" and not draft.case.is_open:
        draft.record("case.reopened", actor="customer", cause="contact")
    elif verdict.counts_as_customer and draft.case.status == "waiting_customer":
        draft.record("case.status_changed", actor="customer", to="open", previous="waiting_customer")


def _identify(draft: Draft, contact: Contact) -> None:
    found = draft.situation.identification
    draft.record(
        "contact.identified", actor="desk", contact=_ref(draft, contact), status=found.status,
        customer=draft.situation.party, candidates=found.candidates, evidence=_evidence(found),
        verified=found.verified,
    )  # fmt: skip


def _evidence(found: Identification) -> tuple[dict[str, Any], ...]:
    """Why we think who it is, without the addresses themselves."""
    return tuple(
        {"point": said.point.partition(":")[0], "customer": said.customer, "result": said.result}
        for said in found.evidence
    )


def _classify(draft: Draft) -> None:
    decision = draft.policy.classify(draft.all_facts(), now=draft.now)
    if decision is not None:
        draft.record("case.classified", actor="desk", **decision)


def _prioritise(draft: Draft) -> None:
    """Decide how urgent it is; a further message may raise a case, it never lowers it."""
    facts = draft.all_facts()
    decision = draft.policy.priority.decide(facts, now=draft.now)
    case = draft.case
    if case.score is not None and decision.score <= case.score:
        return
    said = {name: value for name, value in from_plain(decision.to_plain()).items() if value is not None}
    draft.record(
        "priority.decided", actor="desk", previous=case.priority,
        facts=recordable(draft.policy.reading.project(facts, "priority")), **said,
    )  # fmt: skip


def _line_up(draft: Draft) -> None:
    """Choose queue and skills; from now on a team is in charge, and the case waits for one of its people."""
    facts = draft.all_facts()
    route = draft.policy.route(facts, now=draft.now)
    queue = route.queue or "general"
    draft.line = Line(
        waiting=draft.situation.routed, queue=queue, skills={s.name: s.to_plain() for s in route.skills},
        when_nobody=route.when_nobody, since=draft.now, affinity=_known_agents(draft),
    )  # fmt: skip
    told = tuple(dict.fromkeys(name for name in map(partial(_named, draft), route.inform) if name))
    assigned = draft.record("case.assigned", actor="desk", team=queue, cause="route", informed=told)
    for name in told:
        text = f"Case {draft.ref} is with {queue}; you are told because its route says so."
        draft.send(to=name, text=text, kind="inform", audience="internal", about=assigned.id)
    if route.follow_up is not None:
        due = draft.policy.follow_up_due(route.follow_up, now=draft.now)
        draft.record("case.next_action_set", actor="desk", what="follow up", due=due, owner=queue)
    if draft.situation.routed:
        _queue(draft, facts)


def _to_tell(draft: Draft) -> dict[str, Any] | None:
    """Return what is said of the wait, where the policy wants it said and anything is known."""
    terms, expected = draft.policy.routing.waits, draft.expected
    if terms is None or not terms.announce or expected is None or expected.p50 is None:
        return None
    return asdict(expected.announcement)


def _named(draft: Draft, name: str) -> str | None:
    """Return who is meant by a name; a customer may have no account owner."""
    if name != "account_owner":
        return name
    customer = draft.situation.customer
    return None if customer is None else customer.account_owner


def _known_agents(draft: Draft) -> tuple[tuple[str, ...], ...]:
    """The agent whom this customer's last case was with, if the situation knows one."""
    latest = next((row.owner for row in draft.situation.rows if row.owner), None)
    return ((latest,),) if latest else ()


def _queue(draft: Draft, facts: Mapping[str, Any], **said: Any) -> None:
    line = draft.line
    draft.look_for_somebody = True
    draft.record(
        "routing.queued", actor="desk", queue=line.queue, skills=dict(line.skills),
        sort_key=draft.case.sort_key, affinity=line.affinity, when_nobody=line.when_nobody,
        fast_lane=line.fast, expected=expect(draft),
        facts=recordable(draft.policy.reading.project(facts, "routing")), **said,
    )  # fmt: skip


def _continue(draft: Draft) -> None:
    """Give a contact on an open case the fast lane: its owner, else its team, ahead of equal new ones.

    A case that is opened again takes a place anew: it stands in line, for its owner first.
    """
    case = draft.case
    owner = next((agent for agent in draft.situation.agents if agent.id == case.owner), None)
    there = owner is not None and owner.presence not in {"offline", "unavailable"}
    again = any(event.kind == "case.reopened" for event in draft.events)
    if case.owner is not None and there and not (again and draft.situation.routed):
        draft.send(
            to=case.owner, audience="internal", kind="follow_up", about=draft.events[-1].id,
            text=f"Case {draft.ref}: the customer was in touch again.",
        )  # fmt: skip
        return
    if not draft.situation.routed or (draft.line.waiting and draft.line.fast):
        return
    team = tuple(a.id for a in draft.situation.agents if case.team in a.teams)
    groups = tuple(group for group in ((case.owner,) if case.owner else (), team) if group)
    draft.line = draft.line.begun(
        queue=draft.line.queue or case.team, fast=True, affinity=groups, since=draft.now
    )
    _queue(draft, draft.all_facts(), reason="open_case")


def _acknowledge(draft: Draft, contact: Contact, verdict: Acknowledgement) -> None:
    """Tell the customer that we have it and by when a person answers, and hold ourselves to it."""
    cause, said = draft.events[-1].id, _ref(draft, contact)
    if not verdict.send:
        draft.record(
            "ack.suppressed", contact=said, reason=verdict.reason, clause=verdict.clause, actor="desk"
        )
        return
    channel = draft.reply_channel()
    address = None if channel is None else reply_address(contact, channel.kind)
    if channel is None or address is None:
        draft.record("ack.suppressed", contact=said, reason="no_reply_channel", actor="desk")
        return
    owed = draft.owed()
    promise = _promise(draft, contact, "reply", owed) if owed is not None else None
    language, asked, wait = _language(draft, contact), to_ask(draft), _to_tell(draft)
    subject, text = ack_text(
        contact, promise=promise, zone=_zone(draft), language=language,
        templates=draft.policy.acknowledgement.texts, reference=draft.reference,
        questions=[question.words(language) for question in asked], wait=wait, name=_name(draft, contact),
    )  # fmt: skip
    outbound = draft.send(
        to=address, channel=channel.name, subject=subject, text=text, kind="acknowledgement", about=cause,
        visibility=contact.visibility, headers=verdict.headers, in_reply_to=contact.message_id,
    )  # fmt: skip
    draft.acknowledged += 1
    draft.counted += [(f"ack:{address.lower()}", draft.now), ("ack:", draft.now)]
    draft.record(
        "ack.sent", contact=said, promise=promise.id if promise else None, outbound=outbound.dedupe,
        actor="desk", automated=True, audience="customer", channel=channel.kind,
        asked=tuple(question.ask for question in asked), wait=wait,
    )  # fmt: skip


def reply_address(contact: Contact, kind: str) -> str | None:
    """Where an answer goes: as the mail asks (Reply-To), else to the first point the channel reaches."""
    if kind == "email" and contact.headers and (asked := mail_reply_address(contact)) is not None:
        return asked
    wanted = {"email": "email", "phone": "phone"}.get(kind)
    values = [p.value for p in contact.points if wanted is None or p.kind == wanted]
    return values[0] if values else (contact.sender if wanted is None else None)


def _name(draft: Draft, contact: Contact) -> str | None:
    """Return by which name to greet a customer: one who is recognised for certain, and never in public."""
    found, customer = draft.situation.identification, draft.situation.customer
    if customer is None or found is None or found.status != "identified" or contact.visibility == "public":
        return None
    return customer.name


def _zone(draft: Draft) -> str:
    customer = draft.situation.customer
    return (customer.zone if customer else None) or draft.policy.home_zone


def _language(draft: Draft, contact: Contact) -> str:
    customer = draft.situation.customer
    return contact.language or (customer.language if customer else None) or "en"


def _promise(draft: Draft, contact: Contact, what: str, owed: Deadline) -> Promise:
    """Promise that a person answers (or calls) by the time that the target owes anyway."""
    assert owed.due is not None
    zone = _zone(draft)
    shown = promised_time(
        owed.due, zone=zone, language=_language(draft, contact), templates=draft.policy.acknowledgement.texts
    )
    draft.record(
        "promise.made", what=what, due=owed.due, text=shown, calendar=owed.calendar, zone=zone, actor="desk",
        id=draft.promise_id(),
        audience="customer", channel=contact.channel, automated=True,
    )  # fmt: skip
    return draft.case.promises[-1]


def _promise_call(draft: Draft, contact: Contact) -> None:
    """Promise the call that a voicemail or a call-back request asks for; a later one is superseded by it."""
    if contact.form not in _CALLBACK_FORMS:
        return
    calls = [promise for promise in draft.case.promises if promise.what == "callback"]
    owed = draft.owed(call=True)
    if calls and (owed is None or any(call.due is None or call.due <= owed.due for call in calls)):  # type: ignore[operator]
        return
    if owed is not None:
        sooner = _promise(draft, contact, "callback", owed)
        for call in calls:
            draft.record(
                "promise.superseded", actor="desk", id=call.id, what=call.what, due=call.due, by=sooner.id
            )
    elif not draft.answers(call=True):
        draft.record(
            "case.fault",
            code="no_target_for_callback",
            detail="no target says by when to call back",
            actor="desk",
        )


def _committed(draft: Draft, contact: Contact, action: str) -> Commit:
    situation = draft.situation
    # Points that lead to several customers are not given to a new one: then nobody would be certain again.
    doubtful = situation.identification.status in {"ambiguous", "conflicting"}
    free = () if doubtful else situation.points.items()
    unclaimed = tuple(sorted(key for key, party in free if party is None))
    known = situation.parties.get(situation.party or "")
    into = None if known is None else known.merged_into
    party = (PartyChange(ref=situation.party, points=unclaimed, merged_into=into),) if situation.party else ()
    draft.counted.append((f"contact:{situation.party}", draft.now))
    return draft.commit(
        outcome={"action": action, "case": draft.ref},
        threads=[ThreadKey(key, draft.ref) for key in message_ids(contact.message_id)],
        parties=party,
    )
