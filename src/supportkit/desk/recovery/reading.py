"""Reading what making good needs, beside what every command reads, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import evolve

from supportkit.cases import Customer
from supportkit.desk import commands
from supportkit.desk.case_file import CaseFile
from supportkit.desk.recovery import requests
from supportkit.desk.recovery.amends import read_amends
from supportkit.desk.recovery.replies import texts_needed
from supportkit.desk.texts import read_texts
from supportkit.desk.worker import Worker
from supportkit.policy import Policy
from supportkit.ports import Situation, Transaction

__all__ = ["reading_of"]

_SETTLING = (commands.Resolve, commands.Close)
_AMENDING = (
    requests.Apologise, requests.ApproveRemedy, requests.Assess, requests.GiveRemedy, requests.ProposeRemedy,
    requests.RaiseComplaint,
)  # fmt: skip


def reading_of(
    worker: Worker, command: commands.Command, case: str | None, now: datetime | None
) -> Callable[[Transaction], Situation] | None:
    """Return what reads the situation of a command that makes something good; None for all others.

    The directory is asked now, before any lock, where it matters who the customer is.
    """
    if case is None or not _concerned(worker.policy, command):
        return None
    customer = None if isinstance(command, _SETTLING) else worker.customer_of(case)

    def read(tx: Transaction) -> Situation:
        moment = worker.instant(tx, now)
        situation = evolve(worker.situation(tx, case, command, moment), customer=customer)
        return _with_amends(worker, tx, situation, command, customer)

    return read


def _concerned(policy: Policy, command: commands.Command) -> bool:
    reads_replies = policy.remedies.replies is not None and isinstance(command, commands.Reply)
    return reads_replies or isinstance(command, (*_AMENDING, *_SETTLING))


def _with_amends(
    worker: Worker,
    tx: Transaction,
    situation: Situation,
    command: commands.Command,
    customer: Customer | None,
) -> Situation:
    row = situation.row
    assert row is not None
    file = CaseFile.from_bytes(row.snapshot)
    case = file.case
    checks = worker.policy.remedies.replies is not None
    if isinstance(command, _SETTLING) and case.kind != "complaint" and not (checks and case.public):
        return situation
    named = getattr(command, "incident", None)
    amends = read_amends(tx, worker.name, row, case, named=named, customer=customer)
    refs: list[str | None] = []
    if isinstance(command, commands.Reply | requests.Apologise):
        refs += [file.contact, *(texts_needed(amends.log) if checks else ())]
    unread = (ref for ref in refs if ref not in situation.bodies)
    bodies = {**situation.bodies, **read_texts(tx, unread)}
    return evolve(situation, amends=amends, bodies=bodies, seqs={**situation.seqs, **amends.seqs})
