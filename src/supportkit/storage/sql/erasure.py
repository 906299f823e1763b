"""Erasure: what people wrote and where they can be reached goes, what was decided stays."""

from __future__ import annotations

from supportkit.storage.sql.reader import FAMILY
from supportkit.storage.sql.sqlite import Sql

__all__ = ["erase"]


def erase(sql: Sql, desk: int, party: str, *, at: int) -> int:
    """Take away the texts of a party (and of those merged into it), and return how many there were.

    Points have no index by party: each would cost every new customer a write, to save time here.
    """
    members = sql.all(FAMILY, desk, party, desk)
    return sum(_erase_one(sql, desk, number, at) for (number,) in members)


def _erase_one(sql: Sql, desk: int, party: int, at: int) -> int:
    sql.run("DELETE FROM sk_point WHERE desk = ? AND party_no = ?", desk, party)
    sql.run(
        """UPDATE sk_outbox SET dest = NULL, provider_id = NULL, reason = NULL WHERE body_no IN (
            SELECT body_no FROM sk_body WHERE party_no = ? AND erased_at IS NULL)""",
        party,
    )
    sql.run("UPDATE sk_party SET erased_at = ?, version = version + 1 WHERE party_no = ?", at, party)
    text = (
        "UPDATE sk_body SET text = NULL, sha = NULL, erased_at = ? WHERE party_no = ? AND erased_at IS NULL"
    )
    return sql.run(text, at, party)
