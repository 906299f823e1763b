"""An event says what happened, when, who did it and, for a decision, why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import Factory, evolve, field, frozen

from supportkit.canonical import dumps, from_plain, loads, to_plain
from supportkit.cases.instants import instant
from supportkit.cases.payloads import Payload, make_payload, read_payload
from supportkit.errors import InvalidValue

__all__ = ["Event"]

_ENVELOPE = (
    "actor",
    "channel",
    "visibility",
    "audience",
    "automated",
    "caused_by",
    "policy_version",
    "reason",
)
_SAYS_NOTHING = {"visibility": "private", "automated": False}


@frozen(kw_only=True)
class Event:
    """One thing that happened: the envelope that all kinds share, and the payload of its kind.

    `stream` is ``case:<id>``, ``customer:<id>``, ``agent:<id>`` or ``desk:<name>``; `seq` counts from 1
    within it. `actor` is ``customer``, ``agent:<id>``, ``desk`` or another ``kind:<id>``. `visibility`
    (private or public: can the world see it) is not `audience` (customer or internal: whom it addresses).
    `caused_by` is the id of the event that led to this one. Equality is over all of it; when a store
    recorded it stays with the store.
    """

    stream: str = ""
    seq: int = 0
    at: datetime = instant(kw_only=True)
    kind: str
    payload: Payload = field(default=Factory(lambda self: make_payload(self.kind, {}), takes_self=True))
    actor: str | None = None
    channel: str | None = None
    visibility: str = "private"
    audience: str | None = None
    automated: bool = False
    caused_by: str | None = None
    policy_version: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, kind: str, /, *, at: datetime, stream: str = "", seq: int = 0, **said: Any) -> Event:
        """Build an event from flat names: those of the envelope go there, the rest into the payload.

        >>> from datetime import UTC
        >>> event = Event.of("promise.made", at=datetime(2026, 7, 1, 9, tzinfo=UTC), id="p1", actor="desk")
        >>> event.payload.id, event.actor
        ('p1', 'desk')

        Raises InvalidValue for a payload field called ``v``, under which its version is written.
        """
        if "v" in said:
            raise InvalidValue(f"v={said['v']!r}: a payload's version stands there; use another name")
        envelope = {name: said.pop(name) for name in _ENVELOPE if name in said}
        return cls(stream=stream, seq=seq, at=at, kind=kind, payload=make_payload(kind, said), **envelope)

    @property
    def id(self) -> str:
        """The event's derived id, ``stream#seq``."""
        return f"{self.stream}#{self.seq}"

    @property
    def actor_kind(self) -> str | None:
        """The kind of the actor: the part before the colon."""
        return None if self.actor is None else self.actor.partition(":")[0]

    @property
    def actor_id(self) -> str | None:
        """The id of the actor: the part after the colon, if there is one."""
        return None if self.actor is None else self.actor.partition(":")[2] or None

    @property
    def is_customer_message(self) -> bool:
        """Whether this is the customer's own word: it starts, stops and reopens things."""
        return (
            self.kind == "contact.received" and not self.automated and getattr(self.payload, "counts", True)
        )

    @property
    def is_human_reply(self) -> bool:
        """Whether a person answered the customer: only this answers, stops clocks and keeps promises."""
        return self.kind == "contact.replied" and not self.automated and self.audience != "internal"

    def placed(self, stream: str, seq: int) -> Event:
        """Return the event at its place in a stream."""
        return evolve(self, stream=stream, seq=seq)

    def to_plain(self) -> dict[str, Any]:
        """Return the event as canonical JSON's plain types; what says nothing is left out."""
        said = {
            name: value for name in _ENVELOPE if (value := getattr(self, name)) != _SAYS_NOTHING.get(name)
        }
        return {
            "stream": self.stream,
            "seq": self.seq,
            "at": to_plain(self.at),
            "kind": self.kind,
            **said,
            "data": self.payload.to_plain(),
        }

    def to_json(self) -> bytes:
        """Return the event's canonical JSON, the text that is stored, hashed and exported."""
        return dumps(self.to_plain())

    @classmethod
    def from_json(cls, text: bytes | str) -> Event:
        """Read an event back; fields and kinds that this version does not know are kept.

        Raises InvalidValue when the text is no JSON of an event.
        """
        plain = loads(text)
        known = plain if isinstance(plain, dict) else {}
        missing = [name for name in ("stream", "seq", "at", "kind") if name not in known]
        if missing:
            message = f"this JSON is no event: it lacks {', '.join(missing)}"
            raise InvalidValue(message)
        return cls(
            stream=plain["stream"],
            seq=plain["seq"],
            at=from_plain(plain["at"]),
            kind=plain["kind"],
            payload=read_payload(plain["kind"], plain.get("data", {})),
            **{name: plain[name] for name in _ENVELOPE if name in plain},
        )
