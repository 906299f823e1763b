"""A second policy beside the first: what it would have decided otherwise is recorded, and nothing is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supportkit.cases import Event
from supportkit.desk.commands import Receive
from supportkit.desk.contacts.receiving import contact_ref
from supportkit.desk.decide import decide
from supportkit.policy import Policy
from supportkit.ports import Commit, Situation

__all__ = ["shadow_event"]

# What is compared of a decision: the kinds of events, and which of their fields say what it came to.
_COMPARED: Mapping[str, tuple[str, ...]] = {
    "case.classified": ("kind", "category", "product", "impact", "urgency", "tags"),
    "priority.decided": ("priority",),
    "routing.queued": ("queue", "skills"),
    "ack.suppressed": ("clause",),
    "promise.made": ("due",),
    "escalation.fired": ("plan", "level", "targets"),
}


def shadow_event(
    policy: Policy, shadow: Policy, situation: Situation, command: Receive, commit: Commit, *, now: datetime
) -> Event | None:
    """Decide a contact by the shadow too, and return an event of what differs, None when nothing does.

    A shadow that raises differs by its error; it never hurts the decision that counts.
    """
    decided = _decided(commit)
    try:
        other = _decided(decide(shadow, situation, command, now=now))
    except Exception as error:  # noqa: BLE001 - whatever it raises is what the host wants to know of it
        other = {**decided, "error": f"{type(error).__name__}: {error}"}
    differences = {
        name: [decided.get(name), other.get(name)]
        for name in sorted(decided.keys() | other.keys())
        if decided.get(name) != other.get(name)
    }
    if not differences:
        return None
    return Event.of(
        "desk.shadow_differed", at=now, actor="desk", policy_version=policy.version,
        case=commit.outcome["case"], contact=contact_ref(situation.desk, command.contact),
        shadow=shadow.version, differences=differences,
    )  # fmt: skip


def _decided(commit: Commit) -> dict[str, Any]:
    """Return what a decision came to, by name; the last word on each counts."""
    found: dict[str, Any] = {"action": commit.outcome["action"]}
    for event in commit.events:
        said: Any = event.payload
        if event.kind in {"target.set", "target.moved"}:
            found[said.metric] = said.due
        for name in _COMPARED.get(event.kind, ()):
            found[f"{event.kind.partition('.')[0]}.{name}"] = getattr(said, name)
    return found
