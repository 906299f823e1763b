"""The calendars of a policy document: with hours of their own, or made of others by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from supportkit.calendars import ALWAYS, Calendar, read_calendar
from supportkit.errors import InvalidValue, nearest_name
from supportkit.policy.section import Reading

__all__ = ["read_calendars"]


def read_calendars(reading: Reading, section: Any, *, folder: Path | None = None) -> dict[str, Calendar]:
    """Read ``calendars``; ``always`` is there without being written.

    A calendar may join others by their names, whatever the order. Feeds that are named by a relative path are
    looked for in `folder`, by default where the program runs.
    """
    said = reading.mapping(section, "calendars")
    if "always" in said:
        place = "calendars.always"
        reading.fault("reserved", place, "the calendar 'always' is built in", "choose another name")
        del said["always"]
    said = _located(said, folder) if folder else said
    found: dict[str, Calendar] = {"always": ALWAYS}
    for name in said:
        _named_calendar(reading, name, said, found)
    return found


def _named_calendar(
    reading: Reading,
    name: str,
    said: Mapping[str, Any],
    found: dict[str, Calendar],
    within: tuple[str, ...] = (),
) -> Calendar:
    """Return a calendar of the section by its name, reading it and those it is made of when they are new."""
    if name in found:
        return found[name]
    if name in within:
        circle = " -> ".join([*within, name])
        raise InvalidValue(f"the calendar {name!r} is made of itself ({circle}); leave one of them out")
    if name not in said:
        near = nearest_name(name, [*said, *found])
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join([*said, *found])}"
        raise InvalidValue(f"there is no calendar {name!r}; {hint}")
    made = reading.build(
        f"calendars.{name}",
        lambda: read_calendar(
            said[name],
            named=lambda other: _named_calendar(reading, other, said, found, (*within, name)),
        ),
    )
    # A calendar at fault still is one that targets may name: they are not at fault as well.
    found[name] = made or ALWAYS
    return found[name]


def _located(value: Any, folder: Path) -> Any:
    """Return a section with the paths of its feeds from `folder` on."""
    if isinstance(value, Mapping):
        return {
            key: str(folder / item) if key == "ical" and _is_path(item) else _located(item, folder)
            for key, item in value.items()
        }
    return [_located(item, folder) for item in value] if isinstance(value, list | tuple) else value


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and not value.lstrip().startswith("BEGIN:")
