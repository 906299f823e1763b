"""Which policy a desk decides by: a new one holds for every case from one instant on.

The instant belongs to the policy, not to whoever sweeps: a case that is met an hour later is settled by the
old policy up to that instant, and by the new one from there. So it does not matter which case is met first.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from supportkit import __version__
from supportkit.calendars import zone_data_version
from supportkit.canonical import encode
from supportkit.cases import Event
from supportkit.cases.instants import instant
from supportkit.desk.case_commands import actor_of
from supportkit.desk.worker import Worker
from supportkit.errors import CommandRefused, ConcurrentChange, InvalidValue
from supportkit.policy import Policy
from supportkit.ports import Commit, PolicyRow, Transaction

__all__ = ["Adopted", "AdoptionCommands", "adopt_in"]


@frozen(kw_only=True)
class Adopted:
    """The policy that holds from `at` on, as the `epoch`-th of the desk.

    `stale` counts the open cases that have not met it yet: `tick` takes them there, a share at a time.
    """

    epoch: int
    version: str
    at: datetime = instant(kw_only=True)
    stale: int = 0


def adopt_in(
    tx: Transaction, desk: str, policy: Policy, *, at: datetime, actor: str = "desk"
) -> tuple[PolicyRow, tuple[Event, ...]]:
    """Return the policy's row, beginning a new epoch (with its event) after another policy."""
    row = tx.policy()
    if row is not None and row.hash == policy.version:
        return row, ()
    moment = at if row is None else max(at, row.activated_at)
    epoch, stream = 1 if row is None else row.epoch + 1, f"desk:{desk}"
    event = Event.of(
        "desk.policy_adopted", at=moment, stream=stream, seq=tx.last_seq(stream) + 1, actor=actor,
        version=policy.version, epoch=epoch, policy_version=policy.version,
    )  # fmt: skip
    adopted = PolicyRow(
        epoch=epoch, hash=policy.version, document=encode(policy.to_dict()), engine=__version__,
        zone_data=zone_data_version(), activated_at=moment,
    )  # fmt: skip
    if not tx.commit(Commit(events=(event,), policy=adopted)):
        raise ConcurrentChange(f"desk {desk!r} adopted another policy at the same time; try it again")
    return adopted, (event,)


class AdoptionCommands:
    """Changing the policy of a desk that is running."""

    _worker: Worker

    def adopt(self, policy: Policy, *, by: str = "desk", now: datetime | None = None) -> Adopted:
        """Decide by another policy from now on, for every case at this one instant.

        Open cases are taken to it by `tick`, a share of each at a time, and by whatever else happens to them;
        each is settled by the old policy up to the instant of the change, whenever it is met, so the order
        does not matter. What is owed is dated anew by the carry rules of each metric; priorities and queues
        stay until the next contact. `health().stale` counts the open cases that are still to be met. Other
        workers with an older policy are refused from now on (ConcurrentChange): build their Desk again. To
        adopt the policy that is in force changes nothing. Raises InvalidValue for what is no Policy.
        """
        if not isinstance(policy, Policy):
            raise InvalidValue(f"policy={policy!r} is no Policy; read it with Policy.load() first")
        worker: Any = self._worker
        if worker.connection is not None:
            raise CommandRefused(
                "in_transaction", "adopt has a transaction of its own; call it on the desk itself"
            )
        with worker.transaction() as tx:
            at = worker.instant(tx, now)
            row, events = adopt_in(tx, worker.name, policy, at=at, actor=actor_of(by))
            stale = len(tx.stale_cases(epoch=row.epoch, limit=sys.maxsize))
        self._worker = evolve(worker, policy=policy, epoch=row.epoch)
        self._worker.announce(events)
        return Adopted(epoch=row.epoch, version=row.hash, at=row.activated_at, stale=stale)
