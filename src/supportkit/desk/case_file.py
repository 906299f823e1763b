"""A desk's snapshot of one case: the case and what each engine remembers of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, fields_dict, frozen

from supportkit.canonical import dumps, from_plain, loads, to_plain
from supportkit.cases import Case
from supportkit.cases.instants import maybe_instant
from supportkit.desk.routing.offering import Offering
from supportkit.escalation import EscalationState
from supportkit.sla import SlaState

__all__ = ["CaseFile", "Line", "told_by_plugins"]


@frozen(kw_only=True)
class Line:
    """How a case waits for a person: which queue and skills, who comes first, since when.

    `waiting` says whether it stands in line; `fast` that it came in over the fast lane of open cases.
    `affinity` holds groups of agents to be tried in turn before anybody else. `tried` says that somebody was
    looked for at least once in this wait: only the first time may end in the promise of a call. `step` and
    `dropped` say how far it has been relaxed, `changes_at` when time alone may let somebody else have it.
    `offering` is who is asked to take it, and who was.
    """

    waiting: bool = False
    queue: str | None = None
    skills: Mapping[str, Any] = field(factory=dict)
    when_nobody: str = "wait"
    fast: bool = False
    affinity: tuple[tuple[str, ...], ...] = ()
    since: datetime | None = maybe_instant()
    tried: bool = False
    step: int = 0
    dropped: tuple[str, ...] = ()
    changes_at: datetime | None = maybe_instant()
    offering: Offering = field(factory=Offering)

    def begun(self, *, since: datetime, **said: Any) -> Line:
        """Return the line with a new wait that begins now; what is `said` of it changes, too."""
        fresh: dict[str, Any] = {
            "waiting": True,
            "tried": False,
            "step": 0,
            "dropped": (),
            "changes_at": None,
            "offering": self.offering.begun(),
        }
        return evolve(self, since=since, **fresh, **said)

    def resumed(self, *, since: datetime, **said: Any) -> Line:
        """Return the line with the same wait going on: as relaxed as it was, with those who refused."""
        return evolve(self, waiting=True, since=self.since or since, changes_at=None, **said)

    def to_plain(self) -> dict[str, Any]:
        """Return the line as canonical JSON's plain types; what says nothing is left out."""
        fresh = Line()
        said = {
            name: value
            for name in fields_dict(Line)
            if (value := getattr(self, name)) != getattr(fresh, name)
        }
        offering = {"offering": self.offering.to_plain()} if "offering" in said else {}
        return {name: to_plain(value) for name, value in said.items() if name != "offering"} | offering

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Line:
        """Read what `to_plain` wrote."""
        said = {name: from_plain(value) for name, value in plain.items() if name != "offering"}
        return cls(**said, offering=Offering.from_plain(plain.get("offering", {})))


def told_by_plugins(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what plugins told about the customer, by the path of each fact."""
    return dict(_leaves(facts.get("x") or {}, "x"))


def _leaves(facts: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, Mapping) and not any(key.startswith("$") for key in value):
            yield from _leaves(value, f"{path}.{name}")
        else:
            yield f"{path}.{name}", value


@frozen(kw_only=True)
class CaseFile:
    """The case, its clocks, its escalation and its place in line, as one value.

    `facts` are the contact's and the customer's facts that the policy reads (texts only as derived facts),
    `contact` refers to the latest contact's stored body, `channel` names the instance it came through,
    `acknowledged` counts acknowledgements, `answered` names the questions that were answered,
    `signal` is the key of the device's fault that opened the case.
    `next_change_at` is the next instant at which anything can change.
    """

    case: Case
    sla: SlaState
    escalation: EscalationState | None = None
    line: Line = Line()
    facts: Mapping[str, Any] = field(factory=dict)
    contact: str | None = None
    channel: str | None = None
    acknowledged: int = 0
    answered: tuple[str, ...] = ()
    signal: str | None = None
    next_change_at: datetime | None = maybe_instant()

    def to_bytes(self) -> bytes:
        """Return the snapshot's canonical JSON; it holds neither texts nor addresses."""
        return dumps(
            {
                "case": self.case.to_plain(),
                "sla": self.sla.to_plain(),
                "escalation": None if self.escalation is None else self.escalation.to_plain(),
                "line": self.line.to_plain(),
                "facts": to_plain(self.facts),
                "contact": self.contact,
                "channel": self.channel,
                "acknowledged": self.acknowledged,
                **({"answered": list(self.answered)} if self.answered else {}),
                **({"signal": self.signal} if self.signal else {}),
                "next_change_at": to_plain(self.next_change_at),
            }
        )

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> CaseFile:
        """Read a snapshot back."""
        plain = loads(snapshot)
        escalation = plain["escalation"]
        return cls(
            case=Case.from_plain(plain["case"]),
            sla=SlaState.from_plain(plain["sla"]),
            escalation=None if escalation is None else EscalationState.from_plain(escalation),
            line=Line.from_plain(plain["line"]),
            facts=from_plain(plain["facts"]),
            contact=plain["contact"],
            channel=plain["channel"],
            acknowledged=plain["acknowledged"],
            answered=tuple(plain.get("answered", ())),
            signal=plain.get("signal"),
            next_change_at=from_plain(plain["next_change_at"]),
        )
