"""The engine's memory of one case: small, frozen, and written as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import attrs
from attrs import field, frozen

from supportkit.canonical import from_plain, to_plain
from supportkit.rules import Failure, TextFacts
from supportkit.sla.cycle import Choice, Cycle, Judged, Mark, Recorded
from supportkit.sla.pledge import Pledge

__all__ = ["SlaState", "Track"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INSTANTS = frozenset({"at", "started", "stopped", "since", "base", "due", "last_due", "made", "waiting"})
_DURATIONS = frozenset({"done", "stood", "goal"})
T = TypeVar("T")


@frozen
class Track:
    """One metric: how many cycles began, the one that is going on, and the last ones that are over.

    `waiting` is a customer's word after solving, which starts a cycle if the case is reopened.
    """

    count: int = 0
    current: Cycle | None = None
    finished: tuple[Cycle, ...] = ()
    waiting: datetime | None = None


@frozen(kw_only=True)
class SlaState:
    """What the clocks of one case remember between events; made by `SlaPolicy.start`.

    `given` are the facts that the policy's conditions read, by path, as they were last handed in; `known`
    those that the log says. What was read from a text (`TextFacts`), and what could not be read
    (`Failure`), is not written down: hand it in again.
    Instants are UTC. It holds the current cycle of each metric and the last ones that are over, not the
    whole history.
    """

    opened_at: datetime | None = None
    last_at: datetime | None = None
    status: str = "new"
    team: str | None = None
    replied: bool = False
    answered: bool = False
    reopens: int = 0
    given: Mapping[str, Any] = field(factory=dict)
    known: Mapping[str, Any] = field(factory=dict)
    tracks: Mapping[str, Track] = field(factory=dict)
    promised: int = 0
    pledges: tuple[Pledge, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """Return the state as JSON's plain types; instants and durations are microseconds."""
        judged: list[Judged] = []
        plain = {
            "v": 1,
            "opened_at": _micros(self.opened_at),
            "last_at": _micros(self.last_at),
            "status": self.status,
            "team": self.team,
            "replied": self.replied,
            "answered": self.answered and not self.replied,
            "reopens": self.reopens,
            "given": to_plain(
                {path: fact for path, fact in self.given.items() if not isinstance(fact, TextFacts | Failure)}
            ),
            "known": to_plain(self.known),
            "tracks": {name: _packed(track, judged) for name, track in self.tracks.items()},
            "promised": self.promised,
            "pledges": [_packed(pledge, judged) for pledge in self.pledges],
        }
        # Long and mostly the same: written once, and told by their place.
        plain["judged"] = [[each.policy, each.calendar, each.zone_data] for each in judged]
        return {name: value for name, value in plain.items() if value not in (None, {}, [], 0)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> SlaState:
        """Read what `to_plain` wrote."""
        judged = [Judged(*each) for each in plain.get("judged", ())]
        return cls(
            opened_at=_instant(plain.get("opened_at")),
            last_at=_instant(plain.get("last_at")),
            status=plain.get("status", "new"),
            team=plain.get("team"),
            replied=plain.get("replied", False),
            answered=plain.get("answered", plain.get("replied", False)),
            reopens=plain.get("reopens", 0),
            given=from_plain(plain.get("given", {})),
            known=from_plain(plain.get("known", {})),
            tracks={name: _unpacked(Track, track, judged) for name, track in plain.get("tracks", {}).items()},
            promised=plain.get("promised", 0),
            pledges=tuple(_unpacked(Pledge, pledge, judged) for pledge in plain.get("pledges", ())),
        )


def _micros(value: datetime | None) -> int | None:
    return None if value is None else (value - _EPOCH) // _MICROSECOND


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _packed(value: Any, judged: list[Judged]) -> list[Any]:
    """Return an attrs value as the list of its fields; defaults at the end are left out."""
    names = _FIELDS[type(value)]
    items = [(name, getattr(value, name)) for name in names]
    while items and items[-1][1] == names[items[-1][0]]:
        items.pop()
    return [_plain(name, item, judged) for name, item in items]


def _plain(name: str, value: Any, judged: list[Judged]) -> Any:
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if name in _INSTANTS:
        return _micros(value)
    if name in _DURATIONS:
        return value // _MICROSECOND
    if kind is Judged:
        if value not in judged:
            judged.append(value)
        return judged.index(value)
    if isinstance(value, tuple):
        return [_plain("", item, judged) for item in value]
    return _packed(value, judged) if kind in _FIELDS else value


def _unpacked(cls: type[T], plain: Sequence[Any], judged: Sequence[Judged]) -> T:
    names = _FIELDS[cls]
    return cls(**{name: _value(name, item, judged) for name, item in zip(names, plain, strict=False)})


def _value(name: str, item: Any, judged: Sequence[Judged]) -> Any:
    if name in _INSTANTS:
        return _instant(item)
    if name in _DURATIONS:
        return timedelta(microseconds=item)
    if name == "judged" and item is not None:
        return judged[item]
    if name in {"marks", "finished"}:
        return tuple(_unpacked(_PARTS[name], part, judged) for part in item)
    if name in _PARTS and isinstance(item, list):
        return _unpacked(_PARTS[name], item, judged)
    return tuple(item) if isinstance(item, list) else item


_FIELDS: dict[type, dict[str, Any]] = {
    cls: {a.name: a.default for a in attrs.fields(cls)}
    for cls in (Track, Cycle, Mark, Choice, Recorded, Pledge)
}
_PARTS: dict[str, Any] = {
    "marks": Mark, "choice": Choice, "recorded": Recorded, "current": Cycle, "finished": Cycle
}  # fmt: skip
