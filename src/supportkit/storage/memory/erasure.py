"""Erasure in memory: texts, points and addresses go, decisions stay."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from supportkit.storage.memory.reader import family
from supportkit.storage.memory.tables import Shelf

__all__ = ["erase"]


def erase(shelf: Shelf, party: str, *, at: datetime) -> int:
    """Take away the texts of a party (and of those merged into it), and return how many there were."""
    tables, members = shelf.tables, set(family(shelf.tables, party))
    bodies = [ref for ref, body in tables.bodies.items() if body is not None and body.party in members]
    messages = [kept for kept in tables.outbox.values() if kept.party in members and kept.text is not None]
    for point in [point for point, ref in tables.points.items() if ref in members]:
        shelf.drop("points", point)
    for ref in bodies:
        shelf.put("bodies", ref, None)
    for kept in messages:
        row = evolve(kept.row, to="", provider_id=None, reason=None)
        # The stream is named after the address, too.
        shelf.put("outbox", row.number, evolve(kept, row=row, text=None, stream=f"erased {row.number}"))
    for member in members & shelf.tables.parties.keys():
        shelf.put("forgotten", member, at)
    return len(bodies) + len(messages)
