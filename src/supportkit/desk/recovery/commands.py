"""The commands that make things good: complaints, apologies, remedies, incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from supportkit.cases import money
from supportkit.desk.case_commands import actor_of
from supportkit.desk.case_file import CaseFile
from supportkit.desk.receipt import Done
from supportkit.desk.recovery import requests
from supportkit.desk.recovery.amends import read_amends
from supportkit.desk.recovery.reading import reading_of
from supportkit.desk.worker import Worker
from supportkit.recovery import Complaint, Incident, Proposal, complaint_of, declared_incidents

__all__ = ["RecoveryCommands"]


class RecoveryCommands:
    """Making good: what the customer wants, what it deserves, who may give it."""

    _worker: Worker

    def raise_complaint(
        self,
        case_id: str,
        wanted: str,
        *,
        by: str,
        severity: str | None = None,
        incident: str | None = None,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """The customer complains; `wanted` is what they want, in their own words.

        The case becomes a complaint. A second complaint in a case whose first was settled goes to a manager
        at once. Goodwill that the policy has for complaints is proposed, and the first letter that the law
        wants becomes the next action where there is none. Raises CommandRefused: no_wish,
        already_raised, unknown_incident, not_open, merged.
        """
        command = requests.RaiseComplaint(
            actor=actor_of(by), wanted=wanted, severity=severity, incident=incident, reason=reason
        )
        return self._make_good(case_id, command, now, key)

    def assess(
        self,
        case_id: str,
        *,
        by: str,
        genuine: bool,
        evidence: str | Iterable[str],
        reason: str | None = None,
        fixable: bool | None = None,
        compensable: bool | None = None,
        at_fault: bool = False,
        keeps_product: bool = False,
        incident: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say what was found out about a complaint, with the evidence: words, or ids of events of the case.

        Rejecting one (`genuine` False) needs a reason, and a second look by somebody else before the case is
        settled. Raises CommandRefused: no_complaint, no_evidence, no_reason, unknown_incident.
        """
        command = requests.Assess(
            actor=actor_of(by), genuine=genuine, reason=reason, fixable=fixable, compensable=compensable,
            evidence=(evidence,) if isinstance(evidence, str) else evidence, at_fault=at_fault,
            keeps_product=keeps_product, incident=incident,
        )  # fmt: skip
        return self._make_good(case_id, command, now, key)

    def apologise(
        self,
        case_id: str,
        text: str | None = None,
        *,
        by: str,
        empathy: bool | None = None,
        ownership: bool | None = None,
        next_step: str | None = None,
        visibility: str = "private",
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say sorry: with `text` as a reply that leaves, without it as something said aloud.

        Whether it shows `empathy` and takes `ownership` is read from the text where it is not said. Raises
        CommandRefused as `reply` does.
        """
        command = requests.Apologise(
            actor=actor_of(by), text=text, empathy=empathy, ownership=ownership, next_step=next_step,
            visibility=visibility,
        )  # fmt: skip
        return self._make_good(case_id, command, now, key)

    def propose_remedy(
        self,
        case_id: str,
        remedy: str,
        *,
        by: str,
        amount: Decimal | int | str | None = None,
        reason: str | None = None,
        role: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Propose a remedy of the catalogue; above what `by` may give, the event says whom it `needs`.

        `role` is your word on who `by` is, where there is no roster or it knows none. Raises CommandRefused:
        not_assessed, off_the_ladder (another kind than the assessment asks for needs a reason),
        goodwill_spent, above_all_limits, invalid_amount, role_differs; InvalidValue for an unknown remedy and
        an amount that it cannot have.
        """
        command = requests.ProposeRemedy(
            actor=actor_of(by), remedy=remedy, role=role, reason=reason,
            amount=None if amount is None else money(amount),
        )  # fmt: skip
        return self._make_good(case_id, command, now, key)

    def approve_remedy(
        self,
        case_id: str,
        remedy: str,
        *,
        by: str,
        role: str | None = None,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Agree to a remedy that was proposed (its id, or its name where one of that name waits).

        Raises CommandRefused: unknown_remedy, needs_role, above_all_limits, already_approved, already_given.
        """
        command = requests.ApproveRemedy(actor=actor_of(by), remedy=remedy, role=role, reason=reason)
        return self._make_good(case_id, command, now, key)

    def give_remedy(
        self,
        case_id: str,
        remedy: str | None = None,
        *,
        by: str,
        role: str | None = None,
        scheme: str | None = None,
        on: date | None = None,
        facts: Mapping[str, Any] | None = None,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Give a remedy that was proposed; or what a `scheme` of the law owes by its `facts`.

        Limits are held against everything that was given by then, in one transaction: no sequence of commands
        exceeds them, and what was approved is held to them anew. What the law owes (see
        `recovery.entitlement`) needs no authority and counts against nothing. Money back closes the complaint
        when it was not genuine or the product stays. Raises CommandRefused: nothing_to_give, unknown_remedy,
        already_given, needs_role, above_all_limits, goodwill_spent, nothing_owed.
        """
        command = requests.GiveRemedy(
            actor=actor_of(by), remedy=remedy, role=role, scheme=scheme, on=on, facts=dict(facts or {}),
            reason=reason,
        )  # fmt: skip
        return self._make_good(case_id, command, now, key)

    def declare_incident(
        self,
        incident: str,
        *,
        by: str,
        at_fault: bool = False,
        affects: Mapping[str, Any] | None = None,
        limit: Decimal | int | str | None = None,
        budget: Decimal | int | str | None = None,
        since: datetime | None = None,
        over: bool = False,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say that something is wrong for many; saying it again with other words replaces them.

        `affects` names attributes of customers and their purchases: whoever has them all and wrote since it
        began (`since`, else now) has a case of it, beside the cases that are linked. `limit` raises what
        everybody with a limit may give for it, `budget` bounds all of it; both in the currency of the
        policy's remedies. Raises CommandRefused (no_name), InvalidValue for an unknown attribute.
        """
        command = requests.DeclareIncident(
            actor=actor_of(by), incident=incident, at_fault=at_fault, since=since,
            affects=dict(affects or {}),
            limit=None if limit is None else money(limit), budget=None if budget is None else money(budget),
            over=over, reason=reason,
        )  # fmt: skip
        return self._worker.carry_out(command, case=None, now=now, key=key)

    def complaint(self, case_id: str) -> Complaint:
        """Return how far the making good of a case is."""
        with self._worker.reading() as reader:
            return complaint_of(reader.events(f"case:{case_id}"))

    def proposal(self, case_id: str) -> Proposal | None:
        """Return what the complaint deserves by the latest look, and why; None before the first one."""
        complaint = self.complaint(case_id)
        found = complaint.assessment
        remedies = self._worker.policy.remedies
        if found is None:
            return None
        return remedies.propose(found, replies=complaint.replies, **complaint.how_it_went())

    def incidents(self) -> dict[str, Incident]:
        """Return the incidents that were declared, by name."""
        with self._worker.reading() as reader:
            return declared_incidents(reader.events(f"desk:{self._worker.name}"))

    def incident_of(self, case_id: str) -> Incident | None:
        """Return the incident that a case belongs to, by its links or by whom it affects."""
        customer = self._worker.customer_of(case_id)
        with self._worker.transaction() as tx:
            row = self._worker.locked(tx, case_id)
            case = CaseFile.from_bytes(row.snapshot).case
            return read_amends(tx, self._worker.name, row, case, customer=customer).incident

    def _make_good(self, case: str, command: Any, now: datetime | None, key: str | None) -> Done:
        read = reading_of(self._worker, command, case, now)
        return self._worker.carry_out(command, case=case, now=now, key=key, read=read)
