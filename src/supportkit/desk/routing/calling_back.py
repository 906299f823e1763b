"""A call-back instead of waiting on the line: a promise with a time, and the same place in the line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from supportkit.cases import Deadline
from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.desk.handling import Handler, open_only
from supportkit.desk.routing.awaiting import expect
from supportkit.routing import ExpectedWait

__all__ = ["CALLBACKS"]


def _request_callback(draft: Draft, command: commands.RequestCallback) -> None:
    """Promise the call; the case stands where it stood, with its age, its steps and those who refused."""
    open_only(draft, "promised a call")
    owed, plain = draft.owed(call=True), expect(draft)
    due = command.due or _due(draft, owed)
    if due is None or due <= draft.now:
        raise draft.refuse(
            "no_due",
            "a call-back needs a time ahead; give due=, a target that is still running, "
            "or `routing: {waits: {handling_time: ...}}`",
        )
    said: dict[str, Any] = {} if command.due is not None or plain is None else {"expected": plain}
    draft.record(
        "promise.made", actor=command.actor, what="callback", due=due, audience="customer",
        id=draft.promise_id(), reason=command.reason, zone=draft.policy.home_zone,
        calendar=owed.calendar if owed is not None and command.due is None else None, **said,
    )  # fmt: skip


def _due(draft: Draft, owed: Deadline | None) -> datetime | None:
    """Return when their turn has come nine times in ten, if that is sooner than the answer that is owed."""
    at = None if draft.expected is None else _their_turn(draft, draft.expected)
    if owed is None or owed.due is None:
        return at
    calendar = draft.policy.calendars.get(owed.calendar) if owed.calendar is not None else None
    if at is None or at >= owed.due or (calendar is not None and not calendar.is_open(at)):
        return owed.due
    return at


def _their_turn(draft: Draft, expected: ExpectedWait) -> datetime | None:
    if expected.p90 is None:
        return None
    said = expected.announcement
    minutes = timedelta(minutes=said.most or 1)
    return draft.now + (expected.p90 if said.code == "long" else minutes)


CALLBACKS: dict[type[commands.Command], Handler] = {commands.RequestCallback: _request_callback}
