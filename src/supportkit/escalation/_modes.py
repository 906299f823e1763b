"""Reading plans of every mode but the ladder: what their clocks need, and their levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve

from supportkit.escalation._levels import GUESSED_WAIT, read_level
from supportkit.escalation._reading import Reading
from supportkit.escalation.plans import Entry, Level, Plan, Renotify, Threshold

__all__ = ["MODES"]

_BASES = ("created", "last_modified", "created_until_modified")
_STEPS: dict[str, tuple[str, ...]] = {
    "notify": (),  # as a level
    "wait": ("for",),
    "window": ("from", "to", "days", "zone"),
    "threshold": ("of", "more_than", "within"),
    "repeat": ("times",),
    "resolve": (),
}
_LevelReader = Callable[[Reading, Any, int, str], Level]


def _levels(
    reading: Reading, given: Mapping[str, Any], path: str, read: _LevelReader, hint: str
) -> tuple[Level, ...]:
    items = reading.listed(given, "levels", path, hint=hint)
    levels = [read(reading, item, number, place) for number, (place, item) in enumerate(items, 1)]
    reading.unique_ids(levels, [place for place, _ in items])
    return tuple(levels)


# -- counted from the start -----------------------------------------------------------------------


def _offset(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    levels = _levels(reading, plan, path, _offset_level, "[{after: 5 minutes, to: team_lead}]")
    repeat: dict[str, Any] = {}
    if plan.get("repeat") is not None:
        place = f"{path}.repeat"
        said = reading.mapping(plan["repeat"], place, hint="{after: 10 minutes, times: 3}")
        repeat = _passes(reading, said, place) if said else {}
    return Plan(levels=levels, **repeat, **common)


def _passes(reading: Reading, said: Mapping[str, Any], path: str) -> dict[str, Any]:
    reading.keys(said, ("after", "times", "revert_ack"), path)
    return {
        "pause": reading.some_time(said, "after", path),
        "repeat": reading.number(said.get("times", 1), f"{path}.times", least=-1),
        "revert_ack": reading.flag(said.get("revert_ack", False), f"{path}.revert_ack"),
    }


def _offset_level(reading: Reading, level: Any, number: int, path: str) -> Level:
    said = level if isinstance(level, Mapping) else {}
    condition = reading.choice(said.get("if", "not_acked"), ("not_acked", "not_closed"), f"{path}.if")
    after = reading.duration(said.get("after", timedelta(0)), f"{path}.after")
    return read_level(
        reading, level, number, path, keys=("after", "if"), after=after or timedelta(0),
        only_unacked=condition == "not_acked",
    )  # fmt: skip


# -- counted around a deadline --------------------------------------------------------------------


def _deadline(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    metric = plan.get("metric")
    if not isinstance(metric, str) or not metric:
        reading.fault("missing", f"{path}.metric", f"{metric!r} is no metric", "write metric: first_response")
    levels = _levels(reading, plan, path, _deadline_level, "[{percent: 50, to: team_lead}]")
    again = None
    if plan.get("renotify") is not None:
        place = f"{path}.renotify"
        said = reading.mapping(plan["renotify"], place, hint="{every: 1 hour}")
        reading.keys(said, ("every", "strict"), place)
        strict = reading.flag(said.get("strict", False), f"{place}.strict")
        again = Renotify(reading.some_time(said, "every", place), strict)
    inside = reading.calendar(plan.get("notify_in"), f"{path}.notify_in")
    return Plan(metric=str(metric), levels=levels, renotify=again, notify_in=inside, **common)


def _deadline_level(reading: Reading, level: Any, number: int, path: str) -> Level:
    said = level if isinstance(level, Mapping) else {}
    where: dict[str, Any] = {}
    if said.get("percent") is not None:
        where["percent"] = reading.percent(said["percent"], f"{path}.percent")
    if said.get("offset") is not None:
        where["after"] = reading.signed_duration(said["offset"], f"{path}.offset")
    if said and len(where) != 1:
        message = "a level lies at an offset from the deadline or at a percent of its target"
        reading.fault("missing", f"{path}.offset", message, "write offset: -30 minutes, or percent: 50")
    return read_level(reading, level, number, path, keys=("offset", "percent"), **where)


# -- by age ---------------------------------------------------------------------------------------


def _age(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    entries = (
        (Entry(id="1", levels=_age_levels(reading, plan, path)),)
        if "entries" not in plan
        else _entries(reading, plan, path)
    )
    if "entries" in plan and "levels" in plan:
        reading.fault("unknown_key", f"{path}.levels", "levels stand in the entries here", "leave it out")
    return Plan(
        basis=reading.choice(plan.get("basis", "created"), _BASES, f"{path}.basis"),
        calendar=reading.calendar(plan.get("calendar"), f"{path}.calendar"),
        entries=entries,
        levels=entries[0].levels if len(entries) == 1 else (),
        **common,
    )


def _entries(reading: Reading, plan: Mapping[str, Any], path: str) -> tuple[Entry, ...]:
    given = reading.listed(plan, "entries", path, hint="[{when: ..., levels: [...]}]")
    entries = [_entry(reading, entry, number, place) for number, (place, entry) in enumerate(given, 1)]
    reading.unique_ids(entries, [place for place, _ in given])
    return tuple(entries)


def _entry(reading: Reading, entry: Any, number: int, path: str) -> Entry:
    said = reading.mapping(entry, path, hint="{when: ..., levels: [...]}")
    reading.keys(said, ("id", "when", "levels"), path)
    levels = _age_levels(reading, said, path) if said else ()
    return Entry(id=str(said.get("id", number)), when=reading.when(said, path), levels=levels)


def _age_levels(reading: Reading, given: Mapping[str, Any], path: str) -> tuple[Level, ...]:
    return _levels(reading, given, path, _age_level, "[{over: 8 hours, to: team_lead}]")


def _age_level(reading: Reading, level: Any, number: int, path: str) -> Level:
    said = level if isinstance(level, Mapping) else {}
    over = reading.some_time(said, "over", path) if said else None
    return read_level(reading, level, number, path, keys=("over",), after=over)


# -- a priority that rises ------------------------------------------------------------------------


def _priority_ladder(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    order = plan.get("order")
    words = [str(word) for word in order] if isinstance(order, list | tuple) else []
    if len(words) < 2 or len(set(words)) < len(words):
        hint = "write order: [low, normal, high]"
        reading.fault(
            "bad_value", f"{path}.order", f"{order!r} is no order of priorities, the lowest first", hint
        )
        words = []
    to = reading.targets(plan, path) if "to" in plan else ()
    return Plan(
        every=reading.some_time(plan, "every", path),
        calendar=reading.calendar(plan.get("calendar"), f"{path}.calendar"),
        order=tuple(words),
        levels=tuple(Level(id=str(number), to=to) for number in range(1, max(len(words), 2))),
        **common,
    )


# -- a chain of steps -----------------------------------------------------------------------------


def _chain(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    given = reading.listed(plan, "steps", path, hint="[{do: notify, to: ann}, {do: wait, for: 5 minutes}]")
    steps = [_step(reading, step, number, place) for number, (place, step) in enumerate(given, 1)]
    reading.unique_ids(steps, [place for place, _ in given])
    for (place, _), step, number in zip(given, steps, range(len(steps)), strict=True):
        if step.do == "repeat" and step.times < 0 and not any(_takes_time(each) for each in steps[:number]):
            reading.fault(
                "no_time", f"{place}.times", "a pass that takes no time would repeat for ever at once"
            )
    return Plan(levels=tuple(steps), **common)


def _takes_time(step: Level) -> bool:
    return step.do == "threshold" or bool(step.wait)


def _step(reading: Reading, step: Any, number: int, path: str) -> Level:
    """Read one step; a lenient reading turns a broken one into a fault of its turn."""
    before = len(reading.faults)
    said = reading.mapping(step, path, hint="{do: notify, to: team_lead}")
    do = reading.choice(said.get("do"), _STEPS, f"{path}.do") if said else ""
    if do in _STEPS and do != "notify":
        reading.keys(said, ("id", "do", *_STEPS[do]), path)
    made = _STEP_READERS.get(do, _nothing)(reading, said, number, path)
    made = evolve(made, id=str(said.get("id", number)), do=do)
    if reading.strict or len(reading.faults) == before:
        return made
    del reading.faults[before:]
    # A wait without a length still waits: five minutes, and the fault says so.
    return evolve(made, wait=GUESSED_WAIT, wait_guessed=True) if do == "wait" else evolve(made, broken=True)


def _notify(reading: Reading, said: Mapping[str, Any], number: int, path: str) -> Level:
    level = {key: value for key, value in said.items() if key != "do"}
    return read_level(reading, level, number, path)


def _wait_step(reading: Reading, said: Mapping[str, Any], number: int, path: str) -> Level:
    wait = None if said.get("for") is None else reading.duration(said["for"], f"{path}.for")
    if said.get("for") is None:
        reading.fault("wait_not_configured", f"{path}.for", "nothing says how long", "write for: 5 minutes")
    return Level(id=str(number), wait=wait)


def _window(reading: Reading, said: Mapping[str, Any], number: int, path: str) -> Level:
    return Level(id=str(number), window=reading.hours(said, path))


def _threshold(reading: Reading, said: Mapping[str, Any], number: int, path: str) -> Level:
    of = reading.event_kind(said.get("of"), f"{path}.of")
    more_than = reading.number(said.get("more_than"), f"{path}.more_than", least=0)
    return Level(id=str(number), threshold=Threshold(of, more_than, reading.some_time(said, "within", path)))


def _repeat(reading: Reading, said: Mapping[str, Any], number: int, path: str) -> Level:
    return Level(id=str(number), times=reading.number(said.get("times", 5), f"{path}.times", least=-1))


def _nothing(reading: Reading, said: Mapping[str, Any], number: int, path: str) -> Level:  # noqa: ARG001 - as the others
    return Level(id=str(number))


_STEP_READERS: dict[str, Callable[[Reading, Mapping[str, Any], int, str], Level]] = {
    "notify": _notify,
    "wait": _wait_step,
    "window": _window,
    "threshold": _threshold,
    "repeat": _repeat,
}

MODES: dict[
    str, tuple[tuple[str, ...], Callable[[Reading, Mapping[str, Any], str, dict[str, Any]], Plan]]
] = {
    "offset": (("levels", "repeat"), _offset),
    "deadline": (("metric", "levels", "renotify", "notify_in"), _deadline),
    "age": (("basis", "calendar", "levels", "entries"), _age),
    "priority_ladder": (("every", "calendar", "order", "to"), _priority_ladder),
    "chain": (("steps",), _chain),
}
"""For each mode the keys of its own in a plan, and what reads them."""
