"""The section ``collisions``: what happens when two people answer one customer at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import field, frozen

from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue
from supportkit.policy.section import Reading

__all__ = ["Collisions", "read_collisions"]

_WAYS = ("flag", "refuse", "ignore")


def _positive(_: object, attribute: Any, value: timedelta) -> None:
    if value <= timedelta(0):
        raise InvalidValue(
            f"{attribute.name}={value} must be longer than nothing; 'then: ignore' looks at none"
        )


@frozen
class Collisions:
    """Replies of two people to one customer `within` which they collide, when nothing new came from them.

    `then` says what becomes of the later one: *flag* records a fault beside it, *refuse* refuses it,
    *ignore* looks at none.
    """

    within: timedelta = field(default=timedelta(minutes=15), validator=_positive)
    then: str = "flag"


def read_collisions(reading: Reading, section: Any) -> Collisions:
    """Read ``collisions``: `within` and `then`."""
    said = reading.mapping(section, "collisions", ("within", "then"))
    options: dict[str, Any] = {}
    if "within" in said:
        options["within"] = reading.build("collisions.within", lambda: read_duration(said["within"]))
    if "then" in said:
        options["then"] = reading.text(said["then"], "collisions.then")
        if options["then"] not in _WAYS:
            reading.fault(
                "bad_value", "collisions.then", f"{said['then']!r} says not what becomes of the later reply",
                f"choose {', '.join(_WAYS)}",
            )  # fmt: skip
    given = {name: value for name, value in options.items() if value is not None}
    return reading.build("collisions.within", lambda: Collisions(**given)) or Collisions()
