"""Agents: the people who answer, with what they can do and how much they carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases.instants import maybe_instant, utc
from supportkit.sequences import as_tuple

__all__ = ["PRESENCES", "Agent"]

PRESENCES = ("available", "busy", "away", "unavailable", "offline")
"""The presences that every desk knows; the pools of its routing may be further ones."""

Amount = int | float | Mapping[str, int | float]


def _instants(values: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(sorted(utc(value, name="assigned_at") for value in values))


@frozen
class Agent:
    """Somebody who answers: presence, skills with levels, teams, capacity and present load.

    `capacity`, `load` and `parked` are one number, or a number for each channel kind (an absent channel
    counts 0). `capacity` None is no limit, 0 is no work; `total` limits the sum over all channels.
    `parked` work (waiting for somebody else) is part of `load` but does not count against capacity.
    `queues` None serves all queues; otherwise ``{queue: (number, delay)}``: lowest number first, an item
    is unseen until it is `delay` old. `wrap_up_until` is half-open. `assigned_at` are the latest
    instants at which work was given to them, for a limit per time; `last_assigned` counts with them.
    Instants are UTC.
    """

    id: str
    presence: str = field(default="available", kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    skills: Mapping[str, int] = field(factory=dict, kw_only=True)
    teams: tuple[str, ...] = field(default=(), converter=as_tuple, kw_only=True)
    role: str | None = field(default=None, kw_only=True)
    capacity: Amount | None = field(default=None, kw_only=True)
    load: Amount = field(default=0, kw_only=True)
    total: int | float | None = field(default=None, kw_only=True)
    channels_off: tuple[str, ...] = field(default=(), converter=as_tuple, kw_only=True)
    permissions: tuple[str, ...] = field(default=(), converter=as_tuple, kw_only=True)
    group_capacity: Mapping[str, int | float] = field(factory=dict, kw_only=True)
    group_load: Mapping[str, int | float] = field(factory=dict, kw_only=True)
    parked: Amount = field(default=0, kw_only=True)
    queues: Mapping[str, tuple[int, Any]] | None = field(default=None, kw_only=True)
    tier: int = field(default=0, kw_only=True)
    idle_since: datetime | None = maybe_instant(kw_only=True)
    last_assigned: datetime | None = maybe_instant(kw_only=True)
    wrap_up_until: datetime | None = maybe_instant(kw_only=True)
    assigned_at: tuple[datetime, ...] = field(default=(), converter=_instants, kw_only=True)
    attrs: Mapping[str, Any] = field(factory=dict, kw_only=True)
