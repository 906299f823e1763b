"""Reading the plans of a policy document: everything that is wrong is told at once, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from supportkit.escalation._hearing import ACTIVITY, OWN_KINDS
from supportkit.escalation._levels import read_ladder_levels
from supportkit.escalation._modes import MODES
from supportkit.escalation._reading import Reading
from supportkit.escalation._snapshot import plain_plan
from supportkit.escalation.hours import QuietHours
from supportkit.escalation.plans import MANAGER, MANAGER_REQUESTED, Level, Plan
from supportkit.escalation.state import ENDED

__all__ = ["read_plan", "read_plans"]

_COMMON = (
    "id", "mode", "starts", "catch_up", "edits", "hold_while", "quiet_hours", "finally", "ack_timeout",
    "tell_acker", "acked_reminder", "activity_defers", "on_wake", "on_unack",
)  # fmt: skip
_CATCH_UP = ("collapse", "one_step", "replay")
_QUIET_KEYS = ("from", "to", "days", "zone", "unless")


def read_plans(reading: Reading, document: Any) -> dict[str, Plan]:
    """Read ``{name: plan}``; what is at fault is reported and left out."""
    hint = "{name: {levels: [...]}}"
    named = reading.mapping(document, "escalation", hint=hint).items()
    found = (read_plan(reading, str(name), plan, f"escalation.{name}") for name, plan in named)
    plans = {plan.name: plan for plan in found if plan is not None}
    for plan in plans.values():
        _check_manager(reading, plan)
    return plans


def read_plan(reading: Reading, name: str, plan: Any, path: str) -> Plan | None:
    """Read one plan."""
    if not isinstance(plan, Mapping):
        reading.fault("not_a_mapping", path, f"{plan!r} is no plan", "write {levels: [{to: ...}]}")
        return None
    mode = str(plan.get("mode", "ladder"))
    modes = {
        "ladder": (("levels", "repeat"), _ladder),
        "counter": (("of", "at_least", "to"), _counter),
        **MODES,
    }
    if mode not in modes:
        reading.choice(mode, modes, f"{path}.mode")
        return None
    keys, read = modes[mode]
    reading.keys(plan, (*_COMMON, *keys), path)
    made = read(reading, plan, path, _common(reading, name, mode, plan, path))
    return evolve(made, source=plain_plan(plan)) if made.snapshot else made


def _common(reading: Reading, name: str, mode: str, plan: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Read what plans of any mode have."""
    starts = plan.get("starts", "" if mode == "counter" else "case.opened")
    to, closes = _finally(reading, plan.get("finally"), f"{path}.finally")
    choice = reading.choice
    return {
        "name": name,
        "id": str(plan.get("id", name)),
        "mode": mode,
        "starts": starts if mode == "counter" and not starts else _starts(reading, starts, f"{path}.starts"),
        "catch_up": choice(plan.get("catch_up", "collapse"), _CATCH_UP, f"{path}.catch_up"),
        "snapshot": choice(plan.get("edits", "live"), ("live", "snapshot"), f"{path}.edits") == "snapshot",
        "hold_while": reading.statuses(plan.get("hold_while", ()), f"{path}.hold_while"),
        "quiet": _quiet(reading, plan.get("quiet_hours"), f"{path}.quiet_hours"),
        "last_to": to,
        "closes": closes,
        "ack_timeout": _maybe_duration(reading, plan, "ack_timeout", path),
        "acked_reminder": _maybe_duration(reading, plan, "acked_reminder", path),
        "activity": _activity(reading, plan.get("activity_defers", False), f"{path}.activity_defers"),
        "tell_acker": reading.flag(plan.get("tell_acker", False), f"{path}.tell_acker"),
        "on_wake": choice(plan.get("on_wake", "same_level"), ("same_level", "restart"), f"{path}.on_wake"),
        "on_unack": choice(plan.get("on_unack", "restart"), ("restart", "resume"), f"{path}.on_unack"),
    }


def _maybe_duration(reading: Reading, plan: Mapping[str, Any], key: str, path: str) -> Any:
    value = plan.get(key)
    return None if value is None else reading.duration(value, f"{path}.{key}")


def _starts(reading: Reading, kind: Any, path: str) -> str:
    if not isinstance(kind, str):
        return reading.event_kind(kind, path)
    if kind in OWN_KINDS:
        reading.fault("never_starts", path, f"{kind} is what escalations record; it never starts one")
    elif kind in {f"case.{status}" for status in ENDED}:
        message = f"nothing fires on a case that is over, so {kind} starts nothing"
        reading.fault("never_starts", path, message)
    else:
        return reading.event_kind(kind, path)
    return kind


def _finally(reading: Reading, value: Any, path: str) -> tuple[Any, bool]:
    if isinstance(value, Mapping):
        reading.keys(value, ("to",), path)
        return reading.targets(value, path), False
    if value is not None:
        reading.choice(value, ("close",), path)
    return None, value == "close"


def _quiet(reading: Reading, value: Any, path: str) -> QuietHours | None:
    if value is None:
        return None
    said = reading.mapping(value, path, hint='{from: "22:00", to: "07:00", zone: Europe/London}')
    reading.keys(said, _QUIET_KEYS, path)
    hours = reading.hours(said, path) if said else None
    unless = said.get("unless")
    condition = None if unless is None else reading.condition(unless, f"{path}.unless")
    return None if hours is None else QuietHours(hours, condition)


def _activity(reading: Reading, value: Any, path: str) -> frozenset[str]:
    if isinstance(value, list | tuple):
        return frozenset(reading.event_kind(kind, f"{path}[{n}]") for n, kind in enumerate(value))
    return ACTIVITY if reading.flag(value, path) else frozenset()


def _counter(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    least = reading.number(plan.get("at_least"), f"{path}.at_least", least=1)
    of = plan.get("of")
    if not isinstance(of, str):
        hint = 'write the path of a number: "case.transfers"'
        reading.fault("missing", f"{path}.of", f"{of!r} is no fact", hint)
    counts = reading.condition(f"{of} >= {least}", f"{path}.of") if isinstance(of, str) else None
    level = Level(id="1", to=reading.targets(plan, path))
    return Plan(levels=(level,), counts=counts, **{**common, "starts": ""})


def _ladder(reading: Reading, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
    repeat = reading.number(plan.get("repeat", 0), f"{path}.repeat", least=-1)
    levels, delay = read_ladder_levels(reading, plan, path, repeat)
    return Plan(levels=levels, delay=delay, repeat=repeat, **common)


def _check_manager(reading: Reading, plan: Plan) -> None:
    path = f"escalation.{plan.name}"
    if plan.starts != MANAGER_REQUESTED and plan.name != MANAGER.name:
        return
    if not plan.tells:
        hint = "add a level"
        reading.fault("manager_waits", f"{path}.levels", "who asks for a manager must reach somebody", hint)
    elif plan.starts == MANAGER_REQUESTED and (plan.delay or plan.mode not in {"ladder", "chain"}):
        place = f"{path}.levels[0].after" if plan.delay else f"{path}.mode"
        hint = "write after: 0 minutes" if plan.delay else "make it a ladder"
        reading.fault("manager_waits", place, "who asks for a manager never waits", hint)
