"""The commands that move the escalations of a case: down again, to somebody, out of the way of trouble."""

from __future__ import annotations

from datetime import datetime

from supportkit.desk.case_commands import actor_of
from supportkit.desk.escalation.requests import Deescalate, ReassignEscalation, SetMaintenance
from supportkit.desk.receipt import Done
from supportkit.desk.worker import Worker

__all__ = ["EscalationCommands"]


class EscalationCommands:
    """What else can be done with the escalations of a case, besides `ack`, `snooze` and `escalate`."""

    _worker: Worker

    def deescalate(
        self, case_id: str, *, by: str, reason: str, to: int | None = None, plan: str | None = None,
        now: datetime | None = None, key: str | None = None,
    ) -> Done:  # fmt: skip
        """Bring an escalation down, to level `to` or one lower; nobody is told, and that wait begins anew.

        Raises CommandRefused (no_reason, unknown_plan, nothing_to_do, no_such_level).
        """
        command = Deescalate(actor=actor_of(by), reason=reason, to=to, plan=plan)
        return self._worker.carry_out(command, case=case_id, now=now, key=key)

    def reassign_escalation(
        self, case_id: str, *, by: str, to: str | None = None, level: int | None = None,
        plan: str | None = None, reason: str | None = None, now: datetime | None = None,
        key: str | None = None,
    ) -> Done:  # fmt: skip
        """Give an escalation to somebody, who is told and takes it out of its plan; or put it to a `level`.

        Raises CommandRefused (nobody, unknown_plan, nothing_to_do, no_such_level).
        """
        command = ReassignEscalation(actor=actor_of(by), reason=reason, to=to, level=level, plan=plan)
        return self._worker.carry_out(command, case=case_id, now=now, key=key)

    def set_maintenance(
        self, case_id: str, *, by: str, on: bool = True, reason: str | None = None,
        now: datetime | None = None, key: str | None = None,
    ) -> Done:  # fmt: skip
        """Hold the escalations of a case while there is known trouble; what fell due fires once at its end.

        A customer who asks for a manager is put through all the same.
        """
        command = SetMaintenance(actor=actor_of(by), on=on, reason=reason)
        return self._worker.carry_out(command, case=case_id, now=now, key=key)
