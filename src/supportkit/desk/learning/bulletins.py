"""Bulletins: published in versions, seen with a receipt; no customer is told of an incident before."""

from __future__ import annotations

from collections.abc import Iterable

from supportkit.cases import Agent, Event
from supportkit.desk.draft import Draft
from supportkit.desk.learning.requests import MarkSeen, PublishBulletin, bulletin_stream
from supportkit.errors import CommandRefused, nearest_name
from supportkit.insight import Bulletin, bulletins
from supportkit.policy import Policy
from supportkit.ports import Commit

__all__ = ["briefed_bulletin", "found", "mark_seen", "publish", "unseen_by"]


def publish(draft: Draft, command: PublishBulletin) -> Commit:
    """Publish a bulletin, or a new version of it, and tell its agents; the same again changes nothing.

    The situation's `log` holds the bulletins' events.
    """
    before = bulletins(draft.situation.log).get(command.bulletin)
    lacking = [name for name in ("bulletin", "title", "text") if not getattr(command, name).strip()]
    if lacking:
        raise CommandRefused(
            "incomplete", f"a bulletin needs {' and '.join(lacking)}; everybody must know it"
        )
    about = f"bulletin/{command.bulletin}"
    body = draft.store_text(command.text, about=about)
    message = None
    if command.message is not None:
        message = draft.store_text(command.message, about=f"{about}/message")
    said = {
        "title": command.title, "incident": command.incident, "teams": command.teams, "body": body,
        "message": message,
    }  # fmt: skip
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        draft.bodies.clear()
        return draft.commit(outcome={"bulletin": command.bulletin, "version": before.version, "event": None})
    version = 1 if before is None else before.version + 1
    event = draft.record_elsewhere(
        bulletin_stream(draft.situation.desk), "desk.bulletin_published", actor=command.actor,
        reason=command.reason, bulletin=command.bulletin, version=version, **said,
    )  # fmt: skip
    _tell(draft, bulletins([event])[command.bulletin], event)
    return draft.commit(outcome={"bulletin": command.bulletin, "version": version, "event": event.id})


def _tell(draft: Draft, bulletin: Bulletin, event: Event) -> None:
    text = f"Please read bulletin {bulletin.id}, version {bulletin.version}: {bulletin.title}"
    for agent in bulletin.unseen_by(draft.situation.agents):
        draft.send(
            to=agent, text=text,
            kind="bulletin", audience="internal", about=event.id, data={"bulletin": bulletin.id},
        )  # fmt: skip


def mark_seen(draft: Draft, command: MarkSeen) -> Commit:
    """Record that an agent has seen the current version; seen again, nothing happens."""
    bulletin = found(bulletins(draft.situation.log), command.bulletin)
    known = [agent.id for agent in draft.situation.agents]
    if known and command.agent not in known:
        raise CommandRefused(
            "unknown_agent", f"there is no agent {command.agent!r}; known are {', '.join(sorted(known))}"
        )
    if command.version not in {None, bulletin.version}:
        raise CommandRefused(
            "stale_version",
            f"version {command.version} of bulletin {bulletin.id!r} is not the current one; "
            f"read version {bulletin.version}",
        )
    seen = bulletin.seen.get(command.agent, 0) >= bulletin.version
    event = None
    if not seen:
        event = draft.record_elsewhere(
            bulletin_stream(draft.situation.desk), "desk.bulletin_seen", actor=command.actor,
            bulletin=bulletin.id, agent=command.agent, version=bulletin.version,
        ).id  # fmt: skip
    return draft.commit(
        outcome={"bulletin": bulletin.id, "version": bulletin.version, "agent": command.agent, "event": event}
    )


def found(known: dict[str, Bulletin], name: str) -> Bulletin:
    """Return a bulletin; raises CommandRefused (unknown_bulletin) with the nearest name."""
    if name in known:
        return known[name]
    near = nearest_name(name, known)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
    raise CommandRefused("unknown_bulletin", f"there is no bulletin {name!r}; {hint}")


def unseen_by(policy: Policy, bulletin: Bulletin, agents: Iterable[Agent]) -> tuple[str, ...]:
    """Return who must have seen a bulletin before customers are told, by the policy, and has not."""
    present = policy.learning.briefed == "present"
    return bulletin.unseen_by(agent for agent in agents if not present or agent.presence != "offline")


def briefed_bulletin(
    policy: Policy, incident: str, *, log: Iterable[Event], agents: Iterable[Agent]
) -> Bulletin:
    """Return the bulletin that holds an incident's message; raises CommandRefused while somebody lacks it.

    Codes: no_bulletin, no_message, not_briefed (with the names of who has not seen it).
    """
    of_incident = [each for each in bulletins(log).values() if each.incident == incident]
    if not of_incident:
        raise CommandRefused(
            "no_bulletin",
            f"no bulletin is about incident {incident!r}; publish one, so that agents know first",
        )
    told = [each for each in of_incident if each.message is not None]
    if not told:
        raise CommandRefused(
            "no_message", f"no bulletin about incident {incident!r} has a message for customers; publish one"
        )
    staff = tuple(agents)
    # One message for all: the one that was published last, should there be several.
    bulletin = max(told, key=lambda each: (each.published_at, each.version, each.id))
    unseen = sorted({name for each in of_incident for name in unseen_by(policy, each, staff)})
    if unseen:
        raise CommandRefused(
            "not_briefed",
            f"{', '.join(unseen)} must see the bulletins about incident {incident!r} first (mark_seen)",
        )
    return bulletin
