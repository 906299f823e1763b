"""What a policy says of waits: how long one matter takes, and whether those who wait are told."""

from __future__ import annotations

from datetime import timedelta

from attrs import field, frozen

from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue

__all__ = ["WaitTerms"]


@frozen(kw_only=True)
class WaitTerms:
    """`handling_time` is how long a matter takes one of the places of an agent, on average.

    With `announce` an acknowledgement says how long the wait is likely to be. Raises InvalidValue for a time
    that is none.

    >>> WaitTerms(handling_time="10 minutes").handling_time
    datetime.timedelta(seconds=600)
    """

    handling_time: timedelta = field(converter=read_duration)
    announce: bool = False

    def __attrs_post_init__(self) -> None:
        if self.handling_time <= timedelta(0):
            raise InvalidValue(
                f"handling_time={self.handling_time!r} is no time at all; write something like '10 minutes'"
            )
