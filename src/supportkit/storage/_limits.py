"""Numbers and names that all stores share, so that they give the same answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from supportkit.errors import InvalidValue

__all__ = [
    "COUNTED_KEPT",
    "FINISHED",
    "INBOX_KEPT",
    "OLDEST",
    "PARKED_FAILS",
    "Clock",
    "check_delivery_state",
    "system_clock",
]

Clock = Callable[[], datetime]

# A provider may repeat a webhook for a month; a rate limit never looks further back than that.
INBOX_KEPT = timedelta(days=35)
COUNTED_KEPT = timedelta(days=35)

# So many failures park a case for good.
PARKED_FAILS = 5

# "At once" under any clock, replayed ones included.
OLDEST = datetime(1970, 1, 1, tzinfo=UTC)

# States of the outbox in which a message is done with; `pending` and `sending` are the others.
FINISHED = frozenset({"sent", "delivered", "read", "failed", "expired", "skipped"})


def system_clock() -> datetime:
    """Return this machine's time in UTC: an embedded database has no other clock."""
    return datetime.now(UTC)


def check_delivery_state(state: str) -> str:
    """Return the state in which a claimed message may be left; raises InvalidValue for any other."""
    if state == "pending" or state in FINISHED:
        return state
    known = ", ".join(sorted(FINISHED | {"pending"}))
    message = f"state={state!r} is no state that a claimed message can be left in; use one of {known}"
    raise InvalidValue(message)
