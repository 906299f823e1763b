"""Erasure: what people wrote and where they can be reached goes, what was decided stays."""

# ruff: noqa: S608 - the parts of statements are constants of ours; values are always bound

from __future__ import annotations

from supportkit.storage.sql.reader import FAMILY
from supportkit.storage.sql.sqlite import Sql

__all__ = ["erase"]

_OF_FAMILY = "party_no IN (SELECT party_no FROM family)"


def erase(sql: Sql, desk: int, party: str, *, at: int) -> int:
    """Overwrite the texts of a party (and of those merged into it), and return how many there were."""
    sql.run(f"{FAMILY} DELETE FROM sk_point WHERE {_OF_FAMILY}", desk, party)
    sql.run(
        f"""{FAMILY} UPDATE sk_outbox SET dest = NULL
        WHERE body_no IN (SELECT body_no FROM sk_body WHERE {_OF_FAMILY})""",
        desk,
        party,
    )
    text = f"""{FAMILY} UPDATE sk_body SET text = NULL, sha = NULL, erased_at = ?3
        WHERE erased_at IS NULL AND {_OF_FAMILY}"""
    return sql.run(text, desk, party, at)
