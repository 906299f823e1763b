"""Locking and reading what merges of cases and of people, and forgetting somebody, are decided on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from supportkit.desk import commands
from supportkit.desk.receipt import Done
from supportkit.desk.worker import Worker
from supportkit.errors import CommandRefused
from supportkit.ports import PartyRow, Situation, Transaction

__all__ = ["change_people", "merge_case"]

_AboutPeople = commands.MergeCustomers | commands.UnmergeCustomers | commands.Forget


def merge_case(
    worker: Worker, case: str, command: commands.Merge, *, now: datetime | None, key: str | None
) -> Done:
    """Merge a case into another, in one transaction over both."""

    def read(tx: Transaction) -> Situation:
        # In the order of their ids, so that two merges never wait for each other.
        rows = {ref: worker.locked(tx, ref) for ref in sorted({case, command.into})}
        one, other = rows[case], rows[command.into]
        views = [worker.about(tx, row) for row in rows.values()]
        asked = {agent: presence for view in views for agent, presence in view.asked.items()}
        seqs = {stream: seq for view in views for stream, seq in view.seqs.items()}
        seats = tuple(seat for view in views for seat in view.seats)
        unmet = {ref: missed for view in views for ref, missed in view.unmet.items()}
        return evolve(
            worker.about(tx, one), rows=(other,), seats=seats, asked=asked, seqs=seqs, unmet=unmet,
            agents=worker.agents(tx, worker.instant(tx, now)),
            parties=_parties(tx, filter(None, (one.party, other.party))),
        )  # fmt: skip

    return worker.carry_out(command, case=case, now=now, key=key, read=read)


def change_people(worker: Worker, command: _AboutPeople, *, now: datetime | None, key: str | None) -> Done:
    """Merge two people, tell them apart again, or forget one."""
    named = [command.customer, *([command.into] if isinstance(command, commands.MergeCustomers) else ())]
    listed = {ref for ref in named if worker.customers is not None and worker.customers.customer(ref)}

    def read(tx: Transaction) -> Situation:
        for ref in sorted(named):
            if ref not in listed and tx.party(ref) is None:
                raise CommandRefused(
                    "unknown_customer", f"desk {worker.name!r} knows no customer {ref!r}; customers have the "
                    "ids of your directory, or those that cases name",
                )  # fmt: skip
        for ref in sorted(named):
            tx.lock_party(ref)
        parties = _parties(tx, named)
        # Whom they were merged into, and whoever is one person with them, are spoken of, too.
        others = [ref for row in parties.values() for ref in (row.merged_into, row.root) if ref is not None]
        parties |= _parties(tx, others)
        streams = sorted({f"customer:{ref}" for row in parties.values() for ref in row.family})
        return Situation(
            desk=worker.name,
            epoch=worker.epoch,
            parties=parties,
            seqs={stream: tx.last_seq(stream) for stream in streams},
            log=tuple(event for stream in streams for event in tx.events(stream)[-1:]),
        )

    return worker.carry_out(command, case=None, now=now, key=key, read=read)


def _parties(tx: Transaction, refs: Iterable[str]) -> dict[str, PartyRow]:
    rows = [tx.party(ref) for ref in dict.fromkeys(refs)]
    return {row.ref: row for row in rows if row is not None}
