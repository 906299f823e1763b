"""Capacity: how much an agent carries, how much fits, how much is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Protocol

__all__ = ["Carrier", "in_hand", "limits", "spare", "spare_share"]


class Carrier(Protocol):
    """Whoever carries work within limits: an agent, or what keeps count of one."""

    @property
    def capacity(self) -> Any:
        """One number, or one by channel; None is no limit."""

    @property
    def total(self) -> Any:
        """The limit over all channels, None without."""

    @property
    def load(self) -> Any:
        """All that is carried, one number or by channel."""

    @property
    def parked(self) -> Any:
        """What of it rests."""

    @property
    def group_capacity(self) -> Mapping[str, Any]:
        """The limits of single groups."""

    @property
    def group_load(self) -> Mapping[str, Any]:
        """What is carried of each group."""


def in_hand(agent: Carrier, *, count_parked: bool) -> Any:
    """Return the load over all channels, without parked work unless that counts."""
    load = _sum(agent.load)
    return load if count_parked else max(load - _sum(agent.parked), 0)


def limits(
    agent: Carrier, channel: str | None, group: str | None, *, count_parked: bool
) -> Iterator[tuple[Any, Any]]:
    """Yield (limit, counted load) for every limit that an item of this channel and group meets.

    A capacity by channel is compared with the load in that channel (an absent channel: 0); one plain number,
    and `total`, with the load over all channels.
    """
    if isinstance(agent.capacity, Mapping):
        load = _in_channel(agent.load, channel)
        counted = load if count_parked else max(load - _in_channel(agent.parked, channel), 0)
        yield agent.capacity.get(channel or "", 0), counted
    elif agent.capacity is not None:
        yield agent.capacity, in_hand(agent, count_parked=count_parked)
    if agent.total is not None:
        yield agent.total, in_hand(agent, count_parked=count_parked)
    if group is not None and group in agent.group_capacity:
        yield agent.group_capacity[group], agent.group_load.get(group, 0)


def spare(agent: Carrier, channel: str | None, group: str | None, *, count_parked: bool) -> Any:
    """Return the places left under the tightest limit, infinity without limit."""
    return min(
        (limit - load for limit, load in limits(agent, channel, group, count_parked=count_parked)),
        default=float("inf"),
    )


def spare_share(agent: Carrier, channel: str | None, group: str | None, *, count_parked: bool) -> Fraction:
    """Return the smallest share of a limit that is left: 1 for all of it or without limit."""
    return min(
        (
            Fraction(limit - load) / Fraction(limit) if limit else Fraction(0)
            for limit, load in limits(agent, channel, group, count_parked=count_parked)
        ),
        default=Fraction(1),
    )


def _sum(amount: Any) -> Any:
    return sum(amount.values()) if isinstance(amount, Mapping) else amount


def _in_channel(amount: Any, channel: str | None) -> Any:
    return amount.get(channel, 0) if isinstance(amount, Mapping) else amount
