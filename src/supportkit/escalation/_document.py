"""Reading the plans of a policy document: everything that is wrong is told at once, with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve, frozen

from supportkit.cases import STATUSES, known_kinds
from supportkit.cases.durations import read_duration
from supportkit.errors import ExpressionError, Fault, InvalidValue, nearest_name
from supportkit.escalation._hearing import OWN_KINDS
from supportkit.escalation.plans import KINDS, MANAGER, MANAGER_REQUESTED, Level, OneOf, Plan, Target
from supportkit.escalation.state import ENDED
from supportkit.rules import Expression, from_json, parse

__all__ = ["Reading"]

_COMMON = ("id", "mode", "hold_while", "ack_timeout", "tell_acker", "on_wake", "on_unack")
_KEYS = {
    "ladder": (*_COMMON, "starts", "levels", "repeat", "catch_up", "edits"),
    "counter": (*_COMMON, "of", "at_least", "to"),
}
_LEVEL_KEYS = ("id", "to", "wait", "after", "kind", "when", "then", "skip_if_empty", "ack")
_MODES_NOT_BUILT = ("chain", "offset", "deadline", "age", "priority_ladder")
_PLAN_NOT_BUILT = ("quiet_hours", "finally", "acked_reminder", "activity_defers")
_LEVEL_NOT_BUILT = ("window",)
_CATCH_UP = ("collapse", "one_step", "replay")
_GUESSED_WAIT = timedelta(minutes=5)
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


@frozen(eq=False)
class Reading:
    """One reading of a document: how conditions are read, how strictly, and the faults so far."""

    faults: list[Fault]
    strict: bool = True
    schema: Any = None
    keywords: Any = None

    def plans(self, document: Any) -> dict[str, Plan]:
        """Read ``{name: plan}``; what is at fault is reported and left out."""
        if not isinstance(document, Mapping):
            self.fault(
                "not_a_mapping", "escalation", f"{document!r} is no mapping", "write {name: {levels: [...]}}"
            )
            return {}
        found = (self.plan(str(name), plan, f"escalation.{name}") for name, plan in document.items())
        plans = {plan.name: plan for plan in found if plan is not None}
        for plan in plans.values():
            self._check_manager(plan)
        return plans

    def fault(self, code: str, path: str, message: str, hint: str | None = None) -> None:
        """Report one thing that is wrong."""
        self.faults.append(Fault(code, path=path, message=message, hint=hint))

    # -- a plan -----------------------------------------------------------------------------------

    def plan(self, name: str, plan: Any, path: str) -> Plan | None:
        """Read one plan."""
        if not isinstance(plan, Mapping):
            self.fault("not_a_mapping", path, f"{plan!r} is no plan", "write {levels: [{to: ...}]}")
            return None
        mode = str(plan.get("mode", "ladder"))
        if mode not in _KEYS:
            self.choice(mode, _KEYS, f"{path}.mode", not_built=_MODES_NOT_BUILT)
            return None
        self.keys(plan, _KEYS[mode], path, not_built=_PLAN_NOT_BUILT)
        timeout = plan.get("ack_timeout")
        common: dict[str, Any] = {
            "name": name,
            "id": str(plan.get("id", name)),
            "mode": mode,
            "hold_while": self.statuses(plan.get("hold_while", ()), f"{path}.hold_while"),
            "ack_timeout": None if timeout is None else self.duration(timeout, f"{path}.ack_timeout"),
            "tell_acker": self.flag(plan.get("tell_acker", False), f"{path}.tell_acker"),
            "on_wake": self.choice(
                plan.get("on_wake", "same_level"), ("same_level", "restart"), f"{path}.on_wake"
            ),
            "on_unack": self.choice(
                plan.get("on_unack", "restart"), ("restart", "resume"), f"{path}.on_unack"
            ),
        }
        return self._ladder(plan, path, common) if mode == "ladder" else self._counter(plan, path, common)

    def _counter(self, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
        least = self.number(plan.get("at_least"), f"{path}.at_least", least=1)
        of = plan.get("of")
        if not isinstance(of, str):
            self.fault(
                "missing", f"{path}.of", f"{of!r} is no fact", 'write the path of a number: "case.transfers"'
            )
        counts = self.condition(f"{of} >= {least}", f"{path}.of") if isinstance(of, str) else None
        level = Level(id="1", to=self.targets(plan, path))
        return Plan(starts="", levels=(level,), counts=counts, **common)

    def _ladder(self, plan: Mapping[str, Any], path: str, common: dict[str, Any]) -> Plan:
        repeat = self.number(plan.get("repeat", 0), f"{path}.repeat", least=-1)
        self.choice(plan.get("edits", "live"), ("live",), f"{path}.edits", not_built=("snapshot",))
        levels, delay = self._levels(plan, path, repeat)
        return Plan(
            starts=self._starts(plan.get("starts", "case.opened"), f"{path}.starts"),
            levels=levels,
            delay=delay,
            repeat=repeat,
            catch_up=self.choice(plan.get("catch_up", "collapse"), _CATCH_UP, f"{path}.catch_up"),
            **common,
        )

    def _starts(self, kind: Any, path: str) -> str:
        if not isinstance(kind, str) or "." not in kind:
            self.fault("bad_value", path, f"{kind!r} is no kind of event", 'write it like "case.opened"')
        elif kind in OWN_KINDS:
            self.fault("never_starts", path, f"{kind} is what escalations record; it never starts one")
        elif kind not in known_kinds() and not kind.startswith("x."):
            near = nearest_name(kind, known_kinds())
            hint = f"did you mean {near!r}?" if near else "kinds of your own begin with 'x.'"
            self.fault("unknown_kind", path, f"there is no kind of event {kind!r}", hint)
        elif kind in {f"case.{status}" for status in ENDED}:
            self.fault(
                "never_starts", path, f"nothing fires on a case that is over, so {kind} starts nothing"
            )
        return str(kind)

    def _check_manager(self, plan: Plan) -> None:
        path = f"escalation.{plan.name}"
        if plan.starts != MANAGER_REQUESTED and plan.name != MANAGER.name:
            return
        if not plan.levels:
            self.fault(
                "manager_waits", f"{path}.levels", "who asks for a manager must reach somebody", "add a level"
            )
        if plan.starts == MANAGER_REQUESTED and plan.delay:
            hint = "write after: 0 minutes"
            self.fault("manager_waits", f"{path}.levels[0].after", "who asks for a manager never waits", hint)

    # -- levels -----------------------------------------------------------------------------------

    def _levels(self, plan: Mapping[str, Any], path: str, repeat: int) -> tuple[tuple[Level, ...], timedelta]:
        given = plan.get("levels")
        if not isinstance(given, list | tuple):
            hint = "write a list: [{to: team_lead, wait: 30 minutes}]"
            self.fault("missing", f"{path}.levels", f"{given!r} are no levels", hint)
            return (), timedelta(0)
        places = [f"{path}.levels[{index}]" for index in range(len(given))]
        levels = [
            self._level(level, n, place)
            for n, (level, place) in enumerate(zip(given, places, strict=True), 1)
        ]
        self._check_ids(levels, places)
        raw = [level if isinstance(level, Mapping) else {} for level in given]
        afters = [self._wait(level, "after", place) for level, place in zip(raw, places, strict=True)]
        waits = [self._wait(level, "wait", place) for level, place in zip(raw, places, strict=True)]
        for index in range(len(levels)):
            last = index == len(levels) - 1
            levels[index] = self._with_wait(
                levels[index],
                waits[index],
                afters[0 if last else index + 1],
                places[index],
                last=last,
                repeat=repeat,
            )
        if repeat and levels and not any(level.wait for level in levels):
            self.fault("no_time", f"{path}.repeat", "a pass that takes no time would repeat for ever at once")
        return tuple(levels), (afters[0] if afters else None) or timedelta(0)

    def _with_wait(
        self,
        level: Level,
        wait: timedelta | None,
        after: timedelta | None,
        path: str,
        *,
        last: bool,
        repeat: int,
    ) -> Level:
        """Settle what passes between a level and the next: its `wait`, or the next one's `after`."""
        if not last and wait is not None and after is not None and wait != after:
            message = f"wait ({wait}) and the next level's after ({after}) say the same thing differently"
            self.fault("wait_twice", f"{path}.wait", message, "keep one of them")
        if wait is None and (not last or repeat):
            wait = after
        if wait is not None:
            return evolve(level, wait=wait)
        if last and not repeat:
            return evolve(level, wait=_GUESSED_WAIT)
        if self.strict:
            hint = "write wait: 30 minutes, or after: 30 minutes on the next level"
            self.fault("wait_not_configured", f"{path}.wait", "nothing says how long this level waits", hint)
        return evolve(level, wait=_GUESSED_WAIT, wait_guessed=True)

    def _wait(self, level: Mapping[str, Any], key: str, path: str) -> timedelta | None:
        if level.get(key) is None:
            return None
        before = len(self.faults)
        wait = self.duration(level[key], f"{path}.{key}")
        if not self.strict:
            del self.faults[before:]
        return wait

    def _level(self, level: Any, number: int, path: str) -> Level:
        before = len(self.faults)
        made = self._read_level(level, number, path)
        if self.strict or len(self.faults) == before:
            return made
        del self.faults[before:]
        return evolve(made, broken=True)

    def _read_level(self, level: Any, number: int, path: str) -> Level:
        if not isinstance(level, Mapping):
            self.fault(
                "not_a_mapping", path, f"{level!r} is no level", "write {to: team_lead, wait: 30 minutes}"
            )
            return Level(id=str(number))
        self.keys(level, _LEVEL_KEYS, path, not_built=_LEVEL_NOT_BUILT)
        self.choice(level.get("ack", "any"), ("any",), f"{path}.ack", not_built=("each",))
        when = level.get("when")
        then = level.get("then", {})
        if not isinstance(then, Mapping) or not all(isinstance(key, str) for key in then):
            self.fault(
                "bad_value", f"{path}.then", f"{then!r} sets no facts", "write {case.priority: urgent}"
            )
            then = {}
        return Level(
            id=str(level.get("id", number)),
            to=self.targets(level, path),
            kind=self.choice(level.get("kind", "inform"), KINDS, f"{path}.kind"),
            when=None if when is None else self.condition(when, f"{path}.when"),
            then=dict(then),
            skip_if_empty=self.flag(level.get("skip_if_empty", False), f"{path}.skip_if_empty"),
        )

    def _check_ids(self, levels: list[Level], places: list[str]) -> None:
        seen: set[str] = set()
        for level, place in zip(levels, places, strict=True):
            if level.id in seen:
                self.fault(
                    "duplicate_id",
                    f"{place}.id",
                    f"{level.id!r} is the id of another level",
                    "ids are unique",
                )
            seen.add(level.id)

    # -- single values ----------------------------------------------------------------------------

    def targets(self, given: Mapping[str, Any], path: str) -> tuple[Target, ...]:
        """Read `to`: one target or a list of them; an empty list tells nobody, on the record."""
        to = given.get("to")
        if to is None:
            self.fault("step_not_configured", f"{path}.to", "nothing says who is told", "write to: team_lead")
            return ()
        items = to if isinstance(to, list | tuple) else [to]
        found = (
            self._target(item, f"{path}.to" + (f"[{n}]" if items is to else ""))
            for n, item in enumerate(items)
        )
        return tuple(target for target in found if target is not None)

    def _target(self, item: Any, path: str) -> Target | None:
        if isinstance(item, str) and item.strip():
            return item.strip()
        if isinstance(item, Mapping) and set(item) == {"one_of"}:
            ids = item["one_of"]
            if isinstance(ids, list | tuple) and ids and all(isinstance(one, str) for one in ids):
                return OneOf(ids)
        hint = 'write an id, "team:x", "schedule:x" or {one_of: [ann, bob]}'
        self.fault("bad_target", path, f"{item!r} is nobody who can be told", hint)
        return None

    def keys(
        self, given: Mapping[str, Any], known: Iterable[str], path: str, *, not_built: tuple[str, ...]
    ) -> None:
        """Refuse keys that nobody knows, and by name those that are not built."""
        for key in given:
            if key in not_built:
                self.fault("not_built", f"{path}.{key}", f"{key} is not built yet", "leave it out")
            elif key not in known:
                self._unknown("unknown_key", str(key), (*known, *not_built), f"{path}.{key}")

    def choice(self, value: Any, known: Iterable[str], path: str, *, not_built: tuple[str, ...] = ()) -> str:
        """Read one of several words."""
        if value in not_built:
            self.fault("not_built", path, f"{value} is not built yet", f"choose {' or '.join(known)}")
        elif value not in known:
            self._unknown("bad_value", str(value), (*known, *not_built), path)
        return str(value)

    def _unknown(self, code: str, word: str, known: tuple[str, ...], path: str) -> None:
        nearest = nearest_name(word, known)
        hint = f"did you mean {nearest!r}?" if nearest else f"it is one of {', '.join(known)}"
        self.fault(code, path, f"{word!r} is not known here", hint)

    def statuses(self, value: Any, path: str) -> frozenset[str]:
        """Read a list of statuses of a case."""
        items = value if isinstance(value, list | tuple) else [value]
        return frozenset(self.choice(item, STATUSES, path) for item in items)

    def duration(self, value: Any, path: str) -> timedelta | None:
        """Read a duration; what is none is reported."""
        duration: timedelta | None = self._read(read_duration, value, path)
        return duration

    def condition(self, value: Any, path: str) -> Expression | None:
        """Read a condition given as text or as JSON."""
        read = parse if isinstance(value, str) else from_json
        if isinstance(value, Expression):
            return value
        try:
            return read(value, schema=self.schema, keywords=self.keywords)
        except ExpressionError as error:
            for fault in error.faults:
                self.faults.append(evolve(fault, path=f"{path}.{fault.path}".rstrip(".")))
            return None

    def flag(self, value: Any, path: str) -> bool:
        """Read true or false, as such or as a word."""
        word = _WORDS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(word, bool):
            self.fault("bad_value", path, f"{value!r} is neither true nor false", "write true or false")
        return bool(word)

    def number(self, value: Any, path: str, *, least: int) -> int:
        """Read a whole number, as such or as text."""
        number = self._read(_whole, value, path)
        if number is not None and number < least:
            self.fault("bad_value", path, f"{number} is below {least}", None)
        return least if number is None else number

    def _read(self, read: Callable[[Any], Any], value: Any, path: str) -> Any:
        try:
            return read(value)
        except InvalidValue as error:
            self.fault("bad_value", path, str(error))
            return None


def _whole(value: Any) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.removeprefix("-").isdecimal():
        return int(text)
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    raise InvalidValue(f"{value!r} is no whole number")
