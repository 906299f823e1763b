"""Locking and reading what merges of cases and of people are decided on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from supportkit.desk import commands
from supportkit.desk.receipt import Done
from supportkit.desk.worker import Worker
from supportkit.ports import Situation, Transaction

__all__ = ["merge_case", "roots_of"]


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
        return evolve(
            worker.about(tx, one), rows=(other,), seats=seats, asked=asked, seqs=seqs,
            agents=worker.agents(tx, worker.instant(tx, now)), roots=roots_of(tx, (one.party, other.party)),
        )  # fmt: skip

    return worker.carry_out(command, case=case, now=now, key=key, read=read)


def roots_of(tx: Transaction, parties: Iterable[str | None]) -> dict[str, str]:
    """Return whom each of these parties was merged into in the end."""
    rows = [tx.party(ref) for ref in dict.fromkeys(parties) if ref is not None]
    return {row.ref: row.root for row in rows if row is not None}
