"""Capacity: how much an agent carries, how much fits, how much is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from supportkit.cases import Agent

__all__ = ["in_hand", "limits", "spare", "spare_share"]


def in_hand(agent: Agent, *, count_parked: bool) -> Any:
    """Return the load over all channels, without parked work unless that counts."""
    load = _sum(agent.load)
    return load if count_parked else max(load - _sum(agent.parked), 0)


def limits(
    agent: Agent, channel: str | None, group: str | None, *, count_parked: bool
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


def spare(agent: Agent, channel: str | None, group: str | None, *, count_parked: bool) -> Any:
    """Return the places left under the tightest limit, infinity without limit."""
    return min(
        (limit - load for limit, load in limits(agent, channel, group, count_parked=count_parked)),
        default=float("inf"),
    )


def spare_share(agent: Agent, channel: str | None, group: str | None, *, count_parked: bool) -> Fraction:
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
