"""What a decision may look at besides the policy, the command and the clock: all of it, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.calendars import Rotation
from supportkit.cases import Agent, Customer, Event
from supportkit.cases.instants import maybe_instant
from supportkit.ports.commit import Body, CaseRow, PointKey, Seat
from supportkit.ports.store import PartyRow

__all__ = ["ChannelInfo", "Era", "Situation", "Unmet"]


@frozen
class ChannelInfo:
    """A channel that answers can be sent through."""

    name: str
    kind: str
    sends: bool = True


@frozen(kw_only=True)
class Era:
    """A policy that held from `since` on; `policy` is None (and `fault` says why) when it cannot be read."""

    epoch: int
    since: datetime | None = maybe_instant()
    policy: Any = None
    fault: str | None = None


@frozen(kw_only=True)
class Unmet:
    """The policies that a case has yet to meet, after the one it was decided by last; and its events."""

    eras: tuple[Era, ...]
    log: tuple[Event, ...]


@frozen(kw_only=True)
class Situation:
    """Everything that was locked and read for one decision.

    `row` is the case that the command is about (None for a new one), `rows` other cases in view, `log` its
    events where a command needs them. `routed` says whether there is a roster of `agents` to choose from,
    `rotations` says who of them is on call, `served` when each of those who take turns being told was told
    last, by the level that tells them.
    `identification` and `threading` are intake's answers for a contact, `points` its normalised contact
    points and the party each leads to. `seqs` holds the last seq of other streams, `acknowledged` the
    instants of earlier acknowledgements by counter. `provided` holds the facts that plugins gave for a
    contact, nested, `faults` says which of them could not. `asked` holds the presence of
    whoever has an offer of the case. `amends` holds what was given before and which incident the case
    belongs to, where a command makes something good. `parties` are the parties in view, with their merges.
    `others` holds the events of the customer's other cases where a command needs them, `told` what the
    customer was told of an incident. `turns` says when each agent was last given work of the case's queue
    and channel, where that decides, `line` which cases wait, where waits are estimated (None: unknown).
    `unmet` says of a case that was decided last by an earlier policy what it has yet to meet.
    """

    desk: str
    epoch: int = 0
    row: CaseRow | None = None
    rows: tuple[CaseRow, ...] = ()
    log: tuple[Event, ...] = ()
    seats: tuple[Seat, ...] = ()
    agents: tuple[Agent, ...] = ()
    rotations: Mapping[str, Rotation] = field(factory=dict)
    routed: bool = False
    party: str | None = None
    customer: Customer | None = None
    points: Mapping[PointKey, str | None] = field(factory=dict)
    identification: Any = None
    threading: Any = None
    bodies: Mapping[str, Body] = field(factory=dict)
    open_cases: int | None = None
    contacts: tuple[datetime, ...] | None = None
    acknowledged: Mapping[str, tuple[datetime, ...]] = field(factory=dict)
    provided: Mapping[str, Any] = field(factory=dict)
    faults: tuple[str, ...] = ()
    channels: tuple[ChannelInfo, ...] = ()
    seqs: Mapping[str, int] = field(factory=dict)
    asked: Mapping[str, str] = field(factory=dict)
    amends: Any = None
    parties: Mapping[str, PartyRow] = field(factory=dict)
    served: Mapping[str, Mapping[str, datetime]] = field(factory=dict)
    others: tuple[tuple[Event, ...], ...] = ()
    told: Any = None
    turns: Mapping[str, datetime] = field(factory=dict)
    unmet: Mapping[str, Unmet] = field(factory=dict)
    line: tuple[CaseRow, ...] | None = None
