"""Reading the levels of a ladder: who is told, and what passes until the next level's turn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve

from supportkit.escalation._reading import Reading
from supportkit.escalation.plans import KINDS, Level

__all__ = ["GUESSED_WAIT", "read_ladder_levels", "read_level"]

GUESSED_WAIT = timedelta(minutes=5)
_LEVEL_KEYS = ("id", "to", "kind", "when", "then", "skip_if_empty")
_LADDER_KEYS = (*_LEVEL_KEYS, "wait", "after", "ack", "window")
_WINDOW_KEYS = ("from", "to", "days", "zone", "outside")


def read_level(
    reading: Reading, level: Any, number: int, path: str, *, keys: tuple[str, ...] = (), **fields: Any
) -> Level:
    """Read what levels of all modes have; a lenient reading turns a broken one into a fault of its turn."""
    before = len(reading.faults)
    made = _level(reading, level, number, path, keys, fields)
    if reading.strict or len(reading.faults) == before:
        return made
    del reading.faults[before:]
    return evolve(made, broken=True)


def _level(
    reading: Reading, level: Any, number: int, path: str, keys: tuple[str, ...], fields: dict[str, Any]
) -> Level:
    if not isinstance(level, Mapping):
        hint = "write {to: team_lead, wait: 30 minutes}"
        reading.fault("not_a_mapping", path, f"{level!r} is no level", hint)
        return Level(id=str(number), **fields)
    reading.keys(level, (*_LEVEL_KEYS, *keys), path)
    return Level(
        id=str(level.get("id", number)),
        to=reading.targets(level, path),
        kind=reading.choice(level.get("kind", "inform"), KINDS, f"{path}.kind"),
        when=reading.when(level, path),
        then=reading.sets(level, path),
        skip_if_empty=reading.flag(level.get("skip_if_empty", False), f"{path}.skip_if_empty"),
        **fields,
    )


def read_ladder_levels(
    reading: Reading, plan: Mapping[str, Any], path: str, repeat: int
) -> tuple[tuple[Level, ...], timedelta]:
    """Read the levels of a ladder, and what passes before the first one's turn."""
    given = reading.listed(plan, "levels", path, hint="[{to: team_lead, wait: 30 minutes}]")
    places = [place for place, _ in given]
    levels = [_ladder_level(reading, level, n, place) for n, (place, level) in enumerate(given, 1)]
    reading.unique_ids(levels, places)
    raw = [level if isinstance(level, Mapping) else {} for _, level in given]
    afters = [_wait(reading, level, "after", place) for level, place in zip(raw, places, strict=True)]
    waits = [_wait(reading, level, "wait", place) for level, place in zip(raw, places, strict=True)]
    for index, place in enumerate(places):
        last = index == len(places) - 1
        after = afters[0 if last else index + 1]
        levels[index] = _with_wait(
            reading, levels[index], waits[index], after, place, last=last, repeat=repeat
        )
    if repeat and levels and not any(level.wait for level in levels):
        reading.fault("no_time", f"{path}.repeat", "a pass that takes no time would repeat for ever at once")
    return tuple(levels), (afters[0] if afters else None) or timedelta(0)


def _ladder_level(reading: Reading, level: Any, number: int, path: str) -> Level:
    said = level if isinstance(level, Mapping) else {}
    fields: dict[str, Any] = {}
    before = len(reading.faults)
    if "ack" in said:
        fields["each"] = reading.choice(said["ack"], ("any", "each"), f"{path}.ack") == "each"
    if "window" in said:
        place = f"{path}.window"
        window = reading.mapping(said["window"], place, hint='{from: "08:00", to: "18:00"}')
        reading.keys(window, _WINDOW_KEYS, place)
        fields["window"] = reading.hours(window, place) if window else None
        fields["outside"] = reading.choice(
            window.get("outside", "defer"), ("skip", "defer"), f"{place}.outside"
        )
    broken = len(reading.faults) > before
    made = read_level(reading, level, number, path, keys=_LADDER_KEYS, **fields)
    if reading.strict or not broken:
        return made
    del reading.faults[before:]
    return evolve(made, broken=True)


def _with_wait(
    reading: Reading, level: Level, wait: timedelta | None, after: timedelta | None, path: str, *, last: bool,
    repeat: int,
) -> Level:  # fmt: skip
    """Settle what passes between a level and the next: its `wait`, or the next one's `after`."""
    if not last and wait is not None and after is not None and wait != after:
        message = f"wait ({wait}) and the next level's after ({after}) say the same thing differently"
        reading.fault("wait_twice", f"{path}.wait", message, "keep one of them")
    if wait is None and (not last or repeat):
        wait = after
    if wait is not None:
        return evolve(level, wait=wait)
    if last and not repeat:
        return evolve(level, wait=GUESSED_WAIT)
    if reading.strict:
        hint = "write wait: 30 minutes, or after: 30 minutes on the next level"
        reading.fault("wait_not_configured", f"{path}.wait", "nothing says how long this level waits", hint)
    return evolve(level, wait=GUESSED_WAIT, wait_guessed=True)


def _wait(reading: Reading, level: Mapping[str, Any], key: str, path: str) -> timedelta | None:
    if level.get(key) is None:
        return None
    before = len(reading.faults)
    wait = reading.duration(level[key], f"{path}.{key}")
    if not reading.strict:
        del reading.faults[before:]
    return wait
