"""Sending from memory: leases on the heads of the outbox, and what became of the messages."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from attrs import evolve

from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.ports import Delivery, DeliveryChange, OutboxRow, outranks
from supportkit.storage._limits import OLDEST, check_delivery_state
from supportkit.storage._outbound import read_outbound
from supportkit.storage.memory.tables import Kept, Shelf

__all__ = ["claim", "complete", "find", "hear"]


def claim(shelf: Shelf, *, now: datetime, limit: int, lease: timedelta) -> tuple[Delivery, ...]:
    """Lease the heads of the streams that may be sent now; raises InvalidValue for a lease of nothing."""
    if lease <= timedelta(0):
        raise InvalidValue(f"lease={lease!r} must be longer than nothing; the time that one sending may take")
    at = utc(now)
    claimed: list[Delivery] = []
    while len(claimed) < limit and (heads := _heads(shelf, at)[: limit - len(claimed)]):
        claimed += [delivery for kept in heads if (delivery := _lease(shelf, kept, at=at, until=at + lease))]
    return tuple(claimed)


def _heads(shelf: Shelf, at: datetime) -> list[Kept]:
    heads: dict[str, Kept] = {}
    for number in sorted(shelf.tables.unfinished):
        kept = shelf.tables.outbox[number]
        heads.setdefault(kept.stream, kept)
    ready = [
        (kept.next_at, kept.row.number, kept)
        for kept in heads.values()
        if kept.next_at and kept.next_at <= at
    ]
    return [kept for _, _, kept in sorted(ready, key=lambda entry: entry[:2])]


def _lease(shelf: Shelf, kept: Kept, *, at: datetime, until: datetime) -> Delivery | None:
    if kept.text is None:
        _finish(shelf, kept, "skipped", reason="erased")
        return None
    if kept.valid_until is not None and kept.valid_until <= at:
        _finish(shelf, kept, "expired", reason="no longer valid")
        return None
    token = secrets.token_hex(8)
    row = evolve(kept.row, state="sending", tries=kept.row.tries + 1)
    shelf.put("outbox", row.number, evolve(kept, row=row, next_at=until, lease=token))
    return Delivery(row.number, read_outbound(kept.text), token, kept.row.tries)


def complete(
    shelf: Shelf,
    delivery: Delivery,
    *,
    state: str,
    provider_id: str | None,
    next_at: datetime | None,
    reason: str | None,
) -> bool:
    """Record what became of a claimed message; False when the lease has passed to somebody else."""
    again = None
    if check_delivery_state(state) == "pending":
        again = utc(next_at or OLDEST, name="next_at")
    kept = shelf.tables.outbox.get(delivery.number)
    if kept is None or kept.lease is None or kept.lease != delivery.lease:
        return False
    if kept.text is None:  # erased meanwhile: nothing that may name anybody is written down any more
        provider_id = reason = None
    known = evolve(kept, row=evolve(kept.row, provider_id=provider_id or kept.row.provider_id))
    if kept.next_at is None:  # a provider's word came first, and is of a higher rank
        if outranks(state, kept.row.state):
            known = evolve(known, row=evolve(known.row, state=state, reason=reason))
        shelf.put("outbox", known.row.number, evolve(known, lease=None))
    elif again is None:
        _finish(shelf, known, state, reason=reason)
    else:
        row = evolve(known.row, state=state, reason=reason)
        shelf.put("outbox", row.number, evolve(known, row=row, next_at=again, lease=None))
    return True


def find(shelf: Shelf, *, channel: str, dedupe: str | None, provider_id: str | None) -> OutboxRow | None:
    """Return the message that left through a channel under one of these names, or None."""
    rows = [kept.row for kept in shelf.tables.outbox.values() if kept.row.channel == channel]
    named = (row for row in rows if dedupe is not None and row.dedupe == dedupe)
    given = (row for row in rows if provider_id is not None and row.provider_id == provider_id)
    return next(named, None) or next(given, None)


def hear(shelf: Shelf, change: DeliveryChange) -> None:
    """Write what a provider said of a message, when it is of a higher rank than what is known."""
    kept = shelf.tables.outbox.get(change.number)
    if kept is not None and outranks(change.state, kept.row.state):
        row = evolve(kept.row, state=change.state, reason=None if kept.text is None else change.reason)
        shelf.put("outbox", row.number, evolve(kept, row=row, next_at=None))
        shelf.drop("unfinished", row.number)


def _finish(shelf: Shelf, kept: Kept, state: str, *, reason: str | None) -> None:
    row = evolve(kept.row, state=state, reason=reason)
    shelf.put("outbox", row.number, evolve(kept, row=row, next_at=None, lease=None))
    shelf.drop("unfinished", row.number)
