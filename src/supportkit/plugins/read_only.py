"""What plugins are given to look at: the same values, in containers that nobody can change."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from copy import deepcopy
from types import MappingProxyType
from typing import Any

import attrs

from supportkit.cases import Agent

__all__ = ["read_only", "read_only_agent"]

_HOLDING = ("skills", "capacity", "load", "group_capacity", "group_load", "parked", "queues", "attrs")


def read_only(value: Any) -> Any:
    """Return mappings, lists and sets as copies that cannot be changed, all the way down, values as copies.

    An object of a class that is no value of ours comes as it is: nobody can know how to copy it.

    >>> read_only({"tags": ["a"]})
    mappingproxy({'tags': ('a',)})
    """
    if isinstance(value, Mapping):
        return MappingProxyType({key: read_only(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(read_only, value))
    if isinstance(value, AbstractSet):
        return frozenset(value)
    return deepcopy(value) if attrs.has(type(value)) else value


def read_only_agent(agent: Agent) -> Agent:
    """Return an agent whose skills, loads and attributes cannot be changed."""
    return attrs.evolve(agent, **{name: read_only(getattr(agent, name)) for name in _HOLDING})
