"""A case: one matter of a customer, as the fold of its events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import asdict, field, fields, frozen

from supportkit.canonical import from_plain, to_plain
from supportkit.cases.instants import maybe_instant
from supportkit.errors import InvalidValue

__all__ = ["OPEN_STATUSES", "STATUSES", "Case", "Deadline", "NextAction", "Promise", "check_status"]

STATUSES = ("new", "open", "waiting_customer", "waiting_third_party", "resolved", "closed", "merged")
OPEN_STATUSES = frozenset(STATUSES[:4])


def check_status(value: str) -> str:
    """Return the status; raises InvalidValue, with the legal ones, for any other text."""
    if value in STATUSES:
        return value
    message = f"status={value!r} is none of {', '.join(STATUSES)}"
    raise InvalidValue(message)


@frozen
class NextAction:
    """What happens next, by when and by whom."""

    what: str
    due: datetime | None = maybe_instant()
    owner: str | None = None


@frozen
class Promise:
    """What we told a customer we would do, by when; kept only by a person.

    `what` is reply or callback; `state` is open, kept, broken or superseded. `text` is what the customer
    was shown, `calendar` and `zone` are how the time was counted and shown.
    """

    id: str
    what: str = "reply"
    made_at: datetime | None = maybe_instant()
    due: datetime | None = maybe_instant()
    state: str = "open"
    text: str | None = None
    calendar: str | None = None
    zone: str | None = None
    channel: str | None = None


@frozen
class Deadline:
    """By when something is owed, as one engine tells another.

    A new `id` is a new cycle. `due` is None while the clock is paused; `target` is a duration or the text
    of the target, `calendar` the name of its calendar, `state` the clock's state.
    """

    id: str
    metric: str
    started: datetime | None = maybe_instant()
    due: datetime | None = maybe_instant()
    target: Any = None
    calendar: str | None = None
    state: str = "running"


@frozen(kw_only=True)
class Case:
    """One matter: who, what, how urgent, in whose hands, what was promised, how it went.

    Instants are UTC. Counters: `contacts` the customer's own messages, `replies` by people, `transfers`
    changes of hands (a team to its own agent is none), `reopens`. `promises` holds the open ones.
    `waiting_since` is the oldest message of the customer that no person has answered yet,
    `last_contact_at` their latest; `last_reply_by` is the person who answered last.
    """

    id: str
    kind: str | None = None
    status: str = "new"
    priority: str | None = None
    score: Any = None
    sort_key: int | None = None
    category: str | None = None
    product: str | None = None
    impact: str | None = None
    urgency: str | None = None
    tags: tuple[str, ...] = ()
    customer: str | None = None
    channel: str | None = None
    opened_by: str | None = None
    owner: str | None = None
    team: str | None = None
    queue: str | None = None
    last_agent: str | None = None
    excluded: tuple[str, ...] = ()
    wanted: str | None = None
    next_action: NextAction | None = None
    promises: tuple[Promise, ...] = ()
    opened_at: datetime | None = maybe_instant()
    last_at: datetime | None = maybe_instant()
    assigned_at: datetime | None = maybe_instant()
    waiting_since: datetime | None = maybe_instant()
    last_contact_at: datetime | None = maybe_instant()
    first_reply_at: datetime | None = maybe_instant()
    last_reply_at: datetime | None = maybe_instant()
    last_reply_by: str | None = None
    resolved_at: datetime | None = maybe_instant()
    closed_at: datetime | None = maybe_instant()
    outcome: str | None = None
    code: str | None = None
    merged_into: str | None = None
    public: bool = False
    contacts: int = 0
    replies: int = 0
    transfers: int = 0
    reopens: int = 0
    faults: int = 0
    promises_made: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    apologies: int = 0
    seq: int = 0
    extra: Mapping[str, Any] = field(factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something: neither resolved, closed nor merged."""
        return self.status in OPEN_STATUSES

    def to_plain(self) -> dict[str, Any]:
        """Return the case as canonical JSON's plain types; what says nothing is left out."""
        said = {name: getattr(self, name) for name in _DEFAULTS if name != "extra"}
        said["promises"] = tuple(asdict(promise) for promise in self.promises)
        said["next_action"] = None if self.next_action is None else asdict(self.next_action)
        said = {name: value for name, value in said.items() if value != _DEFAULTS[name]} | dict(self.extra)
        return {name: to_plain(value) for name, value in said.items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Case:
        """Read what `to_plain` wrote; names that this version does not know are kept in `extra`."""
        said: dict[str, Any] = {name: from_plain(value) for name, value in plain.items()}
        extra = {name: said.pop(name) for name in tuple(said) if name not in _DEFAULTS}
        if (action := said.get("next_action")) is not None:
            said["next_action"] = NextAction(**action)
        said["promises"] = tuple(Promise(**promise) for promise in said.get("promises", ()))
        return cls(**said, extra=extra)


_DEFAULTS: dict[str, Any] = {a.name: {} if a.name == "extra" else a.default for a in fields(Case)}
