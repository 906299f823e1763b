"""The outbox as one looks at it: every message a desk wrote, in its order, and what became of it."""

from __future__ import annotations

from supportkit.ports import OutboxRow

__all__ = ["Outbox"]


class Outbox(tuple[OutboxRow, ...]):
    """The messages of a desk, in their order; an empty one is false.

    >>> from supportkit.ports import OutboxRow
    >>> row = OutboxRow(number=1, dedupe="a", case="17", to="team_lead", state="pending", tries=0)
    >>> [message.number for message in Outbox([row]).to("team_lead")], bool(Outbox([row]).to("nobody"))
    ([1], False)
    """

    __slots__ = ()

    def to(self, recipient: str) -> Outbox:
        """Return the messages to an address, an agent or a team."""
        return Outbox(row for row in self if row.to == recipient)

    def of_case(self, case_id: str) -> Outbox:
        """Return the messages of one case."""
        return Outbox(row for row in self if row.case == case_id)

    def in_state(self, *states: str) -> Outbox:
        """Return the messages in one of these states: pending, sending, sent, delivered, read, failed, ..."""
        return Outbox(row for row in self if row.state in states)
