"""Offers of a case to agents: the one that is open, who refused, and how earlier ones ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, fields_dict, frozen

from supportkit.canonical import from_plain, to_plain
from supportkit.cases.instants import maybe_instant

__all__ = ["OFFER", "Offering"]

OFFER = "offer"  # the role of a seat that is held for an offer


@frozen(kw_only=True)
class Offering:
    """Which agent is asked until when (`id` None: nobody), as the `made`-th offer of the case.

    `ended` says of every agent asked in this wait how that ended: declined, expired, rescinded or canceled.
    Whoever declined or let it expire is not asked again in this wait. `exhausted` says that the log tells of
    a wait in which everybody refused.
    """

    id: str | None = None
    agent: str | None = None
    until: datetime | None = maybe_instant()
    made: int = 0
    ended: Mapping[str, str] = field(factory=dict)
    exhausted: bool = False

    @property
    def refused_by(self) -> tuple[str, ...]:
        """Who is not asked again in this wait."""
        return tuple(agent for agent, how in self.ended.items() if how in {"declined", "expired"})

    def opened(self, id: str, agent: str, until: datetime) -> Offering:
        """Return it with an agent asked."""
        ended = {other: how for other, how in self.ended.items() if other != agent}
        return evolve(self, id=id, agent=agent, until=until, made=self.made + 1, ended=ended)

    def closed(self, how: str | None) -> Offering:
        """Return it with nobody asked; `how` it ended, None when the agent took the case."""
        ended = dict(self.ended) if how is None or self.agent is None else {**self.ended, self.agent: how}
        return evolve(self, id=None, agent=None, until=None, ended=ended)

    def begun(self) -> Offering:
        """Return it for a new wait, in which everybody may be asked again."""
        return evolve(self, ended={}, exhausted=False)

    def to_plain(self) -> dict[str, Any]:
        """Return it as canonical JSON's plain types."""
        return {name: to_plain(getattr(self, name)) for name in fields_dict(Offering)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Offering:
        """Read what `to_plain` wrote."""
        return cls(**{name: from_plain(value) for name, value in plain.items()})
