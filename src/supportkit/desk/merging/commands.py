"""The commands about what belongs together: cases that are one matter, records that are one person."""

from __future__ import annotations

from datetime import datetime

from supportkit.desk import commands
from supportkit.desk.case_commands import actor_of
from supportkit.desk.merging.reading import change_people, merge_case
from supportkit.desk.receipt import Done
from supportkit.desk.worker import Worker

__all__ = ["MergeCommands"]


class MergeCommands:
    """Merging cases and people, telling people apart again, forgetting them."""

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

    def merge_customers(
        self,
        customer: str,
        *,
        into: str,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say that two records are one person; `unmerge_customers` takes it back.

        From then on whoever writes from a point of either is recognised as `into`, and sees the cases of
        both. Nothing moves: points, cases and texts stay with the record they came in by. Merges may follow
        one another. Raises CommandRefused: unknown_customer, merge_into_itself, merged (the customer was
        merged already), merge_cycle, forgotten.
        """
        command = commands.MergeCustomers(actor=actor_of(by), customer=customer, into=into, reason=reason)
        return change_people(self._worker, command, now=now, key=key)

    def unmerge_customers(
        self,
        customer: str,
        *,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say that a customer is not the one they were merged into after all.

        Points, cases and texts are as they were before the merge. What came in since is with the record whose
        points it came in from; a message that joined a case of the other stays in that case. Raises
        CommandRefused: unknown_customer, not_merged.
        """
        command = commands.UnmergeCustomers(actor=actor_of(by), customer=customer, reason=reason)
        return change_people(self._worker, command, now=now, key=key)

    def forget(
        self,
        customer: str,
        *,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Erase a customer's texts and identities, and those of all who are one person with them.

        Gone are what they wrote and were written, their files, names, addresses and numbers, and messages
        that have not left yet. Decisions stay, and come out again from the facts they were recorded with.
        Whoever writes from these addresses later is somebody new, even when your directory still knows them.
        Their open cases stay open: resolve them, since nobody can be answered any more. Your own directory is
        yours to clean. Raises CommandRefused (unknown_customer).
        """
        command = commands.Forget(actor=actor_of(by), customer=customer, reason=reason)
        return change_people(self._worker, command, now=now, key=key)
