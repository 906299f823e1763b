"""Agents."""

from __future__ import annotations

from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.policy import Policy
from supportkit.testing.strategies.contacts import CHANNELS
from supportkit.testing.strategies.instants import instants

__all__ = ["agents"]

_PRESENCES = ("available", "busy", "away", "unavailable", "offline")


def agents(*, about: Policy | None = None) -> st.SearchStrategy[Agent]:
    """Agents whose load never exceeds their capacity.

    `about` a policy, they have the skills its routes ask for and belong to the teams of its queues. They
    shrink towards somebody who is there, can nothing special and has nothing to do.
    """
    routes = () if about is None else about.routing.routes
    skills = sorted({skill.name for route in routes for skill in route.skills} | {"english"})
    teams = sorted({route.queue for route in routes if route.queue} | {"general"})
    capacities = st.none() | st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 3), max_size=3)
    return st.builds(
        lambda capacity, idle, **said: Agent(
            capacity=capacity,
            load={}
            if capacity is None
            else {channel: max(0, most - 1) for channel, most in capacity.items()},
            idle_since=idle,
            **said,
        ),
        capacities,
        st.none() | instants(),
        id=st.integers(1, 99).map(lambda number: f"a{number}"),
        presence=st.sampled_from(_PRESENCES),
        skills=st.dictionaries(st.sampled_from(skills), st.integers(0, 3), max_size=3),
        teams=st.lists(st.sampled_from(teams), max_size=2, unique=True),
        tier=st.integers(0, 2),
    )
