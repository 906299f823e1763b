"""Whom an escalation tells at a desk: who is on call, whose turn it is among several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from supportkit.calendars import Rotation
from supportkit.desk.routing.turns import last_served, served_next
from supportkit.escalation import Firing
from supportkit.policy import Policy
from supportkit.ports import Transaction

__all__ = ["Recipients", "read_served"]

_EVER = datetime.min.replace(tzinfo=UTC)


class Recipients:
    """The directory of one decision: the roster's rotations, and who was told last where they take turns."""

    def __init__(
        self, rotations: Mapping[str, Rotation], served: Mapping[str, Mapping[str, datetime]]
    ) -> None:
        self._rotations = rotations
        self._served = {key: dict(turns) for key, turns in served.items()}

    def on_call(self, schedule: str, t: datetime) -> tuple[str, ...]:
        """Return whose turn it is; nobody for a schedule that the roster does not know."""
        rotation = self._rotations.get(schedule)
        return () if rotation is None else (rotation.on_call(t),)

    def is_active(self, id: str) -> bool:  # noqa: ARG002 - the roster lists whom it has
        """Return True: the desk keeps no list of who left."""
        return True

    def last_served(self, key: str) -> str | None:
        """Return who was told last by that level; None when nobody was within 35 days."""
        return last_served(self._served.get(key, {}))

    def told(self, policy: Policy, firing: Firing) -> Iterator[tuple[str, datetime]]:
        """Remember whose turn it was, and yield the counter of it."""
        for key, whom in policy.escalation.served(firing).items():
            turns = self._served.setdefault(key, {})
            turns[whom] = served_next(turns, now=firing.fired_at)
            yield _counter(key, whom), turns[whom]


def read_served(policy: Policy, tx: Transaction) -> dict[str, dict[str, datetime]]:
    """Read when each of those who take turns was told last, by the level that tells them."""
    found = {
        key: {whom: tx.counted(_counter(key, whom), since=_EVER) for whom in ids}
        for key, ids in policy.escalation.turns.items()
    }
    return {key: {whom: told[-1] for whom, told in each.items() if told} for key, each in found.items()}


def _counter(key: str, whom: str) -> str:
    return f"told:{key}:{whom}"
