"""The commands about what belongs together: cases that are one matter, records that are one person."""

from __future__ import annotations

from datetime import datetime

from supportkit.desk import commands
from supportkit.desk.case_commands import actor_of
from supportkit.desk.merging import merge_case
from supportkit.desk.receipt import Done
from supportkit.desk.worker import Worker

__all__ = ["MergeCommands"]


class MergeCommands:
    """Merging cases and people."""

    _worker: Worker

    def merge(
        self,
        case_id: str,
        into: str,
        *,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Merge a case into another that is the same matter; `case_id` of the result is where it goes on.

        What comes in for the merged case goes to the other from then on, over any number of merges. Its
        targets and escalations end, its owner's place is free; its open promises, the sooner next action, the
        higher priority, excluded handlers, tags and the word *complaint* go on in the other. Messages on
        their way out leave as they were. Raises CommandRefused: merge_into_itself, merged (one of them was
        merged already), not_open (the other is resolved or closed), no_reason (cases of two customers need
        one).
        """
        command = commands.Merge(actor=actor_of(by), into=into, reason=reason)
        return merge_case(self._worker, case_id, command, now=now, key=key)
