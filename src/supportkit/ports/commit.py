"""What a decision wants written, as one value: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, fields_dict, frozen

from supportkit.canonical import dumps, from_plain, loads, to_plain
from supportkit.cases import Event
from supportkit.cases.instants import instant, maybe_instant
from supportkit.errors import InvalidValue
from supportkit.ports.messages import Outbound
from supportkit.sequences import as_tuple

__all__ = [
    "AgentChange",
    "Body",
    "CaseChange",
    "CaseRow",
    "Commit",
    "DeliveryChange",
    "InboxRow",
    "PartyChange",
    "PointKey",
    "PolicyRow",
    "Seat",
    "ThreadKey",
]


@frozen(order=True)
class PointKey:
    """A contact point in its normalised form, as the store looks it up (by keyed hash)."""

    kind: str
    value: str


@frozen(kw_only=True)
class CaseRow:
    """A case as the store keeps it: what it must find it by, and the snapshot it does not look into.

    `version` is the `seq` of the case's last event; 0 for a case that does not exist yet. `due_at` is the
    next instant at which anything can change; `signature` is set while the case waits in line for a person,
    `match_at` when somebody should be looked for; `fails` counts advances that raised.
    """

    ref: str
    party: str | None = None
    version: int = 0
    fold_version: int = 1
    epoch: int = 0
    open: bool = True
    status: str = "new"
    owner: str | None = None
    last_at: datetime | None = maybe_instant()
    due_at: datetime | None = maybe_instant()
    match_at: datetime | None = maybe_instant()
    signature: str | None = None
    sort_key: int | None = None
    merged_into: str | None = None
    fails: int = 0
    snapshot: bytes = field(default=b"", repr=False)

    def to_json(self) -> str:
        """Return the case as JSON, for a column of the host's own; it holds neither texts nor addresses."""
        said = {name: getattr(self, name) for name in fields_dict(CaseRow) if name != "snapshot"}
        return dumps({**to_plain(said), "snapshot": loads(self.snapshot)}).decode()

    @classmethod
    def from_json(cls, text: str) -> CaseRow:
        """Read what `to_json` wrote; raises InvalidValue for anything else."""
        try:
            said = loads(text.encode())
            snapshot = dumps(said.pop("snapshot"))
            return cls(**from_plain(said), snapshot=snapshot)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise InvalidValue(f"this is no case as CaseRow.to_json() writes it: {error}") from error


@frozen
class CaseChange:
    """A case row to write; `expected` is the version it was decided on, 0 to insert it."""

    row: CaseRow
    expected: int


@frozen(kw_only=True)
class PartyChange:
    """A party (a customer as the desk knows them) with the points that lead to it.

    `merged_into` is written as it stands: None means that the party stands alone (again). Points that lead to
    somebody already stay with them.
    """

    ref: str
    points: tuple[PointKey, ...] = field(default=(), converter=as_tuple)
    merged_into: str | None = None


@frozen
class ThreadKey:
    """A message id that belongs to a case; `trust` is own (we sent or got it) or claim (only referred to)."""

    key: str
    case: str
    trust: str = "own"


@frozen
class Body:
    """A text or a file, stored apart from the events that refer to it, so that it can be erased."""

    ref: str
    party: str | None
    media_type: str
    data: bytes = field(repr=False)


@frozen
class Seat:
    """A place at an agent's table that a case takes: one row for each case and role.

    `offer_until` is when a place that is only held for an offer is free again by itself.
    """

    case: str
    agent: str
    role: str = "handler"
    channel: str = ""
    weight: float = 1.0
    offer_until: datetime | None = maybe_instant()


@frozen(kw_only=True)
class AgentChange:
    """What changes about an agent; None leaves a column as it is.

    `match_at` says that the agent may be free from then on, `clear_match` that they were looked after.
    """

    ref: str
    presence: str | None = None
    idle_since: datetime | None = maybe_instant()
    last_assigned: datetime | None = maybe_instant()
    match_at: datetime | None = maybe_instant()
    clear_match: bool = False


@frozen
class DeliveryChange:
    """What a provider said of the message with this number in the outbox; late words change nothing."""

    number: int
    state: str
    reason: str | None = None


@frozen(kw_only=True)
class InboxRow:
    """A command that was carried out once: a repeat gets `outcome` again."""

    scope: str
    key: str
    body_hash: str
    outcome: Mapping[str, Any] = field(factory=dict)
    at: datetime = instant(kw_only=True)


@frozen(kw_only=True)
class PolicyRow:
    """A policy that a desk decides by from `activated_at` on."""

    epoch: int
    hash: str
    document: bytes = field(default=b"", repr=False)
    engine: str = ""
    zone_data: str = ""
    activated_at: datetime = instant(kw_only=True)


@frozen(kw_only=True)
class Commit:
    """Everything one decision writes, in one transaction.

    `events` are placed (stream and seq); the store refuses the whole commit, and writes nothing, when a
    case's version or epoch is not the expected one (see `Transaction.commit`). `freed` names seats by case
    and role; they go before others are `taken`. `counted` adds instants to named counters (rate limits).
    `erased` names parties whose texts, points and addresses go, with those of all merged into them.
    `outcome` is what the caller gets, `inbox` what a repeat of the same command gets.
    """

    events: tuple[Event, ...] = field(default=(), converter=as_tuple)
    cases: tuple[CaseChange, ...] = field(default=(), converter=as_tuple)
    parties: tuple[PartyChange, ...] = field(default=(), converter=as_tuple)
    threads: tuple[ThreadKey, ...] = field(default=(), converter=as_tuple)
    bodies: tuple[Body, ...] = field(default=(), converter=as_tuple)
    taken: tuple[Seat, ...] = field(default=(), converter=as_tuple)
    freed: tuple[tuple[str, str], ...] = field(default=(), converter=as_tuple)
    agents: tuple[AgentChange, ...] = field(default=(), converter=as_tuple)
    outbox: tuple[Outbound, ...] = field(default=(), converter=as_tuple)
    deliveries: tuple[DeliveryChange, ...] = field(default=(), converter=as_tuple)
    inbox: InboxRow | None = None
    counted: tuple[tuple[str, datetime], ...] = field(default=(), converter=as_tuple)
    policy: PolicyRow | None = None
    erased: tuple[str, ...] = field(default=(), converter=as_tuple)
    outcome: Any = None

    @property
    def case(self) -> CaseRow | None:
        """The case that was decided about, as it is now; None when the decision concerns none."""
        return self.cases[0].row if self.cases else None
