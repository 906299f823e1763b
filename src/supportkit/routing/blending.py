"""Blending: which channels may join what an agent has in hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supportkit.errors import InvalidValue
from supportkit.routing.capacity import Carrier
from supportkit.sequences import as_tuple

__all__ = ["Blend", "joins", "read_blend"]

Blend = Mapping[str, frozenset[str]]


def read_blend(blend: Any) -> Blend | None:
    """Return ``{channel in hand: channels that may join}``; raises InvalidValue for anything else."""
    if blend is None:
        return None
    if not isinstance(blend, Mapping) or any(not isinstance(each, str) for each in blend):
        raise InvalidValue(f"blend={blend!r} is no mapping; write {{'email': ('chat', 'phone')}}")
    return {in_hand: _channels(in_hand, joining) for in_hand, joining in blend.items()}


def _channels(in_hand: str, joining: Any) -> frozenset[str]:
    channels = as_tuple(joining) if isinstance(joining, Iterable) else (joining,)
    if all(isinstance(channel, str) for channel in channels):
        return frozenset(channels)
    raise InvalidValue(f"blend[{in_hand!r}]={joining!r} names no channels; write ('chat', 'phone')")


def joins(agent: Carrier, channel: str | None, blend: Blend | None, *, count_parked: bool) -> bool:
    """Return whether an item of this channel may join all that the agent has in hand.

    More of the same channel always may. A channel that `blend` does not list lets nothing else join; so only
    what is listed interrupts. A load that is one plain number names no channel and keeps nothing out.

    >>> from supportkit.cases import Agent
    >>> busy = Agent("ann", load={"email": 1})
    >>> [joins(busy, channel, {"email": {"chat"}}, count_parked=False) for channel in ("chat", "phone")]
    [True, False]
    """
    if blend is None or not isinstance(agent.load, Mapping):
        return True
    parked = {} if count_parked or not isinstance(agent.parked, Mapping) else agent.parked
    in_hand = [name for name, load in agent.load.items() if load - parked.get(name, 0) > 0]
    return all(channel == name or channel in blend.get(name, ()) for name in in_hand)
