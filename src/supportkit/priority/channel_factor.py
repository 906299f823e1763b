"""Points for where a contact came in, and for how many people can see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.priority.factor import Contribution, fact_at, text_at
from supportkit.priority.points import Points, exact, total
from supportkit.priority.spend_tier import Tiers

__all__ = ["ChannelFactor", "ReachFactor"]

_PUBLIC = "public"


@frozen(init=False)
class ChannelFactor:
    """Adds the points of the contact's channel kind, and those of ``public`` when the world can see it.

    >>> from datetime import UTC, datetime
    >>> factor = ChannelFactor({"social": 5, "public": 20})
    >>> post = {"contact": {"channel": "social", "visibility": "public"}}
    >>> factor.contribute(post, now=datetime(2026, 7, 1, tzinfo=UTC)).points
    25
    """

    points: Mapping[str, Points]
    reads: tuple[str, ...]
    name: str

    def __init__(self, points: Mapping[str, Any]) -> None:
        exactly = {name: exact(value, name=f"channel.{name}") for name, value in points.items()}
        reads: tuple[str, ...] = ("contact.channel",) if set(exactly) - {_PUBLIC} else ()
        if _PUBLIC in exactly:
            reads += ("contact.visibility",)
        self.__attrs_init__(points=exactly, reads=reads, name="channel")

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return total(min(0, *ends) for ends in self._ends()), total(max(0, *ends) for ends in self._ends())

    def _ends(self) -> tuple[list[Points], list[Points]]:
        """What the kind of channel and being public may give."""
        kinds = [points for kind, points in self.points.items() if kind != _PUBLIC]
        return [0, *kinds], [0, self.points.get(_PUBLIC, 0)]

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of channel and visibility together."""
        seen = {path: text_at(facts, path) for path in self.reads}
        missing = tuple(path for path, value in seen.items() if value is None)
        known = {path.rpartition(".")[2]: value for path, value in seen.items() if value is not None}
        gains = [self.points.get(known.get("channel", ""), 0) if known.get("channel") != _PUBLIC else 0]
        if known.get("visibility") == _PUBLIC:
            gains.append(self.points[_PUBLIC])
        kinds, public = self._ends()
        open_ends = kinds if "contact.channel" in missing else [0]
        seen_by_all = public if "contact.visibility" in missing else [0]
        possible = (
            total([*gains, min(open_ends), min(seen_by_all)]),
            total([*gains, max(open_ends), max(seen_by_all)]),
        )
        return Contribution(total(gains), known, missing, self.name, possible=possible)


@frozen(init=False)
class ReachFactor:
    """Adds the points of the highest reach tier when a contact is public; a private one has no reach.

    `tiers` maps the least number of people who can see it to points and never falls.
    """

    tiers: Tiers
    reads: tuple[str, ...]
    name: str

    def __init__(self, tiers: Mapping[Any, Any]) -> None:
        self.__attrs_init__(
            tiers=Tiers.of(tiers, name="reach"), reads=("contact.visibility", "contact.reach"), name="reach"
        )

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return 0, self.tiers.most

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of the tier reached."""
        visibility, reach = text_at(facts, "contact.visibility"), fact_at(facts, "contact.reach")
        if visibility is not None and visibility != _PUBLIC:
            return Contribution(0, {"visibility": visibility}, (), self.name)
        missing = tuple(
            path for path, value in zip(self.reads, (visibility, reach), strict=True) if value is None
        )
        if missing:
            most = self.tiers.most
            return Contribution(0, {}, missing if most else (), self.name, possible=(0, most))
        if isinstance(reach, bool) or not isinstance(reach, int):
            raise InvalidValue(f"contact.reach={reach!r} is no number of people")
        return Contribution(self.tiers.reached(reach)[1], {"reach": reach}, (), self.name)
