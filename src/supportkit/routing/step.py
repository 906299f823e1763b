"""Steps: how the circle of those who may take an item grows while it waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from attrs import field, frozen

from supportkit.errors import InvalidValue
from supportkit.sequences import as_tuple

__all__ = ["Step"]

_SKIP_IF = (None, "none_available", "none_logged_in")


@frozen
class Step:
    """One stretch of waiting, the half-open time [start, start + within); `within` None never ends.

    `agents` narrows it to these ids, `skills` to a least level of each (several mappings: any one of them),
    `tiers` to (low, high) inclusive. `drop` names optional skills that are no longer asked for. `skip_if`
    leaves the step out when nobody of its own is present. A policy with steps is not built yet and says so.
    """

    within: timedelta | None = None
    agents: tuple[str, ...] | None = field(default=None, kw_only=True)
    skills: Mapping[str, int] | tuple[Mapping[str, int], ...] | None = field(default=None, kw_only=True)
    tiers: tuple[int, int] | None = field(default=None, kw_only=True)
    drop: tuple[str, ...] = field(default=(), kw_only=True, converter=as_tuple)
    skip_if: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.within is not None and self.within < timedelta(0):
            raise InvalidValue(f"within={self.within!r} is below 0")
        if self.skip_if not in _SKIP_IF:
            raise InvalidValue(f"skip_if={self.skip_if!r} is none of none_available, none_logged_in")
