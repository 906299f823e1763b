"""One decision while it is being made: events are recorded one by one, and every engine sees each.

A draft is owned by one call of `decide`; nothing else ever sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from supportkit.canonical import derived_id, digest
from supportkit.cases import MICROSECOND, Case, Deadline, Event, Folding, case_facts
from supportkit.desk.case_file import CaseFile, Line
from supportkit.desk.escalation.raising import carry_out, tell
from supportkit.desk.escalation.recipients import Recipients
from supportkit.desk.policies.eras import counts_for_targets, meet
from supportkit.desk.routing.efforts import comings, given_to
from supportkit.desk.routing.offering import OFFER
from supportkit.desk.routing.turns import (
    assignments_of,
    filed_under,
    next_place_at,
    served_next,
    takes_turns,
    turns_in,
)
from supportkit.errors import CommandRefused
from supportkit.escalation import events_of
from supportkit.intake import message_ids
from supportkit.policy import Policy, recordable
from supportkit.ports import (
    AgentChange,
    Body,
    CaseChange,
    CaseRow,
    ChannelInfo,
    Commit,
    DeliveryChange,
    Outbound,
    Seat,
    Situation,
    ThreadKey,
)
from supportkit.routing import ExpectedWait
from supportkit.sla import SlaState

__all__ = ["FOLD_VERSION", "Draft"]

FOLD_VERSION = 1
_ANSWERS = frozenset({"first_response", "next_response", "customer_waiting"})


class Draft:
    """The case file being changed, the events so far, and everything else that will be committed."""

    def __init__(
        self, policy: Policy, situation: Situation, *, now: datetime, ref: str | None = None
    ) -> None:
        row = situation.row
        file = CaseFile.from_bytes(row.snapshot) if row is not None else None
        self.policy, self.situation, self.row = policy, situation, row
        self.ref = row.ref if row is not None else (ref or "")
        self.now = max(now, row.last_at) if row is not None and row.last_at is not None else now
        self.folding = Folding(file.case if file else None)
        self.sla = file.sla if file else None
        self.escalation = file.escalation if file else None
        self._settled: SlaState | None = None
        self._settled_until: datetime | None = None
        self.line = file.line if file else Line()
        self.facts: Mapping[str, Any] = policy.reading.recorded(file.facts) if file else {}
        self.contact = file.contact if file else None
        self.channel = file.channel if file else None
        self.acknowledged = file.acknowledged if file else 0
        self.answered = file.answered if file else ()
        self.signal = file.signal if file else None
        self.events: list[Event] = []
        self.elsewhere: list[Event] = []
        self.unheard: list[Event] = []
        self.outbox: list[Outbound] = []
        self.deliveries: list[DeliveryChange] = []
        self.bodies: list[Body] = []
        self.taken: list[Seat] = []
        self.freed: list[tuple[str, str]] = []
        self.agents: list[AgentChange] = []
        self.counted: list[tuple[str, datetime]] = []
        self.look_for_somebody = self.look_along = False
        self.expected: ExpectedWait | None = None
        self.recipients = Recipients(situation.rotations, situation.served)
        self.cause: str | None = None  # of whatever is recorded while an escalation is carried out
        # The SLA engine knows a case's status and kind from its events; counters it must be told.
        self.counts_for_targets = counts_for_targets(policy)
        self.next_change_at = self.next_escalation = file.next_change_at if file else None
        self.match_at = row.match_at if row is not None else None
        if self.ref in situation.unmet:
            meet(self, situation.unmet[self.ref])

    def decide_by(self, policy: Policy, facts: Mapping[str, Any]) -> None:
        """Decide by another policy from here on; `facts` are those that the case was recorded with."""
        self.policy, self.facts = policy, policy.reading.recorded(facts)
        self.counts_for_targets = counts_for_targets(policy)

    @property
    def case(self) -> Case:
        """The case as it is now."""
        return self.folding.case

    @property
    def exists(self) -> bool:
        """Whether there is a case at all."""
        return self.row is not None or bool(self.events)

    @property
    def stream(self) -> str:
        """The case's stream of events."""
        return f"case:{self.ref}"

    @property
    def next_id(self) -> str:
        """The id of the event that will be recorded next."""
        return f"{self.stream}#{self.folding.seq + 1}"

    def promise_id(self) -> str:
        """The id of the promise that will be made next, by its ordinal in the case."""
        return derived_id("promise", self.situation.desk, self.ref, self.case.promises_made + 1)

    def all_facts(self) -> dict[str, Any]:
        """The contact's, customer's and case's facts as they are now."""
        return {**self.facts, "case": case_facts(self.case)}

    def record(self, kind: str, /, *, at: datetime | None = None, **said: Any) -> Event:
        """Add an event to the case and let every engine see it; its time never falls."""
        moment, last = self.now if at is None else at, self.folding.last_at
        moment = moment if last is None else max(moment, last)
        said.setdefault("policy_version", self.policy.version)
        said.setdefault("caused_by", self.cause)
        event = Event.of(kind, at=moment, stream=self.stream, seq=self.folding.seq + 1, **said)
        self.events.append(event)
        self.unheard.append(event)
        self.folding.add(event)
        facts = self.all_facts() if self.counts_for_targets else self.facts
        state = self.sla if self.sla is not None else self.policy.sla.start(facts)
        self.sla = self.policy.sla.apply(state, event, facts=facts)
        return event

    def record_elsewhere(self, stream: str, kind: str, /, **said: Any) -> Event:
        """Add an event to another stream (a desk's, an agent's); no case changes by it."""
        before = sum(event.stream == stream for event in self.elsewhere)
        seq = self.situation.seqs.get(stream, 0) + before + 1
        event = Event.of(
            kind, at=self.now, stream=stream, seq=seq, policy_version=self.policy.version, **said
        )
        self.elsewhere.append(event)
        return event

    def settle(self) -> None:
        """Advance the case strictly up to now: whatever fell due before, happens before."""
        before = self.now - MICROSECOND
        if self.next_change_at is not None and self.next_change_at <= before:
            self.advance(before)

    def advance(self, until: datetime) -> None:
        """Let happen what is due until then: verdicts and promises at their instants, then escalations.

        An offer that nobody answered ends at its own instant. A line that may look different by then looks
        for somebody again.
        """
        ends = self.line.offering.until
        if ends is not None and ends <= until:
            self._advance(ends)
            self._expire(ends)
        self._advance(until)

    def _advance(self, until: datetime) -> None:
        self._settle_targets(until)
        self._hear(until)
        if self.exists:
            self._escalate(None, until)
        # What an escalation changed (a priority, a handler) may set or move targets at once.
        self._settle_targets(until)
        self._hear(until)
        if self.line.waiting and self.line.changes_at is not None and self.line.changes_at <= until:
            self.line = evolve(self.line, changes_at=None)
            self.look_for_somebody = True

    def _settle_targets(self, until: datetime) -> None:
        # What is true of one state at one instant needs to be asked once.
        while self.sla is not None and not (self._settled is self.sla and self._settled_until == until):
            self._settled, self._settled_until = self.sla, until
            for event in self.policy.sla.events(self.sla, now=until):
                said = {**event.payload.fields(), "reason": event.reason, "caused_by": event.caused_by}
                self.record(event.kind, at=event.at, actor="desk", **said)

    def _hear(self, until: datetime) -> None:
        while self.unheard:
            self._escalate(self.unheard.pop(0), until)

    def _escalate(self, event: Event | None, until: datetime) -> None:
        before, policy = self.escalation, self.policy.escalation
        heard = event is None or policy.hears(event.kind, before)
        step = policy.step(
            before, event, now=until, facts=self.all_facts() if heard else None, directory=self.recipients,
            deadlines=self.deadlines(until) if policy.reads_deadlines(before) else (),
        )  # fmt: skip
        self.escalation, self.next_escalation = step.state, step.next_change_at
        for said in events_of(before, step, now=until):
            fields = {**said.payload.fields(), "reason": said.reason}
            recorded = self.record(said.kind, at=said.at, actor="desk", caused_by=_cause(event), **fields)
            if recorded.kind == "escalation.fired":
                tell(self, recorded, cause=event)
        for fault in step.faults:
            self.record("case.fault", at=until, actor="desk", code=fault.code, detail=str(fault.subject))
        carry_out(self, step, at=until)

    @property
    def reference(self) -> str | None:
        """The mark that leads a reply back to this case, as it stands in subjects."""
        token = self.policy.threading.subject_token
        return None if token is None else token.replace("{case}", self.ref)

    def deadlines(self, now: datetime) -> tuple[Deadline, ...]:
        """What is owed by when, as the SLA engine tells it."""
        return () if self.sla is None else self.policy.sla.deadlines(self.sla, now=now)

    def owed(self, *, call: bool = False) -> Deadline | None:
        """The next answer owed to the customer, if any is; for a `call` the call-back's own target."""
        answers = [deadline for deadline in self.answers(call=call) if deadline.due > self.now]  # type: ignore[operator]
        return min(answers, key=lambda deadline: (deadline.due, deadline.metric), default=None)

    def answers(self, *, call: bool = False) -> list[Deadline]:
        """All answers that are owed, also those that are late already."""
        running = [deadline for deadline in self.deadlines(self.now) if deadline.due is not None]
        own = [deadline for deadline in running if call and deadline.metric == "callback"]
        return own or [deadline for deadline in running if deadline.metric in _ANSWERS]

    def send(self, *, to: str, about: str, party: str | None = None, **message: Any) -> Outbound:
        """Put a message into the outbox; the event it belongs to makes its dedupe key and its Message-ID."""
        dedupe = derived_id("out", self.situation.desk, about, to)
        message_id = f"<{dedupe}@{self.policy.mail_domain}>"
        outbound = Outbound(
            to=to, case=self.ref or None, party=party or self.party, dedupe=dedupe,
            message_id=message_id, **message,
        )  # fmt: skip
        self.outbox.append(outbound)
        return outbound

    @property
    def party(self) -> str | None:
        """The party of whoever is written about: of the sender of a contact, else of the case."""
        return self.situation.party or (None if self.row is None else self.row.party)

    def store_text(
        self, text: str | bytes, *, about: str, media_type: str = "text/plain", party: str | None = None
    ) -> str:
        """Store a text apart from the events and return its reference."""
        data = text.encode() if isinstance(text, str) else text
        ref = derived_id("body", self.situation.desk, about, digest(data.hex()), media_type)
        self.bodies.append(Body(ref, party or self.party, media_type, data))
        return ref

    def reply_channel(self) -> ChannelInfo | None:
        """The channel through which this customer can be answered: their own, else mail.

        What a device reported is told its owner by mail first: the device reads no answers.
        """
        came = self.facts.get("contact") or {}
        signal = came.get("form") == "signal"
        sending = [channel for channel in self.situation.channels if channel.sends]
        own = [channel for channel in sending if channel.name == self.channel]
        may_mail = signal or came.get("channel") in {"web", "email"}
        mail = [channel for channel in sending if channel.kind == "email" and may_mail]
        return next(iter([*mail, *own] if signal else [*own, *mail]), None)

    def offer(self, agent: str, *, decision: Mapping[str, Any], within: timedelta) -> None:
        """Ask an agent to take the case, and hold a place for it meanwhile."""
        made = self.line.offering.made + 1
        offer, until = derived_id("offer", self.situation.desk, self.ref, made), self.now + within
        self.taken.append(Seat(self.ref, agent, OFFER, self.place_channel, 1.0, until))
        self.line = evolve(
            self.line, changes_at=None, offering=self.line.offering.opened(offer, agent, until)
        )
        self.match_at = None
        self.record(
            "routing.offered", offer=offer, agent=agent, until=until, decision=decision, actor="desk",
            audience="internal",
        )  # fmt: skip

    def end_offer(
        self, kind: str, *, how: str | None, at: datetime | None = None, actor: str = "desk",
        reason: str | None = None,
    ) -> None:  # fmt: skip
        """End the open offer, if there is one: its place is free again, and the event says why."""
        offering = self.line.offering
        if offering.id is None:
            return
        self.line = evolve(self.line, offering=offering.closed(how))
        self.free(OFFER, idle=False)
        self.record(
            kind, at=at, offer=offering.id, agent=offering.agent, until=offering.until, actor=actor,
            reason=reason,
        )  # fmt: skip

    def _expire(self, at: datetime) -> None:
        agent, terms = self.line.offering.agent, self.policy.routing.offers
        self.end_offer("routing.expired", how="expired", at=at)
        self.look_for_somebody = True
        presence = None if terms is None else terms.on_timeout
        if agent is None or presence is None or agent not in self.situation.asked:
            return
        pools = self.policy.routing.pools
        previous = self.situation.asked[agent]
        if previous in {"offline", presence}:
            return
        self.record_elsewhere(
            f"agent:{agent}", "agent.presence_changed", presence=presence, previous=previous, actor="desk",
            reason="offer_expired",
        )  # fmt: skip
        self.agents.append(AgentChange(ref=agent, presence=presence, clear_match=presence not in pools))
        self.counted += comings(self.policy, agent, before=previous, after=presence, now=at)
        self.look_along = self.policy.routing.relaxation.skips

    def free_owner(self) -> None:
        """Give the owner's place back, and end an offer; whoever has a free place is looked for work."""
        self.end_offer("routing.rescinded", how="rescinded" if self.case.is_open else "canceled")
        self.free("handler")

    def free(self, role: str, *, idle: bool = True) -> None:
        """Give the place of a role back; whoever has a free place is looked for work."""
        for seat in self.situation.seats:
            if (seat.case, seat.role) == (self.ref, role) and (self.ref, role) not in self.freed:
                self.freed.append((self.ref, seat.role))
                since = self.now if idle and not self._left(seat.agent) else None
                self.agents.append(AgentChange(ref=seat.agent, match_at=self.now, idle_since=since))

    def _left(self, agent: str) -> bool:
        """Whether the agent is offline: then `idle_since` is when they left, from which the grace counts."""
        return any(one.id == agent and one.presence == "offline" for one in self.situation.agents)

    def seat_owner(self, agent: str) -> None:
        """Take a place at an agent's table."""
        if self.line.offering.agent == agent:
            self.end_offer("routing.accepted", how=None, actor=f"agent:{agent}")
        self.free_owner()
        self.taken.append(Seat(self.ref, agent, "handler", self.place_channel, 1.0))
        self.agents.append(AgentChange(ref=agent, last_assigned=self.now))
        self.counted.append((assignments_of(agent), self.now))
        if (terms := self.policy.routing.fairness) is not None:
            self.counted.append((given_to(terms, self.line.queue or self.case.team, agent), self.now))
        if takes_turns(self.policy):
            name = f"{turns_in(self.line.queue, self.place_channel)}{agent}"
            self.counted.append((name, served_next(self.situation.turns, now=self.now)))

    @property
    def place_channel(self) -> str:
        """The channel whose capacity the case takes."""
        return (self.facts.get("contact") or {}).get("channel") or self.case.channel or ""

    def refuse(self, code: str, message: str) -> CommandRefused:
        """Build the refusal of a command on this case."""
        return CommandRefused(code, f"case {self.ref}: {message}")

    def commit(self, *, outcome: Mapping[str, Any] | None = None, **more: Any) -> Commit:
        """Return everything that was decided, as one value.

        The outcome says what to look for once it is written: a person for the case, work for the agents.
        """
        cases = [CaseChange(self._row(), self.row.version if self.row else 0)] if self.exists else []
        agents = _merged(self.agents)
        # What we send is answered by its Message-ID.
        sent = [out.message_id for out in self.outbox if out.case is not None]
        threads = [ThreadKey(key, self.ref) for written in sent for key in message_ids(written)]
        threads += more.pop("threads", ())
        looking: dict[str, Any] = {
            "case": next((change.row.ref for change in cases if change.row.match_at == self.now), None),
            "agents": [change.ref for change in agents if change.match_at is not None],
        }
        if self.look_along:
            looking["along"] = True
        outcome = {**(outcome or {}), "at": self.now, "look": looking}
        return Commit(
            events=(*self.events, *self.elsewhere),
            cases=cases,
            bodies=self.bodies,
            taken=self.taken,
            freed=self.freed,
            agents=agents,
            outbox=self.outbox,
            deliveries=self.deliveries,
            threads=threads,
            counted=self.counted,
            outcome=outcome,
            **more,
        )

    def _row(self) -> CaseRow:
        file = self.file()
        case = file.case
        waiting = self.line.waiting and case.is_open and self.line.offering.id is None
        match_at = self.now if waiting and self.look_for_somebody else self.match_at if waiting else None
        return CaseRow(
            ref=self.ref,
            party=self.party if self.row is None else self.row.party,
            version=case.seq,
            fold_version=FOLD_VERSION,
            epoch=self.situation.epoch,
            open=case.is_open,
            status=case.status,
            owner=case.owner,
            last_at=case.last_at,
            due_at=file.next_change_at,
            match_at=match_at,
            signature=_signature(self.line, self.channel) if waiting else None,
            sort_key=filed_under(self.policy, case, now=self.now) if waiting else case.sort_key,
            merged_into=case.merged_into,
            snapshot=file.to_bytes(),
        )

    def file(self) -> CaseFile:
        """The case file as it is now, with the next instant at which anything can change."""
        assert self.sla is not None
        report = self.policy.sla.report(self.sla, now=self.now)
        waiting = self.line.waiting and self.case.is_open
        looking = self.line.changes_at if waiting else None
        moving = next_place_at(self.policy, self.case, now=self.now) if waiting else None
        asked = self.line.offering.until
        coming = (report.next_change_at, self.next_escalation, looking, moving, asked)
        instants = [at for at in coming if at is not None]
        return CaseFile(
            case=self.case, sla=self.sla, escalation=self.escalation, line=self.line,
            facts=recordable(self.facts),
            contact=self.contact, channel=self.channel, acknowledged=self.acknowledged,
            answered=self.answered, signal=self.signal,
            next_change_at=min(instants, default=None),
        )  # fmt: skip

    def leave_line(self) -> None:
        """The case waits for nobody any more, so nobody is asked to take it."""
        self.end_offer("routing.rescinded", how="rescinded" if self.case.is_open else "canceled")
        self.line = evolve(self.line, waiting=False, fast=False, changes_at=None)
        self.match_at = None


def _cause(event: Event | None) -> str | None:
    return None if event is None else event.id


def _signature(line: Line, channel: str | None) -> str:
    return digest([line.queue, dict(line.skills), channel, line.step, line.dropped], length=16)


def _merged(changes: list[AgentChange]) -> tuple[AgentChange, ...]:
    """Merge what was said about one agent; what was said last counts."""
    merged: dict[str, AgentChange] = {}
    for change in changes:
        earlier = merged.get(change.ref)
        if earlier is None:
            merged[change.ref] = change
            continue
        said = {
            name: value
            for name in ("presence", "idle_since", "last_assigned", "match_at")
            if (value := getattr(change, name)) is not None
        }
        merged[change.ref] = evolve(earlier, **said, clear_match=change.clear_match)
    return tuple(merged.values())
