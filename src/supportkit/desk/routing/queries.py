"""What one may ask a desk about waiting, and about how work is shared."""

from __future__ import annotations

from datetime import datetime

from supportkit.desk.routing.awaiting import calibrated, waits_in_line
from supportkit.desk.routing.efforts import measured
from supportkit.desk.worker import Worker
from supportkit.errors import InvalidValue
from supportkit.routing import Calibration, ExpectedWait, Share

__all__ = ["WaitQueries"]


class WaitQueries:
    """How long those in line may have to wait, whether such words were true, who was given how much."""

    _worker: Worker

    def waits(self, *, now: datetime | None = None) -> dict[str, ExpectedWait]:
        """Return what each case in line may expect, by its id, the next one first.

        Each by its own place, its own steps of relaxation, and the people who could take it. Raises
        InvalidValue for a policy without ``routing: {waits: {handling_time: ...}}``.
        """
        worker = self._worker
        moment = worker.present(now)
        with worker.transaction() as tx:
            rows, agents = tuple(tx.waiting()), worker.agents(tx, moment)
        return waits_in_line(worker.policy, rows, agents, now=moment)

    def calibration(self) -> Calibration:
        """Return how often waits ended within what was expected when they began; reads every case's log."""
        with self._worker.reading() as reader:
            logs = [reader.events(f"case:{row.ref}") for row in reader.cases()]
        return calibrated(logs)

    def shares(self, *, now: datetime | None = None) -> dict[str, Share]:
        """Return what each agent was given over the window, in effort, and what they count for next.

        Raises InvalidValue for a policy without ``routing: {fairness: {effort: ...}}``.
        """
        worker = self._worker
        routing, moment = worker.policy.routing, worker.present(now)
        if routing.fairness is None:
            raise InvalidValue("the policy measures no effort; write `fairness: {effort: 10 minutes}`")
        with worker.transaction() as tx:
            agents = worker.agents(tx, moment)
            return measured(routing.fairness, tx, agents, pools=routing.pools, now=moment)
