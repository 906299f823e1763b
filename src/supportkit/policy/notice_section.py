"""The section ``notices``: how many notices a colleague gets, and whether several go out as one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue
from supportkit.escalation import Rate, Throttle
from supportkit.policy.section import Reading

__all__ = ["Notices", "read_notices"]

_RATE = re.compile(r"(\d{1,6}) in (\d.*)")


@frozen
class Notices:
    """How notices to colleagues go out: under a `throttle` for each of them, several as one if `compact`."""

    throttle: Throttle | None = None
    compact: bool = False


def read_notices(reading: Reading, section: Any) -> Notices:
    """Read ``notices: {throttle: [3 in 15 minutes], compact: true}``."""
    said = reading.mapping(section, "notices", ("throttle", "compact"))
    rates = [
        _rate(reading, item, path)
        for path, item in reading.items(said.get("throttle", []), "notices.throttle")
    ]
    known = [rate for rate in rates if rate is not None]
    compact = reading.flag(said["compact"], "notices.compact") if "compact" in said else False
    return Notices(Throttle(known) if known else None, compact)


def _rate(reading: Reading, value: Any, path: str) -> Rate | None:
    if isinstance(value, Mapping):
        said = reading.mapping(value, path, ("rate", "smooth"))
        smooth = reading.flag(said["smooth"], f"{path}.smooth") if "smooth" in said else False
        return reading.build(f"{path}.rate", lambda: _read(said.get("rate"), smooth=smooth))
    return reading.build(path, lambda: _read(value, smooth=False))


def _read(value: Any, *, smooth: bool) -> Rate:
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise InvalidValue(f"{value!r} is no rate; write it like '3 in 15 minutes'")
    return Rate(int(match[1]), read_duration(match[2]), smooth)
