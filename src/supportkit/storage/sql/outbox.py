"""Sending: leases on the heads of the outbox, and what became of the messages."""

# ruff: noqa: S608 - the parts of statements are constants of ours; values are always bound

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from supportkit.cases import MICROSECOND, utc
from supportkit.errors import InvalidValue
from supportkit.ports import Delivery, DeliveryChange, OutboxRow, outranks
from supportkit.storage._limits import OLDEST, check_delivery_state
from supportkit.storage._outbound import read_outbound
from supportkit.storage.sql.instants import maybe_micros, micros
from supportkit.storage.sql.rows import OUTBOX_COLUMNS, outbox_of
from supportkit.storage.sql.sqlite import Sql

__all__ = ["claim", "complete", "find", "hear"]

# `next_at` is set as long as a message is not finished: when it may be tried, or when its lease runs out.
# With MIN, SQLite takes the other columns from the row that has the minimum.
_HEADS = """SELECT o.out_no, o.tries, o.valid_until, b.text
    FROM (SELECT MIN(out_no) AS head, next_at FROM sk_outbox INDEXED BY sk_outbox_head
        WHERE desk = ? AND next_at IS NOT NULL GROUP BY stream) h
    JOIN sk_outbox o ON o.out_no = h.head JOIN sk_body b ON b.body_no = o.body_no
    WHERE h.next_at <= ? ORDER BY h.next_at, h.head LIMIT ?"""
_LEASE = """UPDATE sk_outbox SET state = 'sending', tries = tries + 1, lease = ?, lease_until = ?, next_at = ?
    WHERE out_no = ?"""
_FINISH = """UPDATE sk_outbox SET state = ?, reason = ?, lease = NULL, lease_until = NULL, next_at = NULL
    WHERE out_no = ?"""


def claim(sql: Sql, desk: int, *, now: datetime, limit: int, lease: timedelta) -> tuple[Delivery, ...]:
    """Lease the heads of the streams that may be sent now.

    What is past its `valid_until` becomes expired, what was erased skipped, and the next one is the head.
    Raises InvalidValue for a lease that is not positive.
    """
    if lease <= timedelta(0):
        raise InvalidValue(f"lease={lease!r} must be longer than nothing; the time that one sending may take")
    at = micros(utc(now))
    until = at + lease // MICROSECOND
    claimed: list[Delivery] = []
    while len(claimed) < limit and (heads := sql.all(_HEADS, desk, at, limit - len(claimed))):
        claimed += [delivery for head in heads if (delivery := _lease(sql, head, at=at, until=until))]
    return tuple(claimed)


def _lease(sql: Sql, head: Any, *, at: int, until: int) -> Delivery | None:
    number, tries, valid_until, text = head
    if text is None:
        sql.run(_FINISH, "skipped", "erased", number)
        return None
    if valid_until is not None and valid_until <= at:
        sql.run(_FINISH, "expired", "no longer valid", number)
        return None
    token = secrets.token_hex(8)
    sql.run(_LEASE, token, until, until, number)
    return Delivery(number, read_outbound(text), token, tries)


def complete(
    sql: Sql,
    desk: int,
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
        again = maybe_micros(utc(next_at or OLDEST, name="next_at"))
    text = "SELECT state, reason, next_at FROM sk_outbox WHERE desk = ? AND out_no = ? AND lease = ?"
    row = sql.one(text, desk, delivery.number, delivery.lease)
    if row is None:
        return False
    if row[2] is None and not outranks(state, row[0]):
        state, reason, again = row[0], row[1], None  # a provider's word came first, and is of a higher rank
    # Of one that was erased meanwhile nothing that may name anybody is written down any more.
    text = """UPDATE sk_outbox SET state = ?, provider_id = IIF(dest IS NULL, NULL, COALESCE(?, provider_id)),
        reason = IIF(dest IS NULL, NULL, ?), next_at = ?, lease = NULL, lease_until = NULL WHERE out_no = ?"""
    return bool(sql.run(text, state, provider_id, reason, again, delivery.number))


def find(
    sql: Sql, desk: int, *, channel: str, dedupe: str | None, provider_id: str | None
) -> OutboxRow | None:
    """Return the message that left through a channel under one of these names, or None."""
    for name, value in (("dedupe", dedupe), ("provider_id", provider_id)):
        text = f"""SELECT {OUTBOX_COLUMNS} FROM sk_outbox o LEFT JOIN sk_case c ON c.case_no = o.case_no
            WHERE o.desk = ? AND o.channel = ? AND o.{name} = ?"""
        row = None if value is None else sql.one(text, desk, channel, value)
        if row is not None:
            return outbox_of(row)
    return None


def hear(sql: Sql, desk: int, change: DeliveryChange) -> None:
    """Write what a provider said of a message, when it is of a higher rank than what is known."""
    row = sql.one("SELECT state FROM sk_outbox WHERE desk = ? AND out_no = ?", desk, change.number)
    if row is not None and outranks(change.state, row[0]):
        text = """UPDATE sk_outbox SET state = ?, reason = IIF(dest IS NULL, NULL, ?), next_at = NULL
            WHERE desk = ? AND out_no = ?"""
        sql.run(text, change.state, change.reason, desk, change.number)
