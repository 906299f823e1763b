"""What one may ask a desk, without changing anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.canonical import decode
from supportkit.cases import Case, Contact, Event, Log, Promise, case_facts
from supportkit.desk.case_file import CaseFile, told_by_plugins
from supportkit.desk.contacts.asking import earlier_answers, needed_names
from supportkit.desk.explanation import Explanation, explain_case
from supportkit.desk.health import Health, health_of, unplanned_of
from supportkit.desk.outbox import Outbox
from supportkit.desk.policies.audit import Audit, audit_case
from supportkit.desk.policies.eras import Policies
from supportkit.desk.reach import Reach, reach_faults, reach_of
from supportkit.desk.routing.queries import WaitQueries
from supportkit.desk.texts import read_texts
from supportkit.desk.worker import Worker
from supportkit.errors import CommandRefused
from supportkit.escalation import Firing
from supportkit.intake import promise_text
from supportkit.ports import AgentRow, Body, CaseRow, Reader
from supportkit.recovery import Packet, hand_off

__all__ = ["Queries"]


def _words(body: Body) -> str:
    """Return the words of a stored text, or of a stored contact."""
    if body.media_type.endswith("+json"):
        return str(decode(body.data).get("text") or "")
    return body.data.decode(errors="replace")


def _contact(event: Event, bodies: Mapping[str, Body]) -> tuple[str, Contact] | None:
    """Return a received contact with the answers it gave, as far as its body is still stored."""
    said: Any = event.payload
    body = bodies.get(getattr(said, "body", None) or "")
    if event.kind != "contact.received" or said.contact is None or body is None:
        return None
    given = decode(body.data).get("given", {})
    return said.contact, Contact(id=said.contact, channel=event.channel or "", at=event.at, given=given)


def _opened_at(case: Case) -> datetime:
    assert case.opened_at is not None
    return case.opened_at


class Queries(WaitQueries):
    """The reading half of a desk; every call sees one consistent state."""

    _worker: Worker

    def case(self, case_id: str) -> Case:
        """Return a case as it is now; raises CommandRefused (unknown_case) when there is none."""
        with self._reader() as reader:
            return self._file(reader, case_id).case

    def cases(self, *, open_only: bool = False, customer: str | None = None) -> Iterator[Case]:
        """Yield the desk's cases in the order in which they were opened.

        Those of one `customer` come with the cases of all who were merged into them.
        """
        with self._reader() as reader:
            if customer is None:
                rows = tuple(reader.cases(open_only=open_only))
            else:  # newest first
                rows = tuple(reversed(reader.cases_of(customer, limit=sys.maxsize)))
        cases = (CaseFile.from_bytes(row.snapshot).case for row in rows if row.open or not open_only)
        yield from cases if customer is None else sorted(cases, key=_opened_at)

    def history(self, case_id: str) -> Log:
        """Return the log of a case: everything that happened, oldest first."""
        with self._reader() as reader:
            self._row(reader, case_id)
            return Log(case_id, reader.events(f"case:{case_id}"))

    def explain(self, case_id: str, *, now: datetime | None = None) -> Explanation:
        """Say why this priority, why this person, why due then; computed anew from the recorded facts.

        Of a case in line, where the policy says a handling time, also how long the wait may be.
        """
        worker, log = self._worker, self.history(case_id)
        estimates = worker.policy.routing.waits is not None and worker.roster is not None
        expected = self.waits(now=now).get(case_id) if estimates else None
        return explain_case(self._policies(), log, now=worker.present(now), expected=expected)

    def audit(self, case_id: str) -> Audit:
        """Decide a case again from its log, each decision by the policy that held then.

        Anything that comes out otherwise is a disagreement; there is none unless a log was changed by hand.
        """
        return audit_case(self._policies(), self.history(case_id))

    def packet(self, case_id: str) -> Packet:
        """Return what the next person must know of a case: who, the wish, what was tried, what promised."""
        worker = self._worker
        with self._reader() as reader:
            row = self._row(reader, case_id)
            events = reader.events(f"case:{case_id}")
            party = None if row.party is None else reader.party(row.party)
            others = reader.cases_of(party.root) if party is not None else ()
            names = ("body", "wanted")
            refs = {ref for event in events for name in names if (ref := getattr(event.payload, name, None))}
            bodies = read_texts(reader, sorted(refs))
            file = CaseFile.from_bytes(row.snapshot)
            told = earlier_answers(worker.policy, reader, others, file.case)
        known = None if party is None else worker.customers
        customer = known.customer(party.root) if known is not None and party is not None else None
        preferences = {} if customer is None else customer.preferences
        return hand_off(
            events,
            case=file.case,
            customer=customer,
            known={**told, **preferences, **told_by_plugins(file.facts)},
            needed=needed_names(worker.policy, file, now=worker.present(None)),
            earlier=[CaseFile.from_bytes(other.snapshot).case for other in others if other.ref != case_id],
            contacts=dict(filter(None, (_contact(event, bodies) for event in events))),
            texts={ref: _words(body) for ref, body in bodies.items()},
        )

    def plan(self, case_id: str, *, now: datetime | None = None) -> tuple[Firing, ...]:
        """List which escalation levels will fire when, if nothing else happens."""
        now = self._worker.present(now)
        with self._reader() as reader:
            file = self._file(reader, case_id)
        policy = self._worker.policy
        return policy.escalation.plan(
            file.escalation, now=now, deadlines=policy.sla.deadlines(file.sla, now=now),
            facts={**policy.reading.recorded(file.facts), "case": case_facts(file.case)},
        )  # fmt: skip

    def promises(self, *, customer: str | None = None) -> tuple[tuple[str, Promise], ...]:
        """Return the open promises (of one customer or all) with their cases, the next due first."""
        cases = self.cases(open_only=True, customer=customer)
        found = [(case.id, promise) for case in cases for promise in case.promises]
        return tuple(sorted(found, key=lambda pair: (pair[1].due, pair[0])))

    def promise_texts(self, customer: str, *, language: str | None = None) -> tuple[tuple[str, str], ...]:
        """Return what a customer was promised and still waits for, as they are told it, the next due first.

        Each is a case id and a sentence in the customer's zone and `language` (else the customer's own, else
        English), in the words of the policy's acknowledgements.
        """
        worker = self._worker
        known = None if worker.customers is None else worker.customers.customer(customer)
        zone = (known.zone if known else None) or worker.policy.home_zone
        tongue = language or (known.language if known else None) or "en"
        texts = worker.policy.acknowledgement.texts
        return tuple(
            (case, promise_text(promise, zone=zone, language=tongue, templates=texts))
            for case, promise in self.promises(customer=customer)
        )

    def queue(self) -> tuple[Case, ...]:
        """Return the cases that wait for a person, the next one first."""
        with self._reader() as reader:
            rows = reader.waiting()
        return tuple(CaseFile.from_bytes(row.snapshot).case for row in rows)

    def agents(self) -> tuple[AgentRow, ...]:
        """Return the agents with presence and load."""
        with self._reader() as reader:
            return tuple(reader.agents())

    @property
    def outbox(self) -> Outbox:
        """The messages on their way out, and what became of them; ``outbox.to("team_lead")`` selects."""
        with self._reader() as reader:
            return Outbox(reader.outbox())

    def differences(self, case_id: str) -> tuple[Event, ...]:
        """Return what a shadow policy would have decided otherwise in a case, oldest first."""
        with self._reader() as reader:
            self._row(reader, case_id)
            return tuple(reader.events(f"desk:{self._worker.name}/shadow/{case_id}"))

    def message_id(self, number: int) -> str | None:
        """Return the Message-ID of an outbox row's message; None when it was erased."""
        with self._reader() as reader:
            found = reader.message(number)
        return None if found is None else found.outbound.message_id

    def text(self, body: str) -> Any:
        """Return a stored text (or a contact's stored parts); None when it was erased or never was."""
        with self._reader() as reader:
            found = reader.body(body)
        if found is None:
            return None
        if found.media_type.endswith("+json"):
            return decode(found.data)
        return found.data.decode() if found.media_type.startswith("text/") else found.data

    def health(self, *, now: datetime | None = None) -> Health:
        """Return how the desk is doing, in counts."""
        worker = self._worker
        with self._reader() as reader:
            rows, messages = tuple(reader.cases()), reader.outbox()
        moment = worker.present(now)
        counts = health_of(rows, messages, epoch=worker.epoch, now=moment)
        return evolve(counts, faults=reach_faults(worker, now=moment))

    def reach(self) -> Reach:
        """Return which addresses of customers with open cases fail, and who cannot be reached at all."""
        return reach_of(self._worker)

    def unplanned(self, *, now: datetime | None = None) -> tuple[Case, ...]:
        """Return the open cases without a next action that has an owner and a date ahead.

        Complaints come first, then whatever has been open longest.
        """
        return unplanned_of(self.cases(open_only=True), now=self._worker.present(now))

    def _policies(self) -> Policies:
        worker = self._worker
        with self._reader() as reader:
            return Policies(worker.policy, tuple(reader.policies()), worker.earlier)

    def _reader(self) -> Any:
        return self._worker.reading()

    def _row(self, reader: Reader, case_id: str) -> CaseRow:
        row = reader.case(case_id)
        if row is None:
            name = self._worker.name
            raise CommandRefused(
                "unknown_case", f"desk {name!r} has no case {case_id!r}; desk.cases() lists them"
            )
        return row

    def _file(self, reader: Reader, case_id: str) -> CaseFile:
        return CaseFile.from_bytes(self._row(reader, case_id).snapshot)
