"""Bulletins: what every agent must know now, in which version, and who does not know it yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from supportkit.cases import Agent, Event
from supportkit.cases.instants import instant
from supportkit.insight.record import Record

__all__ = ["Bulletin", "Stale", "bulletins", "stale_messages"]


@frozen(kw_only=True)
class Bulletin:
    """A bulletin in its current version, with the receipts of those who have seen it.

    `teams` are those it is for, all without any. `body` refers to the words for agents, `message` to the one
    message for customers of its `incident`. `seen` holds the latest version each agent has seen.
    """

    id: str
    version: int = 1
    title: str | None = None
    incident: str | None = None
    teams: tuple[str, ...] = ()
    body: str | None = None
    message: str | None = None
    published_at: datetime = instant(kw_only=True)
    seen: Mapping[str, int] = field(factory=dict)

    def is_for(self, agent: Agent) -> bool:
        """Whether an agent must know it."""
        return not self.teams or not set(self.teams).isdisjoint(agent.teams)

    def unseen_by(self, agents: Iterable[Agent]) -> tuple[str, ...]:
        """Return whom of these it is for who have not seen the current version, by id."""
        must = (agent.id for agent in agents if self.is_for(agent))
        return tuple(sorted(agent for agent in must if self.seen.get(agent, 0) < self.version))


def bulletins(events: Iterable[Event]) -> dict[str, Bulletin]:
    """Return the bulletins that these events made, by id: the latest version of each, with its receipts.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> told = [Event.of("desk.bulletin_published", at=nine, bulletin="outage", version=2),
    ...         Event.of("desk.bulletin_seen", at=nine, bulletin="outage", agent="ann", version=1)]
    >>> bulletins(told)["outage"].unseen_by([Agent("ann"), Agent("bob")])
    ('ann', 'bob')
    """
    found: dict[str, Bulletin] = {}
    seen: dict[str, dict[str, int]] = {}
    for event in events:
        said: Any = event.payload
        if event.kind == "desk.bulletin_published":
            found[said.bulletin] = _published(event, said)
        elif event.kind == "desk.bulletin_seen":
            receipts = seen.setdefault(said.bulletin, {})
            receipts[said.agent] = max(said.version, receipts.get(said.agent, 0))
    return {name: evolve(each, seen=seen.get(name, {})) for name, each in found.items()}


def _published(event: Event, said: Any) -> Bulletin:
    names = ("version", "title", "incident", "teams", "body", "message")
    told = {name: getattr(said, name) for name in names}
    return Bulletin(id=said.bulletin, published_at=event.at, **told)


@frozen(kw_only=True)
class Stale:
    """A case whose customer was told a version of an incident's message that is no longer the current one."""

    case: str
    incident: str
    version: int | None
    current: int


def stale_messages(found: Iterable[Record], current: Mapping[str, Bulletin]) -> tuple[Stale, ...]:
    """Return the cases that were told an old version last, by case; one message for all is the rule.

    A reply that says which version it uses is about the incident that the case was linked to, or told of.
    """
    versions = {each.incident: each.version for each in current.values() if each.incident is not None}
    stale = []
    for record in found:
        last = {incident: version for incident, version in _told(record) if incident in versions}
        stale += [
            Stale(case=record.case.id, incident=incident, version=version, current=versions[incident])
            for incident, version in last.items()
            if version != versions[incident]
        ]
    return tuple(sorted(stale, key=lambda each: (each.case, each.incident)))


def _told(record: Record) -> Iterable[tuple[str, int | None]]:
    names = (*record.problems, *(incident for incident, _ in record.told))
    about = next((name for name in names if name is not None), None)
    said = ((about if incident is None else incident, version) for incident, version in record.told)
    return [(incident, version) for incident, version in said if incident is not None]
