"""Records that are one person: merging them, telling them apart again, and forgetting somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.errors import CommandRefused
from supportkit.policy import Policy
from supportkit.ports import Commit, PartyChange, PartyRow, Situation

__all__ = ["ABOUT_PEOPLE", "decide_about_people"]


def decide_about_people(policy: Policy, situation: Situation, command: Any, *, now: datetime) -> Commit:
    """Decide a command about people; nothing but their own streams and rows changes.

    The situation's `log` holds the last events of their streams, in which time never falls.
    """
    now = max((now, *(event.at for event in situation.log)))
    return ABOUT_PEOPLE[type(command)](Draft(policy, situation, now=now), command)


def _party(draft: Draft, ref: str) -> PartyRow:
    row = draft.situation.parties.get(ref)
    if row is None:
        raise _refuse("unknown_customer", f"there is no customer {ref!r}")
    return row


def _refuse(code: str, message: str) -> CommandRefused:
    return CommandRefused(code, message)


def _merge(draft: Draft, command: commands.MergeCustomers) -> Commit:
    one, into = _party(draft, command.customer), _party(draft, command.into)
    if one.ref == into.ref:
        raise _refuse("merge_into_itself", f"customer {one.ref!r} cannot be merged into themselves")
    if one.merged_into is not None:
        raise _refuse("merged", f"customer {one.ref!r} was merged into {one.merged_into!r}; unmerge first")
    if into.root == one.ref:
        raise _refuse(
            "merge_cycle",
            f"customer {into.ref!r} was merged into {one.ref!r}; unmerge that first, or merge it",
        )
    _refuse_forgotten(one, into)
    said = {"actor": command.actor, "reason": command.reason}
    event = draft.record_elsewhere(_stream(one), "customer.merged", into=into.ref, **said)
    draft.record_elsewhere(_stream(into), "customer.merged", of=one.ref, caused_by=event.id, **said)
    changes = [PartyChange(ref=one.ref, merged_into=into.ref)]
    return draft.commit(parties=changes, outcome={"customer": into.ref, "event": event.id})


def _unmerge(draft: Draft, command: commands.UnmergeCustomers) -> Commit:
    one = _party(draft, command.customer)
    if one.merged_into is None:
        raise _refuse("not_merged", f"customer {one.ref!r} stands alone, so there is nothing to undo")
    out_of = _party(draft, one.merged_into)
    said = {"actor": command.actor, "reason": command.reason}
    event = draft.record_elsewhere(_stream(one), "customer.unmerged", out_of=out_of.ref, **said)
    draft.record_elsewhere(_stream(out_of), "customer.unmerged", of=one.ref, caused_by=event.id, **said)
    changes = [PartyChange(ref=one.ref, merged_into=None)]
    return draft.commit(parties=changes, outcome={"customer": one.ref, "event": event.id})


def _forget(draft: Draft, command: commands.Forget) -> Commit:
    """Erase everybody who is one person with the customer; erasing again takes what came since."""
    root = _party(draft, _party(draft, command.customer).root)
    events = [
        draft.record_elsewhere(
            f"customer:{ref}", "customer.erased", actor=command.actor, reason=command.reason
        )
        for ref in root.family
    ]
    return draft.commit(erased=(root.ref,), outcome={"customer": root.ref, "event": events[0].id})


def _refuse_forgotten(*rows: PartyRow) -> None:
    for row in rows:
        if row.erased_at is not None:
            raise _refuse("forgotten", f"customer {row.ref!r} was forgotten on {row.erased_at:%Y-%m-%d}")


def _stream(row: PartyRow) -> str:
    return f"customer:{row.ref}"


ABOUT_PEOPLE: dict[type, Callable[[Draft, Any], Commit]] = {
    commands.MergeCustomers: _merge,
    commands.UnmergeCustomers: _unmerge,
    commands.Forget: _forget,
}
