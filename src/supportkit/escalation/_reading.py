"""Single values of a plan, read one by one: what is wrong is told with its place, and read as harmless."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from attrs import evolve, field, frozen

from supportkit.calendars import ALWAYS, OpenTime, read_calendar
from supportkit.cases import STATUSES, known_kinds
from supportkit.cases.durations import read_duration
from supportkit.errors import ExpressionError, Fault, InvalidValue, SupportkitError, nearest_name
from supportkit.escalation.hours import Hours
from supportkit.escalation.plans import OneOf, Target
from supportkit.rules import Expression, from_json, parse

__all__ = ["Reading"]

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


@frozen(eq=False)
class Reading:
    """One reading of a document: how conditions are read, how strictly, and the faults so far."""

    faults: list[Fault]
    strict: bool = True
    schema: Any = None
    keywords: Any = None
    calendars: Mapping[str, Any] = field(factory=dict)

    def fault(self, code: str, path: str, message: str, hint: str | None = None) -> None:
        """Report one thing that is wrong."""
        self.faults.append(Fault(code, path=path, message=message, hint=hint))

    def mapping(self, value: Any, path: str, *, hint: str) -> Mapping[str, Any]:
        """Read a mapping; what is none is reported and empty."""
        if isinstance(value, Mapping):
            return value
        self.fault("not_a_mapping", path, f"{value!r} is no mapping", f"write {hint}")
        return {}

    def listed(self, given: Mapping[str, Any], key: str, path: str, *, hint: str) -> list[tuple[str, Any]]:
        """Read a list as pairs of place and item; what is none is reported and empty."""
        value = given.get(key)
        if isinstance(value, list | tuple):
            return [(f"{path}.{key}[{number}]", item) for number, item in enumerate(value)]
        self.fault("missing", f"{path}.{key}", f"{value!r} are no {key}", f"write a list: {hint}")
        return []

    def targets(self, given: Mapping[str, Any], path: str, *, key: str = "to") -> tuple[Target, ...]:
        """Read `to`: one target or a list of them; an empty list tells nobody, on the record."""
        to = given.get(key)
        if to is None:
            self.fault(
                "step_not_configured", f"{path}.{key}", "nothing says who is told", "write to: team_lead"
            )
            return ()
        items = to if isinstance(to, list | tuple) else [to]
        found = (
            self._target(item, f"{path}.{key}" + (f"[{n}]" if items is to else ""))
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

    def keys(self, given: Mapping[str, Any], known: Iterable[str], path: str) -> None:
        """Refuse keys that nobody knows."""
        for key in given:
            if key not in known:
                self._unknown("unknown_key", str(key), tuple(known), f"{path}.{key}")

    def choice(self, value: Any, known: Iterable[str], path: str) -> str:
        """Read one of several words."""
        if value not in known:
            self._unknown("bad_value", str(value), tuple(known), path)
        return str(value)

    def _unknown(self, code: str, word: str, known: tuple[str, ...], path: str) -> None:
        nearest = nearest_name(word, known)
        hint = f"did you mean {nearest!r}?" if nearest else f"it is one of {', '.join(known)}"
        self.fault(code, path, f"{word!r} is not known here", hint)

    def event_kind(self, value: Any, path: str) -> str:
        """Read a kind of event."""
        if not isinstance(value, str) or "." not in value:
            self.fault("bad_value", path, f"{value!r} is no kind of event", 'write it like "case.opened"')
        elif value not in known_kinds() and not value.startswith("x."):
            near = nearest_name(value, known_kinds())
            hint = f"did you mean {near!r}?" if near else "kinds of your own begin with 'x.'"
            self.fault("unknown_kind", path, f"there is no kind of event {value!r}", hint)
        return str(value)

    def statuses(self, value: Any, path: str) -> frozenset[str]:
        """Read a list of statuses of a case."""
        items = value if isinstance(value, list | tuple) else [value]
        return frozenset(self.choice(item, STATUSES, path) for item in items)

    def duration(self, value: Any, path: str) -> timedelta | None:
        """Read a duration; what is none is reported."""
        duration: timedelta | None = self._read(read_duration, value, path)
        return duration

    def some_time(self, given: Mapping[str, Any], key: str, path: str) -> timedelta:
        """Read a duration that must be there and take some time; what is none is reported and an hour."""
        place, found = f"{path}.{key}", None
        if given.get(key) is None:
            self.fault("missing", place, f"nothing says {key}", f"write {key}: 30 minutes")
        else:
            found = self.duration(given[key], place)
            if found == timedelta(0):
                self.fault("no_time", place, "this must take some time", f"write {key}: 30 minutes")
        return found or timedelta(hours=1)

    def signed_duration(self, value: Any, path: str) -> timedelta:
        """Read a duration that may be negative; what is none is reported and nothing."""
        text = value.strip() if isinstance(value, str) else value
        negative = (
            text.startswith("-")
            if isinstance(text, str)
            else isinstance(text, timedelta) and text < timedelta(0)
        )
        size = (text[1:].strip() if isinstance(text, str) else -text) if negative else text
        found = self.duration(size, path) or timedelta(0)
        return -found if negative else found

    def percent(self, value: Any, path: str) -> Fraction:
        """Read a share of a target, such as 50, ``"50%"`` or ``"12.5 %"``; what is none is reported."""
        text = value.strip().removesuffix("%").strip() if isinstance(value, str) else value
        try:
            share = Fraction(str(text)) if not isinstance(text, bool) else Fraction(-1)
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if 0 <= share <= 1000:
            return share
        self.fault("bad_value", path, f"{value!r} is no share from 0 to 1000 percent", 'write 50 or "50%"')
        return Fraction(100)

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

    def when(self, given: Mapping[str, Any], path: str) -> Expression | None:
        """Read the condition `when`, where there is one."""
        when = given.get("when")
        return None if when is None else self.condition(when, f"{path}.when")

    def sets(self, given: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Read `then`: facts and the values that a level gives them."""
        then = given.get("then", {})
        if isinstance(then, Mapping) and all(isinstance(key, str) for key in then):
            return dict(then)
        self.fault("bad_value", f"{path}.then", f"{then!r} sets no facts", "write {case.priority: urgent}")
        return {}

    def hours(self, given: Mapping[str, Any], path: str) -> Hours | None:
        """Read hours of a day: from, to, days, zone."""
        for key in ("from", "to"):
            if not isinstance(given.get(key), str):
                self.fault("missing", f"{path}.{key}", f"{given.get(key)!r} is no wall time", 'write "HH:MM"')
                return None
        options = {key: given[key] for key in ("days", "zone") if given.get(key) is not None}
        try:
            return Hours(given["from"], given["to"], **options)
        except SupportkitError as error:
            self.fault("bad_value", path, str(error))
            return None

    def calendar(self, value: Any, path: str) -> OpenTime | None:
        """Read a calendar by its name, as such or as plain values; None counts all time."""
        if value is None or isinstance(value, OpenTime):
            return value
        if isinstance(value, Mapping):
            read: OpenTime | None = self._read(read_calendar, value, path)
            return read
        known = {"always": ALWAYS, **self.calendars}
        found = known.get(value) if isinstance(value, str) else None
        if found is None:
            near = nearest_name(str(value), known)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
            self.fault("unknown_calendar", path, f"there is no calendar {value!r}", hint)
        return found

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

    def unique_ids(self, items: Iterable[Any], places: Iterable[str]) -> None:
        """Report ids that several items share."""
        seen: set[str] = set()
        for item, place in zip(items, places, strict=True):
            if item.id in seen:
                self.fault(
                    "duplicate_id", f"{place}.id", f"{item.id!r} is the id of another one", "ids are unique"
                )
            seen.add(item.id)

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
