"""Points for how somebody feels: bounded, and never the only reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.priority.factor import Contribution, fact_at
from supportkit.priority.points import Points, exact
from supportkit.priority.spend_tier import Tiers

__all__ = ["SentimentFactor"]


@frozen(init=False)
class SentimentFactor:
    """Adds the points of the worst mood reached, when something else counts too.

    `moods` maps the highest sentiment that still counts, from -1 (worst) to 1, to points, which never fall as
    the mood sinks. Reads ``contact.sentiment``, which a host or plugin may give; without it all works the
    same. `never_alone` tells the policy to count it only beside another contribution that is not 0.

    >>> from datetime import UTC, datetime
    >>> factor = SentimentFactor({-0.3: 5, -0.7: 10})
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> [factor.contribute({"contact": {"sentiment": s}}, now=noon).points for s in (0, -0.3, -1)]
    [0, 5, 10]
    """

    tiers: Tiers
    reads: tuple[str, ...]
    name: str
    never_alone: bool

    def __init__(self, moods: Mapping[Any, Any]) -> None:
        depths = {-_sentiment(mood, "sentiment mood"): points for mood, points in moods.items()}
        self.__attrs_init__(
            tiers=Tiers.of(depths, name="sentiment"),
            reads=("contact.sentiment",),
            name="sentiment",
            never_alone=True,
        )

    @property
    def extent(self) -> tuple[Points, Points]:
        """The least and the most points it can give."""
        return 0, self.tiers.most

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:  # noqa: ARG002 - the protocol's shape
        """Return the points of the mood; raises InvalidValue for a sentiment outside -1 to 1."""
        felt = fact_at(facts, "contact.sentiment")
        if felt is None:
            most = self.tiers.most
            return Contribution(0, {}, self.reads if most else (), self.name, possible=(0, most))
        sentiment = _sentiment(felt, "contact.sentiment")
        return Contribution(self.tiers.reached(-sentiment)[1], {"sentiment": sentiment}, (), self.name)


def _sentiment(value: Any, name: str) -> Any:
    number = exact(value, name=name)
    if not -1 <= number <= 1:
        raise InvalidValue(f"{name}={value!r} is not between -1 (worst) and 1 (best)")
    return number
