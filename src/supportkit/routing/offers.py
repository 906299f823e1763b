"""The terms of an offer: how long an agent is asked, and what follows from silence and from leaving."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import field, frozen

from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue

__all__ = ["Offers"]


def _duration(value: Any) -> timedelta | None:
    return None if value is None else read_duration(value)


@frozen(kw_only=True)
class Offers:
    """An offer holds for `within`, half-open; then the agent becomes `on_timeout` (a presence).

    Whoever goes offline gives accepted work back after `grace`; None leaves it with them. Raises InvalidValue
    for an offer that holds for no time, and for a grace below zero.

    >>> Offers(within="2 minutes").within
    datetime.timedelta(seconds=120)
    """

    within: timedelta = field(converter=read_duration)
    on_timeout: str | None = None
    grace: timedelta | None = field(default=None, converter=_duration)

    def __attrs_post_init__(self) -> None:
        if self.within <= timedelta(0):
            raise InvalidValue(
                f"within={self.within!r} leaves no time to answer; write something like '2 minutes'"
            )
        if self.grace is not None and self.grace < timedelta(0):
            raise InvalidValue(f"grace={self.grace!r} is below zero; leave it out or write '5 minutes'")
