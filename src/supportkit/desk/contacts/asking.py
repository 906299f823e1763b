"""What a desk still asks of a customer: what the case needs, without what anybody was told before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from supportkit.canonical import decode
from supportkit.cases import Case, Contact, Customer, case_facts
from supportkit.cases.questions import question_key
from supportkit.desk.case_file import CaseFile
from supportkit.desk.draft import Draft
from supportkit.intake import Question, missing_questions, needed_questions
from supportkit.policy import Policy
from supportkit.ports import CaseRow, Reader

__all__ = ["answered_before", "earlier_answers", "needed_names", "remember_answers", "to_ask"]


def remember_answers(draft: Draft, contact: Contact) -> None:
    """Keep the names of the questions that a contact answers; the answers stay in its stored text."""
    given = (name for name, answer in sorted(contact.given.items()) if answer not in (None, "", ()))
    draft.answered = tuple(dict.fromkeys((*draft.answered, *given)))


def to_ask(draft: Draft) -> tuple[Question, ...]:
    """Return what is still to be asked in the case of a draft."""
    policy, case = draft.policy, draft.case
    if not policy.questions:
        return ()
    return missing_questions(
        policy.questions, draft.all_facts(), known=draft.answered,
        earlier=answered_before(policy, draft.situation.rows, draft.situation.customer, case),
        product=case.product, now=draft.now, calendars=policy.calendars,
    )  # fmt: skip


def answered_before(
    policy: Policy, rows: Iterable[CaseRow], customer: Customer | None, case: Case
) -> tuple[str, ...]:
    """Return the names of kept questions that a customer answered in other cases of the product.

    Preferences of the same names are answers, too.
    """
    kept = _kept(policy)
    if not kept:
        return ()
    files = (CaseFile.from_bytes(row.snapshot) for row in rows if row.ref != case.id)
    names = [name for file in files if _same_product(file.case, case) for name in file.answered]
    names += customer.preferences if customer is not None else ()
    return tuple(dict.fromkeys(name for name in names if question_key(name) in kept))


def _kept(policy: Policy) -> frozenset[str]:
    return frozenset(question.key for question in policy.questions if question.keep == "customer")


def _same_product(one: Case, other: Case) -> bool:
    return one.product is None or other.product is None or one.product == other.product


def needed_names(policy: Policy, file: CaseFile, *, now: datetime) -> tuple[str, ...]:
    """Return the names of the questions that a case needs answered and its facts do not answer."""
    facts = {**policy.reading.recorded(file.facts), "case": case_facts(file.case)}
    found = needed_questions(
        policy.questions, facts, product=file.case.product, now=now, calendars=policy.calendars
    )
    return tuple(question.ask for question in found)


def earlier_answers(policy: Policy, reader: Reader, rows: Sequence[CaseRow], case: Case) -> Mapping[str, Any]:
    """Return what the customer answered in other cases to questions that are kept, the latest answer each.

    True stands for an answer whose text was erased.
    """
    kept = _kept(policy)
    # Newest cases come first; of two opened at one instant the newer one's answers are to win.
    others = [CaseFile.from_bytes(row.snapshot) for row in reversed(rows) if row.ref != case.id]
    files = [file for file in others if file.answered and _same_product(file.case, case)]
    found: dict[str, Any] = {}
    for file in sorted(files, key=lambda each: str(each.case.opened_at)):
        for event in reader.events(f"case:{file.case.id}"):
            said: Any = event.payload
            if event.kind == "contact.received" and said.given:
                body = None if said.body is None else reader.body(said.body)
                given = {**said.given, **({} if body is None else decode(body.data).get("given", {}))}
                found |= {name: value for name, value in given.items() if question_key(name) in kept}
    return found
